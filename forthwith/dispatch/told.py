"""What was told to one person, for their own page: the wordings that left for them, and the same in other languages.

No name and no address is filled in: whoever holds the notice has read them, and whoever doesn't learns none here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.approval.standing import last_decision
from forthwith.dispatch.remedies import code_of, wanted
from forthwith.filling.codes import verify_url
from forthwith.filling.content import fill, parts, prepared
from forthwith.filling.exposed import in_words, joined
from forthwith.filling.labels import labels, shipped
from forthwith.settings import settings
from models import Attempt, Delivery, DeliveryState, Incident, Medium, Notice, Person, Variant

LEFT = (  # states in which a notice has left the house, whatever became of it
    DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.RETURNED,
    DeliveryState.UNKNOWN,
)  # fmt: skip
FULLEST = (Medium.LETTER, Medium.EMAIL, Medium.FAX, Medium.WEB, Medium.SMS, Medium.VOICE)  # whose words say the most


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """One notice in one language as its reader sees it on their page."""

    title: str
    language: str
    tree: list[Any]  # see filling.tree; empty: there is only `text`
    text: str
    slots: dict[str, str]
    sent_at: datetime | None
    media: tuple[str, ...]
    remedy: str = ""  # their code for what is offered to them


def left_for(session: Session, person: Person) -> list[Delivery]:
    """Return the deliveries to a person that have left the house."""
    left = select(Delivery).where(Delivery.recipient_id == person.id, col(Delivery.state).in_(LEFT))
    return list(session.exec(left.order_by(col(Delivery.created_at))).all())


def told_to(session: Session, person: Person, language: str) -> list[Told]:
    """Return each notice that left for a person, in `language` where legal approved such a wording."""
    by_notice: dict[Any, list[Delivery]] = {}
    for delivery in left_for(session, person):
        by_notice.setdefault(delivery.notice_id, []).append(delivery)
    return [told for sent in by_notice.values() if (told := _told(session, person, sent, language))]


def languages_of(session: Session, person: Person) -> list[str]:
    """Return the languages in which legal approved what was told to a person."""
    notices = {delivery.notice_id for delivery in left_for(session, person)}
    found = select(Variant).where(col(Variant.notice_id).in_(notices), col(Variant.current))
    return sorted({one.language for one in session.exec(found) if _approved(session, one)})


def _told(session: Session, person: Person, sent: list[Delivery], language: str) -> Told | None:
    """Return one notice, by its fullest wording in the language, else by the one that was sent."""
    notice, own = session.get_one(Notice, sent[0].notice_id), {one.variant_id for one in sent}
    found = session.exec(select(Variant).where(Variant.notice_id == notice.id)).all()
    fit = [one for one in found if one.id in own or (one.current and _approved(session, one))]
    best = min(fit, key=lambda one: _rank(one, language, own), default=None)
    if best is None:
        return None
    wording, fields = parts(best.content).fixed, _slots(session, person, best)
    return Told(
        title=str(wording.get("title") or wording.get("subject") or notice.title), language=best.language,
        tree=wording.get("tree") or [], text=fill(best.content, fields).text,
        slots=prepared(wording, fields), remedy=fields["remedy_code"], sent_at=sent_at(session, sent),
        media=tuple(sorted({one.medium for one in sent})),
    )  # fmt: skip


def _rank(variant: Variant, language: str, sent: Iterable[Any]) -> tuple[bool, bool, int]:
    """Return what is shown first: the reader's language, the language that they were told in, the fullest medium."""
    order = {medium.value: place for place, medium in enumerate(FULLEST)}
    return variant.language != language, variant.id not in sent, order.get(variant.medium, len(order))


def _approved(session: Session, variant: Variant) -> bool:
    """Return whether legal's last word on a wording is yes: it may have drifted since, what it says was read."""
    decision = last_decision(session, variant)
    return decision is not None and decision.verdict == "approve"


def _slots(session: Session, person: Person, variant: Variant) -> dict[str, str]:
    """Return what fills a wording's open places without naming anybody."""
    incident = session.get_one(Incident, person.incident_id)
    key = keys.unwrap(incident.id, incident.wrapped_key)
    code = code_of(session, person, key) if wanted(variant.content) else ""
    return {
        "addressee": "", "name": "", "address": "", "code": "",
        "verify_url": verify_url(settings().public_url), "date": clock.today().isoformat(),
        "reference": incident.ref, "elements": joined(person.elements), "remedy_code": code,
    }  # fmt: skip


def sent_at(session: Session, sent: list[Delivery]) -> datetime | None:
    """Return when the first of some deliveries was tried."""
    first = select(Attempt.started_at).where(col(Attempt.delivery_id).in_([one.id for one in sent]))
    return session.exec(first.order_by(col(Attempt.started_at)).limit(1)).first()


def elements_in_words(person: Person, language: str) -> list[str]:
    """Return a person's exposed data in a language's words, in the order of the vocabulary."""
    return in_words(person.elements, labels(shipped(language)))
