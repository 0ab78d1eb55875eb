"""The door for programs: a token in the Authorization header, JSON answers, no cookies and so no forged forms."""

from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from forthwith import db
from forthwith.access import tokens
from forthwith.access.tokens import Bearer
from forthwith.web.failures import Forbidden, Missing, TooMany, no_incident
from models import Refusal, Scope

header = HTTPBearer(auto_error=False, description="Made on the account page, or by `forthwith user token`.")
STATUS: dict[type[Refusal], int] = {Forbidden: 403, Missing: 404, TooMany: 429}


class Unproven(Refusal):
    """No token, or none that stands: 401."""


class Scoped:
    """Lets in a program whose token has the scope and whose user may, in the incident of the path where it has one.

    Where a path has none, whoever sees single incidents alone may only read; what lists incidents asks `visible`.
    """

    def __init__(self, scope: str) -> None:
        self.scope = Scope(scope)

    def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(header)]
    ) -> Bearer:
        """Return who asks. Raises Unproven, Missing or Forbidden."""
        ref = request.path_params.get("ref")
        found = None
        if given:
            with db.session() as session:
                found = tokens.bearer(session, given.credentials, ref)
        if found is None:
            raise Unproven("No token came that stands.", "Send `Authorization: Bearer ...` with one.")
        if ref is not None and not found.roles:
            raise no_incident()
        beyond = ref is None and found.user.confined and self.scope != Scope.READ
        if beyond or not found.may(self.scope):
            raise Forbidden("This token may not do that.", f"It takes the scope {self.scope}, and a user who may.")
        return found


class Me(BaseModel):
    """Whom a token acts for, and what it may."""

    name: str
    roles: list[str]
    confined: bool
    token: str
    scopes: list[str]
    expires_at: str


def create_api() -> FastAPI:
    """Return the application of `/api/v1`."""
    api = FastAPI(
        title="forthwith", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        responses={401: {"description": "No token that stands"}, 403: {"description": "Not within its scopes"}},
    )  # fmt: skip
    api.add_api_route("/me", me, methods=["GET"], response_model=Me)
    api.add_exception_handler(Refusal, _refused)
    api.add_exception_handler(RequestValidationError, _not_understood)
    api.add_exception_handler(HTTPException, _http)
    return api


def me(asks: Annotated[Bearer, Depends(Scoped("read"))]) -> Me:
    """Tell whom this token acts for, and what it may."""
    return Me(
        name=asks.user.name, roles=sorted(asks.roles), confined=asks.user.confined, token=asks.token.name,
        scopes=[scope for scope in asks.token.scopes if asks.may(scope)], expires_at=asks.token.expires_at.isoformat(),
    )  # fmt: skip


def _refused(_request: Request, failure: Exception) -> Response:
    assert isinstance(failure, Refusal)
    if isinstance(failure, Unproven):
        return _said(failure, 401, {"www-authenticate": "Bearer"})
    return _said(failure, STATUS.get(type(failure), 400))


def _not_understood(_request: Request, _failure: Exception) -> Response:
    return _said(Refusal("That was not understood.", "See /api/v1/openapi.json."), 422)


def _http(_request: Request, failure: Exception) -> Response:
    assert isinstance(failure, HTTPException)
    return _said(Refusal("There is nothing of that kind here.", "See /api/v1/openapi.json."), failure.status_code)


def _said(refusal: Refusal, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"what": refusal.what, "do": refusal.do}, status, headers)
