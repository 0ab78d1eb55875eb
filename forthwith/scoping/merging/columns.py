"""Coded traits, each column by itself: it waits in the spool, and is looked at for as long as a rule needs it."""

from collections.abc import Iterable, Iterator
from itertools import chain

import polars as pl

from forthwith.scoping.spool import Spool, Tray

AT_ONCE = 2_000_000  # rows that are grouped together
ROWS = 1_000_000  # of a column on disk, in one piece
PART = 20_000  # rows that stand in memory as objects


def shares(rows: pl.DataFrame, key: str) -> Iterator[pl.DataFrame]:
    """Yield rows some at a time, those of one key (a number) together."""
    count = len(rows) // AT_ONCE + 1
    return (rows.filter(pl.col(key) % count == share) if count > 1 else rows for share in range(count))


def marked(length: int, places: pl.Series) -> pl.Series:
    """Return of each number below `length` whether it is among these."""
    return pl.repeat(False, length, dtype=pl.Boolean(), eager=True).scatter(places, True)


def several(keys: pl.Series, roots: pl.Series) -> pl.Series:
    """Return of each row whether several people (`roots`) share its key; a key is a small number, and zero is none.

    One of a key's people is noted by its number, and whoever has the key and is somebody else marks it.
    """
    numbers = int(keys.max() or 0) + 1  # type: ignore[arg-type]
    one = pl.repeat(0, numbers, dtype=pl.UInt32(), eager=True).scatter(keys, roots)
    more = keys.filter(one.gather(keys) != roots)
    shared = pl.repeat(False, numbers, dtype=pl.Boolean(), eager=True).scatter(more, True)
    return shared.scatter(0, False).gather(keys)


def packed(high: pl.Expr, low: pl.Expr) -> pl.Expr:
    """Return two numbers of 32 bits as one, which is sorted several times as fast as two."""
    return high.cast(pl.UInt64()) * 2**32 + low


def unpacked(both: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the two numbers of each that were packed."""
    low = pl.Series([2**32 - 1], dtype=pl.UInt64())
    return (both // 2**32).cast(pl.UInt32()), (both & low).cast(pl.UInt32())


def slices(column: pl.Series) -> Iterator[pl.Series]:
    """Yield a column in parts, so that it never stands in memory as objects."""
    return (column.slice(begin, PART) for begin in range(0, len(column), PART))


def bytes_of(column: pl.Series) -> bytearray:
    """Return a column of small numbers as bytes."""
    return bytearray(chain.from_iterable(part.to_list() for part in slices(column)))


def pieces(starts: pl.Series, most: int, power: int = 1) -> Iterator[tuple[int, int]]:
    """Yield where to part rows of which those with one start stand together: begin and length of about `most` rows.

    `power`: two where each is looked at beside each of its own start, and so many pairs are what a piece may have.
    """
    if len(starts) <= most and power == 1:
        yield from ((0, len(starts)) for _ in starts.head(1))
        return
    lengths = starts.rle().struct.field("len")
    whole = pl.DataFrame({"piece": lengths.cast(pl.UInt64()).pow(power).cum_sum() // most, "end": lengths.cum_sum()})
    begin = 0
    for end in whole.filter((pl.col("piece") != pl.col("piece").shift(-1)).fill_null(True))["end"].to_list():
        yield begin, end - begin
        begin = end


def begun(starts: pl.Series) -> pl.Series:
    """Return of each row how many of one start stand before it, where those of one start stand together."""
    lengths = starts.rle().struct.field("len")
    return pl.int_range(len(starts), eager=True) - (lengths.cum_sum() - lengths).gather(starts.rle_id())


class Columns:
    """Columns by name, in memory or, of a large load, sealed on disk. Those of one row stand at one place (`at`)."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.height = 0
        self._trays: dict[str, Tray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._trays

    def put(self, column: pl.Series) -> None:
        """Keep a column under its name, in place of what was there."""
        self.drop(column.name)
        self._trays[column.name] = self.spool.tray()
        self._trays[column.name].put_in_pieces(column.to_frame(), ROWS)
        self.height = max(self.height, len(column))

    def get(self, name: str) -> pl.Series:
        """Return a column."""
        return pl.concat(self._trays[name], rechunk=True).to_series()

    def parts(self, *names: str) -> Iterator[pl.DataFrame]:
        """Yield the rows of these columns, some at a time."""
        for at in range(max(1, -(-self.height // ROWS))):
            yield pl.DataFrame([self._part(self._trays[name], at) for name in names])

    @staticmethod
    def _part(tray: Tray, at: int) -> pl.Series:
        """Return a part of a column, which is held as a whole or stands on disk in pieces."""
        frame = tray.look(0).slice(at * ROWS, ROWS) if len(tray) == 1 else tray.look(at)
        return frame.to_series()

    def computed(self, expression: pl.Expr) -> pl.Series:
        """Return what an expression says of each row."""
        names = sorted(set(expression.meta.root_names()))
        return pl.concat([part.select(expression) for part in self.parts(*names)], rechunk=True).to_series()

    def where(self, such: pl.Expr) -> pl.Series:
        """Return where the rows are that are such (`at`)."""
        return self.computed(such).arg_true().cast(pl.UInt32()).alias("at")

    def filtered(self, such: pl.Expr, *names: str) -> pl.DataFrame:
        """Return these columns of the rows that are such."""
        asked = sorted({*names, *such.meta.root_names()})
        return pl.concat([part.filter(such).select(names) for part in self.parts(*asked)], rechunk=True)

    def rows(self, at: pl.Series, names: Iterable[str] = ()) -> pl.DataFrame:
        """Return the rows at these places; `names`: of these columns, where not of all."""
        return pl.DataFrame([self.get(name).gather(at) for name in (names or self._trays)])

    def drop(self, *names: str) -> None:
        """Let go of columns."""
        for name in names:
            if tray := self._trays.pop(name, None):
                tray.clear()
