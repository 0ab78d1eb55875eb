"""Who must act next in an incident, on what, and where: counted from rows, without anybody's record."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from forthwith import hearing, review
from forthwith.timeline.deadlines import Deadline
from models import (
    Cohort,
    Decision,
    Delivery,
    DeliveryState,
    Enquiry,
    EnquiryState,
    Evidence,
    Incident,
    Notice,
    Phase,
    Question,
    Variant,
    Verdict,
)

DOUBTFUL = (DeliveryState.UNKNOWN, DeliveryState.HELD)
BEFORE = (Phase.DETECTED, Phase.SCOPING)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits for somebody. `blocks`: the notices can't leave before it is done."""

    who: str  # a role
    what: str
    where: str  # the path behind the incident's own
    blocks: bool = False


def tasks(session: Session, incident: Incident, deadlines: list[Deadline]) -> list[Task]:
    """Return what waits in an incident, what blocks first."""
    if incident.phase == Phase.CLOSED:
        return []
    found = [
        *_people(session, incident), *_questions(session, incident), *_duties(deadlines),
        *_wordings(session, incident), *_deliveries(session, incident), *_late(deadlines),
        *_enquiries(session, incident),
    ]  # fmt: skip
    return sorted(found, key=lambda one: not one.blocks)


def _people(session: Session, incident: Incident) -> list[Task]:
    """Without people nobody can be told."""
    counted = _count(session, select(Cohort.id).where(Cohort.incident_id == incident.id, Cohort.count > 0))
    if counted:
        return []
    files = _count(session, select(Evidence.id).where(Evidence.incident_id == incident.id))
    what = "no file told of anybody yet: hand in another" if files else "hand in lists of the affected people"
    return [Task("responder", what, "/evidence", blocks=incident.phase not in BEFORE)]


def _questions(session: Session, incident: Incident) -> list[Task]:
    """Questions of fact are the responder's, judgements legal's."""
    asked = session.exec(select(Question).where(Question.incident_id == incident.id, col(Question.current))).all()
    judged = sum(review.of_judgement(one) for one in asked)
    told = [("legal", judged, "judgement"), ("responder", len(asked) - judged, "fact")]
    return [
        Task(who, f"{count} question{'s' * (count != 1)} of {kind}", "/review#questions")
        for who, count, kind in told if count
    ]  # fmt: skip


def _duties(deadlines: list[Deadline]) -> list[Task]:
    undecided = sum(one.verdict == Verdict.REVIEW and not one.met_at for one in deadlines)
    words = f"{undecided} dut{'ies' if undecided != 1 else 'y'} to decide"
    return [Task("legal", words, "/review#duties", blocks=True)] if undecided else []


def _wordings(session: Session, incident: Incident) -> list[Task]:
    """Wordings on which legal has not said yes; whether a yes still stands is hashed on the review page alone."""
    current = select(Variant.id).join(Notice, col(Notice.id) == Variant.notice_id)
    ids = set(session.exec(current.where(
        Variant.incident_id == incident.id, col(Variant.current), col(Notice.current)
    )))  # fmt: skip
    last: dict[Any, str] = {}
    said = select(Decision).where(Decision.incident_id == incident.id, Decision.verdict != "ask")
    for made in session.exec(said.order_by(col(Decision.created_at), col(Decision.id))):
        last[made.variant_id] = made.verdict
    waiting = sum(last.get(one) != "approve" for one in ids)
    words = f"{waiting} wording{'s' * (waiting != 1)} to read and approve"
    return [Task("legal", words, "/review#notices", blocks=True)] if waiting else []


def _deliveries(session: Session, incident: Incident) -> list[Task]:
    """What ended in doubt or found no way is for a person to settle."""
    counted = select(Delivery.untold, func.count()).where(
        Delivery.incident_id == incident.id, col(Delivery.untold).in_(DOUBTFUL)
    )
    states = dict(session.exec(counted.group_by(col(Delivery.untold))).all())
    doubt = "in doubt: ask the provider, then hold or resend"
    words = {DeliveryState.UNKNOWN: doubt, DeliveryState.HELD: "held, with a reason"}
    return [
        Task("responder", f"{states[state]:,} deliver{'ies' if states[state] != 1 else 'y'} {told}", "/deliveries")
        for state, told in words.items() if states.get(state)
    ]  # fmt: skip


def _late(deadlines: list[Deadline]) -> list[Task]:
    late = sum(one.demands_reason for one in deadlines)
    return [Task("responder", f"{late} late dut{'ies' if late != 1 else 'y'} to explain", "#clocks")] if late else []


def _enquiries(session: Session, incident: Incident) -> list[Task]:
    waiting = _count(session, select(Enquiry.id).where(
        Enquiry.incident_id == incident.id, Enquiry.state == EnquiryState.OPEN
    ))  # fmt: skip
    doubts = len(hearing.in_doubt(session, incident))
    told = [
        (waiting, f"{waiting} enquir{'ies' if waiting != 1 else 'y'} of affected people"),
        (doubts, f"{doubts} answer{'s' if doubts != 1 else ''} whose mail may not have left"),
    ]
    return [Task("responder", words, "/enquiries") for count, words in told if count]


def _count(session: Session, wanted: Any) -> int:
    return int(session.exec(select(func.count()).select_from(wanted.subquery())).one())
