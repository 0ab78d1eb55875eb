"""E-mails a second through our whole outbox, beside the SDK one by one and one Prefect task per person, in one run.

Both talk to the same loopback provider, which checks every request against the published contract where a copy lies
beside the repository, and keeps a ledger. Ours claims rows, writes attempts, opens sealed records, fills, sends,
settles and enters the timeline; the peers only send, and know nothing afterwards.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PEOPLE, PEER, TASKS = 20_000, 1_000, 300
TOGETHER = (1, 2, 4)  # senders, each a process of its own
TESTS = Path(__file__).resolve().parents[1] / "tests"


def run(people: int = PEOPLE, peer: int = PEER, tasks: int = TASKS) -> dict[str, str]:
    """Return the figures: ours, the peers', the ratios. Raises AssertionError where anybody was lost or told twice."""
    from bench import one_by_one

    sys.path.insert(0, str(TESTS))
    with _provider() as url:
        naive, mapped = one_by_one.sdk(url, peer), one_by_one.prefect(url, tasks)
        planned, sent = _ours(people)
        many = {n: _together(n, people // 2) for n in TOGETHER}
        told = json.loads(urllib.request.urlopen(f"{url}/ledger").read())
    assert told == {"people": people + peer + tasks + len(many) * (people // 2), "twice": 0}, told
    best = max(sent, *many.values())
    return {
        **{f"e-mails a second, {n} senders at once": f"{many[n]:,.0f}" for n in TOGETHER},
        "e-mails a second, ours with every row settled": f"{sent:,.0f}",
        "e-mails a second, SDK one by one": f"{naive:,.0f}",
        "e-mails a second, one Prefect task per person": f"{mapped:,.1f}",
        "ratio to the SDK one by one, one sender": f"{sent / naive:.1f}",
        "ratio to the SDK one by one, as many senders as do best": f"{best / naive:.1f}",
        "ratio to one Prefect task per person": f"{sent / mapped:,.0f}",
        "deliveries planned a second": f"{planned:,.0f}",
    }


@contextmanager
def _provider() -> Iterator[str]:
    """Run the provider as a process of its own and point the settings to it; give its address."""
    from fakes.house import write_law

    from forthwith.settings import settings

    command = [sys.executable, "-m", "fakes.provider"]
    paths = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=paths) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        os.environ.update(
            FORTHWITH_SENDGRID_API_KEY="SG.bench", FORTHWITH_SENDGRID_HOST=url, FORTHWITH_EMAIL_CHANNEL="sendgrid",
            FORTHWITH_LAWS=f'["{write_law(Path(tempfile.mkdtemp()))}"]',
        )  # fmt: skip
        settings.cache_clear()
        yield url


def _together(senders: int, people: int) -> float:
    """Send to `people` by several senders at once; return e-mails a second. The ledger tells whether any went twice."""
    from forthwith import db, dispatch

    incident_id = _planned(people, f"bench-{senders}-senders")
    began, children = time.perf_counter(), []
    for _ in range(senders):
        if (child := os.fork()) == 0:
            try:
                db.engine().dispose(close=False)  # the mother's lines are not ours
                dispatch.send(incident_id, batch=1000)
            finally:
                os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return people / (time.perf_counter() - began)


def _planned(people: int, ref: str) -> uuid.UUID:
    """Plan notices to `people` in an incident of their own."""
    from fakes.house import House
    from sqlmodel import Session

    from forthwith import db, dispatch

    with Session(db.engine(), expire_on_commit=False) as session:
        house = House.new(session, ref=ref)
        house.people(people, ("email",))
        house.notice(house.duty(), media=("email",))
        dispatch.plan(session, house.incident, actor="bench")
        session.commit()
    return house.incident.id


def _ours(people: int) -> tuple[float, float]:
    """Plan and send to `people`; return deliveries planned a second, and e-mails a second."""
    from fakes.house import House
    from sqlmodel import Session

    from forthwith import db, dispatch

    with Session(db.engine(), expire_on_commit=False) as session:
        house = House.new(session, ref="bench-sending")
        house.people(people, ("email",))
        house.notice(house.duty(), media=("email",))
        session.commit()
        began = time.perf_counter()
        dispatch.plan(session, house.incident, actor="bench")
        session.commit()
        planned = people / (time.perf_counter() - began)
        began = time.perf_counter()
        report = dispatch.send(house.incident.id, batch=1000)
        sent = people / (time.perf_counter() - began)
    assert report.states == {"accepted": people}, report
    return planned, sent
