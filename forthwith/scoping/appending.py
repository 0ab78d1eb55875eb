"""Rows are appended by COPY, inside the session's own transaction. Needs nothing but the database's own client."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from sqlmodel import Session


def connection(session: Session) -> psycopg.Connection[Any]:
    """Return the session's own connection, with all of its pending rows written."""
    session.flush()
    own = session.connection().connection.driver_connection
    assert isinstance(own, psycopg.Connection)
    return own


def cursor(session: Session) -> psycopg.Cursor[Any]:
    """Return a cursor of the session's own connection, with all of its pending rows written."""
    return connection(session).cursor()


def copy(session: Session, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a table. `columns` gives their names and PostgreSQL types, in the order of the values."""
    names = ", ".join(f'"{name}"' for name in columns)
    with cursor(session) as opened, opened.copy(f"copy {table} ({names}) from stdin (format binary)") as stream:
        stream.set_types(list(columns.values()))
        for row in rows:
            stream.write_row(row)
