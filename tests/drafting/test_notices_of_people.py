import dataclasses
from typing import Any

import orjson
import pytest
from drafted import variants, words
from fakes.noticed import CALIFORNIA, FACTS, GDPR, add_cohort, people_duty, state
from fakes.worded import SLOTS as ANA
from sqlmodel import Session, select

from forthwith.approval import sha256, template_sha256
from forthwith.drafting import draft
from forthwith.filling.content import SLOTS, fill, slots_of
from models import (
    Entry,
    Incident,
    Notice,
    NoticeCohort,
    NoticeDuty,
    ObligationCohort,
    Party,
    Refusal,
)

CA_REQUIRED = [
    "entity_contact", "data_types", "date_of_breach", "date_of_notice", "delayed_by_law_enforcement",
    "what_happened", "cra_contacts", "idtheft_services_offer",
]  # fmt: skip
MA_REQUIRED = ["police_report_right", "security_freeze_how_to", "idtheft_services_offer"]
MA_FORBIDDEN = ["nature_of_breach", "number_of_residents"]
HIPAA = ["what_happened", "date_of_breach", "date_discovered", "data_types", "measures_taken"]


def notices(session: Session) -> list[Notice]:
    return sorted(session.exec(select(Notice)), key=lambda one: one.title)


def test_people_whom_the_same_duties_reach_with_the_same_data_share_one_notice(
    session: Session, incident: Incident
) -> None:
    state(session, incident)
    cohorts = [add_cohort(session, incident, place) for place in ("DE", "FR", "AT")]
    duty = people_duty(session, incident, cohorts)
    report = draft(session, incident, actor="ana")
    (notice,) = notices(session)
    linked = session.exec(select(NoticeCohort.cohort_id).where(NoticeCohort.notice_id == notice.id)).all()
    assert set(linked) == {one.id for one in cohorts}
    assert session.exec(select(NoticeDuty.obligation_id)).all() == [duty.id]
    assert (report.notices, report.people, report.duties) == (1, 30, 1)
    assert notice.party_id is None


@pytest.mark.parametrize(
    "other",
    [{"age_class": "child"}, {"deceased": True}, {"jurisdiction": "US-CA", "country": "US"}],
    ids=["children", "dead", "American paper and dates"],
)
def test_what_changes_the_words_makes_a_notice_of_its_own(
    session: Session, incident: Incident, other: dict[str, Any]
) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident), add_cohort(session, incident, **other)])
    assert draft(session, incident, actor="ana").notices == 2


@pytest.mark.parametrize("other", [{"language": "de"}, {"channels": ["letter"]}, {"kind": "employee"}])
def test_what_does_not_change_the_words_makes_none(session: Session, incident: Incident, other: dict[str, Any]) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident), add_cohort(session, incident, **other)])
    assert draft(session, incident, actor="ana").notices == 1


