"""CSV, TSV and their kin: the delimiter is found, titles above the header are passed, torn rows are set aside."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from forthwith.scoping.reading.delimited_columns import rows_of
from forthwith.scoping.reading.delimited_records import Feed, records
from forthwith.scoping.reading.sheet import Sheet, header_at, tidy_heads
from forthwith.scoping.spool import Tray

DELIMITERS = ",;\t|"
SAMPLE = 200
LOOKED = 64 * 1024 * 1024  # characters in which the first lines are looked for
TELLING = 64 * 1024  # characters of a line that may tell of the delimiter


def read_delimited(text: str | Iterable[str], tray: Tray | None = None) -> Sheet:
    """Return the one table of a delimited text, which may come in pieces."""
    feed = Feed([text] if isinstance(text, str) else text)
    stated = _stated_delimiter(feed)
    lines = _first_lines(feed)
    delimiter = stated or find_delimiter(lines)
    usual = _evenness(lines, delimiter)[1] or 1
    begin = feed.begin
    looked = [(fields, feed.begin) for fields, _ in islice(records(feed, delimiter, usual), SAMPLE // 4)]
    top = [[field[:TELLING] for field in fields] for fields, _ in looked]
    header = header_at(top)
    feed.go(begin if header is None else looked[header][1])
    names = [""] * max(map(len, top), default=0) if header is None else top[header] if top else []
    return rows_of(feed, tidy_heads(names), delimiter, usual, tray)


def _stated_delimiter(feed: Feed) -> str | None:
    """Return the delimiter that a spreadsheet's own `sep=;` line states, and pass that line."""
    feed.cut()
    first, _, _ = feed.text[:TELLING].partition("\n")
    stated = first.strip().strip('"')
    if stated.lower().startswith("sep=") and len(stated) == 5:
        feed.go(min(len(first) + 1, len(feed.text)))
        return stated[4]
    return None


def _first_lines(feed: Feed) -> list[str]:
    """Return the first lines, those cut that are too long to tell anything."""
    begin, lines = feed.begin, list[str]()
    while len(lines) < SAMPLE and feed.read - begin < LOOKED and (line := feed.line(0)):
        lines.append(line[: TELLING + 1])
        feed.go(feed.read)
    feed.go(begin)
    return lines


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
