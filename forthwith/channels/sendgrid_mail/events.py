"""SendGrid's signed event webhook: who sent it, and what it says of our deliveries."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader

from forthwith import clock
from models import DeliveryState, ProviderEvent, Refusal

MEANING = {
    "processed": DeliveryState.ACCEPTED,
    "deferred": DeliveryState.ACCEPTED,
    "delivered": DeliveryState.DELIVERED,
    "bounce": DeliveryState.BOUNCED,
    "blocked": DeliveryState.BOUNCED,
    "dropped": DeliveryState.FAILED,
    "spamreport": DeliveryState.DELIVERED,  # it arrived, and the opt-out blocks nothing
    "unsubscribe": DeliveryState.DELIVERED,
    "group_unsubscribe": DeliveryState.DELIVERED,
}
OLDEST, AHEAD = timedelta(days=3), timedelta(minutes=10)  # SendGrid repeats an event for up to a day


def verified(body: bytes, headers: Mapping[str, str], public_key: str) -> list[Any]:
    """Return the events of a webhook call. Raises Refusal where it is forged, too old or no JSON."""
    lower = {name.lower(): value for name, value in headers.items()}
    signature = lower.get(EventWebhookHeader.SIGNATURE.lower(), "")
    stated = lower.get(EventWebhookHeader.TIMESTAMP.lower(), "")
    if not _signed(body, signature, stated, public_key):
        raise Refusal("The webhook's signature is wrong.", "Check FORTHWITH_SENDGRID_WEBHOOK_KEY at SendGrid.")
    if not clock.now() - OLDEST <= _instant(stated) <= clock.now() + AHEAD:
        raise Refusal("The webhook's signature is too old.", "A replayed call is not taken.")
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal("The webhook's body is no JSON.", "Nothing was taken.") from None
    return events if isinstance(events, list) else [events]


def _signed(body: bytes, signature: str, stated: str, public_key: str) -> bool:
    """Return whether SendGrid signed this. Malformed text of any kind is a wrong signature."""
    try:
        webhook: Any = EventWebhook(public_key)  # type: ignore[no-untyped-call]
        return bool(webhook.verify_signature(body.decode(), signature, stated))
    except ValueError:  # bad base64, bad key, body that is no UTF-8
        return False


def _instant(stated: str) -> datetime:
    """Return a Unix time as an instant; the distant past where it is none."""
    try:
        return datetime.fromtimestamp(float(stated), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime(1970, 1, 1, tzinfo=UTC)


def event(one: Any) -> ProviderEvent | None:
    """Return what one event says of one of our deliveries; None where it isn't ours or says nothing of delivery."""
    if not isinstance(one, dict) or one.get("event") not in MEANING:
        return None
    key = one.get("delivery")
    if not isinstance(key, str) or not _is_ours(key):
        return None
    return ProviderEvent(
        provider="sendgrid", message_ref=str(one.get("sg_message_id", "")).partition(".")[0][:200], key=key,
        event=one["event"], at=_instant(str(one.get("timestamp", ""))), state=MEANING[one["event"]],
        recipient_index=key, detail=_codes(one),
    )  # fmt: skip


def _is_ours(key: str) -> bool:
    try:
        return str(uuid.UUID(key)) == key
    except ValueError:
        return False


def _codes(one: dict[str, Any]) -> dict[str, str]:
    """Return an event's codes. Its free text holds addresses: only a hash of it is kept."""
    kept = {name: str(one[name])[:40] for name in ("type", "status") if isinstance(one.get(name), str)}
    reason = str(one.get("reason", ""))
    return kept | ({"reason_sha256": hashlib.sha256(reason.encode()).hexdigest()} if reason else {})
