"""One machine: children that are started anew, ended with all that they started, and never left behind."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url

from flows import deploying, serving, surroundings
from flows.serving import Child, Served, running
from forthwith import db, runs
from forthwith.settings import settings
from models import Refusal

SLEEP = "import time; time.sleep(60)"
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own; the database stays the shared one."""
    monkeypatch.setattr(settings(), "home", tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "prefect").mkdir()
    return tmp_path


class Plain(Child):
    """A child that runs a line of Python."""

    code = SLEEP

    def start(self) -> None:
        close(self)
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.code], stdout=subprocess.PIPE, start_new_session=True
        )


def plain(code: str = SLEEP, kind: str = "worker") -> Plain:
    child = Plain(kind, {})
    child.code = code
    child.start()
    return child


def close(child: Child) -> None:
    if child.process is not None and child.process.stdout is not None:
        child.process.stdout.close()


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").exists() else True


def gone(pid: int, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and exists(pid):
        time.sleep(0.02)
    return not exists(pid)


def test_a_child_that_fell_is_started_anew() -> None:
    child = plain("pass")
    child.ended(10)
    child.code = SLEEP
    served = Served("", "", [child])
    assert served.mend() is None
    assert child.alive()
    serving._end([child])
    close(child)


def test_a_child_that_keeps_falling_is_named_and_not_started_for_ever() -> None:
    child = plain("pass")
    served = Served("", "", [child])
    fallen = None
    for _ in range(serving.FALLS + 2):
        child.ended(10)
        close(child)
        fallen = fallen or served.mend()
    assert fallen == "worker"
    assert len(child.fell) <= serving.FALLS + 2
    child.ended(10)
    close(child)


def test_falls_of_long_ago_are_forgiven() -> None:
    child = plain("pass")
    child.ended(10)
    close(child)
    child.fell = [time.monotonic() - 3600] * 50
    assert Served("", "", [child]).mend() is None
    assert len(child.fell) == 1
    child.ended(10)
    close(child)


def test_what_a_child_started_ends_with_it() -> None:
    child = plain(PARENT)
    assert child.process is not None
    assert child.process.stdout is not None
    grandchild = int(child.process.stdout.readline())
    serving._end([child])
    assert gone(grandchild)
    assert not child.alive()
    close(child)


@pytest.mark.slow
def test_a_child_that_ignores_the_signal_is_made_to_end() -> None:
    child = plain("import signal, time; signal.signal(2, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)")
    assert child.process is not None
    assert child.process.stdout is not None
    child.process.stdout.readline()
    began = time.monotonic()
    serving._end([child])
    assert not child.alive()
    assert time.monotonic() - began < 45  # it would sleep for a minute
    close(child)


ORPHAN = """
import os, subprocess, sys, time
code = '''
import os, sys, time
from flows.child import end_with
end_with(int(sys.argv[1]))
print(os.getpid(), flush=True)
time.sleep(60)
'''
subprocess.Popen([sys.executable, "-c", code, str(os.getpid())], start_new_session=True)
time.sleep(60)
"""


@pytest.mark.slow
def test_children_end_even_where_their_parent_was_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert gone(child, 8)


def test_a_folder_that_is_served_already_is_refused_and_left_as_it_is(folder: Path) -> None:
    runs.address_file().write_text("http://127.0.0.1:1/api")
    with (folder / "serve.lock").open("a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(Refusal, match="served already"), running(web=False, prefect_port=0):
            pass
    assert runs.address_file().read_text() == "http://127.0.0.1:1/api"


def test_a_port_that_is_taken_is_refused(folder: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        with pytest.raises(Refusal, match=f"Port {port} is taken"), running(web=False, prefect_port=port):
            pass


def test_a_prefect_server_elsewhere_and_one_here_are_one_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "prefect_api_url", "http://elsewhere:4200/api")
    with pytest.raises(Refusal, match="elsewhere"), running(web=False, prefect_port=0):
        pass


def test_a_child_that_does_not_come_up_is_named_with_its_log(folder: Path) -> None:
    child = plain("pass", kind="server")
    with pytest.raises(Refusal, match="server did not come up") as told:
        serving._wait(child, lambda: False)
    assert "server.log" in told.value.do
    close(child)


def test_any_free_port_is_one_that_can_be_had() -> None:
    port = serving._port(0, 4700)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
    assert port > 1023


def test_the_environment_holds_what_is_ours_and_nothing_of_another_prefect(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_PROFILE", "work")
    monkeypatch.setenv("PREFECT_API_KEY", "pnu_secret")
    monkeypatch.setenv("PREFECT_RESULTS_PERSIST_BY_DEFAULT", "true")
    env = surroundings.environment(Path(sys.executable).parent)
    assert {"PREFECT_PROFILE", "PREFECT_API_KEY"} & set(env) == set()
    assert env["PREFECT_RESULTS_PERSIST_BY_DEFAULT"] == "false"
    assert env["PREFECT_HOME"] == str(folder / "prefect")
    assert env["PATH"].startswith(str(Path(sys.executable).parent))


def test_workers_are_not_told_the_address_of_prefects_database(folder: Path) -> None:
    env = surroundings.environment(Path(sys.executable).parent)
    assert [name for name in env if "CONNECTION_URL" in name or name == "PREFECT_SERVER_API_AUTH_STRING"] == []


def test_prefects_database_stands_beside_ours(fresh: str) -> None:
    url = surroundings.database()
    ours = make_url(fresh)
    assert url.drivername == "postgresql+asyncpg"
    assert url.database == f"{ours.database}_prefect"
    assert url.query["host"] == ours.query["host"]
    db.engine().dispose()
    drop(url.database or "")


def drop(name: str) -> None:
    from sqlalchemy import create_engine, text

    server = make_url(settings().database_url or "").set(drivername="postgresql+psycopg", database="postgres")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'drop database "{name}" with (force)'))
    engine.dispose()


@pytest.mark.parametrize(
    ("query", "told"),
    [("sslmode=require", {"ssl": "require"}), ("application_name=x&connect_timeout=3", {}), ("", {})],
)
def test_libpqs_words_become_asyncpgs(monkeypatch: pytest.MonkeyPatch, query: str, told: dict[str, str]) -> None:
    monkeypatch.setattr(db, "url", lambda: f"postgresql://u:p@db.example:5433/breach?{query}")
    monkeypatch.setattr(db, "ensure_database", lambda server, name: "")
    url = surroundings.database()
    assert dict(url.query) == told
    assert (url.host, url.port, url.database) == ("db.example", 5433, "breach_prefect")


def test_what_was_deployed_is_remembered_until_something_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert deploying.changed("one")
    deploying.remember("one")
    assert not deploying.changed("one")
    assert deploying.changed("another database")
    monkeypatch.setattr(deploying, "version", lambda name: "99")
    assert deploying.changed("one")


def test_a_changed_flow_or_deployment_is_deployed_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploying.remember("one")
    other = tmp_path / "prefect.yaml"
    other.write_text(deploying.FILE.read_text() + "# changed\n")
    monkeypatch.setattr(deploying, "FILE", other)
    assert deploying.changed("one")


def test_what_is_remembered_holds_no_password(folder: Path) -> None:
    deploying.remember("postgresql+asyncpg://u:hunter2@db/prefect")
    assert "hunter2" not in (folder / "prefect" / "deployed").read_text()
