"""Load evidence: read, map, clean, merge, seal, count. All files of a call are read before anything is written."""

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import polars as pl
from sqlmodel import Session, select

from forthwith import keys
from forthwith.scoping.knowing import held_people, known_traits
from forthwith.scoping.merging import Merged, kept_of, resolve_coded, scope_of, together, traits_in
from forthwith.scoping.near.proposing import follow, told_apart
from forthwith.scoping.normalising.places import country_code
from forthwith.scoping.preparing import check_columns, cleaned
from forthwith.scoping.progress import COMPARING, READING, Progress, Watch, unwatched
from forthwith.scoping.reading import Document, documents
from forthwith.scoping.reporting import FileReport, LoadReport, file_report
from forthwith.scoping.spool import Spool, spool
from forthwith.scoping.suppressing import rematch
from forthwith.scoping.versions import COUNT, next_version
from forthwith.scoping.work import ARRIVED, Taken, Work
from forthwith.scoping.writing import report, write
from models import Evidence, Incident, Party, Refusal


def load(
    session: Session, incident: Incident, paths: Sequence[Path | str], *, actor: str, party: Party | None = None,
    kind: str = "customer", columns: Mapping[str, str] | None = None, country: str | None = None,
    watch: Watch = unwatched,
) -> LoadReport:  # fmt: skip
    """Load evidence files into an incident, and merge their rows to one person each, with those who are there already.

    `party`: whose customers these are; `kind`: what they are to it; `columns`: field by column, before any saved or
    proposed mapping; `country`: where people live whose row states no country (ISO 3166-1). A file that was loaded
    before changes nothing. `watch` is told how far it is. Raises Refusal, with nothing written, where a file can't be
    used.
    """
    version = next_version(session, incident)
    key = keys.unwrap(incident.id, incident.wrapped_key)
    home = _country(country)
    with _collector_paused(), spool() as rows:
        found, again = _read(session, incident, list(map(Path, paths)), columns or {}, rows)
        if not found:
            return LoadReport(again, people=_count(session, incident))
        work = Work(session, incident, key, actor, party, kind, version, rows, watch)
        work.known = known_traits(session, incident, key, work.put_traits)
        while found:
            _take_in(work, found.pop(0), columns, home)
        merged = _merge(work)
        write(work, merged)
        follow(session, incident, work.joined)
        rematch(session, incident)
        return report(work, merged, again)


def _country(stated: str | None) -> str:
    """Return a stated country's code. Raises Refusal where it is none."""
    code = country_code(stated) if stated else ""
    if code is None:
        raise Refusal(f"There is no country {stated!r}.", "Say its ISO code, such as DE.")
    return code


def _read(
    session: Session, incident: Incident, paths: list[Path], columns: Mapping[str, str], rows: Spool
) -> tuple[list[Document], list[FileReport]]:  # fmt: skip
    """Return the files to load, read, and what those that were loaded before did then."""
    before = {row.sha256: row for row in session.exec(select(Evidence).where(Evidence.incident_id == incident.id))}
    found: dict[str, Document] = {}
    for document in (document for path in paths for document in documents(path, rows)):
        if document.sha256 in before or document.sha256 in found:
            document.clear()
        found[document.sha256] = found.get(document.sha256, document)
    check_columns(found.values(), columns)
    again = [_again(before[d.sha256], d) for d in found.values() if d.sha256 in before]
    return [document for document in found.values() if document.sha256 not in before], again


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


def _take_in(work: Work, document: Document, columns: Mapping[str, str] | None, home: str) -> None:
    """Clean a file; its rows are put aside, part by part, with what is compared of them.

    Nodes: the known people, then the new rows.
    """
    take = partial(_put, work, len(work.files), scope_of(work.party, document.name))
    file = cleaned(document, work.session, columns, home, take, work.rows)
    work.files.append(Taken(file_report(file), document.size, file.bad))


def _put(work: Work, number: int, scope: str, part: pl.DataFrame) -> None:
    """Put cleaned rows aside. `number`: their file's; `scope`: whose customer numbers it has."""
    begin = work.nodes
    work.rows_in += len(part)
    nodes = pl.int_range(begin, work.nodes, dtype=pl.UInt32()).alias("node")
    numbered = part.with_columns(nodes, file=pl.lit(number, dtype=pl.Int32()))
    traits = traits_in(numbered, scope)
    work.put_traits(traits)
    work.rows.put(ARRIVED, numbered.with_columns(seen=kept_of(traits)))
    work.watch(Progress(READING, work.rows_in, 0))


def _merge(work: Work) -> Merged:
    """Find out which rows, old and new, are one person."""
    work.watch(Progress(COMPARING, 0, work.rows_in))
    if work.known.ids:
        work.held = {identity.bytes for identity in held_people(work.session, work.incident)}
    fixed = _nodes(work, work.held).values()
    return resolve_coded(together(work.shelves(), work.rows), work.coder, work.nodes, held=fixed, apart=_apart(work))


def _nodes(work: Work, ids: Collection[bytes]) -> dict[bytes, int]:
    """Return the nodes of those of these people who are known."""
    return {one: node for node, one in enumerate(work.known.ids) if one in ids} if ids else {}


def _apart(work: Work) -> list[tuple[int, int]]:
    """Return the nodes of each two known people whom somebody told apart."""
    pairs = told_apart(work.session, work.incident) if work.known.ids else []
    nodes = _nodes(work, {identity.bytes for pair in pairs for identity in pair})
    told = ((nodes.get(one.bytes), nodes.get(other.bytes)) for one, other in pairs)
    return [(one, other) for one, other in told if one is not None and other is not None]
