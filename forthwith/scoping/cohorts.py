"""People who are alike to the law and to the words form a cohort: law and wording are worked out once for each."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Row, text
from sqlmodel import Session, select

from forthwith.scoping import appending
from forthwith.scoping.expiring import forget
from models import Cohort, Incident, new_id, utc_now

TRAITS = ("jurisdiction", "country", "elements", "age_class", "kind", "language", "channels", "party_id", "deceased")
COHORT = {
    "id": "uuid", "created_at": "timestamptz", "incident_id": "uuid", "fingerprint": "varchar",
    "jurisdiction": "varchar", "country": "varchar", "elements": "varchar[]", "age_class": "varchar", "kind": "varchar",
    "language": "varchar", "channels": "varchar[]", "party_id": "uuid", "deceased": "bool", "count": "int4",
}  # fmt: skip
# equality, not `is not distinct from`: only that can be hashed, and there may be millions of people
SAME = " and ".join(f"person.{name} = cohort.{name}" for name in TRAITS if name != "party_id")
SAME += " and coalesce(person.party_id, :none) = coalesce(cohort.party_id, :none)"
ASSIGN = text(
    "update person set cohort_id = cohort.id from cohort"
    " where person.incident_id = :incident and cohort.incident_id = :incident and person.removed_at is null"
    f" and {SAME} and person.cohort_id is distinct from cohort.id"
)
UNLIKE = text(
    f"select distinct {', '.join(f'person.{name}' for name in TRAITS)}"
    " from person left join cohort on cohort.id = person.cohort_id"
    f" where person.incident_id = :incident and person.removed_at is null and ({SAME}) is not true"
)
RECOUNT = text(
    "update cohort set count = coalesce(told.people, 0) from cohort held left join"
    " (select cohort_id, count(*) people from person"
    " where incident_id = :incident and removed_at is null group by cohort_id) told on told.cohort_id = held.id"
    " where held.id = cohort.id and cohort.incident_id = :incident and cohort.count <> coalesce(told.people, 0)"
)
COUNT = text("select count(*) from cohort where incident_id = :incident and count > 0")
FORGET = text(
    "delete from cohort where incident_id = :incident and count = 0"
    " and not exists (select 1 from obligation_cohort o where o.cohort_id = cohort.id)"
    " and not exists (select 1 from notice_cohort n where n.cohort_id = cohort.id)"
)


def fingerprint(traits: Mapping[str, Any]) -> str:
    """Return the hash by which a cohort is found again: of its traits, whatever else is told of it.

    They are written as `timeline.record.canonical` writes them, sooner.
    """
    plain = {name: traits[name] for name in TRAITS}
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def form_cohorts(session: Session, incident: Incident) -> int:
    """Put each person in scope into the cohort of their like, and count them. Returns how many cohorts have people."""
    session.flush()
    told = {"incident": incident.id, "none": uuid.UUID(int=0)}
    # with the usual 4 MB the database sorts millions of people on disk before it counts them; and rows that were
    # loaded just now are unknown to the planner, which would compare all with all
    session.execute(text("set local work_mem = '64MB'"))
    session.execute(text("set local enable_nestloop = off"))
    session.execute(ASSIGN, told)
    if unlike := session.execute(UNLIKE, told).all():  # their likes are new
        _add(session, incident, unlike)
        session.execute(ASSIGN, told)
    session.execute(RECOUNT, {"incident": incident.id})
    session.execute(text("set local enable_nestloop = on"))
    session.execute(text("set local work_mem to default"))
    session.execute(FORGET, {"incident": incident.id})
    forget(session)
    return int(session.execute(COUNT, {"incident": incident.id}).scalar_one())


def _add(session: Session, incident: Incident, traits: Iterable[Row[Any]]) -> None:
    """Add cohorts that are not there yet, of nobody so far: of each its `TRAITS`."""
    known = set(session.exec(select(Cohort.fingerprint).where(Cohort.incident_id == incident.id)))
    told = {fingerprint(row._asdict()): row for row in traits}
    added = ((new_id(), utc_now(), incident.id, mark, *row, 0) for mark, row in told.items() if mark not in known)
    appending.copy(session, "cohort", COHORT, added)
