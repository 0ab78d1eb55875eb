"""A person's hand on the sending: stop it, let it go on, call off what hasn't left."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.channels import known
from forthwith.dispatch.states import CALLED_OFF
from forthwith.timeline import record
from models import Delivery, Incident, Refusal, SendPause, Variant

# a channel is paused by its own pause, or by that of the whole incident
PAUSED = text(
    "select 1 from send_pause where incident_id = :incident and ended_at is null and channel in ('', :channel)"
)

CANCEL = """
update delivery set state = 'cancelled', reason = :why, state_at = :now, not_before = null
 where incident_id = :incident and untold in ('planned', 'held')
   and (cast(:variants as uuid[]) is null or variant_id = any(:variants)) returning 1
"""

ON_THE_WIRE = """
select count(*) from delivery where incident_id = :incident and state in ('sending', 'unknown')
   and (cast(:variants as uuid[]) is null or variant_id = any(:variants))
"""


def stand_still(session: Session, incident: Incident) -> None:
    """Wait until no batch is being claimed, and let none be, until this transaction ends."""
    session.execute(text("select 1 from incident where id = :id for no key update"), {"id": incident.id})


def pause(session: Session, incident: Incident, *, reason: str, actor: str, channel: str = "") -> SendPause:
    """Stop an incident's sending, by one channel or by all. What is on the wire is on its way; nothing follows it."""
    if channel and channel not in known():
        raise Refusal(f"No channel is called {channel[:40]!r}.", f"Known: {', '.join(sorted(known()))}.")
    stand_still(session, incident)
    if running(session, incident, channel):
        raise Refusal("This is paused already.", f"`forthwith send resume {incident.ref}` lets it go on.")
    made = SendPause(incident_id=incident.id, channel=channel, reason=reason, by=actor)
    session.add(made)
    session.flush()
    record(
        session, incident.id, actor=actor, verb="paused", object_type="channel" if channel else "incident",
        object_id=channel or incident.id, text=f"sending by {channel or 'every channel'} is paused: {reason}",
        data={"channel": channel, "reason": reason},
    )  # fmt: skip
    return made


def resume(session: Session, incident: Incident, *, actor: str, channel: str | None = None) -> list[str]:
    """End the pause of one channel, or every pause; return the channels, '' for the pause of all."""
    stand_still(session, incident)
    found = [one for one in pauses(session, incident) if channel is None or one.channel == channel]
    if not found:
        raise Refusal("Nothing is paused here.", f"`forthwith send status {incident.ref}` shows what is.")
    for one in found:
        one.ended_at, one.ended_by = clock.now(), actor
        session.add(one)
    session.flush()
    named = [one.channel for one in found]
    record(
        session, incident.id, actor=actor, verb="resumed", object_type="incident", object_id=incident.id,
        text=f"sending goes on by {', '.join(name or 'every channel' for name in named)}", data={"channels": named},
    )  # fmt: skip
    return named


def pauses(session: Session, incident: Incident) -> Sequence[SendPause]:
    """Return the pauses that are in force."""
    found = select(SendPause).where(SendPause.incident_id == incident.id, col(SendPause.ended_at).is_(None))
    return session.exec(found.order_by(SendPause.channel)).all()


def running(session: Session, incident: Incident, channel: str) -> bool:
    """Return whether this very pause is in force."""
    return any(one.channel == channel for one in pauses(session, incident))


def paused(session: Session, incident_id: uuid.UUID, channel: str) -> bool:
    """Return whether a channel may not be used for an incident now."""
    return session.execute(PAUSED, {"incident": incident_id, "channel": channel}).first() is not None


def cancel(
    session: Session, incident: Incident, *, reason: str, actor: str, variants: Sequence[uuid.UUID] | None = None
) -> dict[str, int]:  # fmt: skip
    """Call off what is planned or held of some wordings, or of all (None), for good; what is on the wire stays.

    Returns how many were called off, and how many are on the wire or in doubt.
    """
    stand_still(session, incident)
    keys: dict[str, Any] = {"incident": incident.id, "variants": list(variants) if variants is not None else None}
    found = session.execute(text(CANCEL), {**keys, "why": CALLED_OFF.format(reason), "now": clock.now()}).all()
    left = int(session.execute(text(ON_THE_WIRE), keys).scalar_one())
    if not found:
        raise Refusal("Nothing that could be called off is planned or held.", f"{left} are on the wire or in doubt.")
    record(
        session, incident.id, actor=actor, verb="cancelled", object_type="delivery",
        text=f"{len(found)} deliveries were called off: {reason}",
        data={"deliveries": len(found), "on_the_wire": left, "reason": reason,
              "variants": [str(one) for one in variants or ()]},
    )  # fmt: skip
    return {"cancelled": len(found), "on_the_wire": left}


def wordings(session: Session, incident: Incident, named: str) -> list[uuid.UUID]:
    """Return the wording whose id begins or ends so, and the versions of it that deliveries still hold."""
    used = select(Delivery.variant_id).where(Delivery.incident_id == incident.id).distinct()
    rows = session.exec(select(Variant).where(Variant.incident_id == incident.id)).all()
    held = set(session.exec(used).all())
    fitting = [
        one for one in rows
        if (one.current or one.id in held) and (str(one.id).startswith(named) or str(one.id).endswith(named))
    ]  # fmt: skip
    if len(named) < 4 or len(fitting) != 1:
        raise Refusal(
            f"{len(fitting)} wordings are called so.", f"`forthwith review list {incident.ref}` shows their ids."
        )
    same = fitting[0]
    return [one.id for one in rows
            if (one.notice_id, one.language, one.medium) == (same.notice_id, same.language, same.medium)]  # fmt: skip
