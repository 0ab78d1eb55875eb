"""Load evidence: read, map, clean, merge, seal, count. All files of a call are read before anything is written."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import Session, select

from forthwith import keys
from forthwith.scoping import gathering
from forthwith.scoping.gathering import Subject
from forthwith.scoping.knowing import held_people, known_people
from forthwith.scoping.merging import Merged, resolve, traits_of
from forthwith.scoping.merging.traits import unpacked
from forthwith.scoping.near.proposing import follow, propose, told_apart
from forthwith.scoping.normalising.places import country_code
from forthwith.scoping.preparing import Prepared, check_columns, cleaned
from forthwith.scoping.reading import Document, documents
from forthwith.scoping.reporting import FileReport, LoadReport
from forthwith.scoping.suppressing import rematch
from forthwith.scoping.versions import COUNT, next_version
from forthwith.scoping.writing import Work, report, write
from models import Evidence, Incident, Party, PersonRecord, Refusal, new_id


def load(
    session: Session, incident: Incident, paths: Sequence[Path | str], *, actor: str, party: Party | None = None,
    kind: str = "customer", columns: Mapping[str, str] | None = None, country: str | None = None,
) -> LoadReport:  # fmt: skip
    """Load evidence files into an incident, and merge their rows to one person each, with those who are there already.

    `party`: whose customers these are; `kind`: what they are to it; `columns`: field by column, before any saved or
    proposed mapping; `country`: where people live whose row states no country (ISO 3166-1). A file that was loaded
    before changes nothing. Raises Refusal, with nothing written, where a file can't be used.
    """
    version = next_version(session, incident)
    key = keys.unwrap(incident.id, incident.wrapped_key)
    home = _country(country)
    with _collector_paused():
        files, again = _prepared(session, incident, list(map(Path, paths)), columns or {}, home)
        if not files:
            return LoadReport(again, people=_count(session, incident))
        known = list(known_people(session, incident, key))
        work = Work(session, incident, key, actor, party, kind, files, known, version)
        work.held = held_people(session, incident) | told_apart(session, incident) if known else set()
        merged = _merge(work)
        _assign(work, merged)
        write(work, merged)
        follow(session, incident, work.joined)
        gone = {absorbed for _, absorbed, _ in work.joined}
        left = [one for one in (*known, *work.new) if one.id not in gone]
        propose(session, incident, left)
        rematch(session, incident, left)
        return report(work, merged, again)


def _country(stated: str | None) -> str:
    """Return a stated country's code. Raises Refusal where it is none."""
    code = country_code(stated) if stated else ""
    if code is None:
        raise Refusal(f"There is no country {stated!r}.", "Say its ISO code, such as DE.")
    return code


def _prepared(
    session: Session, incident: Incident, paths: list[Path], columns: Mapping[str, str], country: str
) -> tuple[list[Prepared], list[FileReport]]:
    """Return the files ready to be merged, and what those that were loaded before did then."""
    before = {row.sha256: row for row in session.exec(select(Evidence).where(Evidence.incident_id == incident.id))}
    found = {document.sha256: document for path in paths for document in documents(path)}
    check_columns(found.values(), columns)
    files = [cleaned(d, session, columns, country) for d in found.values() if d.sha256 not in before]
    return files, [_again(before[d.sha256], d) for d in found.values() if d.sha256 in before]


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the search for cycles: a load makes millions of objects and no cycle, and would spend a quarter on it."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _again(evidence: Evidence, document: Document) -> FileReport:
    """Return what a file that was loaded before did then."""
    return FileReport(
        document.name, document.sha256, evidence.id, evidence.rows_in, evidence.rows_loaded,
        evidence.rows_quarantined, media_type=evidence.media_type, encoding=evidence.encoding, already_loaded=True,
    )  # fmt: skip


def _count(session: Session, incident: Incident) -> int:
    """Return how many people an incident has in scope."""
    return int(session.execute(COUNT, {"incident": incident.id}).scalar_one())


def _merge(work: Work) -> Merged:
    """Find out which rows, old and new, are one person. Nodes: the known people, then the new rows."""
    scope = (work.party.code or work.party.name).replace(":", " ") if work.party else ""
    for node, subject in enumerate(work.known):
        work.traits[node] = list(unpacked(node, subject.record.seen))
    for node, (_, row) in enumerate(work.rows, len(work.known)):
        work.traits[node] = list(traits_of(node, row, scope))
    fixed = [node for node, subject in enumerate(work.known) if subject.id in work.held]
    return resolve([trait for found in work.traits.values() for trait in found], len(work.traits), held=fixed)


def _assign(work: Work, merged: Merged) -> None:
    """Make or extend a person for each group of nodes that has a new row."""
    begin, number = len(work.known), work.known[-1].number if work.known else 0
    for group in merged.groups:
        fresh = [node for node in group if node >= begin]
        if fresh and group[0] < begin:
            subject = _joined(work, [node for node in group if node < begin], merged.reasons)
        elif fresh:
            number += 1
            subject = _made(work, number)
        else:
            continue
        rows = [work.rows[node - begin][1] for node in fresh]
        traits = [trait for node in fresh for trait in work.traits[node]]
        gathering.add_rows(subject, rows, traits, work.today)
        work.owner |= dict.fromkeys(fresh, subject.id)


def _made(work: Work, number: int) -> Subject:
    """Return a new person."""
    subject = Subject(
        new_id(), number, PersonRecord.model_construct(), kind=work.kind, party_id=work.party_id, moves=[work.version]
    )
    work.new.append(subject)
    return subject


def _joined(work: Work, nodes: list[int], reasons: Mapping[int, str]) -> Subject:
    """Return the known person of a group; others whom a new row shows to be the same are joined to the first.

    Who has a delivery is always kept; the rules let no two of them meet. Who was taken out of scope stays as they are:
    a new row neither brings them back nor takes somebody else out with them.
    """
    people = sorted((work.known[node] for node in nodes), key=lambda s: (s.removed, s.id not in work.held, s.number))
    kept, node_of = people[0], {work.known[node].id: node for node in nodes}
    work.changed[kept.id], work.before[kept.id] = kept, (kept.elements, kept.jurisdiction)
    for other in (other for other in people[1:] if not other.removed):
        gathering.join(kept, other, work.today)
        reason = reasons.get(node_of[other.id]) or reasons.get(node_of[kept.id]) or "joined by a later row"
        work.joined.append((kept.id, other.id, reason))
    return kept
