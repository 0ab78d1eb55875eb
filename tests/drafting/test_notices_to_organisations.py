from typing import Any

import orjson
import pytest
from fakes.duties import add_duty
from fakes.noticed import FACTS, add_cohort, people_duty, state
from sqlmodel import Session, select

from forthwith.drafting import draft
from models import Incident, IncidentRole, Notice, NoticeCohort, Obligation, ObligationCohort, Party, Variant

ARTICLE_33_3 = [
    "what_happened", "categories_of_subjects", "count_subjects", "categories_of_records", "count_records",
    "dpo_contact", "consequences", "measures_taken", "mitigation", "delay_reason",
]  # fmt: skip
ARTICLE_33_2 = ["what_happened", "date_of_breach", "categories_of_subjects", "count_subjects", "entity_contact"]


def filed(session: Session, incident: Incident, recipient: str, require: list[str], **fields: Any) -> Obligation:
    """Add a duty to report."""
    key = fields.pop("key", f"report:{recipient}")
    return add_duty(
        session, incident, key, recipient=recipient, detail={"content": {"require": require}, **fields.pop("more", {})},
        **fields,
    )  # fmt: skip


def report_of(session: Session, audience: str, **fields: Any) -> dict[str, Any]:
    """Return the one report to an audience, as data."""
    found = session.exec(select(Variant).join(Notice).where(Notice.audience == audience)).all()  # type: ignore[arg-type]
    (one,) = [one for one in found if all(getattr(one, name) == value for name, value in fields.items())]
    return dict(orjson.loads(one.content))


def test_the_authority_gets_every_field_of_article_33_3_in_its_language(session: Session, incident: Incident) -> None:
    state(session, incident)
    add_cohort(session, incident, count=24)
    filed(session, incident, "de_supervisory_authority", ARTICLE_33_3, jurisdiction="DE")
    draft(session, incident, actor="ana")
    party = session.exec(select(Party).where(Party.code == "de_supervisory_authority")).one()
    assert (party.kind, party.language, party.country) == ("authority", "de", "DE")
    assert "Land" in party.name
    report = report_of(session, "regulator")
    assert report["medium"] == "filing"
    assert report["language"] == "de"
    rows = {
        row["c"][0]["c"][0]: row["c"][1]["c"] for node in report["tree"] if node["t"] == "table" for row in node["c"]
    }
    assert rows["Zahl der Betroffenen (ungefähr)"] == ["24"]
    assert rows["Kategorien der Betroffenen"] == ["Kunden"]
    assert "Zahl der Datensätze (ungefähr)" in rows
    assert "nachgereicht" in rows["Zahl der Datensätze (ungefähr)"][0]
    assert "Art. 33(1)" in report["text"]


def test_an_authority_is_made_once_and_found_again(session: Session, incident: Incident) -> None:
    state(session, incident)
    add_cohort(session, incident)
    filed(session, incident, "ie_supervisory_authority", ARTICLE_33_3)
    filed(session, incident, "ie_supervisory_authority", ARTICLE_33_3, key="other", duty="followup")
    draft(session, incident, actor="ana")
    draft(session, incident, actor="ana")
    assert len(session.exec(select(Party)).all()) == 1
    assert len(session.exec(select(Notice)).all()) == 2


def test_an_authority_that_somebody_entered_keeps_its_name_and_language(session: Session, incident: Incident) -> None:
    state(session, incident)
    add_cohort(session, incident)
    session.add(Party(name="Landesbeauftragte", code="de_supervisory_authority", kind="authority", language="en"))
    filed(session, incident, "de_supervisory_authority", ARTICLE_33_3)
    draft(session, incident, actor="ana")
    assert report_of(session, "regulator")["language"] == "en"


@pytest.mark.parametrize(
    ("audience", "kind", "title"),
    [
        ("regulator", "authority", "Notification of a personal data breach to the authority"),
        ("police", "police", "Report of a personal data breach to law enforcement"),
        ("cra", "bureau", "Notice to consumer reporting agencies of a data breach"),
    ],
)
def test_reports_go_as_filings_to_the_body_that_the_law_names(
    session: Session, incident: Incident, audience: str, kind: str, title: str
) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident, "US-CA")], law="us-ca")
    filed(session, incident, "some_body", ["timing_content_distribution", "count_local"], audience=audience,
          law="us-ca", jurisdiction="US-CA", more={"recipient_name": "Some Body"})  # fmt: skip
    draft(session, incident, actor="ana")
    party = session.exec(select(Party)).one()
    assert (party.name, party.kind) == ("Some Body", kind)
    report = report_of(session, audience)
    assert report["title"] == title
    assert (report["medium"], report["check"]) == ("filing", None)
    assert "By e-mail, letter, text message" in report["text"]


