"""Legal's decision on a wording: who may, on what, and what it binds."""

import pytest
from fakes.review_desk import Desk, add_duty, add_question, add_variant
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from forthwith import approval, review
from forthwith.review import binding, users
from models import Decision, Entry, Incident, Refusal, User


def entries(session: Session, incident: Incident, verb: str) -> list[Entry]:
    return list(session.exec(select(Entry).where(Entry.incident_id == incident.id, Entry.verb == verb)))


def test_an_approval_binds_the_four_hashes_of_its_moment(desk: Desk, lea: User) -> None:
    made = review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    assert made.content_sha256 == approval.sha256(desk.variant.content)
    assert made.recipients_sha256 == approval.recipients_sha256(desk.session, desk.notice)
    assert made.template_sha256 == approval.template_sha256("en")
    assert made.law_sha256 == approval.laws_sha256(["test-law"])
    assert (made.by, made.role, made.verdict) == ("Lea Rast", "legal", "approve")
    assert approval.standing(desk.session, desk.variant).approved


def test_every_decision_writes_one_entry_with_hashes_and_without_the_comment(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="ask", user=lea, comment="Say which data left.")
    (entry,) = entries(desk.session, desk.incident, "asked")
    assert entry.actor == "Lea Rast"
    assert entry.object_id == str(desk.variant.id)
    assert entry.data["content"] == approval.sha256(desk.variant.content)
    assert "which data" not in f"{entry.text} {entry.data}"


@pytest.mark.parametrize("verdict", ["reject", "ask"])
@pytest.mark.parametrize("comment", [None, "", "   \n "])
def test_to_reject_or_ask_takes_a_comment(desk: Desk, lea: User, verdict: str, comment: str | None) -> None:
    with pytest.raises(Refusal, match="comment is needed"):
        review.decide(desk.session, desk.incident, desk.variant, verdict=verdict, user=lea, comment=comment)
    assert desk.session.exec(select(Decision)).all() == []


@pytest.mark.parametrize("verdict", ["", "APPROVE", "approved", "yes", "approve "])
def test_an_unknown_verdict_decides_nothing(desk: Desk, lea: User, verdict: str) -> None:
    with pytest.raises(Refusal, match="no verdict"):
        review.decide(desk.session, desk.incident, desk.variant, verdict=verdict, user=lea, comment="Why not.")
    assert desk.session.exec(select(Decision)).all() == []


def test_a_rejection_after_an_approval_ends_it(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    review.decide(desk.session, desk.incident, desk.variant, verdict="reject", user=lea, comment="The date is wrong.")
    assert approval.standing(desk.session, desk.variant).reason == "rejected"
    assert [made.verdict for made in review.history(desk.session, desk.variant)] == ["reject", "approve"]


def test_a_button_pressed_twice_is_one_decision(desk: Desk, lea: User) -> None:
    first = review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    second = review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    assert first.id == second.id
    assert len(entries(desk.session, desk.incident, "approved")) == 1


def test_two_lawyers_may_both_approve(desk: Desk, lea: User) -> None:
    other = users.add(desk.session, "Kim", role="legal")[0]
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=other)
    assert {made.by for made in review.history(desk.session, desk.variant)} == {"Lea Rast", "Kim"}


def test_an_undecided_duty_stands_in_the_way_of_every_approval(desk: Desk, lea: User) -> None:
    add_duty(desk.session, desk.incident, key="test-law.regulator:DE", verdict="review")
    with pytest.raises(Refusal, match=r"1 duties are undecided, the first is test-law\.regulator:DE"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)


def test_a_duty_of_an_older_assessment_stands_in_no_way(desk: Desk, lea: User) -> None:
    add_duty(desk.session, desk.incident, key="old", verdict="review", current=False)
    assert review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea).verdict == "approve"


def test_an_undecided_duty_does_not_hinder_a_rejection(desk: Desk, lea: User) -> None:
    add_duty(desk.session, desk.incident, key="x", verdict="review")
    made = review.decide(desk.session, desk.incident, desk.variant, verdict="reject", user=lea, comment="Too vague.")
    assert made.verdict == "reject"


def test_a_wording_of_another_incident_is_refused(desk: Desk, lea: User) -> None:
    other = Incident(ref="2026-002", title="Other", opened_by="ana")
    desk.session.add(other)
    desk.session.flush()
    with pytest.raises(Refusal, match="another incident"):
        review.decide(desk.session, other, desk.variant, verdict="approve", user=lea)


