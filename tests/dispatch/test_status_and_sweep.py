"""Scope = duties = attempts = outcomes, and every gap by name."""

from datetime import timedelta
from typing import Any

import pytest
from fakes.house import House, later
from fakes.provider import Provider, always
from sqlalchemy import text

from forthwith import clock, dispatch
from forthwith.dispatch.status import equality
from models import DeliveryState, Lease, Obligation, ObligationCohort, Phase


def status(house: House) -> dict[str, Any]:
    house.session.flush()
    return dispatch.status(house.session, house.incident)


def plan(house: House) -> None:
    dispatch.plan(house.session, house.incident, actor="ana")
    house.session.flush()


def test_an_empty_incident_has_no_gap_and_is_equal(house: House) -> None:
    state = status(house)
    assert (state["people"], state["gaps"], state["equal"]) == (0, [], True)
    assert set(state["deliveries"]) == set(DeliveryState)


def test_a_duty_without_a_notice_is_a_gap(house: House) -> None:
    house.people(3)
    house.duty()
    assert status(house)["gaps"] == [
        {"duty": "test-law.individuals:DE", "people": 3, "why": "no notice is drafted for it"}
    ]


def test_a_notice_that_isnt_planned_is_a_gap_until_it_is(house: House) -> None:
    house.people(3)
    house.notice(house.duty())
    (gap,) = status(house)["gaps"]
    assert (gap["people"], gap["why"]) == (3, "its notice is not planned for them yet")
    plan(house)
    assert status(house)["gaps"] == []


def test_a_person_who_was_added_after_the_plan_is_a_gap(house: House) -> None:
    house.people(2)
    house.notice(house.duty())
    plan(house)
    house.people(1)
    (gap,) = status(house)["gaps"]
    assert gap["people"] == 1


def test_a_duty_that_legal_hasnt_decided_is_a_gap(house: House) -> None:
    house.people(2)
    house.duty(verdict="review", count=2)
    assert status(house)["gaps"] == [{"duty": "test-law.individuals:DE", "people": 2, "why": "legal hasn't decided it"}]


def test_a_waived_duty_is_no_gap(house: House) -> None:
    house.people(2)
    house.duty(verdict="review", decided_verdict="do_not_notify")
    assert status(house)["gaps"] == []


def test_a_filing_that_nobody_planned_is_a_gap_and_a_met_one_is_none(house: House) -> None:
    duty = house.duty(audience="regulator", recipient="dpa", key="test-law.regulator:DE")
    (gap,) = status(house)["gaps"]
    assert gap["duty"] == "test-law.regulator:DE"
    duty.met_at = duty.due_at
    assert status(house)["gaps"] == []


def test_one_person_under_two_duties_is_two_pairs_and_one_person(house: House) -> None:
    house.people(2)
    house.notice(house.duty(), house.duty(key="test-law.individuals:NL"))
    plan(house)
    state = status(house)
    assert (state["people"], state["duties"], state["pairs"], state["people_under_a_duty"]) == (2, 2, 4, 2)
    assert state["deliveries"]["planned"] == 2


def test_people_under_no_duty_are_people_but_not_in_scope(house: House) -> None:
    house.people(2, ("email",))
    house.people(3, ("letter",))
    house.notice(house.duty(reaches=[house.cohorts[("en", "email")]]))
    plan(house)
    state = status(house)
    assert (state["people"], state["people_under_a_duty"]) == (5, 2)


def test_the_line_grows_equal_step_by_step(house: House) -> None:
    house.people(2, ("email",))
    house.person(())
    house.notice(house.duty(), media=("email",))
    assert equality(status(house)) == "scope 3 ≠ duties 0 ≠ attempts 0 ≠ outcomes 0"
    plan(house)
    assert equality(status(house)) == "scope 3 ≠ duties 3 ≠ attempts 1 ≠ outcomes 1"
    house.session.execute(text("update delivery set state = 'accepted' where state = 'planned'"))
    assert equality(status(house)) == "scope 3 = duties 3 = attempts 3 = outcomes 3"
    assert status(house)["settled"]


