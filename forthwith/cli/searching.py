"""`forthwith people search`: where personal data, and the people known already, stand in loose files."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from forthwith.cli.console import actor, database, incident_of, show, table

if TYPE_CHECKING:
    from forthwith.scoping import SearchReport

MOST_PEOPLE = 8  # numbers of people in one cell; --json has all


def search(ref: str, *paths: Path, json: bool = False) -> None:
    """Search loose files (letters, mails, logs, PDFs, archives) for personal data and for people known already.

    Nobody is added: a person judges what was found. Values are shown by their first and last character alone.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    paths:
        Files and folders.
    """
    from forthwith import scoping
    from models import Refusal

    if not paths:
        raise Refusal("No file was named.", "Say which: forthwith people search REF PATH...")
    with database() as session:
        report = scoping.search(session, incident_of(session, ref), paths, actor=actor())
    show(report.as_dict(), json, _told(report))


def _told(report: "SearchReport") -> str:
    """Return what a search found, for people."""
    rows = [
        (file.name, _state(file.disposition, file.unread, file.note), _counted(file.kinds), _numbers(list(file.people)),
         _counted(file.unmatched))
        for file in report.files
    ]  # fmt: skip
    return "\n".join([table(("file", "what became of it", "found", "people", "look at"), rows), "", *_totals(report)])


def _totals(report: "SearchReport") -> list[str]:
    """Return the totals' lines."""
    counts = report.counts()
    lines = [f"{counts['files']:,} files: {_counted(counts['dispositions']) or 'none'}"]
    if counts["unread"]:
        lines.append(f"{counts['unread']:,} pages or pictures were not read: somebody must look at them.")
    lines.append(f"Found: {_counted(counts['kinds']) or 'nothing'}")
    lines.append(f"Known people: {counts['people_found']:,} of {counts['people_known']:,}")
    lines.append(f"With nobody known, to be looked at: {_counted(counts['unmatched']) or 'nothing'}")
    return [*lines, "Nobody was added. --json has each place."]


def _state(disposition: str, unread: int, note: str) -> str:
    """Return what became of a file."""
    more = [note] if note else []
    more += [f"{unread:,} not read"] if unread else []
    return f"{disposition} ({'; '.join(more)})" if more else disposition


def _counted(counts: dict[str, Any]) -> str:
    """Return counts by name."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _numbers(people: list[int]) -> str:
    """Return people's numbers, the first few of many."""
    shown = ", ".join(map(str, sorted(people)[:MOST_PEOPLE]))
    return f"{shown} and {len(people) - MOST_PEOPLE:,} more" if len(people) > MOST_PEOPLE else shown
