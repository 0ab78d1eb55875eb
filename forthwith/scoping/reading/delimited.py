"""CSV, TSV and their kin: the delimiter is found, titles above the header are passed, torn rows are set aside."""

import csv
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from forthwith.scoping.reading.delimited_columns import rows_of
from forthwith.scoping.reading.delimited_records import Feed, lines_of, records
from forthwith.scoping.reading.sheet import Sheet, header_at, tidy_heads

DELIMITERS = ",;\t|"
SAMPLE = 200
TELLING = 64 * 1024  # characters of a line that may tell of the delimiter


def read_delimited(text: str) -> Sheet:
    """Return the one table of a delimited text."""
    stated, text = _stated_delimiter(text)
    lines = list(islice(lines_of(text), SAMPLE))
    delimiter = stated or find_delimiter(lines)
    usual = _evenness(lines, delimiter)[1] or 1
    feed = Feed(text)
    looked = [(fields, feed.begin) for fields, _ in islice(records(feed, delimiter, usual), SAMPLE // 4)]
    top = [[field[:TELLING] for field in fields] for fields, _ in looked]
    header = header_at(top)
    if header is None:
        return rows_of(text, 0, tidy_heads([""] * max(map(len, top), default=0)), delimiter, usual)
    return rows_of(text, looked[header][1], tidy_heads(top[header] if top else []), delimiter, usual)


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
