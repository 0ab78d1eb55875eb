"""All senders share a channel's pace, its provider's wish for rest, and its breaker."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.house import House
from fakes.killing import farm, open_deliveries
from fakes.provider import Provider, always, in_turn
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from forthwith import clock, dispatch
from forthwith.dispatch.states import NOT_HANDED_OVER
from forthwith.dispatch.valve import LONGEST, Valve, _last_row, failed
from forthwith.settings import settings
from models import Accepted, ChannelState, Outcome, Refused, Unknown

FINE, GONE = Accepted("x"), Unknown("no answer in time")
BUSY, SHUT = Refused("too many at once", permanent=False, retry_after=7.0), Refused("no", permanent=False, stop=True)
BAD = Refused("no such address", permanent=True)


def planned(live: House, people: int, monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    for name, value in more.items():
        monkeypatch.setenv(f"FORTHWITH_{name}", str(value))
    settings.cache_clear()
    live.people(people, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()


def state(live: House) -> ChannelState:
    live.session.rollback()
    (found,) = live.every(ChannelState)
    live.session.refresh(found)
    return found


@given(some.lists(some.sampled_from([FINE, GONE, BUSY, SHUT, BAD])))
def test_a_row_of_failures_ends_at_the_first_answer_about_a_message(told: list[Outcome]) -> None:
    last, fine = _last_row(told)
    assert all(failed(one) for one in last)
    assert fine == any(not failed(one) for one in told)
    assert len(last) == len(told) or not failed(told[len(told) - len(last) - 1])


@pytest.mark.parametrize(("outcome", "ill"), [(FINE, False), (BAD, False), (GONE, True), (BUSY, True), (SHUT, True)])
def test_a_bad_address_is_no_fault_of_the_provider(outcome: Outcome, ill: bool) -> None:
    assert failed(outcome) is ill


def test_a_channel_without_a_limit_never_waits(live: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forthwith.dispatch.valve.time.sleep", lambda _: pytest.fail("it waited"))
    valve = Valve("free")
    assert all(valve.wait(0.0) for _ in range(1000))


def test_two_valves_of_one_channel_share_its_turns(live: House) -> None:
    one, other = Valve("shared", 50.0), Valve("shared", 50.0)
    began = time.monotonic()
    for _ in range(5):
        assert one.wait(5.0)
        assert other.wait(5.0)
    assert time.monotonic() - began >= 9 / 50.0


def test_channels_do_not_wait_for_one_another(live: House) -> None:
    assert Valve("one", 0.1).wait(1.0)
    assert Valve("two", 0.1).wait(1.0)


def test_a_turn_that_comes_too_late_is_left_to_others(live: House) -> None:
    slow = Valve("slow", 0.5)
    assert slow.wait(1.0)
    assert not slow.wait(1.0), "the next turn is in two seconds"
    assert slow.wait(3.0), "and nobody took it"


def test_a_provider_that_asks_for_rest_gets_it_from_all_senders(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(live, 60, monkeypatch)
    provider.script = in_turn("ok", "429")
    report = dispatch.send(live.incident.id)
    assert provider.count == 2
    assert "asks us to wait" in report.resting["askable"]
    again = dispatch.send(live.incident.id)
    assert provider.count == 2, "another sender does not ask either"
    assert "askable" in again.resting
    with clock.frozen(clock.now() + timedelta(seconds=10)):
        dispatch.send(live.incident.id)
    assert len(provider.ledger) == 60
    assert set(provider.ledger.values()) == {1}


def test_after_too_many_failures_in_a_row_the_channel_is_left_alone(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(live, 60, monkeypatch, BREAKER_AFTER=4, BREAKER_PAUSE=30)
    provider.script = always("500")
    report = dispatch.send(live.incident.id)
    assert provider.count == 4
    assert "4 calls in a row failed" in report.resting["askable"]
    assert dispatch.send(live.incident.id).taken == 0
    assert provider.count == 4
    told = dispatch.status(live.session, live.incident)["resting"]
    assert [(one["channel"], one["failures"], one["open"]) for one in told] == [("askable", 4, True)]


def test_one_call_is_tried_then_and_the_pause_grows(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(live, 60, monkeypatch, BREAKER_AFTER=3, BREAKER_PAUSE=30)
    provider.script = always("500")
    with clock.frozen(clock.now()):
        dispatch.send(live.incident.id)
        pauses, now = [], clock.now()
        for n in range(4):
            open_until = state(live).open_until
            assert open_until is not None
            pauses.append((open_until - now).total_seconds())
            now = open_until
            with clock.frozen(now):
                dispatch.send(live.incident.id)
            assert provider.count == 3 + n + 1, "one call alone"
    assert pauses == [30.0, 60.0, 120.0, 240.0]


def test_a_call_that_works_closes_the_breaker(live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(live, 30, monkeypatch, BREAKER_AFTER=3)
    provider.script = in_turn("500", "500", "500")
    dispatch.send(live.incident.id)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        report = dispatch.send(live.incident.id)
    assert report.states["accepted"] == 27
    assert (state(live).failures, state(live).openings, state(live).open_until) == (0, 0, None)
    assert dispatch.status(live.session, live.incident)["resting"] == []


def test_while_one_sender_tries_no_other_does(live: House) -> None:
    one = Valve("ill")
    assert not one.leave().closed
    live.session.execute(
        text("update channel_state set failures = 9, openings = 1, open_until = :at"), {"at": clock.now()}
    )
    live.session.commit()
    assert one.leave().most == 1
    assert Valve("ill").leave().closed


def test_a_breaker_stays_open_an_hour_at_the_most(live: House) -> None:
    valve = Valve("ill")
    valve.leave()
    live.session.execute(text("update channel_state set failures = 99, openings = 60"))
    live.session.commit()
    with clock.frozen(clock.now()):
        valve.note([GONE])
        open_until = state(live).open_until
        assert open_until is not None
        assert open_until - clock.now() == timedelta(seconds=LONGEST)


def test_what_was_not_handed_over_counts_neither_way(live: House) -> None:
    valve = Valve("quiet")
    valve.leave()
    valve.note([Refused(NOT_HANDED_OVER, permanent=False)] * 50)
    assert state(live).failures == 0


def test_a_channel_that_is_left_alone_wakes_no_run_until_it_may_be_tried(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(live, 30, monkeypatch, BREAKER_AFTER=3, BREAKER_PAUSE=600)
    provider.script = always("500")
    dispatch.send(live.incident.id)
    live.session.execute(text("update delivery set not_before = null where state = 'planned'"))
    live.session.commit()
    assert dispatch.sweep(clock.now()).to_send == []
    assert dispatch.sweep(clock.now() + timedelta(minutes=11)).to_send == [live.incident.id]


def run_two(live: House, site: Path, until: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let two processes send until something holds."""
    with farm(site) as senders:
        pids = [senders.sender(live.incident.id) for _ in range(2)]
        try:
            ends = time.monotonic() + seconds
            while not until() and time.monotonic() < ends:
                time.sleep(0.05)
        finally:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_two_processes_together_keep_the_providers_rate(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planned(live, 60, monkeypatch, RATES='{"askable": 20}')
    moments: list[float] = []

    def called() -> float:
        moments.append(time.monotonic())
        return 0.0

    provider.delay = called
    run_two(live, tmp_path / "site", lambda: not open_deliveries(live))
    assert set(provider.ledger.values()) == {1}
    assert len(provider.ledger) == 60
    moments.sort()
    assert moments[-1] - moments[0] >= 59 / 20 * 0.95
    assert all(later - first >= 0.5 for first, later in zip(moments, moments[20:], strict=False)), (
        "no burst of a second"
    )


@pytest.mark.slow
def test_two_processes_share_one_breaker(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planned(live, 200, monkeypatch, BREAKER_AFTER=5, BREAKER_PAUSE=600)
    provider.script = always("500")
    run_two(live, tmp_path / "site", lambda: bool(live.every(ChannelState)) and state(live).open_until is not None)
    assert 5 <= provider.count <= 10, "each may have been in the middle of its own row"
