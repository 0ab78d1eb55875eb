"""Who is signed in: a random value in a cookie, whose session stands in our database, and tokens for forms."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from forthwith import clock, db
from forthwith.access import sessions
from forthwith.access.roles import combined
from forthwith.settings import settings
from forthwith.web.secret import fits, signature
from models import User

COOKIE = "forthwith"
HOURS = 12  # of a session, and of a form that lies open


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is signed in, their session, and what they are where they ask (in the incident of the path)."""

    user: User
    nonce: str  # the session's id: what its forms are bound to
    roles: frozenset[str] = frozenset()
    began_at: datetime | None = None
    second_factor_at: datetime | None = None
    signed_in_by: str = "token"

    @property
    def at_large(self) -> frozenset[str]:
        """What they are where no incident is asked for."""
        return combined(self.user, ())

    def may(self, *roles: str) -> bool:
        """Return whether they have one of these roles where they ask: pages show their buttons by it."""
        return bool(self.roles.intersection(roles))


def signed(request: Request) -> str:
    """Return the session's value where a cookie is one that we made, else nothing. No database: it may have ended."""
    value, _, mark = request.cookies.get(COOKIE, "").partition(".")
    return value if value and fits("session", value, mark) else ""


def visit(request: Request) -> Visit | None:
    """Return who is signed in now; the database has the last word on session, access and roles."""
    value = signed(request)
    if not value:
        return None
    with db.session() as session:
        found = sessions.present(session, value, request.path_params.get("ref"))
    if found is None:
        return None
    row = found.session
    return Visit(found.user, str(row.id), found.roles, row.began_at, row.second_factor_at, row.signed_in_by)


def sign_in(response: Response, user: User, *, by: str = "token", proven: bool = False) -> None:
    """Begin a session and set its cookie: not for scripts, not for other sites, on TLS alone where we have it."""
    value = new_value()
    with db.session() as session:
        sessions.begin(session, user, value, by=by, proven=proven)
    response.set_cookie(
        COOKIE, cookie_value(value), max_age=HOURS * 3600, httponly=True, samesite="strict", path="/",
        secure=settings().public_url.startswith("https://"),
    )  # fmt: skip


def new_value() -> str:
    """Return the random value of a new session."""
    return secrets.token_urlsafe(32)


def cookie_value(value: str) -> str:
    """Return what the browser keeps: the random value, and our mark by which a made-up one costs no database."""
    return f"{value}.{signature('session', value)}"


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
