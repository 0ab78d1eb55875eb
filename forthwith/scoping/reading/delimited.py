"""CSV, TSV and their kin: the delimiter is found, titles above the header are passed, torn rows are set aside."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forthwith.scoping.reading.sheet import BadRow, Sheet, frame_of, header_at, tidy_heads

DELIMITERS = ",;\t|"
SAMPLE = 200
TELLING = 64 * 1024  # characters of a line that may tell of the delimiter
LONGEST = 500  # lines of one record; more means that a quote swallowed the file
SWALLOWED, SHORT = 1_000, 5  # after so many such records only this many lines, or a hostile file takes the square
LINE = 4 * 1024 * 1024  # characters of a line; a longer one is set aside unread
UNCLOSED, ENDLESS = "a quote in this row is never closed", "the row is longer than 4 million characters"
csv.field_size_limit(16 * 1024 * 1024)


def read_delimited(text: str) -> Sheet:
    """Return the one table of a delimited text."""
    stated, text = _stated_delimiter(text)
    lines = io.StringIO(text, newline="").readlines()
    delimiter = stated or find_delimiter(lines)
    records = list(_records(lines, delimiter, _evenness(lines[:SAMPLE], delimiter)[1] or 1))
    top = [[field[:TELLING] for field in fields] for fields, _ in records[: SAMPLE // 4]]
    header = header_at(top)
    width = len(top[header]) if header is not None and top else max(map(len, top), default=0)
    heads = tidy_heads(top[header] if header is not None and top else [""] * width)
    return _sort_out(heads, records[0 if header is None else header + 1 :])


def _stated_delimiter(text: str) -> tuple[str | None, str]:
    """Return the delimiter that a spreadsheet's own `sep=;` line states, and the text after that line."""
    first, _, rest = text.partition("\n")
    stated = first.strip().strip('"')
    if stated.lower().startswith("sep=") and len(stated) == 5:
        return stated[4], rest
    return None, text


def find_delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter that cuts the most lines into the same number of fields; a comma where none does."""
    return max(DELIMITERS, key=lambda mark: _evenness(lines[:SAMPLE], mark))


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """Return the share of rows that have the usual width, and that width."""
    lines = [line for line in lines if len(line) <= TELLING]
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
    if not widths:
        return 0.0, 0
    usual, times = widths.most_common(1)[0]
    return round(times / max(1, sum(1 for line in lines if line.strip())), 1), usual


@dataclass(slots=True)
class _Feed:
    """The lines, one by one, as long as the record under way may go on."""

    lines: list[str]
    begin: int = 0  # of the record under way
    next: int = 0
    swallowed: int = 0

    @property
    def longest(self) -> int:
        """How many lines a record may have."""
        return LONGEST if self.swallowed < SWALLOWED else SHORT

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        done = self.next >= len(self.lines) or self.next - self.begin > self.longest
        if done or len(self.lines[self.next]) > LINE:
            raise StopIteration
        self.next += 1
        return self.lines[self.next - 1]

    def leave(self) -> list[str]:
        """Return the record's first line alone, and go on with the one after it."""
        self.swallowed += self.next - self.begin > self.longest
        self.begin += 1
        self.next = self.begin
        return [self.lines[self.begin - 1].rstrip("\r\n")]


def _records(lines: list[str], delimiter: str, usual: int) -> Iterator[tuple[list[str], str | None]]:
    """Yield each record's fields; a quote that is never closed gives its first line alone, with the reason."""
    feed = _Feed(lines)
    while feed.begin < len(lines):
        if len(lines[feed.begin]) > LINE:
            yield feed.leave(), ENDLESS
            continue
        for fields in _fields(feed, delimiter):
            height = feed.next - feed.begin
            if fields is None or (height > 1 and (len(fields) != usual or height > feed.longest)):
                yield feed.leave(), UNCLOSED
                break
            feed.begin = feed.next
            if fields:
                yield fields, None


def _fields(feed: _Feed, delimiter: str) -> Iterator[list[str] | None]:
    """Yield the fields of each record, and None where one is too long to be held."""
    try:
        yield from csv.reader(feed, delimiter=delimiter)
    except csv.Error:
        yield None


def _sort_out(heads: list[str], records: list[tuple[list[str], str | None]]) -> Sheet:
    """Return the rows as wide as the header, and beside them those that are not, with the reason."""
    good: list[list[str]] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    for row, (fields, torn) in enumerate(records):
        reason = torn or _misfit(heads, fields)
        if reason:
            bad.append(BadRow(row, reason, " | ".join(fields)))
        else:
            good.append(fields[: len(heads)])
            numbers.append(row)
    return Sheet("", frame_of(heads, good, numbers), bad)


def _misfit(heads: list[str], fields: list[str]) -> str | None:
    """Return why a row can't be trusted to be in its columns."""
    extra = fields[len(heads) :]
    if any(field.strip() for field in extra):
        return "more fields than the header has"
    if len(fields) < len(heads):
        return "fewer fields than the header has"
    return None
