"""Rows per CPU-second of a whole load, what it grows by, and naive peers on the same evidence.

`FORTHWITH_BENCH_ROWS` says how many rows (20,000 unless stated: a million takes minutes). Each load runs in a process
of its own, so that its peak memory is its own. The peers do less: pandas reads one of the seven files, takes one person
an e-mail address and adds one object each; Splink only links the rows that our own code cleaned. Both are left out, and
that is said, where they are not installed: they are no part of this project.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlmodel import Session

from forthwith import db, keys, scoping
from models import Incident, Person, PersonRecord, new_id

ROWS = int(os.environ.get("FORTHWITH_BENCH_ROWS", "20000"))
MIB = 1024  # kibibytes
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

Measured = tuple[float, float]  # CPU seconds, peak MiB


def measured(task: Callable[..., object], *args: Any) -> Measured:
    """Return what a task takes in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_measure, (task, *args))


def _measure(task: Callable[..., object], *args: Any) -> Measured:
    begun = time.process_time()
    task(*args)
    return time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def evidence(folder: Path, rows: int) -> list[Path]:
    """Write evidence of about so many rows; return its files."""
    from fakes.evidence import made

    folder.mkdir()
    return made(folder, rows).paths


def incident(session: Session) -> Incident:
    """Return a new incident; nothing of it stays."""
    key = new_id()
    opened = Incident(id=key, ref=f"bench-{key}", title="b", opened_by="b", wrapped_key=keys.new_data_key(key))
    session.add(opened)
    session.flush()
    return opened


def ours(paths: list[Path]) -> None:
    with Session(db.engine()) as session:
        scoping.load(session, incident(session), paths, actor="bench")
        session.rollback()


def pandas_peer(path: Path) -> None:
    """Load one CSV file, one object an e-mail address, by add; rows that pandas can't read are lost."""
    import pandas

    with Session(db.engine()) as session:
        opened = incident(session)
        key = keys.unwrap(opened.id, opened.wrapped_key)
        frame = pandas.read_csv(path, dtype=str, keep_default_na=False, on_bad_lines="skip")
        email = next(name for name in frame.columns if "mail" in name.lower())
        for number, row in enumerate(frame.drop_duplicates(email).itertuples(index=False), 1):
            session.add(_person(opened, key, number, list(map(str, row))))
        session.flush()
        session.rollback()


def _person(opened: Incident, key: keys.DataKey, number: int, cells: list[str]) -> Person:
    identity = new_id()
    sealed = key.seal(identity, PersonRecord(name=cells[0], address=cells[1:]).model_dump_json().encode())
    return Person(id=identity, incident_id=opened.id, number=number, jurisdiction="DE", country="DE", sealed=sealed,
                  sealed_sha256="")  # fmt: skip


def cleaned_rows(paths: list[Path]) -> Any:
    """Return the rows of evidence, cleaned, as Splink wants them."""
    import polars as pl

    from forthwith.scoping.preparing import cleaned
    from forthwith.scoping.reading import documents

    with Session(db.engine()) as session:
        frames = [cleaned(found, session).frame for path in paths for found in documents(path)]
    rows = pl.concat(frames).with_row_index("unique_id")
    first = [pl.col(name).list.first().alias(name[:-1]) for name in ("emails", "phones")]
    plain = rows.select("unique_id", "given", "family", "born", "postcode", *first)
    return plain.with_columns(pl.col(pl.String()).replace("", None))


def splink_peer(paths: list[Path]) -> Measured:
    """Return what Splink takes to link these rows, without reading and cleaning them."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frame = cleaned_rows(paths).to_pandas()
    names = ("email", "phone", "born", "postcode")
    blocks = [block_on("email"), block_on("phone"), block_on("family", "born"), block_on("given", "postcode")]
    compared = [cl.JaroWinklerAtThresholds(name) for name in ("given", "family")]
    creator = SettingsCreator(
        link_type="dedupe_only", comparisons=[*compared, *map(cl.ExactMatch, names)],
        blocking_rules_to_generate_predictions=blocks,
    )  # fmt: skip
    begun = time.process_time()
    linker = Linker(DuckDBAPI().register(frame), creator)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("email"))
    pairs = linker.inference.predict(threshold_match_probability=0.9)
    linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, 0.9)
    return time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def _line(rows: int, took: Measured) -> str:
    return f"{rows / took[0]:,.0f}  ({took[0]:.1f} s for {rows:,} rows, peak {took[1]:,.0f} MiB)"


def run() -> dict[str, Any]:
    """Return each measure with its figures."""
    with tempfile.TemporaryDirectory(prefix="forthwith-evidence-") as folder:
        few, many = (evidence(Path(folder) / str(rows), rows) for rows in (ROWS // 10, ROWS))
        small, whole = measured(ours, few), measured(ours, many)
        told = {
            "scoping: whole load, ours (rows/CPU-s)": _line(ROWS, whole),
            "scoping: CPU seconds for ten times the rows": f"{whole[0] / small[0]:.1f}x",
        }
        return told | _peers(many)


def _peers(paths: list[Path]) -> dict[str, str]:
    """Return the peers' figures; where one is not installed, that."""
    absent = "left out: not installed"
    told = {"scoping: pandas, one an e-mail, add (rows/CPU-s)": absent, "scoping: Splink, linking alone": absent}
    if find_spec("pandas"):
        csv = next(path for path in paths if path.suffix == ".csv")
        rows = sum(1 for _ in csv.open(encoding="latin-1")) - 1
        told["scoping: pandas, one an e-mail, add (rows/CPU-s)"] = _line(rows, measured(pandas_peer, csv))
    if find_spec("splink"):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            told["scoping: Splink, linking alone"] = _line(ROWS, pool.apply(splink_peer, (paths,)))
    return told
