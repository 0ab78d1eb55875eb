"""JSON Lines, JSON arrays and Parquet: nested records become dotted columns."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from forthwith.scoping.reading.sheet import ROW, BadRow, Sheet, blanks_are_null
from models import Refusal


def read_json(text: str) -> Sheet:
    """Return the records of JSON Lines, or of one JSON array (also where it is the only list of an object)."""
    whole = _whole(text)
    entries = _of_array(whole) if whole is not None else _of_lines(text)
    rows: dict[int, dict[str, str]] = {}
    bad: list[BadRow] = []
    for at, (record, raw) in enumerate(entries):
        if isinstance(record, dict):
            rows[at] = dict(flatten(record))
        else:
            bad.append(BadRow(at, "the line is not a JSON object", raw))
    return Sheet("", _frame(rows), bad)


def _whole(text: str) -> list[Any] | None:
    """Return the list that a single JSON document holds; None for JSON Lines."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if isinstance(document, dict):
        lists = [
            value for value in document.values() if isinstance(value, list) and value and isinstance(value[0], dict)
        ]
        return lists[0] if len(lists) == 1 and len(document) <= 5 else None
    return document if isinstance(document, list) else None


def _of_array(items: list[Any]) -> Iterator[tuple[Any, str]]:
    """Yield each item with its text."""
    return ((item, orjson.dumps(item).decode()) for item in items)


def _of_lines(text: str) -> Iterator[tuple[Any, str]]:
    """Yield each line's record, or None where the line is not JSON."""
    for line in filter(str.strip, text.split("\n")):
        try:
            yield orjson.loads(line), line
        except orjson.JSONDecodeError:
            yield None, line


def flatten(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield a nested record's values by dotted path; a list of plain values becomes one, joined by `; `."""
    for key, value in record.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from flatten(value, f"{path}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from flatten(value[0], f"{path}.")
            if value[1:]:
                yield f"{path}.more", orjson.dumps(value[1:]).decode()
        elif value is not None and value != []:
            yield path, "; ".join(map(_text, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    """Return a plain JSON value as the file's reader would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value) if value is not None else ""


def _frame(rows: dict[int, dict[str, str]]) -> pl.DataFrame:
    """Return records with differing keys as one table."""
    heads = list(dict.fromkeys(key for row in rows.values() for key in row))
    columns: Iterable[pl.Series] = (
        pl.Series(head, [row.get(head) for row in rows.values()], pl.String) for head in heads
    )
    return blanks_are_null(pl.DataFrame([pl.Series(ROW, list(rows), pl.Int64), *columns]))


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
