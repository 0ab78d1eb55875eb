"""Every test gets a real PostgreSQL: `session` rolls back, `fresh` is a database of its own for real commits."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine
from sqlmodel import Session

from forthwith import db, keys
from forthwith.settings import settings
from models import Incident, new_id


def forget() -> None:
    """Drop what the process remembers of settings, keys and database."""
    for cached in (settings, db.url, db.engine, keys.signing_key):
        cached.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def home() -> Iterator[Path]:
    """One data folder and one PostgreSQL for the whole run (a run's worker has its own).

    Not below pytest's own folder: every start of pytest closes that to other users, and PostgreSQL runs as one.
    """
    folder = Path(tempfile.mkdtemp(prefix="forthwith-tests-"))
    for name in [name for name in os.environ if name.startswith(("FORTHWITH_", "PREFECT_"))]:
        del os.environ[name]
    os.environ["FORTHWITH_HOME"] = str(folder)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    forget()
    yield folder
    if (folder / "postgres").exists():  # some runs need no database
        db.stop_embedded()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(home: Path) -> str:
    """A migrated database that fresh ones are copied from; returns the server's URL."""
    server = db.start_embedded()
    os.environ["FORTHWITH_DATABASE_URL"] = db.ensure_database(server, "template_forthwith")
    forget()
    db.migrate()
    db.engine().dispose()
    return server


@pytest.fixture
def fresh(template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database of this test's own, migrated and empty, already set as ours; returns its URL."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(template, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template_forthwith").format(sql.Identifier(name)))
    monkeypatch.setenv("FORTHWITH_DATABASE_URL", template.replace("/postgres?", f"/{name}?"))
    forget()
    yield settings().database_url or ""
    db.engine().dispose()
    forget()
    with psycopg.connect(template, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def session(template: str) -> Iterator[Session]:
    """A session whose work is rolled back. For what must really commit, take `fresh`."""
    address = template.replace("/postgres?", "/template_forthwith?").replace("postgresql:", "postgresql+psycopg:", 1)
    engine = create_engine(address)
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as opened:
            yield opened
        outer.rollback()
    engine.dispose()


@pytest.fixture
def incident(session: Session) -> Incident:
    """An open incident with a data key of its own."""
    key = new_id()
    made = Incident(id=key, ref="2026-001", title="A drill", opened_by="ana", wrapped_key=keys.new_data_key(key))
    session.add(made)
    session.flush()
    return made
