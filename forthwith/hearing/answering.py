"""Enquiries are answered: on the person's own page, and by e-mail where they left an address.

The answer is written, and marked as on the wire, before the mail leaves: who presses twice sends once, and an answer
whose fate nobody knows stays `unknown` for a person to look at; it is on the page in any case.
"""

import html
import uuid
from dataclasses import dataclass

import orjson
from sqlmodel import Session

from forthwith import clock, keys
from forthwith.channels import Closing, channel
from forthwith.hearing.queue import enquiry
from forthwith.settings import settings
from forthwith.timeline import record
from models import Enquiry, EnquiryState, Incident, Medium, Message, Refusal, Wish

LONGEST = 8000
SENDING, NOT_MAILED = "sending", "not mailed"


@dataclass(frozen=True, slots=True, repr=False)
class Answered:
    """An answer that is to be mailed once it is committed. Holds personal data: never log it."""

    enquiry_id: uuid.UUID
    incident_id: uuid.UUID
    channel: str
    message: Message


def answer(session: Session, incident: Incident, number: int, text: str, *, actor: str) -> Answered | None:
    """Write an answer. Returns what is to be mailed after the commit; None where no address was left.

    Raises Refusal for an enquiry that is settled already, or an answer without words.
    """
    one, words = _open_one(session, incident, number), text.strip()
    if not words or len(words) > LONGEST:
        raise Refusal("An answer needs words.", f"Write up to {LONGEST} letters.")
    key = keys.unwrap(incident.id, incident.wrapped_key)
    one.reply = key.seal(one.id, words.encode())
    to = Wish(**orjson.loads(key.open(one.id, one.sealed or b""))).reply_to
    one.mailed = SENDING if to else NOT_MAILED
    _settle(session, incident, one, EnquiryState.ANSWERED, actor)
    return Answered(one.id, incident.id, _channel(incident), _message(one, to, words, incident)) if to else None


def close(
    session: Session, incident: Incident, number: int, *, state: EnquiryState, reason: str, actor: str
) -> Enquiry:
    """End an enquiry without a mail: it was done, or refused, with the reason on the person's page."""
    one = _open_one(session, incident, number)
    if reason.strip():
        one.reply = keys.unwrap(incident.id, incident.wrapped_key).seal(one.id, reason.strip()[:LONGEST].encode())
    _settle(session, incident, one, state, actor)
    return one


def sent(answered: Answered) -> str:
    """Hand a written answer to the mail channel, outside any transaction; return how that ended."""
    try:
        way = channel(answered.channel)
    except Refusal:
        return "refused"  # it is not set up: the answer stands on the page
    try:
        return type(way.send(answered.message)).__name__.lower()
    finally:
        if isinstance(way, Closing):
            way.close()


def noted(session: Session, answered: Answered, outcome: str) -> None:
    """Note how the mailing ended."""
    one = session.get_one(Enquiry, answered.enquiry_id)
    one.mailed = outcome
    session.add(one)
    record(
        session, answered.incident_id, actor="forthwith", verb="answered", object_type="enquiry", object_id=one.id,
        text=f"The answer to enquiry {one.number} was mailed: {outcome}.", data={"outcome": outcome},
    )  # fmt: skip


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


def _channel(incident: Incident) -> str:
    """Return the channel of e-mail; a drill's answers stay in files."""
    return "outbox" if incident.drill else settings().email_channel


def _message(one: Enquiry, to: str, words: str, incident: Incident) -> Message:
    """Return the mail: our words alone, not theirs, since mail travels in clear."""
    ours = settings()
    text = f"{words}\n\n{ours.organisation}\n{ours.contact_email}\n"
    body = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n\n")).replace("\n", "<br>")
    return Message(
        key=str(one.id), medium=Medium.EMAIL, to=to, subject=f"{ours.organisation}: {incident.ref} / {one.number}",
        text=text, html=f'<!doctype html><html lang="{one.language}"><body>{body}</body></html>', language=one.language,
    )  # fmt: skip
