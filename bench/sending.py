"""E-mails a second through our whole outbox, beside the SDK one by one and one Prefect task per person, in one run.

Both talk to the same loopback provider, which checks every request against the published contract where a copy lies
beside the repository, and keeps a ledger. Ours claims rows, writes attempts, opens sealed records, fills, sends,
settles and enters the timeline; the peers only send, and know nothing afterwards.

    python -m bench sending
    FORTHWITH_BENCH_MAILS=1000000 python -m bench sending     # half as many, then all: what twice the people costs
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

from bench import memory

PEOPLE, PEER, TASKS = 20_000, 1_000, 300
TOGETHER = (1, 2, 4)  # senders, each a process of its own
TESTS = Path(__file__).resolve().parents[1] / "tests"
BLOCKS = 8192  # bytes of a page of PostgreSQL


def run(people: int = PEOPLE, peer: int = PEER, tasks: int = TASKS) -> dict[str, str]:
    """Return the figures: ours, the peers', the ratios. Raises AssertionError where anybody was lost or told twice."""
    from bench import one_by_one

    many = int(os.environ.get("FORTHWITH_BENCH_MAILS", "0"))
    sys.path.insert(0, str(TESTS))
    with _provider() as (url, provider):
        if many:
            return _twice(many, url, provider)
        naive, mapped = one_by_one.sdk(url, peer), one_by_one.prefect(url, tasks)
        planned, ours = _ours(people, "bench-sending")
        together = {n: _together(n, people // 2) for n in TOGETHER}
        _nobody_twice(url, people + peer + tasks + len(together) * (people // 2))
    sent = people / ours["seconds"]
    best = max(sent, *together.values())
    return {
        **{f"e-mails a second, {n} senders at once": f"{together[n]:,.0f}" for n in TOGETHER},
        "e-mails a second, ours with every row settled": f"{sent:,.0f}",
        "e-mails a second, SDK one by one": f"{naive:,.0f}",
        "e-mails a second, one Prefect task per person": f"{mapped:,.1f}",
        "ratio to the SDK one by one, one sender": f"{sent / naive:.1f}",
        "ratio to the SDK one by one, as many senders as do best": f"{best / naive:.1f}",
        "ratio to one Prefect task per person": f"{sent / mapped:,.0f}",
        "deliveries planned a second": f"{planned:,.0f}",
        "memory of the sender at its peak, MB": f"{ours['mb']:,.0f}",
        "processor time of the sender, microseconds an e-mail": f"{ours['processor'] / people * 1e6:,.0f}",
    }


def _twice(people: int, url: str, provider: int) -> dict[str, str]:
    """Send to half of so many people and then to as many; return what twice the people costs."""
    found = dict[str, str]()
    seconds = list[float]()
    for ref, count in (("bench-half", people // 2), ("bench-whole", people)):
        planned, ours = _ours(count, ref)
        seconds.append(ours["seconds"])
        found |= {
            f"{count:,} e-mails, a second": f"{count / ours['seconds']:,.0f}",
            f"{count:,} e-mails, seconds": f"{ours['seconds']:,.1f}",
            f"{count:,} e-mails, planned a second": f"{planned:,.0f}",
            f"{count:,} e-mails, the sender's memory at its peak, MB": f"{ours['mb']:,.0f}",
            f"{count:,} e-mails, PostgreSQL's own memory beside {_shared():,.0f} MB": f"{ours['database_mb']:,.0f}",
            f"{count:,} e-mails, the provider's memory at its peak, MB": f"{memory.peak(provider):,.0f}",
        }
    _nobody_twice(url, people // 2 + people)
    return {**found, "time for twice the people": f"{seconds[1] / seconds[0]:.2f}"}


def _nobody_twice(url: str, people: int) -> None:
    """Hold the provider's ledger against how many were sent to."""
    told = json.loads(urllib.request.urlopen(f"{url}/ledger").read())
    assert told == {"people": people, "twice": 0}, told


def _postmaster() -> int:
    """Return the process of the embedded PostgreSQL."""
    from forthwith.settings import settings

    return int((settings().home / "postgres" / "postmaster.pid").read_text().split()[0])


def _shared() -> float:
    """Return the buffers that PostgreSQL's processes share, in MB."""
    from sqlalchemy import text

    from forthwith import db

    with db.session() as session:
        blocks = session.execute(text("select setting from pg_settings where name = 'shared_buffers'")).scalar_one()
    return int(blocks) * BLOCKS / 2**20


@contextmanager
def _provider() -> Iterator[tuple[str, int]]:
    """Run the provider as a process of its own and point the settings to it; give its address and its id."""
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
        yield url, process.pid


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


def _ours(people: int, ref: str) -> tuple[float, dict[str, float]]:
    """Plan and send to `people`; return deliveries planned a second, and what the sender tells of itself."""
    from fakes.house import House
    from sqlmodel import Session

    from forthwith import db, dispatch

    with Session(db.engine(), expire_on_commit=False) as session:
        house = House.new(session, ref=ref)
        house.people(people, ("email",))
        house.notice(house.duty(), media=("email",))
        session.commit()
        began = time.perf_counter()
        dispatch.plan(session, house.incident, actor="bench")
        session.commit()
        planned = people / (time.perf_counter() - began)
    command = [sys.executable, "-m", "bench.sending", str(house.incident.id)]
    with memory.Watch(_postmaster()) as database:
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    assert told.pop("states") == {"accepted": people}, told
    return planned, {**told, "database_mb": database.most}


def _sender(incident: str) -> None:
    """Send as a process of its own; print how long it took, how much processor time and memory."""
    from forthwith import dispatch

    began, used = time.perf_counter(), time.process_time()
    report = dispatch.send(uuid.UUID(incident), batch=1000)
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    told = {"seconds": seconds, "processor": processor, "mb": memory.peak(), "states": report.states}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _sender(sys.argv[1])
