"""What is slow to count, counted aside: a page of a million people shows the newest count and when it was made.

Few people are counted at once. Many are counted in a thread of its own, one at a time an incident, and never more
often than each few seconds, nor than a fifth of the time may be spent on it: the page never waits.
"""

import threading
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, func, select

from forthwith import clock, db, dispatch
from models import Cohort, Delivery, Incident

AT_ONCE = 2_000  # people up to whom a page counts for itself
FRESH = 4.0  # seconds
REST = 5  # as long as a count took, so many times it stands


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries by medium and state, and what `dispatch.status` says; `at`: when it was counted."""

    by_medium: dict[str, dict[str, int]]
    status: dict[str, Any]
    at: datetime


_known: dict[uuid.UUID, tuple[float, Counts]] = {}  # until when it stands, and what was counted
_under_way: set[uuid.UUID] = set()
_lock = threading.Lock()


def counts(session: Session, incident: Incident) -> Counts | None:
    """Return the newest counts; None while those of many people are made for the first time."""
    if _people(session, incident) <= AT_ONCE:
        return counted(session, incident)
    made = _known.get(incident.id)
    if made is None or time.monotonic() > made[0]:
        _begin(incident.id)
    return made[1] if made else None


def counted(session: Session, incident: Incident) -> Counts:
    """Count now."""
    return Counts(delivery_counts(session, incident), dispatch.status(session, incident), clock.now())


def _people(session: Session, incident: Incident) -> int:
    total = select(func.coalesce(func.sum(Cohort.count), 0)).where(Cohort.incident_id == incident.id)
    return int(session.exec(total).one())


def _begin(incident_id: uuid.UUID) -> None:
    """Begin to count, unless somebody does."""
    with _lock:
        if incident_id in _under_way:
            return
        _under_way.add(incident_id)
    threading.Thread(target=_count, args=(incident_id,), daemon=True, name="counting").start()


def _count(incident_id: uuid.UUID) -> None:
    begun = time.monotonic()
    try:
        with db.session() as session:
            made = counted(session, session.get_one(Incident, incident_id))
        ended = time.monotonic()
        _known[incident_id] = (ended + max(FRESH, REST * (ended - begun)), made)
    finally:
        _under_way.discard(incident_id)


def delivery_counts(session: Session, incident: Incident) -> dict[str, dict[str, int]]:
    """Return deliveries by medium and state."""
    found = select(Delivery.medium, Delivery.state, func.count()).where(Delivery.incident_id == incident.id)
    table: dict[str, dict[str, int]] = {}
    for medium, state, count in session.exec(found.group_by(Delivery.medium, Delivery.state)).all():
        table.setdefault(medium, {})[state] = count
    return table
