"""Postal addresses: lines for the envelope, and a key for comparing two of them."""

import re
from dataclasses import dataclass
from functools import lru_cache

from forthwith.scoping.normalising.places import SHAPES, postcode_of
from forthwith.scoping.normalising.text import folded, has_letter, tidy
from forthwith.scoping.words import words

STREET_WORDS = words("street_words")
COMPOUND = re.compile(r"(?:strasse|str|straat)$")
CUT = re.compile(r"[\n;]+|,\s+")
FIRST_LINE = ("US", "CA", "AU")  # city, state and postcode on one line, in this order


@dataclass(frozen=True, slots=True)
class Address:
    """Where a letter goes. `lines` without name and country; `key` is blank where there is too little to compare."""

    lines: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""
    key: str = ""

    @property
    def reachable(self) -> bool:
        """Whether a letter can be sent: a street or box, and a town or postcode."""
        return len(self.lines) >= 2


@lru_cache(maxsize=100_000)
def street_key(street: str) -> str:
    """Return a street with its number for comparing: type words and signs gone, letters of every script kept."""
    words = re.sub(r"[^\w\s]", " ", folded(street)).split()
    plain = "".join(COMPOUND.sub("", word) for word in words if word not in STREET_WORDS)
    return plain if len(plain) >= 4 and any(map(str.isalpha, plain)) else "".join(words)  # `Ring 5` is a street as well


def address_of(
    country: str, *, street: str = "", number: str = "", second: str = "", city: str = "", state: str = "",
    postcode: str = "", whole: str = "",
) -> Address:  # fmt: skip
    """Return an address from its parts, or from one cell that holds all of it."""
    if whole and not street:
        return _taken_apart(country, whole, city, state, postcode)
    first = " ".join(part for part in (tidy(street), tidy(number)) if part)
    town = _town(country, tidy(city), state, postcode)
    named = first if has_letter(first) else ""
    lines = tuple(line for line in (named, tidy(second) if named else "", *town) if line)
    return Address(lines, postcode, tidy(city), _key(named, postcode, city))


def _town(country: str, city: str, state: str, postcode: str) -> tuple[str, ...]:
    """Return the town's line, or two, as the country writes it."""
    if country in FIRST_LINE:
        return (" ".join(part for part in (city, state, postcode) if part),)
    if country in ("GB", "IE"):
        return (city, postcode)
    return (" ".join(part for part in (postcode, city) if part),)


def _key(street: str, postcode: str, city: str) -> str:
    """Return what two spellings of an address share; blank where the street or the town is missing."""
    plain = street_key(street)
    place = postcode.replace(" ", "").split("-")[0] or folded(city)
    return f"{plain}|{place}" if len(plain) >= 4 and place else ""


def _taken_apart(country: str, whole: str, city: str, state: str, postcode: str) -> Address:
    """Return an address that stands in one cell, with what other cells tell of its town."""
    lines = [tidy(line) for line in CUT.split(whole) if tidy(line)]
    inside = postcode or postcode_in(country, whole)
    town = [] if len(lines) > 1 and not city else list(_town(country, city, state, postcode))
    everything = tuple(line for line in (*lines, *town) if line)
    return Address(everything, inside, city, _key(lines[0] if lines else "", inside, city))


def postcode_in(country: str, text: str) -> str:
    """Return the last thing in a text that looks like its country's postcode."""
    shape = SHAPES.get(country)
    found = [match[0] for match in re.finditer(rf"\b(?:{shape.pattern})\b", text.upper())] if shape else []
    return postcode_of(country, found[-1]) if found else ""
