"""JSON Lines, JSON arrays and Parquet: nested records become dotted columns."""

import io
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from forthwith.scoping.heads import known_heads
from forthwith.scoping.reading.flattening import COLUMNS, REST, Paths, frame_of_records, is_records
from forthwith.scoping.reading.parts import ROW, Parts
from forthwith.scoping.reading.sheet import BadRow, Sheet, blanks_are_null
from forthwith.scoping.spool import Spool
from models import Refusal

FEW = 5  # keys of an object that wraps a list of records
BLOCK = 1_000  # records that are held as objects at a time: more would no longer fit into the processor's cache
FEW_ROWS = 25_000  # rows that are tidied together
SOME = 50  # lines that are read one by one where they can't be read in one go
Entry = tuple[Any, str]  # a record, or what is none; and its text
Pieces = Callable[[], Iterator[str]]


def read_json(text: str) -> Sheet:
    """Return the records of JSON Lines, or of the one table that a JSON document holds."""
    return read_tables(lambda: iter([text]))[0]


def read_tables(pieces: Pieces, spool: Spool | None = None) -> list[Sheet]:
    """Return the records of JSON Lines, or each table of one JSON document, rows numbered through all of them.

    `pieces` gives the text, from its beginning each time.
    """
    spool = spool or Spool()
    tables = None if _of_more_lines(pieces()) else _whole("".join(pieces()))
    if tables is None:
        return [_sheet("", _of_lines(pieces()), 0, spool)]
    sheets: list[Sheet] = []
    for name, items in tables:
        sheets.append(_sheet(name, _of_array(items), sum(sheet.rows_in for sheet in sheets), spool))
    return sheets


def _sheet(name: str, blocks: Iterable[list[Entry]], begin: int, spool: Spool) -> Sheet:
    """Return records as a sheet, what is no record set aside."""
    table = _Table(Parts([], spool.tray()), begin)
    for block in blocks:
        table.add(block)
    table.put()
    table.parts.heads = [*table.paths.kept, *([REST] if len(table.paths.heads) > COLUMNS else [])]
    return Sheet(name, table.parts, table.bad)


@dataclass(slots=True)
class _Table:
    """Records with differing keys on their way into one table, a block of rows at a time."""

    parts: Parts
    at: int  # of the next row
    paths: Paths = field(default_factory=Paths)
    bad: list[BadRow] = field(default_factory=list, repr=False)
    waiting: list[pl.DataFrame] = field(default_factory=list, repr=False)

    def add(self, block: list[Entry]) -> None:
        """Add records."""
        good = [(at, entry[0]) for at, entry in enumerate(block, self.at) if isinstance(entry[0], dict)]
        if len(good) < len(block):
            reason = "the line is not a JSON object"
            bad = ((at, raw) for at, (record, raw) in enumerate(block, self.at) if not isinstance(record, dict))
            self.bad += [BadRow(at, reason, raw) for at, raw in bad]
        self.at += len(block)
        self.waiting.append(frame_of_records([record for _, record in good], [at for at, _ in good], self.paths))
        if len(self.waiting) * BLOCK >= FEW_ROWS:
            self.put()

    def put(self) -> None:
        """Put what waits into the table, blank cells as NULL."""
        if self.waiting:
            self.parts.add(blanks_are_null(pl.concat(self.waiting, how="diagonal")))
        self.waiting = []


