"""Duties on an axis of time: one bar for those of one law that are due together, from its clock's start to its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forthwith.timeline.deadlines import Deadline

PLACES = 6  # that one bar names


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; places on the axis are hundredths of its length."""

    law: str
    audience: str
    places: str
    people: int | None
    begin: float
    length: float
    due_at: datetime
    met_at: datetime | None
    late: bool
    state: str  # met late soon open


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars under one axis. `now`: where the present stands on it."""

    bars: list[Bar]
    since: datetime
    until: datetime
    now: float


@dataclass(frozen=True, slots=True)
class Same:
    """Duties that differ in nothing but the place: one line of the table."""

    one: Deadline
    places: list[str]
    people: int | None


def same(deadlines: list[Deadline]) -> list[Same]:
    """Return duties by what is owed to whom until when, in their order."""
    grouped: dict[tuple[object, ...], list[Deadline]] = {}
    for one in deadlines:
        alike = (one.law, one.duty, one.recipient, one.due_at, one.met_at, one.verdict, one.citation, one.reason)
        grouped.setdefault(alike, []).append(one)
    return [Same(each[0], sorted({one.jurisdiction for one in each}), _people(each)) for each in grouped.values()]


def _people(together: list[Deadline]) -> int | None:
    """Return how many people duties reach in all; None where nobody can say it of any."""
    counts = [each.count for each in together if each.count is not None]
    return sum(counts) if counts else None


def chart(deadlines: list[Deadline], now: datetime) -> Chart | None:
    """Return the duties that have a number of hours or days, the earliest first; None where none has."""
    dated = [one for one in deadlines if one.due_at]
    if not dated:
        return None
    since = min(one.starts_at for one in dated)
    until = max([now, *(one.due_at for one in dated if one.due_at)]) + timedelta(hours=1)
    grouped: dict[tuple[object, ...], list[Deadline]] = {}
    for one in dated:
        grouped.setdefault((one.due_at, one.law, one.audience, one.met_at is None), []).append(one)
    bars = [_bar(together, since, until, now) for together in grouped.values()]
    return Chart(sorted(bars, key=lambda bar: (bar.due_at, bar.law)), since, until, _at(now, since, until))


def _bar(together: list[Deadline], since: datetime, until: datetime, now: datetime) -> Bar:
    """Return the bar of duties that are due together."""
    one = together[0]
    assert one.due_at
    begin = _at(min(each.starts_at for each in together), since, until)
    return Bar(
        law=one.law, audience=one.audience, places=_places(sorted({each.jurisdiction for each in together})),
        people=_people(together), begin=begin, length=max(_at(one.due_at, since, until) - begin, 0.6),
        due_at=one.due_at, met_at=max((each.met_at for each in together if each.met_at), default=None),
        late=any(each.late for each in together), state=_state(together, now),
    )  # fmt: skip


def _state(together: list[Deadline], now: datetime) -> str:
    """Return how a bar is drawn."""
    one = together[0]
    if one.met_at:
        return "late" if one.late else "met"
    if one.late:
        return "late"
    assert one.due_at
    return "soon" if one.due_at - now < timedelta(hours=24) else "open"


def _places(names: list[str]) -> str:
    """Return the places of a bar for one line."""
    more = f" and {len(names) - PLACES} more" if len(names) > PLACES else ""
    return ", ".join(names[:PLACES]) + more


def _at(moment: datetime, since: datetime, until: datetime) -> float:
    """Return where an instant stands on the axis, in hundredths of its length."""
    return round(100 * (moment - since) / (until - since), 2)
