"""Roles: each route that is not public names who may come in; each form of theirs carries a token.

Below `/incidents/{ref}` the role counts that somebody has in that incident. One that a confined user was not let into
is for them like one that does not exist.
"""

from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request

from forthwith.web.failures import Forbidden, SignInNeeded, no_incident
from forthwith.web.visits import Visit, form_fits, visit
from models import User, UserRole

PUBLIC_FORM = "public"  # stands for the session in a form of a page without one


class Reads:
    """Lets in who is signed in with one of these roles. `confined`: whoever sees single incidents alone, too."""

    def __init__(self, *roles: UserRole, confined: bool = False) -> None:
        self.roles, self.confined = frozenset(roles), confined

    def __call__(self, request: Request) -> Visit:
        """Return the visit. Raises SignInNeeded, Missing or Forbidden."""
        found = visit(request)
        if found is None:
            raise SignInNeeded(request.url.path if request.method == "GET" else "")
        if "ref" in request.path_params and not found.roles:
            raise no_incident()
        if not self.admits(found.user, found.roles):
            raise Forbidden("Your role may not do this.", f"It takes: {', '.join(sorted(self.roles))}.")
        return found

    def admits(self, user: User, roles: Collection[str]) -> bool:
        """Return whether somebody with these roles may come in."""
        return not self.roles.isdisjoint(roles) or (self.confined and user.confined)


class Writes(Reads):
    """Lets in who is signed in with one of these roles and sends a form that we made for this session."""

    def __call__(self, request: Request, form_token: Annotated[str, Form()] = "") -> Visit:
        """Return the visit. Raises SignInNeeded, Missing or Forbidden."""
        found = super().__call__(request)
        if not form_fits(found.nonce, form_token):
            raise Forbidden("This form is too old or not ours.", "Go back, load the page again, and send it once more.")
        return found


def public_form(form_token: Annotated[str, Form()] = "") -> None:
    """Refuse a public form that we did not make in the last hours."""
    if not form_fits(PUBLIC_FORM, form_token):
        raise Forbidden("This form is too old or not ours.", "Load the page again, and send it once more.")


EVERYONE = tuple(UserRole)
ReadsAll = Annotated[Visit, Depends(Reads(*EVERYONE))]
ReadsOwn = Annotated[Visit, Depends(Reads(*EVERYONE, confined=True))]  # what concerns oneself: incidents, the account
WritesIncident = Annotated[Visit, Depends(Writes(UserRole.RESPONDER))]
ReadsIntake = Annotated[Visit, Depends(Reads(UserRole.RESPONDER))]
ReadsReview = Annotated[Visit, Depends(Reads(UserRole.LEGAL, UserRole.RESPONDER, UserRole.APPROVER, UserRole.AUDITOR))]
WritesReview = Annotated[Visit, Depends(Writes(UserRole.LEGAL))]
WritesDecision = Annotated[Visit, Depends(Writes(UserRole.LEGAL, UserRole.APPROVER))]
WritesAnswer = Annotated[Visit, Depends(Writes(UserRole.LEGAL, UserRole.RESPONDER))]
WritesAny = Annotated[Visit, Depends(Writes(*EVERYONE, confined=True))]  # what concerns oneself alone
ReadsUsers = Annotated[Visit, Depends(Reads(UserRole.OPERATOR))]
WritesUsers = Annotated[Visit, Depends(Writes(UserRole.OPERATOR))]
