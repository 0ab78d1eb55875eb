"""Sessions on the server: they end by their hours, by idleness, by a word of their owner, and with the access."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, delete, select, update

from forthwith import clock
from forthwith.access.roles import combined
from forthwith.access.shown_once import digest
from forthwith.settings import settings
from models import Incident, IncidentAccess, User, WebSession

LONGEST = timedelta(hours=12)
KEPT = timedelta(days=90)  # rows of sessions that ended
NOTED = timedelta(minutes=1)  # how finely it is written down when somebody was last seen


@dataclass(frozen=True, slots=True)
class Present:
    """A session that stands, its user, and what they are where they ask."""

    session: WebSession
    user: User
    roles: frozenset[str]


def begin(session: Session, user: User, secret: str, *, by: str, proven: bool = False) -> WebSession:
    """Begin a session; `secret` goes to the browser. `proven`: a second factor was shown in doing so."""
    now = clock.now()
    session.exec(delete(WebSession).where(col(WebSession.user_id) == user.id, col(WebSession.began_at) < now - KEPT))
    made = WebSession(
        user_id=user.id, sha256=digest(secret), began_at=now, seen_at=now, signed_in_by=by,
        second_factor_at=now if proven else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def present(session: Session, secret: str, ref: str | None = None) -> Present | None:
    """Return the session that stands with this secret, in one question to the database.

    `ref`: the incident that is asked for; the roles are those in it, none where a confined user was not let in.
    """
    given = select(func.array_agg(IncidentAccess.role)).where(
        IncidentAccess.user_id == User.id, col(IncidentAccess.ended_at).is_(None)
    ).join(Incident, col(Incident.id) == IncidentAccess.incident_id).where(Incident.ref == ref)  # fmt: skip
    asked = select(WebSession, User, given.scalar_subquery()).join(User, col(User.id) == WebSession.user_id)
    found = session.exec(asked.where(WebSession.sha256 == digest(secret))).first()
    if found is None or not stands(found[0]) or found[1].removed_at is not None:
        return None
    _noted(session, found[0])
    return Present(found[0], found[1], combined(found[1], found[2] or ()))


def stands(row: WebSession) -> bool:
    """Return whether a session has not ended: by a word, by its hours, or by idleness."""
    now = clock.now()
    idle = timedelta(minutes=settings().session_idle_minutes)
    return row.ended_at is None and timedelta() <= now - row.began_at < LONGEST and now - row.seen_at < idle


def of(session: Session, user: User) -> list[WebSession]:
    """Return a user's sessions that stand, the newest first."""
    found = select(WebSession).where(WebSession.user_id == user.id, col(WebSession.ended_at).is_(None))
    return [row for row in session.exec(found.order_by(col(WebSession.began_at).desc())).all() if stands(row)]


def end(session: Session, user_id: uuid.UUID, *, only: uuid.UUID | None = None, but: uuid.UUID | None = None) -> None:
    """End a user's sessions at once: all, one alone, or all but one."""
    ending = update(WebSession).where(col(WebSession.user_id) == user_id, col(WebSession.ended_at).is_(None))
    if only:
        ending = ending.where(col(WebSession.id) == only)
    if but:
        ending = ending.where(col(WebSession.id) != but)
    session.exec(ending.values(ended_at=clock.now()))


def prove(session: Session, session_id: uuid.UUID) -> None:
    """Note that a second factor was shown now."""
    session.exec(update(WebSession).where(col(WebSession.id) == session_id).values(second_factor_at=clock.now()))


def _noted(session: Session, row: WebSession) -> None:
    if clock.now() - row.seen_at >= NOTED:
        session.exec(update(WebSession).where(col(WebSession.id) == row.id).values(seen_at=clock.now()))
