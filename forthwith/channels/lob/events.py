"""Lob's signed webhooks: who sent them, and what they say of our letters."""

import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from forthwith import clock
from models import DeliveryState, ProviderEvent, Refusal

# what was handed to the post is accepted; only `delivered` says that it arrived
MEANING = {
    "created": DeliveryState.ACCEPTED,
    "rendered_pdf": DeliveryState.ACCEPTED,
    "mailed": DeliveryState.ACCEPTED,
    "in_transit": DeliveryState.ACCEPTED,
    "in_local_area": DeliveryState.ACCEPTED,
    "processed_for_delivery": DeliveryState.ACCEPTED,
    "international_exit": DeliveryState.ACCEPTED,
    "re-routed": DeliveryState.ACCEPTED,
    "re_routed": DeliveryState.ACCEPTED,
    "pickup_available": DeliveryState.ACCEPTED,
    "issue": DeliveryState.ACCEPTED,
    "delivered": DeliveryState.DELIVERED,
    "returned_to_sender": DeliveryState.RETURNED,
    "failed": DeliveryState.FAILED,
    "rejected": DeliveryState.FAILED,
    "deleted": DeliveryState.FAILED,
}
EVENT = re.compile(r"letter\.(?:certified\.)?([a-z_-]+)")
OLDEST, AHEAD = timedelta(days=1), timedelta(minutes=5)  # Lob repeats an event for hours; twice does no harm here
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def verified(body: bytes, headers: Mapping[str, str], secret: str) -> Any:
    """Return the event of a webhook call. Raises Refusal where it is forged, too old or no JSON."""
    lower = {name.lower(): value for name, value in headers.items()}
    stated, signature = lower.get("lob-signature-timestamp", ""), lower.get("lob-signature", "")
    expected = hmac.new(secret.encode(), stated.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.strip().lower().encode()):
        raise Refusal("The webhook's signature is wrong.", "Check FORTHWITH_LOB_WEBHOOK_SECRET at Lob.")
    if not clock.now() - OLDEST <= _signed_at(stated) <= clock.now() + AHEAD:
        raise Refusal("The webhook's signature is too old.", "A replayed call is not taken.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal("The webhook's body is no JSON.", "Nothing was taken.") from None


def _signed_at(stated: str) -> datetime:
    """Return when a call was signed: Unix time in seconds or, as Lob writes it, in milliseconds."""
    if not re.fullmatch(r"\d{10}|\d{13}", stated):
        return NO_TIME
    return datetime.fromtimestamp(int(stated[:10]), UTC)


def event(one: Any) -> ProviderEvent | None:
    """Return what an event says of one of our letters; None where it isn't ours or says nothing of delivery."""
    if not isinstance(one, dict):
        return None
    kind, letter = _inside(one, "event_type"), _inside(one, "body")
    found = EVENT.fullmatch(str(kind.get("id", "")))
    key = str(_inside(letter, "metadata").get("delivery", ""))
    if not found or found[1] not in MEANING or not _is_ours(key):
        return None
    return ProviderEvent(
        provider="lob", message_ref=str(letter.get("id", ""))[:200], key=key, event=found[0].removeprefix("letter."),
        at=_instant(one.get("date_created")), state=MEANING[found[1]], recipient_index=key,
    )  # fmt: skip


def _inside(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an inner object, an empty one where there is none."""
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _is_ours(key: str) -> bool:
    try:
        return str(uuid.UUID(key)) == key
    except ValueError:
        return False


def _instant(stated: Any) -> datetime:
    """Return when something happened; the distant past where it isn't told."""
    try:
        at = datetime.fromisoformat(str(stated))
    except ValueError:
        return NO_TIME
    return at if at.tzinfo else at.replace(tzinfo=UTC)
