"""Senders that are processes of their own, there to be killed. `bench/kills.py` kills all else as well."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes.house import House
from sqlalchemy import text

from forthwith.approval import hashes

TESTS = Path(__file__).resolve().parents[1]


class Farm:
    """A process that forks senders, and kills the ones that it forked."""

    def __init__(self, site: Path) -> None:
        paths = os.pathsep.join([str(TESTS), str(site), str(TESTS.parent)])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fakes.sender_farm"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": paths, "FAKE_TEMPLATES": str(hashes.TEMPLATES)},
        )  # fmt: skip

    def sender(self, incident_id: object) -> int:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{incident_id}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def farm(site: Path) -> Iterator[Farm]:
    running = Farm(site)
    try:
        yield running
    finally:
        assert running.process.stdin
        assert running.process.stdout
        running.process.stdin.close()
        running.process.stdout.close()
        running.process.wait(timeout=30)


def open_deliveries(house: House) -> int:
    """Return how many deliveries are not settled."""
    house.session.rollback()
    counted = "select count(*) from delivery where incident_id = :id and state in ('planned', 'sending', 'unknown')"
    return int(house.session.execute(text(counted), {"id": house.incident.id}).scalar_one())
