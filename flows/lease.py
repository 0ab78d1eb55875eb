"""One process at a time moves an incident, and everybody can see that somebody lives.

Exclusion is a PostgreSQL advisory lock: it falls with its holder's connection, so a killed process blocks nobody.
`Incident.lease_until` is the sign of life, by the database's clock, since machines differ and drills freeze theirs.
"""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from forthwith import db

LIFE = 60  # seconds that a sign of life holds
BEAT = 15.0  # seconds between two signs

LOCK = text("select pg_try_advisory_lock(hashtextextended(:key, 0))")
UNLOCK = text("select pg_advisory_unlock(hashtextextended(:key, 0))")
# a row that is locked is being worked on: skip it, never wait for it
RENEW = text(
    "update incident set lease_until = clock_timestamp() + make_interval(secs => :life) where id = "
    "(select id from incident where id = :id for no key update skip locked)"
)
STALE = text("select lease_until is null or lease_until < clock_timestamp() from incident where id = :id")


@contextmanager
def leased(incident_id: uuid.UUID) -> Iterator[bool]:
    """Hold the incident for the block, renewing its sign of life; yield False where another process holds it."""
    key = {"key": f"advance:{incident_id}"}
    with db.reachable(), db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(LOCK, key).scalar_one():
            yield False
            return
        try:
            with _beating(connection, incident_id):
                yield True
        finally:
            with suppress(SQLAlchemyError):  # the connection fell, and the lock with it
                connection.execute(UNLOCK, key)


@contextmanager
def _beating(connection: Connection, incident_id: uuid.UUID) -> Iterator[None]:
    """Give a sign of life now and every `BEAT` seconds, on the connection that holds the lock."""
    done = threading.Event()

    def beat() -> None:
        with suppress(SQLAlchemyError):
            while not done.wait(BEAT):
                connection.execute(RENEW, {"id": incident_id, "life": LIFE})

    connection.execute(RENEW, {"id": incident_id, "life": LIFE})
    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def idle(session: Session, incident_id: uuid.UUID) -> bool:
    """Return whether nobody gave a sign of life for this incident within `LIFE` seconds."""
    return bool(session.execute(STALE, {"id": incident_id}).scalar_one())
