"""An answer leaves by e-mail: marked as on the wire before it goes, and never sent a second time by itself.

Whoever presses twice sends once. Where a process ended on the way nobody knows whether the mail left: it becomes
`unknown`, and a person decides whether it goes again. The answer stands on the person's own page in any case.
"""

import html
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.channels import Closing, channel
from forthwith.hearing.queue import enquiry
from forthwith.settings import settings
from forthwith.timeline import record
from models import Enquiry, Incident, Medium, Message, Refusal, Wish

SENDING, NOT_MAILED, UNKNOWN, REFUSED, LEFT = "sending", "not mailed", "unknown", "refused", "left"
DECIDED = (UNKNOWN, REFUSED)  # what a person decides about


@dataclass(frozen=True, slots=True, repr=False)
class Answered:
    """An answer that is to be mailed once it is committed. Holds personal data: never log it."""

    enquiry_id: uuid.UUID
    incident_id: uuid.UUID
    channel: str
    message: Message
    mailing: int  # the how manieth time


def begin(incident: Incident, one: Enquiry) -> Answered | None:
    """Mark a written answer as on the wire; return what is to be sent after the commit. None: no address was left.

    Raises Refusal where the answer can't be read any more.
    """
    key = keys.unwrap(incident.id, incident.wrapped_key)
    if one.sealed is None or one.reply is None:
        raise Refusal("What was written was destroyed at the end of retention.", "It can't be read again.")
    to = Wish(**orjson.loads(key.open(one.id, one.sealed))).reply_to
    if not to:
        return None
    one.mailed, one.mailing_at, one.mailings = SENDING, clock.now(), one.mailings + 1
    words = key.open(one.id, one.reply).decode()
    return Answered(one.id, incident.id, _channel(incident), _message(one, to, words, incident), one.mailings)


def again(session: Session, incident: Incident, number: int, *, actor: str) -> Answered:
    """Put an answer on the wire once more, as a person decided. Raises Refusal where nothing is to be decided."""
    one = _doubtful(session, incident, number)
    mail = begin(incident, one)
    if mail is None:
        raise Refusal("No address was left.", "The answer stands on the person's page.")
    session.add(one)
    _entered(session, one, actor, "resent", f"The answer to enquiry {number} is mailed again.")
    return mail


def leave(session: Session, incident: Incident, number: int, *, actor: str) -> None:
    """Let an answer be, as a person decided: it stands on the page. Raises Refusal where nothing is to be decided."""
    one = _doubtful(session, incident, number)
    one.mailed = LEFT
    session.add(one)
    _entered(session, one, actor, "left", f"The answer to enquiry {number} is not mailed again.")


def sent(answered: Answered) -> str:
    """Hand a written answer to the mail channel, outside any transaction; return how that ended."""
    try:
        way = channel(answered.channel)
    except Refusal:
        return REFUSED  # it is not set up: the answer stands on the page
    try:
        return type(way.send(answered.message)).__name__.lower()
    finally:
        if isinstance(way, Closing):
            way.close()


def noted(session: Session, answered: Answered, outcome: str) -> None:
    """Note how the mailing ended. A late outcome settles a doubt; that of an earlier mailing changes nothing."""
    one = session.exec(select(Enquiry).where(Enquiry.id == answered.enquiry_id).with_for_update()).one()
    if one.mailings == answered.mailing:
        one.mailed = outcome
        session.add(one)
    text = f"The answer to enquiry {one.number} was mailed: {outcome}."
    _entered(session, one, "forthwith", "answered", text, outcome=outcome)


def cut_off(session: Session, incident: Incident | None = None) -> int:
    """Put in doubt whatever is on the wire for longer than a mail may take; return how many.

    The process that sent it ended, or hangs: whether the mail left, nobody knows.
    """
    late = select(Enquiry).where(Enquiry.mailed == SENDING, col(Enquiry.mailing_at) <= clock.now() - longest())
    late = late.where(Enquiry.incident_id == incident.id) if incident else late
    found = session.exec(late.order_by(col(Enquiry.incident_id)).with_for_update(skip_locked=True)).all()
    for one in found:
        one.mailed = UNKNOWN
        session.add(one)
        text = f"Whether the answer to enquiry {one.number} left by mail is not known: its sender ended meanwhile."
        _entered(session, one, "forthwith", "in_doubt", text)
    return len(found)


def longest() -> timedelta:
    """Return how long one mail may be on the wire: twice what one call to a provider may take."""
    return timedelta(seconds=2 * settings().provider_timeout)


def in_doubt(session: Session, incident: Incident) -> list[tuple[int, str, datetime | None]]:
    """Return the answers about whose mail a person decides: number, `unknown` or `refused`, and when it was sent."""
    found = select(Enquiry.number, Enquiry.mailed, Enquiry.mailing_at).where(
        Enquiry.incident_id == incident.id, col(Enquiry.mailed).in_(DECIDED)
    )
    return [(number, state, at) for number, state, at in session.exec(found.order_by(col(Enquiry.number)))]


def _doubtful(session: Session, incident: Incident, number: int) -> Enquiry:
    one = enquiry(session, incident, number)
    if one.mailed not in DECIDED:
        raise Refusal("Nothing is to be decided about this mail.", "Load the page again: somebody may have decided.")
    return one


def _entered(session: Session, one: Enquiry, actor: str, verb: str, text: str, **data: str) -> None:
    session.flush()
    record(
        session, one.incident_id, actor=actor, verb=verb, object_type="enquiry", object_id=one.id, text=text, data=data
    )


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
