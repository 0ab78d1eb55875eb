"""People who are alike to the law and to the words form a cohort: law and wording are worked out once for each."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from forthwith.scoping import appending
from forthwith.scoping.expiring import forget
from forthwith.timeline.record import canonical
from models import Cohort, Incident, new_id, utc_now

TRAITS = ("jurisdiction", "country", "elements", "age_class", "kind", "language", "channels", "party_id", "deceased")
NAMES = ", ".join(TRAITS)
COUNT = text(
    f"select {NAMES}, count(*) people from person where incident_id = :incident and removed_at is null"
    f" group by {NAMES} order by {NAMES}"
)
COHORT = {
    "id": "uuid", "created_at": "timestamptz", "incident_id": "uuid", "fingerprint": "varchar",
    "jurisdiction": "varchar", "country": "varchar", "elements": "varchar[]", "age_class": "varchar", "kind": "varchar",
    "language": "varchar", "channels": "varchar[]", "party_id": "uuid", "deceased": "bool", "count": "int4",
}  # fmt: skip
# equality, not `is not distinct from`: only that can be hashed, and there may be millions of people
SAME = " and ".join(f"person.{name} = cohort.{name}" for name in TRAITS if name != "party_id")
ASSIGN = text(
    "update person set cohort_id = cohort.id from cohort"
    " where person.incident_id = :incident and cohort.incident_id = :incident and cohort.count > 0"
    " and person.removed_at is null"
    f" and {SAME} and coalesce(person.party_id, :none) = coalesce(cohort.party_id, :none)"
    " and person.cohort_id is distinct from cohort.id"
)
RECOUNT = text(
    "update cohort set count = coalesce(told.count, 0) from cohort held"
    " left join unnest(cast(:marks as varchar[]), cast(:counts as int[])) told(mark, count)"
    " on told.mark = held.fingerprint where held.id = cohort.id and cohort.incident_id = :incident"
)
FORGET = text(
    "delete from cohort where incident_id = :incident and count = 0"
    " and not exists (select 1 from obligation_cohort o where o.cohort_id = cohort.id)"
    " and not exists (select 1 from notice_cohort n where n.cohort_id = cohort.id)"
)


def fingerprint(traits: Mapping[str, Any]) -> str:
    """Return the hash by which a cohort is found again: of its traits, whatever else is told of it."""
    plain = {name: str(at) if isinstance(at := traits[name], uuid.UUID) else at for name in TRAITS}
    return hashlib.sha256(canonical(plain)).hexdigest()


def form_cohorts(session: Session, incident: Incident) -> int:
    """Put each person in scope into the cohort of their like, and count them. Returns how many cohorts have people."""
    session.flush()
    # with the usual 4 MB the database sorts millions of people on disk before it counts them
    session.execute(text("set local work_mem = '64MB'"))
    told = {fingerprint(row._asdict()): row for row in session.execute(COUNT, {"incident": incident.id})}
    counts = [row.people for row in told.values()]
    session.execute(RECOUNT, {"incident": incident.id, "marks": list(told), "counts": counts})
    known = set(session.exec(select(Cohort.fingerprint).where(Cohort.incident_id == incident.id)))
    added = ((new_id(), utc_now(), incident.id, mark, *row) for mark, row in told.items() if mark not in known)
    appending.copy(session, "cohort", COHORT, added)
    # rows that were loaded just now are unknown to the planner, which would compare all with all
    session.execute(text("set local enable_nestloop = off"))
    session.execute(ASSIGN, {"incident": incident.id, "none": uuid.UUID(int=0)})
    session.execute(text("set local enable_nestloop = on"))
    session.execute(text("set local work_mem to default"))
    session.execute(FORGET, {"incident": incident.id})
    forget(session)
    return len(told)
