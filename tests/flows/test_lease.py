"""One process at a time, and a sign of life that others can trust."""

import os
import signal
import subprocess
import sys
import time
import uuid

import pytest
from fakes.stage_table import opened
from sqlalchemy import text

from flows import lease
from flows.lease import idle, leased
from forthwith import clock, db
from forthwith.settings import settings

pytestmark = pytest.mark.usefixtures("fresh")


def until(incident_id: uuid.UUID) -> float | None:
    """Return how many seconds the sign of life still holds."""
    told = text("select extract(epoch from lease_until - clock_timestamp()) from incident where id = :id")
    with db.session() as session:
        left = session.execute(told, {"id": incident_id}).scalar_one()
    return None if left is None else float(left)


def is_idle(incident_id: uuid.UUID) -> bool:
    with db.session() as session:
        return idle(session, incident_id)


def test_a_second_holder_is_told_no() -> None:
    incident_id = opened()
    with leased(incident_id) as first, leased(incident_id) as second:
        assert (first, second) == (True, False)


def test_after_the_first_the_second_may() -> None:
    incident_id = opened()
    for _ in range(3):
        with leased(incident_id) as mine:
            assert mine


def test_two_incidents_do_not_hinder_each_other() -> None:
    with leased(opened()) as first, leased(opened(ref="2026-002")) as second:
        assert first
        assert second


def test_it_is_let_go_when_the_work_fails() -> None:
    incident_id = opened()
    with pytest.raises(RuntimeError), leased(incident_id):
        raise RuntimeError("fell over")
    with leased(incident_id) as mine:
        assert mine


def test_a_sign_of_life_is_given_at_once() -> None:
    incident_id = opened()
    assert is_idle(incident_id)
    with leased(incident_id):
        left = until(incident_id)
        assert left is not None
        assert lease.LIFE - 5 < left <= lease.LIFE
        assert not is_idle(incident_id)


def test_the_sign_is_renewed_while_the_work_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.05)
    incident_id = opened()
    with leased(incident_id):
        with db.session() as session:
            session.execute(text("update incident set lease_until = clock_timestamp() - interval '1 hour'"))
        assert wait_until_busy(incident_id)


def wait_until_busy(incident_id: uuid.UUID) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if not is_idle(incident_id):
            return True
        time.sleep(0.02)
    return False


def test_a_row_that_somebody_works_on_never_holds_up_the_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT", 0.02)
    incident_id = opened()
    with db.session() as session:
        session.execute(text("select 1 from incident where id = :id for update"), {"id": incident_id})
        began = time.monotonic()
        with leased(incident_id) as mine:
            time.sleep(0.1)
        assert mine
        assert time.monotonic() - began < 20  # waiting for the row would never end


def test_the_sign_goes_by_the_databases_clock_and_not_by_a_frozen_one() -> None:
    incident_id = opened()
    with clock.frozen(clock.now().replace(year=2001)), leased(incident_id):
        left = until(incident_id)
    assert left is not None
    assert left > 0


HOLD = """
import sys, time, uuid
from flows.lease import leased
with leased(uuid.UUID(sys.argv[1])) as mine:
    print(mine, flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
def test_a_killed_holder_blocks_nobody(fresh: str) -> None:
    incident_id = opened()
    env = {**os.environ, "FORTHWITH_DATABASE_URL": fresh, "FORTHWITH_HOME": str(settings().home)}
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(incident_id)], env=env, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"True\n"
    with leased(incident_id) as mine:
        assert not mine
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert takes_over(incident_id)
    assert not is_idle(incident_id)  # the sign outlives its giver, so that nobody is mended too soon


def takes_over(incident_id: uuid.UUID) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with leased(incident_id) as mine:
            if mine:
                return True
        time.sleep(0.05)
    return False
