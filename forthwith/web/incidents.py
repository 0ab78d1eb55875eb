"""The list of incidents, and one incident on one page."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session, col, func, select
from starlette.responses import Response

from forthwith import db, review, runs
from forthwith.access.roles import visible
from forthwith.timeline.deadlines import due
from forthwith.web.failures import no_incident
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsAll, ReadsOwn, WritesIncident
from models import Cohort, Delivery, Entry, Evidence, Fact, Incident, Phase

PHASES = tuple(Phase)
routes = APIRouter()


def found(session: Session, ref: str) -> Incident:
    """Return the incident called `ref`. Raises Missing where there is none."""
    incident = session.exec(select(Incident).where(Incident.ref == ref)).first()
    if incident is None:
        raise no_incident()
    return incident


@routes.get("/incidents")
def listing(visit: ReadsOwn) -> Response:
    """Show every incident that one may see, with its phase and its next deadline."""
    with db.session() as session:
        may_see = select(Incident).where(*visible(visit.user, Incident.id))
        newest = session.exec(may_see.order_by(col(Incident.created_at).desc())).all()
        nearest: dict[str, Any] = {}
        for deadline in due(session):
            if deadline.due_at and not deadline.met_at:
                nearest.setdefault(deadline.incident, deadline)
    return page("incidents", visit, incidents=newest, nearest=nearest)


@routes.get("/incidents/{ref}")
def one(ref: str, visit: ReadsAll) -> Response:
    """Show where an incident stands: phase, clocks, people, deliveries, gate, the last steps."""
    with db.session() as session:
        incident = found(session, ref)
        return page(
            "incident", visit, incident=incident, phases=PHASES, deadlines=due(session, incident),
            gate=review.gate(session, incident), people=people_counts(session, incident),
            deliveries=delivery_counts(session, incident), facts=facts(session, incident),
            evidence=session.exec(select(Evidence).where(Evidence.incident_id == incident.id)).all(),
            entries=session.exec(
                select(Entry).where(Entry.incident_id == incident.id).order_by(col(Entry.seq).desc()).limit(12)
            ).all(),
        )  # fmt: skip


@routes.post("/incidents/{ref}/respond")
def respond(ref: str, visit: WritesIncident) -> Response:  # noqa: ARG001 - the guard itself
    """Start the incident's flow, or find it running: it stops by itself at legal's gate."""
    with db.session() as session:
        incident = found(session, ref)
    runs.start(incident.id)
    return to(f"/incidents/{incident.ref}")


def people_counts(session: Session, incident: Incident) -> Sequence[tuple[str, int]]:
    """Return how many people live where, the most first."""
    total = func.sum(Cohort.count)
    counted = select(Cohort.jurisdiction, total).where(Cohort.incident_id == incident.id)
    rows = session.exec(counted.group_by(Cohort.jurisdiction).order_by(total.desc(), Cohort.jurisdiction)).all()
    return [(place, int(count)) for place, count in rows if count]


def delivery_counts(session: Session, incident: Incident) -> dict[str, dict[str, int]]:
    """Return deliveries by medium and state."""
    counted = select(Delivery.medium, Delivery.state, func.count()).where(Delivery.incident_id == incident.id)
    table: dict[str, dict[str, int]] = {}
    for medium, state, count in session.exec(counted.group_by(Delivery.medium, Delivery.state)).all():
        table.setdefault(medium, {})[state] = count
    return table


def facts(session: Session, incident: Incident) -> dict[str, Fact]:
    """Return the newest of each fact, by name."""
    stated = select(Fact).where(Fact.incident_id == incident.id).order_by(col(Fact.created_at), col(Fact.id))
    newest = {fact.name: fact for fact in session.exec(stated)}
    return {name: newest[name] for name in sorted(newest)}
