"""Countries, states, postcodes and languages, however they were spelt."""

import csv
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from forthwith import countries
from forthwith.scoping.normalising.text import folded

DATA = Path(__file__).parents[1] / "data"
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
TERRITORIES = frozenset(("PR", "GU", "VI", "AS", "MP"))
MILITARY = frozenset(("AA", "AE", "AP"))
SHAPES = {
    "US": re.compile(r"\d{5}(?:-?\d{4})?"), "CA": re.compile(r"[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d"),
    "GB": re.compile(r"(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-Z]|[A-HK-Y]\d[A-Z]) ?\d[A-Z]{2})"),
    "NL": re.compile(r"[1-9]\d{3} ?[A-Z]{2}"), "IE": re.compile(r"[AC-FHKNPRTV-Y]\d[\dW] ?[\dAC-FHKNPRTV-Y]{4}"),
    "DE": re.compile(r"\d{5}"), "FR": re.compile(r"\d{5}"), "IT": re.compile(r"\d{5}"), "ES": re.compile(r"\d{5}"),
    "AU": re.compile(r"\d{4}"), "AT": re.compile(r"\d{4}"), "CH": re.compile(r"\d{4}"), "BE": re.compile(r"\d{4}"),
    "PT": re.compile(r"\d{4}-?\d{3}"), "BR": re.compile(r"\d{5}-?\d{3}"),
}  # fmt: skip
TELLING = ("CA", "GB", "NL", "IE")  # whose postcodes have a shape of their own
PADDED = {"US": 5, "DE": 5, "FR": 5, "IT": 5, "ES": 5, "AU": 4}


@lru_cache
def _places() -> dict[str, Any]:
    """Return the hand-kept names."""
    loaded: dict[str, Any] = yaml.load((DATA / "places.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


@lru_cache
def _countries() -> dict[str, str]:
    """Return ISO 3166-1 code by folded name, alpha-2 and alpha-3 code."""
    names: dict[str, str] = {}
    for code, spoken in countries.names().items():
        for language in LANGUAGES:
            names.setdefault(folded(spoken.get(language, "")), code)
    lines = (DATA / "alpha3.txt").read_text("utf-8").splitlines()
    three = (pair.split("=") for line in lines if not line.startswith("#") for pair in line.split())
    for two, long in three:
        names[two.lower()] = names[long.lower()] = two
    names |= {name: code for code, spelt in _places()["countries"].items() for name in spelt}
    names.pop("", None)
    return names


@lru_cache(maxsize=20_000)
def country_code(value: str) -> str | None:
    """Return the ISO 3166-1 code of a country's name or code in seven languages."""
    plain = folded(value).strip(" ()")
    return _countries().get(plain) or _countries().get(plain.removeprefix("the "))


@lru_cache(maxsize=2_000)
def language_code(value: str) -> str | None:
    """Return the ISO 639-1 code of a language's name, code or locale."""
    plain = re.split(r"[_ ]", folded(value))[0]
    named = {name: code for code, names in _places()["languages"].items() for name in [code, *names]}
    return named.get(plain)


@lru_cache
def language_of(jurisdiction: str) -> str:
    """Return the language to write in where none is stated."""
    spoken = _places()["country_language"]
    country = jurisdiction.split("-")[0]
    for place in (jurisdiction, country):
        for language, places in spoken.items():
            if place in places:
                return str(language)
    return "en"


@lru_cache
def _states() -> dict[str, dict[str, str]]:
    """Return code by folded name and code, for the two countries whose law is by state."""
    places = _places()
    american = {name: code for code, name in places["us_states"].items()} | places["us_aliases"]
    canadian = {name: code for code, names in places["ca_provinces"].items() for name in names}
    return {
        "US": american | {code.lower(): code for code in places["us_states"]},
        "CA": canadian | {code.lower(): code for code in places["ca_provinces"]},
    }


@lru_cache(maxsize=20_000)
def state_code(country: str, value: str) -> str | None:
    """Return a US state's or Canadian province's code; None elsewhere, or where the name is none."""
    plain = folded(value)
    plain = plain.removeprefix("us ").removeprefix("ca ") if len(plain) == 5 else plain
    return _states().get(country, {}).get(plain)


@lru_cache
def _zips() -> tuple[dict[str, str], dict[str, str]]:
    """Return state by three-digit prefix, and by whole ZIP where it differs from its prefix."""
    with (DATA / "us_zip.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    prefixes = [row for row in rows if len(row["from"]) == 3]
    by_prefix = {
        f"{prefix:03}": row["state"] for row in prefixes for prefix in range(int(row["from"]), int(row["to"]) + 1)
    }
    return by_prefix, {row["from"]: row["state"] for row in rows if len(row["from"]) == 5}


def state_of_postcode(country: str, postcode: str) -> str | None:
    """Return the state or province that a postcode lies in."""
    if country == "CA":
        canadian: dict[str, str] = _places()["ca_postcodes"]
        return canadian.get(postcode[:1])
    if country != "US" or len(postcode) < 5:
        return None
    by_prefix, exact = _zips()
    state = exact.get(postcode[:5]) or by_prefix.get(postcode[:3])
    return None if state in MILITARY else state


@lru_cache(maxsize=100_000)
def postcode_of(country: str, value: str) -> str:
    """Return a postcode in its country's form, lost zeros put back; blank where it can't be one."""
    plain = re.sub(r"[^A-Z0-9-]", "", value.upper().removesuffix(".0")).strip("-")
    plain = re.sub(r"^(?:D|F|I|E|A|CH|B|NL)-(?=\d)", "", plain)
    digits = plain.replace("-", "")
    if country in PADDED and digits.isdigit() and 3 <= len(digits) <= 9:
        if country == "US" and len(digits) > 5:
            digits = digits.zfill(9)
            return f"{digits[:5]}-{digits[5:]}"
        return digits.zfill(PADDED[country]) if len(digits) <= PADDED[country] else ""
    if country in ("GB", "CA") and 5 <= len(plain) <= 7:
        return f"{plain[:-3]} {plain[-3:]}"
    if country == "NL" and len(plain) == 6:
        return f"{plain[:4]} {plain[4:]}"
    return plain if any(map(str.isdigit, plain)) and len(plain) <= 10 else ""


def country_of_postcode(value: str) -> str | None:
    """Return the country whose postcodes alone look so."""
    plain = value.strip().upper()
    if plain.isdigit():  # each of the shapes has letters
        return None
    fitting = [code for code in TELLING if SHAPES[code].fullmatch(plain)]
    return fitting[0] if len(fitting) == 1 else None


def home_of(country: str, state: str, postcode: str) -> tuple[str, str, bool]:
    """Return (country, jurisdiction, whether the postcode had to tell the state). US territories are of the US."""
    if country in TERRITORIES:
        return "US", f"US-{country}", False
    if country not in ("US", "CA"):
        return country, country or "unknown", False
    stated = state_code(country, state) if state else None
    told = stated or state_of_postcode(country, postcode)
    return country, f"{country}-{told}" if told else country, stated is None and told is not None


def country_of_parts(state: str, postcode: str) -> str:
    """Return the country that a state and a postcode prove together where no country is stated; blank for none."""
    if found := country_of_postcode(postcode):
        return found
    padded = postcode_of("US", postcode)
    american = state_code("US", state) if state else None
    return "US" if american and padded and state_of_postcode("US", padded) == american else ""


def known_states(values: Iterable[str], country: str) -> int:
    """Return how many values are states of a country."""
    return sum(state_code(country, value) is not None for value in values)
