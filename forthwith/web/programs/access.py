"""Who has access here, for programs: given, renewed, bounded, ended; the operators' page calls the same.

A program reads with the scope `access`. To change anything takes a token that was made with a second factor.
"""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from forthwith import db
from forthwith.access import roles
from forthwith.access.tokens import Bearer
from forthwith.review import users
from forthwith.web import people_here
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.words import Asked, Done, Line, Told, proven

routes = APIRouter(tags=["access"])
Manages = Annotated[Bearer, Depends(Scoped("access"))]


class Given(Told):
    """A role in one incident."""

    id: uuid.UUID
    incident: str
    role: str


class UserTold(Told):
    """Somebody who has access."""

    id: uuid.UUID
    name: str
    role: str = Field(description="responder legal operator approver auditor")
    confined: bool = Field(description="Whether they see only the incidents that they were let into.")
    created_at: datetime
    given: list[Given] = Field(description="Roles in single incidents.")


class Adding(Asked):
    """Somebody new."""

    name: Line
    role: Line
    confined: bool = False
    subject: Line = Field(default="", description="Their name at the company's own sign-in, where there is one.")


class Renewing(Asked):
    """A new token for somebody."""

    forget: bool = Field(default=False, description="Their second factors are lost too, and they begin anew.")


class Confining(Asked):
    """Whether somebody sees only what they were let into."""

    confined: bool


class Letting(Asked):
    """A role in one incident."""

    incident: Line
    role: Line


class SecretTold(Told):
    """A token to sign in with. It is told this once."""

    id: uuid.UUID
    name: str
    token: str


@routes.get("/users")
def listing(asks: Manages) -> list[UserTold]:  # noqa: ARG001 - the guard itself
    """List who has access, by name."""
    with db.session() as session:
        let = people_here.let(session)
        return [
            UserTold(
                id=one.id, name=one.name, role=one.role, confined=one.confined, created_at=one.created_at,
                given=[Given(id=row.id, incident=ref, role=row.role) for row, ref in let.get(one.id, [])],
            )
            for one in users.listing(session)
        ]  # fmt: skip


@routes.post("/users", status_code=201)
def add(asks: Manages, body: Adding) -> SecretTold:
    """Give somebody access; their token is told once."""
    proven(asks)
    with db.session() as session:
        user, token = users.add(session, body.name, role=body.role, confined=body.confined, subject=body.subject)
        return SecretTold(id=user.id, name=user.name, token=token)


@routes.post("/users/{user_id}/renew")
def renew(user_id: uuid.UUID, asks: Manages, body: Renewing) -> SecretTold:
    """Give somebody a new token; what was open with the old one ends."""
    proven(asks)
    with db.session() as session:
        user = people_here.another(session, asks.user, user_id)
        token = users.renew(session, user.name, forget_factors=body.forget)
        return SecretTold(id=user.id, name=user.name, token=token)


@routes.post("/users/{user_id}/end")
def end(user_id: uuid.UUID, asks: Manages) -> Done:
    """End somebody's access."""
    proven(asks)
    with db.session() as session:
        users.remove(session, people_here.another(session, asks.user, user_id).name, by=asks.user.name)
    return Done()


@routes.post("/users/{user_id}/confine")
def confine(user_id: uuid.UUID, asks: Manages, body: Confining) -> Done:
    """Bound somebody to the incidents that they were let into, or end that."""
    proven(asks)
    with db.session() as session:
        user = people_here.another(session, asks.user, user_id)
        roles.confine(session, user, confined=body.confined, by=asks.user.name)
    return Done()


@routes.post("/users/{user_id}/let-in")
def let_in(user_id: uuid.UUID, asks: Manages, body: Letting) -> Given:
    """Give somebody a role in one incident."""
    proven(asks)
    with db.session() as session:
        user, incident = people_here.another(session, asks.user, user_id), found(session, body.incident)
        row = roles.let_in(session, incident, user, role=body.role, by=asks.user.name)
        return Given(id=row.id, incident=incident.ref, role=row.role)


@routes.post("/users/access/{access_id}/end")
def let_out(access_id: uuid.UUID, asks: Manages) -> Done:
    """End somebody's role in one incident."""
    proven(asks)
    with db.session() as session:
        roles.let_out(session, people_here.access_of(session, access_id), by=asks.user.name)
    return Done()
