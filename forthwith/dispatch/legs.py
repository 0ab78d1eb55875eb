"""Who wasn't reached gets the next lawful medium that arrives in time, never the same address again."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.dispatch import watermark
from forthwith.dispatch.addressing import Addresser, address_key, addresses
from forthwith.dispatch.arriving import in_time, too_late
from forthwith.dispatch.options import Option, options_of
from forthwith.dispatch.parties import held_by
from forthwith.dispatch.states import EXHAUSTED, SAME_ADDRESSEE, UNREADABLE, WISHED
from forthwith.dispatch.stops import hold_stopped
from forthwith.filling.wishes import wishes_of
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
    Wishes,
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


NO_WISH = Wishes()


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
    wishes = wishes_of(session, incident, [row.recipient_id for row in found])
    rows = [_leg(row, *_next(session, incident, row, wishes)) for row in found]
    adding = insert(Delivery).on_conflict_do_nothing().returning(col(Delivery.id))
    made = len(session.execute(adding, rows).all())
    watermark.doubt_anew(session, incident.id)
    hold_stopped(session, incident)
    return made


def _leg(row: Any, way: Way | None, why: str | None) -> dict[str, Any]:
    """Return the next leg's row."""
    now = clock.now()
    return {
        "id": delivery_id(row.notice_id, row.recipient_id, row.leg + 1), "created_at": now,
        "incident_id": row.incident_id, "notice_id": row.notice_id,
        "variant_id": way.option.variant_id if way else None, "recipient_kind": row.recipient_kind,
        "recipient_id": row.recipient_id, "leg": row.leg + 1, "medium": way.option.medium if way else "none",
        "channel": way.option.channel if way else "none", "address_index": way.index if way else 0,
        "state": DeliveryState.PLANNED if way else DeliveryState.HELD, "reason": why,
        "due_at": row.due_at, "state_at": now,
    }  # fmt: skip


def _next(
    session: Session, incident: Incident, row: Any, wishes: Mapping[uuid.UUID, Wishes]
) -> tuple[Way | None, str | None]:
    """Return the first way that wasn't tried yet, and what is to be written beside it: why it is none, or a wish."""
    notice = session.get_one(Notice, row.notice_id)
    options = options_of(session, incident, notice)
    legs = select(Delivery).where(Delivery.notice_id == row.notice_id, Delivery.recipient_id == row.recipient_id)
    tried = session.exec(legs).all()
    if row.recipient_kind == RecipientKind.PARTY:
        found = _party_way(session.get_one(Party, row.recipient_id), options, tried, row.due_at)
        return found, None if found else EXHAUSTED
    person = session.get_one(Person, row.recipient_id)
    try:
        own = next_way(incident, person, options, tried, row.due_at, wishes.get(person.id, NO_WISH))
        plain = next_way(incident, person, options, tried, row.due_at, NO_WISH) if person.id in wishes else own
    except Refusal:
        return None, UNREADABLE
    return own, EXHAUSTED if own is None else None if own == plain else WISHED


def _order(
    way: Option, language: str, due_at: datetime | None, wishes: Wishes = NO_WISH
) -> tuple[bool, bool, int, bool, int]:  # fmt: skip
    """Return what comes first: what can still arrive before the deadline, then a wish, the law's order, language."""
    late, wished = too_late(way.medium, due_at), in_time(way.medium, wishes.medium, due_at)
    return late, not wished, way.rank, _unwished(way, wishes), way.fit(language)


def _unwished(way: Option, wishes: Wishes) -> bool:
    """Return whether a wording speaks another language than the one that was wished."""
    return bool(wishes.language) and way.language.split("-")[0] != wishes.language.split("-")[0]


def first_way(person: Person, options: Iterable[Option], due_at: datetime | None, wishes: Wishes) -> Way | None:
    """Return the way of a first leg, as the plan's statement chooses it; None where no medium reaches the person."""
    fitting = [way for way in options if set(way.needs) <= set(person.channels)]
    order = lambda way: (  # noqa: E731
        not in_time(way.medium, wishes.medium, due_at), way.rank, _unwished(way, wishes), way.fit(person.language),
        way.language,
    )  # fmt: skip
    best = min(fitting, key=order, default=None)
    return Way(best, 0) if best else None


def _party_way(
    party: Party, options: list[Option], tried: Sequence[Delivery], due_at: datetime | None
) -> Way | None:  # fmt: skip
    """Return an organisation's next way: each medium has one address."""
    used = {leg.medium for leg in tried}
    fitting = [way for way in options if way.medium not in used and set(way.needs) <= held_by(party)]
    best = min(fitting, key=lambda way: _order(way, party.language, due_at), default=None)
    return Way(best, 0) if best else None


def next_way(
    incident: Incident, person: Person, options: list[Option], tried: Sequence[Delivery], due_at: datetime | None,
    wishes: Wishes,
) -> Way | None:  # fmt: skip
    """Return a person's next way: the next address of the best medium that has one left."""
    key = keys.unwrap(incident.id, incident.wrapped_key)
    record = Addresser(key, incident.ref).record(person.id, person.sealed)
    used = _used(tried, record)
    done = {leg.address_key for leg in tried if leg.address_key}
    allowed = [way for way in options if set(way.needs) <= set(person.channels) and way.medium != Medium.WEB]
    for way in sorted(allowed, key=lambda way: _order(way, person.language, due_at, wishes)):
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
    again, wishes = 0, wishes_of(session, incident, [person_id])
    for row in session.exec(held):
        way, why = _next(session, incident, row, wishes)
        if way:
            row.medium, row.channel, row.address_index = way.option.medium, way.option.channel, way.index
            row.variant_id, row.state, row.reason = way.option.variant_id, DeliveryState.PLANNED, why
            row.state_at, again = clock.now(), again + 1
            session.add(row)
    session.flush()
    return again


def _numbered(held: list[str]) -> Iterator[tuple[int, str]]:
    return ((index, _same(address)) for index, address in enumerate(held))


def _same(address: str) -> str:
    """Return an address so that equal ones are equal."""
    return " ".join(address.casefold().split())
