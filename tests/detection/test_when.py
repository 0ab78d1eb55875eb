"""Times as people say them: what is known is kept, what is not is not invented."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith import clock
from forthwith.detection.when import When, read_when
from models import Refusal

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


@pytest.mark.parametrize(("said", "first", "last"), [
    ("2026-11-15", "2026-11-15", "2026-11-15"), ("15.11.2026", "2026-11-15", "2026-11-15"),
    ("2026-10", "2026-10-01", "2026-10-31"), ("2026-11", "2026-11-01", "2026-11-18"),
    ("10/2026", "2026-10-01", "2026-10-31"), ("2025", "2025-01-01", "2025-12-31"),
    ("gestern", "2026-11-17", "2026-11-17"), ("Last  week", "2026-11-09", "2026-11-15"),
    ("cette semaine", "2026-11-16", "2026-11-18"), ("el mes pasado", "2026-10-01", "2026-10-31"),
    ("2026-11-18 07:40", "2026-11-18T07:40:00Z", "2026-11-18T07:40:00Z"),
    ("2026-11-18t07:40+01:00", "2026-11-18T06:40:00Z", "2026-11-18T06:40:00Z"),
])  # fmt: skip
def test_a_time_is_as_wide_as_it_was_said(said: str, first: str, last: str) -> None:
    told = read_when(said).facts("clocks.occurred_from", "clocks.occurred_to")
    assert told["clocks.occurred_from"] == first
    assert told.get("clocks.occurred_to", first) == last


@pytest.mark.parametrize("said", ["", " ", "?", "unbekannt", "Je ne sais pas", "UNKNOWN"])
def test_what_nobody_knows_is_no_fact(said: str) -> None:
    assert read_when(said) == When()
    assert read_when(said).facts("clocks.aware_at") == {}


@pytest.mark.parametrize("said", [
    "soon", "2026-13", "31.02.2026", "2031", "2026-12-24", "1066", "=1+1", "<b>today</b>", "9" * 400, "0000-00-00",
])  # fmt: skip
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(Refusal):
        read_when(said)


def test_a_day_with_two_readings_is_refused_only_where_both_are_meant() -> None:
    with pytest.raises(Refusal, match="two ways"):
        read_when("11/12/2025", month_first=True)
    assert read_when("11/12/2025").first == date(2025, 12, 11)
    assert read_when("10/25/2026", month_first=True) == read_when("25/10/2026", month_first=True)


@given(said=st.text(max_size=30) | st.from_regex(r"\d{1,4}[-./]\d{1,4}([-./]\d{1,4})?", fullmatch=True))
def test_any_text_is_a_time_or_refused(said: str) -> None:
    with clock.frozen(NOW):
        try:
            found = read_when(said)
        except Refusal:
            return
    assert (found.first is None) == (found.last is None)
    assert set(found.facts("a", "b")) <= {"a", "b"}
