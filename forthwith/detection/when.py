"""When something happened, as people say it: an hour, a day, a month, `last week`, or that nobody knows."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from forthwith import clock
from forthwith.detection.parsed import EARLIEST
from forthwith.settings import settings
from models import Refusal

UNKNOWN = {"", "?", "-", "unknown", "not known", "unbekannt", "weiß nicht", "inconnu", "inconnue", "desconocido",
           "no se sabe", "don't know", "keine ahnung", "je ne sais pas", "no sé"}  # fmt: skip
DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
MONTH_FIRST = re.compile(r"(\d{1,2})[./](\d{4})")
MONTH, YEAR = re.compile(r"(\d{4})-(\d{1,2})"), re.compile(r"\d{4}")
DO = "Write 2026-11-18, 2026-11-18 07:40, 2026-11, 2026, yesterday, last week, or unknown."


@dataclass(frozen=True, slots=True)
class When:
    """A stretch of time. `first` and `last` are days, or one instant; both are None where nobody knows."""

    first: date | datetime | None = None
    last: date | datetime | None = None

    @property
    def exact(self) -> bool:
        """Whether it is one day or one instant, and so may stand as a fact."""
        return self.first is not None and self.first == self.last

    def facts(self, name: str, until: str | None = None) -> dict[str, str]:
        """Return it as facts: what is no one day begins, by `name`, with its first and ends, by `until`, with its last.

        The first is the careful choice: clocks of the law start no later than that.
        """
        if self.first is None or self.last is None:
            return {}
        ended = {until: written(self.last)} if until and not self.exact else {}
        return {name: written(self.first), **ended}


def written(at: date | datetime) -> str:
    """Return a day or an instant (UTC) as a fact keeps it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(at, datetime) else at.isoformat()


def read_when(said: str, *, month_first: bool = False) -> When:
    """Return what somebody said of a time. Raises Refusal for what is none, or lies in the future.

    `month_first`: whether 11/12/2026 may mean November: then it is refused, unless only one reading is a date.
    """
    text = " ".join(said.lower().replace("’", "'").split())
    if text in UNKNOWN:
        return When()
    found = _spoken(text) or _numbers(text, month_first) or _instant(text.upper())
    if found is None:
        raise Refusal("That is no time.", DO)
    if not EARLIEST.date() < _day(found.first) <= _today() + timedelta(days=1):
        raise Refusal("That time lies in the future, or long ago.", DO)
    return found


def _today() -> date:
    return clock.today(ZoneInfo(settings().timezone))


def _day(at: date | datetime | None) -> date:
    assert at is not None
    return at.date() if isinstance(at, datetime) else at


def _instant(text: str) -> When | None:
    """Return an instant of RFC 3339, or of this installation's own zone where it names none."""
    try:
        read = datetime.fromisoformat(text)
        zoned = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(settings().timezone))
        return When(zoned.astimezone(UTC), zoned.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _numbers(text: str, month_first: bool) -> When | None:
    try:
        if found := DAY_FIRST.fullmatch(text):
            return _one(_unambiguous(int(found[1]), int(found[2]), int(found[3]), month_first))
        if found := MONTH.fullmatch(text):
            return _month(int(found[1]), int(found[2]))
        if found := MONTH_FIRST.fullmatch(text):
            return _month(int(found[2]), int(found[1]))
        if YEAR.fullmatch(text):
            return _until_today(date(int(text), 1, 1), date(int(text), 12, 31))
        return _one(date.fromisoformat(text)) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def _unambiguous(one: int, other: int, year: int, month_first: bool) -> date:
    """Return the day of 18.11.2026. Raises Refusal where a reader of English could take 11/12 for November."""
    if month_first and one <= 12 and other <= 12 and one != other:
        raise Refusal("That day can be read in two ways.", "Write it as 2026-11-18.")
    return date(year, one, other) if month_first and other > 12 else date(year, other, one)


def _one(day: date) -> When:
    return When(day, day)


def _until_today(first: date, last: date) -> When:
    return When(first, max(first, min(last, _today())))


def _month(year: int, month: int) -> When:
    first = date(year, month, 1)
    return _until_today(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _spoken(text: str) -> When | None:
    made = next((make for words, make in SPOKEN if text in words), None)
    return made(_today()) if made else None


def _week(today: date, back: int) -> When:
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return _until_today(monday, monday + timedelta(days=6))


def _last_month(today: date) -> When:
    before = today.replace(day=1) - timedelta(days=1)
    return _month(before.year, before.month)


SPOKEN: tuple[tuple[set[str], Callable[[date], When]], ...] = (
    ({"today", "heute", "aujourd'hui", "hoy"}, _one),
    ({"yesterday", "gestern", "hier", "ayer"}, lambda today: _one(today - timedelta(days=1))),
    ({"this week", "diese woche", "cette semaine", "esta semana"}, lambda today: _week(today, 0)),
    ({"last week", "letzte woche", "la semaine dernière", "semaine dernière", "la semana pasada", "semana pasada"},
     lambda today: _week(today, 1)),
    ({"this month", "diesen monat", "dieser monat", "ce mois", "ce mois-ci", "este mes"},
     lambda today: _month(today.year, today.month)),
    ({"last month", "letzten monat", "letzter monat", "le mois dernier", "mois dernier", "el mes pasado", "mes pasado"},
     _last_month),
)  # fmt: skip
