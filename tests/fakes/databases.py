"""Databases of tests: copies of a migrated one, and what the process remembers of them."""

import uuid

import psycopg
from psycopg import sql

from forthwith import db, keys
from forthwith.settings import settings

TABLES = "select quote_ident(tablename) from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"
OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)
brooms: dict[str, psycopg.Connection] = {}  # by the address of what they empty


# No test pulls the server's plug: what it was told to keep outlives any client that is killed, written through or not.
# Settings of a database are not copied with it, so what `ensure_database` sets is set for all of them here.
QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "jit = off")


def hasten(server: str) -> None:
    """Let a server of tests neither wait for the disk nor compile what it runs once."""
    with psycopg.connect(server, autocommit=True) as connection:
        for setting in QUICK:
            connection.execute(f"alter system set {setting}")  # type: ignore[arg-type]
        connection.execute("select pg_reload_conf()")


def forget() -> None:
    """Drop what the process remembers of settings, keys and which database is ours."""
    for cached in (settings, db.url, keys.signing_key):
        cached.cache_clear()


def copied(server: str, prefix: str) -> str:
    """Make a migrated, empty database on the server; returns its URL."""
    name = f"{prefix}_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template_forthwith").format(sql.Identifier(name)))
    return server.replace("/postgres?", f"/{name}?")


def dropped(server: str, url: str, *more: str) -> None:
    """Drop a copy, whoever is still connected, and the databases whose names begin with its name."""
    if url in brooms:
        brooms.pop(url).close()
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(server, autocommit=True) as connection:
        for one in (name, *(f"{name}{ending}" for ending in more)):
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(one)))


def broom(url: str) -> psycopg.Connection:
    """Return the one connection that empties a database: a new one for each test costs more than the emptying."""
    if url not in brooms:
        brooms[url] = psycopg.connect(url, autocommit=True)
        brooms[url].execute("set session_replication_role = replica")
    return brooms[url]


def emptied(url: str) -> None:
    """Empty every table, and send away whoever an earlier test left connected.

    The triggers that refuse it are ours to switch off only as the server's owner. Deleting is five times quicker
    than truncating, and than a new copy.
    """
    try:
        broom(url).execute(OTHERS)
    except psycopg.OperationalError:  # a test sent everybody away
        brooms.pop(url).close()
        broom(url).execute(OTHERS)
    tables = [name for (name,) in broom(url).execute(TABLES).fetchall()]
    assert tables
    broom(url).execute(";".join(f"delete from {name}" for name in tables))  # type: ignore[arg-type]
