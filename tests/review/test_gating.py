"""The gate: what must be decided before anything leaves."""

from fakes.review_desk import Desk, add_duty, add_variant
from sqlmodel import Session, select

from forthwith import review
from forthwith.review.gating import Gate, unapproved_line
from forthwith.timeline import record
from models import Incident, Notice, NoticeDuty, User


def missing(desk: Desk) -> list[str]:
    found = review.gate(desk.session, desk.incident)
    assert found.open == (not found.missing)
    return found.missing


def test_the_gate_opens_when_everything_is_approved(desk: Desk, lea: User) -> None:
    assert missing(desk) == ["en email of “Notice to customers”: not approved"]
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    assert missing(desk) == []


def test_every_wording_of_every_notice_must_be_approved(desk: Desk, lea: User) -> None:
    letter = add_variant(desk.session, desk.incident, desk.notice, medium="letter")
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    assert missing(desk) == ["en letter of “Notice to customers”: not approved"]
    review.decide(desk.session, desk.incident, letter, verdict="approve", user=lea)
    assert missing(desk) == []


def test_an_undecided_duty_closes_the_gate(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    add_duty(desk.session, desk.incident, key="test-law.regulator:DE", verdict="review")
    assert missing(desk) == ["duty test-law.regulator:DE is undecided"]


def test_a_duty_without_a_notice_is_not_lost_at_the_gate(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    late = add_duty(desk.session, desk.incident, key="test-law.media:DE")
    assert missing(desk) == ["duty test-law.media:DE has no notice"]
    late.met_at = late.due_at
    assert missing(desk) == []


def test_a_notice_without_a_wording_serves_no_duty(desk: Desk, lea: User) -> None:
    desk.variant.current = False
    assert missing(desk) == ["duty test-law.individuals:DE has no notice"]


def test_a_new_person_closes_the_gate_again(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    desk.person(number=7)
    assert missing(desk) == ["en email of “Notice to customers”: the people changed"]


def test_changed_words_and_law_are_both_named(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    desk.words_change()
    desk.law_changes()
    assert missing(desk) == ["en email of “Notice to customers”: the templates changed; the law changed"]


def test_an_incident_that_nobody_assessed_is_closed(session: Session, incident: Incident) -> None:
    assert review.gate(session, incident).missing == ["the law was not assessed yet"]


def test_an_assessment_without_any_duty_opens_the_gate(session: Session, incident: Incident) -> None:
    record(session, incident.id, actor="ana", verb="assessed", text="No duty arises.")
    assert review.gate(session, incident).open


def test_a_notice_whose_only_duty_was_waived_needs_no_approval(desk: Desk, lea: User) -> None:
    review.decide_duty(desk.session, desk.duty, verdict="do_not_notify", user=lea, reason="Data were encrypted.")
    assert missing(desk) == []
    assert review.needed_notices(desk.session, desk.incident) == []


def test_a_notice_with_one_standing_duty_is_still_needed(desk: Desk, lea: User) -> None:
    second = add_duty(desk.session, desk.incident, key="test-law.owner:DE")
    desk.session.add(NoticeDuty(notice_id=desk.notice.id, obligation_id=second.id))
    review.decide_duty(desk.session, desk.duty, verdict="do_not_notify", user=lea, reason="Data were encrypted.")
    assert missing(desk) == ["en email of “Notice to customers”: not approved"]


def test_an_older_notice_does_not_hold_the_gate(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    old = Notice(incident_id=desk.incident.id, key="old", title="Old", audience="individuals", current=False)
    desk.session.add(old)
    desk.session.flush()
    add_variant(desk.session, desk.incident, old)
    assert missing(desk) == []
    assert len(desk.session.exec(select(Notice)).all()) == 2


def test_a_rejection_closes_the_gate(desk: Desk, lea: User) -> None:
    review.decide(desk.session, desk.incident, desk.variant, verdict="approve", user=lea)
    review.decide(desk.session, desk.incident, desk.variant, verdict="reject", user=lea, comment="Wrong date.")
    assert missing(desk) == ["en email of “Notice to customers”: rejected"]


def test_many_wordings_that_wait_for_one_thing_are_one_line() -> None:
    waiting = [unapproved_line("en", "email", f"People in {land}", "not decided yet") for land in "ABCDE"]
    found = Gate(open=False, missing=["duty eu.gdpr is undecided", *waiting, "de sms of “All”: the templates changed"])
    assert found.grouped == [
        ("duty eu.gdpr is undecided", []),
        ("5 wordings: not decided yet", waiting),
        ("de sms of “All”: the templates changed", []),
    ]
