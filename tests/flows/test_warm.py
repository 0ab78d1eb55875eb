"""Warm starts: a fork of the mother is, for the worker, the process that it started itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import warm

pytestmark = pytest.mark.slow
TESTS = Path(__file__).parents[1]
MOTHER = """
import os, sys
from pathlib import Path
import prefect.context
from flows import warm
warm._listen(Path(sys.argv[1]), parent=os.getppid())
"""


ASKING = "from flows import warm; warm.ENGINE = 'fakes.engine'; warm.main()"


@pytest.fixture(scope="module")
def door() -> Iterator[Path]:
    """Where a mother listens, whose runs are those of `fakes.engine`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "door"
        mother = subprocess.Popen([sys.executable, "-c", MOTHER, str(path)], env=environment(path))
        until(path.exists)
        yield path
        mother.kill()
        mother.wait()


def environment(door: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TESTS), warm.DOOR: str(door), "DO_NOT_TRACK": "1", **more}


def until(true: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def asked(door: Path, *words: str, cwd: Path | None = None, **env: str) -> subprocess.Popen[str]:
    """Start what the work pool names as its command, with an engine of our own."""
    return subprocess.Popen(
        [sys.executable, "-c", ASKING, *words], env=environment(door, **env), cwd=cwd, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(run: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, beside = run.communicate(timeout=60)
    return run.returncode, out, beside


def nobody_at(door: Path) -> bool:
    """Return whether nobody listens any more."""
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(door))
        except ConnectionRefusedError:
            return True
    return False


def gone(pid: int) -> bool:
    """Return whether a process has ended; one that nobody has waited for yet counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_run_has_the_words_the_folder_the_environment_and_the_outputs_of_who_asked(
    door: Path, tmp_path: Path
) -> None:
    run = asked(door, "tell", "a", "b c", cwd=tmp_path, MARK="mine")
    code, out, beside = ended(run)
    told = json.loads(out)
    assert (code, beside) == (0, "beside\n")
    assert (told["words"], told["cwd"], told["mark"]) == (["a", "b c"], str(tmp_path.resolve()), "mine")
    assert told["pid"] != run.pid, "it is a fork of the mother, not of who asked"


def test_one_run_leaves_nothing_for_the_next(door: Path) -> None:
    ended(asked(door, "tell", MARK="first"))
    assert json.loads(ended(asked(door, "tell"))[1])["mark"] is None


@pytest.mark.parametrize("code", [0, 1, 3, 127])
def test_it_ends_as_the_run_ended(door: Path, code: int) -> None:
    assert ended(asked(door, "end", str(code)))[0] == code


def test_a_run_that_falls_is_told_as_fallen(door: Path) -> None:
    code, _, beside = ended(asked(door, "fall"))
    assert code == 1
    assert "ValueError: fallen" in beside


def test_a_run_that_is_killed_looks_killed_to_the_worker(door: Path) -> None:
    assert ended(asked(door, "die"))[0] == -signal.SIGKILL


def test_a_signal_to_who_asked_reaches_the_run(door: Path) -> None:
    run = asked(door, "wait")
    assert run.stdout is not None
    told = json.loads(run.stdout.readline())
    run.send_signal(signal.SIGTERM)
    assert json.loads(run.stdout.readline()) == {"stopped by": signal.SIGTERM}
    os.kill(told["child"], signal.SIGKILL)  # it holds the outputs too
    assert ended(run)[0] == 7


def test_a_run_whose_caller_is_killed_ends_with_all_that_it_started(door: Path) -> None:
    run = asked(door, "wait")
    assert run.stdout is not None
    told = json.loads(run.stdout.readline())
    run.kill()
    until(lambda: gone(told["pid"]) and gone(told["child"]))
    ended(run)


def test_many_runs_at_once_do_not_mix(door: Path) -> None:
    runs = {str(number): asked(door, "tell", str(number)) for number in range(8)}
    told = {number: json.loads(ended(run)[1])["words"] for number, run in runs.items()}
    assert told == {number: [number] for number in runs}


def test_a_module_of_ours_can_be_run_in_place_of_the_engine(door: Path) -> None:
    code, _, beside = ended(asked(door, "flows.lanes", "no incident", "500"))
    assert code == 1
    assert "at flows/lanes.py" in beside


def test_without_a_mother_it_becomes_the_plain_engine(tmp_path: Path) -> None:
    plain = [sys.executable, "-m", "flows.warm", "no-run-id"]
    run = subprocess.Popen(
        plain, env=environment(tmp_path / "nobody"), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    code, out, beside = ended(run)
    assert code == 1
    assert "Invalid flow run id" in out + beside


def test_a_caller_who_vanishes_before_the_order_is_whole_starts_nothing(door: Path) -> None:
    with socket.socket(socket.AF_UNIX) as half:
        half.connect(str(door))
        socket.send_fds(half, [warm.LENGTH.pack(1000)], [1, 2])
    assert ended(asked(door, "end", "0"))[0] == 0, "the mother goes on"


def test_the_mother_ends_with_the_process_that_she_is_for(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp())
    begin = f"subprocess.Popen([sys.executable, '-c', {MOTHER!r}, sys.argv[1]])"
    script = f"import subprocess, sys, time; {begin}; time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", script, str(folder / "door")], env=environment(folder / "door"))
    until((folder / "door").exists)
    parent.kill()
    parent.wait()
    until(lambda: nobody_at(folder / "door"))
    assert parent.returncode == -signal.SIGKILL
    (folder / "door").unlink()
    folder.rmdir()


def test_who_only_asks_imports_next_to_nothing() -> None:
    code = "import sys, flows.warm; print(sorted({'prefect', 'sqlalchemy', 'pydantic', 'httpx'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_mother_imports_starts_no_thread() -> None:
    """A thread that holds a lock while she forks would leave it held for ever in the run."""
    code = (
        "import importlib, os\nfrom flows import warm\n"
        "for name in warm.NEEDED: importlib.import_module(name)\nprint(len(os.listdir('/proc/self/task')))"
    )
    env = {**os.environ, "DO_NOT_TRACK": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip().splitlines()[-1] == "1"
