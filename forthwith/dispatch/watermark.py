"""A database restored from a backup forgets what was sent since. A small file beside it remembers.

Before a batch goes on the wire the time of its claim is noted here. Where the newest attempt in the database is
older than that note, the database is not the one that sent last: then nothing leaves until a person has looked.
"""

import uuid
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session

from forthwith.settings import settings
from models import Incident, Refusal


def _file(incident_id: uuid.UUID) -> Path:
    return settings().home / "sent" / str(incident_id)


def note(incident_id: uuid.UUID, at: datetime) -> None:
    """Remember that a batch was claimed at `at`."""
    path = _file(incident_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".{uuid.uuid4().hex}")  # several senders note at once
    partial.write_text(at.isoformat())
    partial.replace(path)


def check(session: Session, incident: Incident) -> None:
    """Refuse where the database is older than the last batch that left."""
    path = _file(incident.id)
    if not path.exists():
        return
    noted = datetime.fromisoformat(path.read_text())
    newest = session.execute(
        text("select max(started_at) from attempt where incident_id = :id"), {"id": incident.id}
    ).scalar_one()
    if newest is None or newest < noted:
        raise Refusal(
            "This database is older than the last batch that was sent; it was restored from a backup.",
            f"`forthwith send restored {incident.ref}` puts what is open in doubt; then reconcile it.",
        )


def forget(incident_id: uuid.UUID) -> None:
    """Drop the note, once a person has put the open deliveries in doubt."""
    _file(incident_id).unlink(missing_ok=True)
