"""What a load found goes into the tables: sealed people, where each came from, rows set aside, one entry a file."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from forthwith import clock
from forthwith.filling.codes import code_index, verification_code
from forthwith.keys import DataKey
from forthwith.scoping import copying
from forthwith.scoping.cleaning import Clean
from forthwith.scoping.cohorts import form_cohorts
from forthwith.scoping.gathering import Subject
from forthwith.scoping.merging import Merged, Trait
from forthwith.scoping.normalising.contact import email_key
from forthwith.scoping.preparing import Prepared
from forthwith.scoping.reporting import FileReport, LoadReport, file_report
from forthwith.scoping.versions import settle
from forthwith.timeline import record
from models import Evidence, Incident, Party, new_id, utc_now


@dataclass(slots=True, repr=False)
class Work:
    """One load under way."""

    session: Session
    incident: Incident
    key: DataKey
    actor: str
    party: Party | None
    kind: str
    files: list[Prepared]
    known: list[Subject]
    version: int  # of the scope, once this load is done
    held: set[uuid.UUID] = field(default_factory=set)  # people who have a delivery
    traits: dict[int, list[Trait]] = field(default_factory=dict)  # by node
    new: list[Subject] = field(default_factory=list)
    changed: dict[uuid.UUID, Subject] = field(default_factory=dict)
    before: dict[uuid.UUID, tuple[tuple[str, ...], str]] = field(default_factory=dict)  # elements and home
    joined: list[tuple[uuid.UUID, uuid.UUID, str]] = field(default_factory=list)  # kept, absorbed, reason
    owner: dict[int, uuid.UUID] = field(default_factory=dict)  # the person of each new node
    cohorts: int = 0
    today: date = field(default_factory=clock.today)
    grown: int = 0  # known people in scope with more elements or another home
    incident_id: uuid.UUID = field(init=False)
    party_id: uuid.UUID | None = field(init=False)
    rows: list[tuple[Prepared, Clean]] = field(init=False)  # node = len(known) + position
    now: datetime = field(default_factory=utc_now)

    @property
    def people(self) -> int:
        """People in scope after the load."""
        return len(self.known) + len(self.new) - len(self.joined) - sum(subject.removed for subject in self.known)

    @property
    def told_while_out(self) -> int:
        """People of whom the load told, and who were taken out of scope before: they stay out."""
        return sum(subject.removed for subject in self.changed.values())

    def __post_init__(self) -> None:
        # plain values: while COPY runs, the connection can't load a row again
        self.incident_id, self.party_id = self.incident.id, self.party.id if self.party else None
        self.rows = [(file, row) for file in self.files for row in file.people]


def write(work: Work, merged: Merged) -> None:
    """Write all that a load found."""
    for file in work.files:
        work.session.add(_evidence(work, file))
    copying.copy(work.session, "person", copying.PERSON, (_person(work, subject) for subject in work.new))
    _note_growth(work)
    copying.absorb(work.session, work.joined)
    copying.change_people(work.session, [_person(work, subject) for subject in work.changed.values()])
    copying.copy(work.session, "person_source", copying.PERSON_SOURCE, _sources(work, merged))
    copying.copy(work.session, "quarantine", copying.QUARANTINE, _set_aside(work))
    work.cohorts = form_cohorts(work.session, work.incident)
    if work.new or work.changed:
        settle(
            work.session, work.incident, work.version, by=work.actor, what="load", added=len(work.new),
            joined=len(work.joined), changed=work.grown, evidence=[file.evidence_id for file in work.files],
        )  # fmt: skip
    for file in work.files:
        _enter(work, file)


def _note_growth(work: Work) -> None:
    """Note the version with each known person who has more exposed data now, or another home."""
    for subject in work.changed.values():
        if work.before[subject.id] != (subject.elements, subject.jurisdiction):
            subject.changes = [*subject.changes, work.version]
            work.grown += not subject.removed


def _evidence(work: Work, file: Prepared) -> Evidence:
    """Return the row of one file."""
    document = file.document
    return Evidence(
        id=file.evidence_id, incident_id=work.incident_id, name=document.name, sha256=document.sha256,
        size=document.size, media_type=document.media_type, encoding=document.encoding, rows_in=document.rows_in,
        rows_loaded=len(file.people), rows_quarantined=len(file.bad), handed_in_by=work.actor,
        party_id=work.party_id,
    )  # fmt: skip


def _person(work: Work, subject: Subject) -> tuple[Any, ...]:
    """Return a person as copying.PERSON wants it: what is personal is sealed or blinded."""
    held = subject.record
    sealed = work.key.seal(subject.id, held.model_dump_json(exclude_defaults=True).encode())
    email = work.key.blind("email", email_key(held.emails[0])) if held.emails else None
    code = code_index(work.key, verification_code(work.key, subject.id))
    return (
        subject.id, work.now, work.incident_id, subject.number, subject.jurisdiction, subject.country or "unknown",
        subject.source, str(subject.age_class), subject.kind, subject.deceased, subject.language,
        list(subject.elements), list(subject.channels), subject.party_id, sealed,
        hashlib.sha256(sealed).hexdigest(), email, code,
        subject.moves, subject.changes,
    )  # fmt: skip


def _sources(work: Work, merged: Merged) -> Iterator[tuple[Any, ...]]:
    """Yield for each new row whom it told of, and why it was held to be that person."""
    for node, (file, row) in enumerate(work.rows, len(work.known)):
        reason = merged.reasons.get(node, "first")
        yield (
            new_id(), work.now, work.incident_id, work.owner[node], file.evidence_id, row.row, reason,
            list(row.elements),
        )  # fmt: skip


def _set_aside(work: Work) -> Iterator[tuple[Any, ...]]:
    """Yield the rows that could not become a person, sealed."""
    for file in work.files:
        for bad in file.bad:
            identity = new_id()
            sealed = work.key.seal(identity, bad.text.encode())
            yield identity, work.now, work.incident_id, file.evidence_id, bad.row, bad.reason, sealed


def _enter(work: Work, file: Prepared) -> None:
    """Write a file's entry into the timeline: counts and hashes, no name."""
    document, people = file.document, work.people
    told = f"{document.rows_in} rows: {len(file.people)} loaded, {len(file.bad)} set aside; {people} people in all."
    record(
        work.session, work.incident_id, actor=work.actor, verb="loaded", text=f"Evidence loaded. {told}",
        object_type="evidence", object_id=file.evidence_id,
        data={
            "sha256": document.sha256, "size": document.size, "rows_in": document.rows_in,
            "rows_loaded": len(file.people), "rows_quarantined": len(file.bad), "people": people,
            "people_new": len(work.new), "people_joined": len(work.joined), "people_out": work.told_while_out,
            "cohorts": work.cohorts,
            "quarantined": dict(Counter(bad.reason for bad in file.bad)),
        },
    )  # fmt: skip


def report(work: Work, merged: Merged, again: list[FileReport]) -> LoadReport:
    """Return what the load did."""
    begin = len(work.known)
    subjects = {subject.id: subject for subject in (*work.known, *work.new)}
    for _, absorbed, _ in work.joined:
        del subjects[absorbed]
    inside, out = [one for one in subjects.values() if not one.removed], work.told_while_out
    return LoadReport(
        files=[*map(file_report, work.files), *again], people_new=len(work.new), people_changed=len(work.changed) - out,
        people_out=out, people_joined=len(work.joined), people=len(inside), cohorts=work.cohorts,
        kept_apart=merged.kept_apart,
        unreachable=sum(not set(subject.channels) - {"email_consent"} for subject in inside),
        merged=dict(Counter(_rule(reason) for node, reason in merged.reasons.items() if node >= begin).most_common()),
    )  # fmt: skip


def _rule(reason: str) -> str:
    """Return a reason without its score."""
    return reason.partition(" (")[0]
