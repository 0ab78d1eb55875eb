"""The rows of a delimited text in columns: plain lines go in blocks to Polars, any other record to Python's csv.

A plain line is one record by itself: as many fields as there are heads, and quotes that open and close with a field.
"""

import io
import re
from bisect import bisect_left
from dataclasses import dataclass, field

import polars as pl

from forthwith.scoping.reading.delimited_records import LINE, Feed, Record, records
from forthwith.scoping.reading.sheet import ROW, BadRow, Sheet, blanks_are_null, frame_of

BLOCK = 16 * 1024 * 1024  # characters that are read at a time
COMMON = ",;\t|"
WIDE = 200  # fields; quotes in wider lines are left to csv
QUOTED = r'"(?:[^"]|"")*"'


def rows_of(text: str, begin: int, heads: list[str], delimiter: str, usual: int) -> Sheet:
    """Return the rows below a header that ends at `begin`; those that are not as wide as it are set aside."""
    table = _Table(text, heads, delimiter, usual, Feed(text, begin, read=begin))
    lone = text.count("\r") != text.count("\r\n")  # ends lines for csv, not for Polars
    if lone or delimiter not in COMMON or not heads:
        table.add([], pl.Series([], dtype=pl.Int64), list(enumerate(records(table.feed, delimiter, usual))))
    else:
        while begin < len(text):
            begin = _block(table, begin)
    frames = table.frames or [frame_of(heads, [], [])]
    return Sheet("", pl.concat(frames), table.bad)


@dataclass(slots=True)
class _Table:
    """The rows that were read so far."""

    text: str = field(repr=False)
    heads: list[str]
    delimiter: str
    usual: int  # fields of a record
    feed: Feed
    rows_in: int = 0
    frames: list[pl.DataFrame] = field(default_factory=list, repr=False)
    bad: list[BadRow] = field(default_factory=list, repr=False)

    def add(self, plain: list[pl.DataFrame], lines: pl.Series, others: list[tuple[int, Record]]) -> None:
        """Add the records of a block in the order of their lines: plain ones in a frame, and others."""
        order = pl.concat([lines, pl.Series([line for line, _ in others], dtype=pl.Int64)])
        numbers = order.rank("ordinal").cast(pl.Int64) - 1 + self.rows_in
        self.rows_in += len(order)
        frames = [frame.insert_column(0, numbers.head(frame.height).alias(ROW)) for frame in plain]
        good = self._sorted_out(list(zip(numbers.tail(len(others)).to_list() if others else [], others, strict=True)))
        made = [blanks_are_null(frame) for frame in frames] + [good] * bool(good.height)
        if made:
            self.frames.append(pl.concat(made).sort(ROW) if len(made) > 1 else made[0])

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


def _block(table: _Table, begin: int) -> int:
    """Read the lines of one block into a table; return where the next one begins."""
    found = table.text.find("\n", begin + BLOCK)
    end = found + 1 if found >= 0 else len(table.text)
    lines = pl.Series([table.text[begin:end].removesuffix("\n")]).str.split("\n").explode()
    starts = (lines.str.len_chars().cast(pl.Int64) + 1).cum_sum().shift(1, fill_value=0) + begin
    lines = lines.str.strip_suffix("\r")
    plain = _plain(lines, table.delimiter, len(table.heads))
    others, inside, after = _others(table, starts.to_list(), (~plain & (lines != "")).arg_true().to_list(), end)
    kept = plain.scatter(inside, False) if inside else plain
    frame = _parsed(table, lines.filter(kept))
    if frame is None:  # Polars sees other rows than csv: nobody guesses
        return _slowly(table, begin, end)
    table.add([frame] if frame.height else [], kept.arg_true().cast(pl.Int64), others)
    return max(after, end)


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
    table: _Table, starts: list[int], odd: list[int], end: int
) -> tuple[list[tuple[int, Record]], list[int], int]:
    """Return the records that begin at odd lines, the lines inside them, and where the last one ends."""
    found: list[tuple[int, Record]] = []
    inside: list[int] = []
    free = 0
    for line in odd:
        if line >= free:
            table.feed.go(starts[line])
            found.append((line, next(records(table.feed, table.delimiter, table.usual))))
            free = bisect_left(starts, table.feed.begin)
            inside += range(line + 1, free)
    return found, inside, table.feed.begin if found else end


def _parsed(table: _Table, lines: pl.Series) -> pl.DataFrame | None:
    """Return plain lines as a frame; None where Polars doesn't find one row in each."""
    if lines.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(table.heads, pl.String))
    if len(table.heads) == 1:
        return pl.DataFrame({table.heads[0]: lines})
    whole = lines.str.join("\n").item()
    frame = pl.read_csv(
        io.BytesIO(whole.encode()), has_header=False, infer_schema=False, separator=table.delimiter,
        quote_char='"' if '"' in whole else None,
    )  # fmt: skip
    if frame.shape != (len(lines), len(table.heads)):
        return None
    return frame.rename(dict(zip(frame.columns, table.heads, strict=True)))


def _slowly(table: _Table, begin: int, end: int) -> int:
    """Read a block record by record; return where the last one ends."""
    table.feed.go(begin)
    found: list[tuple[int, Record]] = []
    for record in records(table.feed, table.delimiter, table.usual):
        found.append((len(found), record))
        if table.feed.begin >= end:
            break
    table.add([], pl.Series([], dtype=pl.Int64), found)
    return table.feed.begin
