"""What is in doubt is asked of the provider that had it. It is never sent blindly again, nor through another."""

import math
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock, db
from forthwith.channels import Closing
from forthwith.channels import channel as channel_named
from forthwith.dispatch import watermark
from forthwith.dispatch.states import OUT_OF_SCOPE
from forthwith.settings import settings
from forthwith.timeline import record
from models import Accepted, Channel, DeliveryState, Incident, Medium, Outcome, Refusal, Refused

NO_ANSWER = "no answer was kept: the sender was cut off"
NEVER_SENT = "a person established that it was never sent"

EXPIRE = """
with over as (
  delete from lease where until < :now and (cast(:incident as uuid) is null or incident_id = :incident)
  returning deliveries),
gone as (
  update delivery set state = 'unknown', reason = :why, state_at = :now
   where id in (select unnest(deliveries) from over) and state = 'sending' and claimed_until < :now
  returning id, incident_id),
ended as (
  update attempt a set ended_at = :now, outcome = 'unknown', detail = :why
    from gone where a.delivery_id = gone.id and a.outcome is null returning 1)
select incident_id, count(*) as n from gone group by incident_id order by incident_id
"""

ASKABLE = """
select d.id, d.channel, d.medium, (select count(*) from attempt a where a.delivery_id = d.id) as tries
  from delivery d where d.incident_id = :incident and d.untold = 'unknown' and d.claimed_until + :grace < :now
"""

# only while nobody else touched it: the number of attempts is the row's version
ANSWER = """
update delivery d
   set state = k.state, reason = k.reason, provider_ref = coalesce(nullif(k.ref, ''), d.provider_ref),
       state_at = :now, claimed_by = null, claimed_until = null
  from unnest(cast(:ids as uuid[]), cast(:tries as int[]), cast(:states as text[]), cast(:reasons as text[]),
              cast(:refs as text[])) as k(id, tries, state, reason, ref)
 where d.id = k.id and d.state = 'unknown'
   and (select count(*) from attempt a where a.delivery_id = d.id) = k.tries
returning d.state
"""


@dataclass(slots=True)
class ReconcileReport:
    """What became clear. `in_doubt` is what the provider can't tell: its events, or a person, must."""

    expired: int = 0
    states: Counter[str] = field(default_factory=Counter)
    in_doubt: int = 0
    lines: list[str] = field(default_factory=list)


def expire(session: Session, incident_id: uuid.UUID | None = None) -> dict[uuid.UUID, int]:
    """Put deliveries whose sender was cut off in doubt; return how many by incident."""
    rows = session.execute(text(EXPIRE), {"incident": incident_id, "now": clock.now(), "why": NO_ANSWER})
    return {row.incident_id: row.n for row in rows}


def reconcile(incident_id: uuid.UUID) -> ReconcileReport:
    """Ask each channel about what is in doubt. Waits until a cut-off call can no longer arrive before it asks."""
    with db.session() as session:
        report = ReconcileReport(expired=expire(session, incident_id).get(incident_id, 0))
        keys = {"incident": incident_id, "now": clock.now(), "grace": _grace()}
        rows = session.execute(text(ASKABLE), keys).all()
    told = _ask(rows, report)
    with db.session() as session:
        report.states = _answer(session, [row for row in rows if row.id in told], told)
        in_doubt = "select count(*) from delivery where incident_id = :id and untold = 'unknown'"
        report.in_doubt = session.execute(text(in_doubt), {"id": incident_id}).scalar_one()
        if report.expired or report.states:
            record(
                session, incident_id, actor="dispatch", verb="reconciled", object_type="delivery",
                text=f"{sum(report.states.values())} deliveries in doubt became clear, {report.in_doubt} stay in doubt",
                data={"expired": report.expired, "states": dict(report.states), "in_doubt": report.in_doubt},
            )  # fmt: skip
    return report


def _grace() -> timedelta:
    """Return how long a call that was cut off may still arrive."""
    return timedelta(seconds=settings().provider_timeout)