def test_a_published_notice_tells_apart_what_concerns_all_and_what_some(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohorts = [add_cohort(session, incident, elements=one) for one in (["name", "contact"], ["name", "passport"])]
    people_duty(session, incident, cohorts, channels=["letter", "web"], require=["data_types"])
    draft(session, incident, actor="ana")
    (one,) = (found for found in variants(session) if found.medium == "web")
    text = orjson.loads(one.content)["text"]
    every, some = text.split("For some of the people, one or more of these were involved too.")
    assert "- name\n" in every
    assert "- passport number\n" in some
    assert "- contact data (address, e-mail or phone)\n" in some
    assert "- passport number" not in every


def test_more_data_found_later_is_a_new_version_and_no_second_notice(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident)
    duty = people_duty(session, incident, [cohort], channels=["letter"])
    draft(session, incident, actor="ana")
    lineage = notices(session)[0].id
    found = add_cohort(session, incident, elements=["name", "passport"])
    session.add(ObligationCohort(obligation_id=duty.id, cohort_id=found.id))
    session.flush()
    draft(session, incident, actor="ana")
    assert [one.id for one in notices(session)] == [lineage]
    assert sorted((one.version, one.current) for one in variants(session)) == [(1, False), (2, True)]


def test_a_law_that_wants_each_persons_own_data_gets_one_notice_that_names_it(
    session: Session, incident: Incident
) -> None:
    state(session, incident)
    cohorts = [add_cohort(session, incident, "US-NY", elements=one) for one in (["name", "ssn"], ["name", "passport"])]
    people_duty(session, incident, cohorts, law="us-ny", jurisdiction="US-NY", channels=["letter"],
                require=["data_types", "data_types_specific"])  # fmt: skip
    draft(session, incident, actor="ana")
    (wording,) = variants(session)
    texts = [fill(wording.content, {**ANA, "elements": one}).text for one in ("name,ssn", "name,passport")]
    assert ["Social Security number" in text for text in texts] == [True, False]
    assert ["passport number" in text for text in texts] == [False, True]


def test_one_duty_in_many_places_is_one_notice_that_is_due_with_the_first(session: Session, incident: Incident) -> None:
    state(session, incident)
    duties = []
    for place in ("US-TX", "US-FL", "US-NY"):
        cohort = add_cohort(session, incident, place)
        duties.append(
            people_duty(session, incident, [cohort], law="au.ndb", jurisdiction=place, require=["what_happened"])
        )
    draft(session, incident, actor="ana")
    assert len(notices(session)) == 1
    assert set(session.exec(select(NoticeDuty.obligation_id))) == {duty.id for duty in duties}


def test_partners_people_get_a_notice_that_names_the_partner(session: Session, incident: Incident) -> None:
    state(session, incident)
    party = Party(name="Brightmere Retail Ltd", code="brightmere")
    session.add(party)
    session.flush()
    ours, theirs = add_cohort(session, incident), add_cohort(session, incident, party_id=party.id)
    people_duty(session, incident, [ours, theirs])
    assert draft(session, incident, actor="ana").notices == 2
    told = [one for one in variants(session, medium="email") if b"Brightmere" in one.content]
    assert len(told) == 1
    assert b"uses our services" in told[0].content
    assert {one.title for one in notices(session)} == {
        "People in DE (eu.gdpr)", "People in DE, customers of Brightmere Retail Ltd (eu.gdpr)"
    }  # fmt: skip


def test_each_reader_gets_the_language_that_is_shipped(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohorts = [add_cohort(session, incident, language=one) for one in ("de", "de-AT", "en", "fr")]
    people_duty(session, incident, cohorts)
    draft(session, incident, actor="ana")
    assert {(one.language, one.medium) for one in variants(session)} == {
        (language, medium) for language in ("de", "en") for medium in ("email", "letter", "sms")
    }
    warned = {one.language: [w["detail"] for w in one.lint["warnings"] if w["code"] == "language_not_shipped"]
              for one in variants(session)}  # fmt: skip
    assert warned == {"en": ["fr"], "de": []}


@pytest.mark.parametrize(
    ("channels", "held", "media"),
    [
        (["letter", "email", "sms"], ["email", "letter", "sms"], ["email", "letter", "sms"]),
        (["letter"], ["email", "letter", "sms"], ["letter"]),
        (["email_consent", "letter"], ["email", "email_consent", "letter"], ["email_consent", "letter"]),
        (["email_consent", "letter"], ["email", "letter"], ["letter"]),
        (["letter", "voice", "substitute"], ["letter", "voice"], ["letter", "voice", "web"]),
        (["letter", "in_person", "media"], ["letter", "email"], ["letter"]),
        (["letter", "email"], ["sms"], ["email", "letter"]),
        (["fax", "letter"], ["fax", "letter"], ["letter", "fax"]),
    ],
)
def test_media_are_the_lawful_ones_that_readers_hold_the_best_first(
    session: Session, incident: Incident, channels: list[str], held: list[str], media: list[str]
) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident, channels=held)], channels=channels)
    draft(session, incident, actor="ana")
    assert notices(session)[0].media == media
    made = {one.medium for one in variants(session)}
    assert made == {"email" if one == "email_consent" else one for one in media}


@pytest.mark.parametrize(("by_person", "media"), [([], ["letter", "voice"]), (["voice"], ["letter"])])
def test_no_call_is_drafted_where_a_person_must_make_it(
    session: Session, incident: Incident, by_person: list[str], media: list[str]
) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident, "US-AZ", channels=["letter", "voice"])
    duty = people_duty(session, incident, [cohort], law="us-az", jurisdiction="US-AZ", channels=["letter", "voice"])
    duty.detail = {**duty.detail, "by_person": by_person}
    session.flush()
    draft(session, incident, actor="ana")
    assert notices(session)[0].media == media
    (letter,) = variants(session, medium="letter")
    said = [one["detail"] for one in letter.lint["warnings"] if one["code"] == "call_by_person"]
    assert said == (["us-az: only a person may call, no automatic call is made"] if by_person else [])


