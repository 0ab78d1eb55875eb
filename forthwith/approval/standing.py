"""Does legal's approval of a variant still stand? Asked when planning, and again just before the wire."""

import uuid
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from forthwith.approval.hashes import laws_sha256, recipients_sha256, sha256, template_sha256
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
    _people: dict[uuid.UUID, str] = field(default_factory=dict)
    _words: dict[str, str] = field(default_factory=dict)
    _law: dict[uuid.UUID, str] = field(default_factory=dict)

    def people(self, notice: Notice) -> str:
        """Return the hash of a notice's recipients."""
        if notice.id not in self._people:
            self._people[notice.id] = recipients_sha256(self.session, notice)
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
    decision = session.exec(
        select(Decision)
        .where(Decision.variant_id == variant.id, Decision.verdict != "ask")
        .order_by(col(Decision.created_at).desc(), col(Decision.id).desc())
        .limit(1)
    ).first()
    if decision is None or decision.verdict != "approve":
        return Standing(False, "not approved" if decision is None else "rejected", decision)
    if not variant.current:
        return Standing(False, "a newer wording replaced it", decision)
    reason = drift(present or Present(session), variant, decision)
    return Standing(not reason, reason, decision)


def laws_behind(session: Session, notice: Notice) -> list[str]:
    """Return the ids of the laws that a notice rests on."""
    duties = select(Obligation).join(NoticeDuty, col(NoticeDuty.obligation_id) == Obligation.id)
    return [law for duty in session.exec(duties.where(NoticeDuty.notice_id == notice.id)) for law in duty.laws]


def drift(present: Present, variant: Variant, decision: Decision) -> str:
    """Return what has changed since the decision, or an empty text."""
    notice = present.session.get_one(Notice, variant.notice_id)
    checks = {
        "the wording changed": (sha256(variant.content), decision.content_sha256),
        "the people changed": (present.people(notice), decision.recipients_sha256),
        "the templates changed": (present.words(variant.language), decision.template_sha256),
        "the law changed": (present.law(notice), decision.law_sha256),
    }
    return "; ".join(why for why, (present, approved) in checks.items() if present != approved)
