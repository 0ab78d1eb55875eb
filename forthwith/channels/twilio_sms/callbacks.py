"""Twilio's status callbacks: who sent them, and what they say of one delivery."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from models import DeliveryState, ProviderEvent, Refusal

PATH = "/hooks/twilio"
MEANING = {
    "queued": DeliveryState.ACCEPTED, "accepted": DeliveryState.ACCEPTED, "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.ACCEPTED, "initiated": DeliveryState.ACCEPTED, "ringing": DeliveryState.ACCEPTED,
    "in-progress": DeliveryState.ACCEPTED, "delivered": DeliveryState.DELIVERED, "read": DeliveryState.DELIVERED,
    "completed": DeliveryState.DELIVERED, "undelivered": DeliveryState.FAILED, "failed": DeliveryState.FAILED,
    "busy": DeliveryState.FAILED, "no-answer": DeliveryState.FAILED, "canceled": DeliveryState.FAILED,
}  # fmt: skip
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # callbacks carry no time: a status comes once for a message
SID = re.compile(r"(SM|MM|CA)[0-9a-f]{32}")


def callback_url(public_url: str, key: str) -> str:
    """Return where Twilio reports on a delivery. Its id in the address closes the window after a crash."""
    return f"{public_url.rstrip('/')}{PATH}?delivery={key}"


def verified(body: bytes, headers: Mapping[str, str], *, called: str, token: str) -> dict[str, str]:
    """Return the fields of a callback. `called` is the public address. Raises Refusal where it is forged."""
    lower = {name.lower(): value for name, value in headers.items()}
    settings_header = lower.get(SIGNATURE_SETTINGS_HEADER.lower())
    algorithm = get_signature_algorithm(settings_header)  # type: ignore[no-untyped-call]
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        fields = {}
    signature = lower.get(SIGNATURE_HEADER.lower(), "")
    validator: Any = RequestValidator(token)  # type: ignore[no-untyped-call]
    if not fields or not validator.validate(called, fields, signature, algorithm=algorithm):
        raise Refusal(
            "The webhook's signature is wrong.", "Check FORTHWITH_TWILIO_AUTH_TOKEN and FORTHWITH_PUBLIC_URL."
        )
    return fields


def public(url: str, public_url: str) -> str:
    """Return the address that Twilio called, whatever proxy stands between: our public one, its path and query."""
    parts = urlsplit(url)
    base = urlsplit(public_url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{base.scheme}://{base.netloc}{parts.path or PATH}{query}"


def event(fields: Mapping[str, str], url: str) -> ProviderEvent | None:
    """Return what a callback says; None where its status is not known here."""
    status = fields.get("MessageStatus") or fields.get("CallStatus") or fields.get("SmsStatus") or ""
    reference = fields.get("MessageSid") or fields.get("CallSid") or ""
    if status not in MEANING or not SID.fullmatch(reference):
        return None
    key = next(iter(parse_qs(urlsplit(url).query).get("delivery", ())), None)
    code = fields.get("ErrorCode", "")
    return ProviderEvent(
        provider="twilio", message_ref=reference, key=key, event=status, at=NO_TIME, state=MEANING[status],
        detail={"code": code} if code.isdigit() else {},
    )  # fmt: skip
