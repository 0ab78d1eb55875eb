"""How many parts a text message has (3GPP TS 23.038: GSM 7-bit alphabet or UCS-2; 23.040: concatenation)."""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # each costs an escape before it


@dataclass(frozen=True, slots=True)
class Parts:
    """What a text costs on the wire."""

    encoding: str  # gsm-7 or ucs-2
    units: int  # septets or 16-bit units
    parts: int
    outside: str = ""  # the characters that force UCS-2, each once


def count(text: str) -> Parts:
    """Return encoding, units and parts of `text`: 160/153 septets a part, or 70/67 units where UCS-2 is forced."""
    outside = "".join(sorted({c for c in text if c not in BASIC and c not in EXTENSION}))
    if outside:
        sizes = [2 if ord(c) > 0xFFFF else 1 for c in text]
        return Parts("ucs-2", sum(sizes), _parts(sizes, 70, 67), outside)
    sizes = [2 if c in EXTENSION else 1 for c in text]
    return Parts("gsm-7", sum(sizes), _parts(sizes, 160, 153))


def split(text: str) -> list[str]:
    """Return a text in the parts that a telephone joins, cut where the wire cuts it."""
    told = count(text)
    if told.parts == 1:
        return [text]
    wide = told.encoding == "ucs-2"
    pieces, used = [""], 0
    for letter in text:
        size = (2 if ord(letter) > 0xFFFF else 1) if wide else (2 if letter in EXTENSION else 1)
        if used + size > (67 if wide else 153):
            pieces, used = [*pieces, ""], 0
        pieces[-1], used = pieces[-1] + letter, used + size
    return pieces


def _parts(sizes: list[int], single: int, joined: int) -> int:
    """Return how many parts are needed; an escape pair or a surrogate pair is never cut in two."""
    if sum(sizes) <= single:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > joined:
            parts, used = parts + 1, 0
        used += size
    return parts