@pytest.mark.parametrize("state", ["planned", "sending", "unknown"])
def test_what_is_open_keeps_it_from_being_settled(house: House, state: str) -> None:
    house.people(1)
    house.notice(house.duty())
    plan(house)
    house.session.execute(text("update delivery set state = :state"), {"state": state})
    told = status(house)
    assert (told["open"], told["settled"], told["equal"], told["gaps"]) == (1, False, False, [])


@pytest.mark.parametrize("state", ["bounced", "returned", "failed"])
def test_an_unreached_person_without_a_next_leg_is_a_gap(house: House, state: str) -> None:
    house.people(1)
    house.notice(house.duty())
    plan(house)
    house.session.execute(text("update delivery set state = :state, reason = 'no'"), {"state": state})
    assert status(house)["gaps"] == [{"duty": "", "people": 1, "why": "not reached, and no next leg is planned yet"}]


def test_reasons_are_counted_and_name_nobody(house: House) -> None:
    house.person(())
    house.person(())
    house.notice(house.duty())
    plan(house)
    (reason,) = status(house)["reasons"]
    assert (reason["state"], reason["n"]) == ("held", 2)
    assert "Person" not in repr(status(house))


def told(live: House, provider: Provider, people: int = 2) -> None:
    live.people(people, ("email", "letter"))
    live.notice(live.duty(), media=("email", "letter"))
    plan(live)
    live.session.commit()


def test_a_sweep_finds_cut_off_senders_and_what_is_due(live: House, provider: Provider) -> None:
    told(live, provider)
    rows = [row.id for row in live.deliveries(leg=1)]
    live.session.execute(text("update delivery set state = 'sending', claimed_until = now() where leg = 1"))
    live.session.add(Lease(incident_id=live.incident.id, until=clock.now(), deliveries=rows))
    live.session.commit()
    report = dispatch.sweep(clock.now())
    assert (report.expired, report.to_reconcile, report.to_send) == (2, [live.incident.id], [])


def test_a_sweep_plans_the_legs_that_are_missing(live: House, provider: Provider) -> None:
    told(live, provider)
    live.session.execute(text("update delivery set state = 'bounced', reason = 'no'"))
    live.session.commit()
    report = dispatch.sweep(clock.now())
    assert (report.next_legs, report.gaps, report.to_send) == (2, {}, [live.incident.id])


def test_a_gap_is_entered_once_and_its_closing_too(live: House, provider: Provider) -> None:
    live.people(3)
    duty = live.duty()
    live.session.commit()
    for _ in range(3):
        assert dispatch.sweep(clock.now()).gaps[live.incident.ref][0]["people"] == 3
    live.session.rollback()
    assert [entry.data["gaps"][0]["people"] for entry in live.entries("gap")] == [3]
    live.notice(duty)
    plan(live)
    live.session.commit()
    dispatch.sweep(clock.now())
    dispatch.sweep(clock.now())
    live.session.rollback()
    assert [entry.text for entry in live.entries("gap")][1:] == ["every gap is closed"]


@pytest.mark.parametrize("phase", [Phase.SCOPING, Phase.IN_REVIEW, Phase.CLOSED])
def test_incidents_that_dont_notify_are_left_alone(live: House, provider: Provider, phase: Phase) -> None:
    live.people(3)
    live.duty()
    live.incident.phase = phase
    live.session.commit()
    report = dispatch.sweep(clock.now())
    assert report.gaps == {}
    live.session.rollback()
    assert live.entries("gap") == []


def test_what_waits_is_not_to_send_yet(live: House, provider: Provider) -> None:
    told(live, provider)
    live.session.execute(text("update delivery set not_before = :at"), {"at": later(hours=1)})
    live.session.commit()
    assert dispatch.sweep(clock.now()).to_send == []
    assert dispatch.sweep(clock.now() + timedelta(hours=2)).to_send == [live.incident.id]


