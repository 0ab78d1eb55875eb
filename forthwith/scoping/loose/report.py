"""What a search of loose files found: kinds, places, masked values and numbers of people; nobody's data."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

DISPOSITIONS = ("parsed", "empty", "encrypted", "image_only", "failed", "other")


@dataclass(frozen=True, slots=True)
class Shown:
    """One hit as it is shown: where, what, masked, and whom it may belong to (people's numbers; none: nobody known)."""

    place: str
    kind: str
    element: str
    masked: str
    people: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFound:
    """What stands in one file."""

    name: str
    disposition: str
    size: int
    sha256: str
    note: str = ""
    unread: int = 0  # pages or pictures in it that nobody read
    hits: list[Shown] = field(default_factory=list)
    people: dict[int, list[str]] = field(default_factory=dict)  # elements beside each known person, by number

    @property
    def kinds(self) -> dict[str, int]:
        """Hits by kind."""
        return dict(Counter(hit.kind for hit in self.hits).most_common())

    @property
    def elements(self) -> dict[str, int]:
        """Hits by element."""
        return dict(Counter(hit.element for hit in self.hits).most_common())

    @property
    def unmatched(self) -> dict[str, int]:
        """Hits by element that stand with nobody known: somebody must look at them."""
        return dict(Counter(hit.element for hit in self.hits if not hit.people).most_common())

    def as_dict(self) -> dict[str, Any]:
        """Return the file's findings as plain values."""
        people = [{"number": number, "elements": elements} for number, elements in sorted(self.people.items())]
        more = {"kinds": self.kinds, "elements": self.elements, "unmatched": self.unmatched, "people": people}
        return asdict(self) | more


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What one search found in all files."""

    files: list[FileFound]
    known: int = 0  # people of the incident who were looked for

    @property
    def people(self) -> dict[int, list[str]]:
        """Elements beside each known person, by number, in all files."""
        found: dict[int, set[str]] = {}
        for file in self.files:
            for number, elements in file.people.items():
                found.setdefault(number, set()).update(elements)
        return {number: sorted(found[number]) for number in sorted(found)}

    def counts(self) -> dict[str, Any]:
        """Return the totals: fit for the timeline."""
        states = Counter(file.disposition for file in self.files)
        return {
            "files": len(self.files), "dispositions": {name: states[name] for name in DISPOSITIONS if states[name]},
            "unread": sum(file.unread for file in self.files), "kinds": self._sum("kinds"),
            "elements": self._sum("elements"), "unmatched": self._sum("unmatched"),
            "people_known": self.known, "people_found": len(self.people),
        }  # fmt: skip

    def _sum(self, name: str) -> dict[str, int]:
        """Return a count of all files together."""
        total: Counter[str] = Counter()
        for file in self.files:
            total.update(getattr(file, name))
        return dict(total.most_common())

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        people = [{"number": number, "elements": elements} for number, elements in self.people.items()]
        return {"totals": self.counts(), "people": people, "files": [file.as_dict() for file in self.files]}


def masked(value: str) -> str:
    """Return a value's first and last character."""
    return f"{value[:1]}…{value[-1:]}" if len(value) > 3 else "…"
