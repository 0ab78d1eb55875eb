"""What legal reads: previews for nobody, differences, the law's own words, what drifted."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from fakes.review_desk import OPEN, Desk, add_duty, add_question, add_variant, content
from hypothesis import given
from hypothesis import strategies as st

from forthwith import review
from forthwith.review import recorded_law
from forthwith.review.packaging import package
from forthwith.review.reading import difference, preview, recipients, words
from models import Cohort, Notice, NoticeCohort, Party, Refusal, User, Variant, new_id


def test_a_preview_is_filled_for_an_invented_person(desk: Desk) -> None:
    shown = preview(desk.variant)
    assert shown.text.startswith("Dear Alex Sample,")
    assert "Code: ABCD-EFGH" in shown.text
    assert shown.subject == "About your data"
    assert OPEN not in f"{shown.subject}{shown.text}{shown.html}"
    assert shown.parts == 0


def test_an_sms_tells_its_parts(desk: Desk) -> None:
    short = add_variant(desk.session, desk.incident, desk.notice, medium="sms", text="Hello.")
    long = add_variant(desk.session, desk.incident, desk.notice, medium="sms", language="de", text="Ж" * 140)
    assert preview(short).parts == 1
    assert preview(long).parts == 3


def test_a_wording_with_a_slot_that_nobody_knows_is_refused(desk: Desk) -> None:
    bad = add_variant(desk.session, desk.incident, desk.notice, medium="letter", text="\ue000salary\ue001")
    with pytest.raises(Refusal):
        preview(bad)
    view = next(draft for draft in package(desk.session, desk.incident).drafts if draft.id == str(bad.id))
    assert view.preview is None
    assert view.unreadable


def test_the_difference_shows_the_lines_that_changed_and_no_more(desk: Desk) -> None:
    newer = add_variant(desk.session, desk.incident, desk.notice, version=2, text="Your data were copied.")
    lines = difference(desk.session, newer)
    assert "-Your data left the house." in lines
    assert "+Your data were copied." in lines
    assert not any("Code" in line for line in lines if line.startswith(("+", "-")))
    assert difference(desk.session, desk.variant) == []


def test_a_difference_is_to_the_version_before_in_the_same_language_and_medium(desk: Desk) -> None:
    for version, text in ((2, "Second."), (3, "Third.")):
        add_variant(desk.session, desk.incident, desk.notice, version=version, text=text)
    add_variant(desk.session, desk.incident, desk.notice, medium="letter", version=2, text="A letter.")
    last = add_variant(desk.session, desk.incident, desk.notice, version=4, text="Fourth.")
    assert [line for line in difference(desk.session, last) if line[0] in "+-"] == ["-Third.", "+Fourth."]


@given(st.text(st.characters(exclude_characters="\ue000\ue001", codec="utf-8"), max_size=60))
def test_open_slots_are_shown_by_name_and_any_text_survives(text: str) -> None:
    made = content(text=text)
    lines = words(Variant(
        incident_id=new_id(), notice_id=new_id(), language="en", medium="email", content=made, content_sha256="",
        template_sha256="", law_sha256="", drafted_by="x",
    ))  # fmt: skip
    joined = "\n".join(lines)
    assert "‹name›" in joined
    assert "\ue000" not in joined
    assert all(line in joined for line in text.splitlines())


def test_recipients_are_counted_by_people_party_or_public(desk: Desk) -> None:
    assert recipients(desk.session, desk.notice) == 2
    more = Cohort(incident_id=desk.incident.id, fingerprint="e" * 64, jurisdiction="FR", country="FR", count=40)
    desk.session.add(more)
    desk.session.flush()
    desk.session.add(NoticeCohort(notice_id=desk.notice.id, cohort_id=more.id))
    desk.session.flush()
    assert recipients(desk.session, desk.notice) == 42
    party = Party(name="Authority")
    desk.session.add(party)
    desk.session.flush()
    for notice, count in (
        (Notice(incident_id=desk.incident.id, key="p", title="t", audience="regulator", party_id=party.id), 1),
        (Notice(incident_id=desk.incident.id, key="w", title="t", audience="public"), 1),
        (Notice(incident_id=desk.incident.id, key="n", title="t", audience="individuals"), 0),
    ):
        desk.session.add(notice)
        desk.session.flush()
        assert recipients(desk.session, notice) == count


def test_the_package_holds_all_that_legal_decides_on_as_plain_data(desk: Desk, lea: User) -> None:
    add_duty(desk.session, desk.incident, key="test-law.media:DE", verdict="review")
    add_question(desk.session, desk.incident)
    seen = package(desk.session, desk.incident)
    told = json.loads(json.dumps(asdict(seen), default=str))
    assert [duty["key"] for duty in told["duties"]] == ["test-law.individuals:DE", "test-law.media:DE"]
    assert [duty.undecided for duty in seen.duties] == [False, True]
    assert told["duties"][0]["because"] == ["data of 2 people left the house (Art. 34(1))"]
    assert told["questions"][0]["choices"] == ["no_harm_likely", "harm_likely"]
    assert told["unmodelled"] == {
        "test-law": [{"text": "The authority may shorten the time.", "citation": "Test Law § 9"}]
    }
    assert told["drafts"][0]["recipients"] == 2
    assert told["gate"]["open"] is False
    assert "Person 1" not in json.dumps(told)


def test_an_answer_that_waits_for_its_assessment_is_shown(desk: Desk, lea: User) -> None:
    question = add_question(desk.session, desk.incident)
    assert package(desk.session, desk.incident).questions[0].answered is None
    review.answer(desk.session, desk.incident, question, value="harm_likely", user=lea, reason="Bank data.")
    assert package(desk.session, desk.incident).questions[0].answered["value"] == "harm_likely"


def test_what_drifted_since_an_approval_is_said(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    assert package(desk.session, desk.incident).drafts[0].approved
    desk.person(number=30)
    view = package(desk.session, desk.incident).drafts[0]
    assert (view.approved, view.drifted, view.state) == (False, True, "the people changed")
    assert [made.by for made in view.decisions] == ["Lea Rast"]


@pytest.mark.parametrize(("key", "where"), [
    ("people.jurisdiction", "evidence"), ("us-ca.residents", "evidence"), ("coverage.AR", "counsel"),
    ("people.0.elements", "evidence"),
])  # fmt: skip
def test_a_question_without_a_fact_says_where_its_answer_comes_from(
    desk: Desk, lea: User, key: str, where: str
) -> None:
    question = add_question(desk.session, desk.incident, key=key)
    assert where in package(desk.session, desk.incident).questions[0].elsewhere
    with pytest.raises(Refusal, match="No single fact"):
        review.answer(desk.session, desk.incident, question, value="DE", user=lea, reason="I know.")


def test_who_was_consulted_is_added_to_the_judgement_itself(desk: Desk, lea: User) -> None:
    judged = add_question(desk.session, desk.incident)
    asked = add_question(desk.session, desk.incident, key="test-law.harm.consulted")
    with pytest.raises(Refusal, match="not answered yet"):
        review.answer(desk.session, desk.incident, asked, value="law_enforcement", user=lea, reason="By telephone.")
    review.answer(desk.session, desk.incident, judged, value="no_harm_likely", user=lea, reason="Wiped.")
    fact = review.answer(desk.session, desk.incident, asked, value="law_enforcement", user=lea, reason="By telephone.")
    assert fact.name == "answers.test-law.harm"
    assert (fact.value["value"], fact.value["consulted"]) == ("no_harm_likely", ["law_enforcement"])


def test_an_answer_that_the_law_does_not_know_is_refused(desk: Desk, lea: User) -> None:
    question = add_question(desk.session, desk.incident)
    with pytest.raises(Refusal, match="It takes one of: no_harm_likely, harm_likely"):
        review.answer(desk.session, desk.incident, question, value="perhaps", user=lea, reason="Not sure.")


@pytest.mark.parametrize(("stated", "hour"), [("2026-11-18T07:40:00Z", 7), ("2026-11-18", 0)])
def test_awareness_that_is_answered_moves_the_incidents_own_clock(
    desk: Desk, rio: User, stated: str, hour: int
) -> None:
    question = add_question(desk.session, desk.incident, key="clocks.aware_at")
    review.answer(desk.session, desk.incident, question, value=stated, user=rio)
    assert (desk.incident.aware_at.day, desk.incident.aware_at.hour) == (18, hour)
    with pytest.raises(Refusal, match="no time"):
        review.answer(desk.session, desk.incident, question, value="yesterday", user=rio)


def test_a_law_that_is_gone_or_odd_has_no_further_words(desk: Desk, tmp_path: Path) -> None:
    assert recorded_law.unmodelled("us-zz") == []
    assert recorded_law.judgement_values("test-law", "test-law.none") == []
    (desk.laws / "test" / "law" / "law.yaml").write_text("- just\n- a list\n")
    assert recorded_law.unmodelled("test-law") == []
