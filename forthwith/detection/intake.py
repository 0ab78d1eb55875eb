"""Take alerts in: the same alert is one signal however often it comes, and opens one incident at the most."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Boolean, literal_column
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from forthwith.detection.mapping import Mapping, parse_mapped
from forthwith.detection.opening import attach, checked_title, open_incident
from forthwith.detection.parsed import SEVERITIES, ParsedSignal, at
from forthwith.detection.sources import recognised, source
from models import Incident, Refusal, Signal, new_id, utc_now

LARGEST = 20_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Detected:
    """What came in: the signals, how many were new, and the incident that was opened or was open for them."""

    signals: list[Signal] = field(default_factory=list)
    new: int = 0
    incident: Incident | None = None
    opened: bool = False


def detect(
    session: Session, payload: Any, *, actor: str, source_name: str | None = None, mapping: Mapping | None = None,
    open: bool = False,
) -> Detected:  # fmt: skip
    """Take a payload in. Raises Refusal where no known tool makes such a one; then nothing was kept.

    With `open`: signals that belong to no incident and are not closed at their source get one together.
    """
    parsed = parse(payload, source_name=source_name, mapping=mapping)
    parsed.sort(key=lambda one: (one.source, one.source_ref))  # every process takes the rows in one order
    taken = [_take(session, one) for one in parsed]
    signals = [signal for signal, _ in taken]
    new = sum(fresh for _, fresh in taken)
    loose = [signal for signal, one in zip(signals, parsed, strict=True) if one.open and _loose(signal)]
    if open and loose:
        return Detected(signals, new, _open(session, loose, actor), opened=True)
    known = next((signal.incident_id for signal in signals if signal.incident_id), None)
    return Detected(signals, new, session.get(Incident, known) if known else None)


def _loose(signal: Signal) -> bool:
    """Return whether nobody has dealt with a signal yet. What was set aside opens nothing when it comes again."""
    return signal.incident_id is None and signal.set_aside_at is None


def read_payload(raw: bytes) -> Any:
    """Return the JSON of an alert. Raises Refusal, which shows nothing of it, where it is none."""
    if len(raw) > LARGEST:
        raise Refusal("The alert is larger than 20 MB.", "Hand over one alert, not an archive of them.")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as failure:
        raise Refusal(f"The alert is not JSON (line {failure.lineno}).", "Save it as the tool sends it.") from None


def parse(payload: Any, *, source_name: str | None = None, mapping: Mapping | None = None) -> list[ParsedSignal]:
    """Return the alerts of a payload: by a mapping, by a named source, or by the source that knows its shape."""
    try:
        found = _parsed(payload, source_name, mapping)
    except RecursionError:
        raise Refusal("This payload is nested too deeply.", "Hand over the JSON as the tool sends it.") from None
    if not found:
        raise Refusal("There is no alert in this payload.", "Hand over the JSON as the tool sends it.")
    return list({(one.source, one.source_ref): one for one in found}.values())


def _parsed(payload: Any, source_name: str | None, mapping: Mapping | None) -> list[ParsedSignal]:
    if mapping:
        return parse_mapped(payload, mapping)
    return [signal for one in _documents(payload) for signal in _parse_known(one, source_name)]


def _parse_known(document: dict[str, Any], source_name: str | None) -> list[ParsedSignal]:
    return (source(source_name) if source_name else recognised(document)).parse(document)


def _documents(payload: Any) -> Iterable[dict[str, Any]]:
    """Return the objects of a payload: one, a list of them, or what Amazon SNS or Google Pub/Sub wraps."""
    listed = payload if isinstance(payload, list) else [payload]
    if not all(isinstance(one, dict) for one in listed):
        raise Refusal("An alert is a JSON object.", "Hand over the JSON as the tool sends it.")
    return [_unwrapped(one) for one in listed]


def _unwrapped(document: dict[str, Any]) -> dict[str, Any]:
    inner = _inside(document)
    found = read_payload(inner) if inner else None
    return found if isinstance(found, dict) else document


def _inside(document: dict[str, Any]) -> bytes:
    """Return what an envelope holds: a notification of Amazon SNS, or a push of Google Pub/Sub; else nothing."""
    message = document.get("Message")
    if document.get("Type") == "Notification" and isinstance(message, str):
        return message.encode()
    data = at(document, "message", "data")
    if not isinstance(data, str) or "subscription" not in document:
        return b""
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        return b""


def _take(session: Session, parsed: ParsedSignal) -> tuple[Signal, bool]:
    """Keep a signal, or count it once more. One statement: two processes can't both find it new."""
    row = {
        "id": new_id(), "created_at": utc_now(), "source": parsed.source, "source_ref": parsed.source_ref,
        "title": parsed.title, "severity": parsed.severity, "occurred_at": parsed.occurred_at,
        "detected_at": parsed.detected_at, "seen": 1, "payload_sha256": parsed.payload_sha256,
        "hints": parsed.hints(),
    }  # fmt: skip
    statement = insert(Signal).values(row)
    again = statement.on_conflict_do_update(
        index_elements=["source", "source_ref"], set_={"seen": Signal.seen + 1}
    ).returning(col(Signal.id), literal_column("xmax = 0", Boolean))
    ident, fresh = session.execute(again).one()
    kept = select(Signal).where(Signal.id == ident).execution_options(populate_existing=True)
    signal = session.exec(kept).one()
    if not fresh:
        _worsen(session, signal, parsed)
    return signal, bool(fresh)


def _worsen(session: Session, signal: Signal, parsed: ParsedSignal) -> None:
    """Keep the worst that a tool said of an alert, with what it now hints at."""
    if SEVERITIES.index(parsed.severity) > SEVERITIES.index(signal.severity):
        signal.severity = parsed.severity
        signal.set_aside_at = None  # it is worse than what was set aside
    signal.hints = parsed.hints()
    session.add(signal)
    session.flush()


def _open(session: Session, loose: list[Signal], actor: str) -> Incident:
    """Open one incident for signals that have none; the first gives the title."""
    more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
    try:
        title = checked_title(f"{loose[0].title}{more}")
    except Refusal:  # a bucket's name may look like a card's number: the alert must not be lost by that
        title = f"Alert of {loose[0].source}"
    incident = open_incident(session, title=title, actor=actor, signal=loose[0])
    for signal in loose[1:]:
        attach(session, incident, signal, actor=actor)
    session.flush()
    return incident
