"""SQL dumps of MySQL and PostgreSQL: INSERT ... VALUES and COPY blocks, one sheet a table. Nothing is executed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

from forthwith.scoping.reading.parts import ROW, Parts
from forthwith.scoping.reading.sheet import BadRow, Sheet, blanks_are_null, tidy_heads
from forthwith.scoping.spool import Spool

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


SIMPLE = r"\s*(?:'([^'\\]*)'|([^,()'\s][^,()']*))\s*"  # a value that needs no second look
HELD, AHEAD = 8 * 1024**2, 1024**2  # characters: of what was passed until it is let go; of a statement's own head
ROW_SIZE = 16 * 1024**2  # characters of a row; one that is not closed until then is torn
BLOCK = 20_000  # rows that are held as objects at a time


class _Dump:
    """The text of a dump, of which only a part is held, and where in it the reader stands."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self.text, self.at = "", 0
        self._ahead: dict[re.Pattern[str], re.Match[str] | None] = {}
        self.created: dict[str, list[str]] = {}

    def more(self) -> bool:
        """Hold one more piece, and let go of what was passed; tell whether there was one."""
        if self.at > HELD:  # one character before the place stays: it may end a line
            self.text, self.at = self.text[self.at - 1 :], 1
        piece = next(self._pieces, "")
        self.text += piece
        self._ahead = {}
        return bool(piece)

    def statement(self) -> re.Match[str] | None:
        """Go on to the next INSERT or COPY, noting the columns of tables that are made before it."""
        while (found := self._next()) is None or found.end() + 1 >= len(self.text):
            self._note(found.start() if found else len(self.text))
            if found is None:
                self.at = max(self.at, len(self.text) - AHEAD)
            if not self.more():
                break
        found = self._next()
        self._note(found.start() if found else len(self.text))
        self.at = found.end() if found else len(self.text)
        return found

    def _next(self) -> re.Match[str] | None:
        """Return the next INSERT or COPY; what was found ahead is not searched for again, or it takes the square."""
        for pattern in (INSERT, COPY):
            match = self._ahead.get(pattern)
            if pattern not in self._ahead or (match and match.start() < self.at):
                self._ahead[pattern] = pattern.search(self.text, self.at)
        return min(filter(None, self._ahead.values()), key=re.Match.start, default=None)

    def _note(self, end: int) -> None:
        """Note the columns of tables that are made before a place."""
        made = CREATE.finditer(self.text, self.at, end) if end - self.at > len("CREATE TABLE") else ()
        self.created |= {_plain(found["table"]): _columns_of(found["body"]) for found in made}


@dataclass(slots=True)
class _Table:
    """A table of the dump while it is read: its rows by their width, numbered within it."""

    heads: list[str]
    spool: Spool
    rows_in: int = 0
    waiting: dict[int, list[tuple[int, list[str]]]] = field(default_factory=dict, repr=False)
    parts: dict[int, Parts] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list, repr=False)

    def add(self, row: list[str] | BadRow) -> None:
        """Add a row."""
        if isinstance(row, BadRow):
            self.bad.append(BadRow(self.rows_in, row.reason, row.text))
        else:
            waiting = self.waiting.setdefault(len(row), [])
            waiting.append((self.rows_in, row))
            if len(waiting) >= BLOCK:
                self.put(len(row))
        self.rows_in += 1

    def put(self, width: int) -> None:
        """Put the rows of one width that wait into a frame, as they stand."""
        numbers, rows = zip(*self.waiting.pop(width), strict=True)
        names = list(map(str, range(width)))
        columns = [
            pl.Series(name, cells, pl.String) for name, cells in zip(names, zip(*rows, strict=True), strict=True)
        ]
        frame = pl.DataFrame([pl.Series(ROW, numbers, pl.Int64), *columns])
        if width not in self.parts:
            self.parts[width] = Parts(names, self.spool.tray())
        self.parts[width].add(frame)


def read_sql(text: str | Iterable[str], spool: Spool | None = None) -> list[Sheet]:
    """Return a sheet for each table that has rows, the rows numbered through the whole dump."""
    spool, dump = spool or Spool(), _Dump([text] if isinstance(text, str) else text)
    tables: dict[str, _Table] = {}
    for name, heads, row in _rows(dump):
        if name not in tables:
            tables[name] = _Table(heads, spool)
        tables[name].add(row)
    sheets: list[Sheet] = []
    for name, table in tables.items():
        table.heads = table.heads or dump.created.get(name, [])
        sheets.append(_sheet(name, table, sum(sheet.rows_in for sheet in sheets)))
    return sheets


