"""The plan before legal approves: who is told how, in which order and why; what it costs and when it ends."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from fakes.house import DUE, House
from fakes.provider import Provider
from hypothesis import given
from hypothesis import strategies as some

from forthwith import clock, dispatch
from forthwith.dispatch.forecast import Forecast, forecast, per_second
from forthwith.dispatch.options import Option
from forthwith.dispatch.outlook import NoticePlan, legs_of
from forthwith.dispatch.states import NO_CHANNEL, NO_WORDING, WAITS
from forthwith.settings import settings
from models import LegalStop, Person, new_id

NOW = datetime(2027, 1, 15, 11, 0, tzinfo=UTC)
MEDIA = ("email", "sms", "voice", "fax", "letter")


@pytest.fixture(autouse=True)
def _still() -> object:
    with clock.frozen(NOW):
        yield


def seen(house: House) -> Forecast:
    return forecast(house.session, house.incident)


def only(house: House) -> NoticePlan:
    (plan,) = seen(house).notices
    return plan


def told(house: House, monkeypatch: pytest.MonkeyPatch, **settings_: object) -> Forecast:
    for name, value in settings_.items():
        monkeypatch.setenv(f"FORTHWITH_{name}", str(value))
    settings.cache_clear()
    return seen(house)


def test_each_leg_is_shown_with_its_people_and_its_reason(house: House) -> None:
    house.people(5, ("email", "letter"))
    house.people(2, ("letter",))
    house.notice(house.duty(), media=("email", "letter"), approved=False)
    plan = only(house)
    assert [(leg.leg, leg.medium, leg.channel, leg.people) for leg in plan.legs] == [
        (1, "email", "outbox", 5), (1, "letter", "print_file", 2),
        (2, "letter", "print_file", 5),
    ]  # fmt: skip
    assert plan.legs[0].why == "the law's 1st channel, address held"
    assert plan.legs[1].why == "the law's 2nd channel, address held"
    assert plan.legs[2].why.endswith("for whom leg 1 does not reach")
    assert plan.unused == [{"medium": "email", "people": 2, "why": "no address held"}]
    assert (plan.people, plan.due_at) == (7, DUE)


def test_consent_is_named_where_it_is_what_permits(house: House) -> None:
    house.people(3, ("email", "email_consent", "letter"))
    house.people(4, ("email", "letter"))
    house.notice(house.duty(), media=("email_consent", "letter"))
    plan = only(house)
    assert [(leg.leg, leg.medium, leg.people) for leg in plan.legs] == [
        (1, "email", 3), (1, "letter", 4), (2, "letter", 3),
    ]  # fmt: skip
    assert "consent held" in plan.legs[0].why
    assert plan.unused == [{"medium": "email", "people": 4, "why": "no consent to e-mail held"}]


def test_who_is_held_is_told_with_the_reason(house: House) -> None:
    house.people(3, ("sms",))
    house.notice(house.duty(), media=("email", "letter"))
    assert only(house).held == [{"people": 3, "why": NO_CHANNEL}]


def test_a_medium_without_words_is_told(house: House) -> None:
    house.people(3, ("sms",))
    notice = house.notice(house.duty(), media=("email",))
    notice.media = ["email", "sms"]
    house.add(notice)
    plan = only(house)
    assert plan.held == [{"people": 3, "why": NO_WORDING}]
    assert {"medium": "sms", "people": 3, "why": "no wording"} in plan.unused


def test_who_waits_for_a_filing_is_told(house: House) -> None:
    house.people(3, ("email",))
    people = house.duty()
    house.duty(key="filing", audience="regulator", recipient="authority", sequence="before_individuals")
    house.notice(people, media=("email",))
    assert {"people": 3, "why": WAITS} in seen(house).notices[0].held


def test_whom_a_legal_stop_holds_is_told_as_held(house: House) -> None:
    house.people(5, ("email", "letter"))
    house.notice(house.duty(), media=("email", "letter"))
    first, second, *_ = house.every(Person)
    for person, why in ((first, "deceased"), (second, "wrong person")):
        house.add(LegalStop(incident_id=house.incident.id, person_id=person.id, reason=why))
    plan = only(house)
    assert [(leg.leg, leg.medium, leg.people) for leg in plan.legs] == [(1, "email", 3), (2, "letter", 3)]
    assert plan.held == [
        {"people": 1, "why": "legal stop: deceased"}, {"people": 1, "why": "legal stop: wrong person"},
    ]  # fmt: skip
    assert (plan.people, sum(one.messages for one in seen(house).channels)) == (5, 3)
    dispatch.plan(house.session, house.incident, actor="ana")
    assert sorted(row.reason for row in house.deliveries(state="held")) == [one["why"] for one in plan.held]
    assert only(house).held == plan.held, "planning did what was foreseen"


def test_a_page_stands_in_for_whom_no_channel_reaches(house: House) -> None:
    house.people(3, ("sms",))
    house.notice(house.duty(), media=("email", "web"))
    assert [(leg.medium, leg.people) for leg in only(house).legs] == [("web", 3)]
    assert "substitute" in only(house).legs[0].why


def test_an_organisation_has_its_legs_as_well(house: House) -> None:
    party = house.party(postal=["1 Road"])
    duty = house.duty(key="r", audience="regulator", recipient="authority")
    house.notice(duty, media=("email", "letter"), party_id=party.id)
    assert [(leg.leg, leg.medium) for leg in only(house).legs] == [(1, "email"), (2, "letter")]


def test_the_plan_is_what_planning_then_does(house: House) -> None:
    house.people(5, ("email", "letter"))
    house.people(2, ("letter",))
    house.people(1, ("fax",))
    house.notice(house.duty(), media=("email", "letter"))
    foreseen = {(leg.medium, leg.channel): leg.people for leg in only(house).legs if leg.leg == 1}
    dispatch.plan(house.session, house.incident, actor="ana")
    made: dict[tuple[str, str], int] = {}
    for row in house.deliveries(state="planned"):
        made[row.medium, row.channel] = made.get((row.medium, row.channel), 0) + 1
    assert made == foreseen
    assert len(house.deliveries(state="held")) == 1


@given(some.sets(some.sampled_from(MEDIA)), some.permutations(MEDIA), some.sets(some.sampled_from(MEDIA)))
def test_legs_follow_the_law_never_twice_and_only_where_an_address_is_held(
    held: set[str], order: list[str], worded: set[str]
) -> None:
    ways = [
        Option(new_id(), rank, medium, "outbox", language, new_id(), (medium,))
        for rank, medium in enumerate(order) if medium in worded for language in ("en", "de")
    ]  # fmt: skip
    legs = legs_of(ways, held, "de")
    assert {leg.medium for leg in legs} == held & worded
    assert [leg.rank for leg in legs] == sorted({leg.rank for leg in legs})
    assert {leg.language for leg in legs} <= {"de"}


def test_a_next_leg_that_comes_too_late_is_told(house: House) -> None:
    house.people(3, ("email", "letter"))
    duty = house.duty(due_at=NOW + timedelta(days=2))
    house.notice(duty, media=("email", "letter"))
    [line] = [line for line in seen(house).warnings if "next way" in line]
    assert line.startswith("3 people have the letter as their next way")
    assert "it takes 3 days and can't arrive before the deadline" in line
    with clock.frozen(NOW - timedelta(days=2)):
        assert not [line for line in seen(house).warnings if "next way" in line]


def test_late_next_legs_are_told_once_a_deadline_and_not_once_a_notice(house: House) -> None:
    house.people(3, ("email", "letter"))
    for one in ("n1", "n2"):
        house.notice(house.duty(key=one, due_at=NOW + timedelta(days=2)), key=one, media=("email", "letter"))
    [line] = [line for line in seen(house).warnings if "next way" in line]
    assert line.startswith("6 people")


def test_without_a_price_none_is_invented(house: House) -> None:
    house.people(3, ("email",))
    house.notice(house.duty(), media=("email",))
    made = seen(house)
    assert made.cost is None
    assert [one.cost for one in made.channels] == [None]


def test_cost_is_the_organisations_own_price_times_messages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.people(3, ("email",))
    house.people(2, ("letter",))
    house.notice(house.duty(), media=("email", "letter"))
    made = told(house, monkeypatch, PRICES='{"outbox": "0.001", "print_file": "1.20"}', CURRENCY="EUR")
    assert (made.cost, made.currency) == (Decimal("2.403"), "EUR")


def test_one_price_that_is_missing_leaves_the_whole_unknown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.people(3, ("email",))
    house.people(2, ("letter",))
    house.notice(house.duty(), media=("email", "letter"))
    made = told(house, monkeypatch, PRICES='{"print_file": "1.20"}')
    assert made.cost is None
    assert Decimal("2.40") in [one.cost for one in made.channels]


def test_a_text_in_three_parts_costs_three(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from models import Variant

    house.people(4, ("sms",))
    house.notice(house.duty(), media=("sms",))
    (variant,) = house.every(Variant)
    variant.lint = {"sms": {"parts": 3}}
    house.add(variant)
    assert told(house, monkeypatch, PRICES='{"outbox": "0.10"}').cost == Decimal("1.20")


def test_the_end_is_bound_by_the_providers_rate(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.people(100, ("email",))
    house.notice(house.duty(due_at=NOW + timedelta(seconds=30)), media=("email",))
    late = told(house, monkeypatch, RATES='{"outbox": 2}')
    assert [(one.ends_at, one.in_time) for one in late.deadlines] == [(NOW + timedelta(seconds=50), False)]
    assert any("too late" in line for line in late.warnings)
    soon = told(house, monkeypatch, RATES='{"outbox": 4}')
    assert [(one.ends_at, one.in_time) for one in soon.deadlines] == [(NOW + timedelta(seconds=25), True)]


def test_the_earliest_deadline_goes_first_and_the_next_waits_for_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n, channels in enumerate((("email",), ("email", "fax"))):
        house.people(10, channels)
        duty = house.duty(key=f"k{n}", reaches=[house.cohort(channels)], due_at=NOW + timedelta(days=2 - n))
        house.notice(duty, media=("email",), key=f"n{n}")
    made = told(house, monkeypatch, RATES='{"outbox": 1}')
    assert [one.ends_at for one in made.deadlines] == [NOW + timedelta(seconds=10), NOW + timedelta(seconds=20)]


def test_texts_end_by_day_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.people(36_000, ("sms",))
    house.notice(house.duty(due_at=NOW + timedelta(days=1)), media=("sms",))
    made = told(
        house, monkeypatch, SMS_CHANNEL="twilio", RATES='{"twilio": 1}', TWILIO_ACCOUNT_SID="AC" + "a" * 32,
        TWILIO_AUTH_TOKEN="tok", TWILIO_FROM="+15005550006",
    )  # fmt: skip
    (one,) = made.deadlines
    # noon in Berlin: nine hours until nine, and the tenth hour from eight tomorrow
    assert one.ends_at is not None
    assert abs(one.ends_at - datetime(2027, 1, 16, 8, 0, tzinfo=UTC)) < timedelta(minutes=1)
    assert one.in_time is True


def test_a_channel_that_is_not_set_up_has_no_end_and_is_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.people(3, ("email",))
    house.notice(house.duty(), media=("email",))
    made = told(house, monkeypatch, EMAIL_CHANNEL="sendgrid")
    assert [(one.ends_at, one.in_time) for one in made.deadlines] == [(None, None)]
    assert any("channel sendgrid isn't set up" in line for line in made.warnings)


def test_what_merges_carries_many_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_SENDGRID_API_KEY", "SG.test")
    settings.cache_clear()
    assert per_second("sendgrid") == 50.0 * 1000
    assert per_second("twilio") is None
    settings.cache_clear()


def test_what_has_left_is_not_foreseen_again(live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    live.people(3, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    assert sum(one.messages for one in seen(live).channels) == 3
    dispatch.send(live.incident.id)
    live.session.rollback()
    assert seen(live).channels == []
    assert [leg.people for leg in seen(live).notices[0].legs] == [3]


def test_an_incident_without_notices_has_an_empty_plan(house: House) -> None:
    assert seen(house).notices == seen(house).warnings == []
