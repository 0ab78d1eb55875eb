"""Who is in scope, at which version, and why: taken out, taken back, told again; never deleted, never named."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.house import House, write_law, write_words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoping_help import people_of
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from forthwith import approval, db, dispatch, scoping
from forthwith.dispatch.leaving import freeze_scope
from forthwith.settings import settings as configured
from models import (
    Attempt,
    Cohort,
    Delivery,
    Entry,
    Evidence,
    Incident,
    Person,
    PersonSource,
    Refusal,
    ScopeChange,
    Variant,
    new_id,
    utc_now,
)

Write = Callable[..., Path]
Loaded = Callable[..., list[tuple[Person, Any]]]
HEAD = "Name,Email,Country,Diagnosis\n"
ANA, BEN, CORA = (
    "Ana Ruiz,ana@example.com,DE,Migraine\n", "Ben Weber,ben@example.com,FR,\n", "Cora Holt,cora@example.com,DE,\n",
)  # fmt: skip
WHY = "a test account, never a customer"


def remove(session: Session, incident: Incident, *numbers: int, why: str = WHY) -> ScopeChange:
    return scoping.remove(session, incident, numbers, reason=why, actor="rita")


def restore(session: Session, incident: Incident, *numbers: int, why: str = "it was one, after all") -> ScopeChange:
    return scoping.restore(session, incident, numbers, reason=why, actor="rita")


def counted(session: Session, incident: Incident) -> int:
    session.expire_all()
    return sum(session.exec(select(Cohort.count).where(Cohort.incident_id == incident.id)))


def person(session: Session, incident: Incident, number: int) -> Person:
    session.expire_all()
    return session.exec(select(Person).where(Person.incident_id == incident.id, Person.number == number)).one()


def test_who_is_removed_stays_on_record_and_is_in_no_cohort_and_no_count(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded(HEAD + ANA + BEN + CORA)
    change = remove(session, incident, 1)
    gone = person(session, incident, 1)
    assert gone.removed_at
    assert gone.sealed
    assert (gone.cohort_id, gone.moves) == (None, [1, 2])
    assert (change.by, change.reason, change.removed, change.people) == ("rita", WHY, 1, 2)
    assert counted(session, incident) == 2
    shown = scoping.overview(session, incident)
    assert (shown["people"], shown["out_of_scope"], shown["jurisdictions"]) == (2, 1, {"DE": 1, "FR": 1})
    assert (shown["parties"], shown["elements"].get("medical")) == ({"own": 2}, None)
    assert [line["number"] for line in scoping.people_lines(session, incident)] == [2, 3]
    assert len(list(scoping.links(session, incident))) == 3


def test_who_is_restored_is_as_before(loaded: Loaded, session: Session, incident: Incident) -> None:
    loaded(HEAD + ANA + BEN)
    before = (scoping.overview(session, incident), person(session, incident, 1).cohort_id)
    remove(session, incident, 1)
    assert restore(session, incident, 1).added == 1
    after = scoping.overview(session, incident)
    assert after.pop("scope_version") == before[0].pop("scope_version") + 2
    assert after == before[0]
    back = person(session, incident, 1)
    assert (back.removed_at, back.moves) == (None, [1, 2, 3])
    assert back.cohort_id
    assert counted(session, incident) == 2


def test_a_later_load_does_not_bring_back_who_was_removed(
    loaded: Loaded, session: Session, incident: Incident, write: Write
) -> None:
    loaded(HEAD + ANA + BEN)
    remove(session, incident, 1)
    again = write("again.csv", HEAD.replace("Diagnosis", "IBAN") + ANA.replace("Migraine", "DE89370400440532013000"))
    report = scoping.load(session, incident, [again], actor="ana")
    assert (report.people, report.people_new, report.people_changed, report.people_out) == (1, 0, 0, 1)
    gone = person(session, incident, 1)
    assert (gone.cohort_id, bool(gone.removed_at), counted(session, incident)) == (None, True, 1)
    for evidence in session.exec(select(Evidence).where(Evidence.incident_id == incident.id)):
        linked = select(PersonSource).where(PersonSource.evidence_id == evidence.id)
        assert evidence.rows_in == len(session.exec(linked).all()) + evidence.rows_quarantined
    (*_, entry) = session.exec(select(Entry).order_by(col(Entry.seq))).all()
    assert (entry.verb, entry.data["people_out"]) == ("loaded", 1)
    restore(session, incident, 1)  # with all that was learned of them since
    assert {"medical", "bank_account_number"} < set(person(session, incident, 1).elements)


def test_a_row_that_ties_somebody_to_a_removed_person_takes_nobody_out(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded("Name,Email,Phone\nAna Ruiz,a@example.com,\nAna Ruiz,,+49 171 3920011\n")
    remove(session, incident, 1)
    loaded("Name,Email,Phone\nAna Ruiz,a@example.com,+49 171 3920011\n")
    told = {number: person(session, incident, number) for number in (1, 2)}
    assert told[1].removed_at
    assert told[2].removed_at is None
    assert told[2].channels == ["email", "sms", "voice"]
    assert counted(session, incident) == 1


def test_two_records_that_were_one_person_count_once_in_every_version(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded("Name,Email,Phone\nAna Ruiz,a@example.com,\n", "Name,Email,Phone\nAna Ruiz,,+49 171 3920011\n")
    loaded("Name,Email,Phone\nAna Ruiz,a@example.com,+49 171 3920011\n")
    assert [(row["added"], row["joined"], row["people"]) for row in scoping.scope_versions(session, incident)] == [
        (1, 0, 1), (1, 0, 2), (0, 1, 1),
    ]  # fmt: skip
    assert [scoping.difference(session, incident, 0, last)["after"] for last in (1, 2, 3)] == [1, 1, 1]


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as end:
        call()
    assert "\n" not in str(end.value)
    return str(end.value)


def test_what_can_not_be_is_refused_in_one_line_and_changes_nobody(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded(HEAD + ANA + BEN)
    for call, said in {
        lambda: remove(session, incident, 1, 7): "No. 7: nobody here.",
        lambda: remove(session, incident): "Nobody was named.",
        lambda: remove(session, incident, 1, why="  "): "A reason is needed",
        lambda: remove(session, incident, 1, why="she is ana@example.com"): "holds an e-mail address",
        lambda: remove(session, incident, 1, why="this is Mrs RUIZ's test account"): "No. 1: the reason names them.",
        lambda: restore(session, incident, 1): "No. 1: in scope.",
    }.items():
        assert said in refused(call)
    assert scoping.overview(session, incident)["people"] == 2
    remove(session, incident, 1)
    assert "No. 1: out of scope already." in refused(lambda: remove(session, incident, 1, 2))
    assert person(session, incident, 2).removed_at is None
    assert [row["version"] for row in scoping.scope_versions(session, incident)] == [1, 2]


def test_a_load_that_tells_of_nobody_new_or_again_makes_no_version(
    loaded: Loaded, session: Session, incident: Incident, write: Write
) -> None:
    path = write("p.csv", HEAD + ANA)
    scoping.load(session, incident, [path], actor="ana")
    scoping.load(session, incident, [path], actor="ana")
    assert [(row["version"], row["what"], row["added"]) for row in scoping.scope_versions(session, incident)] == [
        (1, "load", 1)
    ]
    assert incident.scope_version == 1


def test_the_difference_tells_who_came_went_and_changed_by_place(
    loaded: Loaded, session: Session, incident: Incident
) -> None:
    loaded(HEAD + ANA + BEN, HEAD + CORA + BEN.replace(",FR,", ",FR,Asthma"))
    remove(session, incident, 1)
    assert [row["changed"] for row in scoping.scope_versions(session, incident)] == [0, 1, 0]
    none = {"before": 0, "came": 0, "went": 0, "changed": 0, "after": 0}
    assert scoping.difference(session, incident, 1, 3)["jurisdictions"] == {
        "DE": none | {"before": 1, "came": 1, "went": 1, "after": 1},
        "FR": none | {"before": 1, "changed": 1, "after": 1},
    }
    whole = scoping.difference(session, incident, None, None)
    assert (whole["from"], whole["to"], whole["came"], whole["went"], whole["after"]) == (0, 3, 2, 0, 2)
    assert "has no version 9: it stands at 3" in refused(lambda: scoping.difference(session, incident, 1, 9))
    assert "Version 3 came after version 1" in refused(lambda: scoping.difference(session, incident, 3, 1))


def test_a_version_is_never_changed_afterwards(loaded: Loaded, session: Session, incident: Incident) -> None:
    loaded(HEAD + ANA)
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("update scope_change set reason = 'another'"))


def test_people_from_before_versions_were_kept_are_in_scope_and_can_be_removed(
    session: Session, incident: Incident
) -> None:
    for number in (1, 2):
        told = {"incident": incident.id, "id": new_id(), "number": number, "now": utc_now()}
        session.execute(
            text(
                "insert into person (id, created_at, incident_id, number, jurisdiction, country, jurisdiction_source,"
                " age_class, kind, deceased, language, elements, channels, sealed_sha256) values (:id, :now, :incident,"
                " :number, 'DE', 'DE', 'stated', 'adult', 'customer', false, 'de', '{}', '{}', '')"
            ),
            told,
        )
    version = remove(session, incident, 2).version
    assert scoping.difference(session, incident, 0, version)["went"] == 1
    assert scoping.difference(session, incident, 0, version)["before"] == 2


moves = st.lists(
    st.tuples(st.sampled_from(["load", "remove", "restore"]), st.sets(st.integers(1, 6), min_size=1, max_size=4)),
    min_size=1, max_size=6,
)  # fmt: skip
LANDS = ("DE", "FR", "US")


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=moves)
def test_any_sequence_of_changes_is_told_as_it_was(session: Session, tmp_path: Path, steps: list[Any]) -> None:
    incident = House.new(session, ref=f"x-{new_id()}").incident
    scope: dict[int, int] = {}  # who is in, and how much is known of their data: the model to compare with
    out: dict[int, int] = {}
    at: dict[str, int] = {}  # number by who
    past = [dict(scope)]
    for step, (what, chosen) in enumerate(steps):
        if what == "load":
            body = [
                f"Person{'abcdef'[who - 1]} Zed,p{who}@example.com,{LANDS[who % 3]},{'x' * (step % 2)}"
                for who in sorted(chosen)
            ]
            path = tmp_path / f"{new_id()}.csv"
            path.write_text("\n".join([HEAD.strip(), *body, f"Total {step},,,"]) + "\n")
            scoping.load(session, incident, [path], actor="ana")
            for who in sorted(chosen):
                number = at.setdefault(str(who), len(at) + 1)
                here = out if number in out else scope
                here[number] = max(here.get(number, 0), step % 2)
        else:
            source, target = (scope, out) if what == "remove" else (out, scope)
            some = sorted({at.get(str(who), 0) for who in chosen} & set(source))
            if not some:
                continue
            (remove if what == "remove" else restore)(session, incident, *some)
            target |= {number: source.pop(number) for number in some}
        past.append(dict(scope))
        assert scoping.overview(session, incident)["people"] == counted(session, incident) == len(scope)
    for first in range(len(past)):
        for last in range(first, len(past)):
            then, now = past[first], past[last]
            told = scoping.difference(session, incident, first, last)
            assert (told["came"], told["went"]) == (len(set(now) - set(then)), len(set(then) - set(now)))
            assert told["changed"] == sum(then[one] != now[one] for one in set(then) & set(now))
            assert (told["before"], told["after"]) == (len(then), len(now))
    assert [row["people"] for row in scoping.scope_versions(session, incident)] == [len(scope) for scope in past[1:]]


@pytest.fixture
def house(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> Iterator[House]:
    """An incident whose two loaded people have an approved notice."""
    monkeypatch.setenv("FORTHWITH_LAWS", f'["{write_law(tmp_path)}"]')
    monkeypatch.setattr("forthwith.approval.hashes.TEMPLATES", write_words(tmp_path))
    configured.cache_clear()
    yield noticed(session, write)
    configured.cache_clear()


def noticed(session: Session, write: Write) -> House:
    """Load two people and give them an approved notice."""
    made = House.new(session)
    scoping.load(session, made.incident, [write("p.csv", HEAD + ANA + BEN)], actor="ana")
    cohorts = session.exec(select(Cohort).where(Cohort.incident_id == made.incident.id)).all()
    made.cohorts = {(str(cohort.id),): cohort for cohort in cohorts}
    made.notice(made.duty(), media=("email",), languages=("en",))
    return made


def rows(house: House) -> dict[int, Delivery]:
    house.session.expire_all()
    found = select(Person.number, Delivery).join(Delivery, col(Delivery.recipient_id) == Person.id)
    return dict(house.session.exec(found).all())


def plan(house: House) -> dispatch.PlanReport:
    return dispatch.plan(house.session, house.incident, actor="ana")


def stands(house: House) -> str:
    house.session.expire_all()
    (variant,) = house.session.exec(select(Variant)).all()
    return approval.standing(house.session, variant).reason


def test_the_approval_of_a_notice_falls_with_one_of_its_people(house: House) -> None:
    assert stands(house) == ""
    remove(house.session, house.incident, 1)
    assert stands(house) == "the people changed"
    restore(house.session, house.incident, 1)
    assert stands(house) == ""  # exactly those whom legal approved


def test_what_waits_for_a_removed_person_is_cancelled_at_once_and_lifted_on_return(house: House) -> None:
    plan(house)
    remove(house.session, house.incident, 1)
    assert {number: row.state for number, row in rows(house).items()} == {1: "cancelled", 2: "planned"}
    restore(house.session, house.incident, 1)
    plan(house)
    assert {row.state for row in rows(house).values()} == {"planned"}


def test_no_delivery_is_planned_for_a_removed_person_and_the_equality_goes_without_them(house: House) -> None:
    remove(house.session, house.incident, 1)
    (variant,) = house.session.exec(select(Variant)).all()
    house.approve(variant)
    plan(house)
    assert set(rows(house)) == {2}
    state = dispatch.status(house.session, house.incident)
    assert (state["people"], state["people_under_a_duty"], state["gaps"]) == (1, 1, [])
    assert (state["equality"]["scope"], state["equality"]["duties"]) == (1, 1)


@pytest.mark.parametrize(
    "state", ["sending", "accepted", "delivered", "bounced", "returned", "failed", "unknown", "shared"]
)
def test_who_was_told_can_not_be_removed(house: House, state: str) -> None:
    plan(house)
    row = rows(house)[1]
    if state == "shared":
        row.state, row.reason = "cancelled", dispatch.states.SAME_ADDRESSEE.format(new_id())
    else:
        row.state, row.reason = state, "x"
    house.session.flush()
    assert "No. 1: told already" in refused(lambda: remove(house.session, house.incident, 1, 2))
    assert {one.moves == [1] for one, _ in people_of(house.session, house.incident)} == {True}
    assert rows(house)[2].state == "planned"


@pytest.mark.parametrize("outcome", [None, "accepted", "unknown", "refused"])
def test_a_call_that_was_not_refused_counts_as_told(house: House, outcome: str | None) -> None:
    plan(house)
    house.session.add(
        Attempt(
            incident_id=house.incident.id,
            delivery_id=rows(house)[1].id,
            n=1,
            channel="smtp_mail",
            started_at=utc_now(),
            outcome=outcome,
            request_sha256="",
        )
    )
    house.session.flush()
    if outcome != "refused":
        assert "No. 1: told already" in refused(lambda: remove(house.session, house.incident, 1))
        return
    remove(house.session, house.incident, 1)
    assert rows(house)[1].state == "cancelled"
    restore(house.session, house.incident, 1)
    assert rows(house)[1].state == "planned"  # it goes on waiting for its next try


def test_who_is_told_for_somebody_else_too_can_not_be_removed(house: House) -> None:
    plan(house)
    first, second = (rows(house)[number] for number in (1, 2))
    second.state, second.reason = "cancelled", dispatch.states.SAME_ADDRESSEE.format(first.id)
    house.session.flush()
    assert "No. 1, 2: told already" in refused(lambda: remove(house.session, house.incident, 1, 2))


def test_the_address_of_a_removed_person_is_free_for_another(house: House) -> None:
    plan(house)
    rows(house)[1].address_key = "k"  # noted when a provider was asked and refused for a while
    house.session.flush()
    remove(house.session, house.incident, 1)
    assert rows(house)[1].address_key is None


def test_whoever_is_being_sent_to_right_now_is_waited_for_and_then_refused(
    fresh: str, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FORTHWITH_LAWS", f'["{write_law(tmp_path)}"]')
    monkeypatch.setattr("forthwith.approval.hashes.TEMPLATES", write_words(tmp_path))
    configured.cache_clear()
    with db.session() as opened:
        made = noticed(opened, write)
        plan(made)
    found: list[str] = []

    def take_out() -> None:
        with db.session() as other:
            incident = other.exec(select(Incident)).one()
            found.append(refused(lambda: remove(other, incident, 1)))

    with db.session() as sender:
        freeze_scope(sender, made.incident.id)  # as each batch does before it claims
        asking = threading.Thread(target=take_out)
        asking.start()
        asking.join(0.5)
        assert asking.is_alive()
        sender.execute(text("update delivery set state = 'sending'"))
    asking.join(20)
    assert "No. 1: told already" in found[0]


def test_no_name_stands_in_the_timeline_the_log_or_what_is_shown(
    loaded: Loaded, session: Session, incident: Incident, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loaded(HEAD + "Xaverine Quillfeather,xq.feather@example.com,DE,Wunderkrankheit\n" + BEN)
    remove(session, incident, 1)
    said = refused(lambda: remove(session, incident, 2, 1))
    said += refused(lambda: restore(session, incident, 1, why="Quillfeather is a customer"))
    restore(session, incident, 1)
    remove(session, incident, 1)
    entries = session.exec(select(Entry).order_by(col(Entry.seq))).all()
    assert [entry.verb for entry in entries] == ["loaded", "removed", "restored", "removed"]
    assert entries[1].text == f"1 person was taken out of scope: {WHY}"
    assert entries[1].data == {"people": 1, "numbers": [1], "scope_version": 2, "in_scope": 1}
    for table in ("entry", "scope_change", "person", "cohort"):
        said += "".join(row for (row,) in session.execute(text(f"select {table}::text from {table}")))
    said += str(
        [scoping.scope_versions(session, incident), scoping.difference(session, incident, 0, None), caplog.text]
    )
    said += str([scoping.taken_out(session, incident), scoping.overview(session, incident)])
    for canary in ("Xaverine", "Quillfeather", "xq.feather", "Wunderkrankheit"):
        assert canary.lower() not in said.lower()
