"""Roles: one of a user's own, and more in single incidents. A confined user has these alone."""

import uuid
from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from forthwith import clock
from forthwith.timeline import record
from models import Incident, IncidentAccess, Refusal, User, UserRole


def checked(role: str) -> UserRole:
    """Return a role by its name. Raises Refusal where there is none."""
    if role not in set(UserRole):
        raise Refusal(f"There is no role {role!r}.", f"Choose one of: {', '.join(UserRole)}.")
    return UserRole(role)


def combined(user: User, given: Iterable[str]) -> frozenset[str]:
    """Return what a user is where these roles were given: besides their own, or instead of it if confined."""
    return frozenset(given) | (frozenset() if user.confined else {user.role})


def roles_in(session: Session, user: User, incident: Incident) -> frozenset[str]:
    """Return what a user is in an incident; nothing means that it does not exist for them."""
    return combined(user, session.exec(_standing(user.id).where(IncidentAccess.incident_id == incident.id)).all())


def given(session: Session, user: User) -> dict[uuid.UUID, frozenset[str]]:
    """Return the roles that a user was given in single incidents, by incident."""
    found: dict[uuid.UUID, set[str]] = {}
    rows = select(IncidentAccess.incident_id, IncidentAccess.role)
    for incident_id, role in session.exec(
        rows.where(IncidentAccess.user_id == user.id, col(IncidentAccess.ended_at).is_(None))
    ):
        found.setdefault(incident_id, set()).add(role)
    return {incident_id: frozenset(roles) for incident_id, roles in found.items()}


def visible(user: User, incident_id: uuid.UUID) -> list[ColumnElement[bool]]:
    """Return the conditions on a query's column of incidents: a confined user's list has only their own."""
    if not user.confined:
        return []
    let = select(IncidentAccess.incident_id).where(
        IncidentAccess.user_id == user.id, col(IncidentAccess.ended_at).is_(None)
    )
    return [col(incident_id).in_(let)]


def standing(session: Session, incident: Incident) -> list[tuple[User, IncidentAccess]]:
    """Return who was let into an incident and still is, by name."""
    found = select(User, IncidentAccess).join(IncidentAccess, col(IncidentAccess.user_id) == User.id)
    wanted = found.where(IncidentAccess.incident_id == incident.id, col(IncidentAccess.ended_at).is_(None))
    return list(session.exec(wanted.order_by(User.name, IncidentAccess.role)).all())


def let_in(session: Session, incident: Incident, user: User, *, role: str, by: str) -> IncidentAccess:
    """Give a user a role in an incident, with an entry; given twice it is one. Raises Refusal for an unknown role."""
    role = checked(role)
    for _, row in ((one, row) for one, row in standing(session, incident) if one.id == user.id):
        if row.role == role:
            return row
    row = IncidentAccess(incident_id=incident.id, user_id=user.id, role=role, granted_by=by)
    session.add(row)
    session.flush()
    _entered(session, row, user, by=by, verb="let_in", text=f"{user.name} was let in as {role}.")
    return row


def let_out(session: Session, row: IncidentAccess, *, by: str) -> None:
    """End a role in an incident, with an entry; nothing happens where it ended before."""
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by = clock.now(), by
    session.add(row)
    session.flush()
    user = session.get_one(User, row.user_id)
    _entered(session, row, user, by=by, verb="let_out", text=f"{user.name} is no longer {row.role} here.")


def let_out_everywhere(session: Session, user: User, *, by: str) -> None:
    """End every role that a user was given in single incidents."""
    rows = select(IncidentAccess).where(IncidentAccess.user_id == user.id, col(IncidentAccess.ended_at).is_(None))
    for row in session.exec(rows.order_by(col(IncidentAccess.incident_id))).all():
        let_out(session, row, by=by)


def confine(session: Session, user: User, *, confined: bool, by: str) -> None:
    """Bound a user to the incidents that they were let into, or end that; each of these gets an entry."""
    if user.confined == confined:
        return
    user.confined = confined
    session.add(user)
    session.flush()
    rows = select(IncidentAccess).where(IncidentAccess.user_id == user.id, col(IncidentAccess.ended_at).is_(None))
    told = "sees only incidents that they were let into" if confined else "sees all incidents"
    for row in {row.incident_id: row for row in session.exec(rows).all()}.values():
        _entered(session, row, user, by=by, verb="confined", text=f"{user.name} {told} from now on.")


def _standing(user_id: uuid.UUID) -> SelectOfScalar[str]:
    return select(IncidentAccess.role).where(IncidentAccess.user_id == user_id, col(IncidentAccess.ended_at).is_(None))


def _entered(session: Session, row: IncidentAccess, user: User, *, by: str, verb: str, text: str) -> None:
    record(
        session, row.incident_id, actor=by, verb=verb, object_type="user", object_id=user.id, text=text,
        data={"role": row.role, "confined": user.confined},
    )  # fmt: skip
