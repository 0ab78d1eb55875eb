"""The one form in which text is compared. Letters of every script are kept."""

import re
import unicodedata
from functools import lru_cache

from forthwith.scoping.words import words

SPACES = re.compile(r"[\s\u00a0\u2007\u202f\u200b]+")
DROPPED = str.maketrans({"'": None, "’": None, "`": None, "´": None, ".": None, "-": " ", "–": " ", "ß": "ss", "ø": "o",
                         "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})  # fmt: skip
UMLAUTS = re.compile(r"(?<=[aou])e")
PLACEHOLDERS, NO_DATA = words("placeholders"), words("no_data")


@lru_cache(maxsize=200_000)
def folded(value: str) -> str:
    """Return text in lower case without accents, apostrophes and double spaces; `-` becomes a space."""
    plain = value.lower().translate(DROPPED)
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return SPACES.sub(" ", plain).strip()


def umlauts_alike(value: str) -> str:
    """Return folded text in which `Mueller`, `Müller` and `Muller` are the same."""
    return UMLAUTS.sub("", value)


def tidy(value: str | None) -> str:
    """Return text with its spaces put right; blank where it only holds a place."""
    text = SPACES.sub(" ", value or "").strip(" ,;")
    return "" if text.lower() in PLACEHOLDERS else text


def has_letter(value: str) -> bool:
    """Tell whether there is a letter of any script; what an export destroyed (`??`) has none."""
    return any(map(str.isalpha, value))
