"""respond, serve and doctor as somebody types them."""

import json
import uuid
from pathlib import Path

import pytest
from fakes.prefect_api import PrefectApi
from fakes.stage_table import Table, opened
from pydantic import SecretStr

import flows.advance
from forthwith import cli, db
from forthwith import examining as doctor
from forthwith.cli import respond
from forthwith.settings import settings
from models import Phase, Refusal


def typed(*words: str) -> int:
    """Type a command; return its exit code."""
    try:
        cli.main(list(words))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def table(fresh: str, monkeypatch: pytest.MonkeyPatch) -> Table:
    """A table in place of the real stages, for whatever the commands call."""
    made = Table()
    machine, waits, wanted = flows.advance.advance, flows.advance.waiting_for, flows.advance.wanted

    def moved(incident_id: uuid.UUID, *, actor: str) -> Phase:
        return machine(incident_id, actor=actor, stages=made.stages())

    monkeypatch.setattr(flows.advance, "advance", moved)
    monkeypatch.setattr(flows.advance, "waiting_for", lambda incident_id: waits(incident_id, made.stages()))
    monkeypatch.setattr(flows.advance, "wanted", lambda incident_id: wanted(incident_id, made.stages()))
    return made


def test_inline_ends_at_the_gate_with_0_and_says_what_it_waits_for(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    opened()
    assert typed("respond", "2026-001", "--inline") == 0
    told = capsys.readouterr().out
    assert "2026-001 is waiting for legal: 1 thing to decide" in told
    assert "the wording en email" in told


def test_inline_goes_on_when_it_is_called_after_the_decision(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    opened()
    typed("respond", "2026-001", "--inline")
    table.waits.clear()
    assert typed("respond", "2026-001", "--inline", "--json") == 0
    told = json.loads(capsys.readouterr().out.split("email\n")[-1])
    assert told == {"ref": "2026-001", "phase": "monitoring", "waiting_for": []}


def test_inline_asks_no_prefect_server(table: Table, api: PrefectApi) -> None:
    opened()
    assert typed("respond", "2026-001", "--inline") == 0
    assert api.ledger == []


def test_an_unknown_incident_is_one_line_and_1(fresh: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("respond", "2026-999", "--inline") == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_server_it_says_how_to_go_without_one(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened()
    monkeypatch.setattr(settings(), "prefect_api_url", "http://127.0.0.1:9/api")
    assert typed("respond", "2026-001") == 1
    assert "--inline" in capsys.readouterr().err
    assert table.called() == []


def test_with_a_server_it_starts_the_run_and_does_nothing_itself(
    table: Table, api: PrefectApi, capsys: pytest.CaptureFixture[str]
) -> None:
    incident_id = opened()
    assert typed("respond", "2026-001") == 0
    assert api.asked("/create_flow_run")[0]["parameters"] == {"incident_id": str(incident_id)}
    assert table.called() == []
    assert "being worked on" in capsys.readouterr().out


def test_with_a_server_it_wakes_the_run_that_sleeps(table: Table, api: PrefectApi) -> None:
    api.add_run(opened(), "PAUSED", "Suspended")
    assert typed("respond", "2026-001") == 0
    assert len(api.asked("/resume")) == 1
    assert api.asked("/create_flow_run") == []


def at_rest(table: Table, *, decided: bool) -> uuid.UUID:
    """Return an incident that waits at legal's gate, or whose notices are out."""
    if decided:
        table.waits.clear()
    incident_id = opened()
    flows.advance.advance(incident_id, actor="ana")
    table.called()
    return incident_id


def test_a_run_that_waits_for_legal_is_left_asleep(
    table: Table, api: PrefectApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.add_run(at_rest(table, decided=False), "PAUSED", "Suspended")
    assert typed("respond", "2026-001", "--wait") == 0
    assert api.asked("/resume") == []
    assert "waiting for legal" in capsys.readouterr().out


def test_a_run_beside_an_open_gate_is_woken(table: Table, api: PrefectApi) -> None:
    api.add_run(at_rest(table, decided=False), "PAUSED", "Suspended")
    table.waits.clear()
    assert typed("respond", "2026-001") == 0
    assert len(api.asked("/resume")) == 1


def test_what_is_done_is_not_run_again(table: Table, api: PrefectApi, capsys: pytest.CaptureFixture[str]) -> None:
    api.add_run(at_rest(table, decided=True), "COMPLETED")
    assert typed("respond", "2026-001", "--wait") == 0
    assert api.asked("/create_flow_run") == []
    assert capsys.readouterr().out.strip() == "2026-001 is monitoring."


@pytest.mark.parametrize("kind", ["FAILED", "CRASHED", "CANCELLED"])
def test_a_run_that_ended_otherwise_is_started_anew(table: Table, api: PrefectApi, kind: str) -> None:
    api.add_run(at_rest(table, decided=True), kind)
    assert typed("respond", "2026-001") == 0
    assert len(api.asked("/create_flow_run")) == 1


def test_waiting_ends_where_the_run_sleeps(
    table: Table, api: PrefectApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = api.add_run(opened(), "RUNNING")
    states = iter(["PENDING", "RUNNING", "PAUSED"])
    monkeypatch.setattr(respond.time, "sleep", lambda _: run["state"].update(type=next(states), name="x"))
    assert typed("respond", "2026-001", "--wait", "--json") == 0
    assert json.loads(capsys.readouterr().out)["run"] == run["id"]
    assert list(states) == []


def test_a_run_that_failed_is_1_with_its_line(table: Table, api: PrefectApi, monkeypatch: pytest.MonkeyPatch) -> None:
    run = api.add_run(incident_id := opened(), "RUNNING")
    failed = {"type": "FAILED", "name": "Failed", "message": "SafeError: KeyError [ab12]"}
    monkeypatch.setattr(respond.time, "sleep", lambda _: run["state"].update(failed))
    with pytest.raises(Refusal, match="KeyError \\[ab12\\]"):
        respond.through_prefect(incident_id, wait=True)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"waiting_for": ["a", "b"], "phase": "in_review"}, "r is waiting for legal: 2 things to decide\n  a\n  b"),
        ({"waiting_for": [], "phase": "monitoring"}, "r is monitoring."),
        ({"waiting_for": [], "phase": "monitoring", "state": "Completed"}, "r is monitoring."),
    ],
)
def test_a_person_reads_one_plain_line(data: dict[str, object], line: str) -> None:
    assert respond.line({"ref": "r", **data}) == line


def diagnosis(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, str]]]:
    code = typed("doctor", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] == (code == 0)
    return code, {check["name"]: check for check in told["checks"]}


