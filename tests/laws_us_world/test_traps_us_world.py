"""The traps of US breach laws, and what holds for every record of this folder: facts in, obligations out."""

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from us_world_facts import (
    ATTACK,
    COVERED,
    HEALTH,
    RECORDS,
    STATES,
    UNREADABLE,
    WORLD,
    Facts,
    Found,
    answer,
    day,
    duties,
    facts,
    people,
    verdicts,
)

from forthwith.assessment import library

pytestmark = pytest.mark.sweep

THRESHOLDS = [
    # law, place, duty, first number of people that brings it in, elements, entity
    ("us-ca", "US-CA", "attorney_general", 501, ("name", "ssn"), {}),
    ("us-il", "US-IL", "attorney_general", 501, ("name", "ssn"), {}),
    ("us-wa", "US-WA", "attorney_general", 501, ("name", "ssn"), {}),
    ("us-tx", "US-TX", "attorney_general", 250, ("name", "ssn"), {}),
    ("us-fl", "US-FL", "legal_affairs", 500, ("name", "ssn"), {}),
    ("us-ma", "US-MA", "attorney_general", 1, ("name", "ssn"), {}),
    ("us-ma", "US-MA", "ocabr", 1, ("name", "ssn"), {}),
    ("us-ny", "US-NY", "attorney_general", 1, ("name", "ssn"), {}),
    ("us-ny", "US-NY", "consumer_reporting_agencies", 5001, ("name", "ssn"), {}),
    ("us-tx", "US-TX", "consumer_reporting_agencies", 10001, ("name", "ssn"), {}),
    ("us-fl", "US-FL", "consumer_reporting_agencies", 1001, ("name", "ssn"), {}),
    ("us-hipaa", "US-OH", "secretary", 500, HEALTH, COVERED),
    ("us-hipaa", "US-OH", "media", 501, HEALTH, COVERED),
]


@pytest.mark.parametrize(("law", "place", "duty", "first", "elements", "entity"), THRESHOLDS)
def test_a_threshold_is_met_at_its_number_and_not_one_below(
    law: str, place: str, duty: str, first: int, elements: tuple[str, ...], entity: Facts
) -> None:
    at = duties(facts(people(place, first, elements), entity=entity), law)
    assert at[duty]["verdict"] == "notify"
    if first > 1:
        assert duty not in duties(facts(people(place, first - 1, elements), entity=entity), law)


@pytest.mark.parametrize(("law", "place", "duty", "first", "elements", "entity"), [t for t in THRESHOLDS if t[3] > 1])
def test_a_count_that_is_not_known_leaves_the_threshold_to_a_person(
    law: str, place: str, duty: str, first: int, elements: tuple[str, ...], entity: Facts
) -> None:
    document = facts(people(place, "unknown", elements), entity=entity)
    found = answer(document)
    assert duties(document, law)[duty]["verdict"] == "review"
    assert any(question["id"] == "people.0.count" for question in found["questions"])
    assert duties(facts(people(place, {"at_least": first}, elements), entity=entity), law)[duty]["verdict"] == "notify"


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 12_000), case=st.sampled_from([t for t in THRESHOLDS if t[3] > 1]))
def test_no_count_ever_falls_on_the_wrong_side_of_a_threshold(count: int, case: tuple[Any, ...]) -> None:
    law, place, duty, first, elements, entity = case
    found = duties(facts(people(place, count, elements), entity=entity), law)
    assert (duty in found) is (count >= first)


