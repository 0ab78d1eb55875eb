"""Names of people: taken apart for greeting, and folded for comparing. A wrong fold merges two people."""

import re
from dataclasses import dataclass
from functools import lru_cache

from nicknames import NickNamer

from forthwith.scoping.normalising.text import folded, has_letter, tidy, umlauts_alike
from forthwith.scoping.words import words

TITLES = words("titles")
SUFFIXES = {
    "jr": "jr",
    "junior": "jr",
    "jnr": "jr",
    "sr": "sr",
    "senior": "sr",
    "snr": "sr",
    "ii": "ii",
    "iii": "iii",
    "iv": "iv",
}
PARTICLES = words("particles")
EASTERN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")  # Kana, Han, Hangul: family name first
BRACKETS = re.compile(r"\([^)]*\)|\"[^\"]*\"|“[^”]*”")


@dataclass(frozen=True, slots=True)
class Name:
    """A name's parts as written."""

    given: str = ""
    family: str = ""
    salutation: str = ""
    suffix: str = ""

    @property
    def whole(self) -> str:
        """The name as on an envelope."""
        suffix = {"jr": "Jr", "sr": "Sr"}.get(self.suffix, self.suffix.upper())
        names = (self.family, self.given) if EASTERN.search(self.family) else (self.given, self.family)
        return " ".join(part for part in (*names, suffix) if part)


@lru_cache
def _nicknamer() -> NickNamer:
    """Return the nickname table."""
    return NickNamer()


@lru_cache(maxsize=100_000)
def canonical_first(given: str) -> str:
    """Return a given name for comparing: its first word, a nickname by its one full name; blank for none."""
    word = folded(given).split(" ")[0]
    full = _nicknamer().canonicals_of(word) if word.isascii() else set()
    return umlauts_alike(next(iter(full)) if len(full) == 1 else word)


@lru_cache(maxsize=100_000)
def nicknames_alike(one: str, other: str) -> bool:
    """Tell whether one given name is short for the other, or both for a third."""
    table = _nicknamer()
    first, second = folded(one).split(" ")[0], folded(other).split(" ")[0]
    return second in table.nicknames_of(first) or first in table.nicknames_of(second)


@lru_cache(maxsize=100_000)
def family_key(family: str) -> str:
    """Return a family name for comparing."""
    return umlauts_alike(folded(family))


@lru_cache(maxsize=200_000)
def split(full: str) -> Name:
    """Return the parts of a whole name: `Last, First`, or given names and then the family name.

    In Han, Kana or Hangul the family name stands first.
    """
    text = tidy(BRACKETS.sub(" ", full))
    if not has_letter(text) or "@" in text:
        return Name()
    before, comma, after = text.partition(",")
    if comma and folded(after) in SUFFIXES:
        text, comma = f"{before} {after}", ""
    if comma:
        return part(after, before)
    words, salutation, suffix = _bare(text.split())
    at = len(words) - 1
    while at > 1 and folded(words[at - 1]) in PARTICLES:
        at -= 1
    if len(words) < 2:
        return Name(family=" ".join(words), salutation=salutation, suffix=suffix) if salutation else Name(
            given=" ".join(words), suffix=suffix)  # fmt: skip
    if EASTERN.search(words[0]):
        return Name(" ".join(words[1:]), words[0], salutation, suffix)
    return Name(cased(" ".join(words[:at])), cased(" ".join(words[at:])), salutation, suffix)


def _bare(words: list[str]) -> tuple[list[str], str, str]:
    """Return words without the titles before and the generation after them, and these."""
    titles: list[str] = []
    suffix = ""
    while len(words) > 1 and (folded(words[0]) in TITLES or (folded(words[0]) == "m" and len(words) > 2)):
        titles.append(words[0])
        words = words[1:]
    if len(words) > 1 and folded(words[-1]) in SUFFIXES:
        suffix, words = SUFFIXES[folded(words[-1])], words[:-1]
    return words, " ".join(titles), suffix


@lru_cache(maxsize=200_000)
def part(given: str, family: str, salutation: str = "", suffix: str = "") -> Name:
    """Return a name whose parts stand in columns of their own."""
    first, title, younger = given_part(given)
    last, generation = family_part(family)
    return Name(first, last, tidy(salutation) or title, stated_suffix(suffix) or generation or younger)


@lru_cache(maxsize=100_000)
def given_part(cell: str) -> tuple[str, str, str]:
    """Return what a cell of given names tells: the names, a title before them, a generation after them."""
    words, title, suffix = _bare(_named(cell).replace(",", " ").split())
    return cased(" ".join(words)), title, suffix


@lru_cache(maxsize=100_000)
def family_part(cell: str) -> tuple[str, str]:
    """Return what a cell of a family name tells: the name, and a generation after it."""
    words, _, suffix = _bare(_named(cell).split())
    return cased(" ".join(words)), suffix


def stated_suffix(cell: str) -> str:
    """Return the generation that a cell states; blank where it states none."""
    return SUFFIXES.get(folded(cell), "")


def _named(value: str) -> str:
    """Return a name cell, blank where it holds no name."""
    text = tidy(value)
    return text if has_letter(text) and "@" not in text else ""


def cased(text: str) -> str:
    """Return a name in mixed case where it was shouted or whispered."""
    if len(text) > 2 and (text.isupper() or text.islower()):
        if text.isascii() and text.isalpha():
            return text.capitalize()
        return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]{1,2}(?![^\W\d_]))?", lambda word: word[0].capitalize(), text.lower())
    return text
