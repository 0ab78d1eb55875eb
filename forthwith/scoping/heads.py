"""Column heads in seven languages, folded to one form and looked up in data/fields.yaml."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from forthwith.scoping.words import words

DATA = Path(__file__).parent / "data"
CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
NOT_WORD = re.compile(r"[^a-z0-9]+")
LIKE = 90.0  # rapidfuzz ratio from which a head is held to be a misspelt phrase
OWNERS = words("owners")
ENDINGS = words("endings")


@dataclass(frozen=True, slots=True)
class Field:
    """What a column can be. `elements`: the exposure of a filled cell; `profile`: how its values look."""

    name: str
    elements: tuple[str, ...]
    profile: str | None
    many: bool


@lru_cache
def fields() -> dict[str, Field]:
    """Return every field by name."""
    return {
        name: Field(name, tuple(entry["elements"]), entry.get("profile"), entry.get("many", not _personal(name)))
        for name, entry in _data().items()
    }


@lru_cache
def _data() -> dict[str, dict[str, Any]]:
    """Return the phrases file."""
    loaded: dict[str, dict[str, Any]] = yaml.load((DATA / "fields.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


def _personal(name: str) -> bool:
    """Tell whether a field builds the person (one column only) rather than telling of an exposure (any number)."""
    order = list(_data())
    return order.index(name) <= order.index("national_id")


@lru_cache
def _phrases() -> dict[str, str]:
    """Return field by folded phrase."""
    return {fold_head(str(phrase)): name for name, entry in _data().items() for phrase in entry["phrases"]}


@lru_cache(maxsize=10_000)
def fold_head(head: str) -> str:
    """Return a head in one form: `Straße_und-HausNr.` and `strasse und haus nr` are the same."""
    spaced = CAMEL.sub(" ", head.replace("ß", "ss"))
    plain = unicodedata.normalize("NFKD", spaced.lower())
    return NOT_WORD.sub(" ", "".join(char for char in plain if not unicodedata.combining(char))).strip()


@lru_cache(maxsize=10_000)
def known_heads(head: str) -> str | None:
    """Return the field of a head that is an exact phrase, under an owner (`customer.email`) or before `no` or `usd`."""
    words = fold_head(head).split()
    found = _under_owners(words)
    while found is None and len(words) > 1 and words[-1] in ENDINGS:
        words = words[:-1]
        found = _under_owners(words)
        found = None if found == "full_name" else found  # `customer code` is no name
    return found


def _under_owners(words: list[str]) -> str | None:
    """Return the field of these words, or of what is left when owners are taken from their front."""
    for start in range(len(words)):
        if start and words[start - 1] not in OWNERS:
            return None
        for phrase in (" ".join(words[start:]), "".join(words[start:])):
            if found := _phrases().get(phrase):
                return found
    return None


@lru_cache
def squeezed_heads() -> str:
    """Return a pattern that fits each known head in ASCII of which only lower-case letters and digits are left.

    It fits more than heads: `known_heads` decides.
    """
    owners, phrases, endings = (
        "|".join(sorted({NOT_WORD.sub("", fold_head(word)) for word in words}, key=len, reverse=True))
        for words in (OWNERS, _phrases(), ENDINGS)
    )
    return f"^(?:{owners})*(?:{phrases})(?:{endings})*$"


@lru_cache(maxsize=10_000)
def like_heads(head: str) -> str | None:
    """Return the field of a head that is nearly a phrase, as misspelt ones are."""
    folded = fold_head(head)
    if len(folded) < 5:
        return None
    found = process.extractOne(folded, list(_phrases()), scorer=fuzz.ratio, score_cutoff=LIKE)
    return _phrases()[found[0]] if found else None
