"""Counting time, against published and worked examples."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.assessment import counting, library, plain_yaml
from models import Refusal

BERLIN = ZoneInfo("Europe/Berlin")
CALENDARS = sorted((library.LAWS / "calendars").glob("*.yaml"))
INSTANTS = st.integers(0, 150_000_000).map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=n))

# aware, strict, hour rule, end of the contested reading (None: no later than strict)
SEVENTY_TWO = [
    ("2020-12-22T12:17", "2020-12-25T12:17+01:00", "2020-12-25T13:00+01:00", None),
    ("2026-11-20T16:30", "2026-11-23T16:30+01:00", "2026-11-23T17:00+01:00", None),
    ("2026-04-03T10:00", "2026-04-06T10:00+02:00", "2026-04-06T11:00+02:00", "2026-04-09T00:00+02:00"),
    ("2026-12-24T17:05", "2026-12-27T17:05+01:00", "2026-12-27T18:00+01:00", "2026-12-29T00:00+01:00"),
    ("2026-03-28T12:00", "2026-03-31T12:00+02:00", "2026-03-31T14:00+02:00", None),
    ("2026-10-24T12:00", "2026-10-27T11:00+01:00", "2026-10-27T12:00+01:00", None),
    ("2026-11-25T09:59", "2026-11-28T09:59+01:00", "2026-11-28T10:00+01:00", None),
    ("2026-11-25T09:00", "2026-11-28T09:00+01:00", "2026-11-28T10:00+01:00", None),
]


@pytest.mark.parametrize(("aware", "strict", "hour", "contested"), SEVENTY_TWO, ids=[row[0] for row in SEVENTY_TWO])
def test_seventy_two_hours_have_three_readings(aware: str, strict: str, hour: str, contested: str | None) -> None:
    start = datetime.fromisoformat(aware).replace(tzinfo=BERLIN)
    assert counting.add_hours(start, 72, BERLIN) == datetime.fromisoformat(strict)
    assert counting.hour_rule(start, 72, BERLIN) == datetime.fromisoformat(hour)
    if start.year >= 2024:
        later = counting.two_working_days(start, 72, BERLIN, counting.calendar("de"))
        assert later == (datetime.fromisoformat(contested) if contested else None)


@given(
    INSTANTS,
    st.integers(1, 200),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland"]),
)
def test_hours_end_at_the_earlier_of_elapsed_time_and_wall_clock(start: datetime, hours: int, zone: str) -> None:
    end = counting.add_hours(start, hours, ZoneInfo(zone))
    assert end <= start + timedelta(hours=hours)
    assert end >= start + timedelta(hours=hours - 2)
    assert counting.hour_rule(start, hours, ZoneInfo(zone)) >= end


@given(INSTANTS, st.integers(0, 5000), st.integers(1, 100))
def test_a_later_event_never_ends_earlier(start: datetime, minutes: int, hours: int) -> None:
    """But for the hour that the clock repeats in autumn, by which the wall clock may fall short."""
    later = start + timedelta(minutes=minutes)
    slack = timedelta(hours=1)
    assert counting.add_hours(later, hours, BERLIN) >= counting.add_hours(start, hours, BERLIN) - slack
    assert counting.hour_rule(later, hours, BERLIN) >= counting.hour_rule(start, hours, BERLIN)


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [("2026-08-31", 1, "2026-09-30"), ("2027-01-31", 1, "2027-02-28"), ("2028-01-31", 1, "2028-02-29"),
     ("2026-12-15", 2, "2027-02-15"), ("2026-10-31", 14, "2027-12-31")],
)  # fmt: skip
def test_months_clamp_to_the_last_day(day: str, months: int, end: str) -> None:
    assert counting.add_months(date.fromisoformat(day), months) == date.fromisoformat(end)


def test_in_japan_the_day_of_knowledge_is_day_one_and_the_last_day_rolls_over_the_new_year() -> None:
    japan = counting.calendar("jp")
    known = date(2026, 12, 1)
    assert known + timedelta(days=3 - 1) == date(2026, 12, 3)
    assert japan.roll(known + timedelta(days=30 - 1)) == date(2027, 1, 4)
    assert japan.roll(known + timedelta(days=60 - 1)) == date(2027, 1, 29)


def test_business_days_leave_out_weekends_and_holidays() -> None:
    us = counting.calendar("us")
    assert us.add(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert us.add(date(2026, 11, 25), 4) == date(2026, 12, 2)
    assert us.add(date(2026, 11, 27), 1, inclusive=True) == date(2026, 11, 27)
    assert us.add(date(2026, 11, 28), 1, inclusive=True) == date(2026, 11, 30)


@given(st.dates(date(2024, 1, 1), date(2028, 6, 1)), st.integers(1, 60))
def test_business_days_end_on_a_working_day_after_as_many_working_days(day: date, count: int) -> None:
    us = counting.calendar("us")
    end = us.add(day, count)
    passed = sum(us.is_working(day + timedelta(days=n)) for n in range(1, (end - day).days + 1))
    assert us.is_working(end)
    assert passed == count


def test_a_calendar_refuses_to_count_beyond_its_years() -> None:
    with pytest.raises(Refusal, match="does not reach 2029"):
        counting.calendar("us").add(date(2028, 12, 28), 5)


def test_where_sources_disagree_the_day_counts_as_working_and_so_ends_earlier() -> None:
    belgium = counting.calendar("be")
    assert belgium.is_working(date(2026, 11, 2))
    assert not counting.calendar("be").is_working(date(2026, 11, 11))
    assert counting.calendar("it").is_working(date(2026, 6, 2))


@pytest.mark.parametrize("path", CALENDARS, ids=lambda path: path.stem)
def test_every_calendar_is_cited_dated_and_marks_what_is_disputed(path: Path) -> None:
    found = plain_yaml.read_file(path)
    assert set(found) == {"calendar", "citation", "source", "checked", "years", "weekend", "holidays", "disputed"}
    assert found["calendar"] == path.stem
    assert found["citation"]
    assert date.fromisoformat(found["checked"])
    assert not set(found["holidays"]) & set(found["disputed"] or {})
    assert all(date.fromisoformat(day).year in found["years"] for day in found["holidays"])
    assert len(found["holidays"]) >= 5 * len(found["years"])
