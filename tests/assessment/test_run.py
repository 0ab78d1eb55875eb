"""An incident's assessment: facts and cohorts in, obligations and questions kept, decisions carried over."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.assessment import run
from forthwith.assessment.incident_facts import incident_facts
from models import Cohort, Entry, Fact, Incident, Obligation, ObligationCohort, Person, Question

NOW = datetime(2026, 6, 10, 9, tzinfo=UTC)
STATED = {
    "entity.role": "controller", "entity.home": "DE", "breach.properties": ["confidentiality"],
    "breach.recipients": "attacker", "breach.actor": "external_malicious", "breach.protection.unintelligible": "no",
    "clocks.aware_at": "2026-06-09T08:00:00+02:00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _at() -> Any:
    with clock.frozen(NOW):
        yield


def state(session: Session, incident: Incident, **facts: Any) -> None:
    for name, value in facts.items():
        session.add(
            Fact(
                incident_id=incident.id,
                name=name.replace("__", "."),
                value=value,
                known_at=clock.now(),
                stated_by="ana",
            )
        )
    session.flush()


def cohort(session: Session, incident: Incident, **fields: Any) -> Cohort:
    made = Cohort(**{
        "incident_id": incident.id, "fingerprint": repr(sorted(fields.items())), "jurisdiction": "DE", "country": "DE",
        "elements": ["name", "health"], "age_class": "adult", "language": "de", "channels": ["email"], "count": 10,
        **fields,
    })  # fmt: skip
    session.add(made)
    session.flush()
    return made


@pytest.fixture
def assessed(session: Session, incident: Incident) -> Incident:
    """An incident with facts and two cohorts, not assessed yet."""
    state(session, incident, **STATED)
    cohort(session, incident)
    cohort(session, incident, language="tr", channels=["letter"], count=4)
    return incident


def current(session: Session, incident: Incident) -> dict[str, Obligation]:
    query = select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.current))
    return {row.key: row for row in session.exec(query)}


def test_obligations_are_kept_with_law_hash_trace_and_people(session: Session, assessed: Incident) -> None:
    report = run(session, assessed, actor="ana")
    rows = current(session, assessed)
    people = rows["eu.gdpr.individuals:DE"]
    assert (people.verdict, people.count, people.audience, people.assessment) == ("notify", 14, "individuals", 1)
    assert people.law_sha256 == report.laws["eu.gdpr"]
    assert people.detail["because"]
    assert people.due_at == datetime.fromisoformat("2026-06-12T08:00:00+02:00"), (
        "the internal target, where the law has no number"
    )
    links = session.exec(select(ObligationCohort).where(ObligationCohort.obligation_id == people.id)).all()
    assert len(links) == 2
    authority = rows["eu.gdpr.regulator:DE:de_supervisory_authority"]
    assert authority.due_at == datetime.fromisoformat("2026-06-12T08:00:00+02:00")
    assert authority.sequence == "independent"
    assert report.verdicts["notify"] == len([row for row in rows.values() if row.verdict == "notify"])


def test_the_timeline_gets_counts_and_hashes_and_nobody(session: Session, assessed: Incident) -> None:
    report = run(session, assessed, actor="ana")
    (entry,) = session.exec(select(Entry).where(Entry.incident_id == assessed.id)).all()
    assert (entry.verb, entry.actor, entry.object_id) == ("assessed", "ana", "1")
    assert entry.data["laws"] == report.laws
    assert len(entry.data["facts_sha256"]) == 64
    assert entry.data["verdicts"] == report.verdicts
    assert "notify" in entry.text


def test_the_same_facts_again_keep_the_rows_and_change_nothing(session: Session, assessed: Incident) -> None:
    first = run(session, assessed, actor="ana")
    ids = {row.id for row in current(session, assessed).values()}
    second = run(session, assessed, actor="ana")
    assert (first.assessment, second.assessment, second.changed) == (1, 1, False)
    assert {row.id for row in current(session, assessed).values()} == ids


def test_a_new_fact_makes_a_new_assessment_and_the_old_one_history(session: Session, assessed: Incident) -> None:
    run(session, assessed, actor="ana")
    state(session, assessed, breach__protection__unintelligible="yes", breach__protection__key_compromised="no")
    report = run(session, assessed, actor="ana")
    assert (report.assessment, report.changed) == (2, True)
    assert {row.verdict for row in current(session, assessed).values() if row.law == "eu.gdpr"} == {"do_not_notify"}
    old = session.exec(
        select(Obligation).where(Obligation.incident_id == assessed.id, col(Obligation.assessment) == 1)
    ).all()
    assert old
    assert not any(row.current for row in old)
    assert all(
        row.current is (row.assessment == 2)
        for row in session.exec(select(Question).where(Question.incident_id == assessed.id))
    )


def test_new_people_make_a_new_assessment(session: Session, assessed: Incident) -> None:
    run(session, assessed, actor="ana")
    cohort(session, assessed, jurisdiction="FR", country="FR", count=2)
    assert run(session, assessed, actor="ana").changed
    assert current(session, assessed)["eu.gdpr.individuals:FR"].count == 2


def decide(session: Session, row: Obligation) -> None:
    row.decided_verdict, row.decided_by, row.decided_reason = "do_not_notify", "lea", "no high risk"
    session.add(row)
    session.flush()


def test_legals_decision_is_carried_over_on_the_same_grounds(session: Session, assessed: Incident) -> None:
    run(session, assessed, actor="ana")
    decide(session, current(session, assessed)["eu.gdpr.individuals:DE"])
    cohort(session, assessed, jurisdiction="FR", country="FR", count=2)
    run(session, assessed, actor="ana")
    kept = current(session, assessed)["eu.gdpr.individuals:DE"]
    assert (kept.assessment, kept.effective, kept.decided_by, kept.decided_reason) == (
        2,
        "do_not_notify",
        "lea",
        "no high risk",
    )


def test_legals_decision_falls_when_its_grounds_change(session: Session, assessed: Incident) -> None:
    run(session, assessed, actor="ana")
    decide(session, current(session, assessed)["eu.gdpr.individuals:DE"])
    state(session, assessed, breach__recipients="thief")
    run(session, assessed, actor="ana")
    assert current(session, assessed)["eu.gdpr.individuals:DE"].effective == "notify"


def test_people_of_unknown_home_are_asked_for_once(session: Session, assessed: Incident) -> None:
    cohort(session, assessed, jurisdiction="unknown", country="", count=3)
    run(session, assessed, actor="ana")
    rows = session.exec(select(Question).where(Question.incident_id == assessed.id, col(Question.current))).all()
    homes = [row for row in rows if row.key == "people.jurisdiction"]
    assert len(homes) == 1
    assert "ch.fadp" in homes[0].law
    assert not [row for row in rows if row.key.endswith(".residents")]


def test_the_latest_statement_of_a_fact_counts(session: Session, incident: Incident) -> None:
    state(session, incident, breach__cause="phishing")
    state(session, incident, breach__cause="insider", answers__us_fl="x")
    state(
        session,
        incident,
        **{"answers.us-fl.harm": {"value": "harm_likely"}, "clocks.regulators_notified_at.ico": "2026-06-01"},
    )
    document = incident_facts(session, incident).document
    assert document["breach"] == {"cause": "insider"}
    assert document["answers"]["us-fl.harm"] == {"value": "harm_likely"}
    assert document["clocks"]["regulators_notified_at"] == {"ico": "2026-06-01"}


def test_a_part_stated_whole_is_refined_by_what_is_said_within_it(session: Session, incident: Incident) -> None:
    state(
        session, incident, **{"breach.event.acquired": "yes", "breach": {"cause": "theft", "event": {"accessed": "no"}}}
    )
    assert incident_facts(session, incident).document["breach"] == {
        "cause": "theft",
        "event": {"accessed": "no", "acquired": "yes"},
    }


def test_words_for_notices_are_no_facts_of_law(session: Session, incident: Incident) -> None:
    state(session, incident, **{"words.what_happened": "Somebody took the files."})
    assert "words" not in incident_facts(session, incident).document


def test_cohorts_that_differ_only_in_language_are_one_group_and_the_dead_are_another(
    session: Session, incident: Incident
) -> None:
    first = cohort(session, incident)
    second = cohort(session, incident, language="tr", count=4)
    for number in (1, 2):
        session.add(Person(incident_id=incident.id, number=number, cohort_id=first.id, jurisdiction="DE", country="DE",
                           deceased=number == 1, sealed_sha256="0"))  # fmt: skip
    session.flush()
    facts = incident_facts(session, incident)
    rows = {tuple(row["special"]): row["count"] for row in facts.document["people"]}
    assert rows == {(): 13, ("deceased",): 1}
    assert sorted(map(len, facts.cohorts)) == [1, 2]
    assert {first.id, second.id} == {one for ids in facts.cohorts for one in ids}


def test_the_incidents_own_awareness_counts_where_no_fact_says_otherwise(session: Session, incident: Incident) -> None:
    incident.aware_at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert incident_facts(session, incident).document["clocks"]["aware_at"] == "2026-06-01T12:00:00+00:00"
    state(session, incident, clocks__aware_at="2026-06-02")
    assert incident_facts(session, incident).document["clocks"]["aware_at"] == "2026-06-02"


def test_nothing_stated_gives_questions_and_no_silence(session: Session, incident: Incident) -> None:
    report = run(session, incident, actor="ana")
    assert report.questions > 0
    assert "do_not_notify" not in report.verdicts
    again = run(session, incident, actor="ana")
    assert again.changed is False


def test_a_duty_already_done_stays_done(session: Session, assessed: Incident) -> None:
    run(session, assessed, actor="ana")
    row = current(session, assessed)["eu.gdpr.individuals:DE"]
    row.met_at = NOW
    session.add(row)
    session.flush()
    state(session, assessed, breach__recipients="thief")
    run(session, assessed, actor="ana")
    assert current(session, assessed)["eu.gdpr.individuals:DE"].met_at == NOW
