"""The traps of the breach laws of Australia, New Zealand, Canada, Singapore and Japan: facts in, obligations out."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from us_world_facts import HEALTH, day, duties, facts, people, verdicts


def test_australia_has_two_clocks_for_two_states_of_knowledge() -> None:
    vague = {
        "actor": "internal_error",
        "recipients": "unknown",
        "exfiltration": "possible",
        "event": {"accessed": "yes"},
    }
    suspect = facts(
        people("AU", elements=("name", "passport")),
        breach=vague,
        clocks={"detected_at": "2026-11-21", "discovered_at": "2026-11-21", "aware_at": None, "determined_at": None},
    )
    found = duties(suspect, "au.ndb")["statement"]
    assert (found["verdict"], day(found)) == ("review", date(2026, 12, 21))
    believe = duties(facts(people("AU", elements=("name", "passport"))), "au.ndb")
    assert believe["statement"]["due_on"] is None
    assert believe["statement"]["sequence"] == "before_individuals"


def test_the_australian_notice_to_people_runs_from_the_statement() -> None:
    document = facts(
        people("AU", elements=("name", "passport")), clocks={"regulators_notified_at": {"oaic": "2026-03-10"}}
    )
    used = [one for one in duties(document, "au.ndb")["individuals"]["clocks"] if one["used"]]
    assert [one["start"] for one in used] == ["clocks.regulators_notified_at.oaic"]


@settings(max_examples=60, deadline=None)
@given(start=st.dates(date(2026, 1, 1), date(2027, 11, 30)))
def test_singapore_counts_three_calendar_days_after_the_day_of_assessment(start: date) -> None:
    document = facts(
        people("SG", elements=("name", "bank_account_number")), clocks={"determined_at": start.isoformat()}
    )
    assert day(duties(document, "sg.pdpa")["commission"]) == start + timedelta(days=3)


def test_singapore_tells_the_commission_of_500_people_and_the_people_only_of_harm() -> None:
    no_harm = {"sg.pdpa.harm": "no_harm_likely"}
    plain = ("name", "contact")
    assert verdicts(facts(people("SG", 500, plain), answers=no_harm), "sg.pdpa") == {"commission": "notify"}
    assert verdicts(facts(people("SG", 499, plain), answers=no_harm), "sg.pdpa") == {}
    assert verdicts(facts(people("SG", 1, plain), answers={"sg.pdpa.harm": "harm_likely"}), "sg.pdpa") == {
        "commission": "notify",
        "individuals": "notify",
    }


@settings(max_examples=60, deadline=None)
@given(known=st.dates(date(2026, 1, 1), date(2027, 11, 30)))
def test_japan_counts_the_day_of_knowledge_as_the_first_day(known: date) -> None:
    document = facts(people("JP", elements=HEALTH), clocks={"aware_at": known.isoformat()})
    found = duties(document, "jp.appi")
    assert day(found["preliminary"]) == known + timedelta(days=4)
    assert found["preliminary"]["target_at"].startswith((known + timedelta(days=2)).isoformat())
    assert day(found["final"]) >= known + timedelta(days=59)


def test_japan_rolls_the_final_report_over_the_closure_at_the_turn_of_the_year() -> None:
    slip = {
        "cause": "misdirected_message",
        "actor": "internal_error",
        "recipients": "known_one",
        "exfiltration": "none",
    }
    clocks = {"aware_at": "2026-12-01"}
    ordinary = duties(facts(people("JP", elements=HEALTH), breach=slip, clocks=clocks), "jp.appi")
    assert day(ordinary["preliminary"]) == date(2026, 12, 5), "a Saturday; the preliminary report does not roll"
    assert day(ordinary["final"]) == date(2027, 1, 4)
    attack = duties(facts(people("JP", elements=HEALTH), clocks=clocks), "jp.appi")
    assert day(attack["final"]) == date(2027, 1, 29)


def test_japan_reports_classes_from_one_person_on_and_other_data_above_a_thousand() -> None:
    slip = {
        "cause": "misdirected_message",
        "actor": "internal_error",
        "recipients": "known_one",
        "exfiltration": "none",
    }
    assert verdicts(facts(people("JP", 1000, ("name", "contact")), breach=slip), "jp.appi") == {}
    assert verdicts(facts(people("JP", 1001, ("name", "contact")), breach=slip), "jp.appi")["preliminary"] == "notify"
    assert verdicts(facts(people("JP", 1, HEALTH), breach=slip), "jp.appi")["preliminary"] == "notify"


def test_new_zealand_and_canada_have_no_number_of_days() -> None:
    for law, place in (("nz.privacy2020", "NZ"), ("ca.pipeda", "CA")):
        found = duties(facts(people(place), answers={f"{law}.harm": "harm_likely"}), law)
        assert {one["due_on"] for one in found.values()} == {None}
        assert all(one["target_at"] for one in found.values())


def test_canada_keeps_a_record_for_24_months_of_what_it_does_not_report() -> None:
    found = duties(facts(people("CA"), answers={"ca.pipeda.harm": "no_harm_likely"}), "ca.pipeda")
    assert {one["verdict"] for one in found.values()} == {"do_not_notify"}
    assert all("24 months" in one["side"] for one in found.values())


def test_a_health_ground_in_new_zealand_needs_a_health_practitioner() -> None:
    def with_answer(value: Any) -> str:
        answers = {"nz.privacy2020.harm": "harm_likely", "nz.privacy2020.prejudice_to_health": value}
        return verdicts(facts(people("NZ", elements=HEALTH), answers=answers), "nz.privacy2020")["individuals"]

    assert with_answer({"value": "yes", "consulted": ["manager"]}) == "notify"
    assert with_answer({"value": "yes", "consulted": ["health_practitioner"]}) == "review", "that text is not verified"
