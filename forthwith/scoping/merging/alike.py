"""Are two names one person's? Asked only of rows that share an identifier already."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from nicknames import NickNamer
from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.coded import Coded
from forthwith.scoping.normalising.names import nicknames_alike

FIRST, LAST, LAST_OF_INITIAL, LAST_OF_NICKNAME = 0.90, 0.85, 0.90, 0.90
COMMON = 4  # a given name that so many families use is a name, not another's misspelling


class Called(Protocol):
    """Whatever has a given and a family name, folded."""

    @property
    def given(self) -> str: ...  # noqa: D102
    @property
    def family(self) -> str: ...  # noqa: D102


@lru_cache
def _table() -> NickNamer:
    """Return the nickname table."""
    return NickNamer()


@lru_cache
def _dictionary() -> frozenset[str]:
    """Return given names that are names for certain."""
    return frozenset(word for names in _table()._nickname_lookup.items() for word in (names[0], *names[1]))


def nickname_pairs(words: Iterable[str]) -> set[tuple[str, str]]:
    """Return the pairs among these words of which one is short for the other, each both ways round."""
    known = set(words)
    pairs = {(word, short) for word in known for short in _table().nicknames_of(word) & known}
    return pairs | {(short, word) for word, short in pairs}


class Compare:
    """Compares names with what this incident's own rows show to be given names."""

    def __init__(self, common: Iterable[str]) -> None:
        """`common`: the first words of given names that at least `COMMON` families use."""
        self._common = frozenset(common)

    def a_name(self, given: str) -> bool:
        """Tell whether a given name is one for certain."""
        word = given.split(" ")[0]
        return word in self._common or word in _dictionary()

    def reason(self, one: Coded, other: Coded) -> str:
        """Return how two names are alike (`similar name (0.94)`, `nickname`), or blank where they are not."""
        family = JaroWinkler.similarity(one.family, other.family) if one.family and other.family else 0.0
        if one.first == other.first and (family >= LAST or _one_in_other(one.family, other.family)):
            return f"similar family name ({family:.2f})"
        if family >= LAST_OF_NICKNAME and nicknames_alike(one.given, other.given):
            return "nickname"
        return self._misspelt(one, other, family)

    def _misspelt(self, one: Coded, other: Coded, family: float) -> str:
        """Return the likeness of misspelt or swapped names; two real names are two people, however near.

        The first given name is compared by its one full name and as it was written: a misspelt nickname has none.
        """
        named = self.a_name(one.given) and self.a_name(other.given)
        for how, first, second in _first_names(one, other):
            alike = JaroWinkler.similarity(first, second)
            if alike >= FIRST and family >= LAST and not named and not _other_name(first, second):
                return f"similar name{how} ({min(alike, family):.2f})"
        for how, first, second in _first_names(one, other):
            crossed = (JaroWinkler.similarity(first, other.family), JaroWinkler.similarity(one.family, second))
            if crossed[0] >= FIRST and crossed[1] >= LAST:
                return f"names swapped{how} ({min(crossed):.2f})"
        return ""


def _first_names(one: Coded, other: Coded) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Return both first given names by their full names, and as they were written."""
    written = one.given.partition(" ")[0], other.given.partition(" ")[0]
    return ("", one.first, other.first), (" as written", *written)


def _other_name(one: str, other: str) -> bool:
    """Tell whether given names differ as names do (`Maria`, `Mario`; `Anna`, `Hanna`), not as misspellings do."""
    return one[:1] != other[:1] or one.rstrip("aeio") == other.rstrip("aeio")


def initials_alike(one: Called, other: Called) -> bool:
    """Tell whether one given name is the other's initial, with the same family name."""
    first, second = one.given.split(" ")[0], other.given.split(" ")[0]
    if (len(first) == 1) == (len(second) == 1) or first[:1] != second[:1]:
        return False
    return JaroWinkler.similarity(one.family, other.family) >= LAST_OF_INITIAL


def families_alike(one: str, other: str) -> bool:
    """Tell whether two family names are one, a misspelling, or a part of a double one; blank is alike to all."""
    return not one or not other or JaroWinkler.similarity(one, other) >= LAST or _one_in_other(one, other)


def _one_in_other(one: str, other: str) -> bool:
    """Tell whether one family name is a part of a double one: `Garcia` and `Garcia Lopez`."""
    first, second = set(one.split()), set(other.split())
    return bool(first and second) and (first <= second or second <= first)
