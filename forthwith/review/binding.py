"""What a decision binds: the bytes, the recipients, the words and the law, as they stand now."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from forthwith import approval
from models import Notice, NoticeDuty, Obligation, Refusal, Variant


@dataclass(frozen=True, slots=True)
class Bound:
    """The four hashes of one variant at one moment."""

    content: str
    recipients: str
    template: str
    law: str

    @property
    def seal(self) -> str:
        """One short hash over the four: a page carries it, so that legal decides on exactly what was read."""
        return approval.sha256("".join((self.content, self.recipients, self.template, self.law)).encode())[:32]


def bound(session: Session, variant: Variant, present: approval.Present | None = None) -> Bound:
    """Return the four hashes as they are now, computed from the rows and files and not from what was noted.

    `present`: what the caller has just hashed for other wordings, in the same transaction.
    """
    notice, now = session.get_one(Notice, variant.notice_id), present or approval.Present(session)
    return Bound(
        content=approval.sha256(variant.content), recipients=now.people(notice),
        template=now.words(variant.language), law=now.law(notice),
    )  # fmt: skip


def duties_of(session: Session, notice: Notice) -> list[Obligation]:
    """Return the duties that a notice fulfils."""
    joined = select(Obligation).join(NoticeDuty, col(NoticeDuty.obligation_id) == Obligation.id)
    return list(session.exec(joined.where(NoticeDuty.notice_id == notice.id).order_by(Obligation.key)).all())


def unchanged(variant: Variant, now: Bound) -> None:
    """Refuse where words, law or bytes are no longer those that the variant was drafted from."""
    stale = {
        "the stored bytes are not those that were drafted": (now.content, variant.content_sha256),
        "the templates changed": (now.template, variant.template_sha256),
        "the law's record changed": (now.law, variant.law_sha256),
    }
    for why, (present, drafted) in stale.items():
        if present != drafted:
            raise Refusal(f"This draft is stale: {why}.", "Assess and draft again, then read it again.")
