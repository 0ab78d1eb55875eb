"""Write one entry of an incident's timeline, chained and signed."""

import base64
import hashlib
import json
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text as sql
from sqlmodel import Session

from forthwith import clock, keys
from models import Entry

GENESIS = "0" * 64
LOCK = sql("select pg_advisory_xact_lock(:key)")
LAST = sql("select seq, sha256 from entry where incident_id = :incident order by seq desc limit 1")


def canonical(value: Any) -> bytes:
    """Return the one way to write `value` as JSON: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def stamp(at: datetime) -> str:
    """Return an instant as the timeline writes it: RFC 3339, UTC, microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
    lock(session, incident_id)
    last = session.execute(LAST, {"incident": incident_id}).first()
    entry = Entry(
        incident_id=incident_id, seq=last.seq + 1 if last else 1, at=clock.now(), actor=plain(actor), verb=verb,
        object_type=object_type, object_id=plain(str(object_id)), text=plain(text), data=plain(data or {}),
        prev_sha256=last.sha256 if last else GENESIS, sha256="", signature="",
    )  # fmt: skip
    entry.sha256 = hashlib.sha256(canonical(body(entry))).hexdigest()
    entry.signature = base64.b64encode(keys.signing_key().sign(bytes.fromhex(entry.sha256))).decode()
    session.add(entry)
    session.flush()
    return entry


def lock(session: Session, incident_id: uuid.UUID) -> None:
    """Let one writer at a time add to an incident, until its transaction ends."""
    session.execute(LOCK, {"key": incident_id.int % 2**62})


def plain(value: Any) -> Any:
    """Return `value` as JSON that the database gives back unchanged, so that the hash still fits when it is read.

    A whole float becomes an integer, a key text; NUL and half surrogates, which no column takes, go.
    Raises ValueError for a number that is not finite.
    """
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = [plain(inner) for inner in value]
        return sorted(items, key=canonical) if isinstance(value, set | frozenset) else items
    if isinstance(value, float):
        return _number(value)
    if value is None or isinstance(value, bool | int):
        return value
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()


def _number(value: float) -> int | float:
    if not math.isfinite(value):
        raise ValueError("a timeline entry holds finite numbers only")
    return int(value) if value.is_integer() else value
