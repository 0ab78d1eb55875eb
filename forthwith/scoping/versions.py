"""Versions of the scope: every change of who is in it is one, with who made it, when and why."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock
from models import Incident, Refusal, ScopeChange

LOCK = text("select scope_version from incident where id = :incident for update")
COUNT = text("select count(*) from person where incident_id = :incident and removed_at is null")
# one change takes several statements, and the trigger counts each: seen from outside it is one step. Nobody else can
# have seen the numbers between, since the incident is locked
STEP = text("update incident set scope_version = :version where id = :incident")
HISTORY = text(
    "select version, at, by, what, reason, added, removed, joined, changed, people from scope_change"
    " where incident_id = :incident order by version"
)
OUT = text(
    "select number, moves[cardinality(moves)] as version from person"
    " where incident_id = :incident and removed_at is not null order by number"
)
# `moves` holds the versions of coming and going in turn: an odd number of them until a version means in scope. Most
# people came once and never changed, which is cheap to see; `offset 0` keeps PostgreSQL from counting for each column
DIFFERENCE = text("""
with seen as (
  select jurisdiction,
         case when cardinality(moves) = 1 then moves[1] <= :first
              else (select count(*) from unnest(moves) m where m <= :first) % 2 = 1 end as before,
         case when cardinality(moves) = 1 then moves[1] <= :last
              else (select count(*) from unnest(moves) m where m <= :last) % 2 = 1 end as after,
         case when cardinality(changes) = 0 then false
              else exists (select 1 from unnest(changes) c where c > :first and c <= :last) end as grown
    from person where incident_id = :incident offset 0)
select jurisdiction, count(*) filter (where before) as before, count(*) filter (where after and not before) as came,
       count(*) filter (where before and not after) as went,
       count(*) filter (where before and after and grown) as changed, count(*) filter (where after) as after
  from seen where before or after group by jurisdiction order by jurisdiction
""")
COUNTED = ("before", "came", "went", "changed", "after")


def next_version(session: Session, incident: Incident) -> int:
    """Let nobody else change the people until the transaction ends; return the version that a change will make."""
    session.flush()
    return int(session.execute(LOCK, {"incident": incident.id}).scalar_one()) + 1


def settle(
    session: Session, incident: Incident, version: int, *, by: str, what: str, reason: str | None = None,
    evidence: Sequence[uuid.UUID] = (), added: int = 0, removed: int = 0, joined: int = 0, changed: int = 0,
) -> ScopeChange:  # fmt: skip
    """Write one change of the scope, after the people were changed; the counts are of people."""
    people = session.execute(COUNT, {"incident": incident.id}).scalar_one()
    made = ScopeChange(
        incident_id=incident.id, version=version, at=clock.now(), by=by, what=what, reason=reason,
        evidence_ids=list(evidence), people=people, added=added, removed=removed, joined=joined, changed=changed,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.execute(STEP, {"incident": incident.id, "version": version})
    session.refresh(incident, ["scope_version"])
    return made


def scope_versions(session: Session, incident: Incident) -> list[dict[str, Any]]:
    """Return every change of the scope, the oldest first. Nobody is named in it."""
    return [dict(row._mapping) for row in session.execute(HISTORY, {"incident": incident.id})]


def taken_out(session: Session, incident: Incident) -> list[dict[str, int]]:
    """Return who is out of scope now, by number, and the version that took them out."""
    return [dict(row._mapping) for row in session.execute(OUT, {"incident": incident.id})]


def difference(session: Session, incident: Incident, first: int | None, last: int | None) -> dict[str, Any]:
    """Return how many people came, went and changed between two versions, by where they live as known now.

    `first` is 0 (nobody yet) unless stated, `last` the present. Whoever turned out to be two records of one person
    counts once in every version. Raises Refusal where there is no such version.
    """
    session.refresh(incident, ["scope_version"])
    begin, end = first or 0, incident.scope_version if last is None else last
    for version in (begin, end):
        if not 0 <= version <= incident.scope_version:
            raise Refusal(
                f"The scope of {incident.ref} has no version {version}: it stands at {incident.scope_version}.",
                f"`forthwith people scope {incident.ref}` lists the versions.",
            )
    if begin > end:
        raise Refusal(f"Version {begin} came after version {end}.", "Say the earlier one with --from.")
    rows = session.execute(DIFFERENCE, {"incident": incident.id, "first": begin, "last": end}).all()
    by = {row.jurisdiction: {name: getattr(row, name) for name in COUNTED} for row in rows}
    total = {name: sum(counts[name] for counts in by.values()) for name in COUNTED}
    return {"from": begin, "to": end, **total, "jurisdictions": by}
