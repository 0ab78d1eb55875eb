"""Everything on one machine: database, Prefect server, deployments, a worker, the web pages. `running` is the whole."""

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from flows import deploying, minute, surroundings, warm
from flows.safe import described
from forthwith import db, runs
from forthwith.settings import settings
from models import Refusal

PATIENCE = 120.0  # seconds until a start-up is given up
FALLS = 5  # how often a child may fall within a minute


@dataclass
class Child:
    """One process of ours, started anew when it falls."""

    kind: str
    env: dict[str, str]
    name: str = ""
    process: subprocess.Popen[bytes] | None = None
    fell: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a session of its own, so that it can be ended with all that it started."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flows.child", self.kind, str(os.getpid()), self.name],
                env=self.env, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    @property
    def log(self) -> Path:
        """Where it writes."""
        return settings().home / "logs" / f"{self.kind}.log"

    def ended(self, seconds: float) -> int | None:
        """Wait until it ends; return its exit code, or None where it still runs after `seconds`."""
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(seconds) if self.process else None
        return None

    def alive(self) -> bool:
        """Return whether it runs."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to it and to all that it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


@dataclass
class Served:
    """What runs, and where."""

    api_url: str
    web_url: str
    children: list[Child]
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0  # from the start to the first answer of everything
    steps: list[Callable[[], None]] = field(default_factory=list)  # what is still to wait for

    def ready(self) -> None:
        """Wait until everything answers. Raises Refusal for what does not come up."""
        while self.steps:
            self.steps.pop(0)()
            self.seconds = time.monotonic() - self.began

    def mend(self) -> str | None:
        """Start fallen children anew; return the kind of one that keeps falling."""
        for child in self.children:
            if child.alive():
                continue
            child.fell = [*(at for at in child.fell if time.monotonic() - at < 60), time.monotonic()]
            if len(child.fell) > FALLS:
                return child.kind
            child.start()
        return None


@contextmanager
def running(*, web: bool = True, prefect_port: int | None = None, web_port: int | None = None) -> Iterator[Served]:
    """Serve this data folder inside the block; at its end everything that was started has ended.

    Ports: None takes those of the settings, 0 any free one. The database is left running, as other commands use it.
    Raises Refusal where the folder is served already, a port is taken, or something does not come up.
    """
    with starting(web=web, prefect_port=prefect_port, web_port=web_port) as served:
        served.ready()
        yield served


@contextmanager
def starting(*, web: bool = True, prefect_port: int | None = None, web_port: int | None = None) -> Iterator[Served]:
    """Serve as `running` does, but open the block at once: there is work that needs no flow. `ready` waits for all."""
    with ExitStack() as stack:
        stack.enter_context(_alone())
        yield _started(stack, web, _port(prefect_port, settings().prefect_port), web_port)


def _started(stack: ExitStack, web: bool, prefect_port: int, web_port: int | None) -> Served:
    """Start what is needed, all at once since most of it only imports."""
    _publish(stack, f"http://127.0.0.1:{prefect_port}/api")
    address = surroundings.database().render_as_string(hide_password=False)
    env = surroundings.environment(Path(sys.executable).parent) | {warm.DOOR: _door(stack)}
    pages = env | {"FORTHWITH_WEB_PORT": str(_port(web_port, settings().web_port))} if web else {}
    worker = Child("worker", env, f"serve-{secrets.token_hex(3)}")
    children = [Child("server", env | surroundings.of_server(prefect_port)), worker]
    web_url = f"http://{settings().web_host}:{pages.get('FORTHWITH_WEB_PORT', '')}"
    served = Served(runs.api_url(), web_url, children)
    stack.callback(_end, children)
    _begin(children)
    deployment = _deploy(stack, env) if deploying.changed(address) else None
    db.migrate()
    if web:
        children.append(Child("web", pages))
        _begin(children[2:])
    served.steps = [
        lambda: _wait(children[0], runs.answers),
        lambda: _deployed(stack, env, deployment),
        lambda: deploying.remember(address),
        lambda: _wait(worker, lambda: deploying.worker_online(worker.name)),
        *([lambda: _wait(children[2], lambda: _answers(web_url))] if web else []),
    ]
    return served


def _door(stack: ExitStack) -> str:
    """Return where the mother of the runs shall listen: in a folder that nobody else can open, and by a short path."""
    return str(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forthwith-"))) / "door")


def _begin(children: list[Child]) -> None:
    for child in children:
        child.start()


def _deploy(stack: ExitStack, env: dict[str, str]) -> Child:
    """Start the registration of the flows."""
    child = Child("deploy", env)
    stack.callback(_end, [child])
    child.start()
    return child


def _deployed(stack: ExitStack, env: dict[str, str], child: Child | None) -> None:
    """Wait until the flows are registered; register them where the server forgot. Raises Refusal on failure."""
    if child is None and deploying.deployed():
        return
    child = child or _deploy(stack, env)
    if child.ended(PATIENCE) != 0 or not deploying.deployed():
        raise Refusal("The flows could not be deployed.", f"{child.log} tells why.")


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the data folder: one `serve` each. Raises Refusal where another holds it."""
    for folder in ("prefect", "logs"):
        (settings().home / folder).mkdir(parents=True, exist_ok=True)
    with (settings().home / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal("This data folder is served already.", "Use that one, or set FORTHWITH_HOME.") from None
        yield


def _publish(stack: ExitStack, api_url: str) -> None:
    """Say where the Prefect server listens, for every command on this data folder, as long as it does."""
    if settings().prefect_api_url:
        raise Refusal(
            "FORTHWITH_PREFECT_API_URL names a Prefect server elsewhere, and `serve` starts one here.",
            "Unset it, or run a worker and the web pages only: docs/operators/running.md.",
        )
    runs.address_file().write_text(api_url, encoding="utf-8")
    stack.callback(runs.address_file().unlink, missing_ok=True)


def _port(wanted: int | None, default: int) -> int:
    """Return a port that is free now. Raises Refusal where the wanted one is taken."""
    port = default if wanted is None else wanted
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Refusal(f"Port {port} is taken.", "Stop what holds it, or set another port.") from None
        return int(probe.getsockname()[1])


def _wait(child: Child, ready: Callable[[], bool]) -> None:
    """Wait until `ready`. Raises Refusal where the child ends first, or time runs out."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and child.alive():
        with suppress(httpx.HTTPError):
            if ready():
                return
        time.sleep(0.1)
    raise Refusal(f"The {child.kind} did not come up.", f"{child.log} tells why.")


def _answers(url: str) -> bool:
    return httpx.get(url, timeout=2.0, trust_env=False, verify=runs.trusted()).status_code < 500


def _end(children: list[Child]) -> None:
    """End every child and all that it started, the server last: the others still have something to tell it."""
    for servers in (False, True):
        some = [child for child in children if (child.kind == "server") == servers]
        for child in some:
            child.signal(signal.SIGINT)
        for child in some:
            child.ended(5)
            child.signal(signal.SIGKILL)
            child.ended(5)


def serve(ready: Callable[[Served], None]) -> str | None:
    """Serve until a signal comes; `ready` is called once. Return the kind of child that kept falling, if one did."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with running() as served:
        ready(served)
        for seconds, question in DRIVEN.items():
            threading.Thread(target=_every, args=(seconds, stop, question), daemon=True).start()
        while not stop.wait(0.5):
            if fallen := served.mend():
                return fallen
    return None


def _every(seconds: float, stop: threading.Event, questions: tuple[Callable[[], int], ...]) -> None:
    """Ask the minute's questions from here too: a clock of 72 hours must not hang on the flows' scheduler alone."""
    while not stop.wait(seconds):
        for question in questions:
            try:
                question()
            except Exception as failure:
                sys.stderr.write(f"warning: {question.__name__}: {described(failure)}\n")


DRIVEN: dict[float, tuple[Callable[[], int], ...]] = {
    10: (minute.mend,),
    60: (minute.deadlines, minute.sweep, minute.tidy, minute.drop),
}
