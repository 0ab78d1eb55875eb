"""Hand the timeline out: as signed JSON that anybody can verify, and as CSV for reading."""

import base64
import hashlib
from typing import Any

from sqlmodel import Session, col, select

from forthwith import clock, keys
from forthwith.settings import settings
from forthwith.timeline import verify as checks
from forthwith.timeline.record import body, canonical, stamp
from forthwith.timeline.spreadsheet import csv_bytes
from forthwith.timeline.verify import Report
from models import Entry, Incident, Refusal

COLUMNS = (
    "seq", "at", "actor", "verb", "object_type", "object_id", "text", "data", "prev", "sha256", "signature",
)  # fmt: skip


def entries(session: Session, incident: Incident) -> list[Entry]:
    """Return an incident's entries in order."""
    found = select(Entry).where(Entry.incident_id == incident.id).order_by(col(Entry.seq), col(Entry.id))
    return list(session.exec(found.execution_options(populate_existing=True)).all())


def as_dict(entry: Entry) -> dict[str, Any]:
    """Return an entry as it is exported: what the hash covers, the hash and the signature."""
    return {**body(entry), "sha256": entry.sha256, "signature": entry.signature}


def to_json(session: Session, incident: Incident) -> bytes:
    """Return the signed export. Raises Refusal where there is nothing yet or a row was tampered with."""
    rows = entries(session, incident)
    if not rows:
        raise Refusal(f"Incident {incident.ref} has no timeline yet.", "It begins with the first step.")
    report = verify_rows(incident, rows)
    if not report.sound:
        raise Refusal(
            f"The timeline of {incident.ref} is not sound: {report.where}: {report.what}.",
            "Nothing was exported. Compare the database with a backup and with earlier exports.",
        )
    return sealed(header_of(incident, rows), [canonical(as_dict(row)) for row in rows])


def header_of(incident: Incident, rows: list[Entry]) -> dict[str, Any]:
    """Return an export's header."""
    return {
        "format": checks.FORMAT, "version": checks.VERSION, "incident": str(incident.id), "ref": incident.ref,
        "organisation": settings().organisation, "public_key": keys.public_key(), "count": len(rows),
        "head": rows[-1].sha256, "exported_at": stamp(clock.now()),
    }  # fmt: skip


def sealed(header: dict[str, Any], lines: list[bytes]) -> bytes:
    """Return the export of `lines` (canonical JSON of one entry each) under `header`, closed by a signature."""
    listed = b",\n".join(lines)
    top = canonical(header)
    closing = {
        "header": hashlib.sha256(top).hexdigest(),
        "entries": hashlib.sha256(listed).hexdigest(),
    }
    signature = keys.signing_key().sign(checks.CONTEXT + canonical(closing))
    last = canonical({**closing, "signature": base64.b64encode(signature).decode()})
    parts = (checks.OPENING + top + b",", checks.LIST, listed, checks.END, checks.CLOSING + last + b"}", b"")
    return b"\n".join(parts)


def verify_rows(incident: Incident, rows: list[Entry]) -> Report:
    """Check the rows of the database: number, chain, hash, signature, no gap."""
    told: dict[str, Any] = {"ref": incident.ref, "count": len(rows), "head": rows[-1].sha256 if rows else ""}
    public = keys.public_key()
    told["fingerprint"] = checks.fingerprint(public)
    try:
        checks.check_chain([as_dict(row) for row in rows], public, str(incident.id))
    except checks.Broken as found:
        return Report(**told, where=found.where, what=found.what)
    return Report(**told)


def to_csv(session: Session, incident: Incident) -> bytes:
    """Return the timeline as CSV that no spreadsheet takes for formulas. For reading: only JSON can be verified."""
    rows = [as_dict(entry) for entry in entries(session, incident)]
    return csv_bytes(COLUMNS, ([_cell(row[name]) for name in COLUMNS] for row in rows))


def _cell(value: Any) -> str:
    return canonical(value).decode() if isinstance(value, dict | list) else str(value)
