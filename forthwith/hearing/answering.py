"""Enquiries are answered: on the person's own page, and by e-mail where they left an address (`mailing`)."""

from sqlmodel import Session

from forthwith import clock, keys
from forthwith.hearing import mailing
from forthwith.hearing.mailing import NOT_MAILED, Answered
from forthwith.hearing.queue import enquiry
from forthwith.timeline import record
from models import Enquiry, EnquiryState, Incident, Refusal

LONGEST = 8000


def answer(session: Session, incident: Incident, number: int, text: str, *, actor: str) -> Answered | None:
    """Write an answer. Returns what is to be mailed after the commit; None where no address was left.

    Raises Refusal for an enquiry that is settled already, or an answer without words.
    """
    one, words = _open_one(session, incident, number), text.strip()
    if not words or len(words) > LONGEST:
        raise Refusal("An answer needs words.", f"Write up to {LONGEST} letters.")
    one.reply = keys.unwrap(incident.id, incident.wrapped_key).seal(one.id, words.encode())
    mail = mailing.begin(incident, one)
    one.mailed = one.mailed if mail else NOT_MAILED
    _settle(session, incident, one, EnquiryState.ANSWERED, actor)
    return mail


def close(
    session: Session, incident: Incident, number: int, *, state: EnquiryState, reason: str, actor: str
) -> Enquiry:
    """End an enquiry without a mail: it was done, or refused, with the reason on the person's page."""
    one = _open_one(session, incident, number)
    if reason.strip():
        one.reply = keys.unwrap(incident.id, incident.wrapped_key).seal(one.id, reason.strip()[:LONGEST].encode())
    _settle(session, incident, one, state, actor)
    return one


def _open_one(session: Session, incident: Incident, number: int) -> Enquiry:
    """Return an enquiry that nobody settled. Raises Refusal otherwise."""
    one = enquiry(session, incident, number)
    if one.state != EnquiryState.OPEN:
        raise Refusal("This enquiry is settled already.", "Its answer stands on the person's page.")
    return one


def _settle(session: Session, incident: Incident, one: Enquiry, state: EnquiryState, actor: str) -> None:
    """End an enquiry, with its entry: no word of question or answer stands in it."""
    one.state, one.settled_at, one.settled_by = state, clock.now(), actor
    session.add(one)
    session.flush()
    record(
        session, incident.id, actor=actor, verb="settled", object_type="enquiry", object_id=one.id,
        text=f"Enquiry {one.number} was settled: {state}.", data={"kind": one.kind, "state": str(state)},
    )  # fmt: skip
