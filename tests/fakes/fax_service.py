"""Telnyx's faxes and stored documents as far as they are documented, and its signed webhooks.

The contract is written after developers.telnyx.com, API reference: Send a fax (SendFaxRequest), Upload media
(UploadMediaMultipartRequest), View a list of faxes; version 2.0.0 of the API.
"""

import base64
import json
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs

import jsonschema_rs
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from forthwith import clock

BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
TEXT, YES_OR_NO = {"type": "string"}, {"type": "boolean"}
SEND_FAX = jsonschema_rs.validator_for({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object", "required": ["connection_id", "from", "to"], "additionalProperties": False,
    "properties": {
        "connection_id": TEXT, "media_url": TEXT, "media_name": TEXT, "from_display_name": TEXT,
        "to": {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"},
        "from": {"type": "string", "pattern": r"^\+[1-9][0-9]{6,14}$"},
        "quality": {"enum": ["normal", "high", "very_high", "ultra_light", "ultra_dark"]},
        "t38_enabled": YES_OR_NO, "monochrome": YES_OR_NO, "store_media": YES_OR_NO, "store_preview": YES_OR_NO,
        "black_threshold": {"type": "integer", "minimum": 1, "maximum": 100},
        "preview_format": {"enum": ["pdf", "tiff"]}, "webhook_url": TEXT,
        "client_state": {"type": "string", "pattern": BASE64},
    },
    "oneOf": [{"required": ["media_url"]}, {"required": ["media_name"]}],
})  # fmt: skip
UPLOAD = {"media", "media_name", "ttl_secs"}
MOST_BYTES = 20 * 1024 * 1024


def problems(path: str, headers: Mapping[str, str], body: bytes, documents: Mapping[str, bytes]) -> str:
    """Return what the published contract finds wrong with a request."""
    if not headers.get("Authorization", "").startswith("Bearer "):
        return "no bearer"
    if path == "/v2/media":
        parts = multipart(headers, body)
        good = "media" in parts and set(parts) <= UPLOAD and len(parts["media"]) <= MOST_BYTES
        return "" if good and parts.get("ttl_secs", b"1").isdigit() else f"a strange upload: {sorted(parts)}"
    asked = json.loads(body)
    error = next(iter(SEND_FAX.iter_errors(asked)), None)
    return error.message if error else "" if asked["media_name"] in documents else "no such media_name"


def multipart(headers: Mapping[str, str], body: bytes) -> dict[str, bytes]:
    """Return the parts of a form by name."""
    framed = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True) or b""
        for part in framed.iter_parts()  # type: ignore[attr-defined]
    }


def laid_down(documents: dict[str, bytes], headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Keep a document; return the answer."""
    name = str(uuid.uuid4())
    documents[name] = multipart(headers, body)["media"]
    return {"data": {"media_name": name, "content_type": "application/pdf", "expires_at": "2026-11-23T00:00:00Z"}}


def taken(asked: dict[str, Any]) -> tuple[str, str]:
    """Return delivery and number of an order."""
    return base64.b64decode(asked["client_state"]).decode(), asked["to"]


def ordered(faxes: list[dict[str, Any]], asked: dict[str, Any]) -> dict[str, Any]:
    """Take an order into the list; return the answer."""
    fax = {
        "record_type": "fax", "id": str(uuid.uuid4()), "direction": "outbound", "status": "queued",
        "created_at": clock.now().isoformat(), **asked,
    }  # fmt: skip
    faxes.insert(0, fax)
    return {"data": fax}


def listed(faxes: list[dict[str, Any]], query: str) -> dict[str, Any]:
    """Return a page of the list."""
    told = {name: values[0] for name, values in parse_qs(query).items()}
    since = datetime.fromisoformat(told["filter[created_at][gte]"])
    size, number = int(told["page[size]"]), int(told["page[number]"])
    found = [fax for fax in faxes if datetime.fromisoformat(fax["created_at"]) >= since]
    return {"data": found[size * (number - 1) : size * number], "meta": {"total_results": len(found)}}


class FaxSigner:
    """Holds the private key of the account's webhooks."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    @property
    def public(self) -> str:
        """The key as the portal shows it."""
        return base64.b64encode(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def call(self, event: Any, *, at: float | None = None) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a webhook call."""
        body, stamp = json.dumps(event).encode(), str(int(time.time() if at is None else at))
        signature = self.key.sign(stamp.encode() + b"|" + body)
        return body, {"Telnyx-Signature-Ed25519": base64.b64encode(signature).decode(), "Telnyx-Timestamp": stamp}


def fax_event(key: str | None, event: str, *, fax: str = str(uuid.UUID(int=7)), at: int = 0, **more: object) -> Any:
    """Return an event about a fax, as it is documented: with a number that nobody may keep."""
    state = {} if key is None else {"client_state": base64.b64encode(key.encode()).decode()}
    payload = {"fax_id": fax, "direction": "outbound", "to": "+4930123456", "from": "+15005550006", **state, **more}
    return {
        "data": {
            "record_type": "event", "event_type": event, "id": str(uuid.uuid4()),
            "occurred_at": f"2026-11-21T10:00:{at:02d}.000000Z", "payload": payload,
        },
        "meta": {"attempt": 1, "delivered_to": "https://notice.example.org/hooks/fax_http"},
    }  # fmt: skip
