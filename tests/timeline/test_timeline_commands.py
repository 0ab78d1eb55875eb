"""`forthwith timeline`, `deadlines`, `register` and `retention` as a person types them."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.calendar_reader import read
from fakes.duties import NOON, add_duty
from fakes.people import add_people
from fakes.terminal import Terminal
from sqlmodel import select

from forthwith import clock, db, keys
from forthwith.detection import open_incident
from forthwith.settings import settings
from forthwith.timeline import record
from forthwith.timeline.verify import fingerprint
from models import Incident, Person, Phase


@pytest.fixture
def terminal(
    fresh: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Terminal:
    monkeypatch.setenv("FORTHWITH_ACTOR", "ana")
    monkeypatch.setenv("FORTHWITH_NOW", "2026-11-18T12:00:00+00:00")
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    with db.session() as session, clock.frozen(NOON):
        incident = open_incident(session, title="Support desk export copied", actor="ana")
        record(session, incident.id, actor="ben", verb="loaded", text="2 people loaded.", data={"people": 2})
        add_people(session, incident, 2)
        add_duty(session, incident, due_at=NOON + timedelta(hours=72))
        add_duty(session, incident, "us-ca.individuals", law="us-ca", due_at=NOON - timedelta(hours=1))
    return Terminal(capsys, monkeypatch)


def test_show_prints_the_entries_in_order(terminal: Terminal) -> None:
    shown = terminal.type("timeline", "show", "2026-001").out.splitlines()
    assert shown[2].split()[:4] == ["1", "2026-11-18", "12:00:00", "ana"]
    assert shown[3].endswith("2 people loaded.")
    assert [one["seq"] for one in terminal.type("timeline", "show", "2026-001", "--json").json] == [1, 2]


def test_export_writes_a_file_that_verify_finds_sound(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.type("timeline", "export", "2026-001").code == 0
    done = terminal.type("timeline", "verify", "2026-001-timeline.json")
    assert (done.code, done.out.startswith("Sound: incident 2026-001, 2 entries")) == (0, True)
    assert terminal.type("timeline", "verify", "2026-001-timeline.json", "--json").json["sound"] is True


def test_verify_names_the_entry_and_ends_with_1(terminal: Terminal, tmp_path: Path) -> None:
    terminal.type("timeline", "export", "2026-001", "--out", "t.json")
    path = tmp_path / "t.json"
    path.write_bytes(path.read_bytes().replace(b"2 people loaded", b"1 people loaded"))
    done = terminal.type("timeline", "verify", "t.json")
    assert (done.code, done.out) == (1, "NOT SOUND: entry 2: its hash does not fit its content.\n")
    shown = terminal.type("timeline", "verify", "t.json", "--json")
    assert (shown.code, shown.json["where"], shown.json["sound"]) == (1, "entry 2", False)


def test_verify_checks_the_database_too(terminal: Terminal) -> None:
    assert terminal.type("timeline", "verify", "2026-001").code == 0
    with db.session() as session:
        from sqlalchemy import text

        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("delete from entry where seq = 1"))
    done = terminal.type("timeline", "verify", "2026-001")
    assert (done.code, "entry 1: number 2 stands here" in done.out) == (1, True)
    refused = terminal.type("timeline", "export", "2026-001")
    assert (refused.code, "is not sound" in refused.err) == (1, True)


def test_verify_compares_key_and_earlier_export(terminal: Terminal) -> None:
    own = fingerprint(keys.public_key())
    terminal.type("timeline", "export", "2026-001", "--out", "old.json")
    with db.session() as session:
        record(session, session.exec(select(Incident)).one().id, actor="ana", verb="x", text="More.")
    assert terminal.type("timeline", "verify", "old.json", "--key", own).code == 0
    assert terminal.type("timeline", "verify", "old.json", "--key", "0" * 64).code == 1
    assert terminal.type("timeline", "verify", "2026-001", "--earlier", "old.json").code == 0
    assert terminal.type("timeline", "verify", "2026-001", "--key", "0" * 64).code == 1


def test_the_pdf_can_be_verified_as_it_is(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal.type("timeline", "export", "2026-001", "--format", "pdf")
    assert done.code == 0
    assert (tmp_path / "2026-001-timeline.pdf").read_bytes().startswith(b"%PDF-")
    assert terminal.type("timeline", "verify", "2026-001-timeline.pdf").code == 0


def test_a_pdf_without_a_timeline_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    import pikepdf

    with pikepdf.new() as document:
        document.save(tmp_path / "empty.pdf")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\n")
    for name in ("empty.pdf", "broken.pdf"):
        done = terminal.type("timeline", "verify", name)
        assert (done.code, "carries no timeline" in done.err) == (1, True)


def test_csv_and_json_can_be_written_to_standard_output(terminal: Terminal) -> None:
    rows = list(
        csv.DictReader(
            io.StringIO(terminal.type("timeline", "export", "2026-001", "--format", "csv", "--out", "-").out)
        )
    )
    assert [row["verb"] for row in rows] == ["opened", "loaded"]
    assert json.loads(terminal.type("timeline", "export", "2026-001", "--out", "-").out)["header"]["count"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ["timeline", "show", "2026-404"],
        ["timeline", "export", "2026-404"],
        ["timeline", "verify", "2026-404"],
        ["timeline", "verify", "2026-001", "--earlier", "absent.json"],
        ["timeline", "export", "2026-001", "--out", "absent/folder/t.json"],
        ["deadlines", "2026-404"],
        ["deadlines", "--explain", "us-ca.individuals", "--reason", "The mail server was down."],
        ["deadlines", "2026-001", "--explain", "us-ca.individuals"],
        ["deadlines", "2026-001", "--explain", "no.such", "--reason", "The mail server was down."],
        ["retention", "run", "--after", "-5"],
    ],
)
def test_bad_input_is_one_line_on_stderr(terminal: Terminal, words: list[str]) -> None:
    done = terminal.type(*words)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("forthwith: ")


def test_an_unknown_format_is_wrong_usage(terminal: Terminal) -> None:
    assert terminal.type("timeline", "export", "2026-001", "--format", "docx").code in (1, 2)


def test_deadlines_show_the_latest_first_and_what_is_late(terminal: Terminal) -> None:
    lines = terminal.type("deadlines").out.splitlines()
    assert "LATE, needs a reason" in lines[2]
    assert "-1 h 00 min" in lines[2]
    assert "3 d 0 h" in lines[3]
    shown = terminal.type("deadlines", "2026-001", "--json").json
    assert [(one["law"], one["late"], one["demands_reason"]) for one in shown] == [
        ("us-ca", True, True), ("eu.gdpr", False, False),
    ]  # fmt: skip


def test_a_delay_is_explained_from_the_command_line(terminal: Terminal) -> None:
    done = terminal.type(
        "deadlines", "2026-001", "--explain", "us-ca.individuals", "--reason", "The mail server was down."
    )
    assert done.out == "The reason for us-ca.individuals is recorded.\n"
    assert terminal.type("deadlines", "2026-001", "--json").json[0]["reason"] == "The mail server was down."
    assert terminal.type("timeline", "show", "2026-001", "--json").json[-1]["verb"] == "explained_delay"


def test_deadlines_as_a_calendar_are_strictly_valid(terminal: Terminal) -> None:
    calendar = read(terminal.type("deadlines", "--ics").out.encode())
    assert [one.properties["DTSTART"] for one in calendar.inside] == ["20261121T120000Z", "20261118T110000Z"]


def test_the_register_is_printed_or_written(terminal: Terminal, tmp_path: Path) -> None:
    [row] = terminal.type("register", "export").json
    assert (row["ref"], row["people"], len(row["notified"])) == ("2026-001", 2, 2)
    assert terminal.type("register", "export", "--format", "csv", "--out", "r.csv").out == "r.csv: 1 incident\n"
    [written] = csv.DictReader(io.StringIO((tmp_path / "r.csv").read_bytes().decode(), newline=""))
    assert written["ref"] == "2026-001"


def test_retention_destroys_what_is_due_and_only_that(terminal: Terminal) -> None:
    assert terminal.type("retention", "run", "--after", "0").out == "Due: nothing.\n"
    with db.session() as session:
        incident = session.exec(select(Incident)).one()
        incident.phase, incident.closed_at = Phase.CLOSED, NOON - timedelta(days=30)
        session.add(incident)
    assert terminal.type("retention", "run", "--after", "31").out == "Due: nothing.\n"
    assert terminal.type("retention", "run", "--after", "30", "--dry-run").out == "Due: 2026-001.\n"
    done = terminal.type("retention", "run", "--after", "30", "--json").json
    assert done == [{"ref": "2026-001", "people": 2, "quarantined": 0, "files": 0}]
    with db.session() as session:
        assert session.exec(select(Person.sealed)).all() == [None, None]
        assert session.exec(select(Incident.wrapped_key)).all() == [None]
    assert terminal.type("timeline", "verify", "2026-001").code == 0


def test_by_default_the_retention_is_that_of_the_settings(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.session() as session:
        incident = session.exec(select(Incident)).one()
        incident.phase, incident.closed_at = Phase.CLOSED, NOON - timedelta(days=1095)
        session.add(incident)
    monkeypatch.setenv("FORTHWITH_RETENTION_DAYS", "1096")
    settings.cache_clear()
    assert terminal.type("retention", "run", "--dry-run", "--json").json == []
    monkeypatch.delenv("FORTHWITH_RETENTION_DAYS")
    settings.cache_clear()
    assert terminal.type("retention", "run", "--dry-run", "--json").json == ["2026-001"]
