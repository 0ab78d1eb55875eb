"""Who asks at the door for programs: a token in the Authorization header, its scopes, and what its user may."""

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from forthwith import db
from forthwith.access import tokens
from forthwith.access.tokens import Bearer
from forthwith.web.failures import Forbidden, TooMany, no_incident
from forthwith.web.limits import Limit
from models import Refusal, Scope, UserRole

header = HTTPBearer(auto_error=False, description="Made on the account page, or by `forthwith user token`.")
asks = Limit(times=600, every=0.05)  # by token: a burst, then twenty a second


class Unproven(Refusal):
    """No token, or none that stands: 401."""


class Scoped:
    """Lets in a program whose token has one of the scopes and whose user may, in the incident of the path if any.

    `roles`: one of these must be the user's there, besides; pages for people name the same. Where a path has no
    incident, whoever sees single incidents alone may only read; what lists incidents asks `visible`.
    """

    def __init__(self, *scopes: str, roles: tuple[UserRole, ...] = ()) -> None:
        self.scopes, self.roles = tuple(Scope(scope) for scope in scopes), frozenset(roles)

    def __call__(
        self, request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(header)]
    ) -> Bearer:
        """Return who asks. Raises Unproven, TooMany, Missing or Forbidden."""
        ref = request.path_params.get("ref")
        found = bearer(given.credentials, ref) if given else None
        if found is None:
            raise Unproven("No token came that stands.", "Send `Authorization: Bearer ...` with one.")
        if not asks.take(str(found.token.id)):
            raise TooMany("This token asked too often.", "Wait a few seconds, then try again.")
        if ref is not None and not found.roles:
            raise no_incident()
        self._allowed(found, ref)
        return found

    def _allowed(self, found: Bearer, ref: str | None) -> None:
        """Refuse what is beyond the token's scopes, its user's roles, or the incidents that they were let into."""
        beyond = ref is None and found.user.confined and self.scopes != (Scope.READ,)
        mine = not self.roles or self.roles & found.roles
        if beyond or not mine or not any(found.may(scope) for scope in self.scopes):
            wanted = " or ".join(self.scopes)
            raise Forbidden("This token may not do that.", f"It takes the scope {wanted}, and a user who may.")


def bearer(secret: str, ref: str | None = None) -> Bearer | None:
    """Return who asks with this secret."""
    if "\0" in (ref or ""):
        return None
    with db.session() as session:
        return tokens.bearer(session, secret, ref)
