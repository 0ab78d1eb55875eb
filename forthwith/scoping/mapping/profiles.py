"""How the values of a field look. A profile vetoes a head that lies, and claims a column whose head says nothing."""

import re
from collections.abc import Callable, Sequence

from stdnum import iban as iban_number
from stdnum import luhn

from forthwith.scoping.normalising.dates import as_date
from forthwith.scoping.normalising.places import country_code, language_code

EMAIL = re.compile(r"[^\s@;,<>]+@[^\s@;,<>]+\.[^\s@;,<>]{2,}")
PHONE = re.compile(
    r"(?:(?:tel|phone|mob|fax)[.:]?\s*)?[+(]?[\d\s()./\-–]{5,24}(?:\s*(?:x|ext\.?|#)\s*\d{1,6})?", re.IGNORECASE
)
PHONE_MARK = re.compile(r"^\+|^\(|^00|\d[\s()./-]+\d")
POSTCODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 \-.]{1,11}")
IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
NAME = re.compile(r"(?:[^\W\d_]\.?[^\W\d_'’\-.]*[\s'’\-.]*,?\s*){1,8}")
TWO_NAMES = re.compile(r"[^\W\d_][^\W\d_'’\-]+,? [^\W\d_][^\W\d_'’\-]+(?: [^\W\d_][^\W\d_'’\-]+){0,2}")
CODE = re.compile(r"[\w\-./# *•]{1,40}")
NUMBER = re.compile(r"[^\w]{0,3}\s*[\d.,'\s ]+\s*[^\d]{0,5}")
LONG_TEXT = 45  # mean characters from which a column is free text

Look = Callable[[str], bool]


def _birth_date(value: str) -> bool:
    """Tell whether a value is a date of the last 120 years."""
    found = as_date(value, "dmy") or as_date(value, "mdy")
    return found is not None and found.year >= 1900


def _iban(value: str) -> bool:
    """Tell whether a value is an IBAN by its check digits, or another account number."""
    return bool(iban_number.is_valid(value))


def _account(value: str) -> bool:
    """Tell whether a value may be a bank account number."""
    return sum(char.isdigit() for char in value) >= 4 and len(value) <= 42


def _card(value: str) -> bool:
    """Tell whether a value is a payment card number, whole or masked."""
    plain = re.sub(r"[\s-]", "", value)
    masked = re.fullmatch(r"[\d*xX•]{12,19}", plain) and not plain.isdigit()
    return bool(masked) or (13 <= len(plain) <= 19 and plain.isdigit() and bool(luhn.is_valid(plain)))


def _masked_or_card(value: str) -> bool:
    """Tell whether a value may stand in a card column."""
    return _card(value) or sum(char.isdigit() for char in value) >= 4


def _telling_phone(value: str) -> bool:
    """Tell whether a value is a phone number by its signs, and no date and no IP address."""
    signs = PHONE.fullmatch(value) and PHONE_MARK.search(value)
    return bool(signs) and not IP.fullmatch(value) and not _birth_date(value)


LOOKS: dict[str, Look] = {
    "email": lambda value: bool(EMAIL.search(value)),
    "phone": lambda value: all(PHONE.fullmatch(part.strip()) for part in value.split(";")) or "E+" in value,
    "postcode": lambda value: bool(POSTCODE.fullmatch(value)),
    "word": lambda value: "@" not in value and sum(char.isdigit() for char in value) * 4 < len(value),
    "place": lambda value: "@" not in value and sum(char.isdigit() for char in value) * 2 < len(value),
    "code": lambda value: bool(CODE.fullmatch(value)),
    "country": lambda value: country_code(value) is not None,
    "language": lambda value: language_code(value) is not None,
    "birth_date": _birth_date,
    "iban": _account,
    "card": _masked_or_card,
    "number": lambda value: bool(NUMBER.fullmatch(value)),
}
CLAIMS: tuple[tuple[str, float, Look], ...] = (
    ("email", 0.8, lambda value: bool(EMAIL.fullmatch(value))),
    ("iban", 0.8, _iban),
    ("ssn", 0.8, lambda value: bool(SSN.fullmatch(value))),
    ("payment_card", 0.8, _card),
    ("phone", 0.9, _telling_phone),
)


def share(values: Sequence[str], look: Look) -> float:
    """Return which part of the values looks so; 1 where there is none to judge."""
    return sum(map(look, values)) / len(values) if values else 1.0


def at_least(values: Sequence[str], look: Look, least: float) -> bool:
    """Tell whether at least such a part of the values looks so; it stops where too few are left that may."""
    missed = 0
    for value in values:
        missed += not look(value)
        if (len(values) - missed) / len(values) < least:
            return False
    return True


def fits(profile: str | None, values: Sequence[str]) -> bool:
    """Tell whether values look like a field: at least every second one."""
    return profile is None or len(values) < 3 or at_least(values, LOOKS[profile], 0.5)


def claimed(values: Sequence[str]) -> str | None:
    """Return the field that values alone make certain, where the head says nothing."""
    if len(values) < 3:
        return None
    certain = (field for field, least, look in CLAIMS if at_least(values, look, least))
    return next(certain, None) or ("birth_date" if _born(values) else None)


def _born(values: Sequence[str]) -> bool:
    """Tell whether a column of dates is birth dates: most of them old, and spread."""
    if not at_least(values, _dated, 0.9):
        return False
    dates = [found for value in values if (found := as_date(value, "dmy") or as_date(value, "mdy"))]
    old = sum(1920 < found.year < 2012 for found in dates)
    return old >= 0.6 * len(dates) and len({d.year for d in dates}) >= 5


def _dated(value: str) -> bool:
    """Tell whether a value is a date."""
    return (as_date(value, "dmy") or as_date(value, "mdy")) is not None


def names(values: Sequence[str]) -> bool:
    """Tell whether a column holds people's whole names."""
    return len(values) >= 5 and share(values, lambda value: bool(TWO_NAMES.fullmatch(value))) >= 0.8


def free_text(values: Sequence[str]) -> bool:
    """Tell whether a column holds sentences."""
    return bool(values) and sum(map(len, values)) / len(values) > LONG_TEXT


def masked(value: str) -> str:
    """Return a value's shape alone: letters as `x`, digits as `9`, at most 28 characters."""
    shape = re.sub(r"\d", "9", value[:28])
    shape = re.sub(r"[^\W\d_]", lambda found: "X" if found[0].isupper() else "x", shape)
    return shape + ("…" if len(value) > 28 else "")
