"""A provider on loopback that speaks SendGrid, Twilio, Telnyx's faxes and an askable API, and fails as it is told.

Every accepted message stands in the ledger: what the provider took is the truth that the promises are held against.
"""

import json
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from fakes import fax_service, lob
from fakes.published import problems

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"
Script = Callable[[int], str]


def always(fault: str) -> Script:
    return lambda _: fault


def in_turn(*faults: str) -> Script:
    """Fail as listed, then work."""
    return lambda n: faults[n - 1] if n <= len(faults) else "ok"


@dataclass
class Provider:
    """What it took, what it was asked, and how it is to fail."""

    script: Script = field(default_factory=lambda: always("ok"))
    validate: bool = True
    delay: Callable[[], float] = lambda: 0.0
    requests: list[dict[str, Any]] = field(default_factory=list)
    keeps: bool = True  # the requests: a million would fill the memory
    taken: list[tuple[str, str]] = field(default_factory=list)  # key, address
    invalid: list[str] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)  # laid down for a fax
    faxes: list[dict[str, Any]] = field(default_factory=list)  # as its list shows them
    answered_by: str | None = None  # as the resource of an ended call tells it
    asked: int = 0
    idempotent: set[str] = field(default_factory=set)
    taken_at_lob: dict[str, str] = field(default_factory=dict)  # delivery, letter
    count: int = 0
    sids: int = 0
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ledger(self) -> Counter[str]:
        """How often each delivery was taken."""
        return Counter(key for key, _ in self.taken)

    def next_fault(self) -> str:
        with self.lock:
            self.count += 1
            return self.script(self.count)

    def first(self, idempotency: str, keys: list[tuple[str, str]]) -> bool:
        """Whether Lob gets a letter for the first time under this idempotency key."""
        with self.lock:
            known = idempotency in self.idempotent
            self.idempotent.add(idempotency)
            self.taken_at_lob.update({key: lob.id_of(key) for key, _ in keys})
        return not (known and idempotency)

    def take(self, keys: list[tuple[str, str]], request: dict[str, Any]) -> None:
        with self.lock:
            self.taken += keys
            self.requests += [request] if self.keeps else []


@dataclass
class Lean(Provider):
    """Keeps the keys of a million deliveries in 16 bytes each."""

    kept: bytearray = field(default_factory=bytearray)

    @property
    def ledger(self) -> Counter[str]:
        """How often each delivery was taken."""
        whole = bytes(self.kept)
        return Counter(whole[at : at + 16].hex() for at in range(0, len(whole), 16))

    def take(self, keys: list[tuple[str, str]], request: dict[str, Any]) -> None:
        with self.lock:
            for key, _ in keys:
                self.kept += _short(key)


