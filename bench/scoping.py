"""Rows a second: our whole load of the example, and its writing alone beside SQLModel's add_all of the same people.

The peer does less: it reads and cleans with our own code, takes one person an e-mail address, and merges nothing else.
CPU seconds of this process; three rounds, the median is shown.
"""

import hashlib
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlmodel import Session

from forthwith import db, keys, scoping
from forthwith.scoping import copying
from forthwith.scoping.cleaning import Clean
from forthwith.scoping.gathering import Subject, add_rows
from forthwith.scoping.merging import traits_of
from forthwith.scoping.preparing import cleaned
from forthwith.scoping.reading import read
from forthwith.scoping.writing import Work, _person
from models import Incident, Person, PersonRecord, new_id, utc_now

ROUNDS = 3
EXAMPLE = Path(__file__).parents[1] / "examples" / "support-processor-leak"


def measured(task: Callable[[Session, Incident], object]) -> float:
    """Return the median CPU seconds of a task on an incident of its own; nothing of it stays."""
    seconds = []
    for round_ in range(ROUNDS):
        with Session(db.engine()) as session:
            key = new_id()
            wrapped = keys.new_data_key(key)
            incident = Incident(id=key, ref=f"bench-{round_}", title="bench", opened_by="bench", wrapped_key=wrapped)
            session.add(incident)
            session.flush()
            begun = time.process_time()
            task(session, incident)
            seconds.append(time.process_time() - begun)
            session.rollback()
    return statistics.median(seconds)


def files() -> list[Path]:
    return [file.path for file in scoping.evidence_of(EXAMPLE)]


def ours(session: Session, incident: Incident) -> None:
    scoping.load(session, incident, files(), actor="bench")


def people_of_rows(session: Session) -> list[Clean]:
    return [row for path in files() for row in cleaned(read(path), session).people]


def peer(session: Session, incident: Incident) -> None:
    """Load the same files, one object an e-mail address, by add_all."""
    key = keys.unwrap(incident.id, incident.wrapped_key)
    seen: dict[str, Clean] = {}
    for row in people_of_rows(session):
        seen.setdefault(row.emails[0] if row.emails else str(new_id()), row)
    add_all(session, incident, key, list(seen.values()))


def add_all(session: Session, incident: Incident, key: keys.DataKey, rows: list[Clean]) -> None:
    for number, row in enumerate(rows, 1):
        identity = new_id()
        held = PersonRecord(name=row.name.whole, emails=list(row.emails), phones=list(row.phones))
        sealed = key.seal(identity, held.model_dump_json().encode())
        session.add_all([
            Person(
                id=identity, incident_id=incident.id, number=number, jurisdiction=row.jurisdiction,
                country=row.country, elements=list(row.elements), sealed=sealed,
                sealed_sha256=hashlib.sha256(sealed).hexdigest(),
            )
        ])  # fmt: skip
    session.flush()


def subjects(rows: list[Clean], work: Work) -> list[Subject]:
    made = []
    for number, row in enumerate(rows, 1):
        subject = Subject(new_id(), number, PersonRecord.model_construct())
        add_rows(subject, [row], traits_of(number, row, ""), work.today)
        made.append(subject)
    return made


def writing(rows: list[Clean]) -> tuple[float, float]:
    """Return CPU seconds of writing these people: by COPY, and by add_all."""

    def copied(session: Session, incident: Incident) -> None:
        key = keys.unwrap(incident.id, incident.wrapped_key)
        work = Work(session, incident, key, "bench", None, "customer", [], [], now=utc_now())
        made = subjects(rows, work)
        copying.copy(session, "person", copying.PERSON, (_person(work, subject) for subject in made))

    def added(session: Session, incident: Incident) -> None:
        add_all(session, incident, keys.unwrap(incident.id, incident.wrapped_key), rows)

    return measured(copied), measured(added)


def run() -> dict[str, Any]:
    """Return each measure with its figures."""
    with Session(db.engine()) as session:
        rows = people_of_rows(session)
        rows_in = sum(read(path).rows_in for path in files())
    whole, naive = measured(ours), measured(peer)
    copied, added = writing(rows)
    return {
        "scoping: whole load, ours (rows/CPU-s)": f"{rows_in / whole:,.0f}  ({whole:.1f} s for {rows_in:,} rows)",
        "scoping: peer, one an e-mail, add_all (rows/CPU-s)": f"{rows_in / naive:,.0f}  ({naive:.1f} s)",
        "scoping: build, seal and COPY people (rows/CPU-s)": f"{len(rows) / copied:,.0f}",
        "scoping: seal and add_all people (rows/CPU-s)": f"{len(rows) / added:,.0f}  ({added / copied:.1f}x slower)",
    }
