"""By when: every candidate is shown, the earliest that counts is used, and nothing later passes for a deadline."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from forthwith.assessment import assess, library
from models import Refusal

Facts = Callable[..., dict[str, Any]]
Make = Callable[..., library.Loaded]
CLOCK = "{citation: § 1(d), days: 30, starts: [{fact: clocks.discovered_at}]}"


def clocked(law: Make, clock: str) -> library.Loaded:
    return law((CLOCK, clock))


def found(answer: Any, duty: str = "individuals") -> dict[str, Any]:
    return next(one for one in answer.obligations if one["duty"] == duty)


def instants(one: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(clock["due_on"], clock["used"]) for clock in one["clocks"]]


def test_days_are_counted_after_the_day_of_the_event_in_the_authoritys_zone(law: Make, facts: Facts) -> None:
    late_evening_in_new_york = facts(clocks__discovered_at="2026-03-03T03:30:00+00:00")
    assert found(assess(late_evening_in_new_york, laws=[law()]))["due_on"] == "2026-04-01"
    assert found(assess(facts(clocks__discovered_at="2026-03-03"), laws=[law()]))["due_on"] == "2026-04-02"


@pytest.mark.parametrize(
    ("clock", "due_on"),
    [
        ("{citation: § 1a, days: 3, inclusive: true, starts: [{fact: clocks.discovered_at}]}", "2026-03-04"),
        ("{citation: § 1a, months: 1, starts: [{fact: clocks.discovered_at}]}", "2026-04-02"),
        ("{citation: § 1a, business_days: 5, starts: [{fact: clocks.discovered_at}]}", "2026-03-09"),
        ("{citation: § 1a, days: 5, roll: next_business_day, starts: [{fact: clocks.discovered_at}]}", "2026-03-09"),
        ("{citation: § 1a, days: 60, from_end_of: year, starts: [{fact: clocks.discovered_at}]}", "2027-03-01"),
        ("{citation: § 1a, hours: 48, starts: [{fact: clocks.discovered_at}]}", "2026-03-04"),
        (
            "{citation: § 1a, days: 30, starts: [{fact: clocks.detected_at}, {fact: clocks.discovered_at}]}",
            "2026-04-01",
        ),
    ],
)
def test_each_unit_is_counted_as_the_record_says(law: Make, facts: Facts, clock: str, due_on: str) -> None:
    assert found(assess(facts(), laws=[clocked(law, clock)]))["due_on"] == due_on


def test_noon_of_the_next_working_day_where_the_last_day_is_none(law: Make, facts: Facts) -> None:
    clock = "{citation: § 1a, days: 5, roll: noon_next_working_day, starts: [{fact: clocks.discovered_at}]}"
    assert found(assess(facts(), laws=[clocked(law, clock)]))["due_at"] == "2026-03-09T12:00:00-04:00"


def test_a_date_alone_starts_an_hour_clock_at_its_beginning(law: Make, facts: Facts) -> None:
    clock = "{citation: § 1a, hours: 72, starts: [{fact: clocks.discovered_at}]}"
    assert found(assess(facts(), laws=[clocked(law, clock)]))["due_at"] == "2026-03-05T00:00:00-05:00"


def test_of_alternative_starts_the_earliest_counts(law: Make, facts: Facts) -> None:
    agent = "{fact: breach.processor.discovered_at, when: {fact: breach.processor.agent, is: yes}}"
    clock = f"{{citation: § 1a, days: 10, starts: [{{fact: clocks.discovered_at}}, {agent}]}}"
    loaded = clocked(law, clock)
    told = {"agent": "yes", "discovered_at": "2026-02-20"}
    assert found(assess(facts(breach__processor=told), laws=[loaded]))["due_on"] == "2026-03-02"
    assert found(assess(facts(breach__processor={**told, "agent": "no"}), laws=[loaded]))["due_on"] == "2026-03-12"
    unsure = assess(facts(breach__processor={**told, "agent": "unknown"}), laws=[loaded])
    assert found(unsure)["due_on"] == "2026-03-02", "the earlier one, as long as nobody knows"
    assert "breach.processor.agent" in {question["id"] for question in unsure.questions}


def test_the_sooner_of_two_clocks_counts_and_both_are_shown(law: Make, facts: Facts) -> None:
    regulator = found(assess(facts(), laws=[law()]), "regulator")
    assert regulator["due_on"] == "2026-03-20"
    assert instants(regulator) == [("2026-04-01", False), ("2026-03-20", True)]


def test_the_later_of_two_clocks_counts_where_the_record_says_so(law: Make, facts: Facts) -> None:
    loaded = law(
        (
            "    sequence: not_later_than_individuals\n",
            "    sequence: not_later_than_individuals\n    combine: latest\n",
        )
    )
    assert found(assess(facts(), laws=[loaded]), "regulator")["due_on"] == "2026-04-01"


def test_a_duty_with_the_individuals_is_due_when_they_were_told(law: Make, facts: Facts) -> None:
    regulator = found(assess(facts(clocks__individuals_notified_at="2026-03-10"), laws=[law()]), "regulator")
    assert regulator["due_on"] == "2026-03-10"


def test_a_duty_after_the_notice_waits_for_it_and_shows_its_latest_possible_day(law: Make, facts: Facts) -> None:
    before = found(assess(facts(), laws=[law()]), "sample")
    assert before["due_on"] is None
    assert before["due_at"] is None
    assert [(clock["due_on"], clock["kind"], clock["used"]) for clock in before["clocks"]] == [
        ("2026-04-16", "latest_possible", False)
    ]
    after = found(assess(facts(clocks__individuals_notified_at="2026-03-10"), laws=[law()]), "sample")
    assert after["due_on"] == "2026-03-25"


def test_what_lies_after_as_of_is_planned(law: Make, facts: Facts) -> None:
    planned = facts(clocks__individuals_notified_at="2026-03-10")
    answer = assess(planned, as_of="2026-03-05", laws=[law()])
    assert found(answer, "sample")["clocks"][0]["planned"] is True
    assert found(answer)["met_at"] is None
    assert found(assess(planned, as_of="2026-03-11", laws=[law()]))["met_at"].startswith("2026-03-10")


def test_no_number_gives_an_internal_target_and_no_lawful_last_day(law: Make, facts: Facts) -> None:
    owner = found(assess(facts(entity__role="holder", clocks__discovered_at="2026-03-02T10:00"), laws=[law()]), "owner")
    assert (owner["due_at"], owner["due_on"]) == (None, None)
    assert owner["target_at"] == "2026-03-05T10:00:00-05:00"
    assert owner["warn_at"] == "2026-03-03T10:00:00-05:00"
    (clock,) = owner["clocks"]
    assert clock["kind"] == "internal"
    assert clock["used"]
    assert "the law fixes no number" in clock["label"]


def test_a_guideline_is_a_target_beside_the_law(law: Make, facts: Facts) -> None:
    clock = "{citation: § 1a, days: 5, kind: guideline, starts: [{fact: clocks.discovered_at}]}, " + CLOCK
    one = found(assess(facts(), laws=[clocked(law, clock)]))
    assert one["due_on"] == "2026-04-01"
    assert one["target_at"].startswith("2026-03-07")


def test_a_start_that_is_not_stated_has_a_stand_in_that_is_marked_and_asked(law: Make, facts: Facts) -> None:
    answer = assess(facts(clocks={"detected_at": "2026-02-27"}), laws=[law()])
    (clock,) = found(answer)["clocks"]
    assert (clock["due_on"], clock["assumed"], clock["start"]) == ("2026-03-29", True, "clocks.detected_at")
    assert "clocks.discovered_at" in {question["id"] for question in answer.questions}
    assert found(answer)["verdict"] == "notify", "a missing date never changes whether people are told"


def test_without_any_date_there_is_no_deadline_but_a_question(law: Make, facts: Facts) -> None:
    answer = assess(facts(clocks=None), laws=[law()])
    assert found(answer)["due_at"] is None
    assert found(answer)["clocks"] == []
    assert "clocks.discovered_at" in {question["id"] for question in answer.questions}


LONGER = "days: 45, extends: true, when: {fact: breach.misuse, is: none_likely}"
EXTENDED = f"{CLOCK}, {{citation: § 1b, {LONGER}, starts: [{{fact: clocks.discovered_at}}]}}"


@pytest.mark.parametrize(
    ("misuse", "due_on"), [("none_likely", "2026-04-16"), ("occurred", "2026-04-01"), (None, "2026-04-01")]
)
def test_an_extension_counts_only_where_its_condition_surely_holds(
    law: Make, facts: Facts, misuse: str | None, due_on: str
) -> None:
    assert found(assess(facts(breach__misuse=misuse), laws=[clocked(law, EXTENDED)]))["due_on"] == due_on


@pytest.mark.parametrize(
    ("hold", "due_on", "question"),
    [
        ({"agency": "FBI", "requested_at": "2026-03-10", "until": "2026-05-01", "written": "yes"}, "2026-05-01", None),
        ({"agency": "FBI", "requested_at": "2026-03-10", "until": "2026-03-20", "written": "yes"}, "2026-04-01", None),
        ({"agency": "FBI", "requested_at": "2026-03-10", "until": "2026-06-01", "written": "no"}, "2026-04-09", None),
        ({"agency": "FBI", "until": "2026-06-01"}, "2026-04-01", "breach.law_enforcement_hold.written"),
        ({"agency": "FBI", "written": "yes"}, "2026-04-01", "breach.law_enforcement_hold.until"),
        ({"agency": None, "until": None}, "2026-04-01", None),
    ],
)
def test_a_hold_of_law_enforcement_delays_only_in_its_form(
    law: Make, facts: Facts, hold: dict[str, Any], due_on: str, question: str | None
) -> None:
    answer = assess(facts(breach__law_enforcement_hold=hold), laws=[law()])
    assert found(answer)["due_on"] == due_on
    assert found(answer)["verdict"] == "notify"
    asked = {entry["id"] for entry in answer.questions}
    assert question in asked if question else not any("hold" in entry for entry in asked)


def test_an_oral_hold_is_worth_nothing_where_writing_is_required(law: Make, facts: Facts) -> None:
    hold = {"agency": "FBI", "requested_at": "2026-03-10", "until": "2026-06-01", "written": "no"}
    loaded = law((", oral_days: 30}", "}"))
    assert found(assess(facts(breach__law_enforcement_hold=hold), laws=[loaded]))["due_on"] == "2026-04-01"


def test_business_days_beyond_the_loaded_calendar_are_refused(law: Make, facts: Facts) -> None:
    with pytest.raises(Refusal, match="does not reach 2031"):
        assess(facts(clocks__discovered_at="2031-01-02"), laws=[law()])


def test_a_business_day_clock_without_a_calendar_is_refused(law: Make, facts: Facts) -> None:
    with pytest.raises(Refusal, match="no calendar"):
        assess(facts(), laws=[law(("calendar: us\n", ""))])


GDPR = {
    "entity": {"role": "controller", "home": "DE"},
    "breach": {"properties": ["confidentiality"], "recipients": "attacker", "protection": {"unintelligible": "no"}},
    "people": [{"jurisdiction": "DE", "count": 3, "elements": ["health"]}],
}
VECTORS = [
    ("2020-12-22T12:17", ["2020-12-25T12:17:00+01:00", "2020-12-25T13:00:00+01:00"]),
    ("2026-11-20T16:30", ["2026-11-23T16:30:00+01:00", "2026-11-23T17:00:00+01:00"]),
    ("2026-04-03T10:00", ["2026-04-06T10:00:00+02:00", "2026-04-06T11:00:00+02:00", "2026-04-09T00:00:00+02:00"]),
    ("2026-12-24T17:05", ["2026-12-27T17:05:00+01:00", "2026-12-27T18:00:00+01:00", "2026-12-29T00:00:00+01:00"]),
    ("2026-03-28T12:00", ["2026-03-31T12:00:00+02:00", "2026-03-31T14:00:00+02:00"]),
    ("2026-10-24T12:00", ["2026-10-27T11:00:00+01:00", "2026-10-27T12:00:00+01:00"]),
    ("2026-11-25T09:59", ["2026-11-28T09:59:00+01:00", "2026-11-28T10:00:00+01:00"]),
    ("2026-11-25T09:00", ["2026-11-28T09:00:00+01:00", "2026-11-28T10:00:00+01:00"]),
]


@pytest.mark.parametrize(("aware", "expected"), VECTORS, ids=[aware for aware, _ in VECTORS])
def test_the_gdprs_seventy_two_hours_run_strictly_and_later_readings_are_only_shown(
    aware: str, expected: list[str]
) -> None:
    answer = assess({**GDPR, "clocks": {"aware_at": aware}}, laws=[library.load(library.LAWS / "eu/gdpr/law.yaml")])
    one = found(answer, "regulator")
    assert one["due_at"] == expected[0]
    assert [clock["instant"] for clock in one["clocks"]] == expected
    assert [clock["used"] for clock in one["clocks"]] == [True] + [False] * (len(expected) - 1)
    assert all(datetime.fromisoformat(later) >= datetime.fromisoformat(expected[0]) for later in expected)
    assert all("1182/71" in clock["citation"] for clock in one["clocks"])