def test_a_sample_of_the_notice_is_in_the_report_without_any_slot_open(session: Session, incident: Incident) -> None:
    state(session, incident)
    people_duty(session, incident, [add_cohort(session, incident, "US-CA")], law="us-ca")
    filed(session, incident, "ca_attorney_general", ["sample_notice"], law="us-ca", jurisdiction="US-CA")
    draft(session, incident, actor="ana")
    report = report_of(session, "regulator")
    assert "Dear ‹name›," in report["text"]
    assert "Somebody broke into our computer systems" in report["text"]
    assert "No personal data stands here." in report["text"]


def test_the_number_for_an_authority_is_that_of_its_territory(session: Session, incident: Incident) -> None:
    state(session, incident)
    add_cohort(session, incident, "US-CA", count=600)
    add_cohort(session, incident, "US-TX", count=50)
    filed(
        session, incident, "ca_attorney_general", ["count_local", "count_subjects"], law="us-ca", jurisdiction="US-CA"
    )
    draft(session, incident, actor="ana")
    rows = {row["c"][0]["c"][0]: row["c"][1]["c"][0] for node in report_of(session, "regulator")["tree"]
            if node["t"] == "table" for row in node["c"]}  # fmt: skip
    assert rows["Number of people in your territory (approximate)"] == "600"
    assert rows["Number of people (approximate)"] == "650"


def test_each_controller_hears_of_its_own_people_alone(session: Session, incident: Incident) -> None:
    state(session, incident)
    parties = [
        Party(name=name, code=name.lower(), email=f"dpo@{name}.example", postal=["1 Road"]) for name in ("Ash", "Birch")
    ]
    session.add_all(parties)
    session.flush()
    for party, count in zip(parties, (7, 11), strict=True):
        session.add(IncidentRole(incident_id=incident.id, party_id=party.id, role="controller"))
        add_cohort(session, incident, party_id=party.id, count=count)
    filed(session, incident, "controller", ARTICLE_33_2, audience="controller", channels=["email", "voice", "letter"])
    draft(session, incident, actor="ana")
    found = session.exec(select(Notice).where(Notice.audience == "controller")).all()
    assert {one.party_id for one in found} == {one.id for one in parties}
    assert all(one.media == ["email", "letter"] for one in found)
    for party, mine, others in ((parties[0], "7", "11"), (parties[1], "11", "7")):
        notice = next(one for one in found if one.party_id == party.id)
        letter = session.exec(select(Variant).where(Variant.notice_id == notice.id, Variant.medium == "letter")).one()
        table = str(orjson.loads(letter.content)["tree"])
        assert f"'{mine}'" in table
        assert f"'{others}'" not in table
        assert not session.exec(select(NoticeCohort).where(NoticeCohort.notice_id == notice.id)).all()


def test_a_partner_none_of_whose_people_are_reached_hears_nothing(session: Session, incident: Incident) -> None:
    state(session, incident)
    ash, birch = (
        Party(name="Ash", code="ash", email="a@ash.example"),
        Party(name="Birch", code="birch", email="b@b.example"),
    )
    session.add_all([ash, birch])
    session.flush()
    for party in (ash, birch):
        session.add(IncidentRole(incident_id=incident.id, party_id=party.id, role="controller"))
    mine = add_cohort(session, incident, "GB", party_id=ash.id)
    add_cohort(session, incident, "DE", party_id=birch.id)
    duty = filed(
        session, incident, "controller", ARTICLE_33_2, audience="controller", law="uk.gdpr", channels=["email"]
    )
    session.add(ObligationCohort(obligation_id=duty.id, cohort_id=mine.id))
    session.flush()
    draft(session, incident, actor="ana")
    assert [one.party_id for one in session.exec(select(Notice))] == [ash.id]


def test_two_laws_that_want_the_same_partner_told_make_one_notice(session: Session, incident: Incident) -> None:
    state(session, incident)
    party = Party(name="Ash", code="ash", email="a@ash.example")
    session.add(party)
    session.flush()
    session.add(IncidentRole(incident_id=incident.id, party_id=party.id, role="controller"))
    add_cohort(session, incident, count=7)
    for law in ("eu.gdpr", "uk.gdpr"):
        filed(session, incident, "controller", ARTICLE_33_2, audience="controller", law=law, channels=["email"],
              key=f"{law}.controller", citation=f"Article of {law}")  # fmt: skip
    report = draft(session, incident, actor="ana")
    assert (report.notices, report.variants) == (1, 1)
    text = report_of(session, "controller")["text"]
    assert "General Data Protection Regulation, Article of eu.gdpr; " in text
    assert "Article of uk.gdpr" in text


