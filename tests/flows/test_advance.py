"""The machine: how far it goes, when it goes back, and what never happens."""

import itertools
import threading
import uuid
from datetime import UTC, datetime

import pytest
from fakes.stage_table import Table, add_delivery, add_duty, add_person, add_wording, object_to, opened, state_fact
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import col, select

from flows import advance as machine
from flows.advance import advance, batch_size, due, owned_by, phase_of, waiting_for
from forthwith import clock, db
from models import DeliveryState, Entry, Incident, Obligation, Phase, Refusal, new_id

UP_TO_GATE = ["scope", "assess", "draft"]
PAST_GATE = ["plan", "send", "reconcile", "report"]
pytestmark = pytest.mark.usefixtures("fresh")


def run(incident_id: uuid.UUID, table: Table, **options: object) -> Phase:
    return advance(incident_id, actor="ana", stages=table.stages(), **options)  # type: ignore[arg-type]


def due_now(incident_id: uuid.UUID, table: Table) -> bool:
    with db.session() as session:
        return due(session, session.get_one(Incident, incident_id), table.stages())


def moves(incident_id: uuid.UUID) -> list[tuple[str, str]]:
    with db.session() as session:
        found = select(Entry).where(Entry.incident_id == incident_id, Entry.verb == "moved").order_by(col(Entry.seq))
        return [(entry.data["from"], entry.data["to"]) for entry in session.exec(found)]


def test_it_runs_up_to_the_gate_and_waits_there() -> None:
    incident_id, table = opened(), Table()
    assert run(incident_id, table) == Phase.IN_REVIEW
    assert table.called() == UP_TO_GATE
    assert waiting_for(incident_id, table.stages()) == ["the wording en email"]


def test_called_again_before_the_decision_it_does_nothing() -> None:
    incident_id, table = opened(), Table()
    run(incident_id, table)
    before, table.ledger = moves(incident_id), []
    assert [run(incident_id, table) for _ in range(3)] == [Phase.IN_REVIEW] * 3
    assert table.called() == []
    assert moves(incident_id) == before


def test_after_the_decision_it_goes_on_to_the_end() -> None:
    incident_id, table = opened(), Table(outbox=[3])
    run(incident_id, table)
    table.called(), table.waits.clear()
    assert run(incident_id, table) == Phase.MONITORING
    assert table.called() == ["plan", "send", "send", "reconcile", "report"]


def test_every_move_stands_in_the_timeline_in_order() -> None:
    incident_id = opened()
    run(incident_id, Table(waits=[]))
    phases = ["detected", "assessing", "drafting", "in_review", "notifying", "monitoring"]
    assert moves(incident_id) == list(itertools.pairwise(phases))


@pytest.mark.parametrize(
    ("until", "reached", "called"),
    [
        (Phase.ASSESSING, Phase.ASSESSING, ["scope"]),
        (Phase.DRAFTING, Phase.DRAFTING, ["scope", "assess"]),
        (Phase.IN_REVIEW, Phase.IN_REVIEW, UP_TO_GATE),
        (Phase.NOTIFYING, Phase.NOTIFYING, UP_TO_GATE),
        (Phase.MONITORING, Phase.MONITORING, [*UP_TO_GATE, "plan", "send", "reconcile"]),
        (Phase.CLOSED, Phase.MONITORING, [*UP_TO_GATE, *PAST_GATE]),
    ],
)
def test_it_stops_where_it_was_told_to(until: Phase, reached: Phase, called: list[str]) -> None:
    table = Table(waits=[])
    assert run(opened(), table, until=until) == reached
    assert table.called() == called


@pytest.mark.parametrize("stage", ["scope", "assess", "draft", "plan", "send", "reconcile", "report"])
def test_a_stage_that_fails_leaves_the_phase_and_is_done_again(stage: str) -> None:
    incident_id, table = opened(), Table(waits=[])
    table.fails[stage] = RuntimeError("fell over")
    with pytest.raises(RuntimeError, match="fell over"):
        run(incident_id, table)
    stopped = phase_of(incident_id)
    assert run(incident_id, table) == Phase.MONITORING
    assert table.ledger.count(stage) >= 2
    assert moves(incident_id)[-1] == ("notifying", "monitoring")
    assert stopped != Phase.CLOSED


def test_what_a_failed_stage_wrote_is_not_kept() -> None:
    incident_id, table = opened(), Table()

    def write_then_fall(session, incident, actor):  # type: ignore[no-untyped-def]
        incident.title = "half done"
        session.add(incident)
        session.flush()
        raise RuntimeError("fell over")

    stages = table.stages().__class__(**{**vars(table.stages()), "assess": write_then_fall})
    with pytest.raises(RuntimeError):
        advance(incident_id, actor="ana", stages=stages)
    with db.session() as session:
        assert session.get_one(Incident, incident_id).title == "A drill"
    assert phase_of(incident_id) == Phase.ASSESSING


