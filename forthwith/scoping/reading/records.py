"""JSON Lines, JSON arrays and Parquet: nested records become dotted columns."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from forthwith.scoping.heads import known_heads
from forthwith.scoping.reading.sheet import ROW, BadRow, Sheet, blanks_are_null
from models import Refusal

FEW = 5  # keys of an object that wraps a list of records
DEEP = 20  # objects in objects; what lies deeper is kept as JSON
BLOCK = 20_000  # records that are held as objects at a time
COLUMNS, REST = 2_000, "more columns"  # columns that a table of records may have


def read_json(text: str) -> Sheet:
    """Return the records of JSON Lines, or of the one table that a JSON document holds."""
    return read_tables(text)[0]


def read_tables(text: str) -> list[Sheet]:
    """Return the records of JSON Lines, or each table of one JSON document, rows numbered through all of them."""
    sheets: list[Sheet] = []
    tables = _whole(text)
    if tables is None:
        return [_sheet("", _of_lines(text), 0)]
    for name, items in tables:
        sheets.append(_sheet(name, _of_array(items), sum(sheet.rows_in for sheet in sheets)))
    return sheets


def _sheet(name: str, entries: Iterator[tuple[Any, str]], begin: int) -> Sheet:
    """Return records as a sheet, what is no record set aside."""
    table = _Table()
    bad: list[BadRow] = []
    for at, (record, raw) in enumerate(entries, begin):
        if isinstance(record, dict):
            table.add(at, record)
        else:
            bad.append(BadRow(at, "the line is not a JSON object", raw))
    return Sheet(name, table.frame(), bad)


@dataclass(slots=True)
class _Table:
    """Records with differing keys on their way into one table, a block of rows at a time."""

    paths: "_Paths" = field(default_factory=lambda: _Paths("", {}))
    numbers: list[int] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list, repr=False)
    frames: list[pl.DataFrame] = field(default_factory=list, repr=False)

    @property
    def heads(self) -> dict[str, None]:
        """All keys so far, in the order in which they were met."""
        return self.paths.heads

    def add(self, number: int, record: dict[str, Any]) -> None:
        """Add one record."""
        row: dict[str, str] = {}
        _flatten(record, self.paths, 0, row)
        self.numbers.append(number)
        self.rows.append(row)
        if len(self.rows) >= BLOCK:
            self._flush()

    def frame(self) -> pl.DataFrame:
        """Return all records: a column for each key, and one for those that have none of their own."""
        self._flush()
        heads = [*self._kept(), *([REST] if len(self.heads) > COLUMNS else [])]
        full = pl.concat(self.frames, how="diagonal")
        missing = [pl.lit(None, pl.String).alias(head) for head in heads if head not in full.columns]
        return full.with_columns(missing).select(ROW, *heads)

    def _kept(self) -> list[str]:
        """Return the keys that have a column of their own."""
        return list(islice(self.heads, COLUMNS))

    def _flush(self) -> None:
        """Put the rows at hand into a frame."""
        heads = self._kept()
        if len(self.heads) > COLUMNS:
            kept, heads = set(heads), [*heads, REST]
            self.rows = [_narrow(row, kept) for row in self.rows]
        columns = (pl.Series(head, [row.get(head) for row in self.rows], pl.String) for head in heads)
        self.frames.append(blanks_are_null(pl.DataFrame([pl.Series(ROW, self.numbers, pl.Int64), *columns])))
        self.rows, self.numbers = [], []


def _whole(text: str) -> list[tuple[str, list[Any]]] | None:
    """Return name and records of each table that a single JSON document holds; None for JSON Lines."""
    if _of_more_lines(text):
        return None
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if isinstance(document, dict):
        return _tables(document) or [("", [document])]
    return [("", document)] if isinstance(document, list) else None


def _of_more_lines(text: str) -> bool:
    """Tell whether the first line is a record, and others follow: no single document can be."""
    first, _, rest = text.lstrip().partition("\n")
    try:
        return isinstance(orjson.loads(first), dict) and bool(rest[:1000].strip() or rest.strip())
    except orjson.JSONDecodeError:
        return False


def _tables(document: dict[str, Any], depth: int = 0) -> list[tuple[str, list[Any]]]:
    """Return the lists of records in an object, or the records that it holds by their keys; none in a record."""
    lists = [(key, value) for key, value in document.items() if _records(value)]
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


def _records(value: Any) -> bool:
    """Tell whether a value is a list of records."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _tells(key: str) -> bool:
    """Tell whether a key is known to tell of people."""
    return known_heads(key) not in (None, "other")


