"""State what is known of an incident. Facts are appended: a correction supersedes, and nothing is lost."""

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from sqlmodel import Session

from forthwith import clock
from forthwith.detection.values import read
from forthwith.detection.vocabulary import ANSWERS, NAMES, kind_of
from forthwith.timeline import record
from forthwith.timeline.known import current, moment
from forthwith.timeline.record import lock, plain
from models import Fact, Incident, Phase, Refusal


def state(
    session: Session, incident: Incident, values: Mapping[str, Any], *, by: str, reason: str | None = None,
    known_at: datetime | None = None, evidence_id: UUID | None = None,
) -> list[Fact]:  # fmt: skip
    """Append facts by dotted name; None takes a fact back. What is known already is not said twice.

    Raises Refusal for a name that is not in the vocabulary, or a value that its name can't have; then none is stated.
    """
    if incident.phase == Phase.CLOSED:
        raise Refusal(f"Incident {incident.ref} is closed.", "Open a new one, or say it in the timeline.")
    said = {name: plain(_read(name, value)) for name, value in values.items()}
    lock(session, incident.id)
    known = current(session, incident)
    fresh = {name: value for name, value in said.items() if name not in known or known[name].value != value}
    rows = [
        Fact(
            incident_id=incident.id, name=name, value=value, known_at=known_at or clock.now(), stated_by=by,
            reason=reason, evidence_id=evidence_id, supersedes=known[name].id if name in known else None,
        )
        for name, value in fresh.items()
    ]  # fmt: skip
    session.add_all(rows)
    _remember_awareness(incident, fresh)
    session.flush()
    _record(session, incident, fresh, by, reason)
    return rows


def _read(name: str, value: Any) -> Any:
    kind = kind_of(name)
    if kind is None:
        near = get_close_matches(name, [*NAMES, ANSWERS], 3, 0.5)
        hint = f"Near to it: {', '.join(near)}." if near else "The names are those of the facts file."
        raise Refusal(f"No fact is called {name[:80]!r}.", hint)
    return read(name, value, kind)


def _remember_awareness(incident: Incident, fresh: Mapping[str, Any]) -> None:
    """Keep the incident's own column in step: most clocks start at awareness. A bare day begins at its first hour."""
    if "clocks.aware_at" in fresh:
        incident.aware_at = moment(fresh["clocks.aware_at"])


def _record(session: Session, incident: Incident, fresh: Mapping[str, Any], by: str, reason: str | None) -> None:
    if not fresh:
        return
    told = {name: value if _tellable(name) else "stated" for name, value in fresh.items()}
    record(
        session, incident.id, actor=by, verb="stated", object_type="fact",
        text=f"Stated: {'; '.join(_in_words(name, value) for name, value in told.items())}.",
        data={"facts": told, "with_reason": reason is not None},
    )  # fmt: skip


def _in_words(name: str, value: Any) -> str:
    """Return a fact for people: `cause phishing`, `aware at 2026-11-18 07:40 UTC`."""
    label = name.split(".", 1)[-1].replace("_", " ").replace(".", " ")
    if value is None:
        return f"{label} taken back"
    at = moment(value) if isinstance(value, str) and "T" in value and value.endswith("Z") else None
    shown = at.strftime("%Y-%m-%d %H:%M UTC") if at else value
    return f"{label} {', '.join(map(str, shown)) or 'none' if isinstance(shown, list) else shown}"


def _tellable(name: str) -> bool:
    kind = kind_of(name)
    return kind is not None and (kind.tellable or bool(kind.words))
