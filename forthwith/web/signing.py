"""Signing in by token or passkey, and out."""

import secrets
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from forthwith import db
from forthwith.access import passkeys, sessions
from forthwith.review import users
from forthwith.settings import settings
from forthwith.web import challenges
from forthwith.web.frame import local, page, to
from forthwith.web.guards import WritesAny, public_form
from forthwith.web.limits import Limit
from forthwith.web.visits import sign_in, sign_out
from models import Refusal, User

STEP = "forthwith_step"  # a random value of the browser that asks: what its challenges are bound to
SIGNING_IN = "sign-in"
routes = APIRouter()
tries = Limit(times=20, every=5.0)


@routes.get("/sign-in")
def form(request: Request, after: str = "/incidents") -> Response:
    """Show the ways to sign in."""
    return ways_in(request, after)


@routes.post("/sign-in", dependencies=[Depends(tries), Depends(public_form)])
def enter(request: Request, token: Annotated[str, Form()] = "", after: Annotated[str, Form()] = "") -> Response:
    """Begin a session for the token's owner."""
    try:
        with db.session() as session:
            user = users.by_token(session, token)
    except Refusal as refused:
        return ways_in(request, after, refused)
    return _in(user, after, by="token")


@routes.post("/sign-in/passkey", dependencies=[Depends(tries), Depends(public_form)])
def enter_by_passkey(
    request: Request, answer: Annotated[str, Form()] = "", challenge: Annotated[str, Form()] = "",
    after: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Begin a session for whoever holds the passkey; it is a second factor too."""
    try:
        challenges.ours(SIGNING_IN, request.cookies.get(STEP, ""), challenge)
        with db.session() as session:
            challenges.spend(session, challenge)
            user = passkeys.check(session, answer=answer, challenge=challenge)
    except Refusal as refused:
        return ways_in(request, after, refused)
    return _in(user, after, by="passkey", proven=True)


@routes.post("/sign-out")
def leave(visit: WritesAny) -> Response:
    """End the session, here and on the server."""
    with db.session() as session:
        sessions.end(session, visit.user.id, only=uuid.UUID(visit.nonce))
    answer = to("/sign-in")
    sign_out(answer)
    return answer


def ways_in(request: Request, after: str, problem: Refusal | None = None) -> Response:
    """Return the sign-in page, with a challenge for a passkey where these can work."""
    company = settings().oidc_name if settings().oidc_offered else ""
    step = request.cookies.get(STEP) or secrets.token_urlsafe(24)
    challenge = challenges.new(SIGNING_IN, step) if passkeys.possible() else ""
    answer = page(
        "sign_in", public=True, status=403 if problem else 200, after=local(after), challenge=challenge,
        asked=passkeys.request(challenge) if challenge else "", company=company,
        problem=f"{problem.what} {problem.do}" if problem else "",
    )  # fmt: skip
    if challenge:
        answer.set_cookie(
            STEP, step, max_age=3600, httponly=True, samesite="strict", path="/sign-in",
            secure=settings().public_url.startswith("https://"),
        )  # fmt: skip
    return answer


def _in(user: User, after: str, *, by: str, proven: bool = False) -> Response:
    answer = to(local(after))
    sign_in(answer, user, by=by, proven=proven)
    return answer
