"""No text and no call at night, wherever somebody lives; and no deadline that is lost over it without a word."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from fakes.house import House
from fakes.provider import Provider
from hypothesis import given
from hypothesis import strategies as some

from forthwith import clock, dispatch
from forthwith.dispatch import zones
from forthwith.dispatch.forecast import forecast
from forthwith.dispatch.zones import Hours, Place, hours, place, zone_names
from forthwith.settings import settings
from models import Refusal

DAY = Hours(8 * 3600, 21 * 3600)
NIGHT = datetime(2027, 1, 15, 2, 0, tzinfo=UTC)  # three in the morning in Berlin
NOON = datetime(2027, 1, 15, 11, 0, tzinfo=UTC)
MOMENTS = some.integers(0, 10 * 366 * 24 * 3600).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
PLACES = some.sampled_from(sorted({*zones._countries(), *zones._states()}))


@pytest.fixture(autouse=True)
def _by_day(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let people be called by day alone, as a new installation does."""
    if "provider" in request.fixturenames:
        request.getfixturevalue("provider")
        monkeypatch.delenv("FORTHWITH_CALLING_HOURS")
        settings.cache_clear()


def by_text(live: House, monkeypatch: pytest.MonkeyPatch, people: int = 3, **duty: object) -> None:
    """Plan texts through the provider, and letters as the next leg."""
    monkeypatch.setenv("FORTHWITH_SMS_CHANNEL", "askable")
    settings.cache_clear()
    live.people(people, ("sms", "letter"))
    live.notice(live.duty(**duty), media=("sms", "letter"))
    plan(live)


def plan(live: House) -> None:
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()


@given(PLACES, MOMENTS)
def test_the_hour_that_opens_is_day_in_every_zone_of_the_place(named: str, at: datetime) -> None:
    found = place(named, named.split("-")[0], "UTC", DAY)
    opens = found.opens(at, 120.0)
    assert at <= opens <= at + timedelta(days=3)
    for zone in found.zones:
        local = opens.astimezone(zone)
        assert time(8) <= local.time()
        assert (local + timedelta(seconds=120)).time() <= time(21)
        assert local.date() == (local + timedelta(seconds=120)).date()


@given(PLACES, MOMENTS)
def test_nobody_waits_where_it_is_day(named: str, at: datetime) -> None:
    found = place(named, named.split("-")[0], "UTC", DAY)
    day = all(time(8) <= at.astimezone(zone).time() <= time(20, 57) for zone in found.zones)
    assert (found.opens(at, 120.0) == at) or not day


@given(PLACES, MOMENTS, some.integers(60, 90_000))
def test_work_by_day_ends_by_day_and_takes_no_less_than_itself(named: str, at: datetime, seconds: int) -> None:
    found = place(named, named.split("-")[0], "UTC", DAY)
    ends = found.after(at, timedelta(seconds=seconds))
    assert ends - at >= timedelta(seconds=seconds)
    assert all(time(8) <= ends.astimezone(zone).time() <= time(21) for zone in found.zones)


@pytest.mark.parametrize(("jurisdiction", "known"), [
    ("US-CA", ("America/Los_Angeles",)), ("US-TX", ("America/Chicago", "America/Denver")),
    ("DE", ("Europe/Berlin", "Europe/Busingen")),
    ("US-AZ", ("America/Denver", "America/Phoenix")), ("AU-QLD", ("Australia/Brisbane",)), ("unknown", ()),
])  # fmt: skip
def test_a_place_has_the_zones_of_its_state_or_its_country(jurisdiction: str, known: tuple[str, ...]) -> None:
    assert zone_names(jurisdiction, jurisdiction.split("-")[0]) == known


def test_a_state_that_has_no_line_takes_all_zones_of_its_country() -> None:
    assert len(zone_names("RU-MOW", "RU")) > 10
    assert zone_names("MX-SON", "MX") == zone_names("MX", "MX")


def test_every_american_state_and_territory_has_its_zones() -> None:
    told = {name.removeprefix("US-") for name in zones._states() if name.startswith("US-")}
    assert len(told) == 50 + 1 + 5


def test_every_zone_that_is_named_is_one_of_its_country() -> None:
    american = {
        *zone_names("US", "US"),
        *(zone for code in ("PR", "VI", "GU", "MP", "AS") for zone in zone_names(code, code)),
    }
    for state, named in zones._states().items():
        assert all(ZoneInfo(zone).key == zone for zone in named)
        if state.startswith("US-"):
            assert set(named) <= american


def test_where_nothing_is_known_our_own_day_counts() -> None:
    assert place("unknown", "unknown", "Asia/Tokyo", DAY) == Place((ZoneInfo("Asia/Tokyo"),), DAY)


