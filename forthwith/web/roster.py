"""The affected people as pages and programs list them: by number and in counts, without a value of anybody.

An incident may have a million: counts come from the cohorts, and lists by key. What lies under seal is opened in
`Shown` alone, which a caller asks for after it has entered who looks, and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from forthwith import keys, scoping
from forthwith.scoping.knowing import opened
from models import Cohort, Decision, Incident, Notice, NoticeCohort, Person, PersonRecord, Refusal, Variant

AT_ONCE = 50
MOST = 500  # people that one form moves
COUNTED = {
    "places": "jurisdiction", "ages": "age_class", "kinds": "kind", "languages": "language",
    "elements": "unnest(elements)", "channels": "unnest(channels)",
}  # fmt: skip
# a person's deliveries, found by the unique key of notice and recipient: there is no index of recipients alone
THEIRS = text("""
select n.title, d.medium, d.channel, d.leg, d.state, d.reason, d.state_at, d.due_at, d.address_index,
       (select count(*) from attempt a where a.delivery_id = d.id) as attempts
  from notice n join delivery d on d.notice_id = n.id and d.recipient_id = :person and d.recipient_kind = 'person'
 where n.incident_id = :incident order by n.title, d.leg
""")
WAITING = text("""
select count(*) from notice n join delivery d on d.notice_id = n.id and d.recipient_id = any(:people)
 where n.incident_id = :incident and d.recipient_kind = 'person' and d.state in ('planned', 'held')
""")


@dataclass(frozen=True, slots=True)
class Counts:
    """People in scope by place, age class, kind, language, exposed element and channel, the most first."""

    people: int
    out: int  # taken out of scope, and still on record
    by: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One person on the list: nothing that tells who it is."""

    number: int
    jurisdiction: str
    age_class: str
    kind: str
    language: str
    elements: list[str]
    channels: list[str]
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Falls:
    """An approval that falls when the people of its notice change."""

    notice: str
    language: str
    medium: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """One person, opened: the record, the rows that told of them and why these were merged, and their deliveries."""

    person: Person
    record: PersonRecord
    rows: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]


def counts(session: Session, incident: Incident) -> Counts:
    """Return how many people there are, counted from the cohorts."""
    total = func.coalesce(func.sum(Cohort.count), 0)
    people = int(session.exec(select(total).where(Cohort.incident_id == incident.id)).one())
    gone = select(func.count()).where(Person.incident_id == incident.id, col(Person.removed_at).is_not(None))
    by = {name: _by(session, incident, what) for name, what in COUNTED.items()}
    return Counts(people, session.exec(gone).one(), by)


def _by(session: Session, incident: Incident, what: str) -> dict[str, int]:
    query = text(
        f"select {what} as name, sum(count) as people from cohort where incident_id = :incident and count > 0"
        " group by 1 order by 2 desc, 1"
    )
    return {str(row.name): int(row.people) for row in session.execute(query, {"incident": incident.id})}


def lines(
    session: Session, incident: Incident, *, after: int = 0, out: bool = False, most: int = AT_ONCE
) -> list[Line]:  # fmt: skip
    """Return the people whose numbers follow `after`; `out`: those who were taken out of scope alone."""
    wanted = select(
        Person.number, Person.jurisdiction, Person.age_class, Person.kind,
        Person.language, Person.elements, Person.channels, Person.removed_at,
    ).where(Person.incident_id == incident.id, Person.number > after)  # type: ignore[call-overload]  # fmt: skip
    wanted = wanted.where(col(Person.removed_at).is_not(None)) if out else wanted
    return [Line(*row) for row in session.exec(wanted.order_by(col(Person.number)).limit(most)).all()]


def person(session: Session, incident: Incident, number: int) -> Person:
    """Return one person by number. Raises Refusal where there is none."""
    found = session.exec(select(Person).where(Person.incident_id == incident.id, Person.number == number)).first()
    if found is None:
        raise Refusal(f"There is no person {number} in this incident.", "Choose a number from the list.")
    return found


def shown(session: Session, incident: Incident, one: Person) -> Shown:
    """Return a person opened. The caller has entered who looks, and why. Raises Refusal once the data are destroyed."""
    if one.sealed is None or incident.wrapped_key is None:
        raise Refusal("These data were destroyed at the end of retention.", "They can't be read again.")
    record = opened(one, keys.unwrap(incident.id, incident.wrapped_key)).record
    rows = scoping.merges(session, incident, one.number)["rows"]
    theirs = session.execute(THEIRS, {"incident": incident.id, "person": one.id})
    return Shown(one, record, rows, [dict(row._mapping) for row in theirs])


def falling(session: Session, incident: Incident, people: Sequence[Person]) -> tuple[list[Falls], int]:
    """Return the approvals that fall when these people come or go, and how many notices to them wait to leave.

    An approval binds the set of its recipients: who leaves it, or comes to it, makes it another set.
    """
    groups = {cohort for one in people for cohort in _groups(session, one)}
    waiting = session.execute(WAITING, {"incident": incident.id, "people": [one.id for one in people]}).scalar_one()
    found = select(Variant, Notice.title).join(Notice, col(Notice.id) == Variant.notice_id).join(
        NoticeCohort, col(NoticeCohort.notice_id) == Notice.id
    ).where(col(NoticeCohort.cohort_id).in_(groups), col(Notice.current), col(Variant.current))  # fmt: skip
    wordings = {variant.id: (variant, title) for variant, title in session.exec(found).all()}
    return [fall for variant, title in wordings.values() if (fall := _fall(session, variant, title))], int(waiting)


def _groups(session: Session, one: Person) -> list[Any]:
    """Return the cohort of a person; of who is out of scope, the one that they would come back to."""
    if one.cohort_id:
        return [one.cohort_id]
    same = ("jurisdiction", "country", "age_class", "kind", "language", "elements", "channels", "deceased", "party_id")
    alike = [getattr(Cohort, name) == getattr(one, name) for name in same]
    return list(session.exec(select(Cohort.id).where(Cohort.incident_id == one.incident_id, *alike)).all())


def _fall(session: Session, variant: Variant, title: str) -> Falls | None:
    """Return a wording's approval, where the last word on it was one."""
    said = select(Decision).where(Decision.variant_id == variant.id, Decision.verdict != "ask")
    last = session.exec(said.order_by(col(Decision.created_at).desc(), col(Decision.id).desc()).limit(1)).first()
    if last is None or last.verdict != "approve":
        return None
    return Falls(title, variant.language, variant.medium, last.by, last.created_at)
