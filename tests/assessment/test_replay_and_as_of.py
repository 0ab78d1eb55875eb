"""An assessment can be done again: the same facts and day give the same bytes, and a later day changes only time."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.assessment import assess, library, run
from forthwith.assessment.incident_facts import incident_facts
from forthwith.timeline.record import canonical
from models import Cohort, Entry, Fact, Incident, Obligation, Question, Refusal

Facts = Callable[..., dict[str, Any]]
Make = Callable[..., library.Loaded]
DAY = datetime(2026, 6, 10, 9, tzinfo=UTC)
STATED = {
    "entity.role": "controller", "entity.home": "DE", "breach.properties": ["confidentiality"],
    "breach.recipients": "attacker", "breach.actor": "external_malicious", "breach.protection.unintelligible": "no",
    "clocks.aware_at": "2026-06-09T08:00:00+02:00",
}  # fmt: skip
SOME = [one for one in library.all_laws() if one.law.id in ("eu.gdpr", "uk.gdpr", "us-ca", "jp.appi")]
WORLD = {
    "entity": {"role": "controller", "home": "DE"},
    "clocks": {"aware_at": "2026-06-09T08:00:00+02:00", "discovered_at": "2026-06-09"},
    "breach": {
        "properties": ["confidentiality"], "recipients": "attacker", "actor": "external_malicious",
        "event": {"acquired": "yes"}, "protection": {"unintelligible": "no"},
    },
    "people": [
        {"jurisdiction": place, "count": 700, "elements": ["name", "health", "ssn"]}
        for place in ("DE", "GB", "US-CA", "JP", "unknown")
    ],
}  # fmt: skip


def found(answer: Any, duty: str) -> dict[str, Any]:
    return next(one for one in answer.obligations if one["duty"] == duty)


def test_the_same_facts_on_the_same_day_give_the_same_bytes() -> None:
    first, second = (canonical(assess(copy.deepcopy(WORLD), as_of=DAY, laws=SOME).as_dict()) for _ in range(2))
    assert first == second


def test_the_answer_goes_through_json_and_comes_back_the_same() -> None:
    answer = assess(WORLD, as_of=DAY, laws=SOME).as_dict()
    assert json.loads(json.dumps(answer)) == answer
    assert set(answer) == {"as_of", "obligations", "questions", "not_arising", "laws", "ignored"}


def test_facts_that_went_through_json_are_the_same_facts() -> None:
    again = json.loads(json.dumps(WORLD))
    assert assess(again, as_of=DAY, laws=SOME).as_dict() == assess(WORLD, as_of=DAY, laws=SOME).as_dict()


def test_assessing_changes_nothing_in_the_facts() -> None:
    facts = copy.deepcopy(WORLD)
    assess(facts, as_of=DAY, laws=SOME)
    assert facts == WORLD


def test_the_order_in_which_facts_are_written_does_not_matter() -> None:
    turned = {key: WORLD[key] for key in reversed(WORLD)}
    turned["breach"] = {key: WORLD["breach"][key] for key in reversed(WORLD["breach"])}
    assert assess(turned, as_of=DAY, laws=SOME).as_dict() == assess(WORLD, as_of=DAY, laws=SOME).as_dict()


@pytest.mark.parametrize("days", [1, 40, 400])
def test_the_passing_of_time_alone_changes_no_verdict_and_no_deadline(days: int) -> None:
    def dues(at: datetime) -> dict[str, tuple[Any, ...]]:
        answer = assess(WORLD, as_of=at, laws=SOME)
        return {one["id"]: (one["verdict"], one["due_at"], one["target_at"]) for one in answer.obligations}

    assert dues(DAY + timedelta(days=days)) == dues(DAY)


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("2026-06-10", "2026-06-10T23:59:59+00:00"), ("2026-06-10T09:00:00+00:00", "2026-06-10T09:00:00+00:00"),
        ("2026-06-10T09:00:00+02:00", "2026-06-10T07:00:00+00:00"), (None, None), ("unknown", None), ("", None),
    ],
)  # fmt: skip
def test_a_day_is_over_when_it_is_over(law: Make, facts: Facts, stated: Any, shown: str | None) -> None:
    within = assess({**facts(), "as_of": stated}, laws=[law()]).as_of
    given = assess(facts(), as_of=stated, laws=[law()]).as_of
    assert (within, given) == (shown, shown)


def test_the_day_that_is_given_comes_before_the_one_in_the_file(law: Make, facts: Facts) -> None:
    answer = assess({**facts(), "as_of": "2020-01-01"}, as_of="2026-06-10", laws=[law()])
    assert answer.as_of == "2026-06-10T23:59:59+00:00"


@pytest.mark.parametrize("wrong", ["yesterday", "2026-14-01", "1066-10-14"])
def test_an_as_of_that_is_no_day_is_refused(law: Make, facts: Facts, wrong: str) -> None:
    with pytest.raises(Refusal, match="as_of"):
        assess(facts(), as_of=wrong, laws=[law()])


@pytest.mark.parametrize(("as_of", "met"), [("2026-03-09", False), ("2026-03-10", True), ("2026-04-01", True)])
def test_what_will_be_done_is_not_done_yet(law: Make, facts: Facts, as_of: str, met: bool) -> None:
    told = facts(clocks__individuals_notified_at="2026-03-10")
    people = found(assess(told, as_of=as_of, laws=[law()]), "individuals")
    assert (people["met_at"] is not None) is met


def test_an_authority_that_was_told_is_met_by_its_own_name_alone(law: Make, facts: Facts) -> None:
    told = facts(clocks__regulators_notified_at={"zz_attorney_general": "2026-03-05"})
    answer = assess(told, as_of="2026-03-06", laws=[law()])
    met = {one["duty"]: one["met_at"] for one in answer.obligations}
    assert met == {"individuals": None, "regulator": "2026-03-05T00:00:00-05:00", "sample": None}


@pytest.mark.parametrize(("as_of", "arises"), [("2026-03-01", False), ("2026-03-02", True)])
def test_without_any_date_the_law_of_the_day_counts(law: Make, facts: Facts, as_of: str, arises: bool) -> None:
    loaded = law(("verified: true\n", 'verified: true\nvalid_from: "2026-03-02"\n'))
    answer = assess(facts(clocks=None), as_of=as_of, laws=[loaded])
    assert bool(answer.obligations) is arises


def test_a_law_that_ended_is_named_with_its_span(law: Make, facts: Facts) -> None:
    loaded = law(("verified: true\n", 'verified: true\nvalid_to: "2026-03-01"\n'))
    (gone,) = assess(facts(), laws=[loaded]).not_arising
    assert gone["law"] == "us-zz"
    assert "to 2026-03-01" in gone["because"][0]["says"]
    assert gone["because"][0]["facts"] == {"day that counts": "2026-03-02"}


def test_awareness_chooses_the_law_before_discovery_and_detection(law: Make, facts: Facts) -> None:
    loaded = law(("verified: true\n", 'verified: true\nvalid_from: "2026-03-02"\n'))
    dates = {"detected_at": "2026-01-01", "discovered_at": "2026-02-01", "aware_at": "2026-03-02"}
    assert assess(facts(clocks=dates), laws=[loaded]).obligations
    del dates["aware_at"]
    assert not assess(facts(clocks=dates), laws=[loaded]).obligations
    dates["discovered_at"] = "2026-03-03"
    assert assess(facts(clocks=dates), laws=[loaded]).obligations


@pytest.fixture
def stated(session: Session, incident: Incident) -> Incident:
    """An incident with facts and a cohort, not assessed yet."""
    for name, value in STATED.items():
        put(session, incident, name, value)
    session.add(Cohort(
        incident_id=incident.id, fingerprint="de", jurisdiction="DE", country="DE", elements=["name", "health"],
        age_class="adult", language="de", channels=["email"], count=10,
    ))  # fmt: skip
    session.flush()
    return incident


def put(session: Session, incident: Incident, name: str, value: Any) -> None:
    session.add(Fact(incident_id=incident.id, name=name, value=value, known_at=DAY, stated_by="ana"))
    session.flush()


def rows(session: Session, incident: Incident, number: int) -> dict[str, Obligation]:
    query = select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.assessment) == number)
    return {row.key: row for row in session.exec(query)}


def test_what_was_kept_can_be_computed_again_from_the_kept_facts(session: Session, stated: Incident) -> None:
    with clock.frozen(DAY):
        report = run(session, stated, actor="ana")
    again = assess(incident_facts(session, stated).document, as_of=report.answer.as_of)
    assert {one["id"]: one for one in again.obligations} == {
        key: row.detail for key, row in rows(session, stated, 1).items()
    }
    assert {law["id"]: law["sha256"] for law in again.laws} == report.laws


def test_the_next_day_with_the_same_facts_is_no_new_assessment(session: Session, stated: Incident) -> None:
    reports = []
    for days in range(3):
        with clock.frozen(DAY + timedelta(days=days)):
            reports.append(run(session, stated, actor="ana"))
    assert [(one.assessment, one.changed) for one in reports] == [(1, True), (1, False), (1, False)]
    entries = session.exec(select(Entry).where(Entry.incident_id == stated.id, Entry.verb == "assessed")).all()
    assert [entry.data["as_of"] for entry in entries] == [one.answer.as_of for one in reports]
    assert len({entry.data["facts_sha256"] for entry in entries}) == 1


def test_history_keeps_each_assessment_and_only_the_last_is_current(session: Session, stated: Incident) -> None:
    for value in ("no", "unknown", "no"):
        put(session, stated, "breach.protection.unintelligible", value)
        with clock.frozen(DAY):
            run(session, stated, actor="ana")
    verdicts = [rows(session, stated, number)["eu.gdpr.individuals:DE"].verdict for number in (1, 2, 3)]
    assert (verdicts[0], verdicts[2]) == ("notify", "notify")
    assert verdicts[1] != "do_not_notify"
    current = {number: {row.current for row in rows(session, stated, number).values()} for number in (1, 2, 3)}
    assert current == {1: {False}, 2: {False}, 3: {True}}
    first, third = (rows(session, stated, number) for number in (1, 3))
    assert {key: row.detail for key, row in first.items()} == {key: row.detail for key, row in third.items()}


def test_each_change_of_facts_shows_in_their_hash(session: Session, stated: Incident) -> None:
    for value in ("no", "yes"):
        put(session, stated, "breach.protection.key_compromised", value)
        with clock.frozen(DAY):
            run(session, stated, actor="ana")
    entries = session.exec(select(Entry).where(Entry.incident_id == stated.id, Entry.verb == "assessed")).all()
    assert len({entry.data["facts_sha256"] for entry in entries}) == 2


def test_the_questions_of_an_older_assessment_are_not_asked_any_more(session: Session, stated: Incident) -> None:
    put(session, stated, "breach.recipients", "unknown")
    with clock.frozen(DAY):
        run(session, stated, actor="ana")
        put(session, stated, "breach.recipients", "attacker")
        run(session, stated, actor="ana")
    asked = session.exec(select(Question).where(Question.incident_id == stated.id)).all()
    assert {row.assessment for row in asked if row.current} <= {2}
    assert not [row for row in asked if row.current and row.key == "breach.recipients"]
