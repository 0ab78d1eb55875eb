"""A database restored from a backup forgets what was sent since. A small file beside it remembers.

Before a batch goes on the wire one of its attempts is noted here, in place of those that were seen in the database
when it was claimed. Where a noted attempt is missing there, the database is not the one that sent last: then nothing
leaves until a person has looked. Times would not do: of two batches claimed at once a backup may hold the later alone.
"""

import fcntl
import os
import uuid
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import event, text
from sqlmodel import Session

from forthwith import clock
from forthwith.settings import settings
from models import Incident, Refusal

RESTORED = "the database was restored: it may have been sent since"

LOOKED = "select max(at) from entry where incident_id = :id and verb = 'restored' and object_type = 'delivery'"

# rows that were made anew, for whom and what the lost time knew already: a leg after one that went out since is new
DOUBT = """
update delivery d set state = 'unknown', reason = :why, state_at = :now, claimed_until = :now
  from notice n
 where n.id = d.notice_id and d.incident_id = :incident and d.state in ('planned', 'held') and d.variant_id is not null
   and d.created_at >= :looked and d.state_at = d.created_at and n.created_at <= :looked
   and not exists (select 1 from person p where p.id = d.recipient_id and p.created_at > :looked)
   and not exists (select 1 from delivery b join attempt a on a.delivery_id = b.id and a.started_at > :looked
                    where b.notice_id = d.notice_id and b.recipient_id = d.recipient_id and b.leg = d.leg - 1)
"""


def _file(incident_id: uuid.UUID) -> Path:
    return settings().home / "sent" / str(incident_id)


def note(incident_id: uuid.UUID, attempt: uuid.UUID, seen: Iterable[str] = ()) -> None:
    """Remember an attempt of a batch that was claimed; it stands for those that were `seen` as it was claimed."""
    path = _file(incident_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # several senders note at once; a lock of the system ends with whoever held it, however they end
    lock = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = {*_noted(incident_id)} - {*seen} | {str(attempt)}
        partial = path.with_suffix(".new")
        partial.write_text("".join(f"{one}\n" for one in sorted(kept)))
        partial.replace(path)
    finally:
        os.close(lock)


def check(session: Session, incident_id: uuid.UUID) -> list[str]:
    """Return the noted attempts. Refuses where the database lacks one: then it is older than a batch that left."""
    noted = _noted(incident_id)  # before the database is asked: what is noted is committed
    if noted and not _hold(session, noted):
        ref = session.get_one(Incident, incident_id).ref
        raise Refusal(
            "This database is older than the last batch that was sent; it was restored from a backup.",
            f"`forthwith send restored {ref}` puts what is open in doubt; then reconcile it.",
        )
    return noted


def _hold(session: Session, noted: list[str]) -> bool:
    """Return whether the database has every attempt. What is no id is none of its own."""
    try:
        ids = [uuid.UUID(one) for one in noted]
    except ValueError:
        return False
    found = session.execute(text("select count(*) from attempt where id = any(:ids)"), {"ids": ids}).scalar_one()
    return bool(found == len(ids))


def _noted(incident_id: uuid.UUID) -> list[str]:
    path = _file(incident_id)
    return path.read_text().split() if path.exists() else []


def forget(incident_id: uuid.UUID) -> None:
    """Drop the note, once a person has put the open deliveries in doubt."""
    _file(incident_id).unlink(missing_ok=True)


def forget_when_committed(session: Session, incident_id: uuid.UUID) -> None:
    """Drop the note when the doubts stand for good: dropped before, a kill would leave neither note nor doubt."""
    event.listen(session, "after_commit", lambda _: forget(incident_id), once=True)


def doubt_anew(session: Session, incident_id: uuid.UUID) -> int:
    """After a restored backup: put in doubt what was planned just now and may have left in the time that was lost."""
    looked = session.execute(text(LOOKED), {"id": incident_id}).scalar_one()
    if looked is None:
        return 0
    keys = {"incident": incident_id, "looked": looked, "now": clock.now(), "why": RESTORED}
    return int(session.execute(text(DOUBT), keys).rowcount)  # type: ignore[attr-defined]
