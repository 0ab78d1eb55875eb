"""Signing in by token, and out."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from forthwith import db
from forthwith.review import users
from forthwith.web.frame import page, to
from forthwith.web.guards import WritesAny, public_form
from forthwith.web.limits import Limit
from forthwith.web.visits import sign_in, sign_out
from models import Refusal

LOCAL = re.compile(r"/incidents(/[A-Za-z0-9-]+)*")  # where a sign-in may lead: never to another site
routes = APIRouter()
tries = Limit(times=20, every=5.0)


@routes.get("/sign-in")
def form(after: str = "/incidents") -> Response:
    """Show the sign-in form."""
    return page("sign_in", public=True, after=local(after), problem="")


@routes.post("/sign-in", dependencies=[Depends(tries), Depends(public_form)])
def enter(token: Annotated[str, Form()] = "", after: Annotated[str, Form()] = "") -> Response:
    """Begin a session for the token's owner."""
    try:
        with db.session() as session:
            user = users.by_token(session, token)
    except Refusal as refused:
        return page("sign_in", public=True, status=403, after=local(after), problem=f"{refused.what} {refused.do}")
    answer = to(local(after))
    sign_in(answer, user)
    return answer


@routes.post("/sign-out")
def leave(visit: WritesAny) -> Response:  # noqa: ARG001 - the guard itself
    """End the session."""
    answer = to("/sign-in")
    sign_out(answer)
    return answer


def local(path: str) -> str:
    """Return the path where it is one of our pages, and the list of incidents otherwise."""
    return path if LOCAL.fullmatch(path) else "/incidents"
