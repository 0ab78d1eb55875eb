"""Legal's word on a duty, and answers to questions."""

import pytest
from fakes.review_desk import Desk, add_duty, add_question
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from forthwith import review
from forthwith.review import users
from forthwith.review.answering import read_value
from models import Entry, Fact, Refusal, User


def last_entry(desk: Desk) -> Entry:
    told = select(Entry).where(Entry.incident_id == desk.incident.id).order_by(col(Entry.seq))
    return desk.session.exec(told).all()[-1]


def test_a_decision_on_a_duty_stands_with_name_reason_and_entry(desk: Desk, lea: User) -> None:
    duty = add_duty(desk.session, desk.incident, key="r", verdict="review")
    review.decide_duty(desk.session, duty, verdict="do_not_notify", user=lea, reason="Data were encrypted.")
    assert (duty.effective, duty.decided_by, duty.decided_reason) == (
        "do_not_notify",
        "Lea Rast",
        "Data were encrypted.",
    )
    entry = last_entry(desk)
    assert (entry.verb, entry.actor, entry.data["reason"]) == ("decided", "Lea Rast", "Data were encrypted.")
    assert (entry.data["engine"], entry.data["before"], entry.data["verdict"]) == ("review", "review", "do_not_notify")


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_no_duty_is_waived_without_a_reason(desk: Desk, lea: User, reason: str | None) -> None:
    with pytest.raises(Refusal, match="reason is needed"):
        review.decide_duty(desk.session, desk.duty, verdict="do_not_notify", user=lea, reason=reason)
    assert desk.duty.effective == "notify"


def test_to_overrule_a_do_not_notify_takes_a_reason_too(desk: Desk, lea: User) -> None:
    duty = add_duty(desk.session, desk.incident, key="n", verdict="do_not_notify")
    with pytest.raises(Refusal, match="reason is needed"):
        review.decide_duty(desk.session, duty, verdict="notify", user=lea, reason=None)
    review.decide_duty(desk.session, duty, verdict="notify", user=lea, reason="We promised it.")
    assert duty.effective == "notify"


def test_to_notify_where_the_law_asks_takes_no_reason(desk: Desk, lea: User) -> None:
    duty = add_duty(desk.session, desk.incident, key="r", verdict="review")
    review.decide_duty(desk.session, duty, verdict="notify", user=lea, reason=None)
    assert duty.effective == "notify"


def test_only_legal_decides_a_duty(desk: Desk, rio: User) -> None:
    with pytest.raises(review.NotAllowed, match="Only the role legal"):
        review.decide_duty(desk.session, desk.duty, verdict="do_not_notify", user=rio, reason="I think so.")


def test_who_opened_the_incident_waives_no_duty_in_it(desk: Desk) -> None:
    ana = users.add(desk.session, "ANA", role="legal")[0]
    with pytest.raises(review.NotAllowed, match="opened the incident"):
        review.decide_duty(desk.session, desk.duty, verdict="do_not_notify", user=ana, reason="Nothing happened.")


@pytest.mark.parametrize("verdict", ["review", "", "maybe", "approve"])
def test_a_duty_is_decided_one_way_or_the_other(desk: Desk, lea: User, verdict: str) -> None:
    with pytest.raises(Refusal, match="can't be decided"):
        review.decide_duty(desk.session, desk.duty, verdict=verdict, user=lea, reason="Because.")


def test_a_duty_of_an_older_assessment_is_not_decided(desk: Desk, lea: User) -> None:
    desk.duty.current = False
    with pytest.raises(Refusal, match="not open any more"):
        review.decide_duty(desk.session, desk.duty, verdict="notify", user=lea, reason=None)


def test_the_same_decision_twice_is_one_entry(desk: Desk, lea: User) -> None:
    for _ in range(2):
        review.decide_duty(desk.session, desk.duty, verdict="do_not_notify", user=lea, reason="Encrypted.")
    assert len([e for e in desk.session.exec(select(Entry)) if e.verb == "decided"]) == 1


