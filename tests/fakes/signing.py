"""Webhooks as the providers sign them."""

import base64
import json
import time
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twilio.request_validator import RequestValidator


class SendGridSigner:
    """Holds the private key of a signed event webhook."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        """The key as SendGrid shows it: base64 without the frame."""
        raw = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(raw).decode()

    def call(self, events: Any, *, at: float | None = None) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a webhook call."""
        body, stamp = json.dumps(events).encode(), str(int(at or time.time()))
        signature = self.key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return body, {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        }


def sendgrid_event(key: str, event: str, *, at: int = 1_790_000_000, **more: object) -> dict[str, Any]:
    """Return one event of SendGrid about a delivery."""
    return {
        "email": "p1@example.org", "timestamp": at, "event": event, "delivery": key,
        "sg_message_id": "sg-1.filter0001.7.1", "sg_event_id": f"{event}-{at}", **more,
    }  # fmt: skip


def twilio_call(token: str, url: str, fields: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a status callback to a public address."""
    signature = RequestValidator(token).compute_signature(url, fields)
    return urlencode(fields).encode(), {"X-Twilio-Signature": signature}
