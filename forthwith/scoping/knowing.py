"""The people whom an incident has already, opened for merging with a later load."""

import uuid
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Row, select, text
from sqlmodel import Session, col

from forthwith.keys import DataKey
from forthwith.scoping.gathering import Subject
from models import Incident, Person, PersonRecord

HELD = text("select distinct recipient_id from delivery where incident_id = :incident and recipient_kind = 'person'")


def known_people(session: Session, incident: Incident, key: DataKey) -> Iterator[Subject]:
    """Yield the incident's people by number, with their records open."""
    session.flush()
    columns = [col(getattr(Person, name)) for name in Person.model_fields]
    found = select(*columns).where(col(Person.incident_id) == incident.id).order_by(col(Person.number))
    for person in session.execute(found):
        if person.sealed is not None:
            yield opened(person, key)


def opened(person: Row[Any] | Person, key: DataKey) -> Subject:
    """Return one person open."""
    record = PersonRecord.model_construct(**orjson.loads(key.open(person.id, person.sealed or b"")))
    return Subject(
        id=person.id, number=person.number, record=record, jurisdiction=person.jurisdiction,
        country="" if person.country == "unknown" else person.country,
        source=person.jurisdiction_source, age_class=person.age_class, kind=person.kind, deceased=person.deceased,
        language=person.language, elements=tuple(person.elements), channels=tuple(person.channels),
        party_id=person.party_id, moves=person.moves, changes=person.changes,
        removed=person.removed_at is not None,
    )  # fmt: skip


def held_people(session: Session, incident: Incident) -> set[uuid.UUID]:
    """Return who has a delivery already, planned or sent: nobody may take such a person away."""
    return set(session.execute(HELD, {"incident": incident.id}).scalars())
