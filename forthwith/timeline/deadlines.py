"""What is due until when, what is late, and what must be said about it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.timeline.known import latest, moment
from forthwith.timeline.record import lock, record, stamp
from forthwith.timeline.wording import impersonal
from models import Entry, Incident, Obligation, Phase, Refusal, Verdict

OPEN_VERDICTS = (Verdict.NOTIFY, Verdict.REVIEW)
DAY, HOUR = timedelta(hours=24), timedelta(hours=1)
SAID, EXPLAINED = "deadline", "explained_delay"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One duty and its time. `due_at` None: the law names no number, the duty is due without undue delay."""

    incident: str
    key: str
    law: str
    duty: str
    audience: str
    recipient: str
    jurisdiction: str
    count: int | None
    verdict: str
    citation: str
    starts_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    late: bool
    left_seconds: int | None  # below zero: past due
    reason: str | None = None  # why it is or was late, where somebody said so
    drill: bool = False
    local: str | None = None  # `due_at` in the authority's zone, RFC 3339

    @property
    def demands_reason(self) -> bool:
        """Whether the delay must still be explained (GDPR Art. 33(1): a late notice carries its reasons)."""
        return self.late and not self.reason

    def as_dict(self) -> dict[str, Any]:
        """Return the deadline as JSON shows it; times are RFC 3339 in UTC."""
        shown = {name: stamp(value) if isinstance(value, datetime) else value for name, value in asdict(self).items()}
        return {**shown, "demands_reason": self.demands_reason}


def due(session: Session, incident: Incident | None = None, now: datetime | None = None) -> list[Deadline]:
    """Return the current duties that are to be met or decided, the earliest first, those without a number last.

    Without `incident`: of every incident that is not closed.
    """
    present = now or clock.now()
    rows = session.exec(_open_duties(incident)).all()
    cases = {case.id: _Case(case, latest(session, case), _reasons(session, case)) for case in _each(rows)}
    found = [_deadline(cases[case.id], duty, present) for case, duty in rows]
    return sorted(found, key=lambda one: (one.due_at is None, one.due_at or one.starts_at, one.incident, one.key))


@dataclass(frozen=True, slots=True)
class _Case:
    """An incident, what is known of it, and why its duties were late."""

    incident: Incident
    facts: dict[str, Any]
    reasons: dict[str, str]


def _each(rows: Iterable[tuple[Incident, Obligation]]) -> Iterable[Incident]:
    return {case.id: case for case, _ in rows}.values()


def _open_duties(incident: Incident | None) -> Any:
    effective = func.coalesce(Obligation.decided_verdict, Obligation.verdict)
    wanted = select(Incident, Obligation).join(Obligation, col(Obligation.incident_id) == Incident.id)
    wanted = wanted.where(col(Obligation.current), effective.in_(OPEN_VERDICTS))
    if incident is None:
        return wanted.where(Incident.phase != Phase.CLOSED)
    return wanted.where(Incident.id == incident.id)


def _deadline(case: _Case, duty: Obligation, now: datetime) -> Deadline:
    left = None if duty.due_at is None else int((duty.due_at - (duty.met_at or now)).total_seconds())
    return Deadline(
        incident=case.incident.ref, key=duty.key, law=duty.law, duty=duty.duty, audience=duty.audience,
        recipient=duty.recipient, jurisdiction=duty.jurisdiction, count=duty.count, verdict=duty.effective,
        citation=duty.citation, starts_at=_start(case, duty), due_at=duty.due_at, met_at=duty.met_at,
        late=duty.due_at is not None and (duty.met_at or now) > duty.due_at, left_seconds=left,
        reason=case.reasons.get(duty.key), drill=case.incident.drill, local=_local(duty),
    )  # fmt: skip


def _local(duty: Obligation) -> str | None:
    """Return when a duty is due by the authority's own clock, where the assessment counted there."""
    clocks = [one for one in duty.detail.get("clocks") or [] if isinstance(one, dict) and one.get("instant")]
    same = (str(one["instant"]) for one in clocks if datetime.fromisoformat(str(one["instant"])) == duty.due_at)
    return next(same, None)


def _start(case: _Case, duty: Obligation) -> datetime:
    """Return when a duty's time began to run: the fact that its clock counts from, else awareness, else opening."""
    clocks = [one for one in duty.detail.get("clocks") or [] if isinstance(one, dict) and one.get("used")]
    stated = [moment(case.facts.get(str(one.get("start")))) for one in clocks]
    known = [start for start in stated if start]
    return min(known, default=case.incident.aware_at or case.incident.created_at)


