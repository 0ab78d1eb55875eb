"""The facts file, checked and made easy to ask: what is not stated is unknown."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from forthwith.assessment import library
from models import Refusal
from models.law import plain

UNSTATED = (None, "", "unknown")
EXTRA = {"entity", "clocks", "breach", "people", "notice", "answers", "as_of"}


@dataclass(frozen=True, slots=True)
class Group:
    """One row of `people`: some people who are alike to the law. `high` None: nobody knows how many more."""

    index: int
    row: dict[str, Any]
    jurisdiction: str | None
    low: int
    high: int | None
    elements: frozenset[str] | None

    def get(self, name: str) -> Any:
        """Return a field of the row, or None where it is not stated."""
        value = self.row.get(name)
        return None if isinstance(value, str | None) and value in UNSTATED else value


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened. A date alone is its whole local day."""

    start: datetime
    day: date
    exact: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """A checked facts document."""

    document: dict[str, Any]
    groups: tuple[Group, ...]
    as_of: datetime | None
    ignored: tuple[str, ...]

    def get(self, path: str) -> Any:
        """Return the fact at a dotted path, or None where it is not stated. Booleans come as yes and no."""
        value: Any = self.document
        if path.startswith("answers."):
            value, path = self._answered(path.removeprefix("answers."))
        for step in filter(None, path.split(".")):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, bool):
            return plain(value)
        return None if isinstance(value, str | None) and value in UNSTATED else value

    def _answered(self, path: str) -> tuple[Any, str]:
        """Return the answer whose key (which holds dots itself) opens `path`, and the rest of the path within it."""
        answers = self.document.get("answers") or {}
        key = max((key for key in answers if path == key or path.startswith(f"{key}.")), key=len, default="")
        found, rest = answers.get(key), path[len(key) :].lstrip(".")
        return (found, rest or "value") if isinstance(found, dict) else (None, "") if rest else (found, "")

    def answer(self, law: str, key: str) -> dict[str, Any]:
        """Return the answer to a judgement as a record with `value`; empty where there is none."""
        answers = self.document.get("answers") or {}
        found = answers.get(f"{law}.{key}")
        record = found if isinstance(found, dict) else {"value": found}
        value = record.get("value")
        if isinstance(value, bool):
            value = plain(value)
        return {} if value in UNSTATED else {**record, "value": str(value)}

    def moment(self, path: str, zone: str) -> Moment | None:
        """Return when a clock's event was, read in `zone`; None where it is not stated or did not happen."""
        value = self.get(path)
        return None if value is None or value == "no" else moment_of(value, zone, path)


def moment_of(value: object, zone: str, path: str) -> Moment:
    """Return an instant or a day. Raises Refusal naming the fact, where it is neither."""
    local = ZoneInfo(zone)
    try:
        if isinstance(value, datetime):
            at = value
        elif isinstance(value, date):
            return _whole(value, local, path)
        elif len(text := str(value).strip()) == 10:
            return _whole(date.fromisoformat(text), local, path)
        else:
            at = datetime.fromisoformat(text.replace(" ", "T", 1))
    except ValueError:
        raise Refusal(f"{path} is no date or time.", "Write it as 2026-08-20 or 2026-08-20T14:30+02:00.") from None
    at = at if at.tzinfo else at.replace(tzinfo=local)
    _in_our_time(at, path)
    return Moment(at.astimezone(local), at.astimezone(local).date(), exact=True)


def _whole(day: date, zone: ZoneInfo, path: str) -> Moment:
    """Return a day as its whole local day."""
    _in_our_time(day, path)
    return Moment(datetime.combine(day, time(), zone), day, exact=False)


def _in_our_time(at: date, path: str) -> None:
    """Refuse what can't be a date of a breach, before it breaks the counting."""
    if not 1990 <= at.year <= 2200:
        raise Refusal(f"{path} is not within 1990 to 2200.", "Check the year.")


