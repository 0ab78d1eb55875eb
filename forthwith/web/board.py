"""The board: what is open, what is due next, who must act, and what blocks."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from sqlmodel import Session, col, select
from starlette.responses import Response

from forthwith import clock, db
from forthwith.access.roles import combined, given, visible
from forthwith.timeline.deadlines import Deadline, due
from forthwith.web import calendars
from forthwith.web.acting import Task, tasks
from forthwith.web.frame import page
from forthwith.web.guards import ReadsOwn
from models import Incident, Phase, User

CLOSED_AT_ONCE = 50
routes = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """One open incident on the board."""

    incident: Incident
    next: Deadline | None  # the nearest that is not met
    late: int
    tasks: list[Task]
    roles: frozenset[str]  # what who looks is in this incident

    @property
    def mine(self) -> dict[str, list[Task]]:
        """What waits, by who must act."""
        found: dict[str, list[Task]] = {}
        for task in self.tasks:
            found.setdefault(task.who, []).append(task)
        return found


@routes.get("/incidents")
def board(visit: ReadsOwn, before: str = "") -> Response:
    """Show every open incident, the nearest deadline first, and the closed ones a page at a time."""
    with db.session() as session:
        lines = _lines(session, _open(session, visit.user), visit.user)
        closed = _closed(session, visit.user, before)
    more = closed[-1].ref if len(closed) == CLOSED_AT_ONCE else ""
    calendar = "" if visit.user.confined else calendars.address(visit.user)  # one address would tell of all
    return page("incidents", visit, lines=lines, closed=closed, more=more, calendar=calendar)


def _open(session: Session, user: User) -> Sequence[Incident]:
    found = select(Incident).where(Incident.phase != Phase.CLOSED, *visible(user, Incident.id))
    return session.exec(found.order_by(col(Incident.created_at).desc())).all()


def _closed(session: Session, user: User, before: str) -> Sequence[Incident]:
    found = select(Incident).where(Incident.phase == Phase.CLOSED, *visible(user, Incident.id))
    found = found.where(Incident.ref < before) if before else found
    return session.exec(found.order_by(col(Incident.ref).desc()).limit(CLOSED_AT_ONCE)).all()


def _lines(session: Session, incidents: Sequence[Incident], user: User) -> list[Line]:
    """Return the lines, the nearest deadline first, then those without one, the newest first."""
    by_ref: dict[str, list[Deadline]] = {}
    for deadline in due(session):
        by_ref.setdefault(deadline.incident, []).append(deadline)
    roles = given(session, user)
    lines = [
        _line(session, incident, by_ref.get(incident.ref, []), combined(user, roles.get(incident.id, ())))
        for incident in incidents
    ]
    far = clock.now().max.replace(tzinfo=clock.now().tzinfo)
    return sorted(lines, key=lambda line: (line.next.due_at or far) if line.next else far)


def _line(session: Session, incident: Incident, deadlines: list[Deadline], roles: frozenset[str]) -> Line:
    unmet = [one for one in deadlines if not one.met_at]
    nearest = next((one for one in unmet if one.due_at), None)
    return Line(incident, nearest, sum(one.late for one in unmet), tasks(session, incident, deadlines), roles)