def _whole(text: str) -> list[tuple[str, list[Any]]] | None:
    """Return name and records of each table that a single JSON document holds; None for JSON Lines."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if isinstance(document, dict):
        return _tables(document) or [("", [document])]
    return [("", document)] if isinstance(document, list) else None


def _of_more_lines(pieces: Iterator[str]) -> bool:
    """Tell whether the first line is a record, and others follow: no single document can be."""
    lines = (line for block in _lines(pieces) for line in block if line and not line.isspace())
    first = next(lines, "").lstrip()
    return first.startswith("{") and isinstance(_record(first), dict) and next(lines, None) is not None


def _tables(document: dict[str, Any], depth: int = 0) -> list[tuple[str, list[Any]]]:
    """Return the lists of records in an object, or the records that it holds by their keys; none in a record."""
    lists = [(key, value) for key, value in document.items() if is_records(value)]
    if len(lists) == 1 and len(document) <= FEW:
        return [("", lists[0][1])]
    if lists:
        return lists if len(lists) == len(document) else []
    if _by_key(document):
        return [("", [{"key": key, **value} for key, value in document.items()])]
    # `{"data": {"users": [...]}, "total": 2}`: a wrapper tells of nobody itself
    if depth > FEW or len(document) > FEW or any(map(_tells, document)):
        return []
    inner = [_tables(value, depth + 1) for value in document.values() if isinstance(value, dict)]
    return inner[0] if len(inner) == 1 else []


def _tells(key: str) -> bool:
    """Tell whether a key is known to tell of people."""
    return known_heads(key) not in (None, "other")


def _by_key(document: dict[str, Any]) -> bool:
    """Tell whether an object is a table by key: three records or more that share a key which tells of people."""
    values = list(document.values())
    if len(values) < 3 or not all(isinstance(value, dict) for value in values):
        return False
    return any(map(_tells, set.intersection(*map(set, values))))


def _of_array(items: list[Any]) -> Iterator[list[Entry]]:
    """Yield the items with their texts."""
    for begin in range(0, len(items), BLOCK):
        block = items[begin : begin + BLOCK]
        yield [(item, "" if isinstance(item, dict) else orjson.dumps(item).decode()) for item in block]


def _of_lines(pieces: Iterable[str]) -> Iterator[list[Entry]]:
    """Yield the lines' records, or None where a line is not JSON."""
    for lines in _lines(pieces):
        filled = [line for line in lines if line and not line.isspace()]
        for begin in range(0, len(filled), BLOCK):
            block = filled[begin : begin + BLOCK]
            yield list(zip(_parsed(block), block, strict=True))


def _lines(pieces: Iterable[str]) -> Iterator[list[str]]:
    """Yield a text's lines, as many at a time as a piece of it holds."""
    rest: list[str] = []
    for piece in pieces:
        first, *lines = piece.split("\n")
        rest.append(first)
        if lines:
            yield ["".join(rest), *lines[:-1]]
            rest = [lines[-1]]
    yield ["".join(rest)]


def _parsed(lines: list[str]) -> list[Any]:
    """Return the lines' records, None where a line is not JSON: all in one go, or those that let it fail alone."""
    if (found := _all_at_once(lines)) is not None:
        return found
    if len(lines) <= SOME:
        return list(map(_record, lines))
    half = len(lines) // 2
    return _parsed(lines[:half]) + _parsed(lines[half:])


def _all_at_once(lines: list[str]) -> list[Any] | None:
    """Return the records of lines that are all JSON, read in one go; None where one may be none.

    Between each two stands a word that no line can know: lines that are torn can't make up one whole together.
    """
    word = secrets.token_hex(16)
    try:
        found = orjson.loads(f'[{f""","{word}",""".join(lines)}]')
    except orjson.JSONDecodeError:
        return None
    alone = len(found) == 2 * len(lines) - 1 and all(mark == word for mark in found[1::2])
    return found[::2] if alone else None


def _record(line: str) -> Any:
    """Return a line's record, or None where the line is not JSON."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def read_parquet(data: bytes, path: Path) -> Sheet:
    """Return a Parquet file's table, nested columns flattened. Raises Refusal where the file is broken."""
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError):
        raise Refusal(f"{path.name} is not a readable Parquet file.", "It may be broken or cut off.") from None
    while structs := [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
        frame = frame.unnest(structs, separator=".")
    frame = frame.with_columns(_as_text(name, kind) for name, kind in frame.schema.items())
    return Sheet.of("", blanks_are_null(frame.with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64))))


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    """Return a column as text, in the forms that the other readers give."""
    column = pl.col(name)
    if isinstance(kind, pl.List):
        plain = not isinstance(kind.inner, pl.Struct | pl.List)
        return (
            column.list.eval(pl.element().cast(pl.String)).list.join("; ")
            if plain
            else column.map_elements(lambda value: orjson.dumps(value.to_list(), default=str).decode(), pl.String)
        )
    if kind == pl.Boolean:
        return pl.when(column).then(pl.lit("yes")).when(~column).then(pl.lit("no")).alias(name)
    if kind == pl.Binary:
        return column.bin.encode("hex")
    if kind.is_float():
        whole = column == column.round(0)
        return (
            pl.when(whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(column.cast(pl.String))
            .alias(name)
        )
    return column.cast(pl.String)
