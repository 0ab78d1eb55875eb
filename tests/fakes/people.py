"""Affected people for tests that need some, sealed as scoping seals them."""

import hashlib

from sqlmodel import Session

from forthwith import keys
from models import Cohort, Evidence, Incident, Person, PersonRecord, Quarantine, new_id


def add_people(session: Session, incident: Incident, count: int, jurisdiction: str = "DE", **fields: object) -> Cohort:
    """Add `count` people of one cohort, each with a sealed record that names them."""
    key = keys.unwrap(incident.id, incident.wrapped_key)
    cohort = Cohort(
        incident_id=incident.id, fingerprint=f"{jurisdiction} {fields}", jurisdiction=jurisdiction,
        country=jurisdiction[:2], elements=["name", "ssn"], count=count, **fields,
    )  # fmt: skip
    session.add(cohort)
    session.flush()
    for number in range(count):
        ident = new_id()
        record = PersonRecord(name=f"Ada Lovelace {number}", emails=[f"ada{number}@example.com"])
        sealed = key.seal(ident, record.model_dump_json().encode())
        session.add(
            Person(
                id=ident,
                incident_id=incident.id,
                number=_next(session, incident),
                jurisdiction=jurisdiction,
                country=jurisdiction[:2],
                cohort_id=cohort.id,
                sealed=sealed,
                sealed_sha256=hashlib.sha256(sealed).hexdigest(),
                email_index=key.blind("email", f"ada{number}"),
                code_index=key.blind("verify", str(number)),
            )
        )
        session.flush()
    return cohort


def _next(session: Session, incident: Incident) -> int:
    from sqlmodel import func, select

    return session.exec(select(func.count()).where(Person.incident_id == incident.id)).one() + 1


def add_quarantined(session: Session, incident: Incident, row: int = 0) -> Quarantine:
    """Add one row that could not become a person, sealed."""
    key = keys.unwrap(incident.id, incident.wrapped_key)
    evidence = Evidence(
        incident_id=incident.id, name="customers.csv", sha256=str(row), size=1, media_type="text/csv",
        handed_in_by="ana",
    )  # fmt: skip
    session.add(evidence)
    session.flush()
    sealed = key.seal(evidence.id, b"Ada Lovelace;;;")
    made = Quarantine(incident_id=incident.id, evidence_id=evidence.id, row=row, reason="no address", sealed=sealed)
    session.add(made)
    session.flush()
    return made
