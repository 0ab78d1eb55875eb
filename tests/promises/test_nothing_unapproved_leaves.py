"""Promise 1: change a word, a person, the law or a template after the approval, and nothing leaves."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.house import House, person_record, wording, write_law, write_words
from fakes.provider import Provider
from sqlalchemy import text

from forthwith import dispatch
from models import Cohort, Notice, NoticeCohort, Person, Variant


@pytest.fixture
def approved(live: House, provider: Provider) -> House:
    """Three people, an approved e-mail, everything planned."""
    live.people(3, ("email",))
    live.notice(live.duty(), media=("email",))
    plan(live)
    return live


def plan(live: House) -> dispatch.PlanReport:
    report = dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    return report


def a_word(house: House, root: Path) -> None:
    body = wording("email", text="Your data left the house!")
    house.session.execute(text("update variant set content = :body"), {"body": body})


def a_word_with_its_hash(house: House, root: Path) -> None:
    a_word(house, root)
    house.session.execute(text("update variant set content_sha256 = encode(sha256(content), 'hex')"))


def a_new_version(house: House, root: Path) -> None:
    house.session.execute(text("update variant set current = false"))
    (notice,) = house.every(Notice)
    house.variant(notice, "email", version=2, approved=False, content=wording("email", text="Other."))


def a_new_person(house: House, root: Path) -> None:
    house.people(1, ("email",))


def another_address(house: House, root: Path) -> None:
    house.seal(house.every(Person)[0], person_record(99))


def more_of_a_persons_data(house: House, root: Path) -> None:
    untried = house.deliveries(state="planned")[0]
    person = house.session.get_one(Person, untried.recipient_id)
    person.elements = [*person.elements, "genetic"]
    house.session.flush()


def a_person_less(house: House, root: Path) -> None:
    untried = house.deliveries(state="planned")[0]
    house.session.delete(untried)
    house.session.delete(house.session.get_one(Person, untried.recipient_id))
    house.session.flush()


def another_group(house: House, root: Path) -> None:
    stranger = house.person(("letter",))
    house.add(NoticeCohort(notice_id=house.every(Notice)[0].id, cohort_id=stranger.cohort_id))


def a_group_less(house: House, root: Path) -> None:
    assert len(house.every(Cohort)) == 1
    house.session.execute(text("delete from notice_cohort"))


def the_law(house: House, root: Path) -> None:
    write_law(root, version=2)


def a_template(house: House, root: Path) -> None:
    write_words(root, greeting="Good day")


def the_verdict(house: House, root: Path) -> None:
    house.approve(house.every(Variant)[0], "reject")


CHANGES: list[Callable[[House, Path], None]] = [
    a_word, a_word_with_its_hash, a_new_version, a_new_person, another_address, more_of_a_persons_data,
    a_person_less, another_group, a_group_less, the_law, a_template, the_verdict,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_after_any_change_nothing_leaves(
    approved: House, provider: Provider, own_law: Path, change: Callable[[House, Path], None]
) -> None:
    change(approved, own_law)
    approved.session.commit()
    report = dispatch.send(approved.incident.id)
    assert provider.count == 0
    assert provider.ledger == {}
    assert report.states == {}
    assert len(report.lines) == 1
    assert approved.attempts() == []
    assert [entry.verb for entry in approved.entries("blocked")] == ["blocked"]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_in_the_middle_of_sending_stops_the_rest(
    live: House, provider: Provider, own_law: Path, change: Callable[[House, Path], None]
) -> None:
    live.people(60, ("email",))
    live.notice(live.duty(), media=("email",))
    plan(live)
    live.session.rollback()

    def after_the_first_batch() -> float:
        if provider.count == 5:
            change(live, own_law)
            live.session.commit()
        return 0.0

    provider.delay = after_the_first_batch
    report = dispatch.send(live.incident.id, batch=10)
    assert 5 <= provider.ledger.total() <= 10, "the batch that was on the wire, and no other"
    assert report.lines


def test_without_any_decision_nothing_is_planned_or_sent(live: House, provider: Provider) -> None:
    live.people(3, ("email",))
    live.notice(live.duty(), media=("email",), approved=False)
    assert plan(live).blocked == ["“Notice n1”: en email: not approved"]
    assert dispatch.send(live.incident.id).taken == 0
    assert provider.count == 0


@pytest.mark.parametrize("verdict", ["reject", "ask"])
def test_only_an_approval_lets_it_go(live: House, provider: Provider, verdict: str) -> None:
    live.people(1, ("email",))
    live.notice(live.duty(), media=("email",), approved=False)
    live.approve(live.every(Variant)[0], verdict)
    plan(live)
    dispatch.send(live.incident.id)
    assert provider.count == 0


def test_rows_that_were_smuggled_in_dont_leave(live: House, provider: Provider) -> None:
    """Somebody writes a delivery into the database for a wording that legal never saw."""
    person = live.person(("email",))
    notice = live.notice(live.duty(), media=("email",), approved=False)
    from models import Delivery

    live.add(Delivery(
        incident_id=live.incident.id, notice_id=notice.id, variant_id=live.every(Variant)[0].id,
        recipient_kind="person", recipient_id=person.id, medium="email", channel="askable",
    ))  # fmt: skip
    live.session.commit()
    assert dispatch.send(live.incident.id).blocked
    assert provider.count == 0


def test_a_new_approval_of_what_changed_lets_it_go(approved: House, provider: Provider, own_law: Path) -> None:
    another_address(approved, own_law)
    approved.session.commit()
    assert dispatch.send(approved.incident.id).blocked
    approved.approve(approved.every(Variant)[0])
    approved.session.commit()
    assert dispatch.send(approved.incident.id).states == {"accepted": 3}
    assert "p99@example.org" in {address for _, address in provider.taken}


def test_one_changed_notice_doesnt_hold_up_another(approved: House, provider: Provider, own_law: Path) -> None:
    other = approved.person(("sms",))
    duty = approved.duty(key="test-law.individuals:NL", reaches=[approved.cohorts[("en", "sms")]])
    approved.notice(duty, media=("email",), key="n2")
    from forthwith.settings import settings

    assert settings().email_channel == "askable"
    other.channels = ["email"]
    approved.session.flush()
    for variant in approved.every(Variant):
        approved.approve(variant)
    plan(approved)
    first = approved.every(Variant)[0]
    approved.approve(first, "reject")
    approved.session.commit()
    report = dispatch.send(approved.incident.id)
    assert report.states == {"accepted": 1}
    assert len(report.blocked) == 1


def test_what_already_left_stays_told_and_the_change_is_no_excuse_to_repeat(
    approved: House, provider: Provider, own_law: Path
) -> None:
    dispatch.send(approved.incident.id)
    a_new_version(approved, own_law)
    approved.approve(approved.every(Variant)[1])
    plan(approved)
    dispatch.send(approved.incident.id)
    assert set(provider.ledger.values()) == {1}
    assert len(provider.ledger) == 3
