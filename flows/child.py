"""What `forthwith serve` runs beside itself, one process each: server, worker, web pages.

`python -m flows.child server|worker|web|deploy PARENT [NAME]`. A child ends with its parent, even a killed one.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx


def server() -> None:
    """Run Prefect's API server. Started here and not by its command, which would import everything twice."""
    import uvicorn
    from prefect.server.api.server import create_app

    from flows.compat import put_right

    put_right(os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"])
    port = int(os.environ["PREFECT_SERVER_API_PORT"])
    uvicorn.run(create_app(final=True), host="127.0.0.1", port=port, log_level="warning", access_log=False)


def worker() -> None:
    """Run the process worker, and the mother of its runs. It imports while the server still starts."""
    from flows.warm import DOOR, fork_mother

    fork_mother(Path(os.environ[DOOR]))
    end_with(int(sys.argv[2]))
    from prefect.workers.process import ProcessWorker

    from flows.surroundings import POOL

    wait_for(os.environ["PREFECT_API_URL"])
    with suppress(KeyboardInterrupt):
        asyncio.run(ProcessWorker(work_pool_name=POOL, name=sys.argv[3]).start(printer=_quiet))


def deploy() -> None:
    """Register what prefect.yaml names once the server answers: the mother of the runs has imported what that needs."""
    from flows import warm

    wait_for(os.environ["PREFECT_API_URL"])
    wait_until(Path(os.environ[warm.DOOR]).exists, seconds=20.0)
    sys.argv = ["flows.child", "flows.deploying"]
    warm.main()


def web() -> None:
    """Run the web pages."""
    import uvicorn

    from forthwith.settings import settings

    uvicorn.run(
        "forthwith.web.app:create_app", factory=True, host=settings().web_host, port=settings().web_port,
        log_level="warning", access_log=False, server_header=False,
    )  # fmt: skip


def wait_for(api: str, seconds: float = 120.0) -> None:
    """Return as soon as the API answers; after `seconds` return anyway, and let the caller fail aloud."""
    with httpx.Client(timeout=2.0, trust_env=False) as client:

        def healthy() -> bool:
            with suppress(httpx.HTTPError):
                return client.get(f"{api}/health").is_success
            return False

        wait_until(healthy, seconds)


def wait_until(done: Callable[[], bool], seconds: float) -> None:
    """Return as soon as something is done, or after `seconds`."""
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.1)


def end_with(parent: int) -> None:
    """End this process and its own children as soon as `parent` is no longer the parent."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.killpg(os.getpgrp(), signal.SIGTERM)
        time.sleep(5)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _quiet(*_: object, **__: object) -> None:
    """Take what Prefect would print."""


KINDS: dict[str, Callable[[], None]] = {"server": server, "worker": worker, "web": web, "deploy": deploy}

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` would have it ignored
    if sys.argv[1] != "worker":  # it forks first, and who forks must have no thread
        end_with(int(sys.argv[2]))
    KINDS[sys.argv[1]]()
