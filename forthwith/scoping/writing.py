"""What a load found goes into the tables: sealed people, where each came from, rows set aside, one entry a file."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import polars as pl
from sqlalchemy import text

from forthwith.filling.codes import own_hashes
from forthwith.keys import INDEX
from forthwith.scoping import appending, copying, storing, wire
from forthwith.scoping.cohorts import form_cohorts
from forthwith.scoping.enlarging import enlarge
from forthwith.scoping.joining import Joining
from forthwith.scoping.merging import Merged
from forthwith.scoping.person_fields import protected
from forthwith.scoping.progress import WRITING, Progress
from forthwith.scoping.records import gathered
from forthwith.scoping.reporting import FileReport, LoadReport
from forthwith.scoping.versions import COUNT, settle
from forthwith.scoping.wire import BESIDE
from forthwith.scoping.work import ARRIVED, Taken, Work
from forthwith.timeline import record
from models import Evidence, id_texts, new_id, new_ids

UNREACHABLE = text(
    "select count(*) from person where incident_id = :incident and removed_at is null"
    " and cardinality(array_remove(channels, 'email_consent')) = 0"
)
COMPARED = ("city", "address_key")  # of a row, and then no longer wanted


def write(work: Work, merged: Merged) -> None:
    """Write all that a load found."""
    for file in work.files:
        work.session.add(_evidence(work, file))
    _share_out(work, merged)
    joining = Joining(work.session, work.incident_id, work.kind, work.party_id)
    for bucket in work.rows.buckets():
        rows = pl.concat(work.rows.parts(bucket))
        if bucket < work.first_new:
            _write_known(work, merged, rows)
        else:
            _write_new(work, merged, joining, rows)
    appending.copy(work.session, "quarantine", copying.QUARANTINE, _set_aside(work))
    work.cohorts = form_cohorts(work.session, work.incident)
    if work.new or work.told:
        settle(
            work.session, work.incident, work.version, by=work.actor, what="load", added=work.new,
            joined=len(work.joined), changed=work.grown, evidence=[file.report.evidence_id for file in work.files],
        )  # fmt: skip
    work.people = int(work.session.execute(COUNT, {"incident": work.incident_id}).scalar_one())
    for file in work.files:
        _enter(work, file)


def _share_out(work: Work, merged: Merged) -> None:
    """Share the rows out by person: those of some thousands of people together, by `node`; `elements` as one text.

    `person`: their number from 0 among the known people of whom rows tell, or among the new ones.
    """
    begin = len(work.known.ids)
    roots = merged.roots.slice(begin).unique().sort()
    told, new = roots.filter(roots < begin), roots.filter(roots >= begin)
    work.new = len(new)
    for part in work.rows.parts(ARRIVED):
        root = merged.roots.gather(part["node"])
        person = told.search_sorted(root).zip_with(root < begin, new.search_sorted(root)).cast(pl.UInt32())
        owned = part.drop(COMPARED).with_columns(
            pl.col("elements").list.join(BESIDE), person=person, root=root, bucket=work.buckets(root, person)
        )
        for (place,), share in owned.partition_by("bucket", as_dict=True, include_key=False).items():
            work.rows.put(int(place), share)


def _write_known(work: Work, merged: Merged, rows: pl.DataFrame) -> None:
    """Write what rows tell of known people."""
    told = enlarge(work, merged, rows)
    copying.absorb(work.session, told.joined)
    storing.change_all(work.session, work.key, told.changed)
    _write_sources(work, merged, rows, wire.even(told.owners, wire.ID))
    work.joined += told.joined
    work.told += told.people
    work.told_while_out += told.out
    work.watch(Progress(WRITING, work.written, work.rows_in))


def _write_new(work: Work, merged: Merged, joining: Joining, rows: pl.DataFrame) -> None:
    """Write new people, and which rows told of them."""
    people = gathered(rows.sort("person", maintain_order=True), work.today)
    ids = new_ids(len(people))
    wire.append(work.session, "person", {**joining.of(people), **_people(work, people, ids)}, len(ids))
    first, owners = people["person"][0], wire.even(ids, wire.ID)
    _write_sources(work, merged, rows, [owners[person - first] for person in rows["person"].to_list()])
    work.watch(Progress(WRITING, work.written, work.rows_in))


def _people(work: Work, people: pl.DataFrame, ids: list[bytes]) -> wire.Columns:
    """Return new people as columns of `person`: what is personal is sealed or blinded."""
    begin = work.known.last + 1
    return {
        "id": wire.even(ids, wire.ID), "created_at": wire.instant(work.now),
        "incident_id": wire.identity(work.incident_id),
        "number": wire.numbers([begin + person for person in people["person"].to_list()]),
        "kind": wire.word(work.kind),
        "party_id": wire.identity(work.party_id), "moves": wire.versions([work.version]), "changes": wire.versions([]),
        "code_index": wire.hexes(own_hashes(work.key, id_texts(ids)), INDEX),
        **protected(work.key, ids, people["record"], people["emails"].list.first()),
    }  # fmt: skip


def _write_sources(work: Work, merged: Merged, rows: pl.DataFrame, owners: list[bytes]) -> None:
    """Write for each row whom it told of (`owners`, as fields), and why it was held to be that person."""
    why = merged.why.gather(rows["node"]).alias("why")
    told = rows.select("file", why, "elements").select(pl.concat_str(pl.all(), separator=" "))
    wire.append(work.session, "person_source", {
        "id": wire.even(new_ids(len(rows)), wire.ID), "created_at": wire.instant(work.now),
        "incident_id": wire.identity(work.incident_id), "person_id": owners, "row": wire.numbers(rows["row"].to_list()),
        ("evidence_id", "reason", "elements"): wire.few(told.to_series(), partial(_source, work, merged)),
    }, len(rows))  # fmt: skip
    work.written += len(rows)


def _source(work: Work, merged: Merged, told: str) -> bytes:
    """Return what many rows share as fields: their evidence, the reason and what they expose."""
    file, why, elements = told.split(" ", 2)
    evidence = wire.identity(work.files[int(file)].report.evidence_id)
    return evidence + wire.word(merged.told[int(why)] or "first") + wire.codes(wire.listed(elements))


def _evidence(work: Work, file: Taken) -> Evidence:
    """Return the row of one file."""
    told = file.report
    return Evidence(
        id=told.evidence_id, incident_id=work.incident_id, name=told.name, sha256=told.sha256, size=file.size,
        media_type=told.media_type, encoding=told.encoding, rows_in=told.rows_in, rows_loaded=told.rows_loaded,
        rows_quarantined=told.rows_quarantined, handed_in_by=work.actor, party_id=work.party_id,
    )  # fmt: skip


def _set_aside(work: Work) -> Iterator[tuple[Any, ...]]:
    """Yield the rows that could not become a person, sealed."""
    for file in work.files:
        for bad in file.bad:
            identity = new_id()
            sealed = work.key.seal(identity, bad.text.encode())
            yield identity, work.now, work.incident_id, file.report.evidence_id, bad.row, bad.reason, sealed


def _enter(work: Work, file: Taken) -> None:
    """Write a file's entry into the timeline: counts and hashes, no name."""
    told, people = file.report, work.people
    text = f"{told.rows_in} rows: {told.rows_loaded} loaded, {told.rows_quarantined} set aside; {people} people in all."
    record(
        work.session, work.incident_id, actor=work.actor, verb="loaded", text=f"Evidence loaded. {text}",
        object_type="evidence", object_id=told.evidence_id,
        data={
            "sha256": told.sha256, "size": file.size, "rows_in": told.rows_in, "rows_loaded": told.rows_loaded,
            "rows_quarantined": told.rows_quarantined, "people": people, "people_new": work.new,
            "people_joined": len(work.joined), "people_out": work.told_while_out, "cohorts": work.cohorts,
            "quarantined": dict(Counter(bad.reason for bad in file.bad)),
        },
    )  # fmt: skip


def report(work: Work, merged: Merged, again: list[FileReport]) -> LoadReport:
    """Return what the load did."""
    out, rules = work.told_while_out, Counter[str]()
    for why, rows in merged.why.slice(len(work.known.ids)).value_counts().iter_rows():
        rules[_rule(merged.told[why])] += rows if why else 0
    return LoadReport(
        files=[*(file.report for file in work.files), *again], people_new=work.new,
        people_changed=work.told - out, people_out=out, people_joined=len(work.joined), people=work.people,
        cohorts=work.cohorts, kept_apart=merged.kept_apart, crowded=merged.crowded, merged=dict((+rules).most_common()),
        unreachable=int(work.session.execute(UNREACHABLE, {"incident": work.incident_id}).scalar_one()),
    )  # fmt: skip


def _rule(reason: str) -> str:
    """Return a reason without its score."""
    return reason.partition(" (")[0]
