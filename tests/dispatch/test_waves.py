"""People are told day by day, as many as the call centre can take, and never after their deadline."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from fakes.house import House
from fakes.provider import Provider
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as some

from forthwith import clock, dispatch
from forthwith.dispatch.forecast import forecast
from forthwith.dispatch.waves import LOUD_DAYS, NO_DAYS, Days, Queue, capacity, lay, spread
from forthwith.settings import settings
from models import Refusal

NOW = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
QUEUES = some.lists(
    some.builds(
        Queue, some.one_of(some.none(), some.integers(-50, 2000).map(lambda h: NOW + timedelta(hours=h))),
        some.integers(0, 5000), some.sampled_from([NO_DAYS, LOUD_DAYS]),
    ), max_size=6, unique_by=lambda queue: queue.due,
)  # fmt: skip


@given(QUEUES, some.integers(1, 3000), some.integers(0, 500))
def test_no_wave_passes_a_deadline_and_nobody_is_left_out(queues: list[Queue], per_day: int, used: int) -> None:
    made = spread(queues, per_day, Days(NOW, "Europe/Berlin"), used)
    ordered = sorted(queues, key=lambda one: one.due or datetime.max.replace(tzinfo=UTC))
    for queue, waves in zip(ordered, made.waves, strict=True):
        assert sum(people for _, people in waves) == queue.people
        starts = [start for start, _ in waves if start]
        assert all(queue.due is None or start <= queue.due - queue.margin for start in starts)
        assert starts == sorted(starts)


@given(QUEUES, some.integers(1, 3000), some.integers(0, 500))
def test_a_day_takes_more_than_its_fill_only_where_that_is_said(queues: list[Queue], per_day: int, used: int) -> None:
    made = spread(queues, per_day, Days(NOW, "UTC"), used)
    assert made.over or made.most <= per_day


@given(some.integers(1, 400), some.integers(1, 40))
def test_the_last_wave_is_as_early_as_capacity_lets_it_be(people: int, per_day: int) -> None:
    made = spread([Queue(None, people)], per_day, Days(NOW, "UTC"))
    assert len(made.waves[0]) == -(-people // per_day)
    assert made.waves[0][0][0] is None, "the first wave goes at once"


def test_the_earliest_deadline_goes_first() -> None:
    late, soon = Queue(NOW + timedelta(days=9), 50), Queue(NOW + timedelta(days=3), 50)
    made = spread([late, soon], 50, Days(NOW, "UTC"))
    assert [waves[0][0] for waves in made.waves] == [None, datetime(2027, 3, 2, 8, 0, tzinfo=UTC)]


def test_where_capacity_cannot_hold_the_deadline_wins_evenly() -> None:
    queue = Queue(NOW + timedelta(days=4), 1000)
    made = spread([queue], 100, Days(NOW, "UTC"))
    assert made.over == [queue]
    assert set(made.days.values()) == {200}
    assert len(made.days) == 5


def test_a_deadline_that_is_gone_goes_at_once() -> None:
    made = spread([Queue(NOW - timedelta(days=1), 7)], 2, Days(NOW, "UTC"))
    assert made.waves == [[(None, 7)]]
    assert made.over


def test_before_the_days_hours_the_first_wave_waits_for_them() -> None:
    early = NOW.replace(hour=3)
    assert spread([Queue(None, 1)], 5, Days(early, "UTC")).waves == [[(early.replace(hour=8), 1)]]


def planned(house: House, people: int = 10, **duty: object) -> None:
    house.people(people, ("email",))
    house.notice(house.duty(**duty), media=("email",))
    dispatch.plan(house.session, house.incident, actor="ana")


def waits(house: House) -> Counter[object]:
    return Counter(row.not_before for row in house.deliveries())


def test_without_a_capacity_all_go_at_once(house: House) -> None:
    planned(house)
    assert waits(house) == {None: 10}


def test_planning_lays_waves_and_laying_again_changes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_WAVE", "4")
    settings.cache_clear()
    with clock.frozen(NOW):
        planned(house)
        first = {row.id: row.not_before for row in house.deliveries()}
        lay(house.session, house.incident)
        assert {row.id: row.not_before for row in house.deliveries()} == first
    tomorrow = NOW.replace(hour=8) + timedelta(days=1)
    assert Counter(first.values()) == {None: 4, tomorrow: 4, tomorrow + timedelta(days=1): 2}


@budget(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.integers(1, 9), min_size=1, max_size=3), some.integers(1, 12))
def test_no_row_waits_past_its_own_deadline(house: House, sizes: list[int], per_day: int) -> None:
    """Each example adds to the same house: the rows of all examples must hold."""
    with clock.frozen(NOW):
        for n, size in enumerate(sizes):
            channels = ("email", f"x{house.numbers}")
            house.people(size, channels)
            duty = house.duty(
                key=f"k{house.numbers}", reaches=[house.cohort(channels)], due_at=NOW + timedelta(days=1 + 2 * n)
            )
            house.notice(duty, media=("email",), key=f"n{house.numbers}")
        dispatch.plan(house.session, house.incident, actor="ana")
        dispatch.set_capacity(house.session, house.incident, per_day)
    rows = house.deliveries()
    assert len(rows) == house.numbers
    assert all(row.not_before is None or row.not_before <= row.due_at - NO_DAYS for row in rows)


def test_the_incidents_own_number_comes_before_the_settings(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_WAVE", "4")
    settings.cache_clear()
    planned(house)
    dispatch.set_capacity(house.session, house.incident, 7)
    assert capacity(house.session, house.incident) == 7
    dispatch.set_capacity(house.session, house.incident, 0)
    assert capacity(house.session, house.incident) == 4


def test_taking_the_capacity_back_lets_all_go(house: House) -> None:
    planned(house)
    dispatch.set_capacity(house.session, house.incident, 2)
    assert len(waits(house)) == 5
    dispatch.set_capacity(house.session, house.incident, 0)
    assert waits(house) == {None: 10}


def test_calls_and_the_share_of_callers_make_a_wave(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_CALLS_PER_DAY", "100")
    monkeypatch.setenv("FORTHWITH_SHARE_WHO_CALL", "0.05")
    settings.cache_clear()
    assert capacity(house.session, house.incident) == 2000


def test_fewer_than_none_a_day_is_refused(house: House) -> None:
    with pytest.raises(Refusal, match="fewer than no people"):
        dispatch.set_capacity(house.session, house.incident, -1)


def test_legal_is_told_before_approval_that_the_call_centre_is_too_small(house: House) -> None:
    with clock.frozen(NOW):
        house.people(30, ("email",))
        house.notice(house.duty(due_at=NOW + timedelta(days=2)), media=("email",), approved=False)
        dispatch.set_capacity(house.session, house.incident, 5)
        told = forecast(house.session, house.incident)
    assert told.waves is not None
    assert (told.waves["per_day"], told.waves["fullest_day"]) == (5, 10)
    assert any("5 people a day can't hold" in line for line in told.warnings)


def test_who_was_told_today_counts_against_today(live: House, provider: Provider) -> None:
    with clock.frozen(NOW):
        planned(live)
        dispatch.set_capacity(live.session, live.incident, 4)
        live.session.commit()
        assert dispatch.send(live.incident.id).states == {"accepted": 4}
        assert dispatch.send(live.incident.id).taken == 0
        dispatch.plan(live.session, live.incident, actor="ana")
        live.session.commit()
        assert dispatch.send(live.incident.id).taken == 0, "planning again gives today no second fill"
    with clock.frozen(NOW + timedelta(days=1)):
        assert dispatch.send(live.incident.id).states == {"accepted": 4}
    with clock.frozen(NOW + timedelta(days=2)):
        assert dispatch.send(live.incident.id).states == {"accepted": 2}
    assert set(provider.ledger.values()) == {1}
