"""Every flow and task: ids in, numbers out, nothing cached, nothing persisted, nothing printed."""

import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import yaml
from prefect import Flow, Task
from prefect.cache_policies import NO_CACHE
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

import flows
from flows.kinds import passing
from flows.safe import UUID, BatchSize, IncidentId, SignalId, safe
from flows.surroundings import OWN, POOL

FOLDER = Path(flows.__file__).parent
MODULES = [importlib.import_module(f"flows.{found.name}") for found in pkgutil.iter_modules([str(FOLDER)])]
OBJECTS: list[Flow[Any, Any] | Task[Any, Any]] = [
    thing
    for module in MODULES
    for thing in vars(module).values()
    if isinstance(thing, Flow | Task) and thing.fn.__module__ == module.__name__
]
NAMES = [f"{thing.fn.__module__}.{thing.fn.__name__}" for thing in OBJECTS]
every = pytest.mark.parametrize("thing", OBJECTS, ids=NAMES)
ALLOWED = (IncidentId, SignalId, BatchSize)


def hints(thing: Flow[Any, Any] | Task[Any, Any]) -> dict[str, Any]:
    return get_type_hints(thing.fn, include_extras=True)


def test_there_are_flows_and_tasks_to_look_at() -> None:
    assert {"flows.respond.respond", "flows.respond.scope", "flows.notify.send", "flows.watch.watch"} <= set(NAMES)
    assert len(NAMES) >= 12


@every
def test_a_signature_takes_ids_and_sizes_alone(thing: Flow[Any, Any] | Task[Any, Any]) -> None:
    told = {name: kind for name, kind in hints(thing).items() if name != "return"}
    assert set(told) == set(inspect.signature(thing.fn).parameters)
    assert [name for name, kind in told.items() if kind not in ALLOWED] == []


@every
def test_nothing_but_a_number_comes_back(thing: Flow[Any, Any] | Task[Any, Any]) -> None:
    assert hints(thing)["return"] in (type(None), int)


@every
def test_nothing_is_cached_persisted_or_printed(thing: Flow[Any, Any] | Task[Any, Any]) -> None:
    assert thing.persist_result is False
    assert thing.log_prints is False
    if isinstance(thing, Task):
        assert thing.cache_policy == NO_CACHE
        assert thing.task_run_name is None
        assert thing.result_storage is None
    else:
        assert thing.flow_run_name is None
        assert thing.retries == 0


@every
def test_every_one_lets_only_safe_errors_out(thing: Flow[Any, Any] | Task[Any, Any]) -> None:
    made, wrapper = thing.fn.__code__, safe(len).__code__  # one place, though counting lines may copy the code
    assert (made.co_filename, made.co_firstlineno) == (wrapper.co_filename, wrapper.co_firstlineno)


def test_sends_are_never_tried_again_by_prefect() -> None:
    tried = {name: thing.retries for name, thing in zip(NAMES, OBJECTS, strict=True)}
    assert tried["flows.notify.send"] == 0
    assert tried["flows.respond.assess"] == 3


def test_a_refusal_is_not_tried_again_and_a_fault_is() -> None:
    class Told:
        def __init__(self, message: str | None) -> None:
            self.message = message

    assert not passing(None, None, Told("SafeError: refused: closed"))  # type: ignore[arg-type]
    assert passing(None, None, Told("SafeError: OperationalError"))  # type: ignore[arg-type]
    assert passing(None, None, Told(None))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [IncidentId, SignalId])
def test_an_id_is_constrained_where_prefect_checks_it(kind: Any) -> None:
    (constraint,) = [one for one in get_args(kind)[1:] if isinstance(one, StringConstraints | FieldInfo)]
    assert constraint.pattern == UUID
    assert get_origin(kind) is not None


@pytest.mark.parametrize("flow", [thing for thing in OBJECTS if isinstance(thing, Flow)], ids=lambda one: one.name)
def test_the_schema_that_prefect_stores_admits_ids_alone(flow: Flow[Any, Any]) -> None:
    schema = flow.parameters.model_dump() if hasattr(flow.parameters, "model_dump") else dict(flow.parameters)
    for told in schema["properties"].values():
        assert told["pattern"] == UUID
    assert not re.match(UUID, "Zyx Canary")


def test_the_machine_works_without_prefect() -> None:
    code = (
        "import sys, flows.advance, flows.minute, flows.serving, forthwith.runs, forthwith.cli.respond;"
        "print([name for name in sys.modules if name.split('.')[0] == 'prefect'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


CONFIG = yaml.load((FOLDER.parent / "prefect.yaml").read_text(), yaml.CSafeLoader)


@pytest.mark.parametrize("deployment", CONFIG["deployments"], ids=lambda one: one["name"])
def test_every_deployment_names_a_flow_that_exists(deployment: dict[str, Any]) -> None:
    module, name = deployment["entrypoint"].rsplit(".", 1)
    assert isinstance(getattr(importlib.import_module(module), name), Flow)
    assert deployment["work_pool"]["name"] == POOL


def test_every_flow_is_deployed() -> None:
    stories = {name for name, thing in zip(NAMES, OBJECTS, strict=True) if isinstance(thing, Flow)}
    assert stories == {one["entrypoint"] for one in CONFIG["deployments"]}


def test_no_secret_stands_in_the_deployments() -> None:
    words = json.dumps(CONFIG).lower()
    assert [word for word in ("password", "secret", "database_url", "kek", "auth") if word in words] == []
    assert CONFIG["pull"] == []


def test_prefect_is_told_to_keep_and_send_nothing() -> None:
    assert OWN["PREFECT_RESULTS_PERSIST_BY_DEFAULT"] == "false"
    assert OWN["PREFECT_LOGGING_TO_API_ENABLED"] == "false"
    assert OWN["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert OWN["DO_NOT_TRACK"] == "1"


def test_every_setting_that_prefect_is_told_is_one_that_it_knows() -> None:
    from prefect.settings import Settings
    from prefect.settings.legacy import _get_settings_fields

    known = set(_get_settings_fields(Settings))
    assert {name for name in OWN if name.startswith("PREFECT_")} - known == set()