def test_a_new_installation_is_well_and_its_gaps_are_notes(fresh: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = diagnosis(capsys)
    assert code == 0
    assert found["database"]["state"] == "ok"
    assert found["prefect"]["state"] == "note"
    assert found["sender"]["state"] == "note"
    assert found["laws"]["state"] == "ok"
    assert set(found) == set(doctor.CHECKS)


def test_a_channel_without_its_credentials_is_1_and_names_them_but_no_value(
    fresh: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings(), "sms_channel", "twilio")
    monkeypatch.setattr(settings(), "twilio_account_sid", "AC-very-secret")
    code, found = diagnosis(capsys)
    assert code == 1
    assert "FORTHWITH_TWILIO_AUTH_TOKEN" in found["channels"]["found"]
    assert "AC-very-secret" not in json.dumps(found)


@pytest.mark.parametrize(
    ("medium", "channel", "named"),
    [("voice", "twilio_voice", "FORTHWITH_TWILIO_CALLER or FORTHWITH_TWILIO_FROM"),
     ("fax", "fax_http", "FORTHWITH_FAX_WEBHOOK_KEY"), ("fax", "fax_gateway", "FORTHWITH_FAX_GATEWAY"),
     ("voice", "twilio", "twilio carries no voice")],
)  # fmt: skip
def test_a_channel_that_lacks_something_or_carries_another_medium_is_1(
    fresh: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], medium: str, channel: str,
    named: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(settings(), f"{medium}_channel", channel)
    code, found = diagnosis(capsys)
    assert code == 1
    assert named in found["channels"]["found"]


def test_letters_by_lob_need_a_key_and_a_test_key_prints_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "letter_channel", "lob")
    state, found = doctor.channels()
    assert state == "missing"
    assert "FORTHWITH_LOB_API_KEY" in found
    for name in ("lob_api_key", "lob_webhook_secret"):
        monkeypatch.setattr(settings(), name, SecretStr("test_very_secret"))
    state, found = doctor.channels()
    assert (state, "prints none" in found) == ("note", True)
    assert "very_secret" not in found
    monkeypatch.setattr(settings(), "lob_api_key", SecretStr("live_very_secret"))
    assert doctor.channels()[0] == "ok"


@pytest.mark.parametrize(
    ("mailer", "service", "state"), [("123456", "234", "ok"), ("123456", "", "missing"), ("12", "234", "missing")]
)
def test_half_a_mailer_of_the_usps_is_missing_the_rest(
    monkeypatch: pytest.MonkeyPatch, mailer: str, service: str, state: str
) -> None:
    monkeypatch.setattr(settings(), "usps_mailer_id", mailer)
    monkeypatch.setattr(settings(), "usps_service_type", service)
    assert doctor.channels()[0] == state


def test_a_key_that_others_can_read_is_1(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(settings(), "home", tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "kek").write_text("x")
    (tmp_path / "keys" / "kek").chmod(0o644)
    code, found = diagnosis(capsys)
    assert code == 1
    assert found["keys"]["state"] == "broken"


def test_a_dead_database_is_1_and_the_rest_is_still_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(db, "url", lambda: "postgresql://u:hunter2@127.0.0.1:9/x")
    code, found = diagnosis(capsys)
    assert code == 1
    assert found["database"]["state"] == "broken"
    assert found["time zones"]["state"] == "ok"
    assert "hunter2" not in json.dumps(found)


def test_an_outbox_that_cannot_be_written_is_1(
    fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr(settings(), "home", tmp_path / "file")
    monkeypatch.setattr(doctor, "CHECKS", {"data folder": doctor.home})
    assert typed("doctor") == 1
    assert "1 to mend: data folder" in capsys.readouterr().out


def test_a_check_that_dies_is_a_finding_and_tells_no_value() -> None:
    def dies() -> tuple[str, str]:
        raise ValueError("hunter2")

    state, what = doctor.examined(dies)
    assert state == "broken"
    assert "hunter2" not in what


def test_an_older_schema_is_found(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "newest_schema", lambda: "9999")
    assert doctor.database()[0] == "broken"


def test_a_server_that_answers_is_found(fresh: str, api: PrefectApi) -> None:
    assert doctor.prefect() == ("ok", api.url)


def test_the_report_for_people_is_a_table_with_a_last_word(fresh: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["check", "state", "found"]
    assert lines[-1] == "everything that is needed works"
