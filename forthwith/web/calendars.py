"""Deadlines in anybody's own calendar: a secret address a user, for all incidents or one. It names no affected person.

The address proves who asks, since a calendar can't sign in. It ends with the user's token and with their access.
"""

import uuid

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from forthwith import db
from forthwith.settings import settings
from forthwith.timeline.feed import to_ics
from forthwith.web.failures import Missing
from forthwith.web.finding import found
from forthwith.web.secret import fits, signature
from models import Refusal, User

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
        _check(session, user_id, ref, mark)
        try:
            feed = to_ics(session, None if ref == EVERY else found(session, ref))
        except Refusal:
            raise Missing("There is no such calendar.", "Take its address from the incident's page again.") from None
    return Response(feed, media_type="text/calendar; charset=utf-8")


def _check(session: Session, user_id: uuid.UUID, ref: str, mark: str) -> None:
    """Raise Missing where the address was not made by us for somebody who has access still."""
    user = session.get(User, user_id)
    known = user is not None and user.removed_at is None
    whole = f"{user.id}\0{user.token_sha256}\0{ref}" if user else "nobody"
    if not fits("calendar", whole, mark, length=40) or not known:
        raise Missing("There is no such calendar.", "Take its address from the incident's page again.")
