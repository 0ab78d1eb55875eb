"""Does legal's approval of a variant still stand? Asked when planning, and again just before the wire."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from forthwith.approval.hashes import (
    laws_sha256,
    recipients_sha256,
    remembered_all,
    remembered_sha256,
    sha256,
    template_sha256,
)
from models import Decision, Notice, NoticeDuty, Obligation, Variant


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer, and why not."""

    approved: bool
    reason: str = ""
    decision: Decision | None = None


@dataclass(slots=True)
class Present:
    """What stands now, for approvals to be compared with: many wordings of a notice share its people and its laws."""

    session: Session
    remembers: bool = False  # for pages alone: what was hashed at this version of the scope need not be hashed again
    _people: dict[uuid.UUID, str] = field(default_factory=dict)
    _words: dict[str, str] = field(default_factory=dict)
    _law: dict[uuid.UUID, str] = field(default_factory=dict)
    _decided: dict[uuid.UUID, dict[uuid.UUID, Decision]] = field(default_factory=dict)

    def foresee(self, notices: Sequence[Notice]) -> None:
        """Hash what many notices share in few questions to the database instead of some for each."""
        laws: dict[uuid.UUID, list[str]] = {notice.id: [] for notice in notices}
        for notice_id, own, adopted in self.session.exec(_laws().where(col(NoticeDuty.notice_id).in_(list(laws)))):
            laws[notice_id] += (own, *(adopted or ()))
        self._law |= {notice_id: laws_sha256(found) for notice_id, found in laws.items()}
        if self.remembers:
            self._people |= remembered_all(self.session, notices)

    def decision(self, variant: Variant) -> Decision | None:
        """Return what legal decided last on a wording."""
        if variant.incident_id not in self._decided:
            self._decided[variant.incident_id] = last_decisions(self.session, variant.incident_id)
        return self._decided[variant.incident_id].get(variant.id)

    def note(self, decision: Decision) -> None:
        """Take in what was decided just now, in the same transaction."""
        if decision.verdict != "ask" and decision.incident_id in self._decided:
            self._decided[decision.incident_id][decision.variant_id] = decision

    def people(self, notice: Notice) -> str:
        """Return the hash of a notice's recipients."""
        if notice.id not in self._people:
            known = remembered_sha256 if self.remembers else recipients_sha256
            self._people[notice.id] = known(self.session, notice)
        return self._people[notice.id]

    def words(self, language: str) -> str:
        """Return the hash of a language's templates."""
        if language not in self._words:
            self._words[language] = template_sha256(language)
        return self._words[language]

    def law(self, notice: Notice) -> str:
        """Return the hash of the records of the laws behind a notice."""
        if notice.id not in self._law:
            self._law[notice.id] = laws_sha256(laws_behind(self.session, notice))
        return self._law[notice.id]


def standing(session: Session, variant: Variant, present: Present | None = None) -> Standing:
    """Return whether `variant` may leave now: approved last, and bytes, people, words and law unchanged since.

    `present` keeps what was hashed already; share it among the questions of one moment, and of no more.
    """
    decision = present.decision(variant) if present else last_decision(session, variant)
    if decision is None or decision.verdict != "approve":
        return Standing(False, "not approved" if decision is None else "rejected", decision)
    if not variant.current:
        return Standing(False, "a newer wording replaced it", decision)
    reason = drift(present or Present(session), variant, decision)
    return Standing(not reason, reason, decision)


def last_decision(session: Session, variant: Variant) -> Decision | None:
    """Return legal's last word on a wording; a question is none."""
    found = select(Decision).where(Decision.variant_id == variant.id, Decision.verdict != "ask")
    return session.exec(found.order_by(col(Decision.created_at).desc(), col(Decision.id).desc()).limit(1)).first()


def last_decisions(session: Session, incident_id: uuid.UUID) -> dict[uuid.UUID, Decision]:
    """Return legal's last word on each wording of an incident."""
    found = select(Decision).where(Decision.incident_id == incident_id, Decision.verdict != "ask")
    told = session.exec(found.order_by(col(Decision.created_at), col(Decision.id))).all()
    return {decision.variant_id: decision for decision in told}


def laws_behind(session: Session, notice: Notice) -> list[str]:
    """Return the ids of the laws that a notice rests on: see `Obligation.laws`."""
    found = session.exec(_laws().where(NoticeDuty.notice_id == notice.id)).all()
    return [law for _, own, adopted in found for law in (own, *(adopted or ()))]


def _laws() -> Any:
    """Return the question which laws stand behind notices."""
    told = select(NoticeDuty.notice_id, Obligation.law, col(Obligation.detail)["adopted"])
    return told.join(Obligation, col(NoticeDuty.obligation_id) == Obligation.id)


def drift(present: Present, variant: Variant, decision: Decision) -> str:
    """Return what has changed since the decision, or an empty text."""
    notice = present.session.get_one(Notice, variant.notice_id)
    return differences(
        decision, content=sha256(variant.content), people=present.people(notice),
        words=present.words(variant.language), law=present.law(notice),
    )  # fmt: skip


def differences(decision: Decision, *, content: str, people: str, words: str, law: str) -> str:
    """Return what differs between the hashes of a decision and those of now, or an empty text."""
    checks = {
        "the wording changed": (content, decision.content_sha256),
        "the people changed": (people, decision.recipients_sha256),
        "the templates changed": (words, decision.template_sha256),
        "the law changed": (law, decision.law_sha256),
    }
    return "; ".join(why for why, (present, approved) in checks.items() if present != approved)
