"""The rows of a table, in parts: a file of any length is read, looked through and cleaned a part at a time."""

from collections.abc import Iterator, Sequence

import polars as pl

from forthwith.scoping.spool import Spool, Tray

ROW = "\0row"  # the column that keeps each row's number; no file can have a column of this name
FEW, MANY = 100_000, 200_000  # rows of a part: smaller ones are put together, larger ones are cut


class Parts:
    """A table's rows in order, in parts of text columns and ROW (data row, from 0, counted through a whole file)."""

    def __init__(self, heads: Sequence[str], tray: Tray | None = None) -> None:
        self.heads, self.height = list(heads), 0
        self._tray = Spool().tray() if tray is None else tray  # an empty tray is falsy
        self._waiting: list[pl.DataFrame] = []
        self._rows_waiting = 0

    @classmethod
    def of(cls, frame: pl.DataFrame, tray: Tray | None = None) -> "Parts":
        """Return a whole table."""
        made = cls([name for name in frame.columns if name != ROW], tray)
        made.add(frame)
        return made

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows. Columns may be missing, and new ones be there: the heads are settled before anything is read."""
        if not frame.height:
            return
        self.height += frame.height
        self._rows_waiting += frame.height
        self._waiting.append(frame)
        if self._rows_waiting >= FEW:
            self._put()

    def _put(self) -> None:
        """Put what waits into the tray."""
        if self._waiting:
            whole = self._waiting[0] if len(self._waiting) == 1 else pl.concat(self._waiting, how="diagonal")
            self._waiting, self._rows_waiting = [], 0
            for part in whole.iter_slices(MANY):
                self._tray.put(part)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """Yield the parts; all stay."""
        return (self.look(at) for at in self.places())

    def places(self) -> range:
        """Return the place of each part."""
        self._put()
        return range(len(self._tray))

    def look(self, at: int) -> pl.DataFrame:
        """Return a part by its place."""
        return self._shaped(self._tray.look(at))

    def drop(self, at: int) -> None:
        """Let go of a part; its rows still count."""
        self._tray.drop(at)

    def taken(self) -> Iterator[pl.DataFrame]:
        """Yield the parts; each is gone then."""
        self._put()
        return map(self._shaped, self._tray.taken())

    def whole(self) -> pl.DataFrame:
        """Return all rows at once: for tables that are known to be small."""
        empty = pl.DataFrame(schema={ROW: pl.Int64(), **dict.fromkeys(self.heads, pl.String())})
        parts: list[pl.DataFrame] = [empty, *self]
        return pl.concat(parts)

    def clear(self) -> None:
        """Let go of all rows; they still count."""
        self._waiting = []
        self._tray.clear()

    def _shaped(self, part: pl.DataFrame) -> pl.DataFrame:
        """Return a part with all columns of the table."""
        wanted = [ROW, *self.heads]
        if part.columns == wanted:
            return part
        missing = [pl.lit(None, pl.String).alias(head) for head in self.heads if head not in part.columns]
        return part.with_columns(missing).select(wanted)
