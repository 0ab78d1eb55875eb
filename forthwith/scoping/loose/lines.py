"""A loose file as lines of text with their places; lines of one paragraph, or one row, belong together."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count, groupby

from forthwith.scoping.reading.sheet import header_at, tidy_heads

LONGEST_PARAGRAPH = 12  # lines; more without a blank one is a list, whose lines have nothing to do with each other
LONGEST_HEAD = 60  # characters of a column head worth repeating before each value


@dataclass(frozen=True, slots=True)
class Line:
    """One line or row: where it stands, its text, the paragraph it belongs to."""

    place: str
    text: str = field(repr=False)
    block: int = 0


@dataclass(frozen=True, slots=True)
class Loose:
    """One loose file: what became of it, its lines, and how many pages or pictures in it nobody could read."""

    name: str
    disposition: str  # parsed empty encrypted image_only failed other
    size: int = 0
    sha256: str = ""
    lines: list[Line] = field(default_factory=list, repr=False)
    unread: int = 0
    note: str = ""


class Unreadable(Exception):
    """A file can't be read: its disposition, and why. Never holds anything that stands in the file."""

    def __init__(self, disposition: str, note: str) -> None:
        super().__init__(f"{disposition}: {note}")
        self.disposition = disposition
        self.note = note


def loose(name: str, data: bytes, disposition: str, **more: object) -> Loose:
    """Return a file with its size and hash."""
    return Loose(name, disposition, len(data), hashlib.sha256(data).hexdigest(), **more)  # type: ignore[arg-type]


def paragraphs(placed: Iterable[tuple[str, str]]) -> list[Line]:
    """Return lines in paragraphs, which blank lines end; in a long one each line stands alone."""
    lines: list[Line] = []
    blocks = count()
    for filled, group in groupby(placed, key=lambda pair: bool(pair[1].strip())):
        if filled:
            members = list(group)
            shared = next(blocks) if len(members) <= LONGEST_PARAGRAPH else None
            lines += [Line(place, text, next(blocks) if shared is None else shared) for place, text in members]
    return lines


def of_text(text: str, before: str = "", *, alone: bool = False) -> list[Line]:
    """Return plain text by its lines, counted from 1; `alone`: no line belongs to another."""
    placed = [(f"{before}line {number}", line) for number, line in enumerate(text.splitlines(), 1)]
    if alone:
        return [Line(place, line, block) for block, (place, line) in enumerate(placed) if line.strip()]
    return paragraphs(placed)


def of_rows(rows: Sequence[Sequence[str]], places: Sequence[str]) -> list[Line]:
    """Return a table's rows, each value after its column's head: the head is what tells what a number is."""
    header = header_at(rows)
    heads = tidy_heads(rows[header][:]) if header is not None else []
    return [
        Line(place, _row(row, heads if header is not None and at > header else []), at)
        for at, (row, place) in enumerate(zip(rows, places, strict=True))
        if any(row)
    ]


def _row(row: Sequence[str], heads: Sequence[str]) -> str:
    """Return a row's filled cells in one line."""
    return " | ".join(
        f"{heads[at][:LONGEST_HEAD]}: {cell}" if at < len(heads) else cell for at, cell in enumerate(row) if cell
    )
