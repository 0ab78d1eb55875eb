"""What Prefect forgets or believes for ever is put right from our own rows, and nothing else is touched."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from fakes.prefect_api import BORN, PrefectApi
from fakes.stage_table import opened
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from flows import mending
from flows.advance import owned_by
from flows.mending import GRACE, TRIES, Case, Cure, diagnosis, mend
from forthwith import db, runs
from forthwith.runs import Run
from models import Phase, Refusal, new_id

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
KINDS = ["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "COMPLETED", "FAILED", "CRASHED", "CANCELLED", "CANCELLING"]


def case(phase: Phase = Phase.IN_REVIEW, due: bool = False, idle: bool = True) -> Case:
    return Case(new_id(), phase, due, idle)


def run(kind: str, ago: timedelta = timedelta(hours=1), count: int = 1) -> Run:
    return Run(id="r", kind=kind, name=kind.title(), since=NOW - ago, count=count)


@pytest.mark.parametrize(
    ("of", "what", "cure"),
    [
        (case(due=True), None, Cure.START),
        (case(due=True), run("COMPLETED"), Cure.START),
        (case(due=True, idle=False), run("COMPLETED"), Cure.NOTHING),
        (case(), None, Cure.NOTHING),
        (case(), run("COMPLETED"), Cure.NOTHING),
        (case(), run("PAUSED"), Cure.NOTHING),
        (case(due=True), run("PAUSED"), Cure.WAKE),
        (case(Phase.MONITORING), run("PAUSED"), Cure.WAKE),
        (case(Phase.NOTIFYING, due=True, idle=False), run("PAUSED"), Cure.WAKE),
        (case(), run("RUNNING"), Cure.AGAIN),
        (case(idle=False), run("RUNNING"), Cure.NOTHING),
        (case(), run("RUNNING", GRACE / 2), Cure.NOTHING),
        (case(), run("PENDING"), Cure.AGAIN),
        (case(), run("PENDING", GRACE / 2), Cure.NOTHING),
        (case(due=True), run("CRASHED"), Cure.AGAIN),
        (case(due=True), run("FAILED"), Cure.AGAIN),
        (case(due=True), run("FAILED", GRACE / 2), Cure.NOTHING),
        (case(due=True), run("FAILED", GRACE * 3, count=3), Cure.NOTHING),
        (case(due=True), run("FAILED", GRACE * 5, count=3), Cure.AGAIN),
        (case(due=True), run("FAILED", count=TRIES), Cure.NOTHING),
        (case(), run("FAILED"), Cure.NOTHING),
        (case(due=True), run("CANCELLED"), Cure.NOTHING),
        (case(due=True), run("CANCELLING"), Cure.NOTHING),
        (case(due=True), run("SCHEDULED"), Cure.NOTHING),
    ],
)
def test_each_case_gets_its_own_cure(of: Case, what: Run | None, cure: Cure) -> None:
    assert diagnosis(of, what, NOW) == cure


cases = st.builds(Case, st.just(new_id()), st.sampled_from(list(Phase)), st.booleans(), st.booleans())
ages = st.timedeltas(timedelta(0), timedelta(days=3))
found = st.builds(run, st.sampled_from(KINDS), ages, st.integers(0, 9))


@given(cases, found)
def test_a_run_that_somebody_cancelled_is_never_restarted(of: Case, what: Run) -> None:
    cancelled = Run(what.id, "CANCELLED", "Cancelled", what.since, what.count)
    assert diagnosis(of, cancelled, NOW) == Cure.NOTHING


@given(cases, found)
def test_a_living_run_is_never_doubled_by_a_new_one(of: Case, what: Run) -> None:
    if not what.ended:
        assert diagnosis(of, what, NOW) != Cure.START


@given(cases, found)
def test_whoever_gives_signs_of_life_is_left_to_work(of: Case, what: Run) -> None:
    alive = Case(of.incident_id, of.phase, of.due, False)
    if what.kind in ("RUNNING", "PENDING"):
        assert diagnosis(alive, what, NOW) == Cure.NOTHING


@given(cases, found)
def test_where_nothing_is_due_nothing_is_started(of: Case, what: Run) -> None:
    calm = Case(of.incident_id, of.phase, False, of.idle)
    assert diagnosis(calm, what, NOW) != Cure.START


def ours(phase: Phase, ref: str = "2026-001") -> uuid.UUID:
    incident_id = opened(phase, ref)
    owned_by(incident_id, "run-0")
    return incident_id


def lives(incident_id: uuid.UUID) -> None:
    with db.session() as session:
        session.execute(
            text("update incident set lease_until = clock_timestamp() + interval '1 minute' where id = :id"),
            {"id": incident_id},
        )


def test_a_run_that_was_killed_is_scheduled_again(fresh: str, api: PrefectApi) -> None:
    incident_id = ours(Phase.DRAFTING)
    api.add_run(incident_id, "RUNNING")
    assert mend() == 1
    assert api.runs[0]["state"]["name"] == "AwaitingRetry"


def test_mended_twice_it_is_mended_once(fresh: str, api: PrefectApi) -> None:
    api.add_run(ours(Phase.DRAFTING), "RUNNING")
    assert (mend(), mend()) == (1, 0)


def test_a_run_that_lives_is_left_alone(fresh: str, api: PrefectApi) -> None:
    incident_id = ours(Phase.DRAFTING)
    lives(incident_id)
    api.add_run(incident_id, "RUNNING")
    assert mend() == 0
    assert api.asked("/set_state") == []


def test_a_wake_that_was_lost_is_done_again(fresh: str, api: PrefectApi, monkeypatch: pytest.MonkeyPatch) -> None:
    incident_id = ours(Phase.IN_REVIEW)
    api.add_run(incident_id, "PAUSED", "Suspended")
    monkeypatch.setattr(mending, "due", lambda session, incident: True)
    assert mend() == 1
    assert len(api.asked("/resume")) == 1


def test_a_run_that_waits_for_legal_is_left_to_wait(
    fresh: str, api: PrefectApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident_id = ours(Phase.IN_REVIEW)
    api.add_run(incident_id, "PAUSED", "Suspended")
    monkeypatch.setattr(mending, "due", lambda session, incident: False)
    assert mend() == 0
    assert api.asked("/resume") == []


def test_a_run_that_was_lost_altogether_is_started(fresh: str, api: PrefectApi) -> None:
    incident_id = ours(Phase.ASSESSING)
    assert mend() == 1
    assert api.asked("/create_flow_run")[0]["parameters"] == {"incident_id": str(incident_id)}


def test_an_incident_that_no_flow_ever_owned_is_none_of_its_business(fresh: str, api: PrefectApi) -> None:
    opened(Phase.DRAFTING)
    assert mend() == 0
    assert api.ledger == []


def test_a_closed_incident_is_left_alone(fresh: str, api: PrefectApi) -> None:
    api.add_run(ours(Phase.CLOSED), "RUNNING")
    assert mend() == 0


def test_many_calm_incidents_cost_one_question(fresh: str, api: PrefectApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "due", lambda session, incident: False)
    for number in range(9):
        api.add_run(ours(Phase.MONITORING, f"2026-{number:03d}"), "COMPLETED")
    assert mend() == 0
    assert len(api.ledger) == 1


def test_without_a_prefect_server_it_says_so(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from forthwith.settings import settings

    ours(Phase.DRAFTING)
    monkeypatch.setattr(settings(), "prefect_api_url", "http://127.0.0.1:9/api")
    with pytest.raises(Refusal, match="No Prefect server answers"):
        mend()


def test_prefects_times_are_read_with_their_zone(api: PrefectApi) -> None:
    incident_id = new_id()
    api.add_run(incident_id, "RUNNING")
    told = runs.state(incident_id)
    assert told is not None
    assert told.since == BORN
    assert told.since.tzinfo is not None
