"""Forks senders that are there to be killed: everything is imported once, each fork is a process of its own.

Reads incident ids from its input, a line each; answers each with the process id of a new sender.
"""

import os
import signal
import sys
import time
import uuid
from pathlib import Path

from forthwith import db, dispatch
from forthwith.approval import hashes
from forthwith.channels import known

if words := os.environ.get("FAKE_TEMPLATES"):
    hashes.TEMPLATES = Path(words)
known()


def work(incident_id: uuid.UUID) -> None:
    """Send and reconcile for ever, in small batches, as workers do."""
    db.engine().dispose(close=False)  # the mother's connections are not ours
    while True:
        dispatch.send(incident_id, batch=25)
        dispatch.reconcile(incident_id)
        time.sleep(0.01)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                work(uuid.UUID(line.strip()))
            finally:
                os._exit(1)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
