"""The last line of a letter that leaves its country: the destination in capitals, in English, as posts everywhere read.

Universal Postal Union, "Addressing the world": the country is the last line, in capitals, in the language of the
country of origin or one that is read internationally; at home it is left out.
"""

from functools import lru_cache

from forthwith import countries


@lru_cache(maxsize=300)
def _names(country: str) -> tuple[str, frozenset[str]]:
    """Return a country's English name in capitals, and its names in any language; blank where the code is none."""
    names = countries.names().get(country.upper(), {})
    return names.get("en", "").upper(), frozenset(name.casefold() for name in [*names.values(), country])


def with_country(lines: str, country: str, posted_from: str) -> str:
    """Return an address's lines as the post of `posted_from` needs them. Both countries by ISO 3166-1, blank: unknown.

    From an unknown place every letter names its country: at home the line does no harm, abroad its lack does.
    """
    if not lines or country.upper() == posted_from.upper():
        return lines
    name, known = _names(country)
    kept = lines.split("\n")
    if name and kept[-1].strip().casefold() in known:
        kept.pop()
    return "\n".join([*kept, name]) if name else lines
