from typing import Any

import pytest
from fakes.noticed import FACTS
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Undefined

from forthwith.drafting.context import Speaker, families
from forthwith.drafting.grouping import Content, Group
from forthwith.drafting.known import Known, ours
from forthwith.drafting.wording import MissingFact
from forthwith.filling.exposed import sorted_elements
from models import Cohort, Party, Refusal, new_id


def cohort(place: str = "DE", **fields: Any) -> Cohort:
    usual = {
        "incident_id": new_id(), "fingerprint": new_id().hex, "jurisdiction": place, "country": place.split("-")[0],
        "elements": ["name", "contact"], "count": 10,
    }  # fmt: skip
    return Cohort(**{**usual, **fields})


def group(*cohorts: Cohort, **fields: Any) -> Group:
    people = cohorts or (cohort(),)
    elements = tuple(sorted({code for one in people for code in one.elements}))
    usual = {"audience": "individuals", "duties": (), "content": Content(), "trait": "adult", "elements": elements,
             "cohorts": people}  # fmt: skip
    return Group(**{**usual, **fields})


def known(facts: dict[str, Any] | None = None, **changed: Any) -> Known:
    return ours("2026-001", {**(FACTS if facts is None else facts), **changed})


def said(
    language: str = "en", *, who: Group | None = None, facts: dict[str, Any] | None = None, **changed: Any
) -> dict[str, Any]:
    return Speaker(known(facts, **changed), who or group(), language).context()


def is_missing(value: object, fact: str) -> bool:
    """Return whether a value is not there, and names its fact when it is printed."""
    if not isinstance(value, Undefined):
        return False
    with pytest.raises(MissingFact, match=fact.replace(".", r"\.")):
        str(value)
    return True


@pytest.mark.parametrize(
    ("first", "last", "english", "german"),
    [
        ("2026-11-02", "2026-11-09", "between 2 November 2026 and 9 November 2026",
         "zwischen dem 2. November 2026 und dem 9. November 2026"),
        ("2026-11-02", "2026-11-02", "on 2 November 2026", "am 2. November 2026"),
        ("2026-11-02", None, "on 2 November 2026", "am 2. November 2026"),
        (None, "2026-11-09", "on 9 November 2026", "am 9. November 2026"),
        ("2026-11-02", "no", "from 2 November 2026 on", "seit dem 2. November 2026"),
        ("2026-11-02T23:30:00Z", "2026-11-03T00:30:00Z", "between 2 November 2026 and 3 November 2026",
         "zwischen dem 2. November 2026 und dem 3. November 2026"),
    ],
)  # fmt: skip
def test_when_it_happened_is_told_as_it_is_known(first: Any, last: Any, english: str, german: str) -> None:
    facts = {"clocks.occurred_from": first, "clocks.occurred_to": last}
    assert said("en", facts=facts)["when"]["occurred"] == english
    assert said("de", facts=facts)["when"]["occurred"] == german


