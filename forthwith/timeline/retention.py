"""The end of retention: an incident's key is destroyed, and with it everything that the key sealed."""

import re
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete, func, text, update
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.settings import settings
from forthwith.timeline.record import record
from models import (
    AlertCall,
    Delivery,
    Enquiry,
    Incident,
    Person,
    PersonWish,
    Phase,
    Quarantine,
    Refusal,
    RemedyCode,
    Signal,
)

CALLS_KEPT = timedelta(days=30)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Shredded:
    """What one incident lost: its key, this many people's records, this many quarantined rows."""

    ref: str
    people: int
    quarantined: int
    files: int  # of the outbox: filled letters and messages


def expired(session: Session, *, after: timedelta, now: datetime | None = None) -> list[Incident]:
    """Return the incidents that were closed at least `after` ago and still have their key."""
    if after < timedelta(0):
        raise Refusal("A retention can't be shorter than nothing.", "Give the days after closing, 0 or more.")
    limit = (now or clock.now()) - after
    wanted = select(Incident).where(Incident.phase == Phase.CLOSED, col(Incident.closed_at) <= limit)
    kept = wanted.where(col(Incident.wrapped_key).is_not(None)).order_by(Incident.ref)
    return list(session.exec(kept.with_for_update(skip_locked=True)).all())


def run(session: Session, *, after: timedelta, actor: str, now: datetime | None = None) -> list[Shredded]:
    """Shred every expired incident and record it. Counts, cohorts, decisions and the timeline stay."""
    return [shred(session, incident, actor=actor) for incident in expired(session, after=after, now=now)]


def shred(session: Session, incident: Incident, *, actor: str) -> Shredded:
    """Destroy a closed incident's key and all that it sealed. Nobody can undo it."""
    if incident.phase != Phase.CLOSED:
        raise Refusal(f"Incident {incident.ref} is not closed.", "Close it before its data is destroyed.")
    people, rows = _sealed(session, Person, incident), _sealed(session, Quarantine, incident)
    done = Shredded(incident.ref, people, rows, discard(settings().outbox, _deliveries(session, incident)))
    gone = {"sealed": None, "email_index": None, "code_index": None}
    session.execute(update(Person).where(col(Person.incident_id) == incident.id).values(**gone))
    session.execute(update(Quarantine).where(col(Quarantine.incident_id) == incident.id).values(sealed=None))
    session.execute(update(RemedyCode).where(col(RemedyCode.incident_id) == incident.id).values(sealed=None))
    session.execute(update(Enquiry).where(col(Enquiry.incident_id) == incident.id).values(sealed=None, reply=None))
    session.execute(update(PersonWish).where(col(PersonWish.incident_id) == incident.id).values(sealed=None))
    session.execute(update(Signal).where(col(Signal.incident_id) == incident.id).values(sealed=None))
    session.expire_all()
    incident.wrapped_key = None
    session.add(incident)
    record(
        session, incident.id, actor=actor, verb="shredded",
        text=f"End of retention: the key was destroyed, with the records of {done.people} people"
        f", {done.quarantined} quarantined rows and {done.files} files. Counts, decisions and this timeline stay.",
        data={"people": done.people, "quarantined": done.quarantined, "files": done.files},
    )  # fmt: skip
    return done


def forget_reports(session: Session, *, after: timedelta, now: datetime | None = None) -> int:
    """Destroy what people wrote in reports that were set aside at least `after` ago; return how many."""
    limit = (now or clock.now()) - after
    aside = (col(Signal.set_aside_at) <= limit, col(Signal.incident_id).is_(None), col(Signal.sealed).is_not(None))
    gone = update(Signal).where(*aside).values(sealed=None, wrapped_key=None).returning(col(Signal.id))
    return len(session.execute(gone).all())


def forget_calls(session: Session, *, now: datetime | None = None) -> int:
    """Forget which calls with alerts were taken, a month after: far beyond the time in which one may come again."""
    old = delete(AlertCall).where(col(AlertCall.created_at) <= (now or clock.now()) - CALLS_KEPT)
    return len(session.execute(old.returning(col(AlertCall.id))).all())


def _deliveries(session: Session, incident: Incident) -> set[str]:
    return {str(found) for found in session.exec(select(Delivery.id).where(Delivery.incident_id == incident.id))}


def discard(outbox: Path, deliveries: set[str]) -> int:
    """Delete the files that hold what was filled for these deliveries; return how many.

    A message's file bears its delivery's id; a print run's folder holds a manifest that lists them.
    """
    named = [path for path in outbox.rglob("*") if path.is_file() and _ids(path.name) & deliveries]
    runs = {path.parent for path in outbox.rglob("manifest*") if _ids(path.read_text("utf-8", "replace")) & deliveries}
    inside = [path for folder in runs for path in folder.rglob("*") if path.is_file()]
    doomed = {*named, *inside}
    for path in doomed:
        path.unlink(missing_ok=True)
    for folder in runs:
        shutil.rmtree(folder, ignore_errors=True)
    return len(doomed)


def _ids(text_: str) -> set[str]:
    return set(UUID.findall(text_))


def _sealed(session: Session, table: type[Person] | type[Quarantine], incident: Incident) -> int:
    wanted = select(func.count()).where(table.incident_id == incident.id, col(table.sealed).is_not(None))
    return session.exec(wanted).one()


def scrub(engine: Engine) -> None:
    """Rewrite the small tables that held the keys, so that no dead row on disk keeps one. Call it after the commit."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (full) incident"))
        connection.execute(text("vacuum (full) signal"))
