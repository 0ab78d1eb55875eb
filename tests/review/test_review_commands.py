"""The commands of legal and of whoever gives access."""

import json
import uuid
from pathlib import Path

import pytest
from fakes.review_desk import add_duty, add_variant, folders, in_review, lay
from sqlmodel import select

from forthwith import db
from forthwith.cli import main
from forthwith.review import users
from models import Decision, Entry, Incident, Notice, Obligation, Refusal, Variant


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """The ledger of incidents whose flow was woken."""
    ledger: list[uuid.UUID] = []
    monkeypatch.setattr("forthwith.runs.wake", lambda one: ledger.append(one) or True)
    return ledger


@pytest.fixture
def lea(fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, woken: list[uuid.UUID]) -> str:
    """A laid desk in a database of its own, and Lea's token in the environment."""
    where = folders(monkeypatch, tmp_path)
    with db.session() as session:
        lay(session, in_review(session), *where)
        token = users.add(session, "Lea", role="legal")[1]
        users.add(session, "Rio", role="responder")
    monkeypatch.setenv("FORTHWITH_TOKEN", token)
    return token


def run(*words: str) -> int:
    """Run one command; return its exit code."""
    try:
        main(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def told(capsys: pytest.CaptureFixture[str], *words: str):
    """Run a command with --json and return its one document."""
    capsys.readouterr()
    assert run(*words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def rows(kind: type) -> list:
    with db.session() as session:
        return list(session.exec(select(kind)).all())


def variant_id() -> str:
    return str(rows(Variant)[0].id)


def test_a_token_is_printed_once_and_works(fresh: str, capsys: pytest.CaptureFixture[str]) -> None:
    added = told(capsys, "user", "add", "Lea Rast", "--role", "legal")
    assert added["token"].startswith("fw_")
    with db.session() as session:
        assert users.by_token(session, added["token"]).name == "Lea Rast"
    assert run("user", "list") == 0
    shown = capsys.readouterr().out
    assert "Lea Rast" in shown
    assert added["token"] not in shown


def test_access_is_renewed_and_removed(fresh: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = told(capsys, "user", "add", "Lea", "--role", "legal")["token"]
    second = told(capsys, "user", "renew", "Lea")["token"]
    assert first != second
    assert run("user", "remove", "Lea") == 0
    assert told(capsys, "user", "list") == []
    assert run("user", "add", "Lea", "--role", "legal") == 1
    assert "given before" in capsys.readouterr().err


def test_outside_counsel_is_let_in_and_out(lea: str, capsys: pytest.CaptureFixture[str]) -> None:
    kim = told(capsys, "user", "add", "Kim", "--role", "legal", "--confined", "--oidc-subject", "kim-1")
    assert kim["confined"] is True
    assert run("user", "let-in", "Kim", "2026-001", "--role", "auditor") == 0
    assert capsys.readouterr().out == "Kim is auditor in 2026-001.\n"
    assert run("user", "confine", "Kim", "--off") == 0
    assert run("user", "let-out", "Kim", "2026-001") == 0
    assert [one["confined"] for one in told(capsys, "user", "list") if one["name"] == "Kim"] == [False]
    entered = sorted((one.seq, one.verb) for one in rows(Entry))
    assert [verb for _, verb in entered if verb != "assessed"] == ["let_in", "confined", "let_out"]
    assert run("user", "let-in", "Kim", "1999-001", "--role", "legal") == 1
    assert run("user", "let-in", "Kim", "2026-001", "--role", "king") == 1


def test_counsel_who_was_not_let_in_decides_nothing_by_command(
    lea: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kim = told(capsys, "user", "add", "Kim", "--role", "legal", "--confined")
    monkeypatch.setenv("FORTHWITH_TOKEN", kim["token"])
    assert run("review", "approve", "2026-001", "--all") == 1
    assert "Only the role legal or approver may decide this." in capsys.readouterr().err
    assert rows(Decision) == []


def test_a_programs_token_is_printed_once_and_is_no_persons(
    lea: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = told(capsys, "user", "token", "Lea", "--scope", "read", "--scope", "review", "--days", "3")
    assert (made["scopes"], made["token"][:4]) == (["read", "review"], "fwt_")
    assert run("user", "token", "Lea", "--scope", "operate") == 1
    assert "more than this user may" in capsys.readouterr().err
    monkeypatch.setenv("FORTHWITH_TOKEN", made["token"])
    assert run("review", "approve", "2026-001", "--all") == 1
    assert rows(Decision) == []


def test_a_wrong_role_exits_with_one_clear_line(fresh: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("user", "add", "Lea", "--role", "king") == 1
    said = "There is no role 'king'. Choose one of: responder, legal, approver, auditor, operator."
    assert capsys.readouterr().err == f"forthwith: {said}\n"


def test_show_tells_duties_drafts_and_what_the_gate_misses(lea: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("review", "show", "2026-001") == 0
    shown = capsys.readouterr().out
    for expected in ("test-law.individuals:DE", "Test Law § 1", "Notice to customers", "The gate is closed"):
        assert expected in shown
    seen = told(capsys, "review", "show", "2026-001")
    assert seen["drafts"][0]["preview"]["text"].startswith("Dear Alex Sample")
    assert seen["duties"][0]["because"]
    assert seen["unmodelled"]["test-law"][0]["text"] == "The authority may shorten the time."
    assert seen["gate"]["open"] is False


def test_approving_by_the_end_of_the_id_opens_the_gate_and_wakes_the_flow(
    lea: str, capsys: pytest.CaptureFixture[str], woken: list[uuid.UUID]
) -> None:
    assert run("review", "approve", "2026-001", variant_id()[-12:]) == 0
    assert "The gate is open: the flow goes on." in capsys.readouterr().out
    assert [made.verdict for made in rows(Decision)] == ["approve"]
    assert woken == [rows(Incident)[0].id]


def test_approving_all_is_all_or_none(lea: str, capsys: pytest.CaptureFixture[str], woken: list[uuid.UUID]) -> None:
    with db.session() as session:
        notice, incident = session.exec(select(Notice)).one(), session.exec(select(Incident)).one()
        own = add_variant(session, incident, notice, medium="letter", drafted_by="Lea").id
    assert run("review", "approve", "2026-001", "--all") == 1
    assert "may not approve" in capsys.readouterr().err
    assert rows(Decision) == []
    assert woken == []
    with db.session() as session:
        variant = session.get_one(Variant, own)
        variant.drafted_by = "forthwith"
        session.add(variant)
    answer = told(capsys, "review", "approve", "2026-001", "--all")
    assert len(answer["decided"]) == 2
    assert answer["gate"] == {"open": True, "missing": []}


def test_without_an_orchestrator_the_way_on_is_said(
    lea: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_: uuid.UUID) -> bool:
        raise Refusal("No Prefect server answers.", "Start it.")

    monkeypatch.setattr("forthwith.runs.wake", unreachable)
    assert run("review", "approve", "2026-001", "--all") == 0
    assert "`forthwith respond 2026-001 --inline` goes on" in capsys.readouterr().out


def test_rejecting_takes_a_comment(lea: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("review", "reject", "2026-001", "--all") == 1
    assert "A comment is needed" in capsys.readouterr().err
    assert run("review", "ask", "2026-001", "--all", "--comment", "Say which data left.") == 0
    assert [made.verdict for made in rows(Decision)] == ["ask"]


@pytest.mark.parametrize("token", ["", "fw_wrong"])
def test_without_a_known_token_nothing_is_decided(
    lea: str, token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORTHWITH_TOKEN", token)
    for words in (
        ("approve", "2026-001", "--all"), ("decide", "2026-001", "test-law.individuals:DE", "--notify"),
        ("answer", "2026-001", "x", "yes"),
    ):  # fmt: skip
        assert run("review", *words) == 1
        assert "token" in capsys.readouterr().err.lower()
    assert rows(Decision) == []


def test_a_duty_is_decided_with_its_reason(lea: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("review", "decide", "2026-001", "test-law.individuals:DE", "--do-not-notify") == 1
    assert "reason is needed" in capsys.readouterr().err
    assert run("review", "decide", "2026-001", "test-law.individuals:DE") == 1
    assert run(
        "review", "decide", "2026-001", "test-law.individuals:DE", "--do-not-notify", "--reason", "Encrypted."
    ) == 0  # fmt: skip
    assert rows(Obligation)[0].decided_reason == "Encrypted."


@pytest.mark.parametrize("words", [
    ("approve", "1999-001", "--all"), ("approve", "2026-001", "ffffffffffff"), ("approve", "2026-001"),
    ("decide", "2026-001", "us-zz", "--notify"), ("answer", "2026-001", "nothing", "yes", "--reason", "x"),
])  # fmt: skip
def test_what_is_not_there_is_refused_in_one_line(
    lea: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("review", *words) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert rows(Decision) == []


def test_two_wordings_that_begin_alike_are_not_guessed(lea: str, capsys: pytest.CaptureFixture[str]) -> None:
    with db.session() as session:
        notice, incident = session.exec(select(Notice)).one(), session.exec(select(Incident)).one()
        add_variant(session, incident, notice, medium="letter")
    assert run("review", "approve", "2026-001", variant_id()[:4]) == 1
    assert "2 wordings match" in capsys.readouterr().err


def test_an_undecided_duty_is_named(lea: str, capsys: pytest.CaptureFixture[str]) -> None:
    with db.session() as session:
        add_duty(session, session.exec(select(Incident)).one(), key="test-law.media:DE", verdict="review")
    assert run("review", "approve", "2026-001", "--all") == 1
    assert "test-law.media:DE" in capsys.readouterr().err


def test_the_package_names_nobody(lea: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps(told(capsys, "review", "show", "2026-001"))
    assert "Person 1" not in text
    assert "p1@example.org" not in text
