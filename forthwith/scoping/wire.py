"""Columns go to PostgreSQL by COPY in its binary form: fields are put together as bytes, and nothing is parsed there.

A column is the field that all rows have, or a list of the fields of each. A field: its length, then its bytes.
Columns that differ together may be one: under all of their names, and in each row their fields one after the other.
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
Columns = Mapping[str | tuple[str, ...], Column]
HEAD, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
VARCHAR, INT4 = 1043, 23  # PostgreSQL's numbers of these types
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
AT_ONCE = 128  # rows in one block: the client would cut one of more than 128 KiB, and copy its parts
ID, HASH = 16, 64  # bytes of an id, characters of a SHA-256 hash in hex
INT4_FIELD = struct.Struct(">ii")
BESIDE = "\x1f"  # between the codes of a list


def append(session: Session, table: str, columns: Columns, height: int) -> None:
    """Append that many rows to a table, inside the session's own transaction."""
    same = {name: column for name, column in columns.items() if isinstance(column, bytes)}
    each = {name: column for name, column in columns.items() if not isinstance(column, bytes)}
    names = [name for key in (*same, *each) for name in ((key,) if isinstance(key, str) else key)]
    begin = b"".join((struct.pack(">h", len(names)), *same.values()))
    rows = chain.from_iterable(zip(repeat(begin, height), *each.values(), strict=True))
    into = f"copy {table} ({', '.join(names)}) from stdin (format binary)"
    with cursor(session) as opened, opened.copy(into) as stream:
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


def hexes(values: Sequence[bytes], size: int) -> list[bytes]:
    """Return the first characters (`size`) of SHA-256 hashes in hex as fields."""
    begin, whole = struct.pack(">i", size), b"".join(values).hex().encode()
    return [begin + whole[at : at + size] for at in range(0, len(whole), HASH)]


def numbers(values: Iterable[int]) -> list[bytes]:
    """Return whole numbers as fields of int4."""
    return list(map(INT4_FIELD.pack, repeat(4), values))


def number(value: int) -> bytes:
    """Return a whole number as a field of int4."""
    return INT4_FIELD.pack(4, value)


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


def listed(joined: str) -> list[str]:
    """Return codes that stand in one text, as in a column of few values, as a list."""
    return joined.split(BESIDE) if joined else []


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
