"""Nested records become rows of dotted columns: many at once by column, or one by one where their shapes collide."""

from collections.abc import Sequence
from itertools import chain, islice
from operator import itemgetter
from typing import Any

import orjson
import polars as pl

from forthwith.scoping.reading.parts import ROW

DEEP = 20  # objects in objects; what lies deeper is kept as JSON
COLUMNS, REST = 2_000, "more columns"  # columns that a table of records may have
NOTHING = type(None)
Column = list[str | None]


class Paths(dict[str, str]):
    """The dotted path of each key of an object: made once, since a table has few and records without number."""

    def __init__(self, prefix: str = "", heads: dict[str, None] | None = None) -> None:
        super().__init__()
        self._prefix, self._inner = prefix, dict[str, Paths]()
        self.heads = {} if heads is None else heads  # all keys so far, in the order in which they were met

    def __missing__(self, key: str) -> str:
        path = self[key] = self._prefix + key
        self.heads[path] = None
        return path

    def under(self, key: str) -> "Paths":
        """Return the paths of what a key holds."""
        inner = self._inner.get(key)
        if inner is None:
            inner = self._inner[key] = Paths(f"{self._prefix}{key}.", self.heads)
        return inner

    @property
    def kept(self) -> list[str]:
        """The keys that have a column of their own."""
        return list(islice(self.heads, COLUMNS))


def frame_of_records(records: Sequence[dict[str, Any]], numbers: Sequence[int], paths: Paths) -> pl.DataFrame:
    """Return records as a table, its cells as they stand: a column for each key that one of them has.

    Those keys beyond the first 2,000 share one column.
    """
    columns = _by_column(records, paths)
    if columns is None or len(paths.heads) > COLUMNS:
        columns = _by_row(records, paths)
    made = [pl.Series(head, cells, pl.String) for head, cells in columns.items()]
    return pl.DataFrame([pl.Series(ROW, numbers, pl.Int64), *made])


def _by_row(records: Sequence[dict[str, Any]], paths: Paths) -> dict[str, Column]:
    """Return the columns of records that were flattened one by one."""
    rows: list[dict[str, str]] = [{} for _ in records]
    for record, row in zip(records, rows, strict=True):
        _flatten(record, paths, 0, row)
    heads = paths.kept
    if len(paths.heads) > COLUMNS:
        kept, heads = set(heads), [*heads, REST]
        rows = [_narrow(row, kept) for row in rows]
    return {head: [row.get(head) for row in rows] for head in heads}


def _narrow(row: dict[str, str], kept: set[str]) -> dict[str, str]:
    """Return a record with what has no column of its own in one, so that nothing is lost."""
    rest = {key: value for key, value in row.items() if key not in kept}
    return {key: row[key] for key in row if key in kept} | ({REST: orjson.dumps(rest).decode()} if rest else {})


def _by_column(records: Sequence[dict[str, Any]], paths: Paths) -> dict[str, Column] | None:
    """Return the columns of records, flattened key by key; None where two values would share a cell."""
    columns: dict[str, Column] = {}
    if not _spread(records, "", 0, columns):
        return None
    new = (name for name in columns if name not in paths.heads)
    first = sorted({next(at for at, cell in enumerate(columns[name]) if cell is not None) for name in new})
    for at in first:  # these records settle the order of the columns
        _flatten(records[at], paths, 0, {})
    return columns


def _spread(records: Sequence[dict[str, Any]], prefix: str, depth: int, into: dict[str, Column]) -> bool:
    """Add the values of records to their columns; tell whether no two met in a cell."""
    keys = dict.fromkeys(chain.from_iterable(records))
    if len(keys) + len(into) > COLUMNS:
        return False
    return all(_spread_key(_values(records, key), prefix, key, depth, into) for key in keys)


def _values(records: Sequence[dict[str, Any]], key: str) -> list[Any]:
    """Return what each record has under a key."""
    try:
        return list(map(itemgetter(key), records))
    except KeyError:
        return [record.get(key) for record in records]


def _spread_key(values: list[Any], prefix: str, key: str, depth: int, into: dict[str, Column]) -> bool:
    """Add the values of one key to their columns."""
    kinds, path = set(map(type, values)), prefix + key
    if kinds <= {dict, NOTHING} and depth < DEEP:
        held = values if NOTHING not in kinds else [{} if value is None else value for value in values]
        return _spread(held, f"{path}.", depth + 1, into)
    if dict in kinds or list in kinds:
        return _spread_one_by_one(values, prefix, key, depth, into)
    if kinds - {str, NOTHING}:
        values = [value if value is None or type(value) is str else text_of_value(value) for value in values]
    return kinds == {NOTHING} or _put(path, values, into)


def _spread_one_by_one(values: list[Any], prefix: str, key: str, depth: int, into: dict[str, Column]) -> bool:
    """Add the values of a key that holds lists, or now this and now that, each flattened alone."""
    found: dict[str, Column] = {}
    for at, value in enumerate(values):
        if value is not None:
            row: dict[str, str] = {}
            _flatten({key: value}, Paths(prefix), depth, row)
            for path, cell in row.items():
                found.setdefault(path, [None] * len(values))[at] = cell
    return all(_put(path, cells, into) for path, cells in found.items())


def _put(path: str, values: Column, into: dict[str, Column]) -> bool:
    """Put values into a column; tell whether it is theirs alone."""
    alone = path not in into
    into[path] = values
    return alone


def flatten(record: dict[str, Any]) -> dict[str, str]:
    """Return a nested record's values by dotted path; a list of plain values becomes one, joined by `; `."""
    into: dict[str, str] = {}
    _flatten(record, Paths(), 0, into)
    return into


def _flatten(record: dict[str, Any], paths: Paths, depth: int, into: dict[str, str]) -> None:
    """Add a record's values under their paths."""
    for key, value in record.items():
        if type(value) is str:  # nearly all are
            into[paths[key]] = value
        elif isinstance(value, dict | list):
            _flatten_inner(key, value, paths, depth, into)
        elif value is not None:
            into[paths[key]] = text_of_value(value)


def _flatten_inner(key: str, value: dict[str, Any] | list[Any], paths: Paths, depth: int, into: dict[str, str]) -> None:
    """Add what an object or a list holds under its path."""
    if value and depth >= DEEP:
        into[paths[key]] = orjson.dumps(value).decode()
    elif isinstance(value, dict):
        _flatten(value, paths.under(key), depth + 1, into)
    elif is_records(value):
        inner = paths.under(key)
        _flatten(value[0], inner, depth + 1, into)
        if value[1:]:
            into[inner["more"]] = orjson.dumps(value[1:]).decode()
    elif value:
        into[paths[key]] = "; ".join(map(text_of_value, value))


def is_records(value: Any) -> bool:
    """Tell whether a value is a list of records."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def text_of_value(value: Any) -> str:
    """Return a plain JSON value as the file's reader would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value) if value is not None else ""
