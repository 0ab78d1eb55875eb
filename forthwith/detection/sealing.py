"""What a person wrote in a report: sealed under a key of the signal's own, and under the incident's once it has one."""

import uuid
from typing import Any

import orjson
from sqlmodel import Session

from forthwith import keys
from models import Incident, Signal


def sealed(ident: uuid.UUID, told: dict[str, Any]) -> tuple[bytes, bytes]:
    """Return a fresh wrapped key and what it seals, for the signal with this id."""
    wrapped = keys.new_data_key(ident)
    return wrapped, keys.unwrap(ident, wrapped).seal(ident, orjson.dumps(told))


def opened(session: Session, signal: Signal) -> dict[str, Any]:
    """Return what was written; nothing where nothing was, or its key is gone."""
    key = _key(session, signal)
    if key is None or signal.sealed is None:
        return {}
    told: dict[str, Any] = orjson.loads(key.open(signal.id, signal.sealed))
    return told


def _key(session: Session, signal: Signal) -> keys.DataKey | None:
    if signal.wrapped_key:
        return keys.unwrap(signal.id, signal.wrapped_key)
    incident = session.get(Incident, signal.incident_id) if signal.incident_id else None
    return keys.unwrap(incident.id, incident.wrapped_key) if incident and incident.wrapped_key else None


def adopt(session: Session, incident: Incident, signal: Signal) -> None:
    """Seal a report anew under the incident's key: with the incident it ends."""
    if signal.sealed is None or signal.wrapped_key is None:
        return
    plain = keys.unwrap(signal.id, signal.wrapped_key).open(signal.id, signal.sealed)
    signal.sealed = keys.unwrap(incident.id, incident.wrapped_key).seal(signal.id, plain)
    signal.wrapped_key = None
    session.add(signal)
