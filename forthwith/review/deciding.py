"""Legal's word on one wording: approve, reject, or ask for a change."""

from sqlmodel import Session, col, select

from forthwith.approval import Present, standing
from forthwith.review.binding import Bound, bound, unchanged
from forthwith.review.duties import undecided
from forthwith.review.four_eyes import acting, other_eyes, own_words
from forthwith.review.reading import recipients
from forthwith.timeline import record
from models import Decision, Incident, Notice, Phase, Refusal, User, UserRole, Variant

SAID = {"approve": "approved", "reject": "rejected", "ask": "asked"}
BOTH = (UserRole.LEGAL, UserRole.APPROVER)
DECIDERS = {"approve": BOTH, "reject": BOTH, "ask": (UserRole.LEGAL,)}
WHO = {UserRole.LEGAL: "Legal", UserRole.APPROVER: "An approver"}


def decide(
    session: Session, incident: Incident, variant: Variant, *,
    verdict: str, user: User, comment: str | None = None, seen: str | None = None, present: Present | None = None,
) -> Decision:  # fmt: skip
    """Write legal's or an approver's decision, bound to the four hashes of this moment, and its timeline entry.

    `seen` is the seal of what was read; where it is given and something changed since, nothing is decided. `present`
    keeps what was hashed for the other wordings that are decided in the same transaction.
    Raises Refusal for a wrong role, the author, a missing comment, an undecided duty, or a stale draft.
    """
    if verdict not in SAID:
        raise Refusal(f"There is no verdict {verdict!r}.", f"Choose one of: {', '.join(SAID)}.")
    user, role = acting(session, user, incident, *DECIDERS[verdict])
    _open_for(session, incident, variant)
    now = bound(session, variant, present)
    if seen is not None and seen != now.seal:
        raise Refusal("This draft or its recipients changed since you read it.", "Read it again, then decide.")
    comment = own_words(comment, what="comment") if comment or verdict != "approve" else None
    if verdict == "approve":
        _approvable(session, incident, variant, user=user, now=now)
        _settled(variant, comment)
        if repeated := _same_again(session, variant, user, present):
            return repeated
    decision = _written(session, variant, verdict=verdict, user=user, role=role, comment=comment, now=now)
    if present:
        present.note(decision)
    return decision


def history(session: Session, variant: Variant) -> list[Decision]:
    """Return every decision on a variant, the newest first."""
    ordered = select(Decision).where(Decision.variant_id == variant.id)
    return list(session.exec(ordered.order_by(col(Decision.created_at).desc(), col(Decision.id).desc())).all())


def _open_for(session: Session, incident: Incident, variant: Variant) -> None:
    """Refuse what is not this incident's, closed, or replaced by a newer wording."""
    if variant.incident_id != incident.id:
        raise Refusal("This wording belongs to another incident.", "`forthwith review list` shows this one's.")
    if incident.phase == Phase.CLOSED:
        raise Refusal("The incident is closed.", "Open a new one if something new is known.")
    if not variant.current or not session.get_one(Notice, variant.notice_id).current:
        raise Refusal("A newer wording replaced this one.", "Read and decide the newest.")


def _approvable(session: Session, incident: Incident, variant: Variant, *, user: User, now: Bound) -> None:
    """Refuse an approval of one's own work, of a stale draft, or while a duty is undecided."""
    other_eyes(incident, user, variant)
    unchanged(variant, now)
    if waiting := undecided(session, incident):
        raise Refusal(
            f"{len(waiting)} duties are undecided, the first is {waiting[0].key}.",
            "Answer their questions or decide them: `forthwith review decide REF DUTY`.",
        )


def _settled(variant: Variant, comment: str | None) -> None:
    """Refuse to approve against an error that the checks found, unless a comment says why it may stand."""
    errors = [found.get("code", "") for found in variant.lint.get("warnings", []) if found.get("error")]
    if errors and not comment:
        raise Refusal(
            f"The checks found {len(errors)} errors: {', '.join(errors)}.",
            "Settle them and draft again, or say in a comment why the wording may leave so.",
        )


def _same_again(session: Session, variant: Variant, user: User, present: Present | None) -> Decision | None:
    """Return the standing approval of the same user: a button pressed twice is one decision."""
    stands = standing(session, variant, present)
    return stands.decision if stands.approved and stands.decision and stands.decision.by == user.name else None


def _written(
    session: Session, variant: Variant, *, verdict: str, user: User, role: UserRole, comment: str | None, now: Bound
) -> Decision:
    decision = Decision(
        incident_id=variant.incident_id, variant_id=variant.id, verdict=verdict, by=user.name, role=role,
        comment=comment, content_sha256=now.content, recipients_sha256=now.recipients,
        template_sha256=now.template, law_sha256=now.law,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    what = f"{variant.language} {variant.medium}, version {variant.version}"
    record(
        session, variant.incident_id, actor=user.name, verb=SAID[verdict], object_type="variant",
        object_id=variant.id, text=f"{WHO[role]} {SAID[verdict]} the wording {what}.",
        data={"notice": str(variant.notice_id), "content": now.content, "recipients": now.recipients,
              "template": now.template, "law": now.law, "commented": comment is not None,
              "people": recipients(session, session.get_one(Notice, variant.notice_id))},
    )  # fmt: skip
    return decision
