"""What somebody typed into a form before they were sent elsewhere: sealed, in their session, for a short while.

It is shown to them again, and never submitted by itself. One form a session: the newest.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta

import orjson
from sqlmodel import Session, col, select, update

from forthwith import clock, keys
from models import Refusal, WebSession

KEPT = timedelta(minutes=15)
LONGEST = 20_000  # bytes; a longer form is not kept


def keep(session: Session, session_id: uuid.UUID, place: str, fields: Mapping[str, str]) -> None:
    """Keep what was typed. `place`: which form, as the page that shows it again calls it."""
    plain = orjson.dumps({"place": place, "fields": dict(fields)})
    if len(plain) <= LONGEST:
        sealed = keys.seal_own(session_id, plain)
        _write(session, session_id, typed=sealed, typed_at=clock.now())


def kept(session: Session, session_id: uuid.UUID) -> tuple[str, dict[str, str]]:
    """Return the place and the fields of what waits; an empty place where nothing does, or no longer."""
    row = session.get(WebSession, session_id)
    if row is None or row.typed is None or row.typed_at is None or clock.now() - row.typed_at >= KEPT:
        return "", {}
    try:
        found = orjson.loads(keys.open_own(session_id, row.typed))
    except Refusal:
        return "", {}
    return found["place"], found["fields"]


def drop(session: Session, session_id: uuid.UUID, place: str) -> None:
    """Forget what waits at this place: it was sent. What waits elsewhere stays."""
    if kept(session, session_id)[0] == place:
        _write(session, session_id, typed=None, typed_at=None)


def expire(session: Session) -> int:
    """Empty what waited too long, or whose session ended; return how many forms."""
    late = (col(WebSession.typed_at) <= clock.now() - KEPT) | col(WebSession.ended_at).is_not(None)
    waiting = select(WebSession.id).where(col(WebSession.typed).is_not(None), late)
    found = session.exec(waiting).all()
    for one in found:
        _write(session, one, typed=None, typed_at=None)
    return len(found)


def _write(session: Session, session_id: uuid.UUID, **values: object) -> None:
    session.exec(update(WebSession).where(col(WebSession.id) == session_id).values(**values))
