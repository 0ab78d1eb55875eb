"""The machine over the real stages, inline: a small breach from the first fact to the signed timeline."""

import json
import uuid
from pathlib import Path

import pytest
from fakes.breach import CANARIES, approve_all, breach
from fakes.stage_table import Table, opened
from sqlmodel import select

from flows import intake, lanes, stages
from flows.advance import advance, phase_of, waiting_for
from forthwith import db, dispatch
from forthwith.detection.facts import state
from forthwith.settings import settings
from forthwith.timeline import verify
from models import Attempt, Delivery, Entry, Incident, Phase, Refusal, Signal, Variant, new_id

pytestmark = pytest.mark.usefixtures("fresh")


@pytest.fixture(autouse=True)
def house(fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the outbox and the reports of this test apart."""
    monkeypatch.setattr(settings(), "home", tmp_path / "house")
    return tmp_path / "house"


def rows(kind, incident_id: uuid.UUID):  # type: ignore[no-untyped-def]
    with db.session() as session:
        return session.exec(select(kind).where(kind.incident_id == incident_id)).all()


def verbs(incident_id: uuid.UUID) -> list[str]:
    return [entry.verb for entry in sorted(rows(Entry, incident_id), key=lambda one: one.seq)]


def go(incident_id: uuid.UUID) -> Phase:
    return advance(incident_id, actor="ana")


def test_nothing_is_planned_or_sent_before_legal_decided(tmp_path: Path, house: Path) -> None:
    incident_id = breach(tmp_path)
    assert [go(incident_id) for _ in range(3)] == [Phase.IN_REVIEW] * 3
    assert rows(Delivery, incident_id) == []
    assert not (house / "outbox").exists()
    assert all("not approved" in line for line in waiting_for(incident_id))


def test_after_the_decision_everybody_is_told_and_nobody_twice(tmp_path: Path) -> None:
    incident_id = breach(tmp_path)
    go(incident_id)
    approve_all(incident_id)
    assert [go(incident_id) for _ in range(3)] == [Phase.MONITORING] * 3
    deliveries = rows(Delivery, incident_id)
    assert {row.state for row in deliveries} == {"accepted"}
    assert len(rows(Attempt, incident_id)) == len(deliveries) == 4
    with db.session() as session:
        gaps = dispatch.gaps(session, session.get_one(Incident, incident_id))
    assert [gap for gap in gaps if ".individuals" in gap["duty"]] == []


def test_the_handed_out_timeline_verifies_without_the_database(tmp_path: Path, house: Path) -> None:
    incident_id = breach(tmp_path)
    go(incident_id)
    approve_all(incident_id)
    go(incident_id)
    handed = house / "reports" / rows_ref(incident_id)
    assert verify.verify(handed.joinpath("timeline.json").read_bytes()).sound
    assert handed.joinpath("timeline.csv").read_text().count("\n") > 10
    assert [path.name for path in handed.iterdir() if path.name.startswith(".")] == []


def rows_ref(incident_id: uuid.UUID) -> str:
    with db.session() as session:
        return session.get_one(Incident, incident_id).ref


def test_no_name_is_in_the_handed_out_timeline(tmp_path: Path, house: Path) -> None:
    incident_id = breach(tmp_path)
    go(incident_id)
    approve_all(incident_id)
    go(incident_id)
    told = "".join(path.read_text() for path in (house / "reports").rglob("timeline.*"))
    assert "approved" in told
    assert [canary for canary in CANARIES if canary.lower() in told.lower()] == []


@pytest.mark.parametrize("verdict", ["reject", "ask"])
def test_a_rejected_wording_never_leaves_and_is_worded_anew_once(tmp_path: Path, verdict: str) -> None:
    incident_id = breach(tmp_path)
    go(incident_id)
    approve_all(incident_id, verdict)
    assert [go(incident_id) for _ in range(3)] == [Phase.IN_REVIEW] * 3
    assert verbs(incident_id).count("assessed") == 1
    assert [entry.data["to"] for entry in rows(Entry, incident_id) if entry.verb == "moved"].count("drafting") == 2
    assert rows(Delivery, incident_id) == []


def test_a_fact_after_the_approval_closes_the_gate_or_changes_nothing(tmp_path: Path) -> None:
    incident_id = breach(tmp_path)
    go(incident_id)
    approve_all(incident_id)
    with db.session() as session:
        incident = session.get_one(Incident, incident_id)
        state(session, incident, {"breach.mitigations": ["access_disabled", "deletion_confirmed"]}, by="ana")
    reached = go(incident_id)
    assert "From in_review to scoping." in [entry.text for entry in rows(Entry, incident_id)]
    changed = [variant for variant in rows(Variant, incident_id) if variant.version > 1]
    assert reached == (Phase.IN_REVIEW if changed else Phase.MONITORING)
    assert bool(rows(Delivery, incident_id)) != bool(changed)


def test_a_person_who_is_found_after_the_approval_is_not_told_by_it(tmp_path: Path) -> None:
    from forthwith import scoping

    incident_id = breach(tmp_path)
    go(incident_id)
    approve_all(incident_id)
    more = tmp_path / "more.csv"
    more.write_text("first name,last name,email,country,national id\nIda,Neu,ida.neu@example.org,DE,B7654321\n")
    with db.session() as session:
        scoping.load(session, session.get_one(Incident, incident_id), [more], actor="ana")
    assert go(incident_id) == Phase.IN_REVIEW
    assert rows(Delivery, incident_id) == []
    approve_all(incident_id)
    assert go(incident_id) == Phase.MONITORING
    assert len(rows(Delivery, incident_id)) == 5


def test_an_empty_incident_ends_at_the_gate_or_behind_it_and_sends_nothing(house: Path) -> None:
    incident_id = opened()
    assert go(incident_id) in (Phase.IN_REVIEW, Phase.MONITORING)
    assert rows(Delivery, incident_id) == []


def test_a_signal_opens_one_incident_however_often_it_is_taken_in() -> None:
    with db.session() as session:
        signal = Signal(source="siem", source_ref="1", title="Bulk export at night", payload_sha256="0")
        session.add(signal)
    found = []
    for _ in range(2):
        with db.session() as session:
            found.append(intake.incident_of(session, signal.id).id)
    assert found[0] == found[1]
    assert verbs(found[0]) == ["opened", "detected"]


def test_an_unknown_signal_is_refused() -> None:
    with db.session() as session, pytest.raises(Refusal, match="no such signal"):
        intake.incident_of(session, new_id())


@pytest.mark.parametrize(("planned", "several"), [(0, False), (500, False), (501, True)])
def test_several_senders_work_where_one_batch_does_not_hold_everything(
    monkeypatch: pytest.MonkeyPatch, planned: int, several: bool
) -> None:
    asked: list[tuple[object, int]] = []
    monkeypatch.setattr("flows.lanes.send", lambda incident_id, batch: asked.append((incident_id, batch)) or 7)
    monkeypatch.setattr("flows.basis.unsent", lambda session, incident: planned)
    incident_id = opened()
    assert stages.send(incident_id, 500) == (7 if several else 0)
    assert asked == [(incident_id, 500)] * several


def test_a_sender_that_refuses_is_told_in_one_safe_line() -> None:
    with pytest.raises(Refusal, match="no such incident") as refused:
        lanes.send(new_id(), 500)
    assert "\n" not in str(refused.value)


def test_the_table_of_stages_is_complete() -> None:
    assert set(vars(stages.STAGES)) == set(vars(Table().stages()))
    assert phase_of(opened()) == Phase.DETECTED
    assert json.dumps(sorted(vars(stages.STAGES))) == json.dumps(sorted(stages.Stages.__dataclass_fields__))
