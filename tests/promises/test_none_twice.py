"""Promises 2 and 3 under fire: nobody is lost, nobody is told twice. The judges are the providers' own ledgers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ("sender", "network", "provider", "webhooks and sweeper", "restored backup")


@pytest.mark.slow
def test_whatever_is_killed_nobody_is_lost_and_nobody_told_twice() -> None:
    """The short form of `bench/kills.py`, in one order; when each kill strikes is the machine's own chance."""
    command = [sys.executable, "-m", "bench.kills", "--short", "--json", "--seed", os.environ.get("KILLS_SEED", "7")]
    paths = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=ROOT, env=paths, capture_output=True, text=True, timeout=400, check=False)
    assert run.stdout, run.stderr
    found = json.loads(run.stdout)
    print(f"seed {found['seed']}: {found['kills']}, {found['seconds']:.0f} s, {found['cpu_seconds']:.0f} CPU seconds")
    assert (found["lost"], found["twice"]) == ([], [])
    assert (found["unequal"], found["faults"]) == ([], "")
    assert run.returncode == 0
    assert min(found["kills"].get(one, 0) for one in FAULTS) >= 1
    assert sum(n for what, n in found["kills"].items() if what.startswith("database")) >= 2
    assert set(found["told"]) == {"sendgrid", "smtp", "twilio", "print_file"}
    assert found["open_after_the_last_kill"] > 0, "all was done before the killing was: it proved less than it says"
