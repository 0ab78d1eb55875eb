"""People of whom more is known now, or whose rows were moved, written back: sealed anew, counted anew."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.filling.codes import own_index
from forthwith.keys import DataKey
from forthwith.scoping import appending, copying
from forthwith.scoping.gathering import Subject
from forthwith.scoping.normalising.contact import email_key
from models import Incident, Person


def change(session: Session, incident: Incident, key: DataKey, subjects: Sequence[Subject]) -> None:
    """Replace what is known of people who are there already."""
    copying.change_people(session, [_row(incident, key, subject) for subject in subjects])


def add(session: Session, incident: Incident, key: DataKey, subject: Subject) -> None:
    """Add a person."""
    appending.copy(session, "person", copying.PERSON, [_row(incident, key, subject)])


def next_number(session: Session, incident: Incident) -> int:
    """Return the number of the next new person."""
    last = select(Person.number).where(Person.incident_id == incident.id).order_by(col(Person.number).desc())
    return (session.exec(last.limit(1)).first() or 0) + 1


def _row(incident: Incident, key: DataKey, subject: Subject) -> tuple[Any, ...]:
    """Return a person as copying.PERSON wants it: what is personal is sealed or blinded."""
    held = subject.record
    sealed = key.seal(subject.id, held.model_dump_json(exclude_defaults=True).encode())
    return (
        subject.id, clock.now(), incident.id, subject.number, subject.jurisdiction, subject.country or "unknown",
        subject.source, str(subject.age_class), subject.kind, subject.deceased, subject.language,
        list(subject.elements), list(subject.channels), subject.party_id, sealed, hashlib.sha256(sealed).hexdigest(),
        key.blind("email", email_key(held.emails[0])) if held.emails else None,
        own_index(key, subject.id), subject.moves, subject.changes,
    )  # fmt: skip