def met(live: House) -> bool:
    live.session.rollback()
    live.session.expire_all()
    return live.every(Obligation)[0].met_at is not None


def test_a_duty_is_met_when_everybody_was_told_and_not_before(live: House, provider: Provider) -> None:
    told(live, provider)
    provider.script = lambda n: "drop_after" if n == 1 else "ok"
    dispatch.send(live.incident.id)
    assert not met(live)
    with clock.frozen(later(seconds=40)):
        dispatch.resolve(live.session, live.incident, sent=True, reason="log", actor="ana")
    live.session.commit()
    dispatch.sweep(clock.now())
    assert met(live)


def test_what_lies_in_the_outbox_told_nobody(live: House) -> None:
    live.people(2, ("email",))
    live.notice(live.duty(), media=("email",))
    plan(live)
    live.session.commit()
    assert dispatch.send(live.incident.id).states == {"accepted": 2}
    assert not met(live)


def test_letters_are_told_when_the_mailing_house_says_mailed(live: House) -> None:
    live.people(2, ("letter",))
    live.notice(live.duty(), media=("letter",))
    plan(live)
    live.session.commit()
    dispatch.send(live.incident.id)
    assert not met(live)
    body = "delivery,status\n" + "".join(f"{row.id},mailed\n" for row in live.deliveries())
    dispatch.settle_letters(live.session, live.incident, body.encode())
    live.session.commit()
    dispatch.sweep(clock.now())
    assert met(live)


def test_the_people_behind_a_report_to_an_authority_are_not_its_readers(live: House, provider: Provider) -> None:
    live.people(3, ("email",))
    duty = live.duty(audience="controller", recipient="controller", key="test-law.controller:DE")
    live.add(ObligationCohort(obligation_id=duty.id, cohort_id=live.cohorts[("en", "email")].id))
    live.notice(duty, media=("email",), party_id=live.party().id)
    plan(live)
    live.session.commit()
    dispatch.send(live.incident.id)
    assert provider.ledger.total() == 1
    assert met(live)


def test_a_duty_to_tell_several_is_met_when_each_was_told(live: House, provider: Provider) -> None:
    duty = live.duty(audience="cra", recipient="bureaus", key="test-law.cra:US")
    live.notice(duty, media=("email",), party_id=live.party(name="One").id, key="one")
    live.notice(duty, media=("email",), party_id=live.party(name="Two").id, key="two")
    plan(live)
    live.session.commit()
    provider.script = lambda n: "drop_after" if n == 1 else "ok"
    dispatch.send(live.incident.id)
    assert not met(live)
    with clock.frozen(later(seconds=40)):
        dispatch.resolve(live.session, live.incident, sent=True, reason="log", actor="ana")
    live.session.commit()
    dispatch.sweep(clock.now())
    assert met(live)


def test_a_duty_to_tell_several_has_a_gap_while_one_is_not_planned(house: House) -> None:
    duty = house.duty(audience="cra", recipient="bureaus", key="test-law.cra:US")
    house.notice(duty, media=("filing",), party_id=house.party(name="One").id, key="one")
    plan(house)
    assert status(house)["gaps"] == []
    house.notice(duty, media=("filing",), party_id=house.party(name="Two").id, key="two")
    assert [gap["duty"] for gap in status(house)["gaps"]] == ["test-law.cra:US"]


def test_a_partner_that_was_mailed_was_told(live: House, provider: Provider) -> None:
    duty = live.duty(audience="controller", recipient="controller", key="test-law.controller:DE")
    live.notice(duty, media=("email",), party_id=live.party().id)
    plan(live)
    live.session.commit()
    provider.script = always("ok")
    dispatch.send(live.incident.id)
    assert met(live)
