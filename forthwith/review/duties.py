"""Legal's word on a duty that the engine could not settle, or settled against legal's view."""

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from forthwith.review.four_eyes import legal, other_eyes, own_words
from forthwith.timeline import record
from models import Incident, Obligation, Phase, Refusal, User, Verdict

DECIDABLE = (Verdict.NOTIFY, Verdict.DO_NOT_NOTIFY)


def current_duties(session: Session, incident: Incident) -> list[Obligation]:
    """Return the duties of the newest assessment, the most urgent first."""
    return list(session.exec(_current(incident)).all())


def undecided(session: Session, incident: Incident) -> list[Obligation]:
    """Return the duties that a person must still decide."""
    effective = func.coalesce(Obligation.decided_verdict, Obligation.verdict)  # see Obligation.effective
    return list(session.exec(_current(incident).where(effective == Verdict.REVIEW)).all())


def _current(incident: Incident) -> SelectOfScalar[Obligation]:
    """Ask for the duties of the newest assessment, the most urgent first."""
    found = select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.current))
    return found.order_by(col(Obligation.due_at).nulls_last(), Obligation.key)


def duty_of(session: Session, incident: Incident, key: str) -> Obligation:
    """Return the current duty of this key. Raises Refusal where there is none."""
    for duty in current_duties(session, incident):
        if key in (duty.key, str(duty.id)):
            return duty
    raise Refusal(f"This incident has no current duty {key!r}.", "`forthwith review show REF` lists them.")


def decide_duty(
    session: Session, obligation: Obligation, *, verdict: str, user: User, reason: str | None
) -> Obligation:
    """Decide one duty. Not to tell, or to overrule the engine, needs a reason; both go into the timeline.

    Raises Refusal for a wrong role, an old duty, a missing reason, or the opener waiving a duty alone.
    """
    if verdict not in DECIDABLE:
        raise Refusal(f"A duty can't be decided {verdict!r}.", f"Choose one of: {', '.join(DECIDABLE)}.")
    incident = session.get_one(Incident, obligation.incident_id)
    user = legal(session, user, incident)
    if not obligation.current or incident.phase == Phase.CLOSED:
        raise Refusal("This duty is not open any more.", "Decide those of the newest assessment.")
    if verdict == Verdict.DO_NOT_NOTIFY:
        other_eyes(incident, user)
    waives = verdict == Verdict.DO_NOT_NOTIFY or obligation.verdict == Verdict.DO_NOT_NOTIFY
    words = own_words(reason, what="reason") if reason or waives else None
    if (obligation.decided_verdict, obligation.decided_by, obligation.decided_reason) != (verdict, user.name, words):
        _write(session, obligation, verdict=verdict, user=user, reason=words)
    return obligation


def _write(session: Session, obligation: Obligation, *, verdict: str, user: User, reason: str | None) -> None:
    before = obligation.effective
    obligation.decided_verdict, obligation.decided_by, obligation.decided_reason = verdict, user.name, reason
    session.add(obligation)
    session.flush()
    told = "must be met" if verdict == Verdict.NOTIFY else "need not be met"
    record(
        session, obligation.incident_id, actor=user.name, verb="decided", object_type="obligation",
        object_id=obligation.id, text=f"Legal decided that the duty {obligation.key} {told}.",
        data={"duty": obligation.key, "law": obligation.law, "citation": obligation.citation,
              "law_sha256": obligation.law_sha256, "engine": obligation.verdict, "before": before,
              "verdict": verdict, "reason": reason},
    )  # fmt: skip
