"""Telnyx's signed webhooks of faxes: who sent them, and what they say of our deliveries.

Signed with Ed25519 over `timestamp|body` (developers.telnyx.com, Receiving webhooks; their libraries take five
minutes). They come in any order, and more than once.
"""

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from forthwith import clock
from models import DeliveryState, ProviderEvent, Refusal

SIGNATURE, TIMESTAMP = "telnyx-signature-ed25519", "telnyx-timestamp"
OLDEST = AHEAD = timedelta(minutes=5)
MEANING = {
    "fax.queued": DeliveryState.ACCEPTED, "fax.media.processed": DeliveryState.ACCEPTED,
    "fax.sending.started": DeliveryState.ACCEPTED, "fax.delivered": DeliveryState.DELIVERED,
    "fax.failed": DeliveryState.BOUNCED,
}  # fmt: skip
# what no fax machine is to blame for: ours, or the provider's
OURS = re.compile(
    r"account_disabled|no_outbound_profile|.*_limit_exceeded|unverified_origination_number|service_unavailable"
    r"|file_.*|media_.*|sender_.*|carrier_lost|destination_not_in_.*|unverified_destination_not_allowed"
)
CODE = re.compile(r"[a-z][a-z0-9_]{1,60}")


def events(body: bytes, headers: Mapping[str, str], public_key: str) -> list[ProviderEvent]:
    """Return what a webhook call says. Raises Refusal where it is forged, old or no event."""
    lower = {name.lower(): value for name, value in headers.items()}
    stated = lower.get(TIMESTAMP, "")
    if not _signed(body, lower.get(SIGNATURE, ""), stated, public_key):
        raise Refusal("The webhook's signature is wrong.", "Check FORTHWITH_FAX_WEBHOOK_KEY at the fax service.")
    if not clock.now() - OLDEST <= _unix(stated) <= clock.now() + AHEAD:
        raise Refusal("The webhook's signature is too old.", "A replayed call is not taken.")
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal("The webhook's body is no JSON.", "Nothing was taken.") from None
    read = event(told)
    return [read] if read else []


def _signed(body: bytes, signature: str, stated: str, public_key: str) -> bool:
    """Return whether the provider signed this. Malformed text of any kind is a wrong signature."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), stated.encode() + b"|" + body)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _unix(stated: str) -> datetime:
    """Return a Unix time as an instant; the distant past where it is none."""
    return datetime.fromtimestamp(int(stated) if re.fullmatch(r"[0-9]{1,10}", stated) else 0, UTC)


def event(told: Any) -> ProviderEvent | None:
    """Return what an event says of a fax of ours; None where it speaks of something else. Events come with a frame."""
    framed = told.get("data", told) if isinstance(told, dict) else None
    one = framed if isinstance(framed, dict) else {}
    payload = one.get("payload")
    if not isinstance(payload, dict) or payload.get("direction", "outbound") != "outbound":
        return None
    kind, reference = str(one.get("event_type")), _uuid(payload.get("fax_id"))
    if kind not in MEANING or reference is None:
        return None
    detail, at = _codes(payload), _instant(one.get("occurred_at"))
    fault = kind == "fax.failed" and OURS.fullmatch(detail.get("code", ""))
    return ProviderEvent(
        provider="fax_http", message_ref=reference, key=key_of(payload), event=kind, at=at,
        state=DeliveryState.FAILED if fault else MEANING[kind], detail=detail,
    )  # fmt: skip


def key_of(fax: Mapping[str, Any]) -> str | None:
    """Return the delivery that a fax carries; None where it carries none of ours."""
    try:
        return _uuid(base64.b64decode(fax.get("client_state") or "", validate=True).decode())
    except (ValueError, TypeError):
        return None


def _uuid(value: object) -> str | None:
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _instant(stated: object) -> datetime:
    """Return when it happened. An event without a time is still the same event when it comes again."""
    try:
        read = datetime.fromisoformat(str(stated))
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _codes(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return what may be kept: the reason's code and the number of pages, never a number that was dialled."""
    reason, pages = payload.get("failure_reason"), payload.get("page_count")
    kept = {"code": reason} if isinstance(reason, str) and CODE.fullmatch(reason) else {}
    return kept | ({"pages": str(pages)} if type(pages) is int else {})
