"""Every test gets a real PostgreSQL: `session` rolls back, `fresh` is a database of its own for real commits."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.databases import copied, dropped, emptied, forget, hasten
from hypothesis import settings as tuned
from sqlalchemy import Engine, create_engine
from sqlmodel import Session

from forthwith import db, keys
from models import Incident, new_id

# One data folder for the whole run (a run's worker has its own), set before any test's module is imported: some load
# the laws at once. Not below pytest's own folder: each start of pytest closes that to others, and PostgreSQL is one.
HOME = Path(tempfile.mkdtemp(prefix="forthwith-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for name in [name for name in os.environ if name.startswith(("FORTHWITH_", "PREFECT_"))]:
    del os.environ[name]
os.environ.update(FORTHWITH_HOME=str(HOME), XDG_RUNTIME_DIR=str(HOME))

# The same examples each time: a suite that is green stays green. `HYPOTHESIS_PROFILE=explore` looks for new ones.
tuned.register_profile("steady", derandomize=True, deadline=None)
tuned.register_profile("brief", derandomize=True, deadline=None, max_examples=15)
tuned.register_profile("explore", derandomize=False, deadline=None)
tuned.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a database: the rest is what `make quick` runs."""
    for item in items:
        if "template" in getattr(item, "fixturenames", ()):
            item.add_marker("database")


@pytest.fixture(scope="session", autouse=True)
def home() -> Iterator[Path]:
    """Return the run's data folder; its PostgreSQL ends with the run."""
    forget()
    yield HOME
    if (HOME / "postgres").exists():  # some runs need no database
        db.stop_embedded()


@pytest.fixture(scope="session")
def template(home: Path) -> str:
    """A migrated database that fresh ones are copied from; returns the server's URL."""
    server = db.start_embedded()
    hasten(server)
    os.environ["FORTHWITH_DATABASE_URL"] = db.ensure_database(server, "template_forthwith")
    forget()
    db.migrate()
    db.engine().dispose()
    return server


@pytest.fixture(scope="session")
def committed(template: str) -> Iterator[str]:
    """The database that `fresh` empties: to make one for each test costs more than most tests do."""
    url = copied(template, "test")
    yield url
    dropped(template, url)


@pytest.fixture
def fresh(committed: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database for tests that really commit, migrated and empty, already set as ours; returns its URL."""
    emptied(committed)
    monkeypatch.setenv("FORTHWITH_DATABASE_URL", committed)
    forget()
    yield committed
    db.engine().dispose()
    forget()


@pytest.fixture(scope="session")
def rolled_back(template: str) -> Iterator[Engine]:
    """The engine of tests that leave nothing: one connection to a copy of its own, each statement compiled once."""
    url = copied(template, "rolled")
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1), pool_size=1, pool_pre_ping=True)
    yield engine
    engine.dispose()
    dropped(template, url)


@pytest.fixture
def session(rolled_back: Engine) -> Iterator[Session]:
    """A session whose work is rolled back. For what must really commit, take `fresh`."""
    with rolled_back.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as opened:
            yield opened
        outer.rollback()


@pytest.fixture
def incident(session: Session) -> Incident:
    """An open incident with a data key of its own."""
    key = new_id()
    made = Incident(id=key, ref="2026-001", title="A drill", opened_by="ana", wrapped_key=keys.new_data_key(key))
    session.add(made)
    session.flush()
    return made
