"""Deadlines in anybody's own calendar: a secret address a user, for all incidents or one. It names no affected person.

The address proves who asks, since a calendar can't sign in. It ends with the user's token and with their access.
"""

import uuid

from fastapi import APIRouter
from sqlmodel import Session, select
from starlette.responses import Response

from forthwith import db
from forthwith.access.roles import roles_in
from forthwith.settings import settings
from forthwith.timeline.feed import to_ics
from forthwith.web.failures import Missing
from forthwith.web.secret import fits, signature
from models import Incident, User

EVERY = "all"
routes = APIRouter()


def address(user: User, ref: str = EVERY) -> str:
    """Return the address of a user's own calendar."""
    return f"{settings().public_url.rstrip('/')}/calendar/{user.id}/{ref}/{_mark(user, ref)}.ics"


def _mark(user: User, ref: str) -> str:
    return signature("calendar", f"{user.id}\0{user.token_sha256}\0{ref}")[:40]


@routes.get("/calendar/{user_id}/{ref}/{mark}.ics")
def calendar(user_id: uuid.UUID, ref: str, mark: str) -> Response:
    """Return the deadlines as an iCalendar feed."""
    with db.session() as session:
        user = _owner(session, user_id, ref, mark)
        feed = to_ics(session, None if ref == EVERY else _seen(session, user, ref))
    return Response(feed, media_type="text/calendar; charset=utf-8")


def _owner(session: Session, user_id: uuid.UUID, ref: str, mark: str) -> User:
    """Return whose calendar it is. Raises Missing where we did not make the address, or access has ended."""
    user = session.get(User, user_id)
    whole = f"{user.id}\0{user.token_sha256}\0{ref}" if user else "nobody"
    fitting = fits("calendar", whole, mark, length=40)
    if user is None or user.removed_at is not None or not fitting or (ref == EVERY and user.confined):
        raise _none()
    return user


def _seen(session: Session, user: User, ref: str) -> Incident:
    """Return an incident that a user may see. Raises Missing, the same for one that does not exist."""
    incident = session.exec(select(Incident).where(Incident.ref == ref)).first()
    if incident is None or not roles_in(session, user, incident):
        raise _none()
    return incident


def _none() -> Missing:
    return Missing("There is no such calendar.", "Take its address from the incident's page again.")
