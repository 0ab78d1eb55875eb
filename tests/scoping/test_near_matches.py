"""Who may be one person is listed for a person to decide; what was decided binds, and a wrong merge is taken back."""

import json
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.evidence import Human, people
from fakes.evidence.humans import twins_of
from scoping_help import delivery, notice_of, people_of
from sqlmodel import Session, col, select

from forthwith import scoping
from forthwith.scoping.near import proposing
from models import (
    Cohort,
    Entry,
    Incident,
    NearMatch,
    NearQueue,
    Person,
    PersonSource,
    Refusal,
    new_id,
)

Write = Callable[..., Path]
Loaded = Callable[..., list[tuple[Person, Any]]]
HEAD = "Name,Email,Phone,Birth date,Street,Postcode,City,Country,Diagnosis\n"
FATHER = "Ana Ruiz,ana@example.com,+491701234567,1960-05-04,Hauptstraße 5,10115,Berlin,DE,Migraine\n"
TYPED = "Ana Ruiz,ana@example.com,,1960-05-05,Hauptstraße 5,10115,Berlin,DE,\n"  # one birth date is mistyped
BEN = "Ben Weber,ben@example.com,,1980-01-02,,,,FR,\n"
WHY = "the same account, one birth date was mistyped"


def decide(session: Session, incident: Incident, one: int, other: int, verdict: str, why: str = WHY) -> NearMatch:
    return scoping.decide(session, incident, (one, other), verdict, reason=why, actor="rita")


def pairs(session: Session, incident: Incident, **how: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = scoping.queue(session, incident, **how)["pairs"]
    return found


def load(session: Session, incident: Incident, *paths: Path) -> scoping.LoadReport:
    return scoping.load(session, incident, paths, actor="ana")


# the queue


def test_a_contradiction_that_kept_two_apart_is_asked_about(
    session: Session, incident: Incident, loaded: Loaded
) -> None:
    loaded(HEAD + FATHER + TYPED + BEN)
    (found,) = pairs(session, incident)
    assert (found["pair"], found["why"], found["initials"]) == ([1, 2], "birth dates differ", ["A. R.", "A. R."])
    assert found["shared"] == ["email", "address"]
    assert found["differing"] == ["born"]
    assert found["places"] == [["part0.csv:0"], ["part0.csv:1"]]
    assert 0.7 < found["score"] < 1


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("Maria Miller,m@example.com,,,1 Elm Street,10001,New York,US,",
         "Marie Miller,,,1950-02-03,1 Elm Street,10001,New York,US,", "similar name"),
        ("Ana Ruiz,ana@example.com,,1960-05-04,,,,DE,", "Ana Weber,w@example.com,,1960-05-04,,,,DE,", ""),
        ("Eva Lang,fam@example.com,,,,,,DE,\nUwe Lang,fam@example.com,,,,,,DE,",
         ",fam@example.com,,,,,,DE,", "no given name"),
        ("John Smith Sr,j@example.com,,,1 Elm Street,10001,New York,US,",
         "John Smith Jr,j@example.com,,,1 Elm Street,10001,New York,US,", "generations differ"),
    ],
)  # fmt: skip
def test_why_two_are_asked_about(
    session: Session, incident: Incident, loaded: Loaded, one: str, other: str, why: str
) -> None:
    loaded(f"{HEAD}{one}\n{other}\n")
    assert {found["why"] for found in pairs(session, incident)} == ({why} if why else set())


def test_twins_and_a_household_are_not_asked_about(session: Session, incident: Incident, loaded: Loaded) -> None:
    home = "Hauptstraße 5,10115,Berlin,DE,"
    rows = (f"{name} Lang,fam@example.com,,{born},{home}\n" for name, born in
            (("Eva", "1980-01-01"), ("Uwe", "1979-01-01"), ("Max", "2015-03-03"), ("Lea", "2015-03-03")))  # fmt: skip
    assert len(loaded(HEAD + "".join(rows))) == 4
    assert pairs(session, incident) == []


def test_the_queue_is_bounded_and_says_what_was_left_out(
    session: Session, incident: Incident, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "MOST_PAIRS", 2)
    monkeypatch.setattr(proposing, "MOST_PEOPLE", 3)
    rows = (f"Ana Ruiz,ana{n}@example.com,,19{60 + n}-05-04,Weg {n // 2},10115,Berlin,DE,\n" for n in range(8))
    crowd = "".join(f"P{'abcde'[n] * 3} Roe,crowd@example.com,,,,,,DE,\n" for n in range(4))
    loaded(HEAD + "".join(rows) + crowd)
    told = scoping.queue(session, incident)
    assert (len(told["pairs"]), told["left_out"], told["crowded"]) == (2, 2, 1)
    assert session.exec(select(NearQueue.found)).all() == [4]


