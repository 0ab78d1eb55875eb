"""The queue of enquiries: what waits is seen without anybody's words; to open one is an entry."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlmodel import Session, col, select

from forthwith import keys
from models import Enquiry, EnquiryState, Incident, Person, Refusal, Wish

AT_ONCE = 50  # of one page


@dataclass(frozen=True, slots=True)
class Waiting:
    """One enquiry as the list shows it: nothing that somebody wrote."""

    number: int
    person: int
    kind: str
    language: str
    state: str
    came_at: datetime
    due_at: datetime
    settled_at: datetime | None
    settled_by: str | None
    mailed: str
    by_itself: bool  # a wish that was taken up without anybody


def waiting(session: Session, incident: Incident, *, open_only: bool = True, after: int = 0) -> list[Waiting]:
    """Return enquiries by number, those after `after`, a page of them."""
    found = select(Enquiry, Person.number).join(Person, col(Person.id) == Enquiry.person_id)
    found = found.where(Enquiry.incident_id == incident.id, Enquiry.number > after).order_by(col(Enquiry.number))
    if open_only:
        found = found.where(Enquiry.state == EnquiryState.OPEN)
    return [_waiting(one, number) for one, number in session.exec(found.limit(AT_ONCE))]


def _waiting(one: Enquiry, person: int) -> Waiting:
    return Waiting(
        one.number, person, one.kind, one.language, one.state, one.created_at, one.due_at, one.settled_at,
        one.settled_by, one.mailed, one.by_itself,
    )  # fmt: skip


def enquiry(session: Session, incident: Incident, number: int) -> Enquiry:
    """Return one enquiry. Raises Refusal where there is none of this number."""
    found = select(Enquiry).where(Enquiry.incident_id == incident.id, Enquiry.number == number)
    one = session.exec(found.with_for_update()).first()
    if one is None:
        raise Refusal("There is no such enquiry in this incident.", "Choose one from the list.")
    return one


def opened(session: Session, incident: Incident, number: int) -> tuple[Enquiry, Person, Wish, str]:
    """Return an enquiry, who asked, what they wrote, and what was answered. The caller enters who looked, and why."""
    one = enquiry(session, incident, number)
    key = keys.unwrap(incident.id, incident.wrapped_key)
    if one.sealed is None:
        raise Refusal("What was written was destroyed at the end of retention.", "It can't be read again.")
    wish = Wish(**orjson.loads(key.open(one.id, one.sealed)))
    reply = key.open(one.id, one.reply).decode() if one.reply else ""
    return one, session.get_one(Person, one.person_id), wish, reply
