"""Columns go to PostgreSQL by COPY in its binary form: fields are put together as bytes, and nothing is parsed there.

A column is the field that all rows have, or a list of the fields of each. A field: its length, then its bytes.
"""

import struct
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, islice, repeat
from typing import Any

import polars as pl
from sqlmodel import Session

from forthwith.scoping.appending import cursor

Column = bytes | Sequence[bytes]
HEAD, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
VARCHAR, INT4 = 1043, 23  # PostgreSQL's numbers of these types
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
AT_ONCE = 20_000  # rows in one block
ID = 16  # bytes of an id
BESIDE = "\x1f"  # between the codes of a list


def append(session: Session, table: str, columns: Mapping[str, Column], height: int) -> None:
    """Append that many rows to a table, inside the session's own transaction."""
    same = {name: column for name, column in columns.items() if isinstance(column, bytes)}
    each = {name: column for name, column in columns.items() if not isinstance(column, bytes)}
    names = ", ".join(f'"{name}"' for name in (*same, *each))
    begin = b"".join((struct.pack(">h", len(columns)), *same.values()))
    rows = chain.from_iterable(zip(repeat(begin, height), *each.values(), strict=True))
    with cursor(session) as opened, opened.copy(f"copy {table} ({names}) from stdin (format binary)") as stream:
        stream.write(HEAD)
        while block := b"".join(islice(rows, AT_ONCE * (len(each) + 1))):
            stream.write(block)
        stream.write(END)


def field(value: bytes) -> bytes:
    """Return bytes as a field."""
    return struct.pack(">i", len(value)) + value


def fields(values: Iterable[bytes]) -> list[bytes]:
    """Return bytes as fields."""
    return list(map(field, values))


def even(values: Sequence[bytes], size: int) -> list[bytes]:
    """Return bytes that are all of one size as fields."""
    begin = struct.pack(">i", size)
    return [begin + value for value in values]


def word(value: str) -> bytes:
    """Return a text as a field."""
    return field(value.encode())


def marks(values: Iterable[str | None], size: int) -> list[bytes]:
    """Return texts of ASCII that are all of one size, such as hashes, as fields; None is null."""
    begin = struct.pack(">i", size)
    return [NULL if value is None else begin + value.encode() for value in values]


def numbers(values: Sequence[int]) -> list[bytes]:
    """Return whole numbers as fields of int4."""
    raw = struct.pack(f">{2 * len(values)}i", *chain.from_iterable(zip(repeat(4), values, strict=False)))
    return [raw[at : at + 8] for at in range(0, len(raw), 8)]


def number(value: int) -> bytes:
    """Return a whole number as a field of int4."""
    return struct.pack(">ii", 4, value)


def truth(value: bool) -> bytes:
    """Return a field of bool."""
    return field(bytes([value]))


def identity(value: uuid.UUID | None) -> bytes:
    """Return an id as a field."""
    return NULL if value is None else field(value.bytes)


def instant(value: datetime) -> bytes:
    """Return a moment as a field of timestamptz."""
    return struct.pack(">iq", 8, (value - EPOCH) // timedelta(microseconds=1))


def codes(values: Sequence[str]) -> bytes:
    """Return texts as a field of varchar[]."""
    return _array(VARCHAR, [field(value.encode()) for value in values])


def versions(values: Sequence[int]) -> bytes:
    """Return whole numbers as a field of int4[]."""
    return _array(INT4, [number(value) for value in values])


def _array(kind: int, held: Sequence[bytes]) -> bytes:
    """Return fields as one field of an array of one dimension; an empty one has none."""
    dimensions = struct.pack(">ii", len(held), 1) if held else b""
    return field(struct.pack(">iii", bool(held), 0, kind) + dimensions + b"".join(held))


def few(values: pl.Series, encode: Callable[[Any], bytes]) -> list[bytes]:
    """Return the fields of a column in which few values differ: each is put into form once."""
    made = {value: encode(value) for value in values.unique().to_list()}
    return list(map(made.__getitem__, values.to_list()))


def code_lists(lists: pl.Series) -> list[bytes]:
    """Return lists of codes, of which few differ, as fields."""
    return few(lists.list.join(BESIDE), lambda joined: codes(joined.split(BESIDE) if joined else []))
