"""The small door to Prefect: what it asks for, what it insists on, what it never says."""

import stat
from pathlib import Path

import pytest
from fakes.prefect_api import PrefectApi

from forthwith import runs
from forthwith.settings import settings
from models import Refusal, new_id


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PAUSE", 0.001)


def test_a_run_is_started_with_the_incidents_id_and_nothing_else(api: PrefectApi) -> None:
    incident_id = new_id()
    runs.start(incident_id)
    (told,) = api.asked("/create_flow_run")
    assert told["parameters"] == {"incident_id": str(incident_id)}
    assert set(told) == {"parameters", "tags", "idempotency_key", "state"}
    assert told["tags"] == ["incident", f"incident:{incident_id}"]


def test_started_twice_it_is_one_run(api: PrefectApi) -> None:
    incident_id = new_id()
    assert runs.start(incident_id) == runs.start(incident_id)
    assert len(api.runs) == 1


def test_two_callers_that_both_saw_nothing_get_the_same_run(api: PrefectApi) -> None:
    incident_id = new_id()
    with runs._api() as client:
        first, second = runs._create(client, incident_id, None), runs._create(client, incident_id, None)
    assert first == second
    assert len(api.runs) == 1


@pytest.mark.parametrize("kind", ["SCHEDULED", "PENDING", "RUNNING", "PAUSED"])
def test_a_living_run_is_never_doubled(api: PrefectApi, kind: str) -> None:
    incident_id = new_id()
    living = api.add_run(incident_id, kind)
    assert runs.start(incident_id) == living["id"]
    assert api.asked("/create_flow_run") == []


@pytest.mark.parametrize("kind", ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"])
def test_after_an_ended_run_a_new_one_is_started(api: PrefectApi, kind: str) -> None:
    incident_id = new_id()
    ended = api.add_run(incident_id, kind)
    started = runs.start(incident_id)
    assert started != ended["id"]
    assert runs.start(incident_id) == started


def test_other_incidents_runs_are_none_of_its_business(api: PrefectApi) -> None:
    api.add_run(new_id(), "PAUSED")
    assert runs.state(incident_id := new_id()) is None
    assert not runs.wake(incident_id)
    assert not runs.again(incident_id)


def test_a_sleeping_run_is_woken(api: PrefectApi) -> None:
    incident_id = new_id()
    api.add_run(incident_id, "PAUSED", "Suspended")
    assert runs.wake(incident_id)
    assert api.runs[0]["state"]["type"] == "SCHEDULED"


@pytest.mark.parametrize("kind", ["SCHEDULED", "RUNNING", "COMPLETED", "FAILED"])
def test_to_wake_what_is_not_asleep_is_done_already(api: PrefectApi, kind: str) -> None:
    incident_id = new_id()
    api.add_run(incident_id, kind)
    assert not runs.wake(incident_id)
    assert api.asked("/resume") == []


@pytest.mark.parametrize("faults", [[503], [503, 503, 503]])
def test_a_locked_prefect_database_is_asked_again(api: PrefectApi, faults: list[int]) -> None:
    incident_id = new_id()
    api.add_run(incident_id, "PAUSED")
    api.faults = list(faults)
    assert runs.wake(incident_id)
    assert len(api.asked("/resume")) == len(faults) + 1


def test_a_rejected_wake_is_asked_again(api: PrefectApi) -> None:
    incident_id = new_id()
    api.add_run(incident_id, "PAUSED")
    api.rejects = 2
    assert runs.wake(incident_id)
    assert len(api.asked("/resume")) == 3


def test_a_wake_that_is_always_rejected_ends_and_says_so(api: PrefectApi) -> None:
    incident_id = new_id()
    api.add_run(incident_id, "PAUSED")
    api.rejects = 10_000
    assert not runs.wake(incident_id)
    assert len(api.asked("/resume")) == runs.TRIES


def test_a_dead_run_is_scheduled_again_by_force(api: PrefectApi) -> None:
    incident_id = new_id()
    api.add_run(incident_id, "RUNNING")
    assert runs.again(incident_id)
    (told,) = api.asked("/set_state")
    assert told == {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}, "force": True}


def test_the_newest_run_is_the_one_that_counts(api: PrefectApi) -> None:
    incident_id = new_id()
    api.add_run(incident_id, "FAILED", count=3)
    api.add_run(incident_id, "PAUSED", "Suspended", message="asleep")
    newest = runs.state(incident_id)
    assert newest is not None
    assert (newest.id, newest.kind, newest.name, newest.message) == ("run-1", "PAUSED", "Suspended", "asleep")
    assert not newest.ended


def test_living_runs_of_all_incidents_are_listed_page_by_page(api: PrefectApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PAGE", 3)
    ids = [new_id() for _ in range(8)]
    for incident_id in ids:
        api.add_run(incident_id, "RUNNING")
    api.add_run(new_id(), "COMPLETED")
    assert set(runs.unended()) == set(ids)
    assert len(api.asked("/flow_runs/filter")) == 3


def test_without_a_server_there_is_one_line_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "prefect_api_url", "http://127.0.0.1:9/api")
    for ask in (runs.start, runs.wake, runs.again, runs.state):
        with pytest.raises(Refusal, match="No Prefect server answers") as told:
            ask(new_id())
        assert "--inline" in told.value.do
        assert told.value.__suppress_context__
    assert not runs.answers()


def test_a_wrong_password_is_one_line_without_the_password(api: PrefectApi) -> None:
    api.password = "forthwith:another"
    with pytest.raises(Refusal, match="refused a call \\(401\\)") as told:
        runs.start(new_id())
    assert "secret" not in str(told.value)
    assert not runs.answers()


def test_flows_that_are_not_deployed_are_one_line(api: PrefectApi) -> None:
    api.deployed = False
    with pytest.raises(Refusal, match="not deployed"):
        runs.start(new_id())


def test_a_server_that_answers_is_known_to_answer(api: PrefectApi) -> None:
    assert runs.answers()


def test_the_password_is_made_once_and_only_its_owner_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "home", tmp_path)
    first = runs.auth()
    assert runs.auth() == first
    assert first.startswith("forthwith:")
    assert len(first) > 30
    assert stat.S_IMODE((tmp_path / "keys" / "prefect").stat().st_mode) == 0o600


def test_the_address_is_the_setting_then_what_serve_says_then_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "home", tmp_path)
    assert runs.api_url() == f"http://127.0.0.1:{settings().prefect_port}/api"
    runs.address_file().parent.mkdir()
    runs.address_file().write_text("http://127.0.0.1:5555/api\n")
    assert runs.api_url() == "http://127.0.0.1:5555/api"
    monkeypatch.setattr(settings(), "prefect_api_url", "http://elsewhere:4200/api/")
    assert runs.api_url() == "http://elsewhere:4200/api"


def test_no_proxy_of_the_environment_gets_the_password(api: PrefectApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert runs.answers()
