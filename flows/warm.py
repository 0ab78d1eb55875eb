"""Warm starts: a mother process imports once what every flow run needs, and each run is a fork of her.

`python -m flows.warm [flows.MODULE ...]` is the command that the work pool starts. It hands its order to the mother and
stays as long as the run does: what Prefect's worker does to it, a signal or a kill, reaches the run. Where there is no
mother, it becomes the plain engine. So a run starts in a tenth of the time, and nothing depends on it.
"""

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

DOOR = "FORTHWITH_WARM_DOOR"  # where the mother listens: a socket in a folder that is ours alone
ENGINE = "prefect.engine"
PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
NEEDED = (
    "prefect.flow_engine", "prefect.flow_runs", "flows.respond", "flows.intake", "flows.watch", "flows.lanes",
    "forthwith.scoping.cohorts", "forthwith.assessment", "forthwith.drafting", "forthwith.review", "forthwith.dispatch",
    "forthwith.channels", "forthwith.timeline.export",
)  # fmt: skip
LENGTH = struct.Struct("!I")
KILLED = 128  # how an exit code tells of a signal


def main() -> NoReturn:
    """Run what Prefect asks for in a fork of the mother, or plainly where there is none."""
    asked = socket.socket(socket.AF_UNIX)
    try:
        asked.connect(os.environ.get(DOOR) or os.devnull)
    except OSError:
        os.execv(sys.executable, [sys.executable, "-m", *_words()])
    for number in PASSED_ON:
        signal.signal(number, lambda got, _frame: asked.send(bytes([got])))
    order = json.dumps({"env": dict(os.environ), "cwd": os.getcwd(), "words": _words()}).encode()
    socket.send_fds(asked, [LENGTH.pack(len(order))], [1, 2])
    asked.sendall(order)
    _end_as((asked.recv(1) or b"\1")[0])


def _words() -> list[str]:
    """Return which module to run and with what: the engine, where none of ours is named."""
    named = sys.argv[1:2] and sys.argv[1].startswith("flows.")
    return sys.argv[1:] if named else [ENGINE, *sys.argv[1:]]


def _end_as(code: int) -> NoReturn:
    """End as the run did: Prefect tells a killed run from a failed one."""
    if code > KILLED:
        with suppress(OSError):  # some signals can't be caught in the first place
            signal.signal(code - KILLED, signal.SIG_DFL)
        os.kill(os.getpid(), code - KILLED)
    sys.exit(code)


def fork_mother(path: Path) -> None:
    """Import everything, fork the mother who listens at `path`, and return. Call it before any thread is started."""
    from flows import compat  # here, as who only asks must start at once

    for name in NEEDED:
        importlib.import_module(name)
    compat.without_heartbeats()
    compat.certificates_once()
    _read_laws()
    gc.freeze()  # what stands now stays: no run need search it for cycles, or copy its pages to do so
    worker = os.getpid()
    if os.fork() == 0:
        _listen(path, parent=worker)
        os._exit(0)


def _read_laws() -> None:
    """Have every law's record at hand; a run reads again only what changed on disk since."""
    from forthwith.assessment.library import all_laws
    from forthwith.settings import settings
    from models import Refusal

    with suppress(Refusal):  # a record with a fault: the run that needs it says so
        all_laws()
    settings.cache_clear()  # a run has an environment of its own


def _listen(path: Path, parent: int) -> None:
    """Fork a run for whoever asks, until `parent` is no longer the parent. Starts no thread."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the keepers
    with socket.socket(socket.AF_UNIX) as door:
        path.unlink(missing_ok=True)  # of a mother who fell
        door.bind(str(path))
        door.listen(64)
        while os.getppid() == parent:
            if select.select([door], [], [], 0.5)[0]:
                _take(door)


def _take(door: socket.socket) -> None:
    """Fork a keeper for one caller."""
    asked, _ = door.accept()
    with asked:
        if os.fork() == 0:
            door.close()
            _keep(asked)


def _keep(asked: socket.socket) -> None:
    """Fork the run and watch over it: pass on signals, report its end, end it and all of it where it is left alone."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        head, outputs, _, _ = socket.recv_fds(asked, LENGTH.size, 2)
        order = json.loads(_read(asked, LENGTH.unpack(head)[0]))
    except (EOFError, OSError, struct.error):  # who asked is gone
        os._exit(1)
    run = os.fork()
    if run == 0:
        asked.close()
        _become(order, outputs)
    else:
        os._exit(_watch(asked, run))


def _read(asked: socket.socket, length: int) -> bytes:
    """Return exactly so many bytes. Raises EOFError where the caller vanished."""
    read = bytearray()
    while len(read) < length:
        part = asked.recv(length - len(read))
        if not part:
            raise EOFError
        read += part
    return bytes(read)


def _watch(asked: socket.socket, run: int) -> int:
    """Stay until the run ends, or kill it where its caller was killed: the outbox is made for that."""
    ended = os.pidfd_open(run)
    while ended not in (ready := select.select([asked.fileno(), ended], [], [])[0]):
        numbers = asked.recv(16) if ready else b""
        if not numbers:
            os.killpg(0, signal.SIGKILL)
        for number in numbers:
            os.kill(run, number)
    code = os.waitstatus_to_exitcode(os.waitpid(run, 0)[1])
    with suppress(OSError):  # who asked may be gone just now
        asked.send(bytes([KILLED - code if code < 0 else code]))
    return 0


def _become(order: dict[str, Any], outputs: list[int]) -> None:
    """Be the run: its environment, its folder, its outputs, and then its module as if just started."""
    for number, output in enumerate(outputs, start=1):
        os.dup2(output, number)
        os.close(output)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    for number in PASSED_ON:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()
    module, *_ = sys.argv = order["words"]
    sys.modules.pop(module, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
