"""SQL dumps of MySQL and PostgreSQL: INSERT ... VALUES and COPY blocks, one sheet a table. Nothing is executed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from forthwith.scoping.reading.sheet import BadRow, Sheet, frame_of, tidy_heads

INSERT = re.compile(
    r"INSERT\s+(?:IGNORE\s+)?INTO\s+(?P<table>[^\s(]+)\s*(?:\((?P<columns>[^)]*)\))?\s*VALUES\s*", re.IGNORECASE
)
COPY = re.compile(
    r"^COPY\s+(?P<table>[^\s(]+)\s*\((?P<columns>[^)]*)\)\s+FROM\s+stdin[^\n]*;\r?\n", re.IGNORECASE | re.MULTILINE
)
CREATE = re.compile(
    r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<table>[^\s(]+)\s*\(\s*\n(?P<body>.*?)\n\)",
    re.IGNORECASE | re.DOTALL,
)
COLUMN = re.compile(r"^\s*[`\"\[]?(\w+)[`\"\]]?\s+(?!KEY\b|INDEX\b|\()\w+", re.MULTILINE)
NOT_COLUMNS = {"primary", "unique", "key", "constraint", "foreign", "check", "index", "fulltext"}
VALUE = re.compile(
    r"\s*(?:(?:[EN]|_\w+\s*)?'(?P<text>(?:[^'\\]|''|\\.)*)'|(?P<bare>[^,()'\s][^,()']*))(?P<cast>::[\w\s]+)?\s*(?P<end>[,)])",
    re.DOTALL,
)
COMMA = re.compile(r"\s*,?\s*")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "", "b": "", "Z": ""}
ESCAPE = re.compile(r"\\(.)|''", re.DOTALL)
COPY_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(slots=True)
class _Table:
    """A table of the dump while it is read."""

    heads: list[str]
    rows: list[list[str] | BadRow] = field(default_factory=list)


def read_sql(text: str) -> list[Sheet]:
    """Return a sheet for each table that has rows, the rows numbered through the whole dump."""
    created = {_plain(found["table"]): _columns_of(found["body"]) for found in CREATE.finditer(text)}
    tables: dict[str, _Table] = {}
    for name, heads, row in _rows(text):
        table = tables.setdefault(name, _Table(heads or created.get(name, [])))
        table.rows.append(row)
    sheets: list[Sheet] = []
    for name, table in tables.items():
        sheets.append(_sheet(name, table, sum(sheet.rows_in for sheet in sheets)))
    return sheets


def _plain(name: str) -> str:
    """Return a table's or column's name without quotes and schema."""
    return name.strip().split(".")[-1].strip('`"[] ')


def _columns_of(body: str) -> list[str]:
    """Return the columns of a CREATE TABLE."""
    return [name for name in COLUMN.findall(body) if name.lower() not in NOT_COLUMNS]


def _rows(text: str) -> Iterator[tuple[str, list[str], list[str] | BadRow]]:
    """Yield (table, stated columns, row) in the order of the dump."""
    at = 0
    ahead = {pattern: pattern.search(text) for pattern in (INSERT, COPY)}
    while found := _next(ahead, text, at):
        heads = [_plain(column) for column in (found["columns"] or "").split(",") if column.strip()]
        walk = _copied if found.re is COPY else _inserted
        for row, at in walk(text, found.end()):  # noqa: B007 - where the walk ended is where the next one starts
            if row is not None:
                yield _plain(found["table"]), heads, row
        at = max(at, found.end())


def _next(ahead: dict[re.Pattern[str], re.Match[str] | None], text: str, at: int) -> re.Match[str] | None:
    """Return the next INSERT or COPY; what was found ahead is not searched for again, or a dump takes the square."""
    for pattern, match in ahead.items():
        if match and match.start() < at:
            ahead[pattern] = pattern.search(text, at)
    return min(filter(None, ahead.values()), key=re.Match.start, default=None)


def _copied(text: str, at: int) -> Iterator[tuple[list[str] | None, int]]:
    """Yield the rows of a COPY block and where each ends."""
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line, at = text[at:end].rstrip("\r"), end + 1
        if line == "\\.":
            yield None, at
            return
        yield ["" if cell == "\\N" else COPY_ESCAPE.sub(_unescaped, cell) for cell in line.split("\t")], at


def _unescaped(found: re.Match[str]) -> str:
    """Return what an escape stands for."""
    mark = found[1]
    return "'" if mark is None else ESCAPES.get(mark, mark)


def _inserted(text: str, at: int) -> Iterator[tuple[list[str] | BadRow | None, int]]:
    """Yield the rows of an INSERT and where each ends; a torn row ends the statement."""
    while text[at : at + 1] == "(":
        values, end = _tuple(text, at + 1)
        if values is None:
            stop = text.find("\n", at)
            stop = len(text) if stop < 0 else stop
            yield BadRow(0, "the row of the dump is torn", text[at:stop]), stop
            return
        tail = COMMA.match(text, end)
        at = tail.end() if tail else end
        yield values, at


def _tuple(text: str, at: int) -> tuple[list[str] | None, int]:
    """Return the values between brackets, and where they end; None where they are torn."""
    values: list[str] = []
    while found := VALUE.match(text, at):
        quoted, bare, end = found.group("text", "bare", "end")
        values.append(_bare(bare) if quoted is None else _unquoted(quoted))
        at = found.end()
        if end == ")":
            return values, at
    return None, at


def _unquoted(text: str) -> str:
    """Return what stands between two quotes, its escapes resolved."""
    return ESCAPE.sub(_unescaped, text) if "\\" in text or "''" in text else text


def _bare(value: str) -> str:
    """Return a value without quotes; NULL is blank."""
    bare = value.strip()
    return "" if bare.upper() == "NULL" else bare


def _sheet(name: str, table: _Table, begin: int) -> Sheet:
    """Return a table as a sheet, rows that don't fit its columns set aside."""
    width = max((len(row) for row in table.rows if isinstance(row, list)), default=0)
    heads = tidy_heads(table.heads or [""] * width)
    good: list[list[str]] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    for at, row in enumerate(table.rows, begin):
        if isinstance(row, list) and len(row) == len(heads):
            good.append(row)
            numbers.append(at)
        elif isinstance(row, list):
            bad.append(BadRow(at, "another number of values than columns", " | ".join(row)))
        else:
            bad.append(BadRow(at, row.reason, row.text))
    return Sheet(name, frame_of(heads, good, numbers), bad)