def _ask(rows: Sequence[Any], report: ReconcileReport) -> dict[uuid.UUID, Outcome]:
    """Ask about each row, outside any transaction. A channel that can't be set up is named, once."""
    channels: dict[str, Channel | None] = {}
    told: dict[uuid.UUID, Outcome] = {}
    for row in rows:
        if row.channel not in channels:
            channels[row.channel] = _set_up(row.channel, report)
        channel = channels[row.channel]
        answer = channel.look_up(str(row.id)) if channel else None
        if isinstance(answer, Accepted | Refused):
            told[row.id] = answer
    for channel in channels.values():
        if isinstance(channel, Closing):
            channel.close()
    return told


def _set_up(name: str, report: ReconcileReport) -> Channel | None:
    try:
        return channel_named(name)
    except Refusal as refusal:
        report.lines.append(f"Channel {name} can't be asked: {refusal.what} {refusal.do}")
        return None


def _answer(session: Session, rows: Sequence[Any], told: dict[uuid.UUID, Outcome]) -> Counter[str]:
    """Write what the providers answered."""
    if not rows:
        return Counter()
    made = [_settled(told[row.id], row.medium) for row in rows]
    keys = {
        "ids": [row.id for row in rows], "tries": [row.tries for row in rows], "now": clock.now(),
        "states": [state for state, _, _ in made], "reasons": [reason for _, reason, _ in made],
        "refs": [reference for _, _, reference in made],
    }  # fmt: skip
    return Counter(session.execute(text(ANSWER), keys).scalars().all())


def _settled(answer: Outcome, medium: str) -> tuple[str, str | None, str]:
    """Return state, reason and reference of an answer: it has it, or it never got it."""
    if isinstance(answer, Accepted):
        arrived = DeliveryState.DELIVERED if medium == Medium.WEB else DeliveryState.ACCEPTED
        return arrived, None, answer.reference
    return DeliveryState.PLANNED, "the provider never got it", ""


RESOLVE = """
update delivery set state = :state, reason = :reason, state_at = :now, claimed_by = null, claimed_until = null
 where incident_id = :incident and untold = 'unknown' and (cast(:only as uuid) is null or id = :only)
   and (claimed_until is null or claimed_until + :grace < :now) returning id
"""


def resolve(
    session: Session, incident: Incident, *, sent: bool, reason: str, actor: str, only: uuid.UUID | None = None
) -> int:  # fmt: skip
    """Write a person's finding on what no provider can tell: it was sent, or it was not and goes again.

    What came into doubt only now is left alone: its call may still arrive, and nobody can have looked for it.
    """
    if not reason.strip():
        raise Refusal("Somebody must say how this was established.", "Give --reason.")
    state = DeliveryState.ACCEPTED if sent else DeliveryState.PLANNED
    keys = {"incident": incident.id, "state": state, "now": clock.now(), "only": only, "grace": _grace()}
    found = session.execute(text(RESOLVE), {**keys, "reason": None if sent else NEVER_SENT}).all()
    if not found:
        raise Refusal(
            "Nothing is in doubt here whose call is surely over.",
            f"`forthwith send status {incident.ref}` tells; in {math.ceil(_grace().total_seconds())} s look again.",
        )
    record(
        session, incident.id, actor=actor, verb="resolved", object_type="delivery", object_id=only or "",
        text=f"{len(found)} deliveries in doubt: a person established that they were {'' if sent else 'not '}sent",
        data={"deliveries": len(found), "sent": sent, "reason": reason[:200]},
    )  # fmt: skip
    return len(found)


def restored(session: Session, incident: Incident, *, actor: str) -> int:
    """After a restored backup: put everything that may have been sent since in doubt; return how many."""
    doubt = (
        "update delivery set state = 'unknown', reason = :why, state_at = :now, claimed_until = :now "
        "where incident_id = :incident and state in ('planned', 'sending', 'held') and variant_id is not null "
        "and reason is distinct from :scope returning id"
    )
    keys = {"incident": incident.id, "now": clock.now(), "why": watermark.RESTORED, "scope": OUT_OF_SCOPE}
    found = session.execute(text(doubt), keys).all()
    watermark.forget_when_committed(session, incident.id)
    record(
        session, incident.id, actor=actor, verb="restored", object_type="delivery",
        text=f"after a restored backup {len(found)} open deliveries are in doubt", data={"deliveries": len(found)},
    )  # fmt: skip
    return len(found)
