"""Small helpers of the scoping tests."""

from sqlmodel import Session, col, select

from forthwith import keys
from forthwith.scoping.reading import ROW, Sheet
from models import Incident, Person, PersonRecord, PersonSource


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
