"""The operators' page: who has access here, as what, and in which incidents."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session, col, select
from starlette.responses import Response

from forthwith import db
from forthwith.access import factors, roles
from forthwith.review import users
from forthwith.web.failures import Forbidden, Missing
from forthwith.web.finding import found
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsUsers, WritesUsers
from forthwith.web.holding import again, held
from forthwith.web.proving import fresh_factor
from models import Incident, IncidentAccess, User, UserRole

HERE = "/users"
routes = APIRouter()


@routes.get("/users")
def desk(visit: ReadsUsers) -> Response:
    """Show who has access."""
    with db.session() as session:
        here = users.listing(session)
        return page(
            "users", visit, people=here, let=let(session), roles=list(UserRole), typed=again(visit),
            has={user.id: factors.enrolled(session, user) for user in here},
            incidents=session.exec(select(Incident.ref).order_by(col(Incident.created_at).desc())).all(),
        )  # fmt: skip


@routes.post("/users")
def add(
    visit: WritesUsers, name: Annotated[str, Form()] = "", role: Annotated[str, Form()] = "",
    confined: Annotated[bool, Form()] = False, subject: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Give somebody access, and show their token once."""
    said = {"name": name, "role": role, "subject": subject, "confined": "true" if confined else ""}
    with held(visit, "add", **said), db.session() as session:
        fresh_factor(visit, after=f"{HERE}#add")
        user, token = users.add(session, name, role=role, confined=confined, subject=subject)
    return page("token_made", visit, whose=user.name, secret=token, back=HERE, program=False)


@routes.post("/users/{user_id}/renew")
def renew(user_id: uuid.UUID, visit: WritesUsers, forget: Annotated[bool, Form()] = False) -> Response:
    """Give somebody a new token and show it once; what was open with the old one ends."""
    fresh_factor(visit, after=HERE)
    with db.session() as session:
        user = another(session, visit.user, user_id)
        token = users.renew(session, user.name, forget_factors=forget)
    return page("token_made", visit, whose=user.name, secret=token, back=HERE, program=False)


@routes.post("/users/{user_id}/end")
def end(user_id: uuid.UUID, visit: WritesUsers) -> Response:
    """End somebody's access."""
    fresh_factor(visit, after=HERE)
    with db.session() as session:
        users.remove(session, another(session, visit.user, user_id).name, by=visit.user.name)
    return to(HERE)


@routes.post("/users/{user_id}/confine")
def confine(user_id: uuid.UUID, visit: WritesUsers, confined: Annotated[bool, Form()] = False) -> Response:
    """Bound somebody to the incidents that they were let into, or end that."""
    fresh_factor(visit, after=HERE)
    with db.session() as session:
        roles.confine(session, another(session, visit.user, user_id), confined=confined, by=visit.user.name)
    return to(HERE)


@routes.post("/users/{user_id}/let-in")
def let_in(
    user_id: uuid.UUID, visit: WritesUsers, incident: Annotated[str, Form()] = "", role: Annotated[str, Form()] = ""
) -> Response:
    """Give somebody a role in one incident."""
    fresh_factor(visit, after=HERE)
    with db.session() as session:
        user = another(session, visit.user, user_id)
        roles.let_in(session, found(session, incident), user, role=role, by=visit.user.name)
    return to(HERE)


@routes.post("/users/access/{access_id}/end")
def let_out(access_id: uuid.UUID, visit: WritesUsers) -> Response:
    """End somebody's role in one incident."""
    fresh_factor(visit, after=HERE)
    with db.session() as session:
        roles.let_out(session, access_of(session, access_id), by=visit.user.name)
    return to(HERE)


def let(session: Session) -> dict[uuid.UUID, list[tuple[IncidentAccess, str]]]:
    """Return by user which roles they were given in which incidents."""
    asked = select(IncidentAccess, Incident.ref).join(Incident, col(Incident.id) == IncidentAccess.incident_id)
    given: dict[uuid.UUID, list[tuple[IncidentAccess, str]]] = {}
    for row, ref in session.exec(asked.where(col(IncidentAccess.ended_at).is_(None)).order_by(Incident.ref)).all():
        given.setdefault(row.user_id, []).append((row, ref))
    return given


def access_of(session: Session, access_id: uuid.UUID) -> IncidentAccess:
    """Return a role in one incident. Raises Missing where there is none."""
    row = session.get(IncidentAccess, access_id)
    if row is None:
        raise Missing("There is no such access.", "Choose one from the list.")
    return row


def another(session: Session, operator: User, user_id: uuid.UUID) -> User:
    """Return somebody else who has access. Raises Missing, or Forbidden for oneself: two people know of each change."""
    user = session.get(User, user_id)
    if user is None or user.removed_at is not None:
        raise Missing("Nobody here is that.", "Choose somebody from the list.")
    if user.id == operator.id:
        raise Forbidden("Nobody changes their own access.", "Ask another operator, or use the command line.")
    return user
