"""Senders that are killed at random moments, against a provider that loses answers. The ledger is the judge."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from fakes.house import House
from fakes.provider import Provider
from sqlalchemy import text

from forthwith import dispatch
from forthwith.approval import hashes
from models import Delivery

TESTS = Path(__file__).resolve().parents[1]
# of a hundred calls: five whose answer is lost though the message was taken, and five that fail before it was;
# now and then the provider wants a rest, which all senders then give it
FAULTS = 5 * (["drop_after"] * 3 + ["500_after"] * 2 + ["drop"] * 3 + ["500"] * 2 + ["ok"] * 90) + ["429"] * 2


@dataclass
class Aftermath:
    """What stands when everything is settled."""

    kills: int
    seconds: float
    rounds: int
    deliveries: list[Delivery]


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


def make_unreliable(provider: Provider, seed: int) -> random.Random:
    """Let the provider lose answers, and be slow, by a seeded die."""
    dice = random.Random(seed)
    provider.script = lambda _: dice.choice(FAULTS)
    provider.delay = lambda: dice.random() * 0.004
    return dice


def kill_senders(house: House, provider: Provider, *, people: int, kills: int, site: Path, seed: int) -> Aftermath:
    """Plan `people` notices, kill `kills` senders while they send, then let one finish."""
    dice, began = make_unreliable(provider, seed), time.monotonic()
    house.people(people, ("email",))
    house.notice(house.duty(), media=("email",))
    dispatch.plan(house.session, house.incident, actor="ana")
    house.session.commit()
    with farm(site) as senders:
        landed = 0
        for _ in range(2 * kills):
            pair = [senders.sender(house.incident.id) for _ in range(dice.choice((1, 1, 2)))]
            for pid in pair:
                time.sleep(dice.uniform(0.05, 0.35))
                with suppress(ProcessLookupError):  # it ended by itself just before: that was no kill
                    os.kill(pid, signal.SIGKILL)
                    landed += 1
            if landed >= kills:
                break
        left = open_deliveries(house)
        last = senders.sender(house.incident.id)
        rounds = _wait(house, seconds=120)
        os.kill(last, signal.SIGKILL)
    assert left > 0, "the senders were done before the killing was: it proved less than it says"
    return Aftermath(landed, time.monotonic() - began, rounds, house.deliveries())


def open_deliveries(house: House) -> int:
    """Return how many deliveries are not settled."""
    house.session.rollback()
    counted = "select count(*) from delivery where incident_id = :id and state in ('planned', 'sending', 'unknown')"
    return int(house.session.execute(text(counted), {"id": house.incident.id}).scalar_one())


def _wait(house: House, *, seconds: float) -> int:
    """Wait until everything is settled; return how often it was looked at."""
    for rounds in range(1, int(seconds / 0.2)):
        if not open_deliveries(house):
            return rounds
        time.sleep(0.2)
    raise AssertionError(f"{open_deliveries(house)} deliveries are still open after {seconds} s")
