"""What a load found goes into the tables: sealed people, where each came from, rows set aside, one entry a file."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl
from sqlalchemy import text

from forthwith.filling.codes import own_indexes
from forthwith.scoping import appending, copying, storing
from forthwith.scoping.cohorts import form_cohorts
from forthwith.scoping.enlarging import enlarge
from forthwith.scoping.merging import Merged
from forthwith.scoping.normalising.email_columns import keys_of
from forthwith.scoping.progress import WRITING, Progress
from forthwith.scoping.records import gathered
from forthwith.scoping.reporting import FileReport, LoadReport
from forthwith.scoping.versions import COUNT, settle
from forthwith.scoping.work import ARRIVED, KNOWN, NEW, Taken, Work
from forthwith.timeline import record
from models import Evidence, new_id, new_ids

PEOPLE_AT_ONCE = 25_000
UNREACHABLE = text(
    "select count(*) from person where incident_id = :incident and removed_at is null"
    " and cardinality(array_remove(channels, 'email_consent')) = 0"
)


def write(work: Work, merged: Merged) -> None:
    """Write all that a load found."""
    for file in work.files:
        work.session.add(_evidence(work, file))
    _share_out(work, merged)
    _write_known(work, merged)
    for bucket in work.rows.buckets():
        _write_new(work, merged, pl.concat(work.rows.parts(bucket)))
    appending.copy(work.session, "quarantine", copying.QUARANTINE, _set_aside(work))
    work.cohorts = form_cohorts(work.session, work.incident)
    if work.new or work.changed:
        settle(
            work.session, work.incident, work.version, by=work.actor, what="load", added=work.new,
            joined=len(work.joined), changed=work.grown, evidence=[file.report.evidence_id for file in work.files],
        )  # fmt: skip
    work.people = int(work.session.execute(COUNT, {"incident": work.incident_id}).scalar_one())
    for file in work.files:
        _enter(work, file)


def _share_out(work: Work, merged: Merged) -> None:
    """Share the rows out by person: those of known people together, new people's by number (`person`, from 0)."""
    begin = len(work.known.ids)
    roots = merged.roots.slice(begin)
    new = roots.filter(roots >= begin).unique().sort()
    work.new = len(new)
    for part in work.rows.parts(ARRIVED):
        root = merged.roots.gather(part["node"])
        person = new.search_sorted(root).cast(pl.UInt32())
        bucket = pl.select(pl.when(root < begin).then(KNOWN).otherwise(NEW + person // PEOPLE_AT_ONCE)).to_series()
        owned = part.with_columns(person=person, root=root, bucket=bucket)
        for (place,), share in owned.partition_by("bucket", as_dict=True, include_key=False).items():
            work.rows.put(int(place), share)


def _write_known(work: Work, merged: Merged) -> None:
    """Write what the rows tell of known people."""
    parts = list(work.rows.parts(KNOWN))
    rows = pl.concat(parts) if parts else None
    owners = enlarge(work, merged, rows) if rows is not None else {}
    _note_growth(work)
    copying.absorb(work.session, work.joined)
    storing.change(work.session, work.incident, work.key, list(work.changed.values()))
    if rows is not None:
        ids = [str(owners[root]) for root in rows["root"].to_list()]
        copying.copy_frame(work.session, "person_source", _sources(work, merged, rows, pl.Series(ids)))
        work.written += len(rows)


def _write_new(work: Work, merged: Merged, rows: pl.DataFrame) -> None:
    """Write new people, and which rows told of them."""
    people = gathered(rows.sort("person", "node"), work.today, work.scopes())
    ids = pl.Series("id", new_ids(len(people)))
    copying.copy_frame(work.session, "person", _people(work, people, ids))
    owners = ids.gather(rows["person"] - people["person"][0])
    copying.copy_frame(work.session, "person_source", _sources(work, merged, rows, owners))
    work.written += len(rows)
    work.watch(Progress(WRITING, work.written, work.rows_in))


def _people(work: Work, people: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Return new people as rows of `person`: what is personal is sealed or blinded."""
    party, country = str(work.party_id) if work.party_id else None, pl.col("country")
    return people.select(
        ids, pl.lit(work.now.isoformat()).alias("created_at"), pl.lit(str(work.incident_id)).alias("incident_id"),
        (pl.col("person").cast(pl.Int64()) + (work.known.last + 1)).alias("number"), "jurisdiction",
        pl.when(country != "").then(country).otherwise(pl.lit("unknown")).alias("country"),
        pl.col("source").alias("jurisdiction_source"), "age_class", pl.lit(work.kind).alias("kind"), "deceased",
        "language", copying.array_of(pl.col("elements")), copying.array_of(pl.col("channels")),
        pl.lit(party, dtype=pl.String()).alias("party_id"), *_protected(work, people, ids.to_list()),
        pl.lit(f"{{{work.version}}}").alias("moves"), pl.lit("{}").alias("changes"),
    )  # fmt: skip


def _protected(work: Work, people: pl.DataFrame, ids: list[str]) -> list[pl.Series]:
    """Return the sealed records with their hashes, and the blind indexes."""
    sealed = work.key.seal_all(ids, people["record"].to_list())
    return [
        copying.bytes_of(pl.Series("sealed", sealed, dtype=pl.Binary())),
        pl.Series("sealed_sha256", [hashlib.sha256(blob).hexdigest() for blob in sealed]),
        _blinded(work, people["emails"].list.first()),
        pl.Series("code_index", own_indexes(work.key, ids)),
    ]


def _blinded(work: Work, emails: pl.Series) -> pl.Series:
    """Return the blind indexes of e-mail addresses; null where there is none."""
    has = emails.is_not_null().arg_true()
    indexes = work.key.blind_all("email", keys_of(emails.gather(has)).to_list())
    return pl.Series("email_index", [None], dtype=pl.String()).new_from_index(0, len(emails)).scatter(has, indexes)


def _sources(work: Work, merged: Merged, rows: pl.DataFrame, owners: pl.Series) -> pl.DataFrame:
    """Return for each row whom it told of, and why it was held to be that person, as rows of `person_source`."""
    told = pl.Series(["first", *merged.told[1:]])
    evidence = pl.Series([str(file.report.evidence_id) for file in work.files])
    return rows.select(
        pl.Series("id", new_ids(len(rows))), pl.lit(work.now.isoformat()).alias("created_at"),
        pl.lit(str(work.incident_id)).alias("incident_id"), owners.alias("person_id"),
        evidence.gather(rows["file"]).alias("evidence_id"), "row",
        told.gather(merged.why.gather(rows["node"])).alias("reason"), copying.array_of(pl.col("elements")),
    )  # fmt: skip


def _note_growth(work: Work) -> None:
    """Note the version with each known person who has more exposed data now, or another home."""
    for subject in work.changed.values():
        if work.before[subject.id] != (subject.elements, subject.jurisdiction):
            subject.changes = [*subject.changes, work.version]
            work.grown += not subject.removed


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
        people_changed=len(work.changed) - out, people_out=out, people_joined=len(work.joined), people=work.people,
        cohorts=work.cohorts, kept_apart=merged.kept_apart, merged=dict((+rules).most_common()),
        unreachable=int(work.session.execute(UNREACHABLE, {"incident": work.incident_id}).scalar_one()),
    )  # fmt: skip


def _rule(reason: str) -> str:
    """Return a reason without its score."""
    return reason.partition(" (")[0]
