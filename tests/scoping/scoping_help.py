"""Small helpers of the scoping tests."""

import uuid
from typing import Any

from sqlmodel import Session, col, select

from forthwith import keys
from forthwith.scoping.reading import ROW, Sheet
from models import Delivery, Incident, Notice, Person, PersonRecord, PersonSource, new_id


def rows_of(sheet: Sheet) -> list[list[str | None]]:
    """Return a sheet's rows without their numbers."""
    return [list(row) for row in sheet.frame.drop(ROW).iter_rows()]


def people_of(session: Session, incident: Incident) -> list[tuple[Person, PersonRecord]]:
    """Return an incident's people, opened."""
    key = keys.unwrap(incident.id, incident.wrapped_key)
    found = session.exec(select(Person).where(Person.incident_id == incident.id).order_by(col(Person.number)))
    return [(p, PersonRecord.model_validate_json(key.open(p.id, p.sealed or b""))) for p in found]


def reasons(session: Session, incident: Incident) -> list[str]:
    """Return why each row was held to be its person's, in the order of the rows."""
    found = (
        select(PersonSource)
        .where(PersonSource.incident_id == incident.id)
        .order_by(col(PersonSource.created_at), col(PersonSource.row))
    )
    return [row.reason for row in session.exec(found)]


def notice_of(session: Session, incident: Incident) -> uuid.UUID:
    """Return a notice that deliveries can be hung on."""
    made = Notice(incident_id=incident.id, key=new_id().hex, title="x", audience="individuals", media=["email"])
    session.add(made)
    session.flush()
    return made.id


def delivery(session: Session, incident: Incident, notice: uuid.UUID, person: Person, **what: Any) -> Delivery:
    made = Delivery(
        incident_id=incident.id, notice_id=notice, recipient_kind="person", recipient_id=person.id,
        medium=what.pop("medium", "email"), channel="outbox", **what,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
