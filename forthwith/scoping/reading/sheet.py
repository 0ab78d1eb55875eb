"""What a reader hands on: a table of text whose rows keep their numbers, and the rows that it had to set aside."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from forthwith.scoping.heads import known_heads
from forthwith.scoping.reading.parts import ROW, Parts
from forthwith.scoping.spool import Tray

SPACES = "[\u00a0\u2007\u202f\ufeff\u200b]"
LOOK = 25  # rows in which a header is looked for
VALUE = re.compile(r"@|^\+?[\d\s()./:-]{5,}$")  # what stands in data and never in a header


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read, with the reason. `text` is personal data: it goes sealed into quarantine."""

    row: int
    reason: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its rows in parts, and those that were set aside."""

    name: str
    rows: Parts = field(repr=False)
    bad: list[BadRow] = field(default_factory=list, repr=False)

    @classmethod
    def of(cls, name: str, frame: pl.DataFrame, bad: list[BadRow] | None = None, tray: Tray | None = None) -> "Sheet":
        """Return a table that is there at once."""
        return cls(name, Parts.of(frame, tray), bad or [])

    @property
    def columns(self) -> list[str]:
        """The file's own columns."""
        return self.rows.heads

    @property
    def frame(self) -> pl.DataFrame:
        """All rows at once: for tables that are known to be small."""
        return self.rows.whole()

    @property
    def rows_in(self) -> int:
        """How many data rows the file has here."""
        return self.rows.height + len(self.bad)


@dataclass(frozen=True, slots=True)
class Document:
    """One evidence file, read."""

    path: Path
    sha256: str
    size: int
    media_type: str
    encoding: str | None
    sheets: list[Sheet] = field(repr=False)
    inside: str = ""  # of a file in an archive: the archive's name and its own, as `evidence.zip/a.csv`

    @property
    def name(self) -> str:
        """What the file is called."""
        return self.inside or self.path.name

    @property
    def rows_in(self) -> int:
        """How many data rows the file has."""
        return sum(sheet.rows_in for sheet in self.sheets)

    def clear(self) -> None:
        """Let go of all rows; they still count."""
        for sheet in self.sheets:
            sheet.rows.clear()


def tidy_heads(heads: Iterable[str | None]) -> list[str]:
    """Return column names that are filled and differ: blank ones get their position, repeated ones a number."""
    names: list[str] = []
    for position, head in enumerate(heads, 1):
        name = " ".join((head or "").split()) or f"column {position}"
        again, count = name, 1
        while again in names:
            count += 1
            again = f"{name} ({count})"
        names.append(again)
    return names


def _heads_in(row: Sequence[str]) -> int:
    """Return how many cells of a row are known column heads."""
    return sum(1 for cell in row if cell and known_heads(cell))


def header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """Return which row is the header (titles may stand above it); None where the first row is data already."""
    looked = rows[:LOOK]
    best = max(range(len(looked)), key=lambda at: (_heads_in(looked[at]), -at), default=0)
    if looked and _heads_in(looked[best]):
        return best
    widest = max((sum(map(bool, row)) for row in looked), default=0)
    first = next((at for at, row in enumerate(looked) if sum(map(bool, row)) == widest), 0)
    if looked and any(VALUE.search(cell) for cell in looked[first]):
        return None
    return first


def frame_of(heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> pl.DataFrame:
    """Return rows (each as long as `heads`) as a table of text with their numbers; blank cells become NULL."""
    columns: Iterable[Sequence[str]] = list(zip(*rows, strict=True)) if rows else [()] * len(heads)
    data = {name: pl.Series(name, column, pl.String) for name, column in zip(heads, columns, strict=True)}
    frame = pl.DataFrame({ROW: pl.Series(ROW, numbers, pl.Int64), **data})
    return blanks_are_null(frame)


def blanks_are_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the table with surrounding space cut and empty text as NULL: a blank never equals a blank."""
    text = pl.col([name for name in frame.columns if name != ROW])
    if frame.width == 1:
        return frame
    beyond = frame.select((text.str.len_bytes() != text.str.len_chars()).any())  # ASCII: no space but the usual ones
    odd = [name for name in beyond.columns if beyond[name].item()]
    frame = frame.with_columns(pl.col(odd).str.replace_all(SPACES, " ")) if odd else frame
    cut = text.str.strip_chars()
    return frame.with_columns(pl.when(cut != "").then(cut).name.keep())
