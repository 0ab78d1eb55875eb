"""The two kinds of Prefect object that we have, and what both never do: cache, persist, print, retry a send."""

import os
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

os.environ.setdefault("DO_NOT_TRACK", "1")  # before Prefect is imported: it would tell its makers that it was

from prefect import Flow, Task, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import exponential_backoff

from flows.safe import safe

ACTOR = "flow"
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def story(
    name: str, **options: Any
) -> Callable[[Callable[Arguments, Result]], Flow[Arguments, Result]]:  # fmt: skip
    """Make a flow of a function: ids in, nothing out, nothing persisted, no error that names a person."""

    def made(function: Callable[Arguments, Result]) -> Flow[Arguments, Result]:
        return flow(name=name, persist_result=False, log_prints=False, retries=0, **options)(safe(function))

    return made


def step(name: str) -> Callable[[Callable[Arguments, Result]], Task[Arguments, Result]]:
    """Make a task that may be tried again: it is idempotent, and a refusal is final."""

    def made(function: Callable[Arguments, Result]) -> Task[Arguments, Result]:
        return task(
            name=name, cache_policy=NO_CACHE, persist_result=False, log_prints=False, retries=3,
            retry_delay_seconds=exponential_backoff(2), retry_jitter_factor=0.5, retry_condition_fn=passing,
        )(safe(function))  # fmt: skip

    return made


def once(name: str) -> Callable[[Callable[Arguments, Result]], Task[Arguments, Result]]:
    """Make a task that Prefect never tries again: the outbox owns the retrying of sends."""

    def made(function: Callable[Arguments, Result]) -> Task[Arguments, Result]:
        return task(name=name, cache_policy=NO_CACHE, persist_result=False, log_prints=False, retries=0)(safe(function))

    return made


def passing(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Return whether a failure may pass by itself. A refusal says what a person must do."""
    return "refused:" not in (state.message or "")
