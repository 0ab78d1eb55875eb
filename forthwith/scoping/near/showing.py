"""The queue and a person's merges, shown without anybody's data: numbers, kinds, counts, places in files."""

import uuid
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import keys
from forthwith.scoping.near.likeness import SHOWN, view_of
from forthwith.scoping.near.proposing import searched
from forthwith.scoping.numbered import named
from models import Incident, NearMatch, Person, PersonRecord

ROWS = text(
    "select e.name as source, s.row, s.reason, s.elements from person_source s join evidence e on e.id = s.evidence_id"
    " where s.person_id = :person order by s.created_at, e.name, s.row"
)
PLACES = text(
    "select s.person_id, e.name || ':' || min(s.row) as place, count(*) as rows from person_source s"
    " join evidence e on e.id = s.evidence_id where s.person_id = any(:people)"
    " group by s.person_id, e.name order by 1, 2"
)


def merges(session: Session, incident: Incident, number: int) -> dict[str, Any]:
    """Return the rows of a person with the reason of each, and of how many values of each kind they tell."""
    (person,) = named(session, incident, [number])
    rows = [dict(row._mapping) for row in session.execute(ROWS, {"person": person.id})]
    return {
        "incident": incident.ref, "number": number, "person_id": str(person.id), "jurisdiction": person.jurisdiction,
        "initials": initials(incident, person), "values": _values(incident, person), "rows": rows,
    }  # fmt: skip


def queue(session: Session, incident: Incident, *, decided: bool = False) -> dict[str, Any]:
    """Return the pairs that wait for a decision, the nearest first, or those that were decided.

    They are searched for here, and again once the people changed: a load of a million rows need not wait for that.
    """
    last = searched(session, incident)
    verdict = col(NearMatch.verdict)
    wanted = select(NearMatch).where(
        NearMatch.incident_id == incident.id, verdict.is_not(None) if decided else verdict.is_(None)
    )
    rows = session.exec(wanted).all()
    people = _people(session, {identity for row in rows for identity in (row.one_id, row.other_id)})
    places = _places(session, list(people))
    pairs = sorted((_pair(incident, row, people, places) for row in rows), key=lambda one: (-one["score"], one["pair"]))
    return {
        "incident": incident.ref, "pairs": pairs, "left_out": last.left_out, "crowded": last.crowded,
        "searched_at": last.searched_at,
    }  # fmt: skip


def _people(session: Session, ids: set[uuid.UUID]) -> dict[uuid.UUID, Person]:
    """Return people by id; who was joined to somebody is none any more."""
    return {one.id: one for one in session.exec(select(Person).where(col(Person.id).in_(ids)))}


def _places(session: Session, ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Return where the first row of each person stands in each file that tells of them."""
    found: dict[uuid.UUID, list[str]] = {}
    for row in session.execute(PLACES, {"people": ids}):
        found.setdefault(row.person_id, []).append(row.place)
    return found


def _pair(
    incident: Incident, row: NearMatch, people: dict[uuid.UUID, Person], places: dict[uuid.UUID, list[str]]
) -> dict[str, Any]:  # fmt: skip
    """Return one pair for showing."""
    sides = [people.get(identity) for identity in (row.one_id, row.other_id)]
    there = sorted((one for one in sides if one), key=lambda one: one.number)
    return {
        "pair": [one.number for one in there], "initials": [initials(incident, one) for one in there],
        "places": [places.get(one.id, []) for one in there], "why": row.why, "score": row.score,
        "shared": row.shared, "differing": row.differing, "verdict": row.verdict, "decided_by": row.decided_by,
        "decided_at": row.decided_at, "reason": row.reason,
    }  # fmt: skip


def _record(incident: Incident, person: Person) -> PersonRecord:
    """Return a person's record, opened; an empty one at the end of retention."""
    if person.sealed is None:
        return PersonRecord()
    key = keys.unwrap(incident.id, incident.wrapped_key)
    return PersonRecord.model_construct(**orjson.loads(key.open(person.id, person.sealed)))


def initials(incident: Incident, person: Person) -> str:
    """Return the first letters of a person's names."""
    held = _record(incident, person)
    return " ".join(f"{word[0]}." for word in (held.given, held.family) if word)


def _values(incident: Incident, person: Person) -> dict[str, int]:
    """Return how many different names, e-mail addresses, birth dates ... a person's rows tell of."""
    seen = view_of(person.id, person.number, _record(incident, person).seen)
    return {"name": len(seen.names)} | {kind: len(values) for kind in SHOWN if (values := seen.known.get(kind))}