def test_a_notice_for_two_laws_travels_only_where_both_allow(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident, "US-CA", channels=["email", "email_consent", "letter", "sms"])
    people_duty(session, incident, [cohort], channels=["email", "letter", "sms"])
    people_duty(session, incident, [cohort], law="us-ca", jurisdiction="US-CA", require=[],
                channels=["email_consent", "letter"])  # fmt: skip
    draft(session, incident, actor="ana")
    (notice,) = notices(session)
    assert notice.media == ["email_consent", "letter"]


def test_where_no_medium_serves_all_duties_legal_is_told(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident)
    people_duty(session, incident, [cohort], channels=["email"])
    people_duty(session, incident, [cohort], law="uk.gdpr", channels=["sms"], require=GDPR[:5])
    draft(session, incident, actor="ana")
    assert all(
        any(one["code"] == "no_common_medium" and one["error"] for one in variant.lint["warnings"])
        for variant in variants(session)
    )


def test_california_has_its_title_and_its_five_headings_word_by_word(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident, "US-CA", elements=["name", "ssn"], channels=["letter"])
    people_duty(session, incident, [cohort], law="us-ca", jurisdiction="US-CA", require=CA_REQUIRED,
                headings=CALIFORNIA, channels=["letter"])  # fmt: skip
    draft(session, incident, actor="ana")
    content = orjson.loads(variants(session, medium="letter")[0].content)
    heads = [node["c"] for node in content["tree"] if node["t"] in ("h1", "h2")]
    assert heads == [[one] for one in CALIFORNIA]
    assert content["paper"] == "us-letter"
    assert "November 9, 2026" in content["text"]
    for bureau in ("Equifax", "Experian", "TransUnion"):
        assert bureau in content["text"]
    assert "Sample Credit Watch" in content["text"]


def test_prescribed_headings_stand_beside_the_german_ones(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident, "US-CA", language="de")
    people_duty(session, incident, [cohort], law="us-ca", jurisdiction="US-CA", require=CA_REQUIRED[:6],
                headings=CALIFORNIA)  # fmt: skip
    draft(session, incident, actor="ana")
    assert "What Happened (Was geschehen ist)" in words(session, language="de", medium="letter")


def test_a_prescribed_heading_without_words_is_refused_and_the_fact_is_named(
    session: Session, incident: Incident
) -> None:
    state(session, incident, {name: value for name, value in FACTS.items() if name != "breach.mitigations"})
    people_duty(session, incident, [add_cohort(session, incident)], law="us-ca", headings=CALIFORNIA,
                require=["what_happened"])  # fmt: skip
    with pytest.raises(Refusal, match=r"What We Are Doing.*State breach\.mitigations"):
        draft(session, incident, actor="ana")


def test_massachusetts_hears_nothing_of_the_nature_and_no_number(session: Session, incident: Incident) -> None:
    facts = {
        **FACTS,
        "words.what_happened": "A SECRET STORY of ninety people",
        "words.measures_taken": "SECRET MEASURE",
    }
    state(session, incident, facts)
    cohort = add_cohort(session, incident, "US-MA", elements=["name", "ssn"], count=4711,
                        channels=["email", "letter", "sms", "voice"])  # fmt: skip
    people_duty(session, incident, [cohort], law="us-ma", jurisdiction="US-MA", require=MA_REQUIRED,
                forbid=MA_FORBIDDEN, channels=["email", "letter", "sms", "voice", "substitute"])  # fmt: skip
    draft(session, incident, actor="ana")
    said = words(session)
    for secret in ("SECRET", "broke into", "copied", "4711", "shut off the access", "We believe that this was a crime"):
        assert secret not in said
    assert "right to get a police report" in said
    assert "It is free to place, lift or remove" in said
    assert not any(w["code"] == "forbidden_content" for one in variants(session) for w in one.lint["warnings"])


def test_what_one_law_demands_and_another_forbids_becomes_two_notices(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident, "US-MA", elements=["name", "medical"])
    people_duty(
        session, incident, [cohort], law="us-ma", jurisdiction="US-MA", require=MA_REQUIRED, forbid=MA_FORBIDDEN
    )
    people_duty(session, incident, [cohort], law="us-hipaa", jurisdiction="US-MA", require=HIPAA)
    draft(session, incident, actor="ana")
    by_law = {one.title.split("(")[1]: words(session, notice_id=one.id) for one in notices(session)}
    assert "broke into" in by_law["us-hipaa)"]
    assert "broke into" not in by_law["us-ma)"]


