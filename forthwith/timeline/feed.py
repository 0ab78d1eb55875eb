"""Deadlines as an iCalendar feed (RFC 5545, RFC 7986) for anybody's own calendar. It names duties, never people."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.timeline.deadlines import OPEN_VERDICTS, Deadline, due
from models import Incident, Obligation, Phase

PRODUCT = "-//forthwith//deadlines//EN"
CONTROL = {code: None for code in (*range(32), 127) if chr(code) != "\n"}


def to_ics(session: Session, incident: Incident | None = None, now: datetime | None = None) -> bytes:
    """Return the deadlines (of one incident, or of all that are open) as a calendar; times in UTC.

    A duty keeps its UID for ever; SEQUENCE rises with each change; a duty that fell away is CANCELLED.
    """
    moment = now or clock.now()
    current = {(one.incident, one.key): one for one in due(session, incident, moment)}
    lines = list(_head())
    for case, history in _histories(session, incident):
        newest = history[-1]
        if any(row.due_at for row in history):
            lines += _event(case, newest, history, current.get((case.ref, newest.key)), moment)
    return b"".join(folded(line) for line in (*lines, "END:VCALENDAR"))


def _head() -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH")
    yield from ("NAME:Breach deadlines", "X-WR-CALNAME:Breach deadlines")
    yield from ("REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M")


def _histories(session: Session, incident: Incident | None) -> list[tuple[Incident, list[Obligation]]]:
    """Return each duty's rows through all assessments, the newest last."""
    wanted: Any = select(Incident, Obligation).join(Obligation, col(Obligation.incident_id) == Incident.id)
    chosen = Incident.phase != Phase.CLOSED if incident is None else Incident.id == incident.id
    ordered = wanted.where(chosen).order_by(Incident.ref, Obligation.key, Obligation.assessment)
    grouped: dict[tuple[str, str], tuple[Incident, list[Obligation]]] = {}
    for case, duty in session.exec(ordered):
        grouped.setdefault((case.ref, duty.key), (case, []))[1].append(duty)
    return list(grouped.values())


def sequence(history: list[Obligation]) -> int:
    """Return how often a duty changed: a new time, a new verdict, legal's decision, its fulfilment. Never falls."""
    pairs = list(pairwise(history))
    changes = sum((a.due_at, a.verdict) != (b.due_at, b.verdict) for a, b in pairs)
    returned = sum(b.assessment - a.assessment > 1 for a, b in pairs)  # it was gone in between, and came back
    marks = sum((row.decided_verdict is not None) + (row.met_at is not None) for row in history)
    return changes + 2 * returned + marks + (not history[-1].current)


def _event(
    case: Incident, duty: Obligation, history: list[Obligation], live: Deadline | None, now: datetime
) -> list[str]:
    instant = duty.due_at or next(row.due_at for row in reversed(history) if row.due_at)
    gone = live is None or duty.due_at is None or duty.effective not in OPEN_VERDICTS
    begin = [
        "BEGIN:VEVENT", f"UID:{uid(case, duty)}", f"SEQUENCE:{sequence(history)}", f"DTSTAMP:{_time(now)}",
        f"DTSTART:{_time(instant)}", f"SUMMARY:{escaped(_summary(case, duty))}",
        f"DESCRIPTION:{escaped(_description(duty))}", f"CATEGORIES:{escaped('drill' if case.drill else 'breach')}",
        f"STATUS:{'CANCELLED' if gone else 'CONFIRMED'}", "TRANSP:TRANSPARENT", "CLASS:CONFIDENTIAL",
    ]  # fmt: skip
    quiet = gone or duty.met_at is not None
    return [*begin, *([] if quiet else _alarms(duty)), "END:VEVENT"]


def uid(case: Incident, duty: Obligation) -> str:
    """Return the stable name of a duty's event."""
    return f"{hashlib.sha256(f'{case.id} {duty.key}'.encode()).hexdigest()[:32]}@forthwith.invalid"


def _summary(case: Incident, duty: Obligation) -> str:
    done = "met: " if duty.met_at else ""
    drill = "[drill] " if case.drill else ""
    return f"{drill}{done}{case.ref} {duty.law}: {duty.audience} ({duty.recipient})"


def _description(duty: Obligation) -> str:
    to_decide = " Legal must still decide whether it is owed." if duty.effective == "review" else ""
    return f"{duty.duty}, {duty.jurisdiction}. {duty.citation}.{to_decide}"


def _alarms(duty: Obligation) -> Iterator[str]:
    for ahead in ("-P1D", "-PT1H"):
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{ahead}")
        yield from (f"DESCRIPTION:{escaped(f'{duty.law} is due')}", "END:VALARM")


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    """Return TEXT of RFC 5545 3.3.11: backslash, semicolon, comma and line break escaped; no control characters."""
    plain = text.replace("\r\n", "\n").translate(CONTROL)
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, "\\" + sign)
    return plain.replace("\n", "\\n")


def folded(line: str) -> bytes:
    """Return a content line of at most 75 octets a piece, never cut inside a character (RFC 5545 3.1)."""
    pieces: list[bytes] = [b""]
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(pieces[-1]) + len(octets) > 75:
            pieces.append(b" ")
        pieces[-1] += octets
    return b"\r\n".join(pieces) + b"\r\n"