def _short(key: str) -> bytes:
    """Return a delivery's key as 16 bytes: its own, or a hash of what is no id."""
    digits = key.replace("-", "")
    return bytes.fromhex(digits) if len(digits) == 32 else md5(key.encode(), usedforsecurity=False).digest()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    provider: Provider

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == lob.PATH:
            return self.answer(*lob.listed(parse_qs(parts.query), dict(self.provider.taken_at_lob)))
        if parts.path == "/ledger":
            told = self.provider.ledger
            return self.answer(200, {"people": len(told), "twice": sum(n > 1 for n in told.values())})
        if parts.path.startswith("/have/"):
            key = parts.path.removeprefix("/have/")
            return self.answer(200 if key in self.provider.ledger else 404, {"reference": f"ref-{key}"})
        if "/Calls/" in parts.path:
            self.provider.asked += 1
            return self.answer(200, {"answered_by": self.provider.answered_by, "status": "completed"})
        if parts.path == "/v2/faxes":
            return self.answer(200, fax_service.listed(self.provider.faxes, parts.query))
        query = parse_qs(parts.query).get("query", [""])[0]
        key = query.rpartition("=")[2].strip('"')
        found = [{"msg_id": f"msg-{key}.filter"}] if key in self.provider.ledger else []
        return self.answer(200, {"messages": found})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # whoever called was killed in the middle of a word: that is no request
            return self.cut()
        time.sleep(self.provider.delay())
        fault = self.provider.next_fault()
        if fault in BEFORE:
            return BEFORE[fault](self)
        path = urlsplit(self.path).path
        if path == lob.PATH:
            body = json.dumps(lob.form(body, self.headers["Content-Type"])).encode()
        if wrong := self.wrong(path, body):
            self.provider.invalid.append(wrong)
            return self.answer(400, {"errors": [{"message": wrong}], "code": 21211, "message": wrong})
        keys, request, good = self.read(path, body)
        if path == lob.PATH and not self.provider.first(self.headers.get("Idempotency-Key", ""), keys):
            keys = []
        self.provider.take(keys, request)
        return AFTER[fault](self) if fault in AFTER else self.answer(*good)

    def wrong(self, path: str, body: bytes) -> str:
        if path.startswith("/v2/"):
            return fax_service.problems(path, self.headers, body, self.provider.documents)
        return problems(path, body, SPECS) if self.provider.validate else ""

    def read(self, path: str, body: bytes) -> tuple[list[tuple[str, str]], dict[str, Any], tuple[Any, ...]]:
        """Return the deliveries in a request, the request, and the answer to a good one."""
        if path == "/v3/mail/send":
            mail = orjson.loads(body)
            keys = [(one["custom_args"]["delivery"], one["to"][0]["email"]) for one in mail["personalizations"]]
            return keys, mail, (202, None, {"X-Message-Id": f"sg-{self.provider.count}"})
        if path.startswith("/2010-04-01/"):
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            key = parse_qs(urlsplit(form.get("StatusCallback", "")).query).get("delivery", [""])[0]
            return [(key, form.get("To", ""))], form, (201, {"sid": self.sid(path), "status": "queued"})
        if path == "/v2/media":
            return [], {}, (201, fax_service.laid_down(self.provider.documents, self.headers, body))
        if path == lob.PATH:
            return lob.read(json.loads(body))
        asked = json.loads(body)
        if path == "/v2/faxes":
            return [fax_service.taken(asked)], asked, (202, fax_service.ordered(self.provider.faxes, asked))
        return [(asked["key"], asked["to"])], asked, (200, {"reference": f"ref-{asked['key']}"})

    def sid(self, path: str) -> str:
        with self.provider.lock:
            self.provider.sids += 1
            return f"{'CA' if 'Calls' in path else 'SM'}{self.provider.sids:032x}"

    def answer(self, status: int, said: Any = None, headers: dict[str, str] | None = None) -> None:
        content = b"" if said is None else json.dumps(said).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def cut(self) -> None:
        """Reset the connection without a word."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def garbage(self) -> None:
        self.wfile.write(b"\x00\x01 this is no HTTP at all\r\n\r\n")
        self.cut()

    def hang(self) -> None:
        time.sleep(1.5)
        self.cut()


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    said = {"errors": [{"message": "no to p1@example.org"}], "code": None, "message": "no to p1@example.org"}
    return lambda handler: handler.answer(code, said, headers)


# told apart by whether the provider took the message: before it looked, or after
BEFORE = {
    "401": status(401), "403": status(403), "400": status(400), "404": status(404), "409": status(409),
    "413": status(413), "422": status(422),
    "429": status(429, **{"Retry-After": "7"}), "500": status(500), "503": status(503), "302": status(302),
    "nonsense": lambda handler: handler.answer(200, ["p1@example.org"]),
    "null": lambda handler: handler.answer(201, {"sid": None, "data": {"id": 7}}),
    "204": lambda handler: handler.answer(204), "drop": Handler.cut, "garbage": Handler.garbage,
    "hang": Handler.hang,
}  # fmt: skip
AFTER = {
    "drop_after": Handler.cut, "500_after": status(500), "garbage_after": Handler.garbage,
    "hang_after": Handler.hang,
}  # fmt: skip


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients here are killed in mid-call: that is no news."""


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """Run the provider on loopback; `provider.url` is its address."""
    handler = type("Bound", (Handler,), {"provider": provider})
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.05), daemon=True)
        thread.start()
        provider.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Serve until the input ends, as a process of its own; print the address."""
    with serving(Lean(keeps=False)) as running:
        sys.stdout.write(f"{running.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
