"""People who may be one: the pairs that the last search found, side by side for a stated reason, and the decision."""

import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form
from sqlalchemy import text
from sqlmodel import Session, select
from starlette.responses import Response

from forthwith import db, scoping
from forthwith.web import roster
from forthwith.web.counting import AT_ONCE as FEW
from forthwith.web.failures import Missing
from forthwith.web.finding import found
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsReview, WritesAnswer, WritesIncident
from forthwith.web.revealing import revealed
from models import Incident, NearMatch, NearQueue, Person

AT_ONCE = 50
# who was joined to somebody is no person any more: a decided pair may have lost a side
PAIRS = """
select m.id, least(a.number, b.number) as one, greatest(a.number, b.number) as other, m.why, m.score, m.shared,
       m.differing, m.verdict, m.decided_by, m.decided_at, m.reason
  from near_match m left join person a on a.id = m.one_id left join person b on b.id = m.other_id
 where m.incident_id = :incident and (m.verdict is not null) = :decided
   and (cast(:score as float) is null or (m.score, m.id) < (:score, cast(:id as uuid)))
 order by m.score desc, m.id desc limit :most
"""
_under_way: set[uuid.UUID] = set()
_lock = threading.Lock()
routes = APIRouter()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people who may be one: their numbers, and of which kinds they share or contradict each other."""

    id: uuid.UUID
    one: int | None
    other: int | None
    why: str
    score: float  # 0 to 1
    shared: list[str]
    differing: list[str]
    verdict: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@routes.get("/incidents/{ref}/people/near")
def listing(ref: str, visit: ReadsReview, after: uuid.UUID | None = None, decided: bool = False) -> Response:
    """Show the pairs, the nearest first, a page at a time. Nobody is named."""
    with db.session() as session:
        incident = found(session, ref)
        rows = waiting(session, incident, after=after, decided=decided)
        return page(
            "near", visit, incident=incident, rows=rows, decided=decided, last=last_search(session, incident),
            more=rows[-1].id if len(rows) == AT_ONCE else "", busy=incident.id in _under_way,
        )  # fmt: skip


@routes.post("/incidents/{ref}/people/near")
def search(ref: str, visit: WritesIncident) -> Response:  # noqa: ARG001 - the guard itself
    """Search the people as they are now; of many it is done aside, and the page shows what was found before."""
    with db.session() as session:
        begin(session, found(session, ref))
    return to(f"/incidents/{ref}/people/near")


@routes.post("/incidents/{ref}/people/near/{pair_id}")
def look(ref: str, pair_id: uuid.UUID, visit: WritesAnswer, reason: Annotated[str, Form()] = "") -> Response:
    """Open both people of a pair, side by side, for who states why."""
    with db.session() as session:
        incident = found(session, ref)
        pair, people = both(session, incident, pair_id)
        revealed(session, incident, visit, f"people {people[0].number} and {people[1].number}", reason)
        sides = [roster.shown(session, incident, one) for one in people]
        falls, _ = roster.falling(session, incident, people)
        return page("pair", visit, incident=incident, pair=pair, sides=sides, falls=falls)


@routes.post("/incidents/{ref}/people/near/{pair_id}/decide")
def decide(
    ref: str, pair_id: uuid.UUID, visit: WritesIncident, verdict: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Decide whether two people are one."""
    with db.session() as session:
        settle(session, found(session, ref), pair_id, verdict, reason=reason, actor=visit.user.name)
    return to(f"/incidents/{ref}/people/near")


def waiting(
    session: Session, incident: Incident, *, after: uuid.UUID | None = None, decided: bool = False, most: int = AT_ONCE
) -> list[Pair]:  # fmt: skip
    """Return pairs by likeness, those behind `after`, as the last search or a person left them."""
    before = session.get(NearMatch, after) if after else None
    keys: dict[str, Any] = {"incident": incident.id, "decided": decided, "most": most}
    place = {"score": before.score if before else None, "id": before.id if before else None}
    return [Pair(**row._mapping) for row in session.execute(text(PAIRS), {**keys, **place})]


def last_search(session: Session, incident: Incident) -> NearQueue | None:
    """Return what the last search found and left out, and of which version of the scope it was."""
    return session.exec(select(NearQueue).where(NearQueue.incident_id == incident.id)).first()


def begin(session: Session, incident: Incident) -> bool:
    """Search now where people are few, else aside; return whether it is done already."""
    if roster.counts(session, incident).people <= FEW:
        scoping.propose(session, incident)
        return True
    with _lock:
        if incident.id in _under_way:
            return False
        _under_way.add(incident.id)
    threading.Thread(target=_search, args=(incident.id,), daemon=True, name="near").start()
    return False


def _search(incident_id: uuid.UUID) -> None:
    try:
        with db.session() as session:
            scoping.propose(session, session.get_one(Incident, incident_id))
    finally:
        _under_way.discard(incident_id)


def both(session: Session, incident: Incident, pair_id: uuid.UUID) -> tuple[NearMatch, list[Person]]:
    """Return a pair and its people, by number. Raises Missing where there is none, or they are one by now."""
    pair = session.get(NearMatch, pair_id)
    people = [session.get(Person, one) for one in (pair.one_id, pair.other_id)] if pair else []
    there = sorted((one for one in people if one), key=lambda one: one.number)
    if pair is None or pair.incident_id != incident.id or len(there) < 2:
        raise Missing("There is no such pair.", "Choose one from the list.")
    return pair, there


def settle(
    session: Session, incident: Incident, pair_id: uuid.UUID, verdict: str, *, reason: str, actor: str
) -> NearMatch:  # fmt: skip
    """Decide about a pair: `same` or `different`."""
    _, people = both(session, incident, pair_id)
    return scoping.decide(
        session, incident, (people[0].number, people[1].number), verdict, reason=reason, actor=actor
    )  # fmt: skip