def test_a_replaced_wording_is_refused(desk: Desk, lea: User) -> None:
    desk.variant.current = False
    newer = add_variant(desk.session, desk.incident, desk.notice, version=2, text="Other words.")
    with pytest.raises(Refusal, match="newer wording"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    assert review.decide(desk.session, desk.incident, newer, verdict="approve", user=lea).variant_id == newer.id


def test_a_notice_that_is_not_current_is_refused(desk: Desk, lea: User) -> None:
    desk.notice.current = False
    with pytest.raises(Refusal, match="newer wording"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)


def test_a_closed_incident_takes_no_decision(desk: Desk, lea: User) -> None:
    desk.incident.phase = "closed"
    with pytest.raises(Refusal, match="closed"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)


def test_bytes_that_were_changed_in_the_table_are_not_approved(desk: Desk, lea: User) -> None:
    desk.variant.content = desk.variant.content.replace(b"left", b"kept")
    with pytest.raises(Refusal, match="stored bytes"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)


def test_changed_templates_are_drafted_again_before_an_approval(desk: Desk, lea: User) -> None:
    desk.words_change()
    with pytest.raises(Refusal, match="templates changed"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)


def test_changed_law_is_assessed_again_before_an_approval(desk: Desk, lea: User) -> None:
    desk.law_changes()
    with pytest.raises(Refusal, match="law's record changed"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)


def test_what_changed_since_it_was_read_is_not_decided(desk: Desk, lea: User) -> None:
    seen = binding.bound(desk.session, desk.variant).seal
    desk.person(number=99)
    with pytest.raises(Refusal, match="since you read it"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea, seen=seen)
    now = binding.bound(desk.session, desk.variant).seal
    assert review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea, seen=now).id


@pytest.mark.parametrize("change", ["person", "law", "words", "bytes"])
def test_any_of_four_changes_voids_an_approval(desk: Desk, lea: User, change: str) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    before = binding.bound(desk.session, desk.variant)
    match change:
        case "person":
            desk.person(number=50)
        case "law":
            desk.law_changes()
        case "words":
            desk.words_change()
        case "bytes":
            desk.variant.content += b" "
    assert not approval.standing(desk.session, desk.variant).approved
    assert binding.bound(desk.session, desk.variant).seal != before.seal


@pytest.mark.parametrize("attack", [
    "update decision set verdict = 'approve'", "delete from decision", "truncate decision",
])  # fmt: skip
def test_a_decision_is_never_changed_or_deleted(desk: Desk, lea: User, attack: str) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="reject", user=lea, comment="Too vague.")
    with pytest.raises(DBAPIError, match="never changed"):
        desk.session.execute(text(attack))


@pytest.mark.parametrize("comment", [
    "Ask ada@example.org", "Her number is 0791234567", "SSN 123-45-6789", "call +41 79 123 45 67", "x" * 4001,
    "odd \x07 bell",
])  # fmt: skip
def test_a_comment_that_seems_to_name_a_person_is_refused(desk: Desk, lea: User, comment: str) -> None:
    with pytest.raises(Refusal, match="comment"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="ask", user=lea, comment=comment)
    assert desk.session.exec(select(Decision)).all() == []


@pytest.mark.parametrize("comment", [
    "Cite § 1798.82(d)(1) and the day 2026-11-18 at 10:00.",
    "Sag, welche Daten es waren.\nUnd wann.", "Art. 34(2): 72 h",
])  # fmt: skip
def test_a_comment_may_cite_law_days_and_numbers(desk: Desk, lea: User, comment: str) -> None:
    made = review.decide(desk.session, desk.incident, desk.variant, verdict="ask", user=lea, comment=comment)
    assert made.comment == comment


def test_an_open_question_alone_does_not_hinder_an_approval(desk: Desk, lea: User) -> None:
    add_question(desk.session, desk.incident)
    assert review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea).verdict == "approve"


def test_an_error_of_the_checks_is_approved_with_a_comment_alone(desk: Desk, lea: User) -> None:
    desk.variant.lint = {"warnings": [{"code": "forbidden_content", "detail": "x", "error": True}]}
    with pytest.raises(Refusal, match="1 errors: forbidden_content"):
        review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    made = review.decide(
        desk.session, desk.incident, desk.variant, verdict="approve", user=lea, comment="The authority asked for it."
    )
    assert made.verdict == "approve"


def test_a_warning_of_the_checks_hinders_no_approval(desk: Desk, lea: User) -> None:
    desk.variant.lint = {"warnings": [{"code": "hedge", "detail": "may have", "error": False}]}
    assert review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea).id
