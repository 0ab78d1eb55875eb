"""The stages of an incident as one table of verbs, imported when they are needed: a flow's process must start fast."""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from forthwith import db
from forthwith.settings import settings
from models import Incident

Verb = Callable[[Session, Incident, str], None]  # session, incident, actor


@dataclass(frozen=True)
class Stages:
    """What each phase does. The first five run inside one transaction each, the rest open their own."""

    scope: Verb
    assess: Verb
    draft: Verb
    missing: Callable[[Session, Incident], list[str]]  # what the gate still waits for; empty: open
    plan: Verb
    send: Callable[[uuid.UUID, int], int]  # incident, batch -> how many were handed over; 0: nothing is due
    reconcile: Callable[[uuid.UUID], None]
    report: Callable[[uuid.UUID], None]


def scope(session: Session, incident: Incident, _actor: str) -> None:
    """Form the cohorts of the people loaded so far."""
    from forthwith import scoping

    scoping.form_cohorts(session, incident)


def assess(session: Session, incident: Incident, actor: str) -> None:
    """Find the duties under every law."""
    from forthwith import assessment

    assessment.run(session, incident, actor=actor)


def draft(session: Session, incident: Incident, actor: str) -> None:
    """Word the notices that the duties demand."""
    from forthwith import drafting

    drafting.draft(session, incident, actor=actor)


def missing(session: Session, incident: Incident) -> list[str]:
    """Return what legal's gate still waits for, one line each."""
    from forthwith import review

    gate = review.gate(session, incident)
    return [] if gate.open else gate.missing or ["legal's decision"]


def plan(session: Session, incident: Incident, actor: str) -> None:
    """Write one delivery for each notice and recipient."""
    from forthwith import dispatch

    dispatch.plan(session, incident, actor=actor)


def send(incident_id: uuid.UUID, batch: int) -> int:
    """Send what is due, in several processes where it is more than a batch; return how many were settled."""
    from flows import lanes
    from flows.basis import unsent
    from forthwith import db, dispatch

    with db.session() as session:
        planned = unsent(session, session.get_one(Incident, incident_id))
    if lanes.LANES > 1 and planned > batch:
        return lanes.send(incident_id, batch)
    return dispatch.send(incident_id, batch=batch).taken


def reconcile(incident_id: uuid.UUID) -> None:
    """Ask the providers about what is in doubt."""
    from forthwith import dispatch

    dispatch.reconcile(incident_id)


def report(incident_id: uuid.UUID) -> None:
    """Write the signed timeline, as JSON to verify and CSV to read, into the incident's folder of `reports`."""
    from forthwith.timeline import export

    with db.session() as session:
        incident = session.get_one(Incident, incident_id)
        files = {"timeline.json": export.to_json(session, incident), "timeline.csv": export.to_csv(session, incident)}
    folder = settings().home / "reports" / incident.ref
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        part = folder / f".{name}.{os.getpid()}"
        part.write_bytes(content)
        part.replace(folder / name)


STAGES = Stages(
    scope=scope, assess=assess, draft=draft, missing=missing, plan=plan, send=send, reconcile=reconcile,
    report=report,
)  # fmt: skip
