"""Does legal's approval of a variant still stand? Asked when planning, and again just before the wire."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from forthwith.approval.hashes import laws_sha256, recipients_sha256, sha256, template_sha256
from models import Decision, Notice, NoticeDuty, Obligation, Variant


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer, and why not."""

    approved: bool
    reason: str = ""
    decision: Decision | None = None


def standing(session: Session, variant: Variant) -> Standing:
    """Return whether `variant` may leave now: approved last, and bytes, people, words and law unchanged since."""
    decision = session.exec(
        select(Decision)
        .where(Decision.variant_id == variant.id, Decision.verdict != "ask")
        .order_by(col(Decision.created_at).desc(), col(Decision.id).desc())
        .limit(1)
    ).first()
    if decision is None or decision.verdict != "approve":
        return Standing(False, "not approved" if decision is None else "rejected", decision)
    reason = "a newer wording replaced it" if not variant.current else drift(session, variant, decision)
    return Standing(not reason, reason, decision)


def laws_behind(session: Session, notice: Notice) -> list[str]:
    """Return the ids of the laws that a notice rests on."""
    duties = select(Obligation).join(NoticeDuty, col(NoticeDuty.obligation_id) == Obligation.id)
    return [law for duty in session.exec(duties.where(NoticeDuty.notice_id == notice.id)) for law in duty.laws]


def drift(session: Session, variant: Variant, decision: Decision) -> str:
    """Return what has changed since the decision, or an empty text."""
    notice = session.get_one(Notice, variant.notice_id)
    checks = {
        "the wording changed": (sha256(variant.content), decision.content_sha256),
        "the people changed": (recipients_sha256(session, notice), decision.recipients_sha256),
        "the templates changed": (template_sha256(variant.language), decision.template_sha256),
        "the law changed": (laws_sha256(laws_behind(session, notice)), decision.law_sha256),
    }
    return "; ".join(why for why, (present, approved) in checks.items() if present != approved)
