"""The door for programs: a token in the Authorization header, JSON answers, no cookies and so no forged forms."""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forthwith import review as reviewed
from forthwith.access.tokens import Bearer
from forthwith.web.bearing import Scoped, Unproven
from forthwith.web.failures import Forbidden, Missing, TooMany
from forthwith.web.programs import (
    access,
    deliveries,
    enquiries,
    evidence,
    incidents,
    merges,
    operating,
    people,
    record,
    remarks,
    review,
    signals,
)
from forthwith.web.programs.words import REFUSALS
from models import Refusal

ROUTERS = (
    incidents, signals, people, merges, evidence, review, remarks, deliveries, enquiries, record, access, operating,
)  # fmt: skip
STATUS: dict[type[Refusal], int] = {Forbidden: 403, reviewed.NotAllowed: 403, Missing: 404, TooMany: 429}
ABOUT = """
The same rules as on the pages: every door calls what a page calls. Send `Authorization: Bearer fwt_...`.

- A refusal is JSON: `{"what": ..., "do": ...}`. It never repeats what was sent.
- An incident that the token's user was not let into is like one that does not exist: 404.
- Lists go on by key: hand `after` (or `before`) back until it comes empty.
- Times are RFC 3339 in UTC. Personal data are told for a stated reason alone, which becomes an entry of the timeline.
"""

__all__ = ["Scoped", "Unproven", "create_api", "refused"]


class Me(BaseModel):
    """Whom a token acts for, and what it may."""

    name: str
    roles: list[str]
    confined: bool = Field(description="Whether they see single incidents alone.")
    token: str = Field(description="The token's name.")
    scopes: list[str] = Field(description="What both the token and its user may.")
    may_approve: bool = Field(description="Whether it was made with a second factor, which an approval takes.")
    expires_at: str


def create_api() -> FastAPI:
    """Return the application of `/api/v1`."""
    api = FastAPI(
        title="forthwith", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        responses=REFUSALS, description=ABOUT.strip(),
    )  # fmt: skip
    api.add_api_route("/me", me, methods=["GET"], response_model=Me)
    for module in ROUTERS:
        api.include_router(module.routes)
    api.add_exception_handler(Refusal, refused)
    api.add_exception_handler(RequestValidationError, _not_understood)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _fell)
    return api


def me(asks: Annotated[Bearer, Depends(Scoped("read"))]) -> Me:
    """Tell whom this token acts for, and what it may."""
    return Me(
        name=asks.user.name, roles=sorted(asks.roles), confined=asks.user.confined, token=asks.token.name,
        scopes=[scope for scope in asks.token.scopes if asks.may(scope)], expires_at=asks.token.expires_at.isoformat(),
        may_approve=asks.may("review") and asks.token.proven_at is not None,
    )  # fmt: skip


def refused(_request: Request, failure: Exception) -> Response:
    """Say a refusal to a program."""
    assert isinstance(failure, Refusal)
    if isinstance(failure, Unproven):
        return _said(failure, 401, {"www-authenticate": "Bearer"})
    waits = {"retry-after": "5"} if isinstance(failure, TooMany) else None
    return _said(failure, STATUS.get(type(failure), 400), waits)


def _not_understood(_request: Request, _failure: Exception) -> Response:
    return _said(Refusal("That was not understood.", "See /api/v1/openapi.json."), 422)


def _http(_request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)
    return _said(Refusal("There is nothing of that kind here.", "See /api/v1/openapi.json."), failure.status_code)


def _fell(_request: Request, _failure: Exception) -> Response:
    return _said(Refusal("Something failed here. Nothing was half done.", "Try again."), 500)


def _said(refusal: Refusal, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"what": refusal.what, "do": refusal.do}, status, headers)