@pytest.mark.parametrize("change", [state_fact, add_person], ids=["a fact", "a person"])
def test_a_change_of_facts_or_people_at_the_gate_leads_back_to_the_start(change) -> None:  # type: ignore[no-untyped-def]
    incident_id, table = opened(), Table()
    run(incident_id, table)
    table.called(), change(incident_id)
    assert run(incident_id, table) == Phase.IN_REVIEW
    assert table.called() == UP_TO_GATE
    assert ("in_review", "scoping") in moves(incident_id)


def test_a_fact_that_comes_after_everybody_was_told_is_assessed_too() -> None:
    incident_id, table = opened(), Table(waits=[])
    run(incident_id, table)
    table.called(), state_fact(incident_id)
    assert run(incident_id, table) == Phase.MONITORING
    assert table.called() == [*UP_TO_GATE, *PAST_GATE]


@pytest.mark.parametrize("stage", ["scope", "assess", "draft"])
def test_a_fact_that_comes_in_the_middle_of_a_stage_is_never_taken_as_used(stage: str) -> None:
    incident_id, table = opened(), Table()
    table.during[stage] = lambda: state_fact(incident_id)
    run(incident_id, table)
    after = table.ledger[table.ledger.index(stage) + 1 :]
    assert "assess" in after
    assert not due_now(incident_id, table)


def test_people_who_are_loaded_while_cohorts_are_formed_are_never_left_out() -> None:
    incident_id, table = opened(), Table()
    loader = threading.Thread(target=add_person, args=(incident_id,))

    def load() -> None:
        loader.start()
        loader.join(0.3)  # it waits for our transaction: the person can't slip in between
        assert loader.is_alive()

    table.during["scope"] = load
    run(incident_id, table)
    loader.join(5)
    run(incident_id, table)
    with db.session() as session:
        incident = session.get_one(Incident, incident_id)
        assert incident.basis["people"] == incident.scope_version > 0
    assert table.ledger.count("scope") == 2


def test_a_decision_on_a_duty_words_the_notices_anew_but_assesses_nothing() -> None:
    incident_id, table = opened(), Table()
    duty = add_duty(incident_id)
    run(incident_id, table)
    with db.session() as session:
        decided = session.get_one(Obligation, duty)
        decided.decided_verdict = "notify"
        session.add(decided)
    table.called()
    assert run(incident_id, table) == Phase.IN_REVIEW
    assert table.called() == ["draft"]


@pytest.mark.parametrize("verdict", ["reject", "ask"])
def test_an_objection_of_legal_words_the_notices_anew_once(verdict: str) -> None:
    incident_id, table = opened(), Table()
    _, variant = add_wording(incident_id)
    run(incident_id, table)
    table.called()
    object_to(incident_id, variant, verdict)
    for _ in range(3):
        assert run(incident_id, table) == Phase.IN_REVIEW
    assert table.called() == ["draft"]


def test_an_approval_words_nothing_anew() -> None:
    incident_id, table = opened(), Table()
    _, variant = add_wording(incident_id)
    run(incident_id, table)
    table.called()
    object_to(incident_id, variant, "approve")
    run(incident_id, table)
    assert table.called() == []


def test_changed_law_before_the_send_leads_back_and_after_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    incident_id, table = opened(), Table()
    run(incident_id, table)
    monkeypatch.setattr(machine.basis, "law_now", lambda: "another law")
    table.called()
    assert run(incident_id, table) == Phase.IN_REVIEW
    assert table.called() == UP_TO_GATE
    table.waits.clear()
    run(incident_id, table)
    monkeypatch.setattr(machine.basis, "law_now", lambda: "a third law")
    table.called()
    assert run(incident_id, table) == Phase.MONITORING
    assert table.called() == ["report"]


def test_an_approval_that_falls_while_something_is_unsent_closes_the_gate_again() -> None:
    incident_id, table = opened(), Table(waits=[])
    add_wording(incident_id)
    run(incident_id, table)
    add_delivery(incident_id)
    table.called(), table.waits.append("the people changed")
    assert run(incident_id, table) == Phase.IN_REVIEW
    assert table.called() == []


def test_an_approval_that_falls_after_everything_left_changes_nothing() -> None:
    incident_id, table = opened(), Table(waits=[])
    run(incident_id, table)
    add_delivery(incident_id, DeliveryState.DELIVERED)
    table.called(), table.waits.append("the templates changed")
    assert run(incident_id, table) == Phase.MONITORING
    assert table.called() == ["report"]


