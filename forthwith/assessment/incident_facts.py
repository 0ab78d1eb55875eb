"""The facts document of an incident: what was stated (Fact rows), and who is affected (cohorts)."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from forthwith.settings import settings
from models import Cohort, Fact, Incident, Person

PARTS = ("entity", "clocks", "breach", "people", "notice", "answers")  # of other facts drafting makes words
Alike = tuple[str, tuple[str, ...], str, str, bool]


@dataclass
class IncidentFacts:
    """The document, and which cohorts stand behind each of its groups."""

    document: dict[str, Any]
    cohorts: list[list[uuid.UUID]] = field(default_factory=list)


def incident_facts(session: Session, incident: Incident, known_by: datetime | None = None) -> IncidentFacts:
    """Return the facts of an incident, the latest statement of each; with `known_by` those stated until then.

    Who is affected is told as of now: evidence takes nobody out of the past.
    """
    document = stated(session, incident, known_by)
    groups = people(session, incident)
    entity = document.setdefault("entity", {})
    entity.setdefault("name", settings().organisation)
    if incident.aware_at:
        document.setdefault("clocks", {}).setdefault("aware_at", incident.aware_at.isoformat())
    if groups:
        document["people"] = [row for row, _ in groups]
    return IncidentFacts(document, [ids for _, ids in groups])


def stated(session: Session, incident: Incident, known_by: datetime | None = None) -> dict[str, Any]:
    """Return the stated facts as a document. A fact of a part (`breach`) comes before those within it."""
    query = select(Fact).where(Fact.incident_id == incident.id).order_by(col(Fact.created_at), col(Fact.id))
    if known_by:
        query = query.where(col(Fact.created_at) <= known_by)
    latest = {fact.name: fact.value for fact in session.exec(query) if fact.name.split(".")[0] in PARTS}
    document: dict[str, Any] = {}
    for name in sorted(latest, key=lambda name: (name.count("."), name)):
        head, _, rest = name.partition(".")
        steps = [head, *([rest] if head == "answers" else rest.split("."))] if rest else [head]
        _put(document, steps, latest[name])
    return document


def _put(document: dict[str, Any], steps: list[str], value: Any) -> None:
    """Set a value at a path; a fact that stood in the way and is no mapping gives way to what is said within it."""
    for step in steps[:-1]:
        inner = document.get(step)
        document[step] = dict(inner) if isinstance(inner, dict) else {}
        document = document[step]
    document[steps[-1]] = value


def people(session: Session, incident: Incident) -> list[tuple[dict[str, Any], list[uuid.UUID]]]:
    """Return the groups of people who are alike to the law, each with its cohorts."""
    dead = _deceased(session, incident)
    groups: dict[Alike, tuple[int, list[uuid.UUID]]] = {}
    cohorts = session.exec(
        select(Cohort).where(Cohort.incident_id == incident.id, Cohort.count > 0).order_by(Cohort.fingerprint)
    )
    for cohort in cohorts:
        gone = min(dead.get(cohort.id, 0), cohort.count)
        for deceased, number in ((False, cohort.count - gone), (True, gone)):
            if number:
                alike = (cohort.jurisdiction, tuple(sorted(cohort.elements)), cohort.age_class, cohort.kind, deceased)
                count, ids = groups.get(alike, (0, []))
                groups[alike] = (count + number, [*ids, cohort.id])
    return [(_row(alike, count), ids) for alike, (count, ids) in sorted(groups.items())]


def _deceased(session: Session, incident: Incident) -> dict[uuid.UUID, int]:
    query = (
        select(Person.cohort_id, func.count())
        .where(Person.incident_id == incident.id, col(Person.deceased), col(Person.cohort_id).is_not(None))
        .group_by(col(Person.cohort_id))
    )
    return {cohort: number for cohort, number in session.exec(query) if cohort}


def _row(alike: Alike, count: int) -> dict[str, Any]:
    jurisdiction, elements, age, kind, deceased = alike
    return {
        "jurisdiction": jurisdiction, "count": count, "elements": list(elements), "age": age, "kind": kind,
        "special": ["deceased"] if deceased else [],
    }  # fmt: skip