def _plain(name: str) -> str:
    """Return a table's or column's name without quotes and schema."""
    return name.strip().split(".")[-1].strip('`"[] ')


def _columns_of(body: str) -> list[str]:
    """Return the columns of a CREATE TABLE."""
    return [name for name in COLUMN.findall(body) if name.lower() not in NOT_COLUMNS]


def _rows(dump: _Dump) -> Iterator[tuple[str, list[str], list[str] | BadRow]]:
    """Yield (table, stated columns, row) in the order of the dump."""
    while found := dump.statement():
        name = _plain(found["table"])
        heads = [_plain(column) for column in (found["columns"] or "").split(",") if column.strip()]
        for row in _copied(dump) if found.re is COPY else _inserted(dump):
            yield name, heads, row


def _copied(dump: _Dump) -> Iterator[list[str]]:
    """Yield the rows of a COPY block."""
    while dump.at < len(dump.text) or dump.more():
        end = _line_end(dump)
        line = dump.text[dump.at : end].rstrip("\r")
        dump.at = min(end + 1, len(dump.text))
        if line == "\\.":
            return
        yield ["" if cell == "\\N" else COPY_ESCAPE.sub(_unescaped, cell) for cell in line.split("\t")]


def _line_end(dump: _Dump) -> int:
    """Return where the line ends."""
    while (end := dump.text.find("\n", dump.at)) < 0 and dump.more():
        pass
    return len(dump.text) if end < 0 else end


def _unescaped(found: re.Match[str]) -> str:
    """Return what an escape stands for."""
    mark = found[1]
    return "'" if mark is None else ESCAPES.get(mark, mark)


def _inserted(dump: _Dump) -> Iterator[list[str] | BadRow]:
    """Yield the rows of an INSERT; a torn row ends the statement."""
    width = 0
    while dump.at < len(dump.text) or dump.more():
        if dump.text[dump.at] != "(":
            return
        values, end = _simple(dump.text, dump.at, width) or _tuple(dump.text, dump.at + 1)
        if values is None and len(dump.text) - dump.at < ROW_SIZE and dump.more():
            continue  # what looks torn may be cut where the text that is held ends
        if values is None:
            end = _line_end(dump)
            row, dump.at = dump.text[dump.at : end], end
            yield BadRow(0, "the row of the dump is torn", row)
            return
        width, dump.at = len(values), end
        _pass_comma(dump)
        yield values


def _pass_comma(dump: _Dump) -> None:
    """Go on behind the comma after a row."""
    while (found := COMMA.match(dump.text, dump.at)) and found.end() == len(dump.text) and dump.more():
        pass
    dump.at = found.end() if found else dump.at


def _simple(text: str, at: int, width: int) -> tuple[list[str], int] | None:
    """Return the values between brackets, where they are as many as in the row before and need no second look."""
    found = _simple_row(width).match(text, at) if width else None
    if found is None:
        return None
    cells = found.groups()
    quoted, bare = cells[::2], cells[1::2]
    return [_bare(other or "") if cell is None else cell for cell, other in zip(quoted, bare, strict=True)], found.end()


@lru_cache(maxsize=100)
def _simple_row(width: int) -> re.Pattern[str]:
    """Return a pattern of a whole row."""
    return re.compile(rf"\({','.join([SIMPLE] * width)}\)")


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
    """Return a table as a sheet, rows that don't fit its columns set aside. `begin`: the number of its first row."""
    for width in list(table.waiting):
        table.put(width)
    width = len(table.heads) or max(table.parts, default=0)
    heads = tidy_heads(table.heads or [""] * width)
    made = Parts(heads, table.spool.tray())
    for part in table.parts[width].taken() if width in table.parts else ():
        numbered = part.with_columns(pl.col(ROW) + begin).rename(dict(zip(map(str, range(width)), heads, strict=True)))
        made.add(blanks_are_null(numbered))
    bad = [BadRow(row.row + begin, row.reason, row.text) for row in table.bad]
    others = (part for other, parts in table.parts.items() if other != width for part in parts.taken())
    bad += [row for part in others for row in _misfits(part, begin)]
    return Sheet(name, made, sorted(bad, key=lambda row: row.row))


def _misfits(part: pl.DataFrame, begin: int) -> Iterator[BadRow]:
    """Yield rows that have another number of values than their table has columns."""
    for number, *cells in part.iter_rows():
        yield BadRow(number + begin, "another number of values than columns", " | ".join(cells))
