"""One incident on one page, its deliveries as they go, and a hand on them."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form
from sqlmodel import Session, col, func, select
from starlette.responses import Response

from forthwith import clock, db, dispatch, review, runs
from forthwith.review.four_eyes import own_words
from forthwith.timeline.deadlines import due
from forthwith.web import calendars
from forthwith.web.acting import tasks
from forthwith.web.chart import chart, same
from forthwith.web.counting import counts
from forthwith.web.finding import found
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsAll, WritesAnswer, WritesIncident
from models import Cohort, Entry, Evidence, Fact, Incident, Phase

PHASES = tuple(Phase)
GREAT = re.compile(r"\d{4,}")
routes = APIRouter()


@routes.get("/incidents/{ref}")
def one(ref: str, visit: ReadsAll) -> Response:
    """Show where an incident stands: who must act, clocks, people, deliveries, gate, facts, the last steps."""
    with db.session() as session:
        incident = found(session, ref)
        deadlines = due(session, incident)
        return page(
            "incident", visit, incident=incident, phases=PHASES, duties=same(deadlines),
            chart=chart(deadlines, clock.now()), tasks=tasks(session, incident, deadlines),
            gate=review.shown(session, incident), people=people_counts(session, incident),
            counts=counts(session, incident), facts=facts(session, incident),
            calendar=calendars.address(visit.user, incident.ref),
            evidence=session.exec(select(Evidence).where(Evidence.incident_id == incident.id)).all(),
            entries=session.exec(
                select(Entry).where(Entry.incident_id == incident.id).order_by(col(Entry.seq).desc()).limit(8)
            ).all(),
        )  # fmt: skip


@routes.get("/incidents/{ref}/progress")
def progress(ref: str, visit: ReadsAll) -> Response:
    """Return the deliveries alone, for a page that looks again by itself."""
    with db.session() as session:
        incident = found(session, ref)
        return page("progress", visit, incident=incident, counts=counts(session, incident))


@routes.get("/incidents/{ref}/deliveries")
def deliveries(ref: str, visit: ReadsAll) -> Response:
    """Show that scope = duties = attempts = outcomes, or the gap by name; what is held, in doubt, paused."""
    with db.session() as session:
        incident = found(session, ref)
        made = counts(session, incident)
        proof = GREAT.sub(lambda n: f"{int(n[0]):,}", dispatch.equality(made.status)) if made else ""
        return page("deliveries", visit, incident=incident, counts=made, proof=proof)


@routes.post("/incidents/{ref}/deliveries/pause")
def pause(ref: str, visit: WritesAnswer, reason: Annotated[str, Form()] = "") -> Response:
    """Stop all sending of an incident; what is on the wire is on its way."""
    words = own_words(reason, what="reason")
    with db.session() as session:
        dispatch.pause(session, found(session, ref), reason=words, actor=visit.user.name)
    return to(f"/incidents/{ref}/deliveries")


@routes.post("/incidents/{ref}/deliveries/resume")
def resume(ref: str, visit: WritesAnswer) -> Response:
    """Let sending go on."""
    with db.session() as session:
        dispatch.resume(session, found(session, ref), actor=visit.user.name)
    return to(f"/incidents/{ref}/deliveries")


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


def facts(session: Session, incident: Incident) -> dict[str, Fact]:
    """Return the newest of each fact, by name."""
    stated = select(Fact).where(Fact.incident_id == incident.id).order_by(col(Fact.created_at), col(Fact.id))
    newest = {fact.name: fact for fact in session.exec(stated)}
    return {name: newest[name] for name in sorted(newest)}
