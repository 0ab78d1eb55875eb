"""A merge that was wrong is taken back: nobody is lost, nothing that was sent is lost, and no load joins them again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.house import House, write_law, write_words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoping_help import delivery, notice_of, people_of
from sqlmodel import Session, col, select

from forthwith import approval, clock, scoping
from forthwith.settings import settings as configured
from models import (
    Attempt,
    Cohort,
    Entry,
    Incident,
    PersonSource,
    Refusal,
    ScopeChange,
    Variant,
    new_id,
)

Write = Callable[..., Path]
HEAD = "Name,Email,Phone,Birth date,Street,Postcode,City,Country,Diagnosis\n"
FATHER = "Ana Ruiz,ana@example.com,+491701234567,1960-05-04,Hauptstraße 5,10115,Berlin,DE,Migraine\n"
BEN = "Ben Weber,ben@example.com,,1980-01-02,,,,FR,\n"
SON = "Ana Ruiz,ana@example.com,,,Weg 2,10117,Berlin,DE,\n"
WRONG = HEAD + FATHER + SON + BEN  # two of one name share an address: one person, as far as rules can see


def load(session: Session, incident: Incident, *paths: Path) -> scoping.LoadReport:
    return scoping.load(session, incident, paths, actor="ana")


def part(session: Session, incident: Incident, path: Path, number: int = 1, *rows: int, **how: Any) -> ScopeChange:
    places = [(path.name, row) for row in rows or (1,)]
    why = how.pop("reason", "mother and daughter of one name")
    return scoping.part(session, incident, number, places, evidence=[path], reason=why, actor="rita", **how)


def test_rows_leave_a_person_and_become_one_of_their_own(session: Session, incident: Incident, write: Write) -> None:
    path = write("wrong.csv", WRONG)
    assert load(session, incident, path).people == 2
    made = part(session, incident, path)
    assert (made.what, made.added, made.people) == ("part", 1, 3)
    (ana, first), (ben, _), (new, second) = people_of(session, incident)
    assert (ana.number, ben.number, new.number) == (1, 2, 3)
    assert (first.birth_date, first.address) == ("1960-05-04", ["Hauptstraße 5", "10115 Berlin"])
    assert (second.birth_date, second.address, second.phones) == ("", ["Weg 2", "10117 Berlin"], [])
    assert ("medical" in ana.elements, "medical" in new.elements) == (True, False)
    sources = {row.row: (row.person_id, row.reason) for row in session.exec(select(PersonSource))}
    assert sources == {0: (ana.id, "first"), 1: (new.id, "first"), 2: (ben.id, "first")}
    assert sum(session.exec(select(Cohort.count))) == 3
    entry = session.exec(select(Entry).order_by(col(Entry.seq).desc())).first()
    assert entry is not None
    assert (entry.verb, entry.data["numbers"]) == ("parted", [1, 3])


def test_what_was_parted_is_never_joined_again(session: Session, incident: Incident, write: Write) -> None:
    path = write("wrong.csv", WRONG)
    load(session, incident, path)
    part(session, incident, path)
    (kept,) = scoping.queue(session, incident, decided=True)["pairs"]
    assert (kept["pair"], kept["verdict"], kept["why"]) == ([1, 3], "different", "parted")
    assert load(session, incident, path).files[0].already_loaded
    again = load(session, incident, write("later.csv", HEAD + SON))
    assert (again.people, again.people_joined) == (3, 0)


def test_a_parted_merge_can_be_decided_to_be_one_again(session: Session, incident: Incident, write: Write) -> None:
    path = write("wrong.csv", WRONG)
    load(session, incident, path)
    before = people_of(session, incident)[0][1]
    part(session, incident, path)
    scoping.decide(session, incident, (1, 3), "same", reason="it was one customer, after all", actor="rita")
    after = people_of(session, incident)[0][1]
    assert len(people_of(session, incident)) == 2
    assert after.model_dump(exclude={"seen"}) == before.model_dump(exclude={"seen"})


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    leaving=st.sets(st.integers(0, 5), min_size=1, max_size=5), spread=st.lists(st.booleans(), min_size=6, max_size=6)
)
def test_nothing_is_lost_or_doubled_whichever_rows_leave(
    session: Session, incident: Incident, write: Write, leaving: set[int], spread: list[bool]
) -> None:
    mark = new_id().hex
    rows = [f"Ana Ruiz,{mark}@example.com,,,Weg {n},10115,Berlin,DE,{'Migraine' if on else ''}\n"
            for n, on in enumerate(spread)]  # fmt: skip
    path = write(f"{mark}.csv", HEAD + "".join(rows))
    with session.begin_nested() as undone:
        load(session, incident, path)
        ((one, _),) = people_of(session, incident)
        part(session, incident, path, one.number, *leaving)
        people = dict(enumerate(person for person, _ in people_of(session, incident)))
        links = {link["row"]: link["person_id"] for link in scoping.links(session, incident)}
        assert set(links) == set(range(6))
        assert {row for row, person in links.items() if person == str(people[1].id)} == leaving
        for at, told in ((0, set(range(6)) - leaving), (1, leaving)):
            assert ("medical" in people[at].elements) == any(spread[row] for row in told)
        assert sum(session.exec(select(Cohort.count).where(Cohort.incident_id == incident.id))) == 2
        undone.rollback()
    session.expire_all()


def test_the_evidence_must_be_the_same_file(session: Session, incident: Incident, write: Write) -> None:
    path = write("wrong.csv", WRONG)
    load(session, incident, path)
    other = write("other.csv", HEAD + SON)
    with pytest.raises(Refusal, match=r"The evidence itself is needed: wrong.csv"):
        scoping.part(session, incident, 1, [("wrong.csv", 1)], evidence=[other], reason="two people", actor="rita")


def test_columns_that_were_stated_at_the_load_are_stated_again(
    session: Session, incident: Incident, write: Write
) -> None:
    path = write("odd.csv", WRONG.replace("Diagnosis", "Zustand"))
    columns = {"Zustand": "health"}
    scoping.load(session, incident, [path], actor="ana", columns=columns)
    with pytest.raises(Refusal, match=r"Row 0 of odd.csv reads differently now"):
        part(session, incident, path)
    assert part(session, incident, path, columns=columns).people == 3


@pytest.mark.parametrize(
    ("rows", "says"),
    [((7,), "is none of No. 1"), ((2,), "is none of No. 1"), ((0, 1), "No row of No. 1 would stay")],
)
def test_rows_that_can_not_leave(
    session: Session, incident: Incident, write: Write, rows: tuple[int, ...], says: str
) -> None:
    path = write("wrong.csv", WRONG)
    load(session, incident, path)
    with pytest.raises(Refusal, match=says):
        part(session, incident, path, 1, *rows)
    assert len(people_of(session, incident)) == 2


TOLD = [{"state": "accepted"}, {"state": "bounced", "reason": "x"}, {"state": "unknown", "reason": "x"}]


@pytest.mark.parametrize("state", TOLD)
def test_whoever_was_told_keeps_the_number(
    session: Session, incident: Incident, write: Write, state: dict[str, str]
) -> None:
    mails = WRONG.replace("Ana Ruiz,ana@example.com,,,", "Ana Ruiz,ana.b@example.com,+491701234567,,")
    path = write("told.csv", mails)
    assert load(session, incident, path).people == 2
    ((ana, record), _) = people_of(session, incident)
    sent = delivery(session, incident, notice_of(session, incident), ana, address_index=1, **state)
    assert record.emails == ["ana@example.com", "ana.b@example.com"]
    with pytest.raises(Refusal, match="went to an address or a name that would leave"):
        part(session, incident, path)
    made = part(session, incident, path, 1, 0)
    assert made.people == 3
    session.refresh(sent)
    kept, _, new = (person for person, _ in people_of(session, incident))
    assert (sent.recipient_id, sent.state) == (kept.id, state["state"])
    assert new.number == 3


def test_what_was_only_planned_hinders_nobody(session: Session, incident: Incident, write: Write) -> None:
    path = write("wrong.csv", WRONG)
    load(session, incident, path)
    notice = notice_of(session, incident)
    ana = people_of(session, incident)[0][0]
    waiting = delivery(session, incident, notice, ana)
    session.add(Attempt(incident_id=incident.id, delivery_id=waiting.id, n=1, channel="outbox", outcome="refused",
                        started_at=clock.now(), request_sha256="0"))  # fmt: skip
    session.flush()
    assert part(session, incident, path).people == 3


@pytest.fixture
def approved(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> Iterator[House]:
    """An incident whose loaded people have an approved notice."""
    monkeypatch.setenv("FORTHWITH_LAWS", f'["{write_law(tmp_path)}"]')
    monkeypatch.setattr("forthwith.approval.hashes.TEMPLATES", write_words(tmp_path))
    configured.cache_clear()
    made = House.new(session)
    load(session, made.incident, write("wrong.csv", WRONG))
    cohorts = session.exec(select(Cohort).where(Cohort.incident_id == made.incident.id)).all()
    made.cohorts = {(str(cohort.id),): cohort for cohort in cohorts}
    made.notice(made.duty(), media=("email",), languages=("en",))
    yield made
    configured.cache_clear()


def stands(house: House) -> str:
    house.session.expire_all()
    (variant,) = house.session.exec(select(Variant)).all()
    return approval.standing(house.session, variant).reason


def test_approvals_of_the_notices_that_they_are_in_fall(approved: House, tmp_path: Path) -> None:
    assert stands(approved) == ""
    part(approved.session, approved.incident, tmp_path / "wrong.csv")
    assert stands(approved) == "the people changed"


def test_approvals_fall_where_two_are_joined_and_stand_where_they_stay_two(approved: House) -> None:
    scoping.decide(approved.session, approved.incident, (1, 2), "different", reason="two people", actor="rita")
    assert stands(approved) == ""
    scoping.decide(approved.session, approved.incident, (1, 2), "same", reason="one person", actor="rita")
    assert stands(approved) == "the people changed"


def test_merges_show_each_row_with_its_reason(session: Session, incident: Incident, write: Write) -> None:
    path = write("wrong.csv", WRONG)
    load(session, incident, path)
    told = scoping.merges(session, incident, 1)
    assert [(row["row"], row["reason"]) for row in told["rows"]] == [(0, "first"), (1, "same e-mail, same first name")]
    assert told["values"] == {"name": 1, "email": 1, "phone": 1, "address": 2, "born": 1}
    assert told["initials"] == "A. R."
