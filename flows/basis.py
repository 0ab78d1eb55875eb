"""What the present duties and wordings rest on. When that changes, the incident goes back a stage.

Facts, people and law lead back to scoping; a decision on a duty, an objection of legal or a changed template only to
drafting. The basis is written in the transaction that used it, so nothing that came later is ever taken as used.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from forthwith.approval import template_sha256
from forthwith.approval.hashes import LAWS
from forthwith.settings import settings
from forthwith.timeline.record import stamp
from models import Decision, Delivery, DeliveryState, Fact, Incident, Obligation, Phase, Variant

ASSESSED = (Phase.ASSESSING, Phase.DRAFTING, Phase.IN_REVIEW, Phase.NOTIFYING, Phase.MONITORING)
UNSENT = (Phase.ASSESSING, Phase.DRAFTING, Phase.IN_REVIEW, Phase.NOTIFYING)


def of_assessment(session: Session, incident: Incident) -> dict[str, Any]:
    """Return what an assessment rests on: facts, people, law."""
    session.refresh(incident, ["scope_version"])
    stated = select(func.count(), func.max(col(Fact.created_at))).where(Fact.incident_id == incident.id)
    count, last = session.exec(stated).one()
    return {"facts": f"{count} {_stamp(last)}", "people": incident.scope_version, "law": law_now()}


def of_wording(session: Session, incident: Incident) -> dict[str, Any]:
    """Return what the wordings rest on besides: the duties that count, legal's last objection, the templates."""
    duties = session.exec(
        select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.current))
    ).all()
    listed = "\n".join(sorted(f"{duty.id} {duty.effective}" for duty in duties))
    objection = select(func.max(col(Decision.created_at))).where(
        Decision.incident_id == incident.id, Decision.verdict != "approve"
    )
    return {
        "duties": hashlib.sha256(listed.encode()).hexdigest(),
        "objection": _stamp(session.exec(objection).one()),
        "templates": _templates(session, incident),
    }


def step_back(session: Session, incident: Incident) -> Phase | None:
    """Return the phase that a change since sends the incident back to, or None."""
    phase, now = Phase(incident.phase), of_assessment(session, incident)
    told_of = ("facts", "people", "law") if phase in UNSENT else ("facts", "people")
    if phase in ASSESSED and _differ(incident, now, told_of):
        return Phase.SCOPING
    if phase == Phase.IN_REVIEW and _differ(
        incident, of_wording(session, incident), ("duties", "objection", "templates")
    ):
        return Phase.DRAFTING
    return None


def unsent(session: Session, incident: Incident) -> int:
    """Return how many deliveries are planned and have not left."""
    waiting = select(func.count()).where(Delivery.incident_id == incident.id, Delivery.untold == DeliveryState.PLANNED)
    return session.exec(waiting).one()


def law_now() -> str:
    """Return one hash over every law's record, and what records share, as it stands on disk."""
    files = (path for root in (LAWS, *settings().laws) for path in root.rglob("*.yaml"))
    found = sorted(path for path in files if path.name != "cases.yaml")
    return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in found)).hexdigest()


def _templates(session: Session, incident: Incident) -> str:
    spoken = select(Variant.language).where(Variant.incident_id == incident.id, col(Variant.current)).distinct()
    return " ".join(template_sha256(language) for language in sorted(session.exec(spoken).all()))


def _stamp(at: datetime | None) -> str:
    """Return an instant the same way on every machine, whatever its time zone."""
    return stamp(at.astimezone(UTC)) if at else "none"


def _differ(incident: Incident, now: dict[str, Any], names: tuple[str, ...]) -> bool:
    return any(incident.basis.get(name) != now[name] for name in names)