@pytest.mark.parametrize(("age", "said"), [("child", "To the parent or guardian of"), ("adult", "Dear")])
def test_a_childs_notice_speaks_to_the_parent_or_guardian(
    session: Session, incident: Incident, age: str, said: str
) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident, age_class=age)])
    draft(session, incident, actor="ana")
    assert said in words(session, medium="letter")
    assert all(orjson.loads(one.content)["addressing"] == age for one in variants(session))


def test_the_dead_are_told_of_to_their_family(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident, "US-CA", deceased=True)
    people_duty(session, incident, [cohort], law="us-hipaa", recipient="next_of_kin", require=HIPAA)
    draft(session, incident, actor="ana")
    assert "To the family or legal representative of" in words(session, medium="letter")
    assert "Dear" not in words(session, medium="letter")


def test_drafting_twice_changes_nothing(session: Session, incident: Incident) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident), add_cohort(session, incident, language="de")])
    first = draft(session, incident, actor="ana")
    before = [(one.id, one.content, one.version) for one in variants(session)]
    second = draft(session, incident, actor="ben")
    assert [(one.id, one.content, one.version) for one in variants(session)] == before
    assert (first.written, second.written) == (6, 0)
    assert second.hashes == first.hashes


def test_a_reassessment_with_the_same_outcome_keeps_notice_and_wordings(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident)
    old = people_duty(session, incident, [cohort])
    draft(session, incident, actor="ana")
    before = (notices(session)[0].id, [one.id for one in variants(session)])
    old.current = False
    new = people_duty(session, incident, [cohort], assessment=2)
    assert draft(session, incident, actor="ana").written == 0
    assert (notices(session)[0].id, [one.id for one in variants(session)]) == before
    assert session.exec(select(NoticeDuty.obligation_id)).all() == [new.id]


def test_a_new_fact_makes_a_new_version_of_the_same_notice(session: Session, incident: Incident) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident)], channels=["letter"])
    draft(session, incident, actor="ana")
    lineage = notices(session)[0].id
    state(session, incident, {"breach.cause": "phishing"})
    assert draft(session, incident, actor="ana").written == 1
    found = sorted(variants(session), key=lambda one: one.version)
    assert [(one.version, one.current, one.notice_id) for one in found] == [(1, False, lineage), (2, True, lineage)]
    assert "tricked one of our staff" in orjson.loads(found[1].content)["text"]


def test_a_notice_that_no_duty_asks_for_is_withdrawn_and_comes_back_as_itself(
    session: Session, incident: Incident
) -> None:
    state(session, incident)
    duty = people_duty(session, incident, [add_cohort(session, incident)])
    draft(session, incident, actor="ana")
    lineage = notices(session)[0].id
    duty.decided_verdict = "do_not_notify"
    gone = draft(session, incident, actor="ana")
    assert (gone.notices, gone.withdrawn) == (0, 1)
    assert not notices(session)[0].current
    duty.decided_verdict = "notify"
    draft(session, incident, actor="ana")
    assert [(one.id, one.current) for one in notices(session)] == [(lineage, True)]


@pytest.mark.parametrize(("verdict", "drafted"), [("notify", 1), ("review", 1), ("do_not_notify", 0)])
def test_duties_in_review_are_drafted_too_and_waived_ones_are_not(
    session: Session, incident: Incident, verdict: str, drafted: int
) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident)], verdict=verdict)
    assert draft(session, incident, actor="ana").notices == drafted


def test_a_variant_is_bound_to_its_bytes_its_words_and_its_law(session: Session, incident: Incident) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident)])
    draft(session, incident, actor="ana")
    for one in variants(session):
        assert one.content_sha256 == sha256(one.content)
        assert one.template_sha256 == template_sha256(one.language)
        assert one.slots == slots_of(one.content)
        assert set(one.slots) <= set(SLOTS)
        assert one.drafted_by == "ana"


def test_the_timeline_tells_counts_and_hashes_and_no_words(session: Session, incident: Incident) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident)])
    report = draft(session, incident, actor="ana")
    entry = session.exec(select(Entry).where(Entry.verb == "drafted")).one()
    assert entry.actor == "ana"
    assert entry.data["notices"] == 1
    assert entry.data["content_sha256"] == sorted(report.hashes.values())
    assert "broke into" not in f"{entry.text}{entry.data}"
    assert dataclasses.asdict(report)["people"] == 10