def _reasons(session: Session, incident: Incident) -> dict[str, str]:
    """Return why duties were late, by key; the newest reason counts."""
    wanted = select(Entry).where(Entry.incident_id == incident.id, Entry.verb == EXPLAINED)
    return {entry.object_id: entry.text for entry in session.exec(wanted.order_by(col(Entry.seq)))}


def explain_delay(session: Session, incident: Incident, key: str, *, reason: str, actor: str) -> Entry:
    """Record why the duty called `key` was late. Raises Refusal where it isn't, or where no reason is given."""
    found = {one.key: one for one in due(session, incident)}.get(key)
    if found is None or not found.late:
        raise Refusal(f"No late duty is called {key!r}.", f"`forthwith deadlines {incident.ref}` shows them.")
    why = impersonal(reason, "reason")
    if len(why) < 10:
        raise Refusal("A late notice needs its reason.", "Say in a sentence why it could not be in time.")
    return record(
        session, incident.id, actor=actor, verb=EXPLAINED, text=why, object_type="duty",
        object_id=key, data={"due_at": stamp(found.due_at) if found.due_at else None},
    )  # fmt: skip


def unexplained(session: Session, incident: Incident, now: datetime | None = None) -> list[Deadline]:
    """Return the late duties whose reason nobody has given yet: with one of them no incident closes."""
    return [one for one in due(session, incident, now) if one.demands_reason]


def thresholds(start: datetime, due_at: datetime) -> list[tuple[datetime, str]]:
    """Return when a deadline is to be spoken of, the earliest first: 75 % gone, 24 h left, 1 h left, late."""
    marks = [(start + (due_at - start) * 0.75, "75%"), (due_at - DAY, "24h"), (due_at - HOUR, "1h")]
    return [*sorted(mark for mark in marks if start < mark[0] < due_at), (due_at, "late")]


def tick(session: Session, now: datetime | None = None) -> list[Entry]:
    """Write what has come due soon or late and was not said yet: one entry a duty and threshold.

    Safe to call as often as one likes, from several processes. After a pause only the newest threshold is said.
    """
    present = now or clock.now()
    waiting = [one for one in due(session, now=present) if one.due_at and not one.met_at and _mark(one, present)]
    said: list[Entry] = []
    for ref in sorted({one.incident for one in waiting}):
        incident = session.exec(select(Incident).where(Incident.ref == ref)).one()
        said += _say(session, incident, [one for one in waiting if one.incident == ref], present)
    return said


def _mark(deadline: Deadline, now: datetime) -> str:
    """Return the newest threshold that a deadline has passed, or nothing."""
    assert deadline.due_at
    passed = [name for at, name in thresholds(deadline.starts_at, deadline.due_at) if at <= now]
    return passed[-1] if passed else ""


def _say(session: Session, incident: Incident, waiting: Iterable[Deadline], now: datetime) -> list[Entry]:
    lock(session, incident.id)
    known = set(map(_said_key, session.exec(_said(incident))))
    fresh = [one for one in waiting if (one.key, stamp(one.due_at or now), _mark(one, now)) not in known]
    return [_write(session, incident, one, _mark(one, now)) for one in fresh]


def _said(incident: Incident) -> Any:
    return select(Entry).where(Entry.incident_id == incident.id, Entry.verb == SAID)


def _said_key(entry: Entry) -> tuple[str, str, str]:
    return entry.object_id, str(entry.data.get("due_at")), str(entry.data.get("threshold"))


def _write(session: Session, incident: Incident, one: Deadline, mark: str) -> Entry:
    assert one.due_at
    words = {"75%": "Three quarters of the time are gone", "24h": "24 hours are left", "1h": "One hour is left"}
    shown = one.due_at.strftime("%Y-%m-%d %H:%M UTC")
    begin = words.get(mark, "Past due, and a reason is now demanded")
    return record(
        session, incident.id, actor="clock", verb=SAID, object_type="duty", object_id=one.key,
        text=f"{begin}: {one.law}, {one.duty}, due {shown}.",
        data={"threshold": mark, "due_at": stamp(one.due_at), "law": one.law, "duty": one.duty},
    )  # fmt: skip