def test_a_queue_holds_no_ones_data(session: Session, incident: Incident, loaded: Loaded) -> None:
    loaded(HEAD + FATHER + TYPED)
    shown = json.dumps(scoping.queue(session, incident), default=str)
    shown += json.dumps(scoping.merges(session, incident, 1), default=str)
    shown += "".join(str(row.model_dump()) for row in session.exec(select(NearMatch)))
    for word in ("Ana", "Ruiz", "ana@", "1701234567", "1960", "Haupt", "10115"):
        assert word not in shown


def test_a_later_load_finds_the_pairs_anew_and_leaves_what_was_decided(
    session: Session, incident: Incident, loaded: Loaded
) -> None:
    loaded(HEAD + FATHER + TYPED)
    decide(session, incident, 1, 2, "different", "mother and daughter of one name")
    assert pairs(session, incident) == []
    loaded(HEAD + "Ana Ruiz,ana@example.com,,1999-09-09,Hauptstraße 5,10115,Berlin,DE,\n")
    assert [found["pair"] for found in pairs(session, incident)] == [[1, 3], [2, 3]]
    (kept,) = pairs(session, incident, decided=True)
    assert (kept["pair"], kept["verdict"], kept["decided_by"]) == ([1, 2], "different", "rita")
    assert kept["reason"] == "mother and daughter of one name"


def test_many_people_are_looked_through_in_little_time() -> None:
    """In the order of 100 microseconds a person, and some pairs in a hundred people; every twin is left alone."""
    humans = people(10_000, seed=5)
    known = [(uuid.UUID(int=one.number), one.number, [seen_of(one)]) for one in humans]
    begun = time.process_time()
    blocks, _ = proposing._blocks(known)
    found = list(proposing._near(known, blocks))
    assert time.process_time() - begun < 10  # about 0.7 on a quiet machine
    asked = {(one.one.int, one.other.int) for one in found}
    twins = [(one.number, other.number) for one, other in twins_of(humans)]
    assert len(asked) < 0.1 * len(humans)
    assert len(asked.intersection(twins)) <= 0.1 * len(twins)


def seen_of(one: Human) -> list[str]:
    """Return what a record keeps of a person of whom everything is told."""
    email, place = (one.emails or [""])[0], f"{one.home[4]}|{one.home[3]}".casefold()
    names = one.given.casefold(), one.family.casefold(), one.suffix.casefold()
    return [*names, email, one.landline, place, one.born.isoformat(), "", "", one.country.code]


# decisions


def test_same_makes_two_people_one(session: Session, incident: Incident, loaded: Loaded) -> None:
    loaded(HEAD + FATHER + TYPED + BEN)
    decide(session, incident, 1, 2, "same")
    (ana, record), (ben, _) = people_of(session, incident)
    assert (ana.number, ben.number) == (1, 3)
    assert (record.birth_date, record.phones) == ("1960-05-04", ["+491701234567"])
    assert "medical" in ana.elements
    rows = session.exec(select(PersonSource).where(PersonSource.person_id == ana.id).order_by(col(PersonSource.row)))
    assert [(row.row, row.reason) for row in rows] == [(0, "first"), (1, "decided by a person")]
    assert sum(session.exec(select(Cohort.count))) == 2
    last = scoping.scope_versions(session, incident)[-1]
    assert (last["what"], last["joined"], last["people"], last["reason"]) == ("same", 1, 2, WHY)
    entry = session.exec(select(Entry).order_by(col(Entry.seq).desc())).first()
    assert entry is not None
    assert (entry.verb, entry.actor, entry.data["numbers"]) == ("joined", "rita", [1, 2])


def test_who_has_a_delivery_is_kept_and_two_of_them_stay_two(
    session: Session, incident: Incident, write: Write
) -> None:
    load(session, incident, write("two.csv", HEAD + FATHER + TYPED))
    notice = notice_of(session, incident)
    one, other = (person for person, _ in people_of(session, incident))
    delivery(session, incident, notice, other)
    kept = other.id
    both = delivery(session, incident, notice, one)
    with pytest.raises(Refusal, match="both have a delivery"):
        decide(session, incident, 1, 2, "same")
    session.delete(both)
    session.flush()
    decide(session, incident, 1, 2, "same")
    ((left, _),) = people_of(session, incident)
    assert left.id == kept


