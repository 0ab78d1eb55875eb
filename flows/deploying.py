"""Which flows a Prefect server knows: registered anew only when something changed since the last time.

`python -m flows.deploying` registers them.
"""

import hashlib
import os
import sys
from importlib.metadata import version
from pathlib import Path

import httpx

import flows
from flows.surroundings import POOL
from forthwith import runs
from forthwith.settings import settings

FLOWS = Path(flows.__file__).parent
FILE = FLOWS.parent / "prefect.yaml"


def changed(server: str) -> bool:
    """Return whether anything that a deployment depends on changed. `server` names the Prefect database."""
    memory = _memory()
    return not memory.exists() or memory.read_text(encoding="utf-8") != fingerprint(server)


def remember(server: str) -> None:
    """Note what was deployed just now."""
    _memory().write_text(fingerprint(server), encoding="utf-8")


def fingerprint(server: str) -> str:
    """Return a hash over all that a deployment depends on."""
    files = [FILE, *sorted(FLOWS.glob("*.py"))]
    parts = [server, version("prefect"), version("forthwith"), *(path.read_text(encoding="utf-8") for path in files)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def deploy() -> None:
    """Register what prefect.yaml names, by Prefect's own command."""
    from prefect.cli import app

    make_pool()
    os.chdir(FILE.parent)
    sys.argv = ["prefect", "--no-prompt", "deploy", "--all"]
    app()


def deployed() -> bool:
    """Return whether the server knows the deployment that `respond` starts."""
    return _call("GET", f"/deployments/name/{runs.DEPLOYMENT}").is_success


def make_pool() -> None:
    """Make the work pool where it is missing. The first worker brings its template."""
    reply = _call("POST", "/work_pools/", {"name": POOL, "type": "process"})
    if reply.status_code != 409:  # it is there
        reply.raise_for_status()


def worker_online(name: str) -> bool:
    """Return whether the worker of that name polls the pool."""
    reply = _call("POST", f"/work_pools/{POOL}/workers/filter", {})
    found = reply.json() if reply.is_success else []
    return any(one["name"] == name and one["status"] == "ONLINE" for one in found)


def _memory() -> Path:
    return settings().home / "prefect" / "deployed"


def _call(method: str, path: str, body: dict[str, object] | None = None) -> httpx.Response:
    user, _, password = runs.auth().partition(":")
    return httpx.request(
        method, runs.api_url() + path, json=body, auth=(user, password), timeout=20.0, trust_env=False,
        verify=runs.trusted(),
    )  # fmt: skip


if __name__ == "__main__":
    deploy()