def test_an_owner_is_found_among_the_controllers(session: Session, incident: Incident) -> None:
    state(session, incident)
    party = Party(name="Ash", code="ash", email="dpo@ash.example")
    session.add(party)
    session.flush()
    session.add(IncidentRole(incident_id=incident.id, party_id=party.id, role="controller"))
    add_cohort(session, incident)
    filed(session, incident, "owner_or_licensee", ARTICLE_33_2, audience="owner", law="us-ca", channels=["email"])
    draft(session, incident, actor="ana")
    assert session.exec(select(Notice)).one().party_id == party.id


def test_a_partner_whom_nobody_named_shows_as_an_error_and_is_not_lost(session: Session, incident: Incident) -> None:
    state(session, incident)
    add_cohort(session, incident)
    filed(session, incident, "controller", ARTICLE_33_2, audience="controller", channels=["email"])
    draft(session, incident, actor="ana")
    assert session.exec(select(Party)).one().name == "Controller not named yet"
    lint = session.exec(select(Variant)).one().lint
    assert any(one["code"] == "party_not_named" and one["error"] for one in lint["warnings"])


def test_once_the_partner_is_named_the_stand_in_is_withdrawn(session: Session, incident: Incident) -> None:
    state(session, incident)
    add_cohort(session, incident)
    filed(session, incident, "controller", ARTICLE_33_2, audience="controller", channels=["email"])
    draft(session, incident, actor="ana")
    party = Party(name="Ash", code="ash", email="dpo@ash.example")
    session.add(party)
    session.flush()
    session.add(IncidentRole(incident_id=incident.id, party_id=party.id, role="controller"))
    session.flush()
    assert draft(session, incident, actor="ana").withdrawn == 1
    current = session.exec(select(Notice).where(Notice.current == True)).one()  # noqa: E712 - SQL
    assert current.party_id == party.id


def test_a_duty_under_contract_goes_to_the_party_that_its_code_names(session: Session, incident: Incident) -> None:
    state(session, incident)
    party = Party(name="Click & Resolve", code="click_and_resolve", email="x@y.example")
    session.add_all([party, Party(name="Ash", code="ash")])
    add_cohort(session, incident)
    filed(session, incident, "click_and_resolve", ["what_happened"], audience="contract_party", channels=["email"])
    draft(session, incident, actor="ana")
    assert session.exec(select(Notice)).one().party_id == party.id
    page = report_of(session, "contract_party")["html"]
    assert "under our contract" in page
    assert "Check this notice" not in page


def test_a_public_notice_is_a_page_that_speaks_to_everybody(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident, "US-CA", language="de")
    people_duty(
        session, incident, [cohort], audience="public", recipient="public", require=["what_happened", "data_types"]
    )
    draft(session, incident, actor="ana")
    notice = session.exec(select(Notice)).one()
    assert (notice.media, notice.party_id) == (["web"], None)
    page = report_of(session, "public", language="de")
    assert "Öffentliche Mitteilung" in page["html"]
    assert "\ue000name\ue001" not in page["html"]
    assert "\ue000code\ue001" not in page["html"]


def test_the_media_get_the_words_for_people(session: Session, incident: Incident) -> None:
    state(session, incident)
    cohort = add_cohort(session, incident, "US-CA")
    people_duty(session, incident, [cohort], audience="media", recipient="prominent_media", law="us-hipaa",
                require=["what_happened", "data_types", "protective_steps"], jurisdiction="US-CA")  # fmt: skip
    draft(session, incident, actor="ana")
    report = report_of(session, "media")
    assert report["medium"] == "filing"
    assert "Somebody broke into our computer systems" in report["text"]
    assert "Dear" not in report["text"]


def test_a_drills_report_says_that_nothing_happened(session: Session, incident: Incident) -> None:
    incident.drill = True
    state(session, incident)
    add_cohort(session, incident)
    filed(session, incident, "ie_supervisory_authority", ARTICLE_33_3)
    draft(session, incident, actor="ana")
    assert "This is a drill." in report_of(session, "regulator")["text"]


def test_a_second_report_says_so(session: Session, incident: Incident) -> None:
    state(session, incident, {**FACTS, "clocks.regulators_notified_at.hhs": "2026-11-12"})
    add_cohort(session, incident)
    filed(session, incident, "hhs", ["first_or_second_report"], law="us-hipaa")
    draft(session, incident, actor="ana")
    assert "supplements an earlier one" in report_of(session, "regulator")["text"]
