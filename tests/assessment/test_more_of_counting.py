"""Counting people and days: bounds, thresholds at their edges, and calendars against what they must never say."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.assessment import assess, counting, library
from forthwith.assessment.conditions import Interval

Facts = Callable[..., dict[str, Any]]
Make = Callable[..., library.Loaded]
PERSON = {"jurisdiction": "US-ZZ", "elements": ["name", "ssn"]}
NAMES = sorted(path.stem for path in (library.LAWS / "calendars").glob("*.yaml"))
BERLIN = ZoneInfo("Europe/Berlin")


def found(answer: Any, duty: str) -> dict[str, Any] | None:
    return next((one for one in answer.obligations if one["duty"] == duty), None)


def groups(*counts: Any) -> list[dict[str, Any]]:
    return [{**PERSON, "count": count} for count in counts]


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((250, 250), None), ((250, 251), "notify"), ((500, 0), None), ((500, 1), "notify"),
        (({"at_least": 400}, 100), "review"), (({"at_least": 400}, 101), "notify"), ((500, "unknown"), "review"),
        ((501, "unknown"), "notify"), ((1,) * 501, "notify"), ((1,) * 500, None),
    ],
)  # fmt: skip
def test_groups_are_added_up_before_the_threshold_is_asked(
    law: Make, facts: Facts, counts: tuple[Any, ...], verdict: str | None
) -> None:
    report = found(assess(facts(people=groups(*counts)), laws=[law()]), "regulator")
    assert (report["verdict"] if report else None) == verdict


@pytest.mark.parametrize(
    ("count", "known", "possible", "exact"),
    [(7, 7, 7, True), ({"at_least": 7}, 7, None, False), ("unknown", None, None, False)],
)
def test_a_count_says_what_is_known_what_is_possible_and_whether_that_is_all(
    law: Make, facts: Facts, count: Any, known: int | None, possible: int | None, exact: bool
) -> None:
    people = found(assess(facts(people=groups(count)), laws=[law()]), "individuals")
    assert people is not None
    assert (people["count"], people["count_possible"], people["count_exact"]) == (known, possible, exact)


@pytest.mark.parametrize("elsewhere", ["US-CA", "DE", "JP"])
def test_people_who_surely_live_elsewhere_never_lift_a_count(law: Make, facts: Facts, elsewhere: str) -> None:
    people = [*groups(500), {**PERSON, "jurisdiction": elsewhere, "count": 100_000}]
    answer = assess(facts(people=people), laws=[law()])
    told = found(answer, "individuals")
    assert found(answer, "regulator") is None
    assert told is not None
    assert (told["count"], told["count_possible"]) == (500, 500)


@pytest.mark.parametrize("count", [-1, 1.5, "many", True, {"at_least": -3}, {"at_least": "some"}, [3]])
def test_a_count_that_is_no_number_of_people_is_refused(law: Make, facts: Facts, count: Any) -> None:
    with pytest.raises(Exception, match=r"people\.0\.count is no number of people"):
        assess(facts(people=groups(count)), laws=[law()])


@settings(max_examples=40, deadline=None)
@given(counts=st.lists(st.integers(0, 300), min_size=1, max_size=6), more=st.integers(0, 600))
def test_more_people_never_take_a_report_away(counts: list[int], more: int) -> None:
    california = library.load(library.LAWS / "us" / "ca" / "law.yaml")

    def reported(numbers: list[int]) -> bool:
        people = [{"jurisdiction": "US-CA", "count": number, "elements": ["name", "ssn"]} for number in numbers]
        breach = {"event": {"acquired": "yes"}, "protection": {"unintelligible": "no"}, "media": ["electronic"]}
        facts = {"entity": {"role": "controller", "home": "US-CA"}, "breach": breach, "people": people}
        return found(assess(facts, laws=[california]), "attorney_general") is not None

    assert reported(counts) is (sum(counts) > 500)
    assert reported([*counts, more]) >= reported(counts)


@given(low=st.integers(0, 99), span=st.none() | st.integers(0, 99), other=st.integers(0, 99))
def test_bounds_add_up_and_a_bound_that_nobody_knows_stays_unknown(low: int, span: int | None, other: int) -> None:
    one, two = Interval(low, None if span is None else low + span), Interval(other, other)
    assert one + two == two + one
    assert (one + two).low == low + other
    assert (one + two).high == (None if span is None else low + span + other)
    assert one + Interval() == one


@pytest.mark.parametrize("name", NAMES)
def test_no_calendar_works_on_a_weekend_and_each_rolls_to_the_next_working_day(name: str) -> None:
    days = counting.calendar(name)
    for n in range(366):
        day = date(2026, 1, 1) + timedelta(days=n)
        if day.year != 2026:
            continue
        rolled = days.roll(day) if day.month < 12 else day
        assert not (day.weekday() in days.weekend and days.is_working(day))
        assert rolled - day <= timedelta(days=12)
        assert rolled == day or not days.is_working(day)


def test_a_weekend_is_that_of_the_place() -> None:
    friday, saturday, sunday = (date(2026, 6, day) for day in (12, 13, 14))
    assert [counting.calendar("eg").is_working(day) for day in (friday, saturday, sunday)] == [False, False, True]
    assert [counting.calendar("us-tx").is_working(day) for day in (friday, saturday, sunday)] == [True, False, False]


@pytest.mark.parametrize("name", [name for name in NAMES if counting.calendar(name).weekend == {5, 6}])
@pytest.mark.parametrize("count", [1, 3, 15])
def test_counting_from_within_a_day_off_is_counting_from_the_day_before(name: str, count: int) -> None:
    days = counting.calendar(name)
    saturday, friday = date(2026, 6, 13), date(2026, 6, 12)
    assert days.add(saturday, count) == days.add(friday, count)
    assert days.add(saturday, count, inclusive=True) == days.add(saturday, count)
    assert days.add(saturday, count) < days.add(saturday, count + 1)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 40))
def test_a_month_later_is_never_more_than_the_same_date_and_months_keep_their_order(day: date, months: int) -> None:
    end = counting.add_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day <= day.day
    assert end.day == day.day or (end + timedelta(days=1)).day == 1
    assert counting.add_months(day, months + 1) > end


@given(st.integers(0, 60_000), st.integers(1, 240))
def test_the_hour_of_the_event_is_left_out_whole(minutes: int, hours: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    end = counting.hour_rule(start, hours, BERLIN)
    assert (end.minute, end.second) == (0, 0)
    assert timedelta(hours=hours) < end - start <= timedelta(hours=hours + 1)


@pytest.mark.parametrize(
    ("start", "later"),
    [
        ("2026-06-05T18:00", None), ("2026-05-22T18:00", None), ("2026-12-24T18:00", "2026-12-29T00:00+01:00"),
        ("2026-04-02T18:00", None), ("2026-04-03T18:00", "2026-04-09T00:00+02:00"),
    ],
)  # fmt: skip
def test_a_later_end_is_argued_only_where_less_than_two_working_days_are_touched(start: str, later: str | None) -> None:
    at = datetime.fromisoformat(start).replace(tzinfo=BERLIN)
    found_end = counting.two_working_days(at, 72, BERLIN, counting.calendar("de"))
    touched = [at.date() + timedelta(days=n) for n in range(4)]
    working = sum(counting.calendar("de").is_working(day) for day in touched)
    assert (found_end is None) is (working >= 2)
    if later:
        assert found_end == datetime.fromisoformat(later)


@given(st.dates(date(1990, 1, 1), date(2199, 12, 31)), st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "US/Pacific"]))
def test_the_end_of_a_day_lies_in_that_day_where_the_authority_sits(day: date, zone: str) -> None:
    end = counting.end_of(day, ZoneInfo(zone))
    assert end.date() == day
    assert (end + timedelta(seconds=1)).date() == day + timedelta(days=1)
