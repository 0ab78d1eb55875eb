"""Rows per CPU-second of a whole load, what it grows by, and naive peers on the same rows.

`FORTHWITH_BENCH_ROWS` says how many rows (20,000 unless stated: a million takes minutes). Each contender runs in a
process of its own, so that processor time and peak memory are its own; those of PostgreSQL are nobody's. The peers do
less: pandas takes one person an e-mail address and adds one object each, Splink only links. Both are handed rows that
our own code has read and cleaned from the seven files, as one CSV. Both are left out, and that is said, where they are
not installed: they are no part of this project.
"""

import logging
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from sqlmodel import Session

from forthwith import db, keys, scoping
from models import Incident, Person, PersonRecord, new_id

ROWS = int(os.environ.get("FORTHWITH_BENCH_ROWS", "20000"))
TIMES = 10  # the larger evidence has so many times the rows of the smaller
MIB = 1024  # kibibytes
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


class Measured(NamedTuple):
    """What a contender took, and how many people it held the rows to be."""

    seconds: float  # of processor time
    peak: float  # MiB
    people: int


class Evidence(NamedTuple):
    """Files, the same rows as one CSV where a peer wants them, and how many people they truly tell of."""

    files: list[Path]
    flat: Path
    rows: int
    people: int


def measured(task: Callable[[Evidence], int], evidence: Evidence) -> Measured:
    """Return what a task takes in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (task, evidence))


def _measure(task: Callable[[Evidence], int], evidence: Evidence) -> Measured:
    begun = time.process_time()
    people = task(evidence)
    return Measured(
        time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB, people
    )  # fmt: skip


def written(folder: Path, rows: int) -> Evidence:
    """Write evidence of about so many rows."""
    from fakes.evidence import made

    folder.mkdir()
    told = made(folder, rows)
    return Evidence(told.paths, folder / "flat.csv", told.rows, len(told.humans))


def incident(session: Session) -> Incident:
    """Return a new incident; nothing of it stays."""
    key = new_id()
    opened = Incident(id=key, ref=f"bench-{key}", title="b", opened_by="b", wrapped_key=keys.new_data_key(key))
    session.add(opened)
    session.flush()
    return opened


def ours(evidence: Evidence) -> int:
    """Load the seven files."""
    with Session(db.engine()) as session:
        report = scoping.load(session, incident(session), evidence.files, actor="bench")
        session.rollback()
    return report.people


def pandas_peer(evidence: Evidence) -> int:
    """Read the rows and add one object an e-mail address; a row without one is somebody by itself."""
    import pandas

    frame = pandas.read_csv(evidence.flat, dtype=str, keep_default_na=False)
    people = frame[(frame["email"] == "") | ~frame["email"].duplicated()]
    with Session(db.engine()) as session:
        opened = incident(session)
        key = keys.unwrap(opened.id, opened.wrapped_key)
        for number, row in enumerate(people.itertuples(index=False), 1):
            session.add(_person(opened, key, number, row))
        session.flush()
        session.rollback()
    return len(people)


def _person(opened: Incident, key: keys.DataKey, number: int, row: Any) -> Person:
    """Return one person as an object, sealed."""
    identity = new_id()
    held = PersonRecord(
        given=row.given, family=row.family, emails=[row.email], phones=[row.phone], postcode=row.postcode
    )
    sealed = key.seal(identity, held.model_dump_json().encode())
    return Person(
        id=identity, incident_id=opened.id, number=number, jurisdiction="DE", country="DE", sealed=sealed,
        sealed_sha256="", email_index=key.blind("email", row.email) if row.email else None,
    )  # fmt: skip


def splink_peer(evidence: Evidence) -> int:
    """Link the rows: train, score the pairs of four blocks, cluster."""
    import pandas
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    frame = pandas.read_csv(evidence.flat, dtype=str)
    names = ("email", "phone", "born", "postcode")
    blocks = [block_on("email"), block_on("phone"), block_on("family", "born"), block_on("given", "postcode")]
    compared = [cl.JaroWinklerAtThresholds(name) for name in ("given", "family")]
    creator = SettingsCreator(
        link_type="dedupe_only", comparisons=[*compared, *map(cl.ExactMatch, names)],
        blocking_rules_to_generate_predictions=blocks,
    )  # fmt: skip
    linker = Linker(DuckDBAPI().register(frame), creator)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("email"))
    pairs = linker.inference.predict(threshold_match_probability=0.9)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, 0.9)
    return int(found.as_pandas_dataframe()["cluster_id"].nunique())


def flatten(evidence: Evidence) -> int:
    """Write the rows, read and cleaned, as the one CSV of the peers."""
    import polars as pl

    from forthwith.scoping.preparing import cleaned
    from forthwith.scoping.reading import documents

    with Session(db.engine()) as session:
        frames = [cleaned(found, session).frame for path in evidence.files for found in documents(path)]
    rows = pl.concat(frames).with_row_index("unique_id")
    first = [pl.col(name).list.first().alias(name[:-1]) for name in ("emails", "phones")]
    plain = rows.select("unique_id", "given", "family", "born", "postcode", *first)
    plain.with_columns(pl.col(pl.String()).replace("", None)).write_csv(evidence.flat)
    return plain.height


def _line(evidence: Evidence, whole: Measured, small: Measured) -> str:
    """Return a contender's figures."""
    return (
        f"{evidence.rows / whole.seconds:,.0f}  ({whole.seconds:.1f} s for {evidence.rows:,} rows,"
        f" {whole.seconds / small.seconds:.1f}x the time of a tenth; peak {whole.peak:,.0f} MiB;"
        f" {whole.people:,} people of {evidence.people:,})"
    )  # fmt: skip


def run() -> dict[str, Any]:
    """Return each contender with its figures."""
    with tempfile.TemporaryDirectory(prefix="forthwith-evidence-") as folder:
        few, many = (written(Path(folder) / str(rows), rows) for rows in (ROWS // TIMES, ROWS))
        told = {"scoping: whole load, ours (rows/CPU-s)": _line(many, measured(ours, many), measured(ours, few))}
        return told | _peers(few, many)


PEERS: dict[str, tuple[str, Callable[[Evidence], int]]] = {
    "scoping: pandas, one an e-mail, add (rows/CPU-s)": ("pandas", pandas_peer),
    "scoping: Splink, linking alone (rows/CPU-s)": ("splink", splink_peer),
}


def _peers(few: Evidence, many: Evidence) -> dict[str, str]:
    """Return the peers' figures; where one is not installed, that."""
    there = {name: task for name, (package, task) in PEERS.items() if find_spec(package) and find_spec("pandas")}
    told = dict.fromkeys(PEERS, "left out: not installed")
    for evidence in (few, many) if there else ():
        measured(flatten, evidence)
    return told | {name: _line(many, measured(task, many), measured(task, few)) for name, task in there.items()}
