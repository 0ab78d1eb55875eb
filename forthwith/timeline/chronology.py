"""The timeline as a document for people: what happened when, which duties arose, whether they were met in time."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from forthwith import clock, keys
from forthwith.settings import settings
from forthwith.timeline.deadlines import Deadline, due
from forthwith.timeline.export import entries, to_json
from forthwith.timeline.known import latest
from forthwith.timeline.verify import fingerprint
from models import Entry, Incident, User

CLOCKS = {
    "occurred_from": "Occurred from", "occurred_to": "Occurred until", "detected_at": "Detected",
    "discovered_at": "Discovered", "aware_at": "Aware", "contained_at": "Contained",
    "scope_identified_at": "Scope known", "individuals_notified_at": "People notified",
}  # fmt: skip
PRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\u024f\u0370-\u03ff\u0400-\u04ff\u2010-\u2027\u2030\u20ac\u2192]")


def chronology(session: Session, incident: Incident) -> dict[str, Any]:
    """Return all that the document shows, and the signed export that it carries. Raises Refusal as the export does."""
    exported = to_json(session, incident)
    rows = entries(session, incident)
    roles = {user.name: user.role for user in session.exec(select(User))}
    data = {
        "organisation": settings().organisation, "ref": incident.ref, "title": incident.title, "drill": incident.drill,
        "phase": incident.phase.replace("_", " "), "opened": minute(rows[0].at),
        "closed": minute(incident.closed_at),
        "made": minute(clock.now()), "clocks": _clocks(session, incident),
        "duties": [_duty(one) for one in due(session, incident)],
        "entries": [_entry(row, roles) for row in rows],
        "count": len(rows), "head": rows[-1].sha256, "fingerprint": grouped(fingerprint(keys.public_key())),
    }  # fmt: skip
    return {**{name: legible(value) for name, value in data.items()}, "export": exported.decode()}


def minute(at: datetime | None) -> str:
    """Return an instant for people, in UTC to the minute; empty where there is none."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def grouped(digest: str) -> str:
    """Return a hash in groups of four, for reading aloud."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def legible(value: Any) -> Any:
    """Return `value` without the characters that the document's fonts lack; the attached export keeps them."""
    if isinstance(value, str):
        return PRINTABLE.sub("?", value)
    if isinstance(value, Mapping):
        return {name: legible(inner) for name, inner in value.items()}
    return [legible(inner) for inner in value] if isinstance(value, list) else value


def _clocks(session: Session, incident: Incident) -> list[dict[str, str]]:
    facts = latest(session, incident)
    stated = {name: facts.get(f"clocks.{name}") for name in CLOCKS}
    if incident.aware_at and not stated["aware_at"]:
        stated["aware_at"] = incident.aware_at.astimezone(UTC).isoformat()
    return [{"name": CLOCKS[name], "at": _shown(value)} for name, value in stated.items() if value]


def _shown(value: str) -> str:
    """Return a stated time for people: a bare day and `no` stand as they are."""
    return minute(datetime.fromisoformat(value)) if "T" in value else value


def _duty(one: Deadline) -> dict[str, Any]:
    return {
        "law": one.law, "who": f"{one.audience.replace('_', ' ')}: {one.recipient.replace('_', ' ')}",
        "jurisdiction": one.jurisdiction, "count": "" if one.count is None else f"{one.count:,}",
        "citation": one.citation, "due": minute(one.due_at) or "without undue delay", "met": minute(one.met_at),
        "state": _state(one), "reason": one.reason or "",
    }  # fmt: skip


def _state(one: Deadline) -> str:
    if one.met_at:
        return "late" if one.late else "in time" if one.due_at else "met"
    if one.verdict == "review":
        return "to decide"
    return "overdue" if one.late else "open"


def _entry(row: Entry, roles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "seq": row.seq, "day": row.at.astimezone(UTC).strftime("%A, %d %B %Y"),
        "time": row.at.astimezone(UTC).strftime("%H:%M:%S"), "actor": row.actor,
        "role": roles.get(row.actor, "automatic" if row.actor == "clock" or ":" in row.actor else ""),
        "verb": row.verb.replace("_", " "), "text": row.text, "hash": row.sha256[:12],
    }  # fmt: skip
