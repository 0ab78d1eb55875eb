"""A wording sent to legal's own address, on the very path and channel of the real ones, for an invented person."""

import re
import uuid
from dataclasses import dataclass, replace

from sqlmodel import Session

from forthwith.approval import sha256
from forthwith.channels import Closing
from forthwith.channels import channel as channel_named
from forthwith.dispatch.addressing import Addressed
from forthwith.dispatch.claiming import Claimed, Group
from forthwith.dispatch.messages import make
from forthwith.dispatch.options import channel_of, variants_of
from forthwith.dispatch.planning import needed_notices
from forthwith.dispatch.sending import rate
from forthwith.dispatch.settling import detail
from forthwith.dispatch.valve import Valve
from forthwith.filling.sample import sample
from forthwith.settings import settings
from forthwith.timeline import record
from models import (
    Accepted,
    Channel,
    Incident,
    Medium,
    Message,
    Notice,
    Outcome,
    RecipientKind,
    Refusal,
    Variant,
    new_id,
)

MARK = "TEST"
LINE = "TEST: the person is invented. Nobody was told."
BODY = re.compile(r"(<body[^>]*>)", re.IGNORECASE)
MEDIA = {Medium.EMAIL: re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), Medium.SMS: re.compile(r"\+\d{7,15}")}


@dataclass(frozen=True, slots=True)
class Tried:
    """One wording that was tried. Holds no address."""

    variant_id: uuid.UUID
    title: str
    language: str
    medium: str
    channel: str
    content: bytes
    reference: str
    outcome: str = ""
    detail: str = ""


def chosen(session: Session, incident: Incident, to: str, *, variants: list[uuid.UUID] | None = None) -> list[Tried]:
    """Return the current wordings that an address can take, or of them those that are named.

    Raises Refusal where the address is not one of the house's own, so that no draft ever reaches somebody else.
    """
    medium = _medium(to)
    if not _own(to):
        raise Refusal("A test goes only to an address of your own house.", "Name it in FORTHWITH_TEST_ADDRESSES first.")
    found = [
        _tried(incident, notice, variant)
        for notice in needed_notices(session, incident) for variant in variants_of(session, notice)
        if variant.medium == medium and (variants is None or variant.id in variants)
    ]  # fmt: skip
    if not found:
        raise Refusal(f"There is no wording for {medium} to be tried.", f"`forthwith review list {incident.ref}`.")
    return found


def _medium(to: str) -> str:
    """Return by which medium an address is reached. Raises Refusal where it is none."""
    for medium, form in MEDIA.items():
        if form.fullmatch(to):
            return medium
    raise Refusal("--to is no e-mail address and no telephone number.", "Write it as lena@example.com or +4915123456.")


def _own(to: str) -> bool:
    """Return whether an address is one of the house's own."""
    folded = to.casefold()
    named = [one.casefold() for one in settings().test_addresses]
    return any(folded == one or (one.startswith("@") and folded.endswith(one)) for one in named)


def _tried(incident: Incident, notice: Notice, variant: Variant) -> Tried:
    return Tried(
        variant.id, notice.title, variant.language, variant.medium, channel_of(incident, variant.medium),
        variant.content, incident.ref,
    )  # fmt: skip


def attempt(one: Tried, to: str) -> Tried:
    """Send one wording as a test. Call it outside any transaction; it makes no delivery and no attempt."""
    channel = channel_named(one.channel)
    valve = Valve(one.channel, rate(channel))
    group = Group(one.channel, one.variant_id, RecipientKind.PERSON, one.medium)
    ident = new_id()
    key = str(ident)
    who = Addressed(to=to, name=MARK, slots=sample(one.content, one.reference), key=None)
    made = make([Claimed(key, ident.bytes, ident.bytes, 1, who)], content=one.content, group=group, channel=channel)
    try:
        outcome: Outcome = made.unfit[key] if made.unfit else _call(channel, valve, marked(made.messages[0]))
    finally:
        if isinstance(channel, Closing):
            channel.close()
    return replace(one, outcome=type(outcome).__name__.lower(), detail=detail(outcome))


def _call(channel: Channel, valve: Valve, message: Message) -> Outcome:
    """Hand over the one message at the channel's pace."""
    if not valve.wait(settings().provider_timeout):
        raise Refusal("The channel is busy with real notices.", "Try again later.")
    return channel.send(message)


def marked(message: Message) -> Message:
    """Return a message that says of itself that it is a test, in its subject and in its words."""
    html = message.html and (
        BODY.sub(rf"\1<p><strong>{LINE}</strong></p>", message.html, count=1)
        if BODY.search(message.html) else f"<p><strong>{LINE}</strong></p>{message.html}"
    )  # fmt: skip
    return replace(
        message, subject=f"[{MARK}] {message.subject}".strip(), text=f"{LINE}\n\n{message.text}", html=html,
    )  # fmt: skip


def entered(session: Session, incident: Incident, tried: list[Tried], *, actor: str) -> None:
    """Enter tests into the timeline: which wordings, by which channel, with what answer; never the address."""
    for one in tried:
        record(
            session, incident.id, actor=actor, verb="tested", object_type="variant", object_id=one.variant_id,
            text=f"a test of the {one.language} {one.medium} wording to the house's own address: {one.outcome}",
            data={"channel": one.channel, "outcome": one.outcome, "content_sha256": sha256(one.content)},
        )  # fmt: skip


def worked(one: Tried) -> bool:
    """Return whether the channel took a test."""
    return one.outcome == Accepted.__name__.lower()
