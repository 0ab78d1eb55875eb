"""Where the law puts an authority before the people, the people wait for the filing, and not a moment longer."""

import pytest
from fakes.house import House

from forthwith import dispatch
from forthwith.dispatch.sequence import release
from forthwith.dispatch.states import WAITS
from models import Obligation, Refusal


def first(house: House, **more: object) -> Obligation:
    """A duty to tell the authority before the individuals, with its filing."""
    told = {
        "key": "test-law.regulator:DE",
        "audience": "regulator",
        "recipient": "dpa",
        "sequence": "before_individuals",
    }
    duty = house.duty(**{**told, **more})
    house.notice(duty, media=("filing",), key="filing", party_id=house.party().id)
    return duty


def plan(house: House) -> None:
    dispatch.plan(house.session, house.incident, actor="ana")


def person_row(house: House) -> tuple[str, str | None]:
    (row,) = house.deliveries(recipient_kind="person")
    return row.state, row.reason


def test_the_people_wait_for_the_filing(house: House) -> None:
    house.people(1)
    house.notice(house.duty())
    first(house)
    plan(house)
    assert person_row(house) == ("held", WAITS)
    assert [row.state for row in house.deliveries(recipient_kind="party")] == ["planned"]


def test_once_it_is_handed_in_they_go(house: House) -> None:
    house.people(1)
    house.notice(house.duty())
    duty = first(house)
    plan(house)
    house.deliveries(recipient_kind="party")[0].state = "accepted"
    house.session.flush()
    assert release(house.session, house.incident.id) == 0
    dispatch.filed(house.session, house.incident, duty.key, reference="DPA-7", actor="ana")
    assert person_row(house) == ("planned", None)
    assert release(house.session, house.incident.id) == 0


def test_a_later_plan_lifts_them_as_well(house: House) -> None:
    house.people(1)
    house.notice(house.duty())
    duty = first(house)
    plan(house)
    duty.met_at = duty.due_at
    house.session.flush()
    plan(house)
    assert person_row(house) == ("planned", None)


@pytest.mark.parametrize(
    "sequence", ["independent", "with_individuals", "after_individuals", "not_later_than_individuals"]
)
def test_other_sequences_hold_nobody(house: House, sequence: str) -> None:
    house.people(1)
    house.notice(house.duty())
    first(house, sequence=sequence)
    plan(house)
    assert person_row(house)[0] == "planned"


def test_a_filing_under_another_law_holds_nobody(house: House, tmp_path: object) -> None:
    house.people(1)
    house.notice(house.duty())
    house.duty(key="other-law.regulator:DE", law="other-law", audience="regulator", sequence="before_individuals")
    plan(house)
    assert person_row(house)[0] == "planned"


@pytest.mark.parametrize("verdict", ["do_not_notify", "review"])
def test_a_filing_that_is_not_owed_holds_nobody(house: House, verdict: str) -> None:
    house.people(1)
    house.notice(house.duty())
    house.duty(key="test-law.regulator:DE", audience="regulator", sequence="before_individuals", verdict=verdict)
    plan(house)
    assert person_row(house)[0] == "planned"


def test_a_person_without_a_channel_keeps_that_reason_and_not_the_waiting(house: House) -> None:
    house.person(())
    house.notice(house.duty())
    duty = first(house)
    plan(house)
    duty.met_at = duty.due_at
    house.session.flush()
    assert release(house.session, house.incident.id) == 0
    assert "no channel held" in str(person_row(house)[1])


def test_a_filing_is_noted_with_its_reference_and_time(house: House) -> None:
    duty = first(house)
    plan(house)
    house.deliveries()[0].state = "accepted"
    house.session.flush()
    dispatch.filed(house.session, house.incident, duty.key, reference="DPA/2026-7", actor="ana")
    (row,) = house.deliveries()
    assert (row.state, row.provider_ref) == ("delivered", "DPA/2026-7")
    assert house.session.get_one(Obligation, duty.id).met_at is not None
    assert house.entries("filed")[0].data == {"reference": "DPA/2026-7", "released": 0}


def test_a_filing_that_nobody_prepared_cant_have_been_handed_in(house: House) -> None:
    duty = first(house)
    plan(house)
    with pytest.raises(Refusal, match="isn't prepared yet"):
        dispatch.filed(house.session, house.incident, duty.key, reference="X", actor="ana")
    assert house.session.get_one(Obligation, duty.id).met_at is None


@pytest.mark.parametrize("reference", ["", "a b", "x" * 81, "Mr. Müller, room 5", "<b>"])
def test_a_reference_is_a_reference(house: House, reference: str) -> None:
    duty = first(house)
    with pytest.raises(Refusal, match="letters, digits"):
        dispatch.filed(house.session, house.incident, duty.key, reference=reference, actor="ana")


def test_a_filing_counts_once_and_never_in_the_future(house: House) -> None:
    from fakes.house import later

    duty = first(house)
    plan(house)
    house.deliveries()[0].state = "accepted"
    house.session.flush()
    with pytest.raises(Refusal, match="later than now"):
        dispatch.filed(house.session, house.incident, duty.key, reference="X", actor="ana", at=later(hours=1))
    dispatch.filed(house.session, house.incident, duty.key, reference="X", actor="ana", at=later(hours=-1))
    with pytest.raises(Refusal, match="already met"):
        dispatch.filed(house.session, house.incident, duty.key, reference="Y", actor="ana")


@pytest.mark.parametrize("key", ["nothing", "test-law.individuals:DE"])
def test_only_duties_to_authorities_and_organisations_are_filed(house: House, key: str) -> None:
    house.people(1)
    house.notice(house.duty())
    with pytest.raises(Refusal, match="No duty that is filed"):
        dispatch.filed(house.session, house.incident, key, reference="X", actor="ana")
