"""One person's rows, cleaned again from the evidence files that are given again."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session, col, select

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.merging import Trait, scope_of, traits_of
from forthwith.scoping.preparing import check_columns, cleaned
from forthwith.scoping.reading import documents
from models import Evidence, Party, Person, PersonSource, Refusal


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """One row that tells of the person: where it stands, and what it says."""

    source: PersonSource
    file: str
    row: Clean = field(repr=False)
    traits: list[Trait] = field(repr=False)


def rows_of(
    session: Session, person: Person, paths: Sequence[Path], columns: Mapping[str, str], country: str
) -> list[Told]:  # fmt: skip
    """Return all rows that tell of a person, in the order of their loads, cleaned from the same files as then.

    Raises Refusal where a file is missing or another, or where its columns are now taken for something else.
    """
    sources, files = _sources(session, person)
    found = _cleaned(session, files, paths, columns, country)
    missing = sorted({files[source.evidence_id].name for source in sources if source.evidence_id not in found})
    if missing:
        raise Refusal(
            f"The evidence itself is needed: {', '.join(missing)}.", "Give each file as it was loaded: --evidence PATH"
        )
    scopes = {identity: _scope(session, file) for identity, file in files.items()}
    return [_told(source, files[source.evidence_id], found, scopes[source.evidence_id]) for source in sources]


def _sources(session: Session, person: Person) -> tuple[list[PersonSource], dict[uuid.UUID, Evidence]]:
    """Return where a person's rows stand, the oldest first, and the files."""
    wanted = select(PersonSource).where(PersonSource.person_id == person.id)
    order = col(PersonSource.created_at), col(PersonSource.evidence_id), col(PersonSource.row)
    sources = list(session.exec(wanted.order_by(*order)))
    listed = select(Evidence).where(col(Evidence.id).in_({source.evidence_id for source in sources}))
    return sources, {file.id: file for file in session.exec(listed)}


def _cleaned(
    session: Session, files: Mapping[uuid.UUID, Evidence], paths: Sequence[Path], columns: Mapping[str, str],
    country: str,
) -> dict[uuid.UUID, dict[int, Clean]]:  # fmt: skip
    """Return the rows of those of the given files that the person stands in, by file and number."""
    by_sha256 = {file.sha256: file.id for file in files.values()}
    given = [document for path in paths for document in documents(path)]
    known = [document for document in given if document.sha256 in by_sha256]
    check_columns(known, columns)
    return {
        by_sha256[document.sha256]: {row.row: row for row in cleaned(document, session, columns, country).people}
        for document in known
    }


def _scope(session: Session, file: Evidence) -> str:
    """Return whose customer numbers a file has."""
    party = session.get(Party, file.party_id) if file.party_id else None
    return scope_of(party, file.name)


def _told(source: PersonSource, file: Evidence, found: Mapping[uuid.UUID, Mapping[int, Clean]], scope: str) -> Told:
    """Return one row. Raises Refusal where it exposes something else than it did when it was loaded."""
    row = found[source.evidence_id].get(source.row)
    if row is None or list(row.elements) != source.elements:
        raise Refusal(
            f"Row {source.row} of {file.name} reads differently now.",
            "Its columns were taken for something else then: state them as at the load, with --set and --country.",
        )
    return Told(source, file.name, row, list(traits_of(0, row, scope)))
