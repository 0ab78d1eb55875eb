"""Four places where Prefect and what stands under it do not meet us. They are put right in its own processes.

1. Its schema wants the extension `pg_trgm`, which the embedded PostgreSQL does not bring. Seven indexes speed up the
   search for parts of names with it. They become plain indexes of the same names, so that later migrations find them.
2. Its scheduler inserts flow runs with a key, `state`, that SQLAlchemy 2.0 ignored and 2.1 refuses. It is ignored
   again: otherwise no schedule ever makes a run.
3. Each run says every few minutes that it lives, and at its end waits up to a second for the thread that does. Nobody
   listens: our own lease and watch find a dead run. It is silent.
4. Each of its clients reads all certificates of the world's authorities anew, several in every run. They are read once.
"""

import asyncio
import ssl
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import create_async_engine

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
TRIGRAMS = "USING gin (name gin_trgm_ops)"
KNOWN = "select count(*) from pg_available_extensions where name = 'pg_trgm'"


def put_right(database_url: str) -> None:
    """Make Prefect's server in this process work on the PostgreSQL of `database_url`."""
    ignore_state_in_bulk()
    if not asyncio.run(_has_trigrams(database_url)):
        event.listen(Engine, "before_cursor_execute", _rewritten, retval=True)


def plain(statement: str) -> str:
    """Return a statement of Prefect's migrations without trigrams."""
    if EXTENSION in statement:
        return "select 1"
    return statement.replace(TRIGRAMS, "(name)")


def ignore_state_in_bulk() -> None:
    """Let bulk inserts of runs carry a `state` that is no column, as they could before SQLAlchemy 2.1."""
    from prefect.server.database.orm_models import FlowRun, TaskRun

    for table in (FlowRun, TaskRun):
        vars(table)["state"].bulk_dml_setter = _ignored


def _ignored(_table: type, _mapping: MutableMapping[str, Any], _value: Any) -> None:
    """Leave the row as it is."""


def _rewritten(_c: Any, _r: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> tuple[str, Any]:
    return plain(statement), parameters


def without_heartbeats() -> None:
    """Let flow runs of this process, and of its forks, live without the thread that says so."""
    import prefect.flow_engine

    vars(prefect.flow_engine)["_send_heartbeats"] = _silent


def certificates_once() -> None:
    """Let Prefect's clients of this process, and of its forks, share the certificates that they trust."""
    import prefect.client.orchestration

    vars(prefect.client.orchestration)["ssl"] = _SharedTrust()


class _SharedTrust:
    """The module `ssl`, but for contexts of a certificate file: they are made once a file, and nobody changes them."""

    def __getattr__(self, name: str) -> Any:
        return getattr(ssl, name)

    @staticmethod
    def create_default_context(cafile: str | None = None) -> ssl.SSLContext:
        """Return the context of a file; without one a new context, which Prefect then changes."""
        return _trusting(cafile) if cafile else ssl.create_default_context()


@lru_cache
def _trusting(cafile: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=cafile)


@contextmanager
def _silent(*_: Any, **__: Any) -> Iterator[None]:
    yield


async def _has_trigrams(url: str) -> bool:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = (await connection.execute(text(KNOWN))).scalar_one()
    await engine.dispose()
    return bool(found)
