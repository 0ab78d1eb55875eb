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
    return Name(_cased(" ".join(words[:at])), _cased(" ".join(words[at:])), salutation, suffix)


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
    first, title, younger = _bare(_named(given).replace(",", " ").split())
    last, _, generation = _bare(_named(family).split())
    stated = SUFFIXES.get(folded(suffix), "") or generation or younger
    return Name(_cased(" ".join(first)), _cased(" ".join(last)), tidy(salutation) or title, stated)


def _named(value: str) -> str:
    """Return a name cell, blank where it holds no name."""
    text = tidy(value)
    return text if has_letter(text) and "@" not in text else ""


def _cased(text: str) -> str:
    """Return a name in mixed case where it was shouted or whispered."""
    if len(text) > 2 and (text.isupper() or text.islower()):
        return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]{1,2}(?![^\W\d_]))?", lambda word: word[0].capitalize(), text.lower())
    return text
