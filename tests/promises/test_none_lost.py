"""Promise 2: every (duty, person) pair ends in a delivery or in a written reason, whatever breaks in between."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from fakes.house import House
from fakes.provider import Provider
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as some
from sqlalchemy import text

from forthwith import clock, dispatch
from forthwith.dispatch import sending, settling
from models import new_id

REACHES = ["email", "email_consent", "letter", "sms"]


@budget(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    groups=some.lists(some.sets(some.sampled_from(REACHES)), min_size=1, max_size=5),
    media=some.lists(some.sampled_from(REACHES), unique=True, min_size=1),
    duties=some.integers(1, 3),
)
def test_every_pair_ends_in_a_row_or_a_reason(
    house: House, groups: list[set[str]], media: list[str], duties: int
) -> None:
    with house.session.begin_nested() as inner:
        case = House.new(house.session, ref=f"case-{new_id()}")
        for held in groups:
            case.people(2, tuple(sorted(held)))
        made = [case.duty(key=f"test-law.individuals:{i}") for i in range(duties)]
        case.notice(*made, media=media)
        dispatch.plan(case.session, case.incident, actor="ana")
        state = dispatch.status(case.session, case.incident)
        assert state["gaps"] == []
        assert state["pairs"] == 2 * len(groups) * duties
        assert state["equality"]["scope"] == state["equality"]["duties"] == 2 * len(groups)
        inner.rollback()


class Cut(Exception):
    """The sender dies here."""


POINTS: dict[str, tuple[object, str]] = {
    "after the claim": (sending.Sender, "_call"),
    "before the settling": (sending.Sender, "_settle"),
    "while the outcomes are written": (sending, "settle"),
    "before the timeline's entry": (sending.Sender, "_enter"),
    "while the attempts are closed": (settling, "_write"),
}


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_sender_that_dies_at_any_point_loses_nobody_and_doubles_nobody(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    live.people(30, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    where, name = POINTS[point]
    with monkeypatch.context() as patch:
        patch.setattr(where, name, _dies)
        with pytest.raises(Cut):
            dispatch.send(live.incident.id, batch=10)
    live.session.rollback()
    assert Counter(row.state for row in live.deliveries())["sending"] == 10
    _recover(live)
    assert provider.ledger == {str(row.id): 1 for row in live.deliveries()}
    assert dispatch.status(live.session, live.incident)["equal"]


def _dies(*_: object, **__: object) -> None:
    raise Cut


def _recover(live: House) -> None:
    """Do what the minute's sweep leads to: reconcile what the dead left, send what is due."""
    for _ in range(3):
        with clock.frozen(clock.now() + timedelta(seconds=60)):
            dispatch.sweep(clock.now())
            dispatch.reconcile(live.incident.id)
        dispatch.send(live.incident.id)
    live.session.rollback()


@pytest.mark.parametrize("seed", range(4))
def test_a_provider_that_fails_in_every_way_leaves_nobody_without_an_end(
    live: House, provider: Provider, seed: int
) -> None:
    dice = random.Random(seed)
    faults = ["drop_after", "500_after", "drop", "500", "400", "garbage", *["ok"] * 6]
    live.people(60, ("email", "letter"))
    live.person(())
    live.notice(live.duty(), media=("email", "letter"))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    provider.script = lambda _: dice.choice(faults)
    for _ in range(12):
        dispatch.send(live.incident.id)
        with clock.frozen(clock.now() + timedelta(seconds=60)):
            dispatch.reconcile(live.incident.id)
    live.session.rollback()
    state = dispatch.status(live.session, live.incident)
    assert (state["open"], state["gaps"], state["equal"]) == (0, [], True)
    assert set(provider.ledger.values()) == {1}
    told = set(provider.ledger)
    for row in live.deliveries(medium="email"):
        assert (row.state == "accepted") == (str(row.id) in told), "our books are the provider's"


def test_a_gap_is_found_within_a_sweep_and_entered(live: House, provider: Provider) -> None:
    live.people(5)
    live.notice(live.duty())
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    live.session.execute(text("delete from delivery where id in (select id from delivery limit 2)"))
    live.session.commit()
    report = dispatch.sweep(clock.now())
    assert report.gaps[live.incident.ref] == [
        {"duty": "test-law.individuals:DE", "people": 2, "why": "its notice is not planned for them yet"}
    ]
    live.session.rollback()
    assert live.entries("gap")[0].data["gaps"][0]["people"] == 2


Broken = Callable[[House], None]


def no_reason(house: House) -> None:
    house.session.execute(text("update delivery set state = 'held', reason = null"))


def out_of_scope(house: House) -> None:
    house.session.execute(text(
        "update delivery set state = 'cancelled', reason = 'no longer in the scope of this notice'"
    ))  # fmt: skip


@pytest.mark.parametrize(("breaking", "why"), [(no_reason, "attempts"), (out_of_scope, "duties")])
def test_the_line_breaks_where_the_books_are_wrong(house: House, breaking: Broken, why: str) -> None:
    house.people(4)
    house.notice(house.duty())
    dispatch.plan(house.session, house.incident, actor="ana")
    breaking(house)
    state = dispatch.status(house.session, house.incident)
    assert not state["equal"]
    assert state["equality"][why] == 0
