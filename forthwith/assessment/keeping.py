"""Assess an incident: read its facts, evaluate every law, keep the obligations and questions."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.assessment import methods, recording
from forthwith.assessment.engine import Assessment, assess
from forthwith.assessment.incident_facts import IncidentFacts, incident_facts
from forthwith.timeline.record import canonical, record
from models import Incident, Obligation, ObligationCohort, Question, new_id, utc_now

HOMES = ".residents"
NAMED = 3  # laws beside a question


@dataclass(frozen=True, slots=True)
class RunReport:
    """What an assessment came to, in counts."""

    assessment: int
    changed: bool
    verdicts: dict[str, int]
    questions: int
    not_arising: int
    laws: dict[str, str]  # id -> hash of its record
    answer: Assessment
    changed_laws: list[dict[str, Any]]  # law, from, to, lines


def run(session: Session, incident: Incident, *, actor: str) -> RunReport:
    """Evaluate all laws on an incident's facts and people, and write what came out as the current assessment."""
    session.execute(select(Incident.id).where(Incident.id == incident.id).with_for_update())  # one run at a time
    facts = incident_facts(session, incident)
    answer = assess(facts.document, as_of=clock.now())
    before = _current(session, incident)
    hashes = {one["id"]: str(one["sha256"]) for one in answer.laws}
    recording.keep(session, hashes)
    rows = [_obligation(incident, one, before.get(one["id"])) for one in answer.obligations]
    questions = _advised(_questions(incident, answer), facts.document, hashes)
    changed = not _same(session, incident, rows, questions, before, facts)
    number = _number(session, incident) + changed
    if changed:
        _retire(session, incident)
        _write(session, number, rows, questions, answer, facts)
    other = recording.changes(session, before.values(), hashes)
    report = _report(number, changed, rows, questions, answer, other)
    _enter(session, incident, report, facts, actor)
    return report


def _current(session: Session, incident: Incident) -> dict[str, Obligation]:
    query = select(Obligation).where(Obligation.incident_id == incident.id, col(Obligation.current))
    return {row.key: row for row in session.exec(query)}


def _number(session: Session, incident: Incident) -> int:
    """Return the number of the last assessment; 0 where there is none."""
    numbers = [
        session.exec(select(func.max(table.assessment)).where(table.incident_id == incident.id)).one()
        for table in (Obligation, Question)
    ]
    return max(number or 0 for number in numbers)


def _obligation(incident: Incident, one: dict[str, Any], before: Obligation | None) -> Obligation:
    """Return the row of an obligation; what legal decided on the very same grounds still holds."""
    due = one["due_at"] or one["target_at"]
    row = Obligation(
        incident_id=incident.id, assessment=0, key=one["id"], law=one["law"], duty=one["duty"],
        law_sha256=one["law_sha256"], audience=one["audience"], recipient=one["recipient"],
        jurisdiction=one["jurisdiction"], count=one["count"], verdict=one["verdict"],
        due_at=datetime.fromisoformat(due) if due else None, sequence=one["sequence"], channels=one["channels"],
        citation=one["citation"], confidence=one["confidence"], verified=one["verified"], detail=one,
        met_at=datetime.fromisoformat(one["met_at"]) if one["met_at"] else before.met_at if before else None,
    )  # fmt: skip
    if before and before.law_sha256 == row.law_sha256 and _grounds(before) == _grounds(row):
        row.decided_verdict, row.decided_by = before.decided_verdict, before.decided_by
        row.decided_reason = before.decided_reason
    return row


def _grounds(row: Obligation) -> tuple[str, Any]:
    return row.verdict, row.detail.get("because")


def _questions(incident: Incident, answer: Assessment) -> list[Question]:
    """Return the questions as rows; where people live is asked once, whichever laws hang on it."""
    homes = [one for one in answer.questions if one["id"].endswith(HOMES)]
    rows = [_question(incident, one, _asking(one)) for one in answer.questions if one not in homes]
    if homes:
        where = {
            "id": "people.jurisdiction", "citation": homes[0]["citation"],
            "text": "Where do the people live whose home is not known? Further laws hang on it.",
            "changes": list(dict.fromkeys(change for one in homes for change in one["changes"])),
        }  # fmt: skip
        rows.append(_question(incident, where, ", ".join(dict.fromkeys(one["law"] for one in homes))))
    return rows


def _asking(one: dict[str, Any]) -> str:
    """Return the law that asks; of a fact on which several hang, the first of them and how many more."""
    laws = one["laws"]
    own = one["id"].startswith(f"{one['law']}.") or len(laws) < 2
    more = f" and {len(laws) - NAMED} more" if len(laws) > NAMED else ""
    return str(one["law"]) if own else ", ".join(laws[:NAMED]) + more


