"""Is a code one of a notice that we really sent?"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from forthwith import dispatch, keys
from forthwith.filling.codes import code_index, normal_code
from models import Incident, Person, Refusal


@dataclass(frozen=True, slots=True)
class Real:
    """What a holder of a code is told. Nothing of the person."""

    learned_at: datetime
    media: list[str]
    sent_at: datetime | None
    drill: bool


def real(session: Session, typed: str) -> Real | None:
    """Return what is known of the notice with this code, or None: unknown, ill-formed, or never sent."""
    person = holder(session, typed)
    return _sent(session, person) if person else None


def holder(session: Session, typed: str) -> Person | None:
    """Return whose notice has this code, or None: unknown, ill-formed, or never sent."""
    try:
        code = normal_code(typed)
    except Refusal:
        return None
    people = session.exec(select(Person).where(col(Person.code_index).in_(_indexes(session, code)))).all()
    return next((person for person in people if dispatch.left_for(session, person)), None)


def _indexes(session: Session, code: str) -> list[str]:
    """Return what the code is stored as in each incident whose key still exists."""
    held = select(Incident).where(col(Incident.wrapped_key).is_not(None))
    return [index for incident in session.exec(held) if (index := _index(incident, code))]


def _index(incident: Incident, code: str) -> str:
    """Return the code's index under one incident's key; a key that can't be opened now has no part in it."""
    try:
        return code_index(keys.unwrap(incident.id, incident.wrapped_key), code)
    except Refusal:
        return ""


def _sent(session: Session, person: Person) -> Real:
    """Return what left for a person."""
    deliveries = dispatch.left_for(session, person)
    incident = session.get_one(Incident, person.incident_id)
    return Real(
        learned_at=incident.aware_at or incident.created_at, drill=incident.drill,
        media=sorted({one.medium for one in deliveries}),
        sent_at=dispatch.sent_at(session, deliveries),
    )  # fmt: skip
