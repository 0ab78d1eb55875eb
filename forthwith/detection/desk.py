"""The responders' desk: signals that belong to no incident yet, and what becomes of them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case
from sqlmodel import Session, col, func, select

from forthwith import clock
from forthwith.detection.alike import Likeness, likenesses
from forthwith.detection.facts import state
from forthwith.detection.opening import attach, open_incident
from forthwith.detection.sealing import opened
from forthwith.timeline.record import stamp
from forthwith.timeline.wording import impersonal
from models import Incident, Phase, Refusal, Signal

MOST = 200  # signals on the desk at once, the newest


@dataclass(frozen=True, slots=True)
class Waiting:
    """One signal on the desk, and what may be the same. What somebody wrote with it is opened by `look` alone."""

    signal: Signal
    alike: list[Likeness]

    @property
    def written(self) -> bool:
        """Whether somebody wrote with it."""
        return self.signal.sealed is not None

    @property
    def proposed(self) -> dict[str, Any]:
        """What may be confirmed as facts at once; data elements are no facts of an incident."""
        suggests = self.signal.hints.get("suggests") or {}
        return {name: value for name, value in suggests.items() if name != "elements"}


def waiting(session: Session, *, closed: bool = False) -> list[Waiting]:
    """Return the signals that nobody has dealt with: what people wrote first, then alerts, each the newest first.

    `closed`: those that are closed at their source, or were never open there, and not the others.
    """
    people = case((col(Signal.sealed).is_not(None), 0), else_=1)
    newest = select(Signal).where(*_loose_ones(closed)).order_by(people, col(Signal.created_at).desc()).limit(MOST)
    found = list(session.exec(newest).all())
    alike = likenesses(found, [*found, *_of_open_incidents(session)])
    return [Waiting(signal, alike.get(signal.id, [])[:3]) for signal in found]


def count(session: Session, *, closed: bool = False) -> int:
    """Return how many wait."""
    return session.exec(select(func.count()).select_from(Signal).where(*_loose_ones(closed))).one()


def _loose_ones(closed: bool) -> tuple[ColumnElement[bool], ...]:
    ended = func.coalesce(Signal.hints["open"].as_boolean(), True).is_(not closed)
    return col(Signal.incident_id).is_(None), col(Signal.set_aside_at).is_(None), ended


def _of_open_incidents(session: Session) -> Iterable[Signal]:
    joined = select(Signal).join(Incident, col(Incident.id) == col(Signal.incident_id))
    return session.exec(joined.where(Incident.phase != Phase.CLOSED)).all()


def open_incidents(session: Session) -> list[Incident]:
    """Return the incidents that a signal can be attached to, the newest first."""
    running = select(Incident).where(Incident.phase != Phase.CLOSED).order_by(col(Incident.created_at).desc())
    return list(session.exec(running).all())


def open_for(session: Session, ident: uuid.UUID, *, by: str, confirmed: list[str], title: str = "") -> Incident:
    """Open an incident for a signal, and state what of its proposals was confirmed. Raises Refusal if it has one."""
    signal = _loose(session, ident)
    incident = open_incident(session, title=title.strip() or signal.title, actor=by, signal=signal)
    _confirm(session, incident, signal, confirmed, by)
    return incident


def attach_to(session: Session, ident: uuid.UUID, ref: str, *, by: str, confirmed: list[str]) -> Incident:
    """Make a signal part of an incident that is open. Raises Refusal where there is none, or it has one."""
    signal = _loose(session, ident)
    incident = session.exec(select(Incident).where(Incident.ref == ref, Incident.phase != Phase.CLOSED)).first()
    if incident is None:
        raise Refusal("No open incident has that number.", "Choose one from the list.")
    attach(session, incident, signal, actor=by)
    _confirm(session, incident, signal, confirmed, by)
    return incident


def _confirm(session: Session, incident: Incident, signal: Signal, confirmed: list[str], by: str) -> None:
    suggests = signal.hints.get("suggests") or {}
    chosen = {name: suggests[name] for name in confirmed if name in suggests and name != "elements"}
    if chosen:
        state(session, incident, chosen, by=by, reason=f"suggested by {signal.source}, confirmed")


def set_aside(session: Session, ident: uuid.UUID, reason: str, *, by: str) -> Signal:
    """Take a signal off the desk. Raises Refusal without a reason, or where that seems to name somebody."""
    signal = _loose(session, ident)
    clean = impersonal(reason, "reason")
    if not clean or len(clean) > 300:
        raise Refusal("A signal is set aside with a reason of one line.", "Say why it is none, up to 300 characters.")
    signal.set_aside_at, signal.set_aside_by, signal.set_aside_reason = clock.now(), by, clean
    session.add(signal)
    return signal


def look(session: Session, ident: uuid.UUID, reason: str, *, by: str) -> tuple[Signal, dict[str, Any]]:
    """Open what somebody wrote, for a reason. The look stays with the signal and enters its incident's timeline.

    Raises Refusal without a reason, or where that seems to name somebody.
    """
    signal = _loose(session, ident)
    why = impersonal(reason, "reason")
    if not why or len(why) > 300:
        raise Refusal("What people wrote is opened for a reason.", "Say why in one line, up to 300 characters.")
    looks = [*signal.hints.get("looks", []), {"by": by, "at": stamp(clock.now()), "reason": why}]
    signal.hints = {**signal.hints, "looks": looks}
    session.add(signal)
    session.flush()
    return signal, opened(session, signal)


def _loose(session: Session, ident: uuid.UUID) -> Signal:
    """Return a signal on the desk, held until the end: of two who act on it at once, the second is told."""
    signal = session.get(Signal, ident, with_for_update=True)
    if signal is None or signal.incident_id or signal.set_aside_at:
        raise Refusal("That signal is not on the desk any more.", "Load the page again: somebody dealt with it.")
    return signal
