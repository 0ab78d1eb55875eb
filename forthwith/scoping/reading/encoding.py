"""Which encoding a text file is in. A wrong guess destroys names, so a doubtful one is refused."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from charset_normalizer import from_bytes

from forthwith.scoping.reading.source import STEP, Source
from models import Refusal

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
WESTERN = re.compile("[ÄÖÜäöüßÀ-ÅÇ-ÏÑÒ-ÕØÙ-Ýà-åç-ïñò-õøù-ýÿŠšŽžŒœ€‘’“”–—…°§´«»ªº©®]")
HIGH, LONG = re.compile(rb"[\x80-\xff]+"), re.compile(rb"[\x80-\xff]{2,}")
SAMPLE = 200_000
FIRST = 10_000  # characters that tell what a text is
MARKED = "\ufffd".encode()
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_EXPORT = "Export it as CSV, XLSX, JSON Lines or Parquet, and load that."


@dataclass(frozen=True, slots=True)
class Text:
    """A text file whose encoding is known."""

    source: Source
    codec: str
    replacing: bool = False  # what can't be decoded is marked; rows that hold U+FFFD are set aside later

    @property
    def encoding(self) -> str:
        """The encoding's name."""
        return self.codec.removesuffix("-sig")

    def pieces(self) -> Iterator[str]:
        """Yield the text. Raises Refusal where it can't be decoded after all."""
        decoder = codecs.getincrementaldecoder(self.codec)("replace" if self.replacing else "strict")
        marks = self.codec in ("utf-8", "cp1252")
        try:
            for block in self.source.blocks():
                if piece := decoder.decode(_marked(block) if marks else block):
                    yield piece
            if rest := decoder.decode(b"", True):
                yield rest
        except UnicodeDecodeError:
            name = self.source.path.name
            what = f"{name} says that it is {self.codec.upper()}, but can't be decoded as that."
            raise Refusal(what, "It may be cut off: hand it in again whole, or save it as UTF-8.") from None

    def start(self) -> str:
        """Return the first characters behind any blanks."""
        begun = ""
        for piece in self.pieces():
            begun = (begun + piece).lstrip("\ufeff \t\r\n")
            if len(begun) > FIRST:
                break
        return begun[:FIRST]

    def whole(self) -> str:
        """Return all of the text."""
        return "".join(self.pieces())


def decode(data: bytes, path: Path) -> tuple[str, str]:
    """Return a file's text and its encoding. Raises Refusal where no encoding fits."""
    text = text_of(Source.of(data, path))
    return text.whole(), text.encoding


def text_of(source: Source) -> Text:
    """Return a file as text. Raises Refusal where no encoding fits."""
    head = source.head(SAMPLE)
    for mark, name in BOMS:
        if head.startswith(mark):
            return Text(source, name)
    if wide := _wide(head):
        return Text(source, wide)
    if BINARY.search(head):
        raise Refusal(f"{source.path.name} is not a text file.", _EXPORT)
    return Text(source, "utf-8") if _sound(source) else _older(source)


def _marked(block: bytes) -> bytes:
    """Return bytes in which none is zero."""
    return block.replace(b"\x00", MARKED) if b"\x00" in block else block


def _sound(source: Source) -> bool:
    """Tell whether a file is clean UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in chain(source.blocks(), [b""]):
            decoder.decode(block, not block)
    except UnicodeDecodeError:
        return False
    return True


def _wide(data: bytes) -> str | None:
    """Return UTF-16 without a mark, by its many zero bytes on one side."""
    sample = data[: SAMPLE & ~1]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0) / (len(sample) / 2), sample[1::2].count(0) / (len(sample) / 2)
    if max(even, odd) < 0.4 or min(even, odd) > 0.1:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _older(source: Source) -> Text:
    """Return what is not clean UTF-8: mostly UTF-8 with damage, Windows-1252, or what its letters tell."""
    damaged = Text(source, "utf-8", replacing=True)
    if _mostly_sound(damaged):
        return damaged
    runs = b" ".join(HIGH.findall(_marked(source.head(SAMPLE * 10))))
    seen = [char for char in runs.decode("cp1252", "replace") if char != " "]
    if sum(bool(WESTERN.match(char)) for char in seen) >= 0.97 * len(seen):
        return Text(source, "cp1252", replacing=True)
    return _by_letters(source)


def _mostly_sound(damaged: Text) -> bool:
    """Tell whether far more characters beyond ASCII are whole than broken: they have two bytes or more each."""
    broken = foreign = 0
    for piece in damaged.pieces():
        marks = piece.count("\ufffd")
        broken += marks
        foreign += 0 if piece.isascii() else len(piece) - len(piece.encode("ascii", "ignore")) - marks
    if foreign <= 5 * broken:
        return False
    return sum(1 for block in _whole_lines(damaged.source) for _ in LONG.finditer(block)) > 5 * broken


def _whole_lines(source: Source) -> Iterator[bytes]:
    """Yield a file's bytes, cut where a line ends unless it is endless."""
    rest = b""
    for block in source.blocks():
        rest += _marked(block)
        cut = max(rest.rfind(b"\n"), rest.rfind(b"\r")) + 1 or (len(rest) if len(rest) > 4 * STEP else 0)
        if cut:
            yield rest[:cut]
        rest = rest[cut:]
    yield rest


def _by_letters(source: Source) -> Text:
    """Ask charset-normalizer, and take its answer only where every byte fits."""
    best = from_bytes(b"\n".join(_foreign_lines(_whole_lines(source)))[:SAMPLE]).best()
    if best is not None and _fits(source, best.encoding):
        return Text(source, best.encoding)
    raise Refusal(f"The encoding of {source.path.name} can't be told.", "Save it as UTF-8, and load that.")


def _foreign_lines(blocks: Iterable[bytes]) -> list[bytes]:
    """Return lines beyond ASCII, as many as are looked at."""
    lines: list[bytes] = []
    size = 0
    for line in (line for block in blocks for line in block.splitlines() if HIGH.search(line)):
        lines.append(line)
        size += len(line) + 1
        if size > SAMPLE:
            break
    return lines


def _fits(source: Source, codec: str) -> bool:
    """Tell whether every byte can be decoded."""
    try:
        return all(True for _ in Text(source, codec).pieces())
    except Refusal:
        return False