def test_where_no_hour_holds_everywhere_our_own_day_counts() -> None:
    assert place("AQ", "AQ", "Europe/Berlin", DAY).zones == (ZoneInfo("Europe/Berlin"),)


@pytest.mark.parametrize(("stated", "seconds"), [
    ("08:00-21:00", (28_800, 75_600)), ("0:00-24:00", (0, 86_400)), (" 9:30 - 17:15 ", (34_200, 62_100)),
])  # fmt: skip
def test_hours_are_read_as_they_are_written(stated: str, seconds: tuple[int, int]) -> None:
    assert hours(stated) == Hours(*seconds)


@pytest.mark.parametrize(
    "stated", ["", "8-21", "21:00-08:00", "08:00-08:30", "08:00-25:00", "08:60-21:00", "24:30-25:00"]
)
def test_hours_that_are_none_are_refused_in_one_line(stated: str) -> None:
    with pytest.raises(Refusal, match="FORTHWITH_CALLING_HOURS"):
        hours(stated)


def test_a_text_waits_for_the_morning_and_then_goes_once(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_text(live, monkeypatch)
    with clock.frozen(NIGHT):
        assert dispatch.send(live.incident.id).taken == 0
        assert provider.count == 0
        assert dispatch.waiting(live.session, live.incident) == (3, NIGHT.replace(hour=7))
    with clock.frozen(NIGHT.replace(hour=7)):
        assert dispatch.send(live.incident.id).states == {"accepted": 3}
    assert set(provider.ledger.values()) == {1}


def test_an_email_goes_at_night(live: House, provider: Provider) -> None:
    live.people(2, ("email",))
    live.notice(live.duty(), media=("email",))
    plan(live)
    with clock.frozen(NIGHT):
        assert dispatch.send(live.incident.id).states == {"accepted": 2}


def test_what_stays_in_files_wakes_nobody(live: House, provider: Provider) -> None:
    live.people(2, ("sms",))
    live.notice(live.duty(), media=("sms",))
    plan(live)
    with clock.frozen(NIGHT):
        assert dispatch.send(live.incident.id).states == {"accepted": 2}


def test_each_place_has_its_own_morning(live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_SMS_CHANNEL", "askable")
    settings.cache_clear()
    for language, where in (("en", "US-CA"), ("de", "DE"), ("fr", "JP")):
        live.person(("sms",), language=language)
        cohort = live.cohort(("sms",), language)
        cohort.jurisdiction, cohort.country = where, where.split("-")[0]
        live.add(cohort)
    live.notice(live.duty(), media=("sms",))
    plan(live)
    with clock.frozen(NIGHT):  # evening in California, three at night in Berlin, noon in Tokyo
        assert dispatch.send(live.incident.id).states == {"accepted": 2}
        assert dispatch.waiting(live.session, live.incident)[0] == 1


def test_a_batch_that_would_last_into_the_night_is_not_begun(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_text(live, monkeypatch)
    with clock.frozen(datetime(2027, 1, 15, 19, 59, 50, tzinfo=UTC)):  # ten seconds before nine in Berlin
        assert dispatch.send(live.incident.id).taken == 0
    assert provider.count == 0


@pytest.mark.parametrize(("over", "states"), [("false", {"planned": 3}), ("true", {"accepted": 3})])
def test_a_deadline_of_the_night_wins_only_where_the_settings_say_so(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, over: str, states: dict[str, int]
) -> None:
    monkeypatch.setenv("FORTHWITH_DEADLINE_OVER_CALLING_HOURS", over)
    by_text(live, monkeypatch, due_at=NIGHT + timedelta(hours=2))
    with clock.frozen(NIGHT):
        dispatch.send(live.incident.id)
    live.session.rollback()
    assert Counter(row.state for row in live.deliveries()) == states


def test_a_deadline_that_was_missed_already_wakes_nobody(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORTHWITH_DEADLINE_OVER_CALLING_HOURS", "true")
    by_text(live, monkeypatch, due_at=NIGHT - timedelta(hours=1))
    with clock.frozen(NIGHT):
        assert dispatch.send(live.incident.id).taken == 0


def test_a_deadline_of_the_night_is_told_before_anybody_approves(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_SMS_CHANNEL", "twilio")
    settings.cache_clear()
    house.people(4, ("sms",))
    house.notice(house.duty(due_at=NIGHT + timedelta(hours=2)), media=("sms",), approved=False)
    with clock.frozen(NIGHT - timedelta(hours=10)):
        told = forecast(house.session, house.incident).warnings
    assert any("4 people falls at night where they live" in line for line in told)


def test_all_hours_may_be_calling_hours(live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_CALLING_HOURS", "00:00-24:00")
    by_text(live, monkeypatch)
    with clock.frozen(NIGHT):
        assert dispatch.send(live.incident.id).states == {"accepted": 3}
