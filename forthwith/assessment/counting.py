"""Counting time: hours across DST, days, months that clamp, business days, and the three readings of EU hours."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from forthwith.assessment import library, plain_yaml
from models import Refusal

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The public holidays of one authority's seat, for the loaded years only."""

    name: str
    years: frozenset[int]
    holidays: frozenset[date]
    weekend: frozenset[int] = frozenset((5, 6))  # days of the week, Monday is 0

    def is_working(self, day: date) -> bool:
        """Return whether `day` is a working day. Raises Refusal beyond the loaded years."""
        if day.year not in self.years:
            raise Refusal(
                f"The calendar {self.name} does not reach {day.year}.",
                f"Add that year to laws/calendars/{self.name}.yaml, with its source.",
            )
        return day.weekday() not in self.weekend and day not in self.holidays

    def add(self, day: date, count: int, *, inclusive: bool = False) -> date:
        """Return the `count`-th working day after `day`; inclusive: `day` itself may be the first."""
        at = day - timedelta(days=1) if inclusive else day
        while count > 0:
            at += timedelta(days=1)
            count -= self.is_working(at)
        return at

    def roll(self, day: date) -> date:
        """Return `day`, or the next working day where it is none."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day


@lru_cache
def calendar(name: str) -> Calendar:
    """Return the calendar in laws/calendars/<name>.yaml. Its disputed days count as working: the earlier deadline."""
    found = plain_yaml.read_file(library.LAWS / "calendars" / f"{name}.yaml")
    days = frozenset(date.fromisoformat(day) for day in found["holidays"])
    weekend = frozenset(WEEKDAYS.index(day) for day in found.get("weekend", ("sat", "sun")))
    return Calendar(name, frozenset(found["years"]), days, weekend)


def add_hours(start: datetime, hours: float, zone: ZoneInfo) -> datetime:
    """Return `start` plus hours: elapsed or by the wall clock, whichever is earlier across a change of DST."""
    elapsed = start.astimezone(UTC) + timedelta(hours=hours)
    wall = (start.astimezone(zone).replace(tzinfo=None) + timedelta(hours=hours)).replace(tzinfo=zone)
    return min(elapsed, wall.astimezone(UTC)).astimezone(zone)


def hour_rule(start: datetime, hours: float, zone: ZoneInfo) -> datetime:
    """Return the end under Art. 3(1) of Regulation 1182/71: the hour of the event is not counted."""
    local = start.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    first = local.astimezone(UTC) + timedelta(hours=1)
    return (first + timedelta(hours=hours)).astimezone(zone)


def two_working_days(start: datetime, hours: float, zone: ZoneInfo, days: Calendar) -> datetime | None:
    """Return the contested later end under Art. 3(5): the end of the second working day; None where none is needed."""
    first, last = start.astimezone(zone).date(), add_hours(start, hours, zone).date()
    touched = sum(days.is_working(first + timedelta(days=n)) for n in range((last - first).days + 1))
    if touched >= 2:
        return None
    return datetime.combine(days.add(last, 2 - touched) + timedelta(days=1), time(), zone)


def add_months(day: date, months: int) -> date:
    """Return the same date `months` later, or the last day of that month where it has no such date."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the last second of a local day."""
    return datetime.combine(day, time(23, 59, 59), zone)
