"""The minute's questions: each may be asked twice, late or by two at once."""

import uuid
from datetime import timedelta

import pytest
from fakes.stage_table import Table, add_delivery, add_duty, opened
from sqlalchemy import text
from sqlmodel import col, select

from flows import minute
from flows.advance import advance, phase_of
from forthwith import clock, db
from models import Attempt, Delivery, DeliveryState, Entry, Lease, Obligation, Phase

pytestmark = pytest.mark.usefixtures("fresh")


def due_in(incident_id: uuid.UUID, hours: float) -> None:
    duty = add_duty(incident_id)
    with db.session() as session:
        row = session.get_one(Obligation, duty)
        row.due_at = clock.now() + timedelta(hours=hours)
        session.add(row)


def said(incident_id: uuid.UUID) -> int:
    with db.session() as session:
        return len(session.exec(select(Entry).where(Entry.incident_id == incident_id, Entry.verb == "deadline")).all())


def test_a_duty_that_is_late_is_said_once_however_often_one_asks() -> None:
    incident_id = opened(Phase.IN_REVIEW)
    due_in(incident_id, -1)
    assert [minute.deadlines() for _ in range(3)] == [1, 0, 0]
    assert said(incident_id) == 1


def test_minutes_that_were_missed_are_caught_up_by_the_next() -> None:
    incident_id = opened(Phase.IN_REVIEW)
    due_in(incident_id, 30)
    assert minute.deadlines() == 0
    with clock.frozen(clock.now() + timedelta(days=40)):
        assert minute.deadlines() == 1
    assert said(incident_id) == 1


def test_a_claim_that_was_never_settled_is_put_in_doubt_and_not_sent_again() -> None:
    incident_id = opened(Phase.MONITORING)
    delivery = add_delivery(incident_id, DeliveryState.SENDING)
    with db.session() as session:
        late = "claimed_until = now() - interval '1 hour', claimed_by = 'gone', channel = 'smtp'"  # it can't look up
        session.execute(text(f"update delivery set {late}"))
        session.add(Lease(incident_id=incident_id, until=clock.now() - timedelta(hours=1), deliveries=[delivery]))
        session.add(
            Attempt(
                incident_id=incident_id, delivery_id=delivery, n=1, channel="smtp", started_at=clock.now(),
                request_sha256="0",
            )
        )  # fmt: skip
    minute.sweep()
    with db.session() as session:
        row = session.get_one(Delivery, delivery)
        assert row.state == DeliveryState.UNKNOWN
        assert row.reason


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    """A table in place of the real stages."""
    made = Table(waits=[])

    def moved(incident_id: uuid.UUID, *, actor: str) -> Phase:
        return advance(incident_id, actor=actor, stages=made.stages())

    monkeypatch.setattr(minute, "advance", moved)
    return made


def settled(phase: Phase, ref: str = "2026-001") -> uuid.UUID:
    """Open an incident in a phase, with nothing changed since its assessment."""
    incident_id = opened(ref=ref)
    advance(incident_id, actor="ana", until=phase, stages=Table(waits=[]).stages())
    assert phase_of(incident_id) == phase
    return incident_id


def test_what_is_left_unsent_is_sent_on(table: Table) -> None:
    incident_id = settled(Phase.MONITORING)
    add_delivery(incident_id)
    dead(incident_id)
    assert minute.tend([incident_id]) == 1
    assert table.called() == ["plan", "send", "reconcile", "report"]


def test_whoever_is_being_worked_on_is_left_alone(table: Table) -> None:
    incident_id = settled(Phase.MONITORING)
    add_delivery(incident_id)
    assert minute.tend([incident_id]) == 0
    assert table.called() == []


def test_nothing_unsent_is_nothing_to_do(table: Table) -> None:
    assert minute.tend([]) == 0
    assert table.called() == []


def test_an_incident_that_died_while_it_was_being_told_is_finished(table: Table) -> None:
    incident_id = settled(Phase.NOTIFYING)
    add_delivery(incident_id)
    dead(incident_id)
    assert minute.tend([incident_id]) == 1
    assert phase_of(incident_id) == Phase.MONITORING


def dead(incident_id: uuid.UUID) -> None:
    with db.session() as session:
        session.execute(
            text("update incident set lease_until = clock_timestamp() - interval '1 minute' where id = :id"),
            {"id": incident_id},
        )


def test_mending_without_an_owned_incident_asks_nobody() -> None:
    opened(Phase.DRAFTING)
    assert minute.mend() == 0


def test_an_entry_of_the_minute_names_the_watch(table: Table) -> None:
    incident_id = settled(Phase.NOTIFYING)
    dead(incident_id)
    minute.tend([incident_id])
    with db.session() as session:
        last = session.exec(
            select(Entry).where(Entry.incident_id == incident_id).order_by(col(Entry.seq).desc()).limit(1)
        ).one()
    assert (last.actor, last.verb) == ("watch", "moved")
