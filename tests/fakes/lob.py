"""Lob as the provider on loopback speaks it: multipart forms in, letters out, a list that is asked by metadata."""

import hashlib
import hmac
import json
import re
import time
from email import message_from_bytes
from typing import Any

PATH = "/v1/letters"
TRUTH = {"true": True, "false": False}


def form(body: bytes, kind: str) -> dict[str, Any]:
    """Return a multipart form as the object that it stands for: `to[name]` is a field of `to`."""
    whole = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    out: dict[str, Any] = {}
    for part in whole.get_payload():
        name = str(part.get_param("name", header="content-disposition"))
        content = bytes(part.get_payload(decode=True))
        outer, inner = re.fullmatch(r"(\w+)(?:\[(\w+)\])?", name).groups()  # type: ignore[union-attr]
        value = part.get_filename() if outer == "file" else TRUTH.get(content.decode(), content.decode())
        if inner:
            out.setdefault(outer, {})[inner] = value
        else:
            out[outer] = value
        if outer == "file":
            assert content.startswith(b"%PDF"), "what is uploaded is a PDF"
    return out


def id_of(key: str) -> str:
    return "ltr_" + hashlib.sha256(key.encode()).hexdigest()[:16]


def read(letter: dict[str, Any]) -> tuple[list[tuple[str, str]], dict[str, Any], tuple[Any, ...]]:
    """Return the delivery in a letter, the letter, and the answer to it."""
    key = letter["metadata"]["delivery"]
    told = {"id": id_of(key), "object": "letter", "metadata": {"delivery": key}}
    return [(key, letter["to"]["name"])], letter, (200, told)


def listed(query: dict[str, list[str]], taken: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Return the letters of a delivery."""
    key = query.get("metadata[delivery]", [""])[0]
    found = [{"id": taken[key], "metadata": {"delivery": key}}] if key in taken else []
    return 200, {"object": "list", "data": found, "count": len(found)}


def call(
    secret: str, kind: str, key: str, *, at: float | None = None, seconds: bool = False
) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a webhook call about a delivery, signed as Lob does it."""
    body = json.dumps({
        "id": "evt_d95ff8ffd2b5cfb4", "object": "event", "reference_id": id_of(key),
        "event_type": {"id": kind, "resource": "letters", "object": "event_type"},
        "date_created": "2026-11-22T10:00:00.000Z", "body": {"id": id_of(key), "metadata": {"delivery": key}},
    }).encode()  # fmt: skip
    moment = at if at is not None else time.time()
    stamp = str(int(moment if seconds else moment * 1000))
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Lob-Signature": signature, "Lob-Signature-Timestamp": stamp}
