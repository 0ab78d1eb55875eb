"""Who was not reached: the next lawful medium, the next address, and in the end a written reason."""

import pytest
from fakes.house import House, later

from forthwith import dispatch
from forthwith.dispatch.legs import plan_next_legs
from forthwith.dispatch.states import EXHAUSTED, UNREADABLE
from forthwith.settings import settings
from models import Delivery, Variant


def unreached(
    house: House,
    *,
    media: tuple[str, ...] = ("email", "letter", "sms"),
    state: str = "bounced",
    channels: tuple[str, ...] = ("email", "letter", "sms"),
    **record: object,
) -> None:
    """Plan one person's notice, and let its last leg fail."""
    house.person(channels, **record)
    house.notice(house.duty(), media=media)
    dispatch.plan(house.session, house.incident, actor="ana")
    fail(house, state)


def fail(house: House, state: str = "bounced") -> int:
    """Let the last leg fail and plan the next; return how many rows were added."""
    row = house.deliveries()[-1]
    row.state, row.reason = state, "no"
    house.session.flush()
    return plan_next_legs(house.session, house.incident)


def legs(house: House) -> list[tuple[int, str, int, str]]:
    return [(row.leg, row.medium, row.address_index, row.state) for row in house.deliveries()]


def test_the_media_are_tried_in_their_lawful_order_until_none_is_left(house: House) -> None:
    unreached(house)
    assert legs(house)[-1] == (2, "letter", 0, "planned")
    fail(house, "returned")
    assert legs(house)[-1] == (3, "sms", 0, "planned")
    fail(house, "failed")
    assert legs(house)[-1] == (4, "none", 0, "held")
    assert house.deliveries()[-1].reason == EXHAUSTED
    assert plan_next_legs(house.session, house.incident) == 0


def test_a_second_address_of_the_same_medium_comes_before_the_next_medium(house: House) -> None:
    unreached(house, emails=["a@example.org", "b@example.org"])
    assert legs(house)[-1] == (2, "email", 1, "planned")
    fail(house)
    assert legs(house)[-1] == (3, "letter", 0, "planned")


@pytest.mark.parametrize("again", ["A@Example.org", " a@example.org", "a@example.org"])
def test_the_same_address_is_never_tried_twice_however_it_is_written(house: House, again: str) -> None:
    unreached(house, emails=["a@example.org", again])
    assert legs(house)[-1] == (2, "letter", 0, "planned")


def test_a_medium_that_the_person_lacks_is_passed_over(house: House) -> None:
    unreached(house, channels=("email", "sms"))
    assert legs(house)[-1] == (2, "sms", 0, "planned")


def test_email_without_consent_is_no_next_leg(house: House) -> None:
    unreached(house, media=("letter", "email_consent"), channels=("letter", "email"), state="returned")
    assert legs(house)[-1] == (2, "none", 0, "held")


@pytest.mark.parametrize("state", ["planned", "sending", "accepted", "delivered", "unknown", "held", "cancelled"])
def test_only_the_unreached_get_a_next_leg(house: House, state: str) -> None:
    unreached(house, state=state)
    assert len(house.deliveries()) == 1


def test_the_next_leg_keeps_deadline_and_lineage_and_takes_the_right_wording(house: House) -> None:
    unreached(house)
    first, second = house.deliveries()
    assert (second.notice_id, second.due_at, second.recipient_id) == (first.notice_id, first.due_at, first.recipient_id)
    assert house.session.get_one(Variant, second.variant_id).medium == "letter"


def test_planning_legs_again_adds_none(house: House) -> None:
    unreached(house)
    assert plan_next_legs(house.session, house.incident) == 0
    assert len(house.deliveries()) == 2


def test_only_the_named_deliveries_are_looked_at(house: House) -> None:
    house.people(3, ("email", "letter"))
    house.notice(house.duty(), media=("email", "letter"))
    dispatch.plan(house.session, house.incident, actor="ana")
    rows = house.deliveries()
    for row in rows:
        row.state, row.reason = "bounced", "no"
    house.session.flush()
    assert plan_next_legs(house.session, house.incident, only=[rows[0].id]) == 1
    assert plan_next_legs(house.session, house.incident) == 2


def test_a_record_that_cant_be_read_is_held_with_that_reason(house: House) -> None:
    house.person(("email", "letter"))
    house.notice(house.duty(), media=("email", "letter"))
    dispatch.plan(house.session, house.incident, actor="ana")
    house.incident.wrapped_key = None
    house.session.flush()
    fail(house)
    assert house.deliveries()[-1].reason == UNREADABLE


def test_an_organisation_gets_its_next_address_too(house: House) -> None:
    party = house.party(postal=["1 Road"])
    house.notice(house.duty(audience="controller"), media=("email", "letter"), party_id=party.id)
    dispatch.plan(house.session, house.incident, actor="ana")
    fail(house)
    assert legs(house) == [(1, "email", 0, "bounced"), (2, "letter", 0, "planned")]
    fail(house, "returned")
    assert house.deliveries()[-1].reason == EXHAUSTED


def test_a_quicker_lawful_medium_comes_first_where_the_law_s_next_one_would_arrive_too_late(house: House) -> None:
    house.person()
    house.notice(house.duty(due_at=later(hours=30)), media=("email", "letter", "sms"))
    dispatch.plan(house.session, house.incident, actor="ana")
    fail(house)
    assert legs(house)[-1] == (2, "sms", 0, "planned")
    assert dispatch.status(house.session, house.incident)["late"] == []
    fail(house, "failed")
    assert legs(house)[-1] == (3, "letter", 0, "planned"), "late is better than never"
    (late,) = dispatch.status(house.session, house.incident)["late"]
    assert (late["medium"], late["people"]) == ("letter", 1)


def test_the_law_s_order_stands_while_a_letter_is_in_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_LETTER_DAYS", "1")
    settings.cache_clear()
    house.person()
    house.notice(house.duty(due_at=later(hours=30)), media=("email", "letter", "sms"))
    dispatch.plan(house.session, house.incident, actor="ana")
    fail(house)
    assert legs(house)[-1] == (2, "letter", 0, "planned")
    assert dispatch.status(house.session, house.incident)["late"] == []


def test_an_organisation_gets_what_arrives_in_time_first(house: House) -> None:
    party = house.party(postal=["1 Road"], fax="+4930123456")
    duty = house.duty(audience="controller", due_at=later(hours=30))
    house.notice(duty, media=("email", "letter", "fax"), party_id=party.id)
    dispatch.plan(house.session, house.incident, actor="ana")
    fail(house)
    assert legs(house)[-1] == (2, "fax", 0, "planned")


def test_many_legs_are_planned_at_once(house: House) -> None:
    house.people(50, ("email", "letter"))
    house.notice(house.duty(), media=("email", "letter"))
    dispatch.plan(house.session, house.incident, actor="ana")
    for row in house.deliveries():
        row.state, row.reason = "failed", "no"
    house.session.flush()
    assert plan_next_legs(house.session, house.incident) == 50
    assert {row.medium for row in house.every(Delivery) if row.leg == 2} == {"letter"}
