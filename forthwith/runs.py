"""The one small door to Prefect: start an incident's run, wake it, ask how it is.

It speaks Prefect's documented HTTP API by httpx: to import Prefect costs seconds, which neither a command nor a web
page may pay for one request. Only ids cross.
"""

import contextlib
import functools
import secrets
import ssl
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from forthwith.first_use import first_use
from forthwith.settings import settings
from models import Refusal

DEPLOYMENT = "respond/incident"
TAG = "incident"
PAGE = 200
TRIES = 8
PAUSE = 0.25  # seconds; Prefect's database answers 503 while it is locked, and REJECT while a state settles


@dataclass(frozen=True, slots=True)
class Run:
    """The newest run of an incident, as Prefect tells it."""

    id: str
    kind: str  # SCHEDULED PENDING RUNNING PAUSED COMPLETED FAILED CRASHED CANCELLED CANCELLING
    name: str  # Suspended, AwaitingRetry, Late ...
    since: datetime
    count: int  # how often it was run
    message: str = ""

    @property
    def ended(self) -> bool:
        """Whether it will do nothing more by itself."""
        return self.kind in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def start(incident_id: uuid.UUID) -> str:
    """Start the incident's run, or return the id of the one that lives. Two callers at once get the same run."""
    with _api() as api:
        newest = _newest(api, incident_id)
        if newest and not newest.ended:
            return newest.id
        return _create(api, incident_id, newest)


def wake(incident_id: uuid.UUID) -> bool:
    """Resume the incident's suspended run; return whether one was asleep. Not asleep is as good as woken."""
    with _api() as api:
        newest = _newest(api, incident_id)
        if newest is None or newest.kind != "PAUSED":
            return False
        return _insist(api, f"/flow_runs/{newest.id}/resume", {}) == "ACCEPT"


def again(incident_id: uuid.UUID) -> bool:
    """Let the incident's newest run be run once more, whatever Prefect believes of it; return whether there is one."""
    with _api() as api:
        newest = _newest(api, incident_id)
        if newest is None:
            return False
        state = {"type": "SCHEDULED", "name": "AwaitingRetry"}
        return _insist(api, f"/flow_runs/{newest.id}/set_state", {"state": state, "force": True}) == "ACCEPT"


def state(incident_id: uuid.UUID) -> Run | None:
    """Return the incident's newest run, or None where it has none."""
    with _api() as api:
        return _newest(api, incident_id)


def unended() -> dict[uuid.UUID, Run]:
    """Return the newest run of every incident that has one which Prefect holds to be alive."""
    kinds = ["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"]
    with _api() as api:
        told = _every(api, {"state": {"type": {"any_": kinds}}, "tags": {"all_": [TAG]}})
    return {_incident(one): _run(one) for one in sorted(told, key=lambda one: str(one["created"]))}


def answers() -> bool:
    """Return whether a Prefect server answers and knows our password."""
    try:
        with _api() as api:
            return api.get("/admin/version").is_success
    except Refusal:
        return False


def api_url() -> str:
    """Return where the Prefect server is: the setting, else where `forthwith serve` last put it, else the default."""
    if stated := settings().prefect_api_url:
        return stated.rstrip("/")
    with contextlib.suppress(OSError):
        return address_file().read_text(encoding="utf-8").strip()
    return f"http://127.0.0.1:{settings().prefect_port}/api"


def address_file() -> Path:
    """Return the file in which `forthwith serve` says where its Prefect server listens."""
    return settings().home / "prefect" / "address"


def auth() -> str:
    """Return `user:password` of the Prefect server: the setting, else the file `keys/prefect`, made at first use."""
    if stated := settings().prefect_auth:
        return stated.get_secret_value()
    secret, _ = first_use(settings().home / "keys" / "prefect", f"forthwith:{secrets.token_urlsafe(24)}".encode())
    return secret.decode().strip()


@functools.lru_cache
def trusted() -> ssl.SSLContext:
    """Return whom we trust as server, read once: httpx would read all certificates again for each client."""
    return httpx.create_ssl_context()


@contextlib.contextmanager
def _api() -> Iterator[httpx.Client]:
    """Open Prefect's API; turn whatever goes wrong there into one line."""
    user, _, password = auth().partition(":")
    try:
        with httpx.Client(
            base_url=api_url(), auth=(user, password), timeout=20.0, trust_env=False, verify=trusted()
        ) as client:
            yield client
    except httpx.HTTPStatusError as failure:
        raise Refusal(
            f"The Prefect server refused a call ({failure.response.status_code}).", "`forthwith doctor` tells more."
        ) from None
    except httpx.HTTPError:
        raise Refusal(
            "No Prefect server answers.",
            "Start `forthwith serve`, or go without one: `forthwith respond REF --inline`.",
        ) from None


def _newest(api: httpx.Client, incident_id: uuid.UUID) -> Run | None:
    found = _every(api, {"tags": {"all_": [_tag(incident_id)]}})
    newest = max(found, key=lambda one: str(one["created"]), default=None)
    return _run(newest) if newest else None


def _every(api: httpx.Client, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every flow run that matches, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        page = {"flow_runs": wanted, "sort": "ID_DESC", "limit": PAGE, "offset": len(found)}
        told = _told(api.post("/flow_runs/filter", json=page))
        found += told
        if len(told) < PAGE:
            return found


def _run(told: dict[str, Any]) -> Run:
    now = told["state"]
    return Run(
        id=told["id"], kind=now["type"], name=now["name"], since=datetime.fromisoformat(now["timestamp"]),
        count=told["run_count"], message=now.get("message") or "",
    )  # fmt: skip


def _create(api: httpx.Client, incident_id: uuid.UUID, before: Run | None) -> str:
    found = api.get(f"/deployments/name/{DEPLOYMENT}")
    if found.status_code == 404:
        raise Refusal(
            "The flows are not deployed on the Prefect server.",
            "`forthwith serve` does it, or `prefect --no-prompt deploy --all`.",
        )
    wanted = {
        "parameters": {"incident_id": str(incident_id)}, "tags": [TAG, _tag(incident_id)],
        "idempotency_key": f"{incident_id} after {before.id if before else 'nothing'}", "state": {"type": "SCHEDULED"},
    }  # fmt: skip
    return str(_told(api.post(f"/deployments/{_told(found)['id']}/create_flow_run", json=wanted))["id"])


def _insist(api: httpx.Client, path: str, body: dict[str, Any]) -> str:
    """Ask until Prefect accepts or says that it never will; return ACCEPT, ABORT or REJECT."""
    status = "REJECT"
    for turn in range(TRIES):
        time.sleep(PAUSE * turn)
        reply = api.post(path, json=body)
        if reply.status_code == 503:
            continue
        status = str(_told(reply)["status"])
        if status != "REJECT":
            break
    return status


def _told(reply: httpx.Response) -> Any:
    return reply.raise_for_status().json()


def _tag(incident_id: uuid.UUID) -> str:
    return f"{TAG}:{incident_id}"


def _incident(told: dict[str, Any]) -> uuid.UUID:
    """Return whose run it is."""
    return uuid.UUID(next(tag for tag in told["tags"] if tag.startswith(f"{TAG}:")).removeprefix(f"{TAG}:"))
