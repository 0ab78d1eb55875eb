"""A channel of an outside package: its provider takes a key with each message, and can be asked for it."""

import http.client
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from forthwith.channels.answers import by_failure, by_status
from models import Accepted, Message, Outcome, ProviderEvent, Refusal, Refused, Unknown

ADDRESS = "ASKABLE_URL"


@dataclass
class Askable:
    """Talks to tests/fakes/provider.py."""

    url: str
    timeout: float = 0.5
    name: str = "askable"
    media: frozenset[str] = frozenset(("email", "sms"))
    unit: int = 25

    def send(self, message: Message) -> Outcome:
        try:
            status, said = self.call("POST", "/take", json.dumps({"key": message.key, "to": message.to}))
        except (OSError, http.client.HTTPException) as failure:
            return by_failure("The provider", failure)
        if status == 409:
            return Refused("the provider refuses this one for now", permanent=False)
        if status != 200:
            return by_status("The provider", status, 1.0)
        return Accepted(said["reference"])

    def look_up(self, key: str) -> Outcome | None:
        try:
            status, said = self.call("GET", f"/have/{key}")
        except (OSError, http.client.HTTPException):
            return None
        if status not in (200, 404):
            return Unknown("no clear answer")
        return Accepted(said["reference"]) if status == 200 else Refused("it never came", permanent=False)

    def call(self, method: str, path: str, body: str | None = None) -> tuple[int, dict]:
        parts = urlsplit(self.url)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self.timeout)
        try:
            line.request(method, path, body)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            line.close()

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:
        if headers.get("X-Secret") != "open":
            raise Refusal("The webhook's signature is wrong.", "Nothing was taken.")
        return [
            ProviderEvent("askable", one["ref"], one.get("key"), one["event"], datetime.fromisoformat(one["at"]),
                          one["state"]) for one in json.loads(body)
        ]  # fmt: skip


def channel() -> Askable:
    return Askable(os.environ[ADDRESS])


def install(folder: Path) -> Path:
    """Write what pip would: an installed package that offers this channel. Put the folder on the path."""
    info = folder / "askable-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: askable\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[forthwith.channels]\naskable = fakes.askable\n")
    return folder
