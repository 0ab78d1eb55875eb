"""What people wish goes first, where it is lawful, in time, and they can be reached so. It never repeats a notice.

A wish orders the lawful media of a notice; it adds none and drops none. It moves only what nobody has tried yet: no
row is added, and what was sent, or is on the wire, stays what it is.
"""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith.dispatch.addressing import people_of
from forthwith.dispatch.legs import NO_WISH, Way, first_way, next_way
from forthwith.dispatch.options import Option, options_of, unapproved
from forthwith.dispatch.statements import ALONE, NEEDED, TRY_ALONE
from forthwith.dispatch.states import WAITS, WISHED
from forthwith.filling.wishes import wishes_of
from models import (
    Attempt,
    Delivery,
    DeliveryState,
    EnquiryKind,
    Incident,
    Notice,
    Person,
    PersonWish,
    RecipientKind,
    Refusal,
    Wishes,
)

THEIRS = f"""
select c.notice_id from notice_cohort c where c.cohort_id = :cohort and c.notice_id in ({NEEDED})
"""
NO_ADDRESS, NOT_LAWFUL, NO_WORDING, NO_SETTING, LOOK = "no_address", "not_lawful", "no_wording", "no_setting", "look"


@dataclass(slots=True)
class _Known:
    """What many rows of one incident share."""

    session: Session
    incident: Incident
    options: dict[uuid.UUID, list[Option]]
    people: dict[uuid.UUID, Person]

    def of(self, notice_id: uuid.UUID) -> list[Option]:
        """Return the ways of a notice; none where it may not leave as it stands, so that its rows stay as they are."""
        if notice_id not in self.options:
            notice = self.session.get_one(Notice, notice_id)
            ways = [] if unapproved(self.session, notice) else options_of(self.session, self.incident, notice)
            self.options[notice_id] = ways
        return self.options[notice_id]


def begin(session: Session, incident: Incident) -> bool:
    """Keep plans out until the transaction ends; return whether that was possible at once.

    Where a plan is at work it need not be waited for: `apply` runs again before anything is sent.
    """
    return bool(session.execute(text(TRY_ALONE), {"incident": str(incident.id)}).scalar_one())


def apply_all(session: Session, incident: Incident) -> int:
    """Apply every wish of an incident to what nobody has tried yet; return how many deliveries go otherwise."""
    if session.exec(select(PersonWish.id).where(PersonWish.incident_id == incident.id).limit(1)).first() is None:
        return 0
    session.execute(text(ALONE), {"incident": str(incident.id)})
    return apply(session, incident)


def apply(session: Session, incident: Incident, only: Collection[uuid.UUID] | None = None) -> int:
    """Let what nobody has tried yet go as people wish (`only` these); return how many deliveries go otherwise.

    Rows that a sender holds at this moment are on their way: they are passed over.
    """
    wishes = wishes_of(session, incident, only)
    rows = _untried(session, incident, list(wishes if only is None else only))
    known = _Known(session, incident, {}, people_of(session, [row.recipient_id for row in rows]))
    return sum(_moved(known, row, wishes.get(row.recipient_id, NO_WISH)) for row in rows)


def _untried(session: Session, incident: Incident, people: list[uuid.UUID]) -> list[Delivery]:
    """Return the deliveries to some people that nobody has tried, locked."""
    waits = (Delivery.state == DeliveryState.PLANNED) | (
        (Delivery.state == DeliveryState.HELD) & (Delivery.reason == WAITS)
    )
    tried = select(Attempt.id).where(Attempt.delivery_id == Delivery.id).exists()
    found = select(Delivery).where(
        Delivery.incident_id == incident.id, col(Delivery.recipient_id).in_(people), waits, ~tried,
        Delivery.recipient_kind == RecipientKind.PERSON, col(Delivery.variant_id).is_not(None),
    )  # fmt: skip
    return list(session.exec(found.order_by(col(Delivery.id)).with_for_update(skip_locked=True)))


def _moved(known: _Known, row: Delivery, wishes: Wishes) -> bool:
    """Let one delivery go by the way that fits best; return whether it is another."""
    way, plain = _way(known, row, wishes), _way(known, row, NO_WISH)
    if way is None or plain is None:
        return False
    here = (way.option.variant_id, way.option.medium, way.option.channel, way.index)
    if here == (row.variant_id, row.medium, row.channel, row.address_index):
        return False
    row.variant_id, row.medium, row.channel, row.address_index = here
    if row.state == DeliveryState.PLANNED:
        row.reason = None if way == plain else WISHED
    known.session.add(row)
    known.session.flush()
    return True


def _way(known: _Known, row: Delivery, wishes: Wishes) -> Way | None:
    """Return the best way for a delivery: of a first leg as the plan chooses, of a later one among what is left."""
    options, person = known.of(row.notice_id), known.people[row.recipient_id]
    if row.leg == 1:
        return first_way(person, options, row.due_at, wishes)
    others = select(Delivery).where(
        Delivery.notice_id == row.notice_id, Delivery.recipient_id == row.recipient_id, Delivery.leg < row.leg
    )
    try:
        tried = known.session.exec(others).all()
        return next_way(known.incident, person, options, tried, row.due_at, wishes)
    except Refusal:
        return None


def as_rows(session: Session, incident: Incident) -> list[dict[str, str]]:
    """Return the wishes of an incident as rows for the planning statements; large print is no way of its own."""
    wishes = wishes_of(session, incident)
    return [
        {"person_id": str(person), "medium": one.medium, "language": one.language}
        for person, one in wishes.items() if one.medium or one.language
    ]  # fmt: skip


def left_to_do(session: Session, incident: Incident, person: Person, kind: str, choice: str) -> str:
    """Return what somebody must still do about a wish, as a code; empty where it acts wholly by itself.

    It is judged by every notice to the person's group, those that left included: what comes next goes as they do.
    """
    judge: dict[str, Callable[[], str]] = {
        EnquiryKind.CHANNEL: lambda: _of_channel(session, incident, person, choice),
        EnquiryKind.OTHER_LANGUAGE: lambda: _of_language(session, incident, person, choice),
        EnquiryKind.FORMAT: lambda: LOOK if choice == "large_print" else NO_SETTING,
    }
    return judge[kind]() if kind in judge else ""


def _of_channel(session: Session, incident: Incident, person: Person, medium: str) -> str:
    ways = _ways(session, incident, person)
    if medium not in person.channels:
        return NO_ADDRESS
    fits = [any(one.medium == medium and set(one.needs) <= set(person.channels) for one in some) for some in ways]
    return "" if fits and all(fits) else NOT_LAWFUL


def _of_language(session: Session, incident: Incident, person: Person, language: str) -> str:
    ways = _ways(session, incident, person)
    fits = [any(_base(one.language) == _base(language) for one in some) for some in ways]
    return "" if fits and all(fits) else NO_WORDING


def _base(language: str) -> str:
    return language.split("-")[0]


def _ways(session: Session, incident: Incident, person: Person) -> list[list[Option]]:
    """Return the ways of each notice to a person's group."""
    reached: Any = session.execute(text(THEIRS), {"incident": incident.id, "cohort": person.cohort_id}).scalars()
    found = session.exec(select(Notice).where(col(Notice.id).in_(list(reached)), col(Notice.party_id).is_(None)))
    return [options_of(session, incident, notice) for notice in found]
