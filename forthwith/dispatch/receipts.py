"""What providers say later: matched, kept once, applied upwards only. An answer that comes late and hard reopens."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from forthwith import clock, db
from forthwith.channels import channel as channel_named
from forthwith.dispatch.legs import plan_next_legs
from forthwith.dispatch.meeting import reopen
from forthwith.dispatch.states import UNREACHED, later
from forthwith.timeline import record
from models import Delivery, Incident, Phase, ProviderEvent, Receipt, new_id


@dataclass(slots=True)
class ReceiveReport:
    """What a webhook call brought: how many events, how many of them new, and what moved."""

    events: int = 0
    new: int = 0
    unmatched: int = 0
    states: Counter[str] = field(default_factory=Counter)
    reopened: list[str] = field(default_factory=list)


def receive(provider: str, body: bytes, headers: Mapping[str, str], url: str = "") -> ReceiveReport:
    """Take one webhook call of a provider. Raises Refusal where it is forged; then nothing is kept."""
    events = channel_named(provider).receipts(body, headers, url)
    with db.session() as session:
        return take(session, events)


def take(session: Session, events: list[ProviderEvent]) -> ReceiveReport:
    """Keep and apply events that were verified. Twice, late or in any order: the end is the same."""
    report = ReceiveReport(events=len(events))
    moved: dict[uuid.UUID, list[Delivery]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.at):
        delivery = _match(session, event)
        if not _keep(session, event, delivery):
            continue
        report.new += 1
        report.unmatched += delivery is None
        if delivery is not None and _apply(delivery, event.state, event.message_ref, event.detail.get("code")):
            moved[delivery.incident_id].append(delivery)
    session.flush()
    for incident_id in sorted(moved):
        _follow_up(session, incident_id, moved[incident_id], report)
    return report


def _match(session: Session, event: ProviderEvent) -> Delivery | None:
    """Return the delivery that an event speaks of: by our own id, else by the provider's where that is unique."""
    found = select(Delivery).with_for_update()
    if key := _uuid(event.key):
        return session.exec(found.where(Delivery.id == key)).first()
    if event.key is not None or not event.message_ref:
        return None
    named = found.where(Delivery.provider_ref == event.message_ref, Delivery.channel == event.provider)
    rows = session.exec(named.limit(2)).all()
    return rows[0] if len(rows) == 1 else None


def _uuid(key: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(key) if key else None
    except ValueError:
        return None


def _keep(session: Session, event: ProviderEvent, delivery: Delivery | None) -> bool:
    """Keep a receipt; return whether it is new. Providers change event ids on a retry: the content is the identity."""
    row = {
        "id": new_id(), "created_at": clock.now(), "provider": event.provider, "message_ref": event.message_ref,
        "incident_id": delivery.incident_id if delivery else None, "event": event.event, "at": event.at,
        "delivery_id": delivery.id if delivery else None, "recipient_index": event.recipient_index or event.key or "",
        "state": event.state, "detail": dict(event.detail),
    }  # fmt: skip
    kept = insert(Receipt).values(row).on_conflict_do_nothing().returning(col(Receipt.id))
    return session.execute(kept).first() is not None


def _apply(delivery: Delivery, state: str, reference: str, code: str | None) -> bool:
    """Move a delivery upwards; return whether it moved. What is settled otherwise by a person stays."""
    if not later(delivery.state, state):
        return False
    delivery.state, delivery.state_at = state, clock.now()
    delivery.provider_ref = delivery.provider_ref or reference or None
    delivery.reason = f"the provider reports {state}" + (f" ({code})" if code else "") if state in UNREACHED else None
    return True


def _follow_up(session: Session, incident_id: uuid.UUID, moved: list[Delivery], report: ReceiveReport) -> None:
    """Enter what moved into the timeline; plan the next legs of the unreached, and reopen what was closed."""
    counts = Counter(str(delivery.state) for delivery in moved)
    report.states.update(counts)
    unreached = [delivery.id for delivery in moved if delivery.state in UNREACHED]
    incident = session.get_one(Incident, incident_id)
    legs = plan_next_legs(session, incident, only=unreached) if unreached else 0
    duties = reopen(session, incident_id, unreached) if unreached else []
    report.reopened += duties
    if unreached:
        _back_to_notifying(incident)
    said = ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))
    record(
        session, incident_id, actor="dispatch", verb="reopened" if unreached else "received",
        object_type="delivery", text=f"providers report: {said}" + (f"; {legs} next legs planned" if legs else ""),
        data={"states": dict(counts), "next_legs": legs, "duties_reopened": duties},
    )  # fmt: skip


def _back_to_notifying(incident: Incident) -> None:
    """Take an incident that waits or was closed back to sending: somebody is untold again."""
    if incident.phase in (Phase.MONITORING, Phase.CLOSED):
        incident.phase, incident.closed_at = Phase.NOTIFYING, None


ORPHANS = text("""
select r.id, d.id as delivery_id, r.state, r.message_ref, r.at
  from receipt r join delivery d on d.provider_ref = r.message_ref and d.channel = r.provider
 where r.delivery_id is null and r.provider = :provider and d.incident_id = :incident and r.message_ref <> ''
   and (select count(*) from delivery o where o.provider_ref = r.message_ref and o.channel = r.provider) = 1
 order by r.at
""")


def apply_orphans(session: Session, incident_id: uuid.UUID, provider: str) -> int:
    """Apply receipts that came before the answer that tells their reference; return how many fitted."""
    rows = session.execute(ORPHANS, {"incident": incident_id, "provider": provider}).all()
    moved = []
    for row in rows:
        receipt = session.get_one(Receipt, row.id)
        delivery = session.get_one(Delivery, row.delivery_id, populate_existing=True, with_for_update=True)
        receipt.delivery_id, receipt.incident_id = delivery.id, incident_id
        if _apply(delivery, row.state, row.message_ref, None):
            moved.append(delivery)
    session.flush()
    if moved:
        _follow_up(session, incident_id, moved, ReceiveReport())
    return len(rows)


def newest(session: Session, incident_id: uuid.UUID) -> datetime | None:
    """Return when a provider was last heard of: a silent webhook is a fault."""
    last = select(Receipt.created_at).where(Receipt.incident_id == incident_id)
    return session.exec(last.order_by(col(Receipt.created_at).desc()).limit(1)).first()
