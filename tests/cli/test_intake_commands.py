"""The doors for incidents as an operator types them: each secret is shown once, and nothing of a report is."""

from pathlib import Path

import pytest
from fakes.alert_tools import TOPIC, Sns
from fakes.terminal import Terminal
from sqlmodel import select

from forthwith import db
from forthwith.detection import links, reports
from forthwith.detection.desk import set_aside
from forthwith.settings import settings
from models import AlertCall, AlertDoor, Signal


@pytest.fixture
def terminal(fresh: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("FORTHWITH_ACTOR", "ola")
    monkeypatch.setenv("FORTHWITH_NOW", "2026-11-18T12:00:00+00:00")
    settings.cache_clear()
    return Terminal(capsys, monkeypatch)


def test_a_secret_is_shown_once_and_a_door_can_be_shut(terminal: Terminal) -> None:
    made = terminal.type("detect", "secret", "okta", "--open", "--json").json
    assert (made["way"], made["open"], made["url"]) == ("bearer", True, "http://127.0.0.1:8700/hooks/alerts/okta")
    listed = terminal.type("detect", "doors")
    assert "okta" in listed.out
    assert made["secret"] not in listed.out + terminal.type("detect", "doors", "--json").out
    assert terminal.type("detect", "shut", "okta").code == 0
    assert terminal.type("detect", "doors").out == "No source may call.\n"
    assert terminal.type("detect", "shut", "okta").code == 1


def test_a_topic_of_sns_needs_its_certificate(terminal: Terminal, tmp_path: Path) -> None:
    assert "certificate" in terminal.type("detect", "secret", "amazon_macie", "--way", "sns").err
    (tmp_path / "sns.pem").write_bytes(Sns().certificate)
    how = ("--certificate", str(tmp_path / "sns.pem"), "--topic", TOPIC)
    assert "Subscribe the topic" in terminal.type("detect", "secret", "amazon_macie", *how).out
    with db.session() as session:
        assert [door.way for door in session.exec(select(AlertDoor))] == ["sns"]


def test_an_unknown_source_gets_no_door(terminal: Terminal) -> None:
    refused = terminal.type("detect", "secret", "nagios")
    assert (refused.code, "Known:" in refused.err) == (1, True)


def test_a_report_link_is_shown_once_listed_by_its_end_and_revoked(terminal: Terminal) -> None:
    made = terminal.type("intake", "link", "--for", "partner", "--party", "nordwind", "--name", "Nordwind", "--json")
    assert made.json["for"] == "partner"
    secret = made.json["url"].rsplit("/", 1)[1]
    listed = terminal.type("intake", "links").out
    assert made.json["id"][-8:] in listed
    assert secret not in listed
    assert terminal.type("intake", "revoke", made.json["id"][-8:]).code == 0
    assert terminal.type("intake", "links").out == "There is no report link.\n"


def test_mails_of_a_folder_are_counted(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text("From: a@example.com\nMessage-ID: <1>\n\nAda Lovelace\n")
    assert terminal.type("intake", "drop", str(tmp_path)).out == "1 taken in, 1 of them new; 0 refused.\n"
    assert terminal.type("intake", "drop", str(tmp_path), "--json").json == {"taken": 0, "new": 0, "refused": 0}


def test_a_report_that_was_set_aside_is_emptied_after_its_time_with_calls_long_past(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.session() as session:
        link, _ = links.make(session, by="ola")
        signal = reports.receive(session, link, reports.Report(what="Ada Lovelace left a bag"), "1")
        set_aside(session, signal.id, "No data in it", by="rio")
        session.add(AlertCall(source="okta", call_id="1", body_sha256="0"))
    terminal.type("retention", "run")
    monkeypatch.setenv("FORTHWITH_NOW", "2027-02-17T12:00:00+00:00")
    assert "emptied now: 1" in terminal.type("retention", "run").out
    with db.session() as session:
        kept = session.exec(select(Signal)).one()
        assert (kept.sealed, kept.wrapped_key, kept.set_aside_reason) == (None, None, "No data in it")
        assert session.exec(select(AlertCall)).all() == []
