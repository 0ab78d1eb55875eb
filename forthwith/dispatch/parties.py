"""Notices to one organisation, and to the public: few rows, planned one by one."""

import uuid
from datetime import datetime

from sqlalchemy import func, literal
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.dispatch.options import Option
from forthwith.dispatch.states import LIFTABLE, NO_CHANNEL, NO_WORDING
from models import (
    Audience,
    Delivery,
    DeliveryState,
    Incident,
    Medium,
    Notice,
    NoticeDuty,
    Obligation,
    Party,
    RecipientKind,
)
from models.delivery import delivery_id


def plan_party(session: Session, incident: Incident, notice: Notice, ways: list[Option]) -> list[str]:
    """Plan the one delivery to a notice's party; return the state of the row that was added, if one was."""
    party = session.get_one(Party, notice.party_id)
    fitting = [way for way in ways if set(way.needs) <= held_by(party)]
    best = min(fitting, key=lambda way: (way.rank, way.fit(party.language)), default=None)
    return _add(session, incident, notice, RecipientKind.PARTY, party.id, 1, best)


def held_by(party: Party) -> set[str]:
    """Return by which media an organisation can be reached. A filing can always be prepared."""
    found = {Medium.EMAIL: party.email, Medium.LETTER: party.postal, Medium.FAX: party.fax, Medium.FILING: "yes"}
    return {str(medium) for medium, address in found.items() if address}


def plan_public(session: Session, incident: Incident, notice: Notice, ways: list[Option]) -> list[str]:
    """Plan the published notice, one page a language: for the public, or in place of those whom no channel reaches."""
    pages = sorted((way for way in ways if way.medium == Medium.WEB), key=lambda way: way.language)
    if notice.party_id is not None or not (_public(notice) or _substitute(session, notice)):
        return []
    return [
        state
        for leg, page in enumerate(pages, 1)
        for state in _add(session, incident, notice, RecipientKind.PUBLIC, notice.id, leg, page)
    ]


def _public(notice: Notice) -> bool:
    return notice.audience in (Audience.PUBLIC, Audience.MEDIA)


def _substitute(session: Session, notice: Notice) -> bool:
    """Return whether somebody can't be told directly. Drafting lists `web` only where a substitute is lawful."""
    untold = select(Delivery.id).where(
        Delivery.notice_id == notice.id, Delivery.state == DeliveryState.HELD, Delivery.medium == "none"
    )
    return session.exec(untold.limit(1)).first() is not None


def _add(
    session: Session, incident: Incident, notice: Notice, kind: RecipientKind, recipient: uuid.UUID, leg: int,
    way: Option | None,
) -> list[str]:  # fmt: skip
    """Add one row where it is missing; lift one that was held for want of an address or a wording."""
    state, now = (DeliveryState.PLANNED if way else DeliveryState.HELD), clock.now()
    row = {
        "id": delivery_id(notice.id, recipient, leg), "created_at": now, "incident_id": incident.id,
        "notice_id": notice.id,
        "variant_id": way.variant_id if way else None, "recipient_kind": kind, "recipient_id": recipient,
        "leg": leg, "medium": way.medium if way else "none", "channel": way.channel if way else "none",
        "address_index": 0, "state": state, "due_at": due(session, notice), "state_at": now,
        "reason": None if way else NO_CHANNEL if notice.media else NO_WORDING,
    }  # fmt: skip
    adding = insert(Delivery).values(row)
    lifted = {
        name: adding.excluded[name] for name in ("variant_id", "medium", "channel", "state", "reason", "state_at")
    }
    found = adding.on_conflict_do_update(
        index_elements=["notice_id", "recipient_id", "leg"], set_=lifted,
        where=(col(Delivery.state) == DeliveryState.HELD) & col(Delivery.reason).in_(LIFTABLE) & literal(bool(way)),
    )  # fmt: skip
    return list(session.execute(found.returning(col(Delivery.state))).scalars().all())


def due(session: Session, notice: Notice) -> datetime | None:
    """Return the earliest instant at which one of a notice's duties is due."""
    earliest = select(func.min(Obligation.due_at)).join(NoticeDuty, col(NoticeDuty.obligation_id) == Obligation.id)
    return session.exec(earliest.where(NoticeDuty.notice_id == notice.id, col(Obligation.current))).one()
