"""Dates in many forms. Which of day and month comes first is decided for a whole column, never for one cell."""

import re
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from forthwith import clock
from forthwith.scoping.normalising.text import folded
from models import AgeClass

ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
PARTS = re.compile(r"(\d{1,2})([-/. ])\s*(\d{1,2})[-/. ]\s*(\d{4}|\d{2})(?:[T ].*)?")
NO_PARTS = r"^[0-9]{4}"  # these four would be a day or a month: no date whose order is to be found begins so
WORDS = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|er|º)?\s*(?:de\s+)?([a-z]+)|([a-z]+)\s+(\d{1,2})(?:st|nd|rd|th)?),?\s*(?:de\s+)?(\d{4})"
)
SERIAL = re.compile(r"\d{5}")
EXCEL = date(1899, 12, 30)
PLACEHOLDERS = {
    date(1, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1),
    date(9999, 12, 31),
}  # fmt: skip
MAYBE_PLACEHOLDER = r"0001|1899|1900|1901|1970|9999|25569|[-/. ]70\b|^[0\s./:-]+(?:T[0:.]+Z?)?$"
ZEROS = re.compile(r"[0\s./:-]+(?:T[0:.]+Z?)?")
MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan ene gen janv", "feb fev fevr fab", "mar mrz mars maa marz mrt", "apr avr abr april",
            "may mai mag mei maj", "jun juin giu", "jul juil lug", "aug aou ago",
            "sep set sept", "oct okt ott out", "nov", "dec dez dic",
        ), 1,
    )
    for word in words.split()
}  # fmt: skip


def as_date(value: str, order: str) -> date | None:
    """Return the date of a cell whose column has `order` (dmy, mdy, ymd, unclear); None where it has none."""
    text = value.strip()
    try:
        return _of_iso(text) or _of_parts(text, order) or _of_words(folded(text)) or _of_serial(text)
    except ValueError:
        return None


def holds_place(value: str, order: str) -> bool:
    """Tell whether a cell of birth dates only holds a place: 1900-01-01, 0000-00-00. It tells when nobody was born."""
    return ZEROS.fullmatch(value) is not None or as_date(value, order) in PLACEHOLDERS


def _of_iso(text: str) -> date | None:
    """Read year-month-day."""
    found = ISO.fullmatch(text) or COMPACT.fullmatch(text)
    return date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _of_parts(text: str, order: str) -> date | None:
    """Read two short numbers and a year, in the column's order or the only one that is possible."""
    found = PARTS.fullmatch(text)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), _year(found[4])
    if first > 12 or (second <= 12 and (order == "dmy" or found[2] == "." or first == second)):
        return date(year, second, first)
    if second > 12 or order == "mdy":
        return date(year, first, second)
    return None


def _year(text: str) -> int:
    """Return a year of four digits; one of two is in the last hundred years."""
    if len(text) == 4:
        return int(text)
    present = clock.today().year
    return int(text) + present // 100 * 100 - (100 if int(text) > present % 100 else 0)


def _of_words(text: str) -> date | None:
    """Read a date whose month is a word."""
    found = WORDS.fullmatch(text)
    if not found:
        return None
    word = found[2] or found[3]
    month = MONTHS.get(word[:4]) or MONTHS.get(word[:3])
    return date(int(found[5]), month, int(found[1] or found[4])) if month else None


def _of_serial(text: str) -> date | None:
    """Read a spreadsheet's day number, for days from 1927 on."""
    return EXCEL + timedelta(days=int(text)) if SERIAL.fullmatch(text) and 10000 <= int(text) < 60000 else None


def order_of(values: pl.Series) -> str:
    """Return the order of a column's dates: ymd, dmy, mdy, or unclear where its values don't tell."""
    maybe = values.filter(~values.str.contains(NO_PARTS)).unique()
    parts = [found for value in maybe.to_list() if (found := PARTS.fullmatch(value.strip()))]
    if not parts:
        return "ymd"
    day_first = sum(int(found[1]) > 12 for found in parts) + sum(found[2] == "." for found in parts)
    month_first = sum(int(found[3]) > 12 for found in parts)
    if day_first and month_first:
        return "unclear"
    return "dmy" if day_first else "mdy" if month_first else "unclear"


@lru_cache(maxsize=100_000)
def birth_date(value: str, order: str) -> str:
    """Return a birth date as ISO text; blank where it is none, a placeholder, to come, or over 120 years ago."""
    found = as_date(value, order)
    today = clock.today()
    if found is None or found in PLACEHOLDERS or not today.year - 120 <= found.year or found > today:
        return ""
    return found.isoformat()


def age_class(born: str, today: date) -> str:
    """Return the age class at `today` of somebody born on an ISO date; unknown where none is known."""
    if not born:
        return AgeClass.UNKNOWN
    birth = date.fromisoformat(born)
    years = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    return AgeClass.CHILD if years < 18 else AgeClass.ELDERLY if years >= 65 else AgeClass.ADULT
