"""The last line of a letter that leaves its country: the destination in capitals, in English, as posts everywhere read.

Universal Postal Union, "Addressing the world": the country is the last line, in capitals, in the language of the
country of origin or one that is read internationally; at home it is left out.
"""

from collections.abc import Mapping
from functools import lru_cache


@lru_cache(maxsize=300)
def _names(country: str) -> Mapping[str, str]:
    """Return a country's names by language, from ISO 3166-1; empty where the code is none."""
    from phonenumbers.geodata.locale import LOCALE_DATA  # 60 ms: only letters abroad need it

    spoken: dict[str, str] = LOCALE_DATA.get(country.upper(), {})
    return {language: spoken.get(name.removeprefix("*"), name) for language, name in spoken.items()}  # `*fr`: as French


def with_country(lines: str, country: str, posted_from: str) -> str:
    """Return an address's lines as the post of `posted_from` needs them. Both countries by ISO 3166-1, blank: unknown.

    From an unknown place every letter names its country: at home the line does no harm, abroad its lack does.
    """
    name = _names(country).get("en", "") if lines and country.upper() != posted_from.upper() else ""
    if not name:
        return lines
    known = {one.casefold() for one in _names(country).values()} | {country.casefold()}
    kept = lines.split("\n")
    if kept[-1].strip().casefold() in known:
        kept.pop()
    return "\n".join([*kept, name.upper()])