def facts_of(document: object, as_of: object = None) -> Facts:
    """Return the checked facts. Raises Refusal naming the fact that can't be read, never its value."""
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise Refusal(
            "The facts file is not a mapping.", "Its parts are entity, clocks, breach, people, notice, answers."
        )
    for part in ("entity", "clocks", "breach", "notice", "answers"):
        if not isinstance(document.get(part, {}), dict | None):
            raise Refusal(f"`{part}` is not a mapping.", "Write it as `key: value` lines.")
    ignored: list[str] = sorted(set(document) - EXTRA)
    table = library.known_facts()
    for path, value in _leaves(document):
        _check(path, value, table, ignored)
    stated = document.get("as_of") if as_of is None else as_of
    at = None if stated in UNSTATED else _as_of(stated)
    return Facts(document, _groups(document, ignored), at, tuple(dict.fromkeys(ignored)))


def _as_of(stated: object) -> datetime:
    found = moment_of(stated, "UTC", "as_of")
    return found.start if found.exact else found.start.astimezone(UTC) + timedelta(days=1, seconds=-1)


def _leaves(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the stated facts of entity, breach, notice and clocks with their dotted paths."""
    found: list[tuple[str, Any]] = []
    front = [(part, document.get(part)) for part in ("entity", "breach", "notice", "clocks")]
    while front:
        path, value = front.pop(0)
        if isinstance(value, dict) and path != "clocks.regulators_notified_at":
            front += [(f"{path}.{key}", child) for key, child in value.items()]
        elif value not in UNSTATED if isinstance(value, str | None) else True:
            found.append((path, value))
    return found


def _check(path: str, value: Any, table: dict[str, library.KnownFact], ignored: list[str]) -> None:
    known = table.get(path)
    if known is None:
        ignored.append(path)
    elif known.values:
        entries = value if isinstance(value, list) else [value]
        if any(plain(entry) not in known.values and plain(entry) not in UNSTATED for entry in entries):
            raise Refusal(f"{path} has a value that is not known.", f"Allowed: {', '.join(known.values)}, unknown.")
    if path.startswith("clocks.") and path != "clocks.regulators_notified_at" and plain(value) != "no":
        moment_of(value, "UTC", path)


def _groups(document: dict[str, Any], ignored: list[str]) -> tuple[Group, ...]:
    """Return the groups of people. Where `people` is not stated: one group of which nothing is known."""
    rows = document.get("people")
    if rows is None or rows == "unknown":
        rows = [{}]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal("`people` is not a list of groups.", "Write one `- {jurisdiction: .., count: ..}` a group.")
    groups = [_group(index, row, ignored) for index, row in enumerate(rows)]
    ignored += [f"people.{group.index} (nobody)" for group in groups if group.high == 0]
    return tuple(group for group in groups if group.high != 0)


def _group(index: int, row: dict[str, Any], ignored: list[str]) -> Group:
    table = library.known_facts()
    for name, value in row.items():
        if f"people.{name}" in table and value is not None and name not in ("count", "elements"):
            _check(f"people.{name}", value, table, ignored)
        elif f"people.{name}" not in table:
            ignored.append(f"people.{name}")
    low, high = _count(row.get("count"), index)
    place = row.get("jurisdiction")
    place = None if place in UNSTATED else str(place).strip().upper()
    if place and not library.is_place(place, library.vocabulary()):
        raise Refusal(f"people.{index}.jurisdiction is no ISO 3166 code.", "Write DE, US-CA, or unknown.")
    return Group(index, row, place, low, high, _elements(row.get("elements"), index))


def _count(value: Any, index: int) -> tuple[int, int | None]:
    if isinstance(value, dict):
        value = value.get("at_least")
        low, high = (value, None) if value is not None else (0, None)
    elif value in UNSTATED:
        low, high = 0, None
    else:
        low, high = value, value
    if isinstance(low, bool) or not isinstance(low, int) or low < 0:
        raise Refusal(f"people.{index}.count is no number of people.", "Write 600, {at_least: 24}, or unknown.")
    return low, high


def _elements(value: Any, index: int) -> frozenset[str] | None:
    if value is None or value == "unknown":
        return None
    codes = [str(code) for code in (value if isinstance(value, list) else [value])]
    for code in codes:
        if code not in library.vocabulary().elements:
            raise Refusal(
                f"people.{index}.elements has a code that is not known.", "laws/vocabulary.yaml lists the codes."
            )
    return frozenset(codes)
