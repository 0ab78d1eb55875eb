"""A real Prefect server on real PostgreSQL, real deployments, a real worker, real stages; nothing leaves."""

import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fakes.breach import CANARIES, approve_all, breach
from fakes.databases import copied, dropped, forget
from sqlalchemy import make_url, text
from sqlmodel import select

from flows import advance as machine
from flows import mending, serving, surroundings
from flows.serving import Served, running
from forthwith import db, runs
from forthwith.runs import Run
from forthwith.settings import settings
from models import Attempt, Delivery, Entry, Incident, Phase, Variant

pytestmark = [pytest.mark.prefect, pytest.mark.slow]
PATIENCE = 120  # seconds: a busy machine starts a flow's process slowly


@pytest.fixture(scope="module")
def served(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for this file, with a data folder and two databases of its own."""
    url, before = copied(template, "served"), dict(os.environ)
    os.environ["FORTHWITH_DATABASE_URL"] = url
    os.environ["FORTHWITH_HOME"] = str(tmp_path_factory.mktemp("served"))
    forget()
    with running(web=False, prefect_port=0) as found:
        yield found
    db.engine().dispose()
    os.environ.clear()
    os.environ.update(before)
    forget()
    dropped(template, url, "_prefect")


def ask(method: str, path: str, body: Any = None) -> httpx.Response:
    user, _, password = runs.auth().partition(":")
    return httpx.request(method, runs.api_url() + path, json=body, auth=(user, password), timeout=30)


def until(incident_id: uuid.UUID, *kinds: str) -> Run:
    """Wait until the incident's run is of one of these kinds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        run = runs.state(incident_id)
        if run is not None and run.kind in kinds:
            return run
        time.sleep(0.1)
    raise AssertionError(f"still {run}")


def asleep_again(incident_id: uuid.UUID) -> Run:
    """Wait until a run that was resumed is asleep anew."""
    until(incident_id, "RUNNING")
    return until(incident_id, "PAUSED", "COMPLETED", "FAILED", "CRASHED")


def rows(kind: Any, incident_id: uuid.UUID) -> list[Any]:
    with db.session() as session:
        return list(session.exec(select(kind).where(kind.incident_id == incident_id)).all())


def left() -> list[Path]:
    """Return every file that left by the outbox."""
    return [path for path in settings().outbox.rglob("*") if path.is_file()] if settings().outbox.exists() else []


def test_every_deployment_is_registered_and_the_minute_is_scheduled(served: Served) -> None:
    for name in ("respond/incident", "intake/signal", "watch/every-minute"):
        assert ask("GET", f"/deployments/name/{name}").status_code == 200
    watch = ask("GET", "/deployments/name/watch/every-minute").json()
    assert [schedule["active"] for schedule in watch["schedules"]] == [True]
    assert watch["global_concurrency_limit"]["limit"] == 1


def test_a_name_in_place_of_an_id_is_refused_by_the_server_itself(served: Served) -> None:
    deployment = ask("GET", "/deployments/name/respond/incident").json()["id"]
    told = {"parameters": {"incident_id": CANARIES[0]}, "state": {"type": "SCHEDULED"}}
    assert ask("POST", f"/deployments/{deployment}/create_flow_run", told).status_code in (409, 422)


def test_without_the_password_prefect_answers_nobody(served: Served) -> None:
    assert httpx.post(runs.api_url() + "/flow_runs/filter", json={}).status_code == 401


@pytest.fixture(scope="module")
def told(served: Served, tmp_path_factory: pytest.TempPathFactory) -> tuple[uuid.UUID, list[str]]:
    """The whole story of one incident, and what was seen on the way."""
    incident_id = breach(tmp_path_factory.mktemp("evidence"))
    runs.start(incident_id)
    runs.start(incident_id)
    first, seen = until(incident_id, "PAUSED", "FAILED", "CRASHED"), []
    for _ in range(2):  # somebody presses Resume in Prefect, and nobody has decided
        ask("POST", f"/flow_runs/{first.id}/resume", {})
        again = asleep_again(incident_id)
        seen.append(f"{again.name} {again.id == first.id} {len(left())} {len(rows(Delivery, incident_id))}")
    approve_all(incident_id)
    runs.wake(incident_id)
    last = until(incident_id, "COMPLETED", "FAILED", "CRASHED")
    return incident_id, [first.name, *seen, last.name]


def test_it_sleeps_at_the_gate_wakes_in_vain_and_ends_after_the_decision(told: tuple[uuid.UUID, list[str]]) -> None:
    incident_id, seen = told
    assert seen == ["Suspended", "Suspended True 0 0", "Suspended True 0 0", "Completed"]
    assert machine.phase_of(incident_id) == Phase.MONITORING


def test_everybody_was_told_once(told: tuple[uuid.UUID, list[str]]) -> None:
    deliveries, attempts = rows(Delivery, told[0]), rows(Attempt, told[0])
    assert {row.state for row in deliveries} == {"accepted"}
    assert sorted(row.delivery_id for row in attempts) == sorted(row.id for row in deliveries)
    assert len({(row.notice_id, row.recipient_id) for row in deliveries}) == len(deliveries) == 4


def test_each_stage_was_done_once_though_the_flow_ran_four_times(told: tuple[uuid.UUID, list[str]]) -> None:
    verbs = [entry.verb for entry in rows(Entry, told[0])]
    assert {verb: verbs.count(verb) for verb in ("assessed", "drafted", "planned")} == {
        "assessed": 1, "drafted": 1, "planned": 1,
    }  # fmt: skip
    with db.session() as session:
        assert session.get_one(Incident, told[0]).flow_run_id == runs.state(told[0]).id  # type: ignore[union-attr]


def test_inline_gives_the_same_rows_with_the_same_hashes(told: tuple[uuid.UUID, list[str]], tmp_path: Path) -> None:
    twin = breach(tmp_path)
    assert machine.advance(twin, actor="flow") == Phase.IN_REVIEW
    approve_all(twin)
    assert machine.advance(twin, actor="flow") == Phase.MONITORING
    assert hashes(twin) == hashes(told[0])
    assert steps(twin) == steps(told[0])


def hashes(incident_id: uuid.UUID) -> list[tuple[str, str, str, str]]:
    wordings = rows(Variant, incident_id)
    return sorted((one.language, one.medium, one.content_sha256, one.law_sha256) for one in wordings)


def steps(incident_id: uuid.UUID) -> list[tuple[str, str]]:
    """Return who did what, in order, without what the watch's clock said meanwhile."""
    entries = sorted(rows(Entry, incident_id), key=lambda one: one.seq)
    return [(entry.actor, entry.verb) for entry in entries if entry.actor != "clock"]


def kill(served: Served, kind: str) -> None:
    """Kill a child and everything that it started, at once."""
    (child,) = [one for one in served.children if one.kind == kind]
    assert child.process is not None
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()


def test_a_killed_worker_and_flow_are_mended_and_the_incident_ends_once(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident_id = breach(tmp_path, "Second database copied")
    runs.start(incident_id)
    until(incident_id, "PAUSED", "FAILED", "CRASHED")
    approve_all(incident_id)
    runs.wake(incident_id)
    until(incident_id, "RUNNING")
    kill(served, "worker")
    assert served.mend() is None
    time.sleep(2)
    assert runs.state(incident_id).kind == "RUNNING"  # type: ignore[union-attr]  # and would be for ever
    monkeypatch.setattr(mending, "GRACE", mending.GRACE * 0)
    with db.session() as session:  # a minute passes without a sign of life
        session.execute(text("update incident set lease_until = clock_timestamp() - interval '1 second'"))
    assert mending.mend() == 1
    assert until(incident_id, "COMPLETED", "FAILED", "CRASHED").kind == "COMPLETED"
    deliveries, attempts = rows(Delivery, incident_id), rows(Attempt, incident_id)
    assert {row.state for row in deliveries} == {"accepted"}
    assert sorted(row.delivery_id for row in attempts) == sorted(row.id for row in deliveries)


def test_the_scheduler_makes_the_minutes_runs(served: Served) -> None:
    deployment = ask("GET", "/deployments/name/watch/every-minute").json()["id"]
    wanted = {"deployments": {"id": {"any_": [deployment]}}}
    end = time.monotonic() + PATIENCE
    while not (found := ask("POST", "/flow_runs/count", wanted).json()) and time.monotonic() < end:
        time.sleep(0.5)
    assert found > 0


def dump() -> str:
    """Return every row of every table of Prefect's database, and every file that Prefect or a child wrote."""
    url = surroundings.database()
    address = make_url(settings().database_url or "").set(database=url.database)
    told: list[str] = []
    with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
        for (table,) in tables:
            told += [row[0] for row in connection.execute(f'select t::text from "{table}" t').fetchall()]  # type: ignore[arg-type]
    for folder in ("prefect", "logs"):
        files = [path for path in (settings().home / folder).rglob("*") if path.is_file()]
        told += [path.read_bytes().decode("utf-8", "replace") for path in files]
    stored = [path for path in (settings().home / "prefect" / "storage").rglob("*") if path.is_file()]
    told += [base64.b64decode(path.read_bytes()).decode("utf-8", "replace") for path in stored]
    return "\n".join(told)


def test_no_name_is_anywhere_in_prefects_database_files_or_logs(told: tuple[uuid.UUID, list[str]]) -> None:
    unknown = runs.start(uuid.UUID("00000000-0000-7000-8000-000000000000"))
    until(uuid.UUID("00000000-0000-7000-8000-000000000000"), "FAILED", "CRASHED")
    everything = dump()
    assert str(told[0]) in everything
    assert unknown in everything
    assert "refused: There is no such incident" in everything
    assert [canary for canary in CANARIES if canary.lower() in everything.lower()] == []


def test_a_second_serve_on_the_same_folder_is_refused(served: Served) -> None:
    from models import Refusal

    with pytest.raises(Refusal, match="served already"), running(web=False, prefect_port=0):
        pass
    assert runs.answers()


def descendants(parent: int) -> set[int]:
    """Return the processes that were started for `serve`, by what their command says."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"flows.child" in words and str(parent).encode() in words:
                found.add(int(folder.name))
    return found


def test_the_command_serves_everything_and_leaves_nothing_behind(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = [str(serving._port(0, 0)) for _ in range(2)]
    env = {**os.environ, "FORTHWITH_HOME": str(tmp_path)}
    env |= {"FORTHWITH_PREFECT_PORT": ports[0], "FORTHWITH_WEB_PORT": ports[1], "XDG_RUNTIME_DIR": str(tmp_path)}
    env.pop("FORTHWITH_DATABASE_URL", None)
    command = [str(Path(sys.executable).parent / "forthwith"), "serve"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    while lines[-1] and not lines[-1].startswith(("ready", "forthwith")):
        lines.append(process.stdout.readline())
    assert lines[-1].startswith("ready after"), lines
    assert httpx.get(f"http://127.0.0.1:{ports[1]}/").status_code < 500
    children = descendants(process.pid)
    assert len(children) == 4, "server, worker, the mother of its runs, web pages"
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert process.stdout.read().splitlines()[-1] == "stopped"
    process.stdout.close()
    assert descendants(process.pid) == set()
    assert not (tmp_path / "prefect" / "address").exists()
    stop_database(tmp_path, monkeypatch)


def stop_database(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the embedded server of a folder: `serve` leaves it to the other commands."""
    monkeypatch.setenv("FORTHWITH_HOME", str(home))
    settings.cache_clear()
    db.stop_embedded()
    monkeypatch.undo()
    settings.cache_clear()
