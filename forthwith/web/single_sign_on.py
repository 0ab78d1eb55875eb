"""The way over the company's own sign-in, and back.

The libraries of OpenID Connect are loaded when somebody takes it: they take half a second, which every start would pay.
"""

import base64
import binascii
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from forthwith import clock, db
from forthwith.review import users
from forthwith.settings import settings
from forthwith.web import challenges
from forthwith.web.failures import Missing
from forthwith.web.frame import local, page
from forthwith.web.secret import fits, signature
from forthwith.web.signing import tries, ways_in
from forthwith.web.visits import sign_in
from models import Refusal, User

if TYPE_CHECKING:
    from forthwith.access.oidc import Begun

COOKIE = "forthwith_company"
TIME = timedelta(minutes=10)  # that somebody may take at the provider
routes = APIRouter()


@routes.get("/sign-in/company", dependencies=[Depends(tries)])
def begin(request: Request, after: str = "/incidents") -> Response:
    """Send the browser to the provider; what it must bring back stays in a cookie of its own."""
    from forthwith.access import oidc

    if not settings().oidc_offered:
        raise Missing("There is no such page.", "Sign in with your token.")
    try:
        begun, url = oidc.begin()
    except Refusal as refused:
        return ways_in(request, after, refused)
    answer = RedirectResponse(url, 303)
    answer.set_cookie(
        COOKIE, _kept(begun, local(after)), max_age=int(TIME.total_seconds()), httponly=True,
        samesite="lax",  # it must come along when another site leads back here
        path="/sign-in/company", secure=settings().public_url.startswith("https://"),
    )  # fmt: skip
    return answer


@routes.get("/sign-in/company/back", dependencies=[Depends(tries)])
def back(request: Request, code: str = "", state: str = "", iss: str = "") -> Response:
    """Take the provider's word of who came, where this browser began it, and begin a session.

    The answer is a page and no redirect: our cookie is for our own site alone, and a chain of redirects that began
    elsewhere would not bring it.
    """
    from forthwith.access import oidc

    try:
        begun, after = _began(request, state)
        with db.session() as session:
            challenges.spend(session, f"company {state}")
        user = _known(oidc.finish(begun, code=code, iss=iss))
    except Refusal as refused:
        answer = ways_in(request, "", refused)
    else:
        answer = page("signed_in", public=True, after=after)
        sign_in(answer, user, by="oidc")
    answer.delete_cookie(COOKIE, path="/sign-in/company")
    return answer


def _known(claims: dict[str, object]) -> User:
    """Return whom the claims mean, in the role that the provider's groups give, where they give roles."""
    from forthwith.access import oidc

    role = oidc.role_of(claims)
    with db.session() as session:
        user = users.by_subject(session, oidc.subjects(claims))
        if role and user.role != role:
            user.role = role
            session.add(user)
    return user


def _kept(begun: "Begun", after: str) -> str:
    told = {**asdict(begun), "after": after, "at": int(clock.now().timestamp())}
    body = base64.urlsafe_b64encode(orjson.dumps(told)).decode()
    return f"{body}.{signature('company', body)}"


def _began(request: Request, state: str) -> "tuple[Begun, str]":
    """Return what this browser began. Raises Refusal where it began nothing, something else, or too long ago."""
    from forthwith.access.oidc import Begun

    body, _, mark = request.cookies.get(COOKIE, "").partition(".")
    try:
        told = orjson.loads(base64.urlsafe_b64decode(body)) if fits("company", body, mark) else {}
    except (binascii.Error, orjson.JSONDecodeError):
        told = {}
    if not told or told["state"] != state or not 0 <= clock.now().timestamp() - told["at"] < TIME.total_seconds():
        raise Refusal("This sign-in was not begun in this browser.", "Begin it here.")
    return Begun(told["state"], told["nonce"], told["verifier"]), local(told["after"])
