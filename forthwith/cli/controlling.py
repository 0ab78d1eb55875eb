"""`forthwith send pause | resume | cancel | test`: a person's hand on the sending."""

import os
from typing import TYPE_CHECKING

from forthwith.cli.console import database, incident_of, show

if TYPE_CHECKING:
    from sqlmodel import Session

    from models import Incident, User


def pause(ref: str, *, reason: str, channel: str = "", json: bool = False) -> None:
    """Stop the sending of REF, by --channel or by all, with the REASON (it must name nobody)."""
    from forthwith import dispatch
    from forthwith.review.four_eyes import own_words

    with database() as session:
        words = own_words(reason, what="reason")
        incident = incident_of(session, ref)
        made = dispatch.pause(session, incident, reason=words, actor=_who(session, incident), channel=channel)
        told = {"paused": made.channel or "all", "reason": words}
    show(told, json, f"{ref}: {told['paused']} paused. What is on the wire already is on its way.")


def resume(ref: str, *, channel: str | None = None, json: bool = False) -> None:
    """Let the sending of REF go on: every pause ends, or that of --channel."""
    from forthwith import dispatch

    with database() as session:
        incident = incident_of(session, ref)
        ended = dispatch.resume(session, incident, actor=_who(session, incident), channel=channel)
    named = [name or "all" for name in ended]
    show({"resumed": named}, json, f"{ref}: {', '.join(named)} resumed. `forthwith send go {ref}` sends on.")


def cancel(ref: str, *, reason: str, variant: str | None = None, all: bool = False, json: bool = False) -> None:
    """Call off what hasn't left of REF, for good: of one --variant, or --all, with the REASON. Legal's alone."""
    from forthwith import dispatch
    from forthwith.dispatch.control import wordings
    from forthwith.review.four_eyes import legal, own_words
    from models import Refusal

    if all == bool(variant):
        raise Refusal("It isn't clear what is called off.", "Give --variant ID or --all.")
    with database() as session:
        words = own_words(reason, what="reason")
        incident = incident_of(session, ref)
        user = legal(session, _user(session), incident)
        which = wordings(session, incident, variant) if variant else None
        told = dispatch.cancel(session, incident, reason=words, actor=user.name, variants=which)
    said = f"{told['cancelled']} deliveries called off; {told['on_the_wire']} are on the wire or in doubt and stay"
    show(told, json, said)


def try_out(ref: str, *, to: str, variant: str | None = None, json: bool = False) -> None:
    """Send the wordings of REF to an address of your own house, for an invented person, marked as a test."""
    from forthwith.dispatch import trial
    from forthwith.dispatch.control import wordings
    from models import Refusal

    with database() as session:
        incident = incident_of(session, ref)
        who = _who(session, incident)
        which = wordings(session, incident, variant) if variant else None
        chosen = trial.chosen(session, incident, to, variants=which)
    tried = [trial.attempt(one, to) for one in chosen]
    with database() as session:
        trial.entered(session, incident_of(session, ref), tried, actor=who)
    rows = [
        {"variant": one.variant_id, "language": one.language, "medium": one.medium, "channel": one.channel,
         "outcome": one.outcome, "detail": one.detail}
        for one in tried
    ]  # fmt: skip
    show({"tests": rows}, json, "\n".join(_line(one) for one in tried))
    if not all(trial.worked(one) for one in tried):
        raise Refusal("Not every test was taken.", "`forthwith doctor` tells what is set up.")


def _line(one: object) -> str:
    from forthwith.dispatch.trial import Tried

    assert isinstance(one, Tried)
    where = " (a file: this channel sends nothing)" if one.channel == "outbox" else ""
    return f"{one.language} {one.medium} by {one.channel}: {one.outcome} {one.detail}".rstrip() + where


def _user(session: "Session") -> "User":
    """Return whose token is in FORTHWITH_TOKEN. Raises Refusal where it is missing or unknown."""
    from forthwith.review import users
    from models import Refusal

    token = os.environ.get("FORTHWITH_TOKEN", "")
    if not token:
        raise Refusal("FORTHWITH_TOKEN is not set.", "Set it to the token that `forthwith user add` printed.")
    return users.by_token(session, token)


def _who(session: "Session", incident: "Incident") -> str:
    """Return who acts: a responder or legal in this incident where a token is set, else whoever works here."""
    from forthwith.cli.console import actor
    from forthwith.review.four_eyes import NotAllowed, acting
    from models import UserRole

    if not os.environ.get("FORTHWITH_TOKEN"):
        return actor()
    try:
        return acting(session, _user(session), incident, UserRole.RESPONDER, UserRole.LEGAL)[0].name
    except NotAllowed:
        raise NotAllowed("Only a responder or legal may steer the sending.", "Ask one of them.") from None
