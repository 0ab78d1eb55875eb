"""A Prefect API on loopback that keeps a ledger: what was asked, with which password, and what it answers next."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BORN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class PrefectApi:
    """Runs as Prefect would tell them. `faults` are the HTTP codes that come before the next answers to a POST."""

    password: str = "forthwith:secret"
    deployed: bool = True
    runs: list[dict[str, Any]] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    rejects: int = 0  # how often a change of state is rejected first
    ledger: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""

    def add_run(self, incident_id: object, kind: str = "PAUSED", name: str = "", **more: Any) -> dict[str, Any]:
        """Put one run on the server."""
        made = {
            "id": f"run-{len(self.runs)}", "tags": ["incident", f"incident:{incident_id}"],
            "created": (BORN + timedelta(seconds=len(self.runs))).isoformat(), "run_count": more.pop("count", 1),
            "state": {"type": kind, "name": name or kind.title(), "timestamp": more.pop("since", BORN).isoformat(),
                      "message": more.pop("message", None)},
            **more,
        }  # fmt: skip
        self.runs.append(made)
        return made

    def asked(self, ending: str) -> list[Any]:
        """Return the bodies of the calls whose path ends so."""
        return [body for _, path, body in self.ledger if path.endswith(ending)]

    def answer(self, method: str, path: str, body: Any, authorised: bool) -> tuple[int, Any]:
        """Return what Prefect would."""
        self.ledger.append((method, path, body))
        if not authorised:
            return 401, {"detail": "Unauthorized"}
        if method == "POST" and not path.endswith("filter") and self.faults:
            return self.faults.pop(0), {}
        if path.endswith("/admin/version"):
            return 200, "3.8.8"
        if "/deployments/name/" in path:
            return (200, {"id": "deployment-1"}) if self.deployed else (404, {})
        return self.change(path, body)

    def change(self, path: str, body: Any) -> tuple[int, Any]:
        if path.endswith("/flow_runs/filter"):
            return 200, self.found(body)
        if path.endswith("/create_flow_run"):
            same = [run for run in self.runs if run.get("idempotency_key") == body["idempotency_key"]]
            made = same[0] if same else self.add_run("x", "SCHEDULED", idempotency_key=body["idempotency_key"])
            made["tags"] = body["tags"]
            return (200 if same else 201), made
        return 200, self.set_state(path, body)

    def found(self, body: Any) -> list[dict[str, Any]]:
        wanted = body["flow_runs"]
        tags, kinds = set(wanted["tags"]["all_"]), wanted.get("state", {}).get("type", {}).get("any_")
        hits = [run for run in self.runs if tags <= set(run["tags"])]
        hits = [run for run in hits if not kinds or run["state"]["type"] in kinds]
        return hits[::-1][body["offset"] : body["offset"] + body["limit"]]

    def set_state(self, path: str, body: Any) -> dict[str, str]:
        run = next(run for run in self.runs if run["id"] == path.split("/")[-2])
        if self.rejects:
            self.rejects -= 1
            return {"status": "REJECT"}
        if path.endswith("/resume") and run["state"]["type"] != "PAUSED":
            return {"status": "ABORT"}
        run["state"] = {**run["state"], **body.get("state", {"type": "SCHEDULED", "name": "Resuming"})}
        return {"status": "ACCEPT"}


@contextmanager
def prefect_api() -> Iterator[PrefectApi]:
    """Serve a fake Prefect API for the block."""
    api = PrefectApi()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"null")
            wanted = "Basic " + base64.b64encode(api.password.encode()).decode()
            code, told = api.answer(self.command, self.path, body, self.headers.get("authorization") == wanted)
            data = json.dumps(told).encode()
            self.send_response(code)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = handle_one

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}/api"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
