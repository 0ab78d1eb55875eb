"""Who wasn't reached gets the next lawful medium that arrives in time, never the same address again."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.dispatch import watermark
from forthwith.dispatch.addressing import Addresser, address_key, addresses
from forthwith.dispatch.arriving import too_late
from forthwith.dispatch.options import Option, options_of
from forthwith.dispatch.parties import held_by
from forthwith.dispatch.states import EXHAUSTED, SAME_ADDRESSEE, UNREADABLE
from forthwith.dispatch.stops import hold_stopped
from models import (
    Delivery,
    DeliveryState,
    Incident,
    Medium,
    Notice,
    Party,
    Person,
    PersonRecord,
    RecipientKind,
    Refusal,
)
from models.delivery import delivery_id

# the last leg of each recipient, where it ended unreached; with it whoever was told by that same delivery
UNREACHED = """
select d.id, d.notice_id, d.recipient_id, d.recipient_kind, d.leg, d.due_at, d.incident_id from delivery d
 where d.incident_id = :incident and d.untold in ('bounced', 'returned', 'failed') and d.recipient_kind <> 'public'
   and (cast(:only as uuid[]) is null or d.id = any(:only))
   and not exists (select 1 from delivery n where n.notice_id = d.notice_id and n.recipient_id = d.recipient_id
                                              and n.leg > d.leg)
"""

SHARED = """
select d.id, d.notice_id, d.recipient_id, d.recipient_kind, d.leg, d.due_at, d.incident_id from delivery d
 where d.incident_id = :incident and d.untold = 'cancelled' and d.reason = any(:reasons)
   and not exists (select 1 from delivery n where n.notice_id = d.notice_id and n.recipient_id = d.recipient_id
                                              and n.leg > d.leg)
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way that is still open: a medium's option and which of the recipient's addresses."""

    option: Option
    index: int


def plan_next_legs(session: Session, incident: Incident, *, only: Sequence[uuid.UUID] | None = None) -> int:
    """Plan the next leg of everybody whose last one failed (or of `only` these); return how many rows were added.

    Where no lawful channel is left the row is held with that reason: nobody is lost without a word.
    """
    keys_ = {"incident": incident.id, "only": list(only) if only is not None else None}
    found = list(session.execute(text(UNREACHED), keys_).all())
    shared = {"incident": incident.id, "reasons": [SAME_ADDRESSEE.format(row.id) for row in found]}
    found += session.execute(text(SHARED), shared).all() if found else []
    if not found:
        return 0
    rows = [_leg(row, *_next(session, incident, row)) for row in found]
    adding = insert(Delivery).on_conflict_do_nothing().returning(col(Delivery.id))
    made = len(session.execute(adding, rows).all())
    watermark.doubt_anew(session, incident.id)
    hold_stopped(session, incident)
    return made


def _leg(row: Any, way: Way | None, why_not: str) -> dict[str, Any]:
    """Return the next leg's row."""
    now = clock.now()
    return {
        "id": delivery_id(row.notice_id, row.recipient_id, row.leg + 1), "created_at": now,
        "incident_id": row.incident_id, "notice_id": row.notice_id,
        "variant_id": way.option.variant_id if way else None, "recipient_kind": row.recipient_kind,
        "recipient_id": row.recipient_id, "leg": row.leg + 1, "medium": way.option.medium if way else "none",
        "channel": way.option.channel if way else "none", "address_index": way.index if way else 0,
        "state": DeliveryState.PLANNED if way else DeliveryState.HELD, "reason": None if way else why_not,
        "due_at": row.due_at, "state_at": now,
    }  # fmt: skip


def _next(session: Session, incident: Incident, row: Any) -> tuple[Way | None, str]:
    """Return the first way that wasn't tried yet, or why there is none."""
    notice = session.get_one(Notice, row.notice_id)
    options = options_of(session, incident, notice)
    legs = select(Delivery).where(Delivery.notice_id == row.notice_id, Delivery.recipient_id == row.recipient_id)
    tried = session.exec(legs).all()
    if row.recipient_kind == RecipientKind.PARTY:
        return _party_way(session.get_one(Party, row.recipient_id), options, tried, row.due_at), EXHAUSTED
    try:
        return _person_way(session, incident, row.recipient_id, options, tried, row.due_at), EXHAUSTED
    except Refusal:
        return None, UNREADABLE


def _order(way: Option, language: str, due_at: datetime | None) -> tuple[bool, int, int]:
    """Return what comes first: what can still arrive before the deadline, then the law's order, then the language."""
    return too_late(way.medium, due_at), way.rank, way.fit(language)


def _party_way(
    party: Party, options: list[Option], tried: Sequence[Delivery], due_at: datetime | None
) -> Way | None:  # fmt: skip
    """Return an organisation's next way: each medium has one address."""
    used = {leg.medium for leg in tried}
    fitting = [way for way in options if way.medium not in used and set(way.needs) <= held_by(party)]
    best = min(fitting, key=lambda way: _order(way, party.language, due_at), default=None)
    return Way(best, 0) if best else None


def _person_way(
    session: Session, incident: Incident, person_id: uuid.UUID, options: list[Option], tried: Sequence[Delivery],
    due_at: datetime | None,
) -> Way | None:  # fmt: skip
    """Return a person's next way: the next address of the best medium that has one left."""
    person = session.get_one(Person, person_id)
    key = keys.unwrap(incident.id, incident.wrapped_key)
    record = Addresser(key, incident.ref).record(person.id, person.sealed)
    used = _used(tried, record)
    done = {leg.address_key for leg in tried if leg.address_key}
    allowed = [way for way in options if set(way.needs) <= set(person.channels) and way.medium != Medium.WEB]
    for way in sorted(allowed, key=lambda way: _order(way, person.language, due_at)):
        for index, address in _numbered(addresses(record, way.medium)):
            written = addresses(record, way.medium)[index]
            if (way.medium, address) not in used and address_key(key, way.medium, written, record.name) not in done:
                return Way(way, index)
    return None


def _used(tried: Sequence[Delivery], record: PersonRecord) -> set[tuple[str, str]]:
    """Return the addresses of legs that don't say it by their key: they were given up before a sender opened them."""
    return {
        (leg.medium, _same(held[leg.address_index]))
        for leg in tried
        if not leg.address_key
        and leg.medium in set(Medium)
        and leg.address_index < len(held := addresses(record, leg.medium))
    }


def reopen(session: Session, incident: Incident, person_id: uuid.UUID) -> int:
    """Let a person go by a way that came to be known after every other was tried; return how many notices go on."""
    held = select(Delivery).where(
        Delivery.incident_id == incident.id, Delivery.recipient_id == person_id, Delivery.state == DeliveryState.HELD,
        Delivery.reason == EXHAUSTED,
    ).with_for_update()  # fmt: skip
    again = 0
    for row in session.exec(held):
        way, _ = _next(session, incident, row)
        if way:
            row.medium, row.channel, row.address_index = way.option.medium, way.option.channel, way.index
            row.variant_id, row.state, row.reason = way.option.variant_id, DeliveryState.PLANNED, None
            row.state_at, again = clock.now(), again + 1
            session.add(row)
    session.flush()
    return again


def _numbered(held: list[str]) -> Iterator[tuple[int, str]]:
    return ((index, _same(address)) for index, address in enumerate(held))


def _same(address: str) -> str:
    """Return an address so that equal ones are equal."""
    return " ".join(address.casefold().split())