@settings(max_examples=40, deadline=None)
@given(split=st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_groups_of_one_state_count_together_however_they_are_cut(split: list[int]) -> None:
    kinds = (("name", "ssn"), ("name", "passport"), ("name", "medical"))
    rows = [people("US-CA", count, kinds[n % 3]) for n, count in enumerate(split)]
    found = duties(facts(*rows), "us-ca")
    assert ("attorney_general" in found) is (sum(split) > 500)


def test_hipaa_media_needs_more_than_500_but_the_secretary_500() -> None:
    exactly = verdicts(facts(people("US-OH", 500, HEALTH), entity=COVERED), "us-hipaa")
    assert exactly == {"individuals": "notify", "secretary": "notify"}


def test_hipaa_counts_everybody_for_the_secretary_and_each_state_for_the_media() -> None:
    found = answer(facts(people("US-OH", 499, HEALTH), people("US-KY", 501, HEALTH), entity=COVERED))["obligations"]
    assert [one["jurisdiction"] for one in found if one["duty"] == "media"] == ["US-KY"]
    assert [one["count"] for one in found if one["duty"] == "secretary"] == [1000]


def test_hipaa_below_500_waits_for_the_end_of_the_year_and_sixty_days() -> None:
    found = duties(facts(people("US-OH", 499, HEALTH), entity=COVERED), "us-hipaa")
    assert day(found["secretary_annual"]) == date(2026, 12, 31) + timedelta(days=60)
    assert day(found["individuals"]) == date(2026, 3, 2) + timedelta(days=60)


def test_hipaa_takes_the_knowledge_of_an_agent_and_of_no_other_business_associate() -> None:
    def told_by(agent: str) -> Found:
        processor = {"agent": agent, "discovered_at": "2026-02-01"}
        document = facts(
            people("US-OH", 9, HEALTH), entity=COVERED, breach={"source": "processor", "processor": processor}
        )
        return duties(document, "us-hipaa")["individuals"]

    assert day(told_by("yes")) == date(2026, 4, 2)
    assert day(told_by("no")) == date(2026, 5, 1)
    assert day(told_by("unknown")) == date(2026, 4, 2), "an open start alarms on the earlier instant"


def test_hipaa_looks_for_the_dead_and_their_kin_only_where_it_is_told_of_them() -> None:
    dead = people("US-OH", 3, HEALTH, special=["deceased"], next_of_kin="held")
    found = duties(facts(dead, people("US-OH", 4, HEALTH), entity=COVERED), "us-hipaa")
    assert (found["next_of_kin"]["count"], found["individuals"]["count"]) == (3, 4)
    assert "substitute" not in found["next_of_kin"]["channels"]
    missing = people("US-OH", 3, HEALTH, special=["deceased"], next_of_kin="missing")
    assert "next_of_kin" not in duties(facts(missing, entity=COVERED), "us-hipaa")


def test_the_people_out_of_reach_alone_get_substitute_notice_under_hipaa() -> None:
    found = duties(facts(people("US-OH", 50, HEALTH), entity=COVERED, notice={"uncontactable": 12}), "us-hipaa")
    assert found["individuals"]["substitute"]["only_for"] == "uncontactable"
    assert found["individuals"]["substitute"]["days"] == 90


@pytest.mark.parametrize("law", ["us-ca", "us-ny", "us-tx", "us-fl", "us-ma", "us-il", "us-wa"])
def test_substitute_notice_is_for_all_by_cost_and_else_for_those_out_of_reach(law: str) -> None:
    place = law.upper()

    def substitute(**notice: int) -> Any:
        return duties(facts(people(place, 40), notice=notice), law)["individuals"]["substitute"]

    assert substitute(cost_usd=250_001)["only_for"] == "everyone"
    assert substitute(cost_usd=250_000, uncontactable=2)["only_for"] == "uncontactable"
    assert substitute(cost_usd=250_000, uncontactable=0)["lawful"] == "no"
    assert substitute()["lawful"] == "unknown"


def test_texas_asks_for_the_attorney_general_before_the_people() -> None:
    found = duties(facts(people("US-TX", 250)), "us-tx")
    assert day(found["attorney_general"]) == date(2026, 4, 1)
    assert day(found["individuals"]) == date(2026, 5, 1)


def test_california_asks_for_the_attorney_general_fifteen_days_after_the_people() -> None:
    before = duties(facts(people("US-CA", 501)), "us-ca")
    assert before["attorney_general"]["due_on"] is None, "no deadline can be shown before the people are told"
    assert [one["kind"] for one in before["attorney_general"]["clocks"]] == ["latest_possible"]
    after = duties(facts(people("US-CA", 501), clocks={"individuals_notified_at": "2026-03-09"}), "us-ca")
    assert day(after["attorney_general"]) == date(2026, 3, 24)
    assert after["attorney_general"]["sequence"] == "after_individuals"


def test_california_counts_thirty_days_from_discovery_or_from_being_told_by_the_holder() -> None:
    told = facts(people("US-CA"), clocks={"discovered_at": "2026-03-10", "owner_notified_at": "2026-03-05"})
    assert day(duties(told, "us-ca")["individuals"]) == date(2026, 4, 4)


def test_california_prescribes_a_title_five_headings_and_offers_by_element() -> None:
    content = duties(facts(people("US-CA", elements=("name", "ssn"))), "us-ca")["individuals"]["content"]
    assert content["headings"][0] == "Notice of Data Breach"
    assert len(content["headings"]) == 6
    assert {"cra_contacts", "idtheft_services_offer"} <= set(content["require"])
    medical = duties(facts(people("US-CA", elements=HEALTH)), "us-ca")["individuals"]["content"]
    assert not {"cra_contacts", "idtheft_services_offer"} & set(medical["require"])


def test_florida_extends_by_fifteen_days_only_for_people_and_only_if_asked_in_writing() -> None:
    asked = facts(people("US-FL", 500), answers={"us-fl.extension": "given_in_writing"})
    found = duties(asked, "us-fl")
    assert day(found["individuals"]) == date(2026, 4, 16)
    assert day(found["legal_affairs"]) == date(2026, 4, 1)
    assert day(duties(facts(people("US-FL", 500)), "us-fl")["individuals"]) == date(2026, 4, 1)


def test_florida_takes_the_day_after_the_last_of_fifteen_days_for_late() -> None:
    late = facts(people("US-FL"), answers={"us-fl.extension": {"value": "given_in_writing"}})
    assert duties(late, "us-fl")["individuals"]["due_at"] == "2026-04-16T23:59:59-04:00"


def test_massachusetts_forbids_to_people_what_it_asks_for_its_authorities() -> None:
    found = duties(facts(people("US-MA", 1)), "us-ma")
    forbidden = set(found["individuals"]["content"]["forbid"])
    assert {"nature_of_breach", "number_of_residents"} <= forbidden
    assert not forbidden & set(found["individuals"]["content"]["require"])
    for authority in ("attorney_general", "ocabr"):
        assert {"nature_of_breach", "count_local"} <= set(found[authority]["content"]["require"])


def test_massachusetts_offers_monitoring_only_where_a_social_security_number_leaked() -> None:
    account = facts(people("US-MA", 1, ("name", "fin_account_alone")))
    assert "credit_monitoring_offer" not in duties(account, "us-ma")["individuals"]["content"]["require"]
    assert "credit_monitoring_offer" in duties(facts(people("US-MA", 1)), "us-ma")["individuals"]["content"]["require"]


def test_massachusetts_has_no_harm_screen_once_the_data_is_acquired() -> None:
    claim = {"us-ma.harm": "no_harm_likely"}
    assert verdicts(facts(people("US-MA"), answers=claim), "us-ma")["individuals"] == "notify"
    lost = {"cause": "device_theft", "event": {"acquired": "unknown"}, "exfiltration": "none", "recipients": "thief"}
    exempt = verdicts(facts(people("US-MA"), breach=lost, answers=claim), "us-ma")
    assert set(exempt.values()) == {"do_not_notify"}


def test_illinois_forbids_the_number_of_residents_to_people_only() -> None:
    found = duties(facts(people("US-IL", 501)), "us-il")
    assert "number_of_residents" in found["individuals"]["content"]["forbid"]
    assert "count_local" in found["attorney_general"]["content"]["require"]


def test_new_york_has_four_authorities_and_the_fourth_only_for_its_own() -> None:
    plain = duties(facts(people("US-NY", 1)), "us-ny")
    told = {one["recipient"] for one in plain.values() if one["audience"] in ("regulator", "police")}
    assert told == {"ny_attorney_general", "ny_department_of_state", "ny_division_of_state_police"}
    bank = duties(facts(people("US-NY", 1), entity={"regimes": ["nydfs"]}), "us-ny")
    assert bank["financial_services"]["recipient"] == "ny_department_of_financial_services"
    assert {one["sequence"] for one in bank.values() if one["audience"] != "individuals"} == {"with_individuals"}


def test_new_york_knows_no_delay_for_scope_and_counts_thirty_days() -> None:
    found = duties(facts(people("US-NY"), clocks={"contained_at": "2026-04-20"}), "us-ny")["individuals"]
    assert day(found) == date(2026, 4, 1)


@pytest.mark.parametrize("law", ["us-ca", "us-il", "us-wa"])
def test_credentials_of_a_mailbox_are_never_told_to_that_mailbox(law: str) -> None:
    leaked = duties(facts(people(law.upper(), elements=("email_credentials",))), law)["individuals"]
    assert leaked["verdict"] == "notify"
    assert not {"email", "email_consent"} & set(leaked["channels"])
    assert "letter" in leaked["channels"]
    other = duties(facts(people(law.upper(), elements=("online_credentials",))), law)["individuals"]
    assert "email" in other["channels"]
    with_number = duties(facts(people(law.upper(), elements=("name", "ssn", "email_credentials"))), law)["individuals"]
    assert not {"email", "email_consent"} & set(with_number["channels"])


@pytest.mark.parametrize("law", STATES)
def test_no_state_names_text_messages(law: str) -> None:
    assert "sms" not in duties(facts(people(law.upper(), 600)), law)["individuals"]["channels"]


@pytest.mark.parametrize("law", STATES)
def test_a_processor_tells_the_owner_and_neither_people_nor_authorities(law: str) -> None:
    found = duties(facts(people(law.upper(), 20_000), entity={"role": "processor"}), law)
    assert [one["audience"] for one in found.values()] == ["owner"]


def test_a_florida_agent_has_ten_days() -> None:
    found = duties(facts(people("US-FL"), entity={"role": "processor"}), "us-fl")
    assert day(found["covered_entity"]) == date(2026, 3, 12)


@pytest.mark.parametrize(
    ("law", "waived", "standing"),
    [
        ("us-ca", "individuals", None),
        ("us-ny", "individuals", None),
        ("us-tx", "individuals", None),
        ("us-fl", "individuals", None),
        ("us-ma", "individuals", None),
        ("us-il", "individuals", None),
        ("us-wa", "individuals", None),
        ("sg.pdpa", "individuals", "commission"),
        ("jp.appi", "preliminary", None),
        ("jp.appi", "individuals", None),
    ],
)
def test_unreadable_data_waives_what_each_law_says(law: str, waived: str, standing: str | None) -> None:
    place = WORLD.get(law, law.upper())
    elements = ("name", "bank_account_number") if law == "sg.pdpa" else ("name", "ssn")
    found = verdicts(facts(people(place, elements=elements), breach={"protection": UNREADABLE}), law)
    assert found[waived] == "do_not_notify"
    if standing:
        assert found[standing] == "notify"


@pytest.mark.parametrize(("law", "place"), [("au.ndb", "AU"), ("nz.privacy2020", "NZ"), ("ca.pipeda", "CA")])
def test_where_encryption_is_a_factor_it_leads_to_legal_and_never_to_an_exit(law: str, place: str) -> None:
    found = verdicts(facts(people(place, elements=("name", "passport")), breach={"protection": UNREADABLE}), law)
    assert set(found.values()) == {"review"}


@pytest.mark.parametrize("law", [*STATES, "jp.appi"])
def test_a_key_that_was_taken_or_of_unknown_fate_never_gives_an_exit(law: str) -> None:
    place = WORLD.get(law, law.upper())
    taken = facts(people(place), breach={"protection": UNREADABLE | {"key_compromised": "yes"}})
    assert verdicts(taken, law)["individuals"] == "notify"
    unsure = facts(people(place), breach={"protection": UNREADABLE | {"key_compromised": "unknown"}})
    assert verdicts(unsure, law)["individuals"] == "review"


def test_florida_lets_harm_go_only_after_law_enforcement_was_consulted() -> None:
    def with_answer(value: Any) -> dict[str, str]:
        return verdicts(facts(people("US-FL", 600), answers={"us-fl.harm": value}), "us-fl")

    consulted = {"value": "no_harm_likely", "decided_at": "2026-03-20", "consulted": ["law_enforcement"]}
    done = with_answer(consulted)
    assert done["individuals"] == "do_not_notify"
    assert done["legal_affairs"] == "notify", "500 people are reported even where they are not told"
    assert done["harm_determination"] == "notify"
    assert with_answer({"value": "no_harm_likely", "consulted": ["counsel"]})["individuals"] == "notify"
    assert with_answer("no_harm_likely")["individuals"] == "review"
    assert with_answer("cannot_be_determined")["individuals"] == "notify"


def test_a_florida_determination_is_filed_within_thirty_days_of_it() -> None:
    value = {"value": "no_harm_likely", "decided_at": "2026-03-20", "consulted": ["law_enforcement"]}
    found = duties(facts(people("US-FL", 3), answers={"us-fl.harm": value}), "us-fl")
    assert day(found["harm_determination"]) == date(2026, 4, 19)
    assert "five years" in found["individuals"]["side"]


def test_new_york_lets_harm_go_only_for_an_inadvertent_disclosure() -> None:
    slip = {
        "cause": "misdirected_message",
        "actor": "internal_error",
        "recipients": "known_one",
        "exfiltration": "none",
    }
    claim = {"us-ny.harm": {"value": "no_harm_likely", "decided_at": "2026-03-04"}}
    assert verdicts(facts(people("US-NY"), answers=claim), "us-ny")["individuals"] == "notify"
    small = verdicts(facts(people("US-NY", 500), breach=slip, answers=claim), "us-ny")
    assert small == {"individuals": "do_not_notify"}
    large = duties(facts(people("US-NY", 501), breach=slip, answers=claim), "us-ny")
    assert day(large["harm_determination"]) == date(2026, 3, 14)


@pytest.mark.parametrize("law", ["us-ca", "us-tx", "us-il"])
def test_laws_without_a_harm_exit_do_not_listen_to_harm(law: str) -> None:
    assert "harm" not in library.load(library.LAWS / "us" / law[3:] / "law.yaml").law.judgements
    found = verdicts(facts(people(law.upper()), answers={f"{law}.harm": "no_harm_likely"}), law)
    assert found["individuals"] == "notify"


def test_a_ground_that_nobody_read_at_a_source_never_silences_a_duty() -> None:
    unread = {
        "us-ca.good_faith": "yes",
        "us-fl.good_faith": "yes",
        "us-wa.good_faith": "yes",
        "us-ny.good_faith": "yes",
    }
    slip = {"cause": "unauthorised_disclosure", "actor": "internal_error", "recipients": "trusted"}
    for law in ("us-ca", "us-fl", "us-wa", "us-ny"):
        found = verdicts(facts(people(law.upper()), breach=slip, answers=unread), law)
        assert found["individuals"] == "review", law


def test_a_hipaa_entity_tells_new_york_and_illinois_five_business_days_after_the_secretary() -> None:
    clocks = {"regulators_notified_at": {"hhs_secretary": "2026-07-01"}}  # 3 July 2026 is a public holiday
    document = facts(people("US-NY", 600, HEALTH), people("US-IL", 600, HEALTH), entity=COVERED, clocks=clocks)
    for law in ("us-ny", "us-il"):
        assert day(duties(document, law)["attorney_general_hipaa"]) == date(2026, 7, 9)


BROAD = facts(
    *(people(place, 20_000, ("name", "ssn", "medical", "bank_account_number"))
      for place in (*(law.upper() for law in STATES), *WORLD.values())),
    entity=COVERED,
)  # fmt: skip
LEAVES = [
    *(("entity", key) for key in ("role", "home", "regimes")),
    *(("clocks", key) for key in ("discovered_at", "aware_at", "determined_at")),
    *(("breach", key) for key in ATTACK),
    *(("people", key) for key in ("jurisdiction", "count", "elements")),
]


@pytest.mark.parametrize(("part", "key"), LEAVES)
def test_losing_any_one_fact_never_silences_a_law(part: str, key: str) -> None:
    document = copy.deepcopy(BROAD)
    for holder in document["people"] if part == "people" else [document[part]]:
        holder[key] = "unknown"
    found = answer(document)
    heard = {one["law"] for one in found["obligations"] if one["verdict"] in ("notify", "review")}
    heard |= {law for question in found["questions"] for law in question["laws"]}
    assert set(RECORDS) <= heard, set(RECORDS) - heard


def test_the_same_facts_give_the_same_answer_whatever_the_order_of_the_groups() -> None:
    turned = copy.deepcopy(BROAD)
    turned["people"].reverse()
    one, other = (
        {found["id"]: (found["verdict"], found["due_on"], found["count"]) for found in answer(document)["obligations"]}
        for document in (BROAD, turned)
    )
    assert one == other
    assert one


@pytest.mark.parametrize("law", RECORDS)
def test_every_record_says_who_read_it_what_was_not_read_and_what_it_does_not_model(law: str) -> None:
    record = next(loaded.law for loaded in library.all_laws() if loaded.law.id == law)
    assert record.unmodelled
    assert record.from_memory
    assert all(clause.citation for _, clause in record.clauses())


def test_three_states_want_a_person_on_the_telephone_and_no_recording() -> None:
    wanting = {
        loaded.law.id
        for loaded in library.all_laws()
        for duty in loaded.law.duties
        for rule in duty.channels
        if rule.by_person
    }
    assert wanting == {"us-az", "us-mi", "us-vt"}
