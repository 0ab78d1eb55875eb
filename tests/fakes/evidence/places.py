"""Where invented people live: towns with postcodes and telephone areas that fit, each country's names."""

import itertools
import json
import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
DIGITS, LETTERS = "0123456789", "ABCEGHJLNPRSTWXYZ"


@dataclass(frozen=True, slots=True)
class Town:
    """A town. `postcode`: ? stands for any digit, @ for any letter; `areas` are telephone areas of it."""

    name: str
    postcode: str
    areas: tuple[str, ...]
    digits: int  # of a national telephone number
    state: str = ""


@dataclass(frozen=True, slots=True)
class Country:
    """A country's people: which names they bear, how they write and how the country is spelt."""

    code: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    style: str  # of streets
    language: str
    calling: str
    spelt: tuple[str, ...]
    mobile: tuple[tuple[str, int], ...]
    towns: tuple[Town, ...]
    shares: tuple[float, ...]  # of the towns, added up


@lru_cache
def pool() -> dict[str, Any]:
    """Return all words: those of the examples and the pool's own."""
    loaded: dict[str, Any] = yaml.load((HERE / "pool.yaml").read_text("utf-8"), yaml.CSafeLoader)
    shown = json.loads((EXAMPLES / "pool.json").read_text("utf-8"))
    for kind in ("given", "family", "streets", "short"):
        loaded[kind] = {**shown[kind], **loaded[kind]}
    loaded["messages"] = shown["messages"]
    return loaded


def split(words: str) -> tuple[str, ...]:
    """Return a pool's words."""
    return tuple(words.split("|") if "|" in words else words.split())


@lru_cache
def countries() -> tuple[list[Country], list[float]]:
    """Return the countries and their shares, added up."""
    entries = pool()["countries"]
    made = [_country(code, entry) for code, entry in entries.items()]
    return made, list(itertools.accumulate(entry["share"] for entry in entries.values()))


def _country(code: str, entry: dict[str, Any]) -> Country:
    towns, shares = _towns(code)
    given = {"us": "en", "gb": "en"}.get(entry["names"], entry["names"])
    return Country(
        code, split(pool()["given"][given]), split(pool()["family"][entry["names"]]),
        split(pool()["streets"][entry["streets"]]), entry["streets"], entry["language"], str(entry["calling"]),
        tuple(entry["spelt"]), tuple((str(prefix), digits) for prefix, digits in entry["mobile"]), towns,
        tuple(itertools.accumulate(shares)),
    )  # fmt: skip


def _towns(code: str) -> tuple[tuple[Town, ...], list[float]]:
    """Return a country's towns with the share of each."""
    if code not in ("US", "CA"):
        towns = pool()["towns"][code]
        return tuple(_town(*town) for town in towns), [1.0] * len(towns)
    kind, ending = ("american", "??") if code == "US" else ("canadian", " ?@?")
    lines = [line.split() for line in pool()[kind].replace("\n", ";").split(";") if line.strip()]
    made = (
        Town(name.replace("_", " "), prefix + ending, tuple(areas.split(",")), 10, state)
        for state, _, name, prefix, areas in lines
    )
    return tuple(made), [float(line[1]) for line in lines]


def _town(name: str, postcode: str, area: object, digits: int, state: str = "") -> Town:
    return Town(name, postcode, (str(area),), digits, state)


def filled(template: str, chance: random.Random) -> str:
    """Return a postcode of a template."""
    some = chance.random
    return "".join(
        DIGITS[int(some() * 10)] if sign == "?" else LETTERS[int(some() * 17)] if sign == "@" else sign
        for sign in template
    )
