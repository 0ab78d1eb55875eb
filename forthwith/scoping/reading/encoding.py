"""Which encoding a text file is in. A wrong guess destroys names, so a doubtful one is refused."""

import codecs
import re
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes

from models import Refusal

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
WESTERN = re.compile("[ÄÖÜäöüßÀ-ÅÇ-ÏÑÒ-ÕØÙ-Ýà-åç-ïñò-õøù-ýÿŠšŽžŒœ€‘’“”–—…°§´«»ªº©®]")
HIGH, LONG = re.compile(rb"[\x80-\xff]+"), re.compile(rb"[\x80-\xff]{2,}")
SAMPLE = 200_000
MARKED = "\ufffd".encode()
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes, path: Path) -> tuple[str, str]:
    """Return a file's text and its encoding. Raises Refusal where no encoding fits."""
    for mark, name in BOMS:
        if data.startswith(mark):
            return _strictly(data, name, path), name.removesuffix("-sig")
    if wide := _wide(data):
        return _strictly(data, wide, path), wide
    if BINARY.search(data[:SAMPLE]):
        raise Refusal(f"{path.name} is not a text file.", _EXPORT)
    data = data.replace(b"\x00", MARKED) if b"\x00" in data else data  # rows that hold U+FFFD are set aside later
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _older(data, path)


_EXPORT = "Export it as CSV, XLSX, JSON Lines or Parquet, and load that."


def _strictly(data: bytes, name: str, path: Path) -> str:
    """Decode without a replacement."""
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        what = f"{path.name} says that it is {name.upper()}, but can't be decoded as that."
        raise Refusal(what, "It may be cut off: hand it in again whole, or save it as UTF-8.") from None


def _wide(data: bytes) -> str | None:
    """Return UTF-16 without a mark, by its many zero bytes on one side."""
    sample = data[: SAMPLE & ~1]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0) / (len(sample) / 2), sample[1::2].count(0) / (len(sample) / 2)
    if max(even, odd) < 0.4 or min(even, odd) > 0.1:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _older(data: bytes, path: Path) -> tuple[str, str]:
    """Decode what is not clean UTF-8: mostly UTF-8 with damage, Windows-1252, or what its letters tell."""
    damaged = data.decode("utf-8", "replace")
    broken = damaged.count("\ufffd")
    if _mostly_sound(data, broken) and _foreign(damaged) > 5 * broken:
        return damaged, "utf-8"  # rows that hold U+FFFD are set aside later
    runs = b" ".join(HIGH.findall(data[: SAMPLE * 10]))
    seen = [char for char in runs.decode("cp1252", "replace") if char != " "]
    if sum(bool(WESTERN.match(char)) for char in seen) >= 0.97 * len(seen):
        return data.decode("cp1252", "replace"), "cp1252"
    return _by_letters(data, path)


def _mostly_sound(data: bytes, broken: int) -> bool:
    """Tell whether far more characters beyond ASCII are whole than broken: they have two bytes or more each."""
    whole = sum(1 for _ in islice(LONG.finditer(data), 5 * broken + 1))
    return whole > 5 * broken


def _foreign(text: str) -> int:
    """Return how many characters beyond ASCII were decoded well."""
    return sum(char > "\x7f" and char != "\ufffd" for char in text)


def _by_letters(data: bytes, path: Path) -> tuple[str, str]:
    """Ask charset-normalizer, and take its answer only where every byte fits."""
    lines = [line for line in data.splitlines() if HIGH.search(line)]
    best = from_bytes(b"\n".join(lines)[:SAMPLE]).best()
    if best is not None:
        try:
            return data.decode(best.encoding), best.encoding
        except UnicodeDecodeError:
            pass
    raise Refusal(f"The encoding of {path.name} can't be told.", "Save it as UTF-8, and load that.")