def test_an_approval_that_falls_between_gate_and_plan_sends_nothing() -> None:
    incident_id, table = opened(), Table(waits=[])
    assert run(incident_id, table, until=Phase.NOTIFYING) == Phase.NOTIFYING
    table.called(), table.waits.append("rejected")
    assert run(incident_id, table) == Phase.IN_REVIEW
    assert table.called() == []


def test_what_a_late_answer_planned_is_sent_without_passing_the_gate_again() -> None:
    incident_id, table = opened(), Table(waits=[])
    run(incident_id, table)
    add_delivery(incident_id)
    table.called()
    assert run(incident_id, table) == Phase.MONITORING
    assert table.called() == ["plan", "send", "reconcile", "report"]
    assert moves(incident_id)[-1] == ("notifying", "monitoring")


def test_a_closed_incident_is_never_moved() -> None:
    incident_id, table = opened(Phase.CLOSED), Table(waits=[])
    state_fact(incident_id)
    assert run(incident_id, table) == Phase.CLOSED
    assert table.called() == []


def test_something_that_changes_all_the_time_is_refused_and_not_chased_for_ever() -> None:
    incident_id, table = opened(), Table()

    def again() -> None:
        state_fact(incident_id)
        table.during["draft"] = again

    table.during["draft"] = again
    with pytest.raises(Refusal, match="changed all the while"):
        run(incident_id, table)
    assert table.ledger.count("draft") < machine.STEPS


def test_of_two_callers_at_once_one_works_and_the_other_returns_at_once() -> None:
    incident_id, table, other = opened(), Table(waits=[]), Table(waits=[])
    told: list[Phase] = []
    table.during["assess"] = lambda: told.append(run(incident_id, other))
    assert run(incident_id, table) == Phase.MONITORING
    assert told == [Phase.ASSESSING]
    assert other.called() == []


@pytest.mark.slow
def test_many_callers_at_once_do_every_stage_once() -> None:
    incident_id, table = opened(), Table(waits=[], outbox=[1])
    callers = [threading.Thread(target=run, args=(incident_id, table)) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    run(incident_id, table)
    once = [name for name in table.ledger if name in ("scope", "assess", "draft", "plan")]
    assert once == [*UP_TO_GATE, "plan"]
    assert len(moves(incident_id)) == 5


def test_the_clock_is_held_where_a_time_is_given() -> None:
    incident_id, table = opened(), Table()
    at, seen = datetime(2026, 3, 1, 12, tzinfo=UTC), []
    table.during["assess"] = lambda: seen.append(clock.now())
    run(incident_id, table, now=at)
    assert seen == [at]
    assert clock.now() != at


def test_an_unknown_incident_is_refused() -> None:
    with pytest.raises(Refusal, match="no such incident"):
        run(new_id(), Table())


def test_only_an_incident_in_review_waits_for_legal() -> None:
    table = Table()
    for number, phase in enumerate(Phase):
        incident_id = opened(phase, ref=f"2026-{number:03d}")
        assert bool(waiting_for(incident_id, table.stages())) == (phase == Phase.IN_REVIEW)


def test_what_is_due_is_what_advance_would_do() -> None:
    incident_id, table = opened(), Table()
    assert due_now(incident_id, table)
    run(incident_id, table)
    assert not due_now(incident_id, table)
    table.waits.clear()
    assert due_now(incident_id, table)
    run(incident_id, table)
    assert not due_now(incident_id, table)
    state_fact(incident_id)
    assert due_now(incident_id, table)


def test_the_flow_run_that_owns_an_incident_is_noted() -> None:
    incident_id = opened()
    owned_by(incident_id, "11111111-2222-3333-4444-555555555555")
    with db.session() as session:
        assert session.get_one(Incident, incident_id).flow_run_id == "11111111-2222-3333-4444-555555555555"


@given(st.integers(min_value=0, max_value=5_000_000))
def test_a_batch_holds_500_to_5000_and_there_are_few_of_them(deliveries: int) -> None:
    size = batch_size(deliveries)
    assert 500 <= size <= 5000
    assert deliveries / size <= 1000


def test_the_timeline_of_a_whole_run_verifies() -> None:
    from forthwith.timeline import export

    incident_id = opened()
    run(incident_id, Table(waits=[]))
    with db.session() as session:
        incident = session.get_one(Incident, incident_id)
        report = export.verify_rows(incident, export.entries(session, incident))
    assert report.sound
    assert report.count == 5


def test_a_killed_connection_frees_the_incident_at_once() -> None:
    incident_id, table = opened(), Table()

    def cut() -> None:
        with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as other:
            other.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                    " and datname = current_database()"
                )
            )

    table.during["assess"] = cut
    with pytest.raises(Refusal, match="database can't be reached"):
        run(incident_id, table)
    assert run(incident_id, table) == Phase.IN_REVIEW
