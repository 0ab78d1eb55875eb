"""The register holds what GDPR Art. 33(5) asks for, of every incident, and names no affected person."""

import csv
import io
import json
from datetime import timedelta

import pytest
from fakes.duties import NOON, add_duty
from fakes.people import add_people
from sqlmodel import Session

from forthwith import clock
from forthwith.detection.facts import state
from forthwith.timeline import record
from forthwith.timeline.deadlines import explain_delay
from forthwith.timeline.register import COLUMNS, register, to_csv
from models import Incident, IncidentRole, Party, new_id

FACTS = {
    "entity.role": "processor",
    "clocks.occurred_from": "2026-11-15",
    "clocks.detected_at": "2026-11-18T06:05:00Z",
    "clocks.aware_at": "2026-11-18T12:00:00Z",
    "clocks.contained_at": "2026-11-18T15:00:00Z",
    "breach.cause": "phishing",
    "breach.properties": ["confidentiality"],
    "breach.exfiltration": "confirmed",
    "breach.misuse": "possible",
    "breach.event.accessed": "yes",
    "breach.mitigations": ["access_disabled", "credentials_reset"],
}


@pytest.fixture
def handled(session: Session, incident: Incident) -> Incident:
    state(session, incident, FACTS, by="ana")
    add_people(session, incident, 3, "DE")
    add_people(session, incident, 2, "US-CA", kind="employee")
    return incident


def row(session: Session) -> dict[str, object]:
    [found] = register(session)
    return found


def test_the_register_tells_facts_effects_and_remedial_action(session: Session, handled: Incident) -> None:
    found = row(session)
    assert found["cause"] == "phishing"
    assert found["properties"] == ["confidentiality"]
    assert found["effects"] == {
        "breach.exfiltration": "confirmed", "breach.misuse": "possible", "breach.event.accessed": "yes",
    }  # fmt: skip
    assert found["remedial_action"] == ["access_disabled", "credentials_reset"]
    assert found["our_role"] == "processor"


def test_the_register_tells_when_it_happened(session: Session, handled: Incident) -> None:
    found = row(session)
    assert (found["occurred_from"], found["detected_at"]) == ("2026-11-15", "2026-11-18T06:05:00Z")
    assert (found["aware_at"], found["contained_at"]) == ("2026-11-18T12:00:00Z", "2026-11-18T15:00:00Z")
    assert found["closed_at"] is None


def test_the_register_counts_people_by_place_and_kind(session: Session, handled: Incident) -> None:
    found = row(session)
    assert found["people"] == 5
    assert found["people_by_place"] == {"DE": 3, "US-CA": 2}
    assert found["people_by_kind"] == {"customer": 3, "employee": 2}
    assert found["elements"] == ["name", "ssn"]


def test_a_decision_not_to_notify_stands_with_name_and_reason(session: Session, handled: Incident) -> None:
    add_duty(
        session, handled, "de.individuals", audience="individuals", verdict="review", decided_verdict="do_not_notify",
        decided_by="jonas", decided_reason="The data was encrypted and the key is safe.",
    )  # fmt: skip
    [decision] = row(session)["not_notified"]  # type: ignore[misc]
    assert (decision["decided_by"], decision["reason"]) == ("jonas", "The data was encrypted and the key is safe.")


def test_where_the_law_itself_says_no_its_reasons_stand(session: Session, handled: Incident) -> None:
    add_duty(session, handled, verdict="do_not_notify", detail={"because": ["fewer than 500 people", "not health"]})
    [decision] = row(session)["not_notified"]  # type: ignore[misc]
    assert decision["decided_by"] == "the law as assessed"
    assert decision["reason"] == "fewer than 500 people; not health"


def test_duties_stand_by_what_became_of_them(session: Session, handled: Incident) -> None:
    add_duty(session, handled, "a", due_at=NOON + timedelta(days=3), met_at=NOON)
    add_duty(session, handled, "b", verdict="review")
    add_duty(session, handled, "old", current=False)
    found = row(session)
    assert [one["key"] for one in found["notified"]] == ["a"]  # type: ignore[attr-defined]
    assert [one["key"] for one in found["to_decide"]] == ["b"]  # type: ignore[attr-defined]
    assert found["not_notified"] == []
    assert found["notified"][0]["met_at"] == "2026-11-18T12:00:00.000000Z"  # type: ignore[index]


def test_a_delay_stands_with_its_reason_or_with_the_lack_of_one(session: Session, handled: Incident) -> None:
    add_duty(session, handled, "a", due_at=NOON)
    add_duty(session, handled, "b", due_at=NOON)
    with clock.frozen(NOON + timedelta(hours=1)):
        explain_delay(session, handled, "a", reason="The portal was down.", actor="jonas")
        delays = row(session)["delays"]
    assert delays == [
        {"key": "a", "reason": "The portal was down."},
        {"key": "b", "reason": "no reason given yet"},
    ]


def test_parties_stand_with_their_roles(session: Session, handled: Incident) -> None:
    party = Party(name="Brightmere Retail Ltd", code="brightmere")
    session.add(party)
    session.flush()
    session.add(IncidentRole(incident_id=handled.id, party_id=party.id, role="controller"))
    session.flush()
    assert row(session)["parties"] == [{"name": "Brightmere Retail Ltd", "role": "controller"}]


def test_the_newest_fact_counts(session: Session, handled: Incident) -> None:
    state(session, handled, {"breach.cause": "insider"}, by="ana")
    assert row(session)["cause"] == "insider"


def test_a_row_ends_with_the_hash_of_the_timeline_s_last_entry(session: Session, handled: Incident) -> None:
    last = record(session, handled.id, actor="ana", verb="stepped", text="A step.")
    assert row(session)["timeline_head"] == last.sha256


def test_drills_stand_in_the_register_only_if_asked_for(session: Session, handled: Incident) -> None:
    session.add(Incident(id=new_id(), ref="2026-002", title="Drill", opened_by="ana", drill=True))
    session.flush()
    assert [one["ref"] for one in register(session)] == ["2026-001"]
    assert [one["ref"] for one in register(session, drills=True)] == ["2026-001", "2026-002"]


def test_incidents_where_nothing_is_known_yet_stand_in_it_too(session: Session, incident: Incident) -> None:
    found = row(session)
    assert (found["ref"], found["people"], found["cause"], found["notified"]) == ("2026-001", 0, None, [])


def test_no_affected_person_is_in_it(session: Session, handled: Incident) -> None:
    shown = json.dumps(register(session), default=str)
    assert "Lovelace" not in shown
    assert "example.com" not in shown


def test_as_csv_it_has_a_row_an_incident_and_no_formula(session: Session, handled: Incident) -> None:
    handled.title = "=HYPERLINK(1)"
    session.flush()
    [found] = csv.DictReader(io.StringIO(to_csv(register(session)).decode(), newline=""))
    assert tuple(found) == COLUMNS
    assert found["title"] == "'=HYPERLINK(1)"
    assert json.loads(found["people_by_place"]) == {"DE": 3, "US-CA": 2}
    assert found["closed_at"] == ""


def test_every_column_is_in_every_row(session: Session, handled: Incident) -> None:
    assert set(row(session)) == set(COLUMNS)