def test_americans_read_dates_in_their_form() -> None:
    assert said(who=group(cohort("US-CA")))["when"]["discovered"] == "November 10, 2026"
    assert said(who=group(cohort("US-CA"), cohort("DE")))["when"]["discovered"] == "10 November 2026"


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ({"clocks.discovered_at": "2026-11-10", "clocks.aware_at": "2026-11-12"}, "10 November 2026"),
        ({"clocks.detected_at": "2026-11-09", "clocks.aware_at": "2026-11-12"}, "9 November 2026"),
        ({"clocks.aware_at": "2026-11-12T08:00:00Z"}, "12 November 2026"),
    ],
)
def test_the_day_of_discovery_falls_back_to_what_stands_for_it(stated: dict[str, Any], day: str) -> None:
    assert said(facts=stated)["when"]["discovered"] == day


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-11-02", "2026-11-02", "1 day"),
        ("2026-11-02", "2026-11-09", "8 days"),
        ("2026-02-28", "2026-03-01", "2 days"),
    ],
)
def test_a_duration_counts_both_days(first: str, last: str, words: str) -> None:
    assert said(facts={"clocks.occurred_from": first, "clocks.occurred_to": last})["when"]["duration"] == words


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        (("when", "occurred"), "clocks.occurred_from"), (("when", "discovered"), "clocks.discovered_at"),
        (("when", "duration"), "clocks.occurred_from"), (("when", "aware"), "clocks.aware_at"),
        (("story",), "breach.cause"), (("cause",), "breach.cause"), (("nature",), "breach.properties"),
        (("measures",), "breach.mitigations"), (("malicious",), "breach.actor"), (("perpetrator",), "breach.actor"),
        (("risk",), "words.risk"), (("police",), "words.police_told"), (("place",), "words.place"),
        (("processor",), "words.processor"), (("parent",), "words.parent_or_affiliate"), (("dpo",), "words.dpo"),
        (("prevention",), "words.prevention"), (("security_before",), "words.security_before"),
        (("delay_reason",), "words.delay_reason"), (("remedies",), "words.remedies"), (("other",), "words.other"),
        (("offer", "provider"), "words.offer.provider"), (("offer", "months"), "words.offer.months"),
        (("offer", "enrol_by"), "words.offer.enrol_by"), (("org", "phone"), "words.contact_phone"),
        (("chronology",), "clocks.discovered_at"), (("count_records",), "words.count_records"),
        (("hold",), "breach.law_enforcement_hold.agency"),
    ],
)  # fmt: skip
def test_what_nobody_stated_is_missing_and_names_its_fact(path: tuple[str, ...], fact: str) -> None:
    value: Any = said(facts={})
    for step in path:
        value = value[step]
    assert is_missing(value, fact)


@pytest.mark.parametrize(
    "key", ["measures_planned", "prevention", "security_after", "delay_reason", "individuals_plan"]
)
def test_prose_in_english_is_missing_in_german_and_names_the_german_fact(key: str) -> None:
    facts = {f"words.{key}": "An English sentence."}
    assert said("en", facts=facts)[key] == "An English sentence."
    assert is_missing(said("de", facts=facts)[key], f"words.{key}.de")
    assert said("de", facts={f"words.{key}.de": "Ein Satz."})[key] == "Ein Satz."


@pytest.mark.parametrize("key", ["place", "processor", "dpo"])
def test_a_name_serves_every_language(key: str) -> None:
    facts = {f"words.{key}": "Harbour House"}
    assert said("de", facts=facts)[key] == said("en", facts=facts)[key] == "Harbour House"


@pytest.mark.parametrize(
    ("cause", "outflow", "words"),
    [
        ("hacking", "confirmed", "Somebody broke into our computer systems. Personal data was copied."),
        ("hacking", None, "We do not know yet if personal data was copied. We act as if it was."),
        ("device_loss", "confirmed", "A device with personal data was lost."),
        ("outage", "none", "A system failed. Personal data could not be used for some time."),
        ("misconfiguration", "none", "People outside could reach personal data. Personal data was not copied."),
    ],
)
def test_the_default_story_says_cause_and_outflow_where_that_is_a_question(
    cause: str, outflow: Any, words: str
) -> None:
    (story,) = said(facts={"breach.cause": cause, "breach.exfiltration": outflow})["story"]
    assert story.endswith(words)


def test_measures_begin_with_the_end_of_the_incident_and_end_with_our_own_words() -> None:
    found = said(**{"clocks.contained_at": "2026-11-11", "words.measures_taken": "We hired a guard.\n\nWe wept."})[
        "measures"
    ]
    assert found[0] == "We stopped the incident on 11 November 2026."
    assert found[-2:] == ["We hired a guard.", "We wept."]
    assert "We shut off the access that was used." in found


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ({"answers.eu.gdpr.risk": "high_risk"}, "high risk"),
        ({"answers.eu.gdpr.risk": {"value": "risk"}, "answers.uk.gdpr.risk": "unlikely"}, "there is a risk"),
        ({"answers.eu.gdpr.risk": "unlikely"}, "unlikely"),
    ],
)
def test_the_gravest_answer_about_risk_is_told(answers: dict[str, Any], word: str) -> None:
    assert word in said(facts=answers)["risk"]