def _by_key(document: dict[str, Any]) -> bool:
    """Tell whether an object is a table by key: three records or more that share a key which tells of people."""
    values = list(document.values())
    if len(values) < 3 or not all(isinstance(value, dict) for value in values):
        return False
    return any(map(_tells, set.intersection(*map(set, values))))


def _of_array(items: list[Any]) -> Iterator[tuple[Any, str]]:
    """Yield each item with its text."""
    return ((item, orjson.dumps(item).decode()) for item in items)


def _of_lines(text: str) -> Iterator[tuple[Any, str]]:
    """Yield each line's record, or None where the line is not JSON."""
    for line in filter(str.strip, _lines(text)):
        try:
            yield orjson.loads(line), line
        except orjson.JSONDecodeError:
            yield None, line


def _lines(text: str) -> Iterator[str]:
    """Yield a text's lines, without making all of them at once."""
    begin = 0
    while (end := text.find("\n", begin)) >= 0:
        yield text[begin:end]
        begin = end + 1
    yield text[begin:]


def flatten(record: dict[str, Any]) -> dict[str, str]:
    """Return a nested record's values by dotted path; a list of plain values becomes one, joined by `; `."""
    into: dict[str, str] = {}
    _flatten(record, _Paths("", {}), 0, into)
    return into


class _Paths(dict[str, str]):
    """The dotted path of each key of an object: made once, since a table has few and records without number."""

    def __init__(self, prefix: str, heads: dict[str, None]) -> None:
        super().__init__()
        self._prefix, self.heads, self._inner = prefix, heads, dict[str, _Paths]()

    def __missing__(self, key: str) -> str:
        path = self[key] = self._prefix + key
        self.heads[path] = None
        return path

    def under(self, key: str) -> "_Paths":
        """Return the paths of what a key holds."""
        inner = self._inner.get(key)
        if inner is None:
            inner = self._inner[key] = _Paths(f"{self._prefix}{key}.", self.heads)
        return inner


def _flatten(record: dict[str, Any], paths: _Paths, depth: int, into: dict[str, str]) -> None:
    """Add a record's values under their paths."""
    for key, value in record.items():
        if type(value) is str:  # nearly all are
            into[paths[key]] = value
        elif isinstance(value, dict | list):
            _flatten_inner(key, value, paths, depth, into)
        elif value is not None:
            into[paths[key]] = _text(value)


def _flatten_inner(
    key: str, value: dict[str, Any] | list[Any], paths: _Paths, depth: int, into: dict[str, str]
) -> None:  # fmt: skip
    """Add what an object or a list holds under its path."""
    if value and depth >= DEEP:
        into[paths[key]] = orjson.dumps(value).decode()
    elif isinstance(value, dict):
        _flatten(value, paths.under(key), depth + 1, into)
    elif _records(value):
        inner = paths.under(key)
        _flatten(value[0], inner, depth + 1, into)
        if value[1:]:
            into[inner["more"]] = orjson.dumps(value[1:]).decode()
    elif value:
        into[paths[key]] = "; ".join(map(_text, value))


def _text(value: Any) -> str:
    """Return a plain JSON value as the file's reader would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value) if value is not None else ""


def _narrow(row: dict[str, str], kept: set[str]) -> dict[str, str]:
    """Return a record with what has no column of its own in one, so that nothing is lost."""
    rest = {key: value for key, value in row.items() if key not in kept}
    return {key: row[key] for key in row if key in kept} | ({REST: orjson.dumps(rest).decode()} if rest else {})


def read_parquet(data: bytes, path: Path) -> Sheet:
    """Return a Parquet file's table, nested columns flattened. Raises Refusal where the file is broken."""
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError):
        raise Refusal(f"{path.name} is not a readable Parquet file.", "It may be broken or cut off.") from None
    while structs := [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
        frame = frame.unnest(structs, separator=".")
    frame = frame.with_columns(_as_text(name, kind) for name, kind in frame.schema.items())
    return Sheet("", blanks_are_null(frame.with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64))))


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
