"""Incidents and the facts of one, for programs."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlmodel import Session, col, select

from forthwith import db, dispatch, runs
from forthwith.access.roles import visible
from forthwith.access.tokens import Bearer
from forthwith.detection import close_incident, open_incident
from forthwith.detection.facts import state
from forthwith.timeline.known import current
from forthwith.web.acting import tasks
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.words import MOST, PAGE, Anything, Asked, Line, Reason, Ref, Told
from models import Fact, Incident, Phase

routes = APIRouter(tags=["incidents"])
Reads = Annotated[Bearer, Depends(Scoped("read"))]
Responds = Annotated[Bearer, Depends(Scoped("respond"))]


class IncidentTold(Told):
    """One incident."""

    ref: str = Field(description="What it is called by, such as 2026-001.")
    title: str
    phase: str = Field(description="detected scoping assessing drafting in_review notifying monitoring closed")
    drill: bool
    opened_by: str
    created_at: datetime = Field(description="UTC.")
    aware_at: datetime | None = Field(description="The legal awareness that starts most clocks, UTC.")
    closed_at: datetime | None
    scope_version: int = Field(description="Rises with every change of who is affected.")


class Waits(Told):
    """One thing that waits for somebody."""

    who: str = Field(description="The role that must act.")
    what: str
    blocks: bool = Field(description="Whether notices can't leave before it is done.")


class IncidentShown(IncidentTold):
    """One incident with what waits in it."""

    tasks: list[Waits]


class IncidentPage(Told):
    """Incidents, the newest number first."""

    incidents: list[IncidentTold]
    before: str | None = Field(description="Ask with this for the next page; nothing: there is none.")


class Opened(Asked):
    """A new incident."""

    title: Line = Field(description="What happened, on one line of up to 200 characters. It must name no person.")
    drill: bool = False
    facts: dict[Line, Anything] = Field(default={}, max_length=200, description="By dotted name, as in a facts file.")


class Closed(Asked):
    """The end of an incident."""

    reason: Reason | None = None


class FactTold(Told):
    """One thing that is known."""

    name: str = Field(description="A dotted path of the facts file, such as breach.cause.")
    value: Any
    known_at: datetime
    stated_by: str
    reason: str | None


class Stated(Asked):
    """Facts to state; the newest value of each counts, and null takes one back."""

    facts: dict[Line, Anything] = Field(min_length=1, max_length=200)
    reason: Reason | None = None


class Started(Told):
    """A run of the incident's flow."""

    run: str = Field(description="The run's id in Prefect.")


@routes.get("/incidents")
def listing(
    asks: Reads, before: Annotated[str, Query(max_length=40, pattern=r"^[\w-]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE, closed: bool = False,
) -> IncidentPage:  # fmt: skip
    """List the incidents that this token's user sees, the newest number first. `closed`: with those that are closed."""
    wanted = select(Incident).where(*visible(asks.user, Incident.id))
    wanted = wanted if closed else wanted.where(Incident.phase != Phase.CLOSED)
    wanted = wanted.where(Incident.ref < before) if before else wanted
    with db.session() as session:
        rows = session.exec(wanted.order_by(col(Incident.ref).desc()).limit(limit)).all()
        told = [IncidentTold.model_validate(row) for row in rows]
    return IncidentPage(incidents=told, before=told[-1].ref if len(told) == limit else None)


@routes.post("/incidents", status_code=201)
def open_one(asks: Responds, body: Opened) -> IncidentTold:
    """Open an incident, and state what is known of it."""
    with db.session() as session:
        incident = open_incident(session, title=body.title, actor=asks.user.name, drill=body.drill)
        state(session, incident, body.facts, by=asks.user.name)
        session.flush()
        return IncidentTold.model_validate(incident)


@routes.get("/incidents/{ref}")
def one(ref: Ref, asks: Reads) -> IncidentShown:  # noqa: ARG001 - the guard itself
    """Show one incident, and what waits for whom in it."""
    from forthwith.timeline.deadlines import due

    with db.session() as session:
        incident = found(session, ref)
        waits = [Waits.model_validate(one) for one in tasks(session, incident, due(session, incident))]
        return IncidentShown(**IncidentTold.model_validate(incident).model_dump(), tasks=waits)


@routes.post("/incidents/{ref}/respond", status_code=202)
def respond(ref: Ref, asks: Responds) -> Started:  # noqa: ARG001 - the guard itself
    """Start the incident's flow, or find it running: it stops by itself at legal's gate."""
    with db.session() as session:
        ident = found(session, ref).id
    return Started(run=runs.start(ident))


@routes.post("/incidents/{ref}/close")
def close(ref: Ref, asks: Responds, body: Closed) -> IncidentTold:
    """Close an incident. Refused while anybody is still to be told, or a delay is unexplained."""
    with db.session() as session:
        incident = found(session, ref)
        gaps = dispatch.status(session, incident)["gaps"]
        close_incident(session, incident, actor=asks.user.name, gaps=gaps, reason=body.reason)
        session.flush()
        return IncidentTold.model_validate(incident)


@routes.get("/incidents/{ref}/facts", tags=["facts"])
def facts(ref: Ref, asks: Reads) -> list[FactTold]:  # noqa: ARG001 - the guard itself
    """List what is known, the newest value of each fact, by name."""
    with db.session() as session:
        return _facts(session, found(session, ref))


@routes.post("/incidents/{ref}/facts", tags=["facts"])
def state_facts(ref: Ref, asks: Responds, body: Stated) -> list[FactTold]:
    """State facts, or correct them; all or none. What is known already is not said twice."""
    with db.session() as session:
        rows = state(session, found(session, ref), body.facts, by=asks.user.name, reason=body.reason)
        return [_told(row) for row in rows]


def _facts(session: Session, incident: Incident) -> list[FactTold]:
    return [_told(fact) for _, fact in sorted(current(session, incident).items())]


def _told(fact: Fact) -> FactTold:
    return FactTold.model_validate(fact)
