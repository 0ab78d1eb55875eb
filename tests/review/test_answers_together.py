"""Several answers in one command: all are kept or none, each with its own fact, and four eyes hold over them all."""

import uuid
from pathlib import Path

import pytest
from fakes.review_desk import add_question, folders, in_review, lay
from sqlmodel import select

from forthwith import db
from forthwith.cli import main
from forthwith.review import users
from models import Decision, Entry, Fact, Incident, Obligation, Phase, Question

REASON = ("--reason", "The disk was wiped.")
HARM = ("test-law.harm", "harm_likely")
USED = ("breach.event.used", "yes")
SEEN = ("breach.event.acquired", "no")


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """The ledger of incidents whose flow was woken."""
    ledger: list[uuid.UUID] = []
    monkeypatch.setattr("forthwith.runs.wake", lambda one: ledger.append(one) or True)
    return ledger


@pytest.fixture
def assessed(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """The ledger of incidents that were assessed again; the desk's law is no whole record."""
    ledger: list[uuid.UUID] = []
    monkeypatch.setattr("forthwith.assessment.run", lambda _, incident, *, actor: ledger.append(incident.id))
    return ledger


@pytest.fixture
def tokens(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, woken: list[uuid.UUID], assessed: list[uuid.UUID]
) -> dict[str, str]:
    """A laid desk with three open questions; Lea, who is counsel, types."""
    where = folders(monkeypatch, tmp_path)
    with db.session() as session:
        incident = in_review(session)
        lay(session, incident, *where)
        for asked in (HARM, USED, SEEN):
            add_question(session, incident, key=asked[0])
        people = {"lea": "legal", "rio": "responder", "ana": "legal"}
        made = {name: users.add(session, name, role=role)[1] for name, role in people.items()}
    monkeypatch.setenv("FORTHWITH_TOKEN", made["lea"])
    return made


def run(*words: str) -> int:
    """Run one command; return its exit code."""
    try:
        main(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def answer(*words: str) -> int:
    return run("review", "answer", "2026-001", *words)


def rows(kind: type) -> list:
    with db.session() as session:
        return list(session.exec(select(kind)).all())


def facts() -> dict[str, object]:
    """Return what is stated, the newest of each name."""
    return {one.name: one.value for one in sorted(rows(Fact), key=lambda one: (one.created_at, one.id))}


def answered() -> list[str]:
    """Return the questions that the timeline says were answered."""
    return [one.data["question"] for one in sorted(rows(Entry), key=lambda one: one.seq) if one.verb == "answered"]


def test_several_answers_become_several_facts(tokens: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(*HARM, *USED, *SEEN, *REASON) == 0
    stated = facts()
    assert stated["answers.test-law.harm"]["value"] == "harm_likely"
    assert stated["breach.event.used"] == "yes"
    assert stated["breach.event.acquired"] == "no"
    said = capsys.readouterr().out
    for key, value in (HARM, USED, SEEN):
        assert f"{key}: {value}, answered by lea." in said


def test_each_answer_has_its_own_entry_in_the_order_given(tokens: dict[str, str]) -> None:
    assert answer(*SEEN, *HARM, *REASON) == 0
    assert answered() == ["breach.event.acquired", "test-law.harm"]


def test_one_reason_stands_with_each_judgement(tokens: dict[str, str]) -> None:
    assert answer(*HARM, *USED, *REASON) == 0
    reasons = {one.name: one.reason for one in rows(Fact)}
    assert reasons["answers.test-law.harm"] == REASON[1]
    assert {one.stated_by for one in rows(Fact)} == {"lea"}


def test_the_law_is_assessed_once_for_all_of_them(
    tokens: dict[str, str], assessed: list[uuid.UUID], capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(*HARM, *USED, *SEEN, *REASON) == 0
    assert assessed == [rows(Incident)[0].id]
    assert capsys.readouterr().out.count("Assessed again") == 1


@pytest.mark.parametrize("words", [
    (), ("test-law.harm",), (*HARM, "breach.event.used"), (*HARM, *USED, "breach.event.acquired"),
], ids=["nothing", "one alone", "three words", "five words"])  # fmt: skip
def test_a_question_without_its_answer_is_refused(
    tokens: dict[str, str], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(*words, *REASON) == 1
    beside = capsys.readouterr().err
    assert beside == ("forthwith: Each question needs its answer. Write: review answer REF QUESTION VALUE.\n")
    assert rows(Fact) == []


@pytest.mark.parametrize("wrong", [
    ("test-law.nothing", "yes"), ("", "yes"), ("test-law.harm", "perhaps"), ("breach.event.used", "\x00"),
    ("breach.event.used", "a\nb"), ("breach.event.used", "=" * 300),
], ids=["unknown question", "no question", "unknown answer", "a zero byte", "two lines", "too long"])  # fmt: skip
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_wrong_answer_keeps_all_out(
    tokens: dict[str, str], wrong: tuple[str, str], place: int, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = len(rows(Entry))
    pairs = [USED, SEEN]
    pairs.insert(place, wrong)
    assert answer(*(word for pair in pairs for word in pair), *REASON) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert rows(Fact) == []
    assert len(rows(Entry)) == entries


def test_a_judgement_without_a_reason_keeps_all_out(tokens: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(*USED, *HARM) == 1
    assert "A reason is needed" in capsys.readouterr().err
    assert rows(Fact) == []
    assert answered() == []


def test_facts_alone_need_no_reason(tokens: dict[str, str]) -> None:
    assert answer(*USED, *SEEN) == 0
    assert facts() == {"breach.event.used": "yes", "breach.event.acquired": "no"}


@pytest.mark.parametrize("reason", ["Ask ada@example.org.", "Call +49 30 5550000.", "See 078-05-1120."])
def test_a_reason_that_names_somebody_keeps_all_out(
    tokens: dict[str, str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(*USED, *HARM, "--reason", reason) == 1
    beside = capsys.readouterr().err
    assert "personal data" in beside
    assert reason not in beside
    assert rows(Fact) == []


def test_a_responder_may_not_slip_a_judgement_in_among_facts(
    tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORTHWITH_TOKEN", tokens["rio"])
    assert answer(*USED, *HARM, *REASON) == 1
    assert "Only the role legal" in capsys.readouterr().err
    assert rows(Fact) == []
    assert answer(*USED, *SEEN) == 0
    assert {one.stated_by for one in rows(Fact)} == {"rio"}


def test_answering_approves_nothing_and_decides_nothing(tokens: dict[str, str], woken: list[uuid.UUID]) -> None:
    assert answer(*HARM, *USED, *SEEN, *REASON) == 0
    assert rows(Decision) == []
    assert [one.decided_verdict for one in rows(Obligation) if one.decided_verdict] == []
    assert woken == []


def test_whoever_opened_the_incident_may_answer_but_not_approve(
    tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORTHWITH_TOKEN", tokens["ana"])
    assert run("review", "approve", "2026-001", "--all") == 1
    assert "may not approve" in capsys.readouterr().err
    assert answer(*HARM, *USED, *REASON) == 0
    assert run("review", "approve", "2026-001", "--all") == 1
    assert rows(Decision) == []


def test_whoever_has_left_answers_nothing(tokens: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("user", "remove", "lea") == 0
    assert answer(*USED, *SEEN) == 1
    assert "token" in capsys.readouterr().err.lower()
    assert rows(Fact) == []


def test_after_the_incident_is_closed_nothing_is_answered(
    tokens: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with db.session() as session:
        incident = session.exec(select(Incident)).one()
        incident.phase = Phase.CLOSED
        session.add(incident)
    assert answer(*USED, *SEEN) == 1
    assert "not open any more" in capsys.readouterr().err
    assert rows(Fact) == []


def test_an_old_question_among_new_ones_keeps_all_out(
    tokens: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with db.session() as session:
        old = session.exec(select(Question).where(Question.key == SEEN[0])).one()
        old.current = False
        session.add(old)
    assert answer(*USED, *SEEN) == 1
    assert "no open question" in capsys.readouterr().err
    assert rows(Fact) == []


def test_answers_are_taken_by_the_questions_id_as_well(tokens: dict[str, str]) -> None:
    ids = {one.key: str(one.id) for one in rows(Question)}
    assert answer(ids[USED[0]], "yes", SEEN[0], "no") == 0
    assert facts() == {"breach.event.used": "yes", "breach.event.acquired": "no"}


def test_the_same_question_twice_keeps_both_and_the_last_counts(tokens: dict[str, str]) -> None:
    assert answer(*USED, USED[0], "no") == 0
    first, second = sorted(rows(Fact), key=lambda one: one.id)
    assert (first.value, second.value) == ("yes", "no")
    assert second.supersedes == first.id


def test_who_was_consulted_stands_with_each_judgement(tokens: dict[str, str]) -> None:
    assert answer(*HARM, *USED, *REASON, "--consulted", "law_enforcement") == 0
    assert facts()["answers.test-law.harm"]["consulted"] == ["law_enforcement"]
    assert facts()["breach.event.used"] == "yes"


def test_an_unknown_incident_takes_no_answers(tokens: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("review", "answer", "1999-001", *USED, *SEEN) == 1
    assert "No incident is called" in capsys.readouterr().err
    assert rows(Fact) == []
