"""Clocks at their edges: zones, changes of the clock, clamped months, and what must never pass for a deadline."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.assessment import assess, library
from models import Refusal

Facts = Callable[..., dict[str, Any]]
Make = Callable[..., library.Loaded]
CLOCK = "{citation: § 1(d), days: 30, starts: [{fact: clocks.discovered_at}]}"
STARTS = "starts: [{fact: clocks.discovered_at}]"
GDPR = library.load(library.LAWS / "eu" / "gdpr" / "law.yaml")
JAPAN = library.load(library.LAWS / "jp" / "appi" / "law.yaml")
THEFT = {"properties": ["confidentiality"], "source": "own", "actor": "external_malicious", "recipients": "attacker",
         "exfiltration": "confirmed", "protection": {"unintelligible": "no"}}  # fmt: skip


def clocked(law: Make, clock: str, *more: tuple[str, str]) -> library.Loaded:
    return law((CLOCK, clock), *more)


def found(answer: Any, duty: str = "individuals") -> dict[str, Any]:
    return next(one for one in answer.obligations if one["duty"] == duty)


def in_europe(aware: str, home: str = "DE", place: str = "DE") -> dict[str, Any]:
    return {
        "entity": {"role": "controller", "home": home}, "clocks": {"aware_at": aware}, "breach": THEFT,
        "people": [{"jurisdiction": place, "count": 4, "elements": ["name", "health"], "age": "adult"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "start", "due_at"),
    [
        # the clock goes forward on 8 March and back on 1 November 2026 in New York
        ("days: 10", "2026-03-01", "2026-03-11T23:59:59-04:00"),
        ("days: 7", "2026-03-01", "2026-03-08T23:59:59-04:00"),
        ("days: 10", "2026-10-25", "2026-11-04T23:59:59-05:00"),
        ("hours: 24", "2026-03-07T12:00:00-05:00", "2026-03-08T12:00:00-04:00"),
        ("hours: 24", "2026-10-31T12:00:00-04:00", "2026-11-01T11:00:00-05:00"),
        ("months: 1", "2027-01-31", "2027-02-28T23:59:59-05:00"),
        ("months: 2", "2026-12-31", "2027-02-28T23:59:59-05:00"),
        ("months: 1", "2028-01-30", "2028-02-29T23:59:59-05:00"),
        ("days: 1, inclusive: true", "2026-06-01", "2026-06-01T23:59:59-04:00"),
        ("business_days: 1", "2026-07-02", "2026-07-06T23:59:59-04:00"),
        ("business_days: 1, inclusive: true", "2026-06-01", "2026-06-01T23:59:59-04:00"),
        ("business_days: 2, inclusive: true", "2026-06-05", "2026-06-08T23:59:59-04:00"),
    ],
)
def test_a_period_ends_on_the_authoritys_own_clock(
    law: Make, facts: Facts, clock: str, start: str, due_at: str
) -> None:
    loaded = clocked(law, f"{{citation: § 1a, {clock}, {STARTS}}}")
    assert found(assess(facts(clocks__discovered_at=start), laws=[loaded]))["due_at"] == due_at


@pytest.mark.parametrize(
    ("start", "day"),
    [
        ("2026-06-02T03:59:59+00:00", "2026-07-01"), ("2026-06-02T04:00:00+00:00", "2026-07-02"),
        ("2026-06-02T12:59:00+09:00", "2026-07-01"), ("2026-06-01T23:59:59-04:00", "2026-07-01"),
        ("2026-06-01T21:30:00", "2026-07-01"), ("2026-06-01", "2026-07-01"),
    ],
)  # fmt: skip
def test_the_day_of_an_instant_is_its_day_in_new_york(law: Make, facts: Facts, start: str, day: str) -> None:
    assert found(assess(facts(clocks__discovered_at=start), laws=[law()]))["due_on"] == day


def test_the_same_instant_written_in_three_zones_is_one_deadline(law: Make, facts: Facts) -> None:
    ways = ["2026-06-01T23:30:00-04:00", "2026-06-02T03:30:00+00:00", "2026-06-02T12:30:00+09:00"]
    ends = {found(assess(facts(clocks__discovered_at=way), laws=[law()]))["due_at"] for way in ways}
    assert ends == {"2026-07-01T23:59:59-04:00"}


@pytest.mark.parametrize("value", ["soon", "2026-13-01", "2026-02-30", "1970-01-01", "3026-01-01", "2026-06-01T25:00"])
def test_a_time_that_is_none_is_refused_by_the_name_of_its_fact(law: Make, facts: Facts, value: str) -> None:
    with pytest.raises(Refusal) as refused:
        assess(facts(clocks__discovered_at=value), laws=[law()])
    assert "clocks.discovered_at" in refused.value.what
    assert value not in refused.value.what


@pytest.mark.parametrize(
    ("aware", "home", "due_at"),
    [
        ("2026-06-01T22:30:00+00:00", "DE", "2026-06-05T00:30:00+02:00"),
        ("2026-06-01T22:30:00+00:00", "FI", "2026-06-05T01:30:00+03:00"),
        ("2026-06-01T22:30:00+00:00", "IE", "2026-06-04T23:30:00+01:00"),
        ("2026-06-01T22:30:00+00:00", "PT", "2026-06-04T23:30:00+01:00"),
        ("2026-06-01T22:30:00+00:00", "IS", "2026-06-04T22:30:00+00:00"),
        ("2026-06-01T22:30:00+00:00", "GR", "2026-06-05T01:30:00+03:00"),
    ],
)
def test_the_lead_authoritys_seat_tells_the_zone(aware: str, home: str, due_at: str) -> None:
    report = found(assess(in_europe(aware, home), laws=[GDPR]), "regulator")
    assert report["recipient"] == f"{home.lower()}_supervisory_authority"
    assert (report["due_at"], report["due_on"]) == (due_at, due_at[:10])


@pytest.mark.parametrize(
    ("aware", "due_at"),
    [
        ("2026-03-27T12:00:00+01:00", "2026-03-30T12:00:00+02:00"),
        ("2026-10-23T12:00:00+02:00", "2026-10-26T11:00:00+01:00"),
    ],
)
def test_over_a_change_of_the_clock_the_earlier_reading_of_seventy_two_hours_counts(aware: str, due_at: str) -> None:
    report = found(assess(in_europe(aware), laws=[GDPR]), "regulator")
    assert report["due_at"] == due_at
    assert datetime.fromisoformat(due_at) - datetime.fromisoformat(aware) <= timedelta(hours=72)


@settings(max_examples=40, deadline=None)
@given(minutes=st.integers(0, 500_000))
def test_seventy_two_hours_are_never_more_and_later_readings_never_the_deadline(minutes: int) -> None:
    aware = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    report = found(assess(in_europe(aware.isoformat()), laws=[GDPR]), "regulator")
    due = datetime.fromisoformat(report["due_at"])
    assert timedelta(hours=71) <= due - aware <= timedelta(hours=72)
    for clock in report["clocks"]:
        assert clock["used"] is (clock["kind"] == "legal")
        assert datetime.fromisoformat(clock["instant"]) >= due


@settings(max_examples=30, deadline=None)
@given(day=st.dates(date(2026, 1, 1), date(2027, 9, 30)))
def test_the_final_report_in_japan_never_falls_due_on_a_day_of_rest(day: date) -> None:
    facts = in_europe(f"{day.isoformat()}T10:00:00+09:00", home="JP", place="JP")
    final = found(assess(facts, laws=[JAPAN]), "final")
    due = date.fromisoformat(final["due_on"])
    assert due.weekday() < 5
    assert due >= day + timedelta(days=29)
    assert final["due_at"].endswith("T23:59:59+09:00")


def test_the_earliest_of_several_starts_counts_unless_the_record_wants_the_latest(law: Make, facts: Facts) -> None:
    both = "starts: [{fact: clocks.discovered_at}, {fact: clocks.determined_at}]"
    dates = {"discovered_at": "2026-03-02", "determined_at": "2026-03-12"}
    early = clocked(law, f"{{citation: § 1a, days: 10, {both}}}")
    late = clocked(law, f"{{citation: § 1a, days: 10, choose: latest, {both}}}")
    assert found(assess(facts(clocks=dates), laws=[early]))["due_on"] == "2026-03-12"
    assert found(assess(facts(clocks=dates), laws=[late]))["due_on"] == "2026-03-22"


@pytest.mark.parametrize(
    ("target", "warn", "target_at", "warn_at"),
    [
        (72, 24, "2026-03-05T00:00:00-05:00", "2026-03-03T00:00:00-05:00"),
        (24, 12, "2026-03-03T00:00:00-05:00", "2026-03-02T12:00:00-05:00"),
        (168, 144, "2026-03-08T23:00:00-04:00", "2026-03-08T00:00:00-05:00"),
    ],
)
def test_where_the_law_fixes_no_number_our_own_hours_are_a_target_with_a_warning(
    law: Make, facts: Facts, target: int, warn: int, target_at: str, warn_at: str
) -> None:
    clock = f"{{citation: § 1a, no_number: true, target_hours: {target}, warn_hours: {warn}, {STARTS}}}"
    people = found(assess(facts(), laws=[clocked(law, clock)]))
    assert (people["due_at"], people["due_on"]) == (None, None)
    assert datetime.fromisoformat(people["warn_at"]) == datetime.fromisoformat(warn_at)
    wanted = datetime.fromisoformat(target_at)
    assert wanted - timedelta(hours=1) <= datetime.fromisoformat(people["target_at"]) <= wanted + timedelta(hours=1)
    assert [(clock["kind"], clock["used"]) for clock in people["clocks"]] == [("internal", True)]


@pytest.mark.parametrize(
    ("hold", "due_on"),
    [
        ({"written": "yes", "until": "2026-05-15"}, "2026-05-15"),
        ({"written": "yes", "until": "2026-03-15"}, "2026-04-01"),
        ({"written": "no", "requested_at": "2026-03-20", "until": "2026-06-01"}, "2026-04-19"),
        ({"written": "no", "requested_at": "2026-03-20"}, "2026-04-19"),
        ({"written": "no", "requested_at": "2026-02-01"}, "2026-04-01"),
        ({"until": "2026-05-15"}, "2026-04-01"),
        ({"written": "unknown", "until": "unknown"}, "2026-04-01"),
    ],
)
def test_a_hold_moves_the_end_only_later_and_only_as_far_as_its_form_carries(
    law: Make, facts: Facts, hold: dict[str, str], due_on: str
) -> None:
    people = found(assess(facts(breach__law_enforcement_hold=hold), laws=[law()]))
    assert people["due_on"] == due_on
    assert people["due_on"] >= "2026-04-01"
    assert ("hold" in {clock["kind"] for clock in people["clocks"]}) is (due_on != "2026-04-01")


def test_the_authority_that_follows_the_people_waits_with_them_but_keeps_its_own_sooner_clock(
    law: Make, facts: Facts
) -> None:
    hold = {"written": "yes", "until": "2026-05-15"}
    report = found(assess(facts(breach__law_enforcement_hold=hold), laws=[law()]), "regulator")
    ends = {clock["due_on"]: clock["used"] for clock in report["clocks"]}
    assert ends == {"2026-05-15": False, "2026-03-20": True}


def test_the_day_on_which_the_people_were_told_pulls_the_authoritys_end_forward(law: Make, facts: Facts) -> None:
    told = facts(clocks__individuals_notified_at="2026-03-10")
    report = found(assess(told, as_of="2026-03-11", laws=[law()]), "regulator")
    sample = found(assess(told, as_of="2026-03-11", laws=[law()]), "sample")
    assert report["due_on"] == "2026-03-10"
    assert sample["due_on"] == "2026-03-25"
    assert found(assess(told, as_of="2026-03-09", laws=[law()]), "regulator")["due_on"] == "2026-03-20"
