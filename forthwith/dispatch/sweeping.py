"""Every minute: cut-off senders are put in doubt, the unreached get their next leg, and each gap is entered once."""

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from forthwith import db
from forthwith.dispatch.control import pauses
from forthwith.dispatch.legs import plan_next_legs
from forthwith.dispatch.meeting import mark_met
from forthwith.dispatch.reconciling import expire
from forthwith.dispatch.sequence import release
from forthwith.dispatch.status import gaps
from forthwith.dispatch.stops import hold_stopped
from forthwith.dispatch.valve import resting
from forthwith.timeline import record
from forthwith.timeline.record import canonical
from models import Delivery, DeliveryState, Entry, Incident, Phase

SWEPT = (Phase.NOTIFYING, Phase.MONITORING)


@dataclass(slots=True)
class SweepReport:
    """What a sweep found. `to_send` and `to_reconcile` are the incidents that need another run."""

    expired: int = 0
    next_legs: int = 0
    released: int = 0
    met: int = 0
    gaps: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    to_send: list[uuid.UUID] = field(default_factory=list)
    to_reconcile: list[uuid.UUID] = field(default_factory=list)


def sweep(now: datetime) -> SweepReport:
    """Look after every incident that is notifying or being watched. Each in a transaction of its own."""
    report = SweepReport()
    with db.session() as session:
        expired = expire(session)
        report.expired = sum(expired.values())
        found = select(Incident.id).where(col(Incident.phase).in_(SWEPT)).order_by(col(Incident.id))
        ids = sorted({*session.exec(found).all(), *expired})
    for incident_id in ids:
        with db.session() as session:
            _sweep_one(session, session.get_one(Incident, incident_id), now, report)
    return report


def _sweep_one(session: Session, incident: Incident, now: datetime, report: SweepReport) -> None:
    """Look after one incident."""
    report.released += release(session, incident.id)
    report.next_legs += plan_next_legs(session, incident)
    hold_stopped(session, incident)  # what a provider refused for a while waits again, and may be stopped meanwhile
    report.met += mark_met(session, incident.id)
    if found := gaps(session, incident):
        report.gaps[incident.ref] = found
    _enter(session, incident, found)
    shut = _shut(session, incident, now)
    if "" not in shut and _any(session, incident, DeliveryState.PLANNED, now, shut):
        report.to_send.append(incident.id)
    if _any(session, incident, DeliveryState.UNKNOWN, now):
        report.to_reconcile.append(incident.id)


def _shut(session: Session, incident: Incident, now: datetime) -> set[str]:
    """Return the channels by which nothing may go now: paused, or left alone for a while; '' where all are paused."""
    alone = {str(one["channel"]) for one in resting(session) if one["until"] > now}
    return alone | {one.channel for one in pauses(session, incident)}


def _any(
    session: Session, incident: Incident, state: DeliveryState, now: datetime, shut: Collection[str] = ()
) -> bool:  # fmt: skip
    """Return whether an incident has deliveries of a state that are due, by channels that aren't shut."""
    due = (col(Delivery.not_before).is_(None)) | (col(Delivery.not_before) <= now)
    found = select(Delivery.id).where(Delivery.incident_id == incident.id, Delivery.untold == state, due)
    found = found.where(col(Delivery.channel).not_in(shut)) if shut else found
    return session.exec(found.limit(1)).first() is not None


def _enter(session: Session, incident: Incident, found: Sequence[dict[str, Any]]) -> None:
    """Enter the gaps into the timeline when they are not those of the last entry."""
    digest = hashlib.sha256(canonical(list(found))).hexdigest()
    last = session.exec(
        select(Entry).where(Entry.incident_id == incident.id, Entry.verb == "gap").order_by(col(Entry.seq).desc())
    ).first()
    if (last.data.get("sha256") if last else hashlib.sha256(b"[]").hexdigest()) == digest:
        return
    people = sum(gap["people"] for gap in found)
    said = f"{len(found)} gaps, {people} people without a delivery or a reason" if found else "every gap is closed"
    record(
        session, incident.id, actor="dispatch", verb="gap", object_type="incident", object_id=incident.id,
        text=said, data={"gaps": list(found), "sha256": digest},
    )  # fmt: skip
