"""Write one entry of an incident's timeline, chained and signed."""

import base64
import hashlib
import json
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import text as sql
from sqlmodel import Session, col, select

from forthwith import clock, keys
from models import Entry

GENESIS = "0" * 64


def canonical(value: Any) -> bytes:
    """Return the one way to write `value` as JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def stamp(at: datetime) -> str:
    """Return an instant as the timeline writes it: RFC 3339, UTC, microseconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def body(entry: Entry) -> dict[str, Any]:
    """Return what an entry's hash covers."""
    return {
        "incident": str(entry.incident_id), "seq": entry.seq, "at": stamp(entry.at), "actor": entry.actor,
        "verb": entry.verb, "object_type": entry.object_type, "object_id": entry.object_id, "text": entry.text,
        "data": entry.data, "prev": entry.prev_sha256,
    }  # fmt: skip


def record(
    session: Session, incident_id: uuid.UUID, *, actor: str, verb: str, text: str,
    object_type: str = "incident", object_id: object = "", data: dict[str, Any] | None = None,
) -> Entry:  # fmt: skip
    """Append one entry. `text` and `data` must hold no personal data: counts, codes, hashes and ids alone."""
    _serialise(session, incident_id)
    last = session.exec(
        select(Entry).where(Entry.incident_id == incident_id).order_by(col(Entry.seq).desc()).limit(1)
    ).first()
    entry = Entry(
        incident_id=incident_id, seq=last.seq + 1 if last else 1, at=clock.now(), actor=actor, verb=verb,
        object_type=object_type, object_id=str(object_id), text=text, data=data or {},
        prev_sha256=last.sha256 if last else GENESIS, sha256="", signature="",
    )  # fmt: skip
    entry.sha256 = hashlib.sha256(canonical(body(entry))).hexdigest()
    entry.signature = base64.b64encode(keys.signing_key().sign(bytes.fromhex(entry.sha256))).decode()
    session.add(entry)
    session.flush()
    return entry


def _serialise(session: Session, incident_id: uuid.UUID) -> None:
    """Let one writer at a time append to an incident's timeline, until its transaction ends."""
    session.execute(sql("select pg_advisory_xact_lock(:key)"), {"key": incident_id.int % 2**62})
