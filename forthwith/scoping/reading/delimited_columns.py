"""The rows of a delimited text in columns: plain lines go in blocks to Polars, any other record to Python's csv.

A plain line is one record by itself: as many fields as there are heads, and quotes that open and close with a field.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from forthwith.scoping.reading.delimited_records import LINE, Feed, Record, records
from forthwith.scoping.reading.parts import ROW, Parts
from forthwith.scoping.reading.sheet import BadRow, Sheet, blanks_are_null, frame_of
from forthwith.scoping.spool import Tray

COMMON = ",;\t|"
WIDE = 200  # fields; quotes in wider lines are left to csv
QUOTED = r'"(?:[^"]|"")*"'


def rows_of(feed: Feed, heads: list[str], delimiter: str, usual: int, tray: Tray | None = None) -> Sheet:
    """Return the rows from where a feed stands; those that are not as wide as the header are set aside."""
    table = _Table(Parts(heads, tray), heads, delimiter, usual, feed)
    while not feed.over:
        feed.cut()
        _block(table)
    return Sheet("", table.parts, table.bad)


@dataclass(slots=True)
class _Table:
    """The rows that were read so far."""

    parts: Parts = field(repr=False)
    heads: list[str]
    delimiter: str
    usual: int  # fields of a record
    feed: Feed = field(repr=False)
    rows_in: int = 0
    bad: list[BadRow] = field(default_factory=list, repr=False)

    def add(self, plain: pl.DataFrame, lines: pl.Series, others: list[tuple[int, Record]]) -> None:
        """Add the records of a block in the order of their lines: plain ones in a frame, and others."""
        if not others:
            numbers = pl.int_range(self.rows_in, self.rows_in + plain.height, eager=True)
            self.rows_in += plain.height
            return self.parts.add(blanks_are_null(plain.insert_column(0, numbers.alias(ROW))))
        order = pl.concat([lines, pl.Series([line for line, _ in others], dtype=pl.Int64)])
        numbers = order.rank("ordinal").cast(pl.Int64) - 1 + self.rows_in
        self.rows_in += len(order)
        made = blanks_are_null(plain.insert_column(0, numbers.head(plain.height).alias(ROW)))
        good = self._sorted_out(list(zip(numbers.tail(len(others)).to_list(), others, strict=True)))
        self.parts.add(pl.concat([made, good]).sort(ROW) if good.height else made)
        return None

    def _sorted_out(self, others: list[tuple[int, tuple[int, Record]]]) -> pl.DataFrame:
        """Return the rows as wide as the header; add those that are not to the bad ones, with the reason."""
        good: list[list[str]] = []
        numbers: list[int] = []
        for row, (_, (fields, torn)) in others:
            if reason := torn or _misfit(self.heads, fields):
                self.bad.append(BadRow(row, reason, " | ".join(fields)))
            else:
                good.append(fields[: len(self.heads)])
                numbers.append(row)
        return frame_of(self.heads, good, numbers)


def _misfit(heads: list[str], fields: list[str]) -> str | None:
    """Return why a row can't be trusted to be in its columns."""
    extra = fields[len(heads) :]
    if any(field.strip() for field in extra):
        return "more fields than the header has"
    if len(fields) < len(heads):
        return "fewer fields than the header has"
    return None


def _block(table: _Table) -> None:
    """Read the whole lines that the feed holds into a table."""
    feed, text = table.feed, table.feed.text
    end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1 or len(text)
    block = text[:end]
    lone = "\r" in block and block.count("\r") != block.count("\r\n")  # ends lines for csv, not for Polars
    if lone or table.delimiter not in COMMON or not table.heads:
        return _slowly(table, end)
    lines = pl.Series([block.removesuffix("\n")]).str.split("\n").explode()
    starts = partial(_starts, lines)
    lines = lines.str.strip_suffix("\r") if "\r" in block else lines
    plain = _plain(lines, table.delimiter, len(table.heads))
    others, inside, after = _others(table, starts, (~plain & (lines != "")).arg_true().to_list(), end)
    kept = plain.scatter(inside, False) if inside else plain
    frame = _parsed(table, lines.filter(kept), block)
    if frame is None:  # Polars sees other rows than csv: nobody guesses
        return _slowly(table, end)
    table.add(frame, kept.arg_true().cast(pl.Int64), others)
    return feed.go(max(after, end))


def _starts(lines: pl.Series) -> list[int]:
    """Return where each line begins in its block."""
    starts = (lines.str.len_chars().cast(pl.Int64) + 1).cum_sum().shift(1, fill_value=0)
    return list(starts.to_list())


def _plain(lines: pl.Series, delimiter: str, width: int) -> pl.Series:
    """Tell of each line whether it is plain."""
    wide = (lines.str.count_matches(delimiter, literal=True) == width - 1) & (lines != "")
    quoted = lines.str.contains('"', literal=True)
    if quoted.any():
        closed = _closed(lines.filter(quoted), delimiter, width)
        wide = wide.scatter(quoted.arg_true(), closed)
    return wide & (lines.str.len_bytes() <= LINE)


def _closed(lines: pl.Series, delimiter: str, width: int) -> pl.Series:
    """Tell of each line with quotes whether it is plain."""
    mark = re.escape(delimiter)
    one = rf'(?:[^"{mark}]*|{QUOTED})'
    more = rf"(?:{mark}{one}){{{width - 1}}}"
    shaped = lines.str.contains(rf"^{one}{more}$") if width <= WIDE else pl.repeat(False, len(lines), eager=True)
    return shaped & (width > 1)


def _others(
    table: _Table, find: Callable[[], list[int]], odd: list[int], end: int
) -> tuple[list[tuple[int, Record]], list[int], int]:
    """Return the records that begin at odd lines, the lines inside them, and where the last one ends."""
    found: list[tuple[int, Record]] = []
    inside: list[int] = []
    free = 0
    starts = find() if odd else []
    for line in odd:
        if line >= free:
            table.feed.go(starts[line])
            found.append((line, next(records(table.feed, table.delimiter, table.usual))))
            free = bisect_left(starts, table.feed.begin)
            inside += range(line + 1, free)
    return found, inside, table.feed.begin if found else end


def _parsed(table: _Table, lines: pl.Series, block: str) -> pl.DataFrame | None:
    """Return plain lines as a frame; None where Polars doesn't find one row in each."""
    if lines.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(table.heads, pl.String))
    if len(table.heads) == 1:
        return pl.DataFrame({table.heads[0]: lines})
    frame = pl.read_csv(
        lines.str.join("\n").item().encode(), has_header=False, infer_schema=False, separator=table.delimiter,
        quote_char='"' if '"' in block else None,
    )  # fmt: skip
    if frame.shape != (len(lines), len(table.heads)):
        return None
    return frame.rename(dict(zip(frame.columns, table.heads, strict=True)))


def _slowly(table: _Table, end: int) -> None:
    """Read a block record by record."""
    table.feed.go(0)
    found: list[tuple[int, Record]] = []
    for record in records(table.feed, table.delimiter, table.usual):
        found.append((len(found), record))
        if table.feed.begin >= end:
            break
    if found:
        table.add(frame_of(table.heads, [], []).drop(ROW), pl.Series([], dtype=pl.Int64), found)
