"""`forthwith incident` and `forthwith detect` as a person types them."""

import json
from pathlib import Path

import pytest
from fakes.terminal import Terminal
from sqlmodel import select

from forthwith import db
from forthwith.detection import sources as package
from forthwith.settings import settings
from models import Fact, Incident, Signal

MACIE = Path(package.__file__).parent / "amazon_macie" / "sample.json"
POLICY = MACIE.with_name("sample_policy.json")


@pytest.fixture
def terminal(fresh: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("FORTHWITH_ACTOR", "ana")
    monkeypatch.setenv("FORTHWITH_NOW", "2026-11-18T12:00:00+00:00")
    settings.cache_clear()
    return Terminal(capsys, monkeypatch)


def rows(table: type[Incident] | type[Fact] | type[Signal]) -> int:
    with db.session() as session:
        return len(session.exec(select(table)).all())


def test_opening_by_a_title_takes_one_line(terminal: Terminal) -> None:
    done = terminal.type("incident", "open", "--title", "Laptop lost on a train")
    assert (done.code, done.out, done.err) == (0, "Incident 2026-001 opened: Laptop lost on a train.\n", "")


def test_facts_can_be_set_at_the_opening(terminal: Terminal) -> None:
    done = terminal.type(
        "incident", "open", "--title", "Laptop lost", "--set", "breach.cause=device_loss", "--set",
        "breach.media=[electronic, paper]", "--set", "clocks.aware_at=-PT2H", "--json",
    )  # fmt: skip
    assert done.json["ref"] == "2026-001"
    assert done.json["facts"] == {
        "breach.cause": "device_loss", "breach.media": ["electronic", "paper"],
        "clocks.aware_at": "2026-11-18T10:00:00Z",
    }  # fmt: skip
    assert done.json["aware_at"].startswith("2026-11-18T10:00:00")


def test_opening_by_a_file_and_correcting_it_on_the_line(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "incident.yaml"
    path.write_text("title: From a file\nfacts: {breach: {cause: phishing}}\n", encoding="utf-8")
    done = terminal.type("incident", "open", str(path), "--drill", "--set", "breach.cause=insider", "--json")
    assert (done.json["title"], done.json["drill"]) == ("From a file", True)
    assert done.json["facts"] == {"breach.cause": "insider"}


@pytest.mark.parametrize(
    "words",
    [
        ["incident", "open"],
        ["incident", "open", "absent.yaml"],
        ["incident", "open", "--title", ""],
        ["incident", "open", "--title", "A", "--set", "breach.cause"],
        ["incident", "open", "--title", "A", "--set", "breach.cause=fishing"],
        ["incident", "open", "--title", "A", "--set", "breach.casue=phishing"],
        ["incident", "open", "--title", "A", "--set", "breach.media=[electronic"],
        ["incident", "show", "2026-404"],
        ["incident", "state", "2026-404", "--set", "breach.cause=phishing"],
        ["detect", "absent.json"],
        ["detect", str(MACIE), "--source", "splunk"],
        ["detect", str(MACIE), "--mapping", "absent.yaml"],
        ["detect", str(MACIE), "--source", "microsoft_sentinel"],
    ],
)
def test_bad_input_is_one_line_on_stderr_and_leaves_nothing(terminal: Terminal, words: list[str]) -> None:
    done = terminal.type(*words)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("forthwith: ")
    assert done.err.count("\n") == 1
    assert [rows(table) for table in (Incident, Fact, Signal)] == [0, 0, 0]


@pytest.mark.parametrize(
    "words", [["incident", "open", "--what"], ["incident", "fly"], ["incident", "show"], ["detect"]]
)
def test_wrong_usage_ends_with_2_or_1_and_prints_no_traceback(terminal: Terminal, words: list[str]) -> None:
    done = terminal.type(*words)
    assert done.code in (1, 2)
    assert "Traceback" not in done.err + done.out


def test_stating_a_fact_corrects_the_older_one(terminal: Terminal) -> None:
    terminal.type("incident", "open", "--title", "A", "--set", "breach.cause=phishing")
    done = terminal.type(
        "incident", "state", "2026-001", "--set", "breach.cause=insider", "--reason", "Badge log.", "--json"
    )
    assert done.json == [{"name": "breach.cause", "value": "insider", "corrects": True}]
    again = terminal.type("incident", "state", "2026-001", "--set", "breach.cause=insider")
    assert again.out == "Nothing new.\n"
    gone = terminal.type("incident", "state", "2026-001", "--set", "breach.cause=", "--json")
    assert gone.json == [{"name": "breach.cause", "value": None, "corrects": True}]


def test_yes_and_no_may_be_typed(terminal: Terminal) -> None:
    done = terminal.type(
        "incident",
        "open",
        "--title",
        "A",
        "--set",
        "breach.event.accessed=yes",
        "--set",
        "breach.systemic=no",
        "--json",
    )
    assert done.json["facts"] == {"breach.event.accessed": "yes", "breach.systemic": "no"}


def test_showing_an_incident_tells_what_is_known(terminal: Terminal) -> None:
    terminal.type("incident", "open", "--title", "Laptop lost", "--drill", "--set", "breach.media=[electronic, paper]")
    shown = terminal.type("incident", "show", "2026-001").out
    assert shown.startswith("2026-001  Laptop lost  [DRILL]\nphase detected, aware not stated, 0 people\n")
    assert "breach.media  electronic, paper" in shown


def test_the_list_shows_what_is_open(terminal: Terminal) -> None:
    assert terminal.type("incident", "list").out == "No incident is open.\n"
    terminal.type("incident", "open", "--title", "First")
    terminal.type("incident", "open", "--title", "Second")
    listed = terminal.type("incident", "list", "--json").json
    assert [one["title"] for one in listed] == ["Second", "First"]
    assert "2026-002  detected" in terminal.type("incident", "list").out


def test_detect_tells_what_it_took_in(terminal: Terminal) -> None:
    done = terminal.type("detect", str(MACIE))
    assert (
        "amazon_macie  high      1     SensitiveData:S3Object/Multiple in S3 bucket brightmere-support-exports"
        in done.out
    )
    assert "No incident yet" in done.out


def test_detect_opens_one_incident_however_often(terminal: Terminal) -> None:
    first = terminal.type("detect", str(MACIE), "--open", "--json").json
    again = terminal.type("detect", str(MACIE), "--open", "--json").json
    assert (first["incident"], first["opened"], first["new"]) == ("2026-001", True, 1)
    assert (again["incident"], again["opened"], again["new"]) == ("2026-001", False, 0)
    assert again["signals"][0]["seen"] == 2
    assert rows(Incident) == 1


def test_detect_reads_standard_input(terminal: Terminal) -> None:
    done = terminal.type("detect", "-", "--json", stdin=MACIE.read_bytes())
    assert done.json["signals"][0]["source"] == "amazon_macie"


def test_detect_reads_any_tool_by_a_mapping(terminal: Terminal, tmp_path: Path) -> None:
    mapping = tmp_path / "acme.yaml"
    mapping.write_text("source: acme_dlp\nfields: {source_ref: id, kind: rule, severity: level}\n", encoding="utf-8")
    alert = tmp_path / "alert.json"
    alert.write_text(json.dumps({"id": "7", "rule": "bulk-export", "level": "high", "user": "Ada Lovelace"}))
    done = terminal.type("detect", str(alert), "--mapping", str(mapping), "--open", "--json")
    [signal] = done.json["signals"]
    assert (signal["source"], signal["source_ref"], signal["title"], signal["severity"]) == (
        "acme_dlp", "7", "bulk-export", "high",
    )  # fmt: skip


def test_what_an_alert_suggests_is_shown_until_somebody_states_it(terminal: Terminal) -> None:
    terminal.type("detect", str(POLICY), "--open")
    assert terminal.type("incident", "show", "2026-001", "--json").json["suggested"] == {
        "breach.cause": "misconfiguration", "breach.recipients": "public",
    }  # fmt: skip
    assert "an alert suggests" in terminal.type("incident", "show", "2026-001").out
    terminal.type("incident", "state", "2026-001", "--set", "breach.cause=misconfiguration")
    left = terminal.type("incident", "show", "2026-001", "--json").json["suggested"]
    assert left == {"breach.recipients": "public"}


def test_what_is_no_json_is_refused_without_showing_it(terminal: Terminal) -> None:
    done = terminal.type("detect", "-", stdin=b"ada@example.com is not JSON")
    assert (done.code, "ada" in done.err) == (1, False)


def test_closing_tells_what_stands_in_the_way_and_then_closes(terminal: Terminal) -> None:
    terminal.type("incident", "open", "--title", "False alarm")
    refused = terminal.type("incident", "close", "2026-001")
    assert (refused.code, "No law was assessed" in refused.err) == (1, True)
    done = terminal.type("incident", "close", "2026-001", "--reason", "A test of the scanner.")
    assert (done.code, done.out) == (0, "Incident 2026-001 closed.\n")
    assert terminal.type("incident", "list").out == "No incident is open.\n"
    assert terminal.type("incident", "list", "--all", "--json").json[0]["phase"] == "closed"


def test_a_closed_incident_takes_no_more_facts(terminal: Terminal) -> None:
    terminal.type("incident", "open", "--title", "False alarm")
    terminal.type("incident", "close", "2026-001", "--reason", "A test of the scanner.")
    done = terminal.type("incident", "state", "2026-001", "--set", "breach.cause=phishing")
    assert (done.code, "is closed" in done.err) == (1, True)
