"""The queue of pairs that a person should look at: found when it is asked for, bounded, without personal data."""

import heapq
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from sqlalchemy import delete
from sqlmodel import Session, col, or_, select

from forthwith import clock, keys
from forthwith.scoping.gathering import Subject
from forthwith.scoping.knowing import known_people
from forthwith.scoping.near.likeness import Near, Seen, View, keys_of, near, view_of, worth_comparing
from models import Incident, NearMatch, NearQueue

MOST_PEOPLE = 40  # people behind one identifier up to which each is compared with each
MOST_PAIRS = 5_000  # pairs in the queue: what is beyond them is counted, and left out
SAME, DIFFERENT = "same", "different"
Known = tuple[uuid.UUID, int, Seen]  # id, number, and what was seen of a person


def propose(session: Session, incident: Incident, subjects: Iterable[Subject] | None = None) -> NearQueue:
    """Find anew which people in scope may be one, and keep the nearest pairs; what was decided stays decided.

    `subjects`: the incident's people where they are at hand; they are opened otherwise.
    """
    if subjects is None:
        subjects = known_people(session, incident, keys.unwrap(incident.id, incident.wrapped_key))
    people = [(one.id, one.number, one.record.seen) for one in subjects if not one.removed]
    blocks, crowded = _blocks(people)
    decided = {pair_of(row.one_id, row.other_id) for row in _decided(session, incident)}
    found = [one for one in _near(people, blocks) if pair_of(one.one, one.other) not in decided]
    kept = heapq.nlargest(MOST_PAIRS, found, key=lambda one: (one.score, *(-n for n in one.numbers)))
    undecided = col(NearMatch.verdict).is_(None)
    session.execute(delete(NearMatch).where(col(NearMatch.incident_id) == incident.id, undecided))
    session.add_all([_row(incident, one) for one in kept])
    return _noted(session, incident, len(found), len(kept), crowded)


def searched(session: Session, incident: Incident) -> NearQueue:
    """Return what the search of the people as they are now found; it is made anew where they changed since."""
    last = session.exec(select(NearQueue).where(NearQueue.incident_id == incident.id)).first()
    session.refresh(incident, ["scope_version"])
    return last if last and last.version == incident.scope_version else propose(session, incident)


def pair_of(one: uuid.UUID, other: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """Return two ids in the order in which a pair is kept."""
    return (one, other) if one < other else (other, one)


def _decided(session: Session, incident: Incident) -> Sequence[NearMatch]:
    """Return the pairs that a person decided."""
    wanted = select(NearMatch).where(NearMatch.incident_id == incident.id, col(NearMatch.verdict).is_not(None))
    return session.exec(wanted).all()


def _blocks(people: Sequence[Known]) -> tuple[list[list[int]], int]:
    """Return the people (by position) behind each key that several have, and how many keys too many have."""
    behind: dict[str, list[int]] = defaultdict(list)
    for at, (_, _, seen) in enumerate(people):
        for key in keys_of(seen):
            behind[key].append(at)
    shared = [group for group in behind.values() if len(group) > 1]
    few = [group for group in shared if len(group) <= MOST_PEOPLE]
    return few, len(shared) - len(few)


def _near(people: Sequence[Known], blocks: Iterable[list[int]]) -> Iterator[Near]:
    """Yield each pair of people who share a key and look near, once."""
    views: dict[int, View] = {}
    for pair in {pair for group in blocks for pair in combinations(group, 2)}:
        if worth_comparing(people[pair[0]][2], people[pair[1]][2]):
            one, other = (views.get(at) or views.setdefault(at, view_of(*people[at])) for at in pair)
            if found := near(one, other):
                yield found


def _row(incident: Incident, found: Near) -> NearMatch:
    """Return a pair's row."""
    return NearMatch(
        incident_id=incident.id, one_id=found.one, other_id=found.other, why=found.why, score=found.score,
        shared=list(found.shared), differing=list(found.differing),
    )  # fmt: skip


def _noted(session: Session, incident: Incident, found: int, kept: int, crowded: int) -> NearQueue:
    """Note what this search found and left out."""
    row = session.exec(select(NearQueue).where(NearQueue.incident_id == incident.id)).first()
    row = row or NearQueue(incident_id=incident.id, searched_at=clock.now())
    row.found, row.left_out, row.crowded, row.searched_at = found, found - kept, crowded, clock.now()
    row.version = incident.scope_version
    session.add(row)
    session.flush()
    return row


def told_apart(session: Session, incident: Incident) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """Return the pairs of people of whom somebody decided that they are two: no later load makes them one."""
    wanted = select(NearMatch).where(NearMatch.incident_id == incident.id, NearMatch.verdict == DIFFERENT)
    return [(row.one_id, row.other_id) for row in session.exec(wanted)]


def follow(session: Session, incident: Incident, joined: Sequence[tuple[uuid.UUID, uuid.UUID, str]]) -> None:
    """Let decisions about people who were joined to others (kept, absorbed, reason) count for those who were kept."""
    now = {absorbed: kept for kept, absorbed, _ in joined}
    if not now:
        return
    gone = list(now)
    touched = or_(col(NearMatch.one_id).in_(gone), col(NearMatch.other_id).in_(gone))
    rows = session.exec(select(NearMatch).where(NearMatch.incident_id == incident.id, touched)).all()
    for row in rows:
        if row.verdict != SAME:  # which stays as it was decided
            _moved(session, row, *pair_of(now.get(row.one_id, row.one_id), now.get(row.other_id, row.other_id)))


def _moved(session: Session, row: NearMatch, one: uuid.UUID, other: uuid.UUID) -> None:
    """Move a pair to two other people, unless they are one now, or a pair that counts more already."""
    there = session.exec(
        select(NearMatch).where(
            NearMatch.incident_id == row.incident_id, NearMatch.one_id == one, NearMatch.other_id == other
        )
    ).first()
    if one == other or (there is not None and row.verdict is None):
        session.delete(row)
        session.flush()
        return
    if there is not None:
        session.delete(there)
        session.flush()
    row.one_id, row.other_id = one, other
    session.add(row)
    session.flush()
