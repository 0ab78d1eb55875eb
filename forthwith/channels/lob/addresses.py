"""From lines as on an envelope to the fields that Lob asks for."""

import re
from collections.abc import Mapping, Sequence

from models import Refused

CITY_LINE = re.compile(r"(?P<city>\D.*?),?\s+(?P<state>[A-Z]{2})\.?\s+(?P<zip>\d{5}(?:-?\d{4})?)", re.IGNORECASE)
OURS = ("US", "USA", "U.S.A.", "UNITED STATES", "UNITED STATES OF AMERICA")
NAME, LINE, LINE_ABROAD, ZIP_ABROAD = 40, 64, 200, 40  # the longest that Lob takes


def from_lines(name: str, lines: Sequence[str], post: Mapping[str, str]) -> dict[str, str] | Refused:
    """Return an address in Lob's fields, or why it can't be one. Nothing is ever cut off: half an address is none."""
    held = [" ".join(line.split()) for line in lines if line.strip()]
    country = post.get("country", "").upper()
    if country in ("", "US"):
        return _domestic(name, held)
    return _abroad(name, held, country, post.get("postcode", ""))


def _domestic(name: str, lines: list[str]) -> dict[str, str] | Refused:
    """Return an address in the US: its last line holds city, state and ZIP."""
    while lines and lines[-1].upper() in OURS:
        lines = lines[:-1]
    found = CITY_LINE.fullmatch(lines[-1]) if len(lines) > 1 else None
    if not found:
        return Refused("the address does not end in city, state and ZIP", permanent=True)
    place = {"address_city": found["city"].rstrip(","), "address_state": found["state"].upper()}
    fields = {"name": name, "address_line1": lines[0], "address_line2": ", ".join(lines[1:-1]), **place,
              "address_zip": found["zip"], "address_country": "US"}  # fmt: skip
    return _fitting(fields, {"name": NAME, "address_line1": LINE, "address_line2": LINE})


def _abroad(name: str, lines: list[str], country: str, postcode: str) -> dict[str, str] | Refused:
    """Return an address elsewhere: Lob prints the lines as they are, and wants a postcode."""
    if not lines or not postcode:
        return Refused("the address abroad has no postcode", permanent=True)
    fields = {"name": name, "address_line1": lines[0], "address_line2": ", ".join(lines[1:]), "address_zip": postcode,
              "address_country": country}  # fmt: skip
    longest = {"name": NAME, "address_line1": LINE_ABROAD, "address_line2": LINE_ABROAD, "address_zip": ZIP_ABROAD}
    return _fitting(fields, longest)


def _fitting(fields: Mapping[str, str], longest: Mapping[str, int]) -> dict[str, str] | Refused:
    """Return the fields that say something, or why one doesn't fit."""
    if too_long := [name for name, most in longest.items() if len(fields[name]) > most]:
        return Refused(f"{too_long[0].replace('_', ' ')} is longer than Lob prints", permanent=True)
    if not fields["name"].strip():
        return Refused("Lob wants a name, and none is known", permanent=True)
    return {name: value for name, value in fields.items() if value}


def form(name: str, address: Mapping[str, str] | str) -> dict[str, str]:
    """Return an address, or the id of one, as fields of a form."""
    if isinstance(address, str):
        return {name: address}
    return {f"{name}[{part}]": value for part, value in address.items()}