def test_the_chronology_is_in_order_and_holds_only_what_happened() -> None:
    lines = said(
        facts={"clocks.aware_at": "2026-11-12", "clocks.occurred_from": "2026-11-02", "clocks.contained_at": "no"}
    )
    assert lines["chronology"] == [
        "2 November 2026: It began.", "12 November 2026: We were sure that personal data was involved."
    ]  # fmt: skip


def test_authorities_told_are_told_of() -> None:
    assert said(facts={})["regulators"] == "We will tell the authorities about this."
    told = Known("r", {}, "Ash", (), "a@b.example", "", "https://x.example", "UTC", told=frozenset({"hhs"}))
    assert Speaker(told, group(), "en").context()["regulators"] == "We told the authorities about this."


@pytest.mark.parametrize("stated", ["yes", True])
def test_the_police_are_mentioned_only_where_they_know(stated: Any) -> None:
    assert said(facts={"words.police_told": stated})["police"] == "The police know about this."
    assert is_missing(said(facts={"words.police_told": "no"})["police"], "words.police_told")


def test_a_hold_names_its_agency_and_that_the_police_know() -> None:
    found = said(facts={"breach.law_enforcement_hold.agency": "The Town Police"})
    assert found["hold"] == {"agency": "The Town Police"}
    assert found["police"] == "The police know about this."


@pytest.mark.parametrize(
    ("places", "authority"),
    [
        (["GB"], "Information Commissioner's Office"), (["IE", "IE"], "Data Protection Commission"),
        (["CH"], "Eidgenössischer Datenschutz- und Öffentlichkeitsbeauftragter (EDÖB)"),
        (["DE"], None), (["GB", "IE"], None), (["US-CA"], None),
    ],
)  # fmt: skip
def test_one_authority_is_named_where_one_is_meant(places: list[str], authority: str | None) -> None:
    found = said(who=group(*map(cohort, places)))["authority"]
    assert found["name"] == authority if authority else is_missing(found, "authority")


@pytest.mark.parametrize(
    ("places", "eu", "us"),
    [(["DE"], True, False), (["NO", "US-CA"], True, False), (["US-CA", "PR"], False, True), (["GB"], False, False),
     (["unknown"], False, False)],
)  # fmt: skip
def test_readers_in_europe_and_america_are_known(places: list[str], eu: bool, us: bool) -> None:
    found = said(who=group(*map(cohort, places)))
    assert (found["eu"], found["us"]) == (eu, us)


def test_attorneys_general_are_those_of_the_readers_states_and_a_missing_one_is_named() -> None:
    found = said(who=group(cohort("US-MD"), cohort("US-NC")))["attorneys_general"]
    assert [one["name"] for one in found] == ["Maryland Attorney General", "North Carolina Attorney General"]
    assert is_missing(said(who=group(cohort("US-ZZ")))["attorneys_general"], "attorneys_general.US-ZZ")


def test_new_york_has_its_agencies() -> None:
    names = [one["name"] for one in said(who=group(cohort("US-NY")))["agencies"]]
    assert names == [
        "New York Attorney General",
        "New York State Division of Consumer Protection",
        "New York State Police",
    ]


def test_people_are_counted_here_and_in_all() -> None:
    here, there = cohort("US-CA", count=600), cohort("US-TX", count=50, age_class="child")
    found = said(who=group(here, there, everyone=(here, there, cohort(count=7))))
    assert (found["count"], found["count_local"], found["count_minors"]) == (657, 650, 50)
    assert found["subjects"] == "customers, children"


def test_a_partner_is_named_to_its_own_people_and_not_in_reports() -> None:
    party = Party(name="Ash")
    assert said(who=group(party=party))["party"] is party
    assert is_missing(said(who=group(party=party, audience="regulator"))["party"], "party")


def test_children_in_america_are_told_of_the_freeze_for_a_child() -> None:
    minor = cohort("US-CA", age_class="child", elements=["name", "ssn"])
    assert any("security freeze for the child" in one for one in said(who=group(minor, trait="child"))["steps"])
    assert not any("for the child" in one for one in said(who=group(cohort("US-CA", elements=["ssn"])))["steps"])