def test_different_binds_every_later_load(session: Session, incident: Incident, loaded: Loaded) -> None:
    apart = "Ana Ruiz,ana.ruiz@example.com,,,Weg 2,10117,Berlin,DE,\n"
    tie = "Ana Ruiz,ana@example.com; ana.ruiz@example.com,,,Weg 2,10117,Berlin,DE,\n"
    loaded(HEAD + FATHER + apart)
    decide(session, incident, 1, 2, "different", "two customers of one name")
    before = incident.scope_version
    assert len(loaded(HEAD + tie)) == 2
    assert incident.scope_version == before + 1
    other = Incident(id=new_id(), ref="2026-002", title="x", opened_by="ana", wrapped_key=None)
    assert other.scope_version == 0
    assert {p.number for p, _ in people_of(session, incident)} == {1, 2}


def test_without_a_decision_the_same_row_ties_the_two(session: Session, incident: Incident, loaded: Loaded) -> None:
    apart = "Ana Ruiz,ana.ruiz@example.com,,,Weg 2,10117,Berlin,DE,\n"
    tie = "Ana Ruiz,ana@example.com; ana.ruiz@example.com,,,Weg 2,10117,Berlin,DE,\n"
    assert len(loaded(HEAD + FATHER + apart)) == 2
    assert len(loaded(HEAD + tie)) == 1


def test_whoever_was_told_apart_from_one_may_still_be_another(
    session: Session, incident: Incident, loaded: Loaded
) -> None:
    one, other = "Ana Ruiz,a@example.com,,,,,,DE,\n", "Ana Ruiz,b@example.com,,,,,,DE,\n"
    loaded(HEAD + one + other + "Ben Weber,c@example.com,,,,,,DE,\nBen Weber,d@example.com,,,,,,DE,\n")
    loaded(HEAD + "Ana Ruiz,e@example.com,,,,,,DE,\n")
    for pair in (1, 2), (3, 4), (2, 5):
        decide(session, incident, *pair, "different", "two customers of one name")
    loaded(HEAD + "Ana Ruiz,a@example.com; e@example.com; b@example.com,,,,,,DE,\n")  # 1 and 5 were not told apart
    assert [person.number for person, _ in people_of(session, incident)] == [1, 2, 3, 4]
    found = {tuple(sorted(one["pair"])) for one in pairs(session, incident, decided=True)}
    assert found == {(1, 2), (3, 4)}


def test_a_decision_follows_whoever_was_joined(session: Session, incident: Incident, loaded: Loaded) -> None:
    loaded(HEAD + FATHER + TYPED + "Ana Ruiz,ana@example.com,,1999-09-09,,,,DE,\n")
    decide(session, incident, 2, 3, "different", "mother and daughter of one name")
    decide(session, incident, 1, 2, "same")
    assert pairs(session, incident) == []
    found = {tuple(one["pair"]): one["verdict"] for one in pairs(session, incident, decided=True)}
    assert found == {(1, 3): "different", (1,): "same"}


@pytest.mark.parametrize(
    ("pair", "verdict", "why", "says"),
    [
        ((1, 9), "same", WHY, "nobody here"),
        ((1, 1), "same", WHY, "is one person"),
        ((1, 2), "maybe", WHY, "no verdict"),
        ((1, 2), "same", "", "A reason is needed"),
        ((1, 2), "different", "both are called Ruiz", "the reason names them"),
        ((1, 2), "different", "write to a@example.com", "holds an e-mail address"),
    ],
)
def test_what_can_not_be_decided(
    session: Session, incident: Incident, loaded: Loaded, pair: tuple[int, int], verdict: str, why: str, says: str
) -> None:
    loaded(HEAD + FATHER + TYPED)
    entries = len(session.exec(select(Entry)).all())
    with pytest.raises(Refusal, match=says):
        decide(session, incident, *pair, verdict, why)
    assert session.exec(select(NearMatch).where(col(NearMatch.verdict).is_not(None))).all() == []
    assert len(session.exec(select(Entry)).all()) == entries


def test_who_is_out_of_scope_is_not_decided_about(session: Session, incident: Incident, loaded: Loaded) -> None:
    loaded(HEAD + FATHER + TYPED)
    scoping.remove(session, incident, [2], reason="a test account, never a customer", actor="rita")
    with pytest.raises(Refusal, match="out of scope"):
        decide(session, incident, 1, 2, "same")
