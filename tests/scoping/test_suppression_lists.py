"""A legal stop holds notices, with its reason; an opt-out of marketing neither blocks nor satisfies a duty."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.house import House, write_law, write_words
from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import clock, dispatch, scoping
from forthwith.dispatch import claiming
from forthwith.settings import settings as configured
from models import Cohort, Delivery, Entry, LegalStop, Person, Refusal, Suppression

Write = Callable[..., Path]
PEOPLE = (
    "Name,Email,Phone,Street,Postcode,City,Country,Diagnosis\n"
    "Ana Ruiz,ana@example.com,+491701234567,Weg 1,10115,Berlin,DE,Migraine\nBen Weber,ben@example.com,,,,,DE,Flu\n"
    "Cora Holt,cora@example.com,,Hauptstraße 9,10115,Berlin,DE,Flu\n"
)
WHY = "a protected address"


@pytest.fixture
def house(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> Iterator[House]:
    """An incident whose three loaded people have an approved notice."""
    monkeypatch.setenv("FORTHWITH_LAWS", f'["{write_law(tmp_path)}"]')
    monkeypatch.setattr("forthwith.approval.hashes.TEMPLATES", write_words(tmp_path))
    configured.cache_clear()
    made = House.new(session)
    scoping.load(session, made.incident, [write("p.csv", PEOPLE)], actor="ana")
    made.cohorts = {(str(one.id),): one for one in session.exec(select(Cohort))}
    made.notice(made.duty(), media=("email",), languages=("en",))
    yield made
    configured.cache_clear()


def suppress(house: House, path: Path, purpose: str = "legal", why: str = WHY) -> scoping.SuppressReport:
    return scoping.suppress(house.session, house.incident, path, purpose=purpose, reason=why, actor="rita")


def states(house: House) -> dict[int, tuple[str, str | None]]:
    house.session.expire_all()
    found = select(Person.number, Delivery).join(Delivery, col(Delivery.recipient_id) == Person.id)
    return {number: (row.state, row.reason) for number, row in house.session.exec(found)}


def plan(house: House) -> dispatch.PlanReport:
    return dispatch.plan(house.session, house.incident, actor="ana")


HELD, FREE = ("held", f"legal stop: {WHY}"), ("planned", None)


@pytest.mark.parametrize(
    ("listed", "met"),
    [
        ("Email\nANA+shop@example.com\nnobody@example.org\n", {1}),
        ("Phone,Country\n0170 1234567,DE\n", {1}),
        ("Name,Street,Postcode,City,Country\nHolt Cora,Hauptstr. 9,10115,Berlin,DE\n", {3}),
        ("Name,Email\nCora Holt,ana@example.com\nBen Weber,BEN@example.com\n", {2}),
        ("person\n2\n3\n", {2, 3}),
    ],
)
def test_a_legal_stop_holds_whoever_is_on_it(house: House, write: Write, listed: str, met: set[int]) -> None:
    assert suppress(house, write("stop.csv", listed)).people == len(met)
    plan(house)
    assert states(house) == {number: HELD if number in met else FREE for number in (1, 2, 3)}


def test_what_is_planned_already_is_held_shown_and_may_go_once_the_list_is_lifted(house: House, write: Write) -> None:
    plan(house)
    path = write("stop.csv", "Email\nben@example.com\n")
    suppress(house, path)
    assert dispatch.hold_stopped(house.session, house.incident) == 1
    told = dispatch.status(house.session, house.incident)
    assert {"state": "held", "reason": f"legal stop: {WHY}", "n": 1} in told["reasons"]
    assert told["gaps"] == []
    assert plan(house).planned == 0
    assert states(house)[2] == HELD
    assert scoping.lift(house.session, house.incident, path, reason="the order was withdrawn", actor="rita") == 1
    plan(house)
    assert set(states(house).values()) == {FREE}


def test_a_stop_counts_at_once_even_before_anything_is_held(house: House, write: Write) -> None:
    plan(house)
    suppress(house, write("stop.csv", "person\n1\n2\n3\n"))
    keys: dict[str, Any] = {"incident": house.incident.id, "now": clock.now()}
    assert set(states(house).values()) == {FREE}
    assert house.session.execute(text(claiming.GROUPS), keys).all() == []


def test_an_opt_out_of_marketing_holds_nothing(house: House, write: Write) -> None:
    report = suppress(house, write("out.csv", "Email\nana@example.com\nben@example.com\n"), "marketing", "newsletter")
    assert (report.people, report.entries, report.new) == (2, 2, 2)
    plan(house)
    assert set(states(house).values()) == {FREE}
    assert house.session.exec(select(LegalStop)).all() == []


def test_a_stop_holds_whom_a_later_load_brings(house: House, write: Write) -> None:
    suppress(house, write("stop.csv", "Email\ndan@example.com\n"))
    assert house.session.exec(select(LegalStop)).all() == []
    more = "Name,Email,Country,Diagnosis\nDan Roe,dan@example.com,DE,Flu\n"
    scoping.load(house.session, house.incident, [write("more.csv", more)], actor="ana")
    (stop,) = house.session.exec(select(LegalStop)).all()
    assert house.session.get_one(Person, stop.person_id).number == 4


def test_a_stop_follows_whoever_was_joined(house: House, write: Write) -> None:
    suppress(house, write("stop.csv", "Email\nben@example.com\n"))
    scoping.decide(house.session, house.incident, (1, 2), "same", reason="one customer", actor="rita")
    (stop,) = house.session.exec(select(LegalStop)).all()
    assert house.session.get_one(Person, stop.person_id).number == 1


def test_the_same_list_again_adds_nothing(house: House, write: Write) -> None:
    path = write("stop.csv", "Email\nana@example.com\n")
    assert [suppress(house, path).new, suppress(house, path).new] == [1, 0]
    assert len(house.session.exec(select(Suppression)).all()) == 1


def test_nothing_of_a_list_is_kept_in_clear(house: House, write: Write) -> None:
    suppress(house, write("stop.csv", "Email,Phone,Country\nana@example.com,0170 1234567,DE\n"))
    kept = "".join(str(row.model_dump()) for row in house.session.exec(select(Suppression)))
    entry = house.session.exec(select(Entry).where(Entry.verb == "suppressed")).one()
    for word in ("ana@", "1701234567", "example"):
        assert word not in kept + entry.text + str(entry.data)
    assert entry.data["people"] == 1


@pytest.mark.parametrize(
    ("purpose", "why", "says"),
    [
        ("spam", WHY, "no class 'spam'"),
        ("legal", " ", "A reason is needed"),
        ("legal", "see ana@example.com", "holds an e-mail address"),
    ],
)
def test_what_is_no_list_is_refused(house: House, write: Write, purpose: str, why: str, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        suppress(house, write("stop.csv", "Email\nana@example.com\n"), purpose, why)
    with pytest.raises(Refusal, match="is no list of"):
        scoping.lift(house.session, house.incident, write("x.csv", "Email\nx@example.com\n"), reason="x", actor="a")
    assert house.session.exec(select(Suppression)).all() == []
