import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from fakes.noticed import add_cohort, people_duty, state

from forthwith import db, keys
from forthwith.cli import main
from models import Incident, new_id


@pytest.fixture
def drafted(fresh: str, capsys: pytest.CaptureFixture[str]) -> str:
    """An incident with people and a duty, committed, and drafted by the command; returns its ref."""
    with db.session() as session:
        key = new_id()
        made = Incident(id=key, ref="2026-007", title="x", opened_by="ana", wrapped_key=keys.new_data_key(key))
        session.add(made)
        session.flush()
        state(session, made)
        cohorts = [add_cohort(session, made, language=one) for one in ("en", "de")]
        people_duty(session, made, cohorts)
    run("notice", "draft", "2026-007")
    assert "1 notices in 6 wordings, for 1 duties and 20 people: 6 new" in capsys.readouterr().out
    return "2026-007"


def run(*arguments: str) -> int:
    """Run a command; return its exit code."""
    try:
        main(list(arguments))
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def test_a_second_draft_writes_nothing_new(drafted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("notice", "draft", drafted, "--json") == 0
    report = orjson.loads(capsys.readouterr().out)
    assert (report["notices"], report["variants"], report["written"]) == (1, 6, 0)


def test_a_preview_writes_what_each_recipient_would_see(
    drafted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("notice", "preview", drafted, "--out", str(tmp_path / "seen"), "--json") == 0
    shown = orjson.loads(capsys.readouterr().out)
    files = {Path(path).name for one in shown for path in one["files"]}
    assert files == {
        f"01-individuals-{language}-{name}"
        for language in ("de", "en")
        for name in ("email.html", "email.txt", "letter.pdf", "letter.txt", "sms.txt")
    }
    assert all(Path(path).stat().st_size for one in shown for path in one["files"])
    assert "Alex Muster" in (tmp_path / "seen" / "01-individuals-de-letter.txt").read_text("utf-8")
    assert {one["parts"] for one in shown if one["medium"] == "sms"} == {2}
    for one in shown:
        for path in one["files"]:
            assert b"\xee\x80\x80" not in Path(path).read_bytes() or path.endswith(".pdf")


def test_a_preview_goes_under_the_data_folder_where_no_other_is_named(
    drafted: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("notice", "preview", drafted) == 0
    assert "previews/2026-007/01-individuals-en-email.html" in capsys.readouterr().out
    assert (home / "previews" / drafted / "01-individuals-en-letter.pdf").read_bytes().startswith(b"%PDF")


def test_a_preview_replaces_an_older_one_and_touches_nothing_else(
    drafted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, foreign = tmp_path / "99-individuals-en-email.txt", tmp_path / "notes.txt"
    for path in (old, foreign):
        path.write_text("x")
    assert run("notice", "preview", drafted, "--out", str(tmp_path)) == 0
    assert not old.exists()
    assert foreign.read_text() == "x"


def test_the_lint_is_shown_for_each_wording(drafted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("notice", "lint", drafted) == 0
    out = capsys.readouterr().out
    assert "flesch kincaid grade" in out
    assert "amstad ease" in out
    assert "2 parts, gsm-7" in out
    assert run("notice", "lint", drafted, "--json") == 0
    assert len(orjson.loads(capsys.readouterr().out)) == 6


@pytest.mark.parametrize("command", ["preview", "lint"])
def test_without_notices_a_command_says_what_to_do(
    fresh: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with db.session() as session:
        session.add(Incident(ref="2026-008", title="x", opened_by="ana"))
    assert run("notice", command, "2026-008") == 1
    assert "forthwith notice draft 2026-008" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["draft", "preview", "lint"])
def test_an_unknown_incident_is_refused(fresh: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("notice", command, "1999-001") == 1
    assert "No incident is called" in capsys.readouterr().err


def test_no_duty_is_said_in_words(fresh: str, capsys: pytest.CaptureFixture[str]) -> None:
    with db.session() as session:
        key = new_id()
        session.add(Incident(id=key, ref="2026-009", title="x", opened_by="ana"))
    assert run("notice", "draft", "2026-009") == 0
    assert "No duty asks for a notice" in capsys.readouterr().out


def test_the_commands_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, forthwith.cli.notice; print(sorted(set(sys.modules) & {'sqlmodel', 'typst', 'jinja2', 'models'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ})
    assert out.stdout.strip() == "[]"
