"""What is slow to count, counted aside: a page of a million people shows the newest count and when it was made.

Few people are counted at once. Many are counted in a thread of its own, one at a time an incident, and never more
often than each few seconds, nor than a fifth of the time may be spent on it: the page never waits.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

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


Place = tuple[uuid.UUID, str]
_known: dict[Place, tuple[float, Any]] = {}  # until when it stands, and what was found
_under_way: set[Place] = set()
_lock = threading.Lock()
log = logging.getLogger("forthwith.web")
T = TypeVar("T")


def counts(session: Session, incident: Incident) -> Counts | None:
    """Return the newest counts; None while those of many people are made for the first time."""
    return aside(session, incident, "counts", counted)


def aside(session: Session, incident: Incident, what: str, make: Callable[[Session, Incident], T]) -> T | None:
    """Return what `make` finds: at once for few people, else as it was found lately; None the first time."""
    if _people(session, incident) <= AT_ONCE:
        return make(session, incident)
    place = (incident.id, what)
    until, found = _known.get(place, (0.0, None))
    if time.monotonic() > until:
        _begin(place, make)
    return cast(T | None, found)


def counted(session: Session, incident: Incident) -> Counts:
    """Count now."""
    return Counts(delivery_counts(session, incident), dispatch.status(session, incident), clock.now())


def _people(session: Session, incident: Incident) -> int:
    total = select(func.coalesce(func.sum(Cohort.count), 0)).where(Cohort.incident_id == incident.id)
    return int(session.exec(total).one())


def _begin(place: Place, make: Callable[[Session, Incident], Any]) -> None:
    """Begin to find something out, unless somebody does."""
    with _lock:
        if place in _under_way:
            return
        _under_way.add(place)
    threading.Thread(target=find, args=(place, make), daemon=True, name="counting").start()


def find(place: Place, make: Callable[[Session, Incident], Any]) -> None:
    """Find something out, and keep it."""
    begun = time.monotonic()
    try:
        with db.session() as session:
            found = make(session, session.get_one(Incident, place[0]))
        ended = time.monotonic()
        _known[place] = (ended + max(FRESH, REST * (ended - begun)), found)
    except Exception as failure:  # only its kind: a message may hold somebody's data
        log.error("%s while %s were counted", type(failure).__name__, place[1])
    finally:
        _under_way.discard(place)


def delivery_counts(session: Session, incident: Incident) -> dict[str, dict[str, int]]:
    """Return deliveries by medium and state."""
    found = select(Delivery.medium, Delivery.state, func.count()).where(Delivery.incident_id == incident.id)
    table: dict[str, dict[str, int]] = {}
    for medium, state, count in session.exec(found.group_by(Delivery.medium, Delivery.state)).all():
        table.setdefault(medium, {})[state] = count
    return table
