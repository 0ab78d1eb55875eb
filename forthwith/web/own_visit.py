"""An affected person on their own page: a signed cookie for half an hour, that goes to their page alone."""

import base64
import binascii
import secrets
import uuid
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from forthwith import clock
from forthwith.settings import settings
from forthwith.web.failures import Forbidden, Outside
from forthwith.web.secret import fits, signature
from forthwith.web.visits import form_fits

COOKIE, PATH = "forthwith_own", "/mine"
MINUTES = 30


@dataclass(frozen=True, slots=True)
class Own:
    """Who reads their own page. Holds an id alone: no name, and no code."""

    person_id: uuid.UUID
    nonce: str


def begin(response: Response, person_id: uuid.UUID) -> None:
    """Let somebody who has shown the code and the name read their page for half an hour."""
    told = {"p": str(person_id), "n": secrets.token_urlsafe(12), "t": int(clock.now().timestamp())}
    body = base64.urlsafe_b64encode(orjson.dumps(told)).decode()
    response.set_cookie(
        COOKIE, f"{body}.{signature('own', body)}", max_age=MINUTES * 60, httponly=True, samesite="strict", path=PATH,
        secure=settings().public_url.startswith("https://"),
    )  # fmt: skip


def end(response: Response) -> None:
    """Forget who it was."""
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="strict")


def own(request: Request) -> Own:
    """Return who reads their page. Raises Outside where nobody has shown a code, or too long ago."""
    body, _, mark = request.cookies.get(COOKIE, "").partition(".")
    if not body or not fits("own", body, mark):
        raise Outside
    try:
        told = orjson.loads(base64.urlsafe_b64decode(body))
    except (binascii.Error, orjson.JSONDecodeError):
        raise Outside from None
    if not 0 <= int(clock.now().timestamp()) - int(told["t"]) < MINUTES * 60:
        raise Outside
    return Own(uuid.UUID(told["p"]), str(told["n"]))


def own_form(request: Request, form_token: Annotated[str, Form()] = "") -> Own:
    """Return who sends a form of their page. Raises Forbidden where we did not make it for them."""
    found = own(request)
    if not form_fits(found.nonce, form_token):
        raise Forbidden("This form is too old or not ours.", "Load the page again, and send it once more.")
    return found


ReadsMine = Annotated[Own, Depends(own)]
WritesMine = Annotated[Own, Depends(own_form)]
