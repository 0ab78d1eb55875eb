"""Open an incident, and close it."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.detection.facts import state
from forthwith.detection.sealing import adopt
from forthwith.settings import settings
from forthwith.timeline import record
from forthwith.timeline.deadlines import unexplained
from forthwith.timeline.wording import impersonal
from models import Incident, IncidentRole, Obligation, Phase, Refusal, Signal, new_id

REFS_LOCK = 0x666F727468  # one opener at a time takes the next number


def open_incident(
    session: Session, *, title: str, actor: str, signal: Signal | None = None, drill: bool = False
) -> Incident:
    """Open an incident: its number, its data key, its first timeline entry, and what the signal states as fact."""
    clean = checked_title(title)
    ident = new_id()
    incident = Incident(
        id=ident, ref=_next_ref(session), title=clean, drill=drill, opened_by=actor,
        wrapped_key=keys.new_data_key(ident),
    )  # fmt: skip
    session.add(incident)
    session.flush()
    record(
        session, incident.id, actor=actor, verb="opened", object_id=incident.id,
        text=f"Incident {incident.ref} opened{' as a drill' if drill else ''}: {clean}.",
        data={"ref": incident.ref, "drill": drill, "signal": signal.source if signal else None},
    )  # fmt: skip
    if signal:
        attach(session, incident, signal, actor=actor)
    return incident


def attach(session: Session, incident: Incident, signal: Signal, *, actor: str) -> None:
    """Make a signal part of an incident, and state the facts that the alert itself tells."""
    signal.incident_id, signal.set_aside_at = incident.id, None
    adopt(session, incident, signal)
    _bind(session, incident, signal)
    session.add(signal)
    record(
        session, incident.id, actor=actor, verb="detected", object_type="signal", object_id=signal.id,
        text=f"{signal.source} reported: {signal.title}.",
        data={"source": signal.source, "severity": signal.severity, "payload_sha256": signal.payload_sha256},
    )  # fmt: skip
    for look in signal.hints.get("looks") or []:
        record(
            session, incident.id, actor=look["by"], verb="revealed", object_type="signal", object_id=signal.id,
            text=f"What the report says was looked at before, at {look['at']}.",
            data={"at": look["at"], "reason": look["reason"]},
        )  # fmt: skip
    stated = signal.hints.get("facts") or {}
    if stated:
        state(session, incident, stated, by=f"source:{signal.source}", reason=f"stated by {signal.source}")


def _bind(session: Session, incident: Incident, signal: Signal) -> None:
    """Give the partner who reported their part in the incident: a processor."""
    part = (IncidentRole.incident_id == incident.id, IncidentRole.party_id == signal.party_id)
    if signal.party_id and session.exec(select(IncidentRole).where(*part)).first() is None:
        session.add(IncidentRole(incident_id=incident.id, party_id=signal.party_id, role="processor"))
        record(
            session, incident.id, actor=f"source:{signal.source}", verb="involved", object_type="party",
            object_id=signal.party_id, text="1 party involved: processor.", data={"roles": {"processor": 1}},
        )  # fmt: skip


def checked_title(title: str) -> str:
    """Return a title on one line. Raises Refusal where it is empty, too long or seems to name somebody."""
    clean = impersonal(title, "title").rstrip(".")
    if not clean or len(clean) > 200:
        raise Refusal("An incident needs a title of one line, up to 200 characters.", "Say what happened.")
    return clean


def _next_ref(session: Session) -> str:
    """Return the next number of the year. Two openers wait for each other; a rollback leaves no gap."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": REFS_LOCK})
    year = clock.today(ZoneInfo(settings().timezone)).year
    refs = session.exec(select(Incident.ref).where(col(Incident.ref).startswith(f"{year}-"))).all()
    highest = max((int(ref.split("-")[1]) for ref in refs), default=0)
    return f"{year}-{highest + 1:03d}"


def close_incident(
    session: Session, incident: Incident, *, actor: str, gaps: Sequence[object], reason: str | None = None
) -> Incident:
    """Close an incident. Raises Refusal while anybody is untold, a delay is unexplained, or nothing was assessed.

    `gaps`: the (duty, person) pairs that have neither a delivery nor a written reason, as dispatch counts them.
    """
    _refuse_closing(session, incident, gaps, reason)
    why = f": {impersonal(reason, 'reason')}" if reason else "."
    incident.phase, incident.closed_at = Phase.CLOSED, clock.now()
    session.add(incident)
    record(
        session, incident.id, actor=actor, verb="closed", text=f"Closed{why}",
        data={"gaps": 0, "with_reason": reason is not None},
    )  # fmt: skip
    return incident


def _refuse_closing(session: Session, incident: Incident, gaps: Sequence[object], reason: str | None) -> None:
    if incident.phase == Phase.CLOSED:
        raise Refusal(f"Incident {incident.ref} is closed already.", "Nothing was changed.")
    if gaps:
        raise Refusal(
            f"Incident {incident.ref} has {len(gaps)} gap{'s' * (len(gaps) > 1)}: somebody is still to be told.",
            f"`forthwith send status {incident.ref}` names them.",
        )
    if late := unexplained(session, incident):
        raise Refusal(
            f"{len(late)} late dut{'ies need' if len(late) > 1 else 'y needs'} a reason, first: {late[0].key}.",
            f"`forthwith deadlines {incident.ref} --explain {late[0].key} --reason ...` gives it.",
        )
    assessed = session.exec(select(Obligation.id).where(Obligation.incident_id == incident.id).limit(1)).first()
    if assessed is None and not (reason or "").strip():
        raise Refusal("No law was assessed in this incident.", "Assess it first, or close it with --reason.")