def test_a_lost_backup_is_among_the_consequences() -> None:
    found = said(**{"breach.properties": ["availability"], "words.consequences": "Orders are late."})["consequences"]
    assert found[-2:] == ["The data could not be used for some time.", "Orders are late."]


@pytest.mark.parametrize(
    ("elements", "first"),
    [
        (["ssn", "name"], "identity_theft"), (["payment_card"], "payment_fraud"),
        (["online_credentials"], "account_takeover"),
        (["medical"], "health_privacy"), (["contact"], "phishing"), (["geolocation"], "whereabouts"), ([], "other"),
        (["trade_union"], "intimacy"), (["biometric"], "permanence"), (["tax_info"], "tax_fraud"),
    ],
)  # fmt: skip
def test_exposed_data_belongs_to_families_of_harm(elements: list[str], first: str) -> None:
    assert families(elements)[0] == first


def test_data_is_listed_in_the_vocabularys_order_the_name_first() -> None:
    assert sorted_elements(["contact", "medical", "ssn", "name"]) == ["name", "ssn", "medical", "contact"]


@given(st.lists(st.sampled_from(["name", "ssn", "contact", "medical", "dob", "geolocation"]), unique=True))
def test_the_order_of_data_never_depends_on_how_it_came(elements: list[str]) -> None:
    assert sorted_elements(elements) == sorted_elements(list(reversed(elements)))
    assert families(elements) == families(set(elements))


def test_facts_come_before_settings_and_settings_before_nothing() -> None:
    assert known({}).organisation == "Example Ltd"
    assert known({"entity.name": "Ash Ltd", "words.contact_email": "a@ash.example"}).organisation == "Ash Ltd"
    assert known({"words.contact_email": "a@ash.example"}).email == "a@ash.example"
    assert known({"words.website": "https://ash.example"}).website == "https://ash.example"


def test_unknown_is_the_same_as_not_stated() -> None:
    assert known({"breach.cause": "unknown"}).get("breach.cause") is None
    assert known({"breach.cause": ""}).get("breach.cause") is None
    assert known({}).day("clocks.aware_at") is None
    assert known({"clocks.aware_at": "no"}).day("clocks.aware_at") is None


CODES = [
    "what_happened",
    "cause",
    "data_types",
    "entity_contact",
    "nature_of_breach",
    "number_of_residents",
    "cra_contacts",
]
CONTENT = st.builds(
    Content, st.lists(st.sampled_from(CODES), unique=True).map(tuple),
    st.lists(st.sampled_from(["nature_of_breach", "number_of_residents"]), unique=True).map(tuple),
    st.sampled_from([(), ("A", "B"), ("C", "D")]),
)  # fmt: skip


@given(CONTENT, CONTENT)
def test_whether_two_laws_agree_does_not_depend_on_their_order(one: Content, other: Content) -> None:
    assert one.agrees(other) == other.agrees(one)


@given(CONTENT, CONTENT)
def test_what_two_agreeing_laws_ask_together_leaves_nothing_out_and_adds_no_clash(one: Content, other: Content) -> None:
    both = one.joined(other)
    assert set(both.require) == {*one.require, *other.require}
    assert set(both.forbid) == {*one.forbid, *other.forbid}
    own_clash = (one.bars() & set(one.require)) | (other.bars() & set(other.require))
    if one.agrees(other):
        assert both.bars() & set(both.require) == own_clash


def test_the_key_of_a_notice_does_not_depend_on_the_order_of_its_people() -> None:
    people = [cohort("DE"), cohort("FR"), cohort("AT")]
    assert group(*people).key == group(*reversed(people)).key


def test_the_key_of_a_notice_changes_with_what_is_asked_of_it() -> None:
    keys = {
        group().key, group(trait="child").key, group(content=Content(("cause",))).key,
        group(party=Party(name="Ash")).key,
        group(content=Content((), ("cause",))).key, group(audience="public").key, group(cohort("US-CA")).key,
    }  # fmt: skip
    assert len(keys) == 7


def test_data_without_words_is_refused_by_code() -> None:
    with pytest.raises(Refusal, match="no de words for shoe_size"):
        said("de", who=group(cohort(elements=["shoe_size"])))
