"""The register of breaches (GDPR Art. 33(5)): facts, effects, remedial action and decisions, incident by incident."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from forthwith.timeline.deadlines import due
from forthwith.timeline.known import latest
from forthwith.timeline.record import canonical, stamp
from forthwith.timeline.spreadsheet import csv_bytes
from models import Cohort, Entry, Incident, IncidentRole, Obligation, Party, Verdict

COLUMNS = (
    "ref", "title", "drill", "phase", "opened_at", "occurred_from", "occurred_to", "detected_at", "aware_at",
    "contained_at", "closed_at", "our_role", "parties", "cause", "properties", "people", "people_by_place",
    "people_by_kind", "elements", "effects", "remedial_action", "notified", "not_notified", "to_decide", "delays",
    "timeline_head",
)  # fmt: skip
EFFECTS = (
    "breach.exfiltration", "breach.recipients", "breach.misuse", "breach.event.accessed", "breach.event.acquired",
    "breach.event.used", "breach.event.disclosed", "breach.availability.service_effect", "breach.systemic",
)  # fmt: skip


def register(session: Session, *, drills: bool = False) -> list[dict[str, Any]]:
    """Return one row an incident, the oldest first. Counts, codes and decisions; no affected person is in it."""
    wanted = select(Incident).order_by(col(Incident.created_at), col(Incident.id))
    found = session.exec(wanted if drills else wanted.where(col(Incident.drill).is_(False)))
    return [_row(session, incident) for incident in found.all()]


def _row(session: Session, incident: Incident) -> dict[str, Any]:
    facts = latest(session, incident)
    return {
        **_case(incident), **_times(incident, facts), **_people(session, incident),
        "our_role": facts.get("entity.role"), "parties": _parties(session, incident),
        "cause": facts.get("breach.cause"), "properties": facts.get("breach.properties") or [],
        "effects": {name: facts[name] for name in EFFECTS if facts.get(name) is not None},
        "remedial_action": facts.get("breach.mitigations") or [],
        **_duties(session, incident), "timeline_head": _head(session, incident),
    }  # fmt: skip


def _case(incident: Incident) -> dict[str, Any]:
    return {
        "ref": incident.ref, "title": incident.title, "drill": incident.drill, "phase": incident.phase,
        "opened_at": stamp(incident.created_at), "closed_at": _stamp(incident.closed_at),
    }  # fmt: skip


def _times(incident: Incident, facts: dict[str, Any]) -> dict[str, Any]:
    names = ("occurred_from", "occurred_to", "detected_at", "contained_at")
    stated = {name: facts.get(f"clocks.{name}") for name in names}
    return {**stated, "aware_at": facts.get("clocks.aware_at") or _stamp(incident.aware_at)}


def _stamp(at: datetime | None) -> str | None:
    return stamp(at) if at else None


def _people(session: Session, incident: Incident) -> dict[str, Any]:
    cohorts = session.exec(select(Cohort).where(Cohort.incident_id == incident.id)).all()
    places: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for cohort in cohorts:
        places[cohort.jurisdiction] += cohort.count
        kinds[cohort.kind] += cohort.count
    return {
        "people": sum(places.values()), "people_by_place": dict(sorted(places.items())),
        "people_by_kind": dict(sorted(kinds.items())),
        "elements": sorted({element for cohort in cohorts for element in cohort.elements}),
    }  # fmt: skip


def _parties(session: Session, incident: Incident) -> list[dict[str, str]]:
    wanted = select(IncidentRole, Party).join(Party, col(Party.id) == IncidentRole.party_id)
    found = session.exec(wanted.where(IncidentRole.incident_id == incident.id).order_by(Party.name))
    return [{"name": party.name, "role": role.role} for role, party in found]


def _duties(session: Session, incident: Incident) -> dict[str, Any]:
    wanted = select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.current))
    duties = session.exec(wanted.order_by(Obligation.key)).all()
    by_verdict = {verdict: [_duty(one) for one in duties if one.effective == verdict] for verdict in Verdict}
    return {
        "notified": by_verdict[Verdict.NOTIFY], "not_notified": by_verdict[Verdict.DO_NOT_NOTIFY],
        "to_decide": by_verdict[Verdict.REVIEW],
        "delays": [
            {"key": late.key, "reason": late.reason or "no reason given yet"}
            for late in due(session, incident) if late.late
        ],
    }  # fmt: skip


def _duty(duty: Obligation) -> dict[str, Any]:
    because = duty.detail.get("because") or []
    return {
        "key": duty.key, "law": duty.law, "audience": duty.audience, "recipient": duty.recipient,
        "count": duty.count, "citation": duty.citation, "due_at": _stamp(duty.due_at), "met_at": _stamp(duty.met_at),
        "decided_by": duty.decided_by or "the law as assessed",
        "reason": duty.decided_reason or "; ".join(map(_because, because)),
    }  # fmt: skip


def _because(reason: dict[str, Any] | str) -> str:
    """Return one line of the engine's trace: what holds, by which clause."""
    if isinstance(reason, str):
        return reason
    facts = ", ".join(f"{name} {value}" for name, value in (reason.get("facts") or {}).items())
    said = reason.get("says") or facts or "as the law says"
    return f"{'not: ' if reason.get('holds') in (False, 'no') else ''}{said} ({reason.get('clause', '')})"


def _head(session: Session, incident: Incident) -> str | None:
    newest = select(Entry.sha256).where(Entry.incident_id == incident.id).order_by(col(Entry.seq).desc())
    return session.exec(newest.limit(1)).first()


def to_csv(rows: list[dict[str, Any]]) -> bytes:
    """Return the register as CSV that no spreadsheet takes for formulas; lists and tables stand as JSON."""
    return csv_bytes(COLUMNS, ([_cell(row[name]) for name in COLUMNS] for row in rows))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return canonical(value).decode() if value else ""
    return str(value)
