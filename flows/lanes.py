"""Many senders at once, each a process: filling and typesetting keep a processor busy. The outbox keeps them apart."""

import os
import subprocess
import sys
import uuid

from models import Refusal

LANES = min(4, os.cpu_count() or 1)


def send(incident_id: uuid.UUID, batch: int) -> int:
    """Send what is due from several processes; return how many were settled. Raises Refusal where a sender refuses."""
    command = [sys.executable, "-m", "flows.warm", "flows.lanes", str(incident_id), str(batch)]
    started = [
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(LANES)
    ]
    told = [lane.communicate() for lane in started]
    if fallen := [said for lane, (_, said) in zip(started, told, strict=True) if lane.returncode]:
        raise Refusal(fallen[0].strip().splitlines()[-1] if fallen[0].strip() else "A sender fell.", "Respond again.")
    return sum(int(out) for out, _ in told)


def main() -> None:
    """Be one sender. Says how many were settled, or in one line why not."""
    from flows.safe import described
    from forthwith import dispatch

    try:
        taken = dispatch.send(uuid.UUID(sys.argv[1]), batch=int(sys.argv[2])).taken
    except Exception as failure:
        sys.stderr.write(f"{described(failure)}\n")
        sys.exit(1)
    sys.stdout.write(str(taken))


if __name__ == "__main__":
    main()