def _advised(rows: list[Question], document: dict[str, Any], laws: Iterable[str]) -> list[Question]:
    """Set down beside each question of judgement what the risk methods make of the facts. They advise, no more."""
    advice = methods.advise(document, law_ids=laws)
    for row in rows:
        row.advice = methods.on(row.key, advice)
    return rows


def _question(incident: Incident, one: dict[str, Any], law: str) -> Question:
    return Question(
        incident_id=incident.id, assessment=0, key=one["id"], text=one["text"], law=law,
        citation=one["citation"], changes=one["changes"],
    )  # fmt: skip


def _same(
    session: Session, incident: Incident, rows: list[Obligation], questions: list[Question],
    before: dict[str, Obligation], facts: IncidentFacts,
) -> bool:  # fmt: skip
    """Return whether nothing changed: then the current rows stay, and what hangs on them."""
    asked = session.exec(select(Question).where(Question.incident_id == incident.id, col(Question.current))).all()
    if _number(session, incident) == 0 or {_asked(row) for row in asked} != {_asked(row) for row in questions}:
        return False
    if {row.key for row in rows} != set(before) or any(row.detail != before[row.key].detail for row in rows):
        return False
    return _linked(session, before) == {(row.key, cohort) for row in rows for cohort in _cohorts(row.detail, facts)}


def _asked(row: Question) -> tuple[str, str, str, tuple[str, ...], bytes]:
    return row.key, row.text, row.law, tuple(row.changes), canonical(row.advice)


def _linked(session: Session, before: dict[str, Obligation]) -> set[tuple[str, uuid.UUID]]:
    keys = {row.id: row.key for row in before.values()}
    query = select(ObligationCohort).where(col(ObligationCohort.obligation_id).in_(keys))
    return {(keys[link.obligation_id], link.cohort_id) for link in session.exec(query)}


def _cohorts(one: dict[str, Any], facts: IncidentFacts) -> set[uuid.UUID]:
    """Return the cohorts behind an obligation's groups."""
    return {cohort for index in one["groups"] if index < len(facts.cohorts) for cohort in facts.cohorts[index]}


def _retire(session: Session, incident: Incident) -> None:
    """Make the assessment before this one history."""
    for table in (Obligation, Question):
        statement = update(table).where(col(table.incident_id) == incident.id, col(table.current))
        session.execute(statement.values(current=False))
    session.expire_all()


def _write(
    session: Session, number: int, rows: list[Obligation], questions: list[Question],
    answer: Assessment, facts: IncidentFacts,
) -> None:  # fmt: skip
    """Write the new assessment's rows."""
    for row in (*rows, *questions):
        row.assessment = number
    session.add_all([*rows, *questions])
    session.flush()
    links = [
        {"id": new_id(), "created_at": utc_now(), "obligation_id": row.id, "cohort_id": cohort}
        for row, one in zip(rows, answer.obligations, strict=True)
        for cohort in sorted(_cohorts(one, facts))
    ]
    if links:
        session.execute(insert(ObligationCohort), links)


def _report(
    number: int, changed: bool, rows: Iterable[Obligation], questions: list[Question], answer: Assessment,
    changed_laws: list[dict[str, Any]],
) -> RunReport:  # fmt: skip
    return RunReport(
        number, changed, dict(Counter(row.verdict for row in rows)), len(questions), len(answer.not_arising),
        {one["id"]: one["sha256"] for one in answer.laws}, answer, changed_laws,
    )  # fmt: skip


def _enter(session: Session, incident: Incident, report: RunReport, facts: IncidentFacts, actor: str) -> None:
    """Write the timeline's entry: counts and hashes alone."""
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(report.verdicts.items())) or "no duty"
    news = "" if report.changed else "; nothing changed"
    if report.changed_laws:
        news += f"; another record now: {', '.join(one['law'] for one in report.changed_laws)}"
    data = {
        "assessment": report.assessment, "changed": report.changed, "verdicts": report.verdicts,
        "questions": report.questions, "not_arising": report.not_arising, "laws": report.laws,
        "changed_laws": [{key: one[key] for key in ("law", "from", "to")} for one in report.changed_laws],
        "facts_sha256": sha256(canonical(facts.document)).hexdigest(), "as_of": report.answer.as_of,
    }  # fmt: skip
    record(
        session, incident.id, actor=actor, verb="assessed", object_type="assessment", object_id=report.assessment,
        text=f"{len(report.laws)} laws looked at: {verdicts}; {report.questions} questions{news}", data=data,
    )  # fmt: skip
