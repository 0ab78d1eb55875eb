"""People who are alike to the law and to the words form a cohort: law and wording are worked out once for each."""

import hashlib
import uuid
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from forthwith.scoping.expiring import forget
from forthwith.timeline.record import canonical
from models import Cohort, Incident

TRAITS = ("jurisdiction", "country", "elements", "age_class", "kind", "language", "channels", "party_id", "deceased")
NAMES = ", ".join(TRAITS)
COUNT = text(
    f"select {NAMES}, count(*) from person where incident_id = :incident and removed_at is null"
    f" group by {NAMES} order by {NAMES}"
)
# equality, not `is not distinct from`: only that can be hashed, and there may be millions of people
SAME = " and ".join(f"person.{name} = cohort.{name}" for name in TRAITS if name != "party_id")
ASSIGN = text(
    "update person set cohort_id = cohort.id from cohort"
    " where person.incident_id = :incident and cohort.incident_id = :incident and cohort.count > 0"
    " and person.removed_at is null"
    f" and {SAME} and coalesce(person.party_id, :none) = coalesce(cohort.party_id, :none)"
    " and person.cohort_id is distinct from cohort.id"
)
FORGET = text(
    "delete from cohort where incident_id = :incident and count = 0"
    " and not exists (select 1 from obligation_cohort o where o.cohort_id = cohort.id)"
    " and not exists (select 1 from notice_cohort n where n.cohort_id = cohort.id)"
)


def fingerprint(traits: dict[str, Any]) -> str:
    """Return the hash by which a cohort is found again."""
    plain = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in traits.items()}
    return hashlib.sha256(canonical(plain)).hexdigest()


def form_cohorts(session: Session, incident: Incident) -> int:
    """Put each person in scope into the cohort of their like, and count them. Returns how many cohorts have people."""
    session.flush()
    known = {row.fingerprint: row for row in session.exec(select(Cohort).where(Cohort.incident_id == incident.id))}
    for cohort in known.values():
        cohort.count = 0
    counted = session.execute(COUNT, {"incident": incident.id}).all()
    for *values, count in counted:
        traits = dict(zip(TRAITS, values, strict=True))
        mark = fingerprint(traits)
        cohort = known.get(mark) or Cohort(incident_id=incident.id, fingerprint=mark, **traits)
        cohort.count = count
        session.add(cohort)
    session.flush()
    # rows that were loaded just now are unknown to the planner, which would compare all with all
    session.execute(text("set local enable_nestloop = off"))
    session.execute(ASSIGN, {"incident": incident.id, "none": uuid.UUID(int=0)})
    session.execute(text("set local enable_nestloop = on"))
    session.execute(FORGET, {"incident": incident.id})
    forget(session)
    return len(counted)
