"""Who is signed in: a signed cookie, checked against the database on every request, and tokens for forms."""

import base64
import binascii
import secrets
import uuid
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from forthwith import clock, db
from forthwith.settings import settings
from forthwith.web.secret import fits, signature
from models import User

COOKIE = "forthwith"
HOURS = 12  # of a session, and of a form that lies open


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is signed in, and the session's own random value."""

    user: User
    nonce: str


def cookie_value(user: User) -> str:
    """Return a new session for a user. It ends with the hours, with a new token, and with the access."""
    told = {"u": str(user.id), "n": secrets.token_urlsafe(16), "t": _seconds(), "f": user.token_sha256[:16]}
    body = base64.urlsafe_b64encode(orjson.dumps(told)).decode()
    return f"{body}.{signature('session', body)}"


def signed(request: Request) -> dict[str, str | int] | None:
    """Return what a cookie of ours says, or None for one that is missing, forged or too old. No database."""
    body, _, mark = request.cookies.get(COOKIE, "").partition(".")
    if not body or not fits("session", body, mark):
        return None
    try:
        told: dict[str, str | int] = orjson.loads(base64.urlsafe_b64decode(body))
    except (binascii.Error, orjson.JSONDecodeError):
        return None
    return told if 0 <= _seconds() - int(told["t"]) < HOURS * 3600 else None


def visit(request: Request) -> Visit | None:
    """Return who is signed in now; the database has the last word on access and role."""
    told = signed(request)
    if told is None:
        return None
    with db.session() as session:
        user = session.get(User, uuid.UUID(str(told["u"])))
    if user is None or user.removed_at is not None or user.token_sha256[:16] != told["f"]:
        return None
    return Visit(user, str(told["n"]))


def sign_in(response: Response, user: User) -> None:
    """Set the session's cookie: not for scripts, not for other sites, on TLS alone where we have it."""
    response.set_cookie(
        COOKIE, cookie_value(user), max_age=HOURS * 3600, httponly=True, samesite="strict", path="/",
        secure=settings().public_url.startswith("https://"),
    )  # fmt: skip


def sign_out(response: Response) -> None:
    """Drop the session's cookie."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def form_token(nonce: str) -> str:
    """Return the token that a form carries: bound to the session (or to `public`) and to the time."""
    at = _seconds()
    return f"{at}.{signature('form', f'{nonce}.{at}')}"


def form_fits(nonce: str, token: str) -> bool:
    """Return whether a form's token was made for this session in the last hours."""
    stated, _, mark = token.partition(".")
    if not (stated.isascii() and stated.isdigit() and len(stated) < 13):
        return False
    return fits("form", f"{nonce}.{stated}", mark) and 0 <= _seconds() - int(stated) < HOURS * 3600


def _seconds() -> int:
    return int(clock.now().timestamp())
