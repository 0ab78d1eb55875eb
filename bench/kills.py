"""A thousand kills: senders, database, providers and network are killed at random while notices leave.

    python -m bench.kills                                          # a thousand kills over all channels
    python -m bench.kills --kills 200 --notices 5000 --channel email
    python -m bench.kills --short --seed 7                         # what `make test` runs

By the providers' own ledgers nobody may be lost, and nobody told twice. A naive sender (a loop over people: send, then
mark as sent) works beside ours under the same kills.
"""

import argparse
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

WEIGHTS = {"sender": 60, "network": 13, "database": 10, "provider": 10, "webhooks and sweeper": 7}
SHORT, LONG = 26, 1000
SHARES = {"email": 6000, "smtp": 2000, "sms": 2000, "letter": 1200}  # notices of the long form
FEW = {"email": 140, "smtp": 50, "sms": 50, "letter": 40}  # and of the short one
PAUSE = (0.03, 0.25)  # seconds between two kills


def main(words: Sequence[str] | None = None) -> int:
    """Run once and print what became of everybody."""
    told = _arguments().parse_args(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # all that was started ends with us
    sys.stderr.write(f"seed {told.seed}\n")
    found = killing(kills=told.kills or (SHORT if told.short else LONG), notices=_notices(told), seed=told.seed)
    print(json.dumps(found) if told.json else "\n".join(f"{name:<52} {value}" for name, value in table(found).items()))
    return 0 if fine(found) else 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.kills", description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int)
    parser.add_argument("--notices", type=int, help="of each channel; together a few for each kill where not given")
    parser.add_argument("--channel", choices=("email", "smtp", "sms", "letter"), action="append")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser


def _notices(told: argparse.Namespace) -> dict[str, int]:
    """Return how many notices go by each channel first."""
    share = FEW if told.short else SHARES
    return {one: told.notices or share[one] for one in told.channel or share}


def run() -> dict[str, str]:
    """The long run, for `make bench`: in a process of its own, since one that has threads must not fork."""
    told = subprocess.run([sys.executable, "-m", "bench.kills", "--json"], stdout=subprocess.PIPE, check=True).stdout
    return table(json.loads(told))


def killing(*, kills: int, notices: dict[str, int], seed: int) -> dict[str, Any]:
    """Kill so many, then let everything be settled, and return what the ledgers say."""
    from bench.killing import judge, operator
    from bench.killing.scene import Scene

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="forthwith-kills-") as folder:
        Path(folder).chmod(0o755)
        scene = Scene(Path(folder), seed, notices, naive=max(notices.values()))
        try:
            left = _kill_all(scene, kills, Path(folder) / "backup")
            operator.finish(scene, 60 + kills)
            found = asdict(judge.judge(scene))
        finally:
            scene.close()
        faults = scene.faults.read_text() if scene.faults.exists() else ""
    return {
        **found, "seed": seed, "notices": notices, "kills": dict(scene.killed), "open_after_the_last_kill": left,
        "faults": faults, "seconds": time.monotonic() - began, "cpu_seconds": _cpu(),
    }  # fmt: skip


def _kill_all(scene: Any, kills: int, backup: Path) -> int:
    """Kill in a random order; between a backup and its restoring. Returns how many deliveries were open at the end."""
    from bench.killing import operator

    for name in ("provider", "network", "webhooks and sweeper", "naive"):
        scene.start(name)
    for n, what in enumerate(_order(scene.dice, kills)):
        scene.send(scene.dice.randint(1, 4))
        time.sleep(scene.dice.uniform(*PAUSE))
        if n == kills * 3 // 10:
            scene.server.back_up(backup)
        if n == kills * 6 // 10:
            operator.restore(scene, backup)
            scene.killed["restored backup"] += 1
        elif n % 40 == 39:
            operator.look(scene)
        _kill(scene, what)
    return int(operator.open_deliveries())


def _order(dice: random.Random, kills: int) -> list[str]:
    """Return what is killed when: each kind by its weight, and each at least twice."""
    total = sum(WEIGHTS.values())
    rest = [kind for kind, weight in WEIGHTS.items() for _ in range(max(2, kills * weight // total))]
    rest += ["sender"] * (kills - len(rest))
    dice.shuffle(rest)
    return rest


def _kill(scene: Any, what: str) -> None:
    if what == "sender":
        scene.kill_sender()
    elif what == "database":
        what = f"database, {scene.server.kill(scene.dice)}"
    else:
        scene.kill(what)
    scene.killed[what] += 1


def _cpu() -> float:
    """Return the CPU seconds of this process and of all that it started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def fine(found: dict[str, Any]) -> bool:
    """Return whether nobody was lost or told twice, every count is equal, and nothing failed unforeseen."""
    return not (found["lost"] or found["twice"] or found["unequal"] or found["faults"])


def table(found: dict[str, Any]) -> dict[str, str]:
    """Return a run's figures for people."""
    naive, kills = found["naive"], found["kills"]
    return {
        "kills": ", ".join(f"{n} {what}" for what, n in sorted(kills.items())),
        "notices": ", ".join(f"{n} {what}" for what, n in found["notices"].items()),
        "messages that the providers took": ", ".join(f"{n} {name}" for name, n in sorted(found["told"].items())),
        "lost, told twice: ours": f"{len(found['lost'])}, {len(found['twice'])}",
        "lost, told twice: naive sender": f"{naive['lost']}, {naive['twice']} of {naive['notices']}",
        "scope, duties, attempts, outcomes": "; ".join(found["lines"]),
        "open after the last kill": str(found["open_after_the_last_kill"]),
        "seconds, CPU seconds": f"{found['seconds']:.0f}, {found['cpu_seconds']:.0f}",
        "seed": str(found["seed"]),
        **{f"lost {n}": one for n, one in enumerate(found["lost"][:10])},
        **{f"twice {n}": one for n, one in enumerate(found["twice"][:10])},
        **{f"unequal {n}": one for n, one in enumerate(found["unequal"])},
        **({"faults": found["faults"][-3000:]} if found["faults"] else {}),
    }


if __name__ == "__main__":
    sys.exit(main())