def test_a_duty_is_found_by_key_or_id_in_its_own_incident(desk: Desk) -> None:
    assert review.duty_of(desk.session, desk.incident, desk.duty.key) == desk.duty
    assert review.duty_of(desk.session, desk.incident, str(desk.duty.id)) == desk.duty
    with pytest.raises(Refusal, match="no current duty"):
        review.duty_of(desk.session, desk.incident, "us-zz.none")


def test_a_judgement_becomes_a_fact_with_day_reason_and_whom_was_consulted(desk: Desk, lea: User) -> None:
    question = add_question(desk.session, desk.incident)
    fact = review.answer(
        desk.session, desk.incident, question, value="no_harm_likely", user=lea, reason="The disk was wiped.",
        consulted=("law_enforcement",),
    )  # fmt: skip
    assert fact.name == "answers.test-law.harm"
    assert fact.value["value"] == "no_harm_likely"
    assert fact.value["consulted"] == ["law_enforcement"]
    assert fact.value["decided_at"]
    assert (fact.stated_by, fact.reason) == ("Lea Rast", "The disk was wiped.")
    assert last_entry(desk).verb == "answered"


def test_a_second_answer_supersedes_the_first(desk: Desk, lea: User) -> None:
    question = add_question(desk.session, desk.incident)
    first = review.answer(desk.session, desk.incident, question, value="harm_likely", user=lea, reason="Early view.")
    second = review.answer(desk.session, desk.incident, question, value="no_harm_likely", user=lea, reason="Wiped.")
    assert second.supersedes == first.id
    assert len(desk.session.exec(select(Fact)).all()) == 2


def test_a_question_that_names_a_fact_is_answered_by_that_fact(desk: Desk, rio: User) -> None:
    question = add_question(desk.session, desk.incident, key="breach.event.acquired")
    assert review.fact_name(question) == "breach.event.acquired"
    fact = review.answer(desk.session, desk.incident, question, value="yes", user=rio)
    assert (fact.name, fact.value) == ("breach.event.acquired", "yes")


def test_a_responder_makes_no_legal_judgement(desk: Desk, rio: User) -> None:
    question = add_question(desk.session, desk.incident)
    with pytest.raises(review.NotAllowed):
        review.answer(desk.session, desk.incident, question, value="no_harm_likely", user=rio, reason="I think so.")
    assert desk.session.exec(select(Fact)).all() == []


def test_a_judgement_without_a_reason_is_none(desk: Desk, lea: User) -> None:
    question = add_question(desk.session, desk.incident)
    with pytest.raises(Refusal, match="reason is needed"):
        review.answer(desk.session, desk.incident, question, value="no_harm_likely", user=lea)


def test_an_old_question_is_not_answered(desk: Desk, lea: User) -> None:
    question = add_question(desk.session, desk.incident)
    question.current = False
    with pytest.raises(Refusal, match="not open any more"):
        review.answer(desk.session, desk.incident, question, value="harm_likely", user=lea, reason="Late.")
    with pytest.raises(Refusal, match="no open question"):
        review.question_of(desk.session, desk.incident, question.key)


@pytest.mark.parametrize(("typed", "value"), [
    ("yes", "yes"), (" no ", "no"), ("12", 12), ("[a, b]", ["a", "b"]), ("[]", []),
    ("2026-11-18T07:40:00Z", "2026-11-18T07:40:00Z"),
    (5, 5), (["x"], ["x"]),
])  # fmt: skip
def test_a_typed_value_becomes_what_facts_hold(typed: object, value: object) -> None:
    assert read_value(typed) == value


@given(st.text(max_size=40))
def test_a_typed_value_is_read_or_refused_and_never_anything_else(typed: str) -> None:
    try:
        read = read_value(typed)
    except Refusal:
        return
    assert isinstance(read, str | int | list)
    assert "<" not in str(read)
