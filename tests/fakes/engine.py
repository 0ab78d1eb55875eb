"""What a flow run does in the tests of warm starts: it tells of itself, ends as it is asked to, or waits."""

import json
import os
import signal
import subprocess
import sys
import time


def stopped(number: int, _frame: object) -> None:
    print(json.dumps({"stopped by": number}), flush=True)
    sys.exit(7)


def wait() -> None:
    """Start a child, as a sender of many letters does, and wait until somebody ends it."""
    signal.signal(signal.SIGTERM, stopped)
    child = subprocess.Popen(["sleep", "60"])
    print(json.dumps({"pid": os.getpid(), "child": child.pid}), flush=True)
    time.sleep(60)


def main() -> None:
    match sys.argv[1:]:
        case ["tell", *words]:
            print(json.dumps({"words": words, "cwd": os.getcwd(), "mark": os.environ.get("MARK"), "pid": os.getpid(),
                              "parent": os.getppid()}))  # fmt: skip
            sys.stderr.write("beside\n")
        case ["end", code]:
            sys.exit(int(code))
        case ["fall"]:
            raise ValueError("fallen")
        case ["die"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["wait"]:
            wait()


if __name__ == "__main__":
    main()
