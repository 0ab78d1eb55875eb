"""Coded traits, each column by itself: it waits in the spool, and is looked at for as long as a rule needs it."""

from collections.abc import Iterable, Iterator

import polars as pl

from forthwith.scoping.spool import Spool, Tray

AT_ONCE = 2_000_000  # rows that are grouped together


def shares(rows: pl.DataFrame, key: str) -> Iterator[pl.DataFrame]:
    """Yield rows some at a time, those of one key (a number) together."""
    count = len(rows) // AT_ONCE + 1
    return (rows.filter(pl.col(key) % count == share) if count > 1 else rows for share in range(count))


class Columns:
    """Columns by name, in memory or, of a large load, sealed on disk. Those of one row stand at one place (`at`)."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self._trays: dict[str, Tray] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._trays

    def put(self, column: pl.Series) -> None:
        """Keep a column under its name, in place of what was there."""
        self.drop(column.name)
        self._trays[column.name] = self.spool.tray()
        self._trays[column.name].put(column.to_frame())

    def get(self, name: str) -> pl.Series:
        """Return a column."""
        return self._trays[name].look(0).to_series()

    def select(self, *names: str) -> pl.DataFrame:
        """Return whole columns."""
        return pl.DataFrame([self.get(name) for name in names])

    def rows(self, at: pl.Series, names: Iterable[str] = ()) -> pl.DataFrame:
        """Return the rows at these places; `names`: of these columns, where not of all."""
        return pl.DataFrame([self.get(name).gather(at) for name in (names or self._trays)])

    def drop(self, *names: str) -> None:
        """Let go of columns."""
        for name in names:
            if tray := self._trays.pop(name, None):
                tray.clear()
