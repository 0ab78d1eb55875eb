"""Exposed data in the words of a notice: the codes of the vocabulary, in its order, as a language says them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import laws
from forthwith.filling.labels import read
from models import Refusal

VOCABULARY = Path(laws.__file__).parent / "vocabulary.yaml"
SEPARATOR = ","


def sorted_elements(elements: Iterable[str]) -> list[str]:
    """Return elements in the vocabulary's order: name first, then identifiers, money, health, the rest."""
    return list(_sorted(frozenset(elements)))


@lru_cache(maxsize=4096)
def _sorted(elements: frozenset[str]) -> tuple[str, ...]:
    """Sort once for all people with the same data."""
    order = {code: i for i, code in enumerate(read(VOCABULARY)["elements"])}
    return tuple(sorted(elements, key=lambda code: (order.get(code, len(order)), code)))


def in_words(elements: Iterable[str], words: Mapping[str, Any]) -> list[str]:
    """Return elements as a language's labels say them. Raises Refusal where it has no words for one."""
    table = words["elements"]
    codes = sorted_elements(elements)
    if unknown := [code for code in codes if code not in table]:
        raise Refusal(f"There are no {words['language']} words for {', '.join(unknown)}.", "Add them to the labels.")
    return [table[code] for code in codes]


def joined(elements: Iterable[str]) -> str:
    """Return elements as the one field in which a recipient's own travel to the wording."""
    return SEPARATOR.join(elements)


def one_a_line(field: str, approved: Iterable[str], words: Mapping[str, Any]) -> str:
    """Return a recipient's own elements in words, one a line.

    Raises Refusal where one is not among those that legal read in the wording.
    """
    codes = [code for code in field.split(SEPARATOR) if code]
    if set(codes) - set(approved):
        raise Refusal("A recipient has exposed data that the wording was not approved for.", "Draft and approve again.")
    return "\n".join(in_words(codes, words)) if codes else str(words["elements_unknown"])