def test_missing_facts_are_named_all_at_once_and_nothing_is_written(session: Session, incident: Incident) -> None:
    lacking = ("breach.cause", "words.offer.provider")
    state(session, incident, {name: value for name, value in FACTS.items() if name not in lacking})
    people_duty(session, incident, [add_cohort(session, incident)])
    people_duty(session, incident, [add_cohort(session, incident, "US-CA")], law="us-ca", jurisdiction="US-CA",
                require=["idtheft_services_offer"])  # fmt: skip
    with pytest.raises(Refusal) as refused:
        draft(session, incident, actor="ana")
    assert "breach.cause" in refused.value.do
    assert "words.offer.provider" in refused.value.do
    assert not notices(session)
    assert not session.exec(select(Entry).where(Entry.verb == "drafted")).all()


def test_without_a_contact_point_there_is_no_notice(
    session: Session, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forthwith.settings import settings

    monkeypatch.setenv("FORTHWITH_CONTACT_EMAIL", "")
    settings.cache_clear()
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident)])
    try:
        with pytest.raises(Refusal, match=r"words\.contact_email"):
            draft(session, incident, actor="ana")
    finally:
        monkeypatch.delenv("FORTHWITH_CONTACT_EMAIL")
        settings.cache_clear()


def test_a_code_without_a_block_fails_the_draft_and_not_the_send(session: Session, incident: Incident) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident)], require=["what_happened", "price_of_tea"])
    with pytest.raises(Refusal, match="no en block for price_of_tea"):
        draft(session, incident, actor="ana")


def test_data_that_we_have_no_words_for_fails_the_draft(session: Session, incident: Incident) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident, elements=["name", "shoe_size"])])
    with pytest.raises(Refusal, match="no en words for shoe_size"):
        draft(session, incident, actor="ana")


def test_a_law_that_requires_what_it_forbids_is_refused(session: Session, incident: Incident) -> None:
    state(session, incident)
    people_duty(
        session, incident, [add_cohort(session, incident)], require=["what_happened"], forbid=["nature_of_breach"]
    )
    with pytest.raises(Refusal, match="requires and forbids the same: what_happened"):
        draft(session, incident, actor="ana")


def test_what_we_would_say_if_we_knew_is_told_to_the_reviewer(session: Session, incident: Incident) -> None:
    state(session, incident, {"breach.cause": "device_loss"})
    people_duty(session, incident, [add_cohort(session, incident)], require=["what_happened"], channels=["letter"])
    draft(session, incident, actor="ana")
    (one,) = variants(session)
    assert one.lint["lacking"]["measures_taken"] == "breach.mitigations"
    assert one.lint["lacking"]["date_discovered"] == "clocks.discovered_at"
    assert "not_said" in {warning["code"] for warning in one.lint["warnings"]}


def test_people_without_an_incident_duty_get_no_notice(session: Session, incident: Incident) -> None:
    state(session, incident)
    add_cohort(session, incident)
    report = draft(session, incident, actor="ana")
    assert (report.notices, report.variants, report.people) == (0, 0, 0)


def test_every_person_whom_a_duty_reaches_is_in_a_notice_for_it(session: Session, incident: Incident) -> None:
    state(session, incident)
    places = ["DE", "FR", "US-CA", "US-MA", "GB"]
    cohorts = [add_cohort(session, incident, place, elements=["name", *more], age_class=age)
               for place in places for more in ([], ["ssn"]) for age in ("adult", "child")]  # fmt: skip
    laws = {"DE": "eu.gdpr", "FR": "eu.gdpr", "US-CA": "us-ca", "US-MA": "us-ma", "GB": "uk.gdpr"}
    duties = []
    for place, law in laws.items():
        here = [one for one in cohorts if one.jurisdiction == place]
        duties.append(people_duty(session, incident, here, law=law, jurisdiction=place, require=["what_happened"]))
    draft(session, incident, actor="ana")
    links = {(duty, cohort) for duty, cohort in session.exec(
        select(NoticeDuty.obligation_id, NoticeCohort.cohort_id).where(NoticeDuty.notice_id == NoticeCohort.notice_id)
    )}  # fmt: skip
    expected = {(duty.id, one.id) for duty in duties for one in cohorts if one.jurisdiction == duty.jurisdiction}
    assert expected <= links
