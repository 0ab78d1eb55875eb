"""Every law against one facts file, and against a million people."""

import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from forthwith.assessment import assess, library

ROUNDS = 5
PLACES = (
    "US-CA", "US-NY", "US-TX", "US-FL", "US-OH", "DE", "FR", "PL", "GB", "CH", "AU", "CA-QC", "SG", "JP", "KR", "BR",
)  # fmt: skip
ELEMENTS = (["name", "ssn"], ["name", "contact"], ["name", "medical"], ["online_credentials"], ["name", "dob"])
LOAD = """
import time
from forthwith.assessment import library, engine
begun = time.perf_counter()
library.all_laws()
print(time.perf_counter() - begun)
"""


def facts(cohorts: int, people: int) -> dict[str, Any]:
    """Return an attack on a company that is known in all that matters; `people` in so many cohorts."""
    return {
        "entity": {"role": "controller", "home": "DE", "regimes": [], "establishments": ["DE"]},
        "clocks": {"discovered_at": "2026-03-02", "aware_at": "2026-03-03T10:00:00Z", "determined_at": "2026-03-05"},
        "breach": {
            "properties": ["confidentiality"], "cause": "hacking", "actor": "external_malicious", "source": "own",
            "event": {"accessed": "yes", "acquired": "yes"}, "exfiltration": "confirmed", "recipients": "attacker",
            "media": ["electronic"], "protection": {"unintelligible": "no"},
        },
        "people": [
            {"jurisdiction": PLACES[i % len(PLACES)], "count": people // cohorts, "elements": ELEMENTS[i % 5],
             "age": ("adult", "child")[i % 2]}
            for i in range(cohorts)
        ],
    }  # fmt: skip


def seconds(document: dict[str, Any]) -> float:
    """Return the CPU seconds of one assessment, the least of several rounds."""
    laws = library.all_laws()
    assess(document, laws=laws)
    found = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        assess(document, laws=laws)
        found.append(time.process_time() - begun)
    return min(found)


def loading() -> list[float]:
    """Return how long a new process takes to load all records: the first time, then from what is kept."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "FORTHWITH_HOME": home}
        runs = [
            subprocess.run([sys.executable, "-c", LOAD], env=env, capture_output=True, check=True) for _ in range(4)
        ]
    return [float(one.stdout) for one in runs]


def run() -> dict[str, str]:
    """Return the measures."""
    one, many = seconds(facts(1, 600)), seconds(facts(300, 1_000_000))
    first, *kept = loading()
    load = f"{1000 * min(kept):,.0f} ms in a new process; the first time {1000 * first:,.0f} ms"
    return {
        f"laws, loading {len(library.all_laws())} records": load,
        "laws, all against one facts file": f"{1000 * one:,.1f} ms of CPU",
        "laws, all against 1,000,000 people in 300 cohorts": f"{many:.2f} s of CPU ({300 / many:,.0f} cohorts / s)",
    }
