"""Proof that who acts holds their second factor now, and the page that asks for it."""

import uuid
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import Response

from forthwith import clock, db
from forthwith.access import factors, passkeys, sessions
from forthwith.settings import settings
from forthwith.web import challenges
from forthwith.web.failures import ConfirmNeeded, Forbidden, TooMany
from forthwith.web.frame import local, page, to
from forthwith.web.guards import ReadsOwn, WritesAny
from forthwith.web.limits import Limit
from forthwith.web.visits import Visit
from models import Refusal

FRESH = timedelta(minutes=5)  # how long a proof counts
RECENT = timedelta(minutes=15)  # how long after signing in somebody without a factor may set one up
CONFIRMING = "confirm"
routes = APIRouter()
codes = Limit(times=5, every=30.0)  # by user: a million codes are too few to be guessed at freely


def fresh_factor(visit: Visit, *, after: str = "/incidents") -> None:
    """Let on who showed a second factor in the last five minutes; the routes that approve call this.

    Raises ConfirmNeeded, which leads to the page that asks and then back to `after`; Forbidden where one is required
    and they have none. With the setting `enrolled` who has none goes on without.
    """
    if settings().second_factor == "off" or _within(visit.second_factor_at, FRESH):
        return
    if factor_due(visit):
        raise ConfirmNeeded(after)
    if settings().second_factor == "required":
        raise Forbidden("To approve here you need a second factor.", "Set one up on your account page, then come back.")


def shown_lately(visit: Visit) -> bool:
    """Return whether they showed a second factor in the last five minutes."""
    return _within(visit.second_factor_at, FRESH)


def factor_due(visit: Visit) -> bool:
    """Return whether they have a second factor that `fresh_factor` would ask for now: pages say so before one types."""
    if settings().second_factor == "off" or _within(visit.second_factor_at, FRESH):
        return False
    with db.session() as session:
        return bool(factors.enrolled(session, visit.user))


def proven(visit: Visit, *, after: str = "/account") -> None:
    """Let on who may change how one comes in: with the factor that they have, or fresh from signing in.

    Otherwise whoever finds a browser open could set up a factor of their own and approve with it.
    """
    if _within(visit.second_factor_at, FRESH):
        return
    if factor_due(visit):
        raise ConfirmNeeded(after)
    if not _within(visit.began_at, RECENT):
        raise Forbidden("This needs a fresh sign-in.", "Sign out and in again, and do it within a quarter of an hour.")


@routes.get("/account/confirm")
def ask(visit: ReadsOwn, after: str = "/incidents") -> Response:
    """Ask for the second factor."""
    return _page(visit, local(after))


@routes.post("/account/confirm")
def confirm(
    visit: WritesAny, after: Annotated[str, Form()] = "", code: Annotated[str, Form(max_length=40)] = "",
    answer: Annotated[str, Form()] = "", challenge: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Take the proof, and lead back."""
    if not codes.take(str(visit.user.id)):
        raise TooMany("That was tried too often.", "Wait a minute, then try again.")
    try:
        with db.session() as session:
            _shown(session, visit, code=code, answer=answer, challenge=challenge)
            sessions.prove(session, uuid.UUID(visit.nonce))
    except Refusal as refused:
        return _page(visit, local(after), f"{refused.what} {refused.do}", status=403)
    return to(local(after))


def _shown(session: Session, visit: Visit, *, code: str, answer: str, challenge: str) -> None:
    """Refuse what proves nothing, or proves somebody else."""
    if answer:
        challenges.ours(CONFIRMING, visit.nonce, challenge)
        challenges.spend(session, challenge)
        proves = passkeys.check(session, answer=answer, challenge=challenge).id == visit.user.id
    else:
        proves = factors.check(session, visit.user, code)
    if not proves:
        raise Refusal("That proves nothing.", "Take the code that your device shows now; each works once.")


def _page(visit: Visit, after: str, problem: str = "", *, status: int = 200) -> Response:
    challenge = challenges.new(CONFIRMING, visit.nonce)
    with db.session() as session:
        has, held = factors.enrolled(session, visit.user), passkeys.of(session, visit.user)
        asked = passkeys.request(challenge, held) if held and passkeys.possible() else ""
    return page(
        "confirm", visit, status=status, after=after, has=has, asked=asked, challenge=challenge, problem=problem
    )


def _within(at: datetime | None, span: timedelta) -> bool:
    return at is not None and timedelta() <= clock.now() - at < span
