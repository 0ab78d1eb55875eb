"""Twilio's status callbacks of text messages: what they say of one delivery."""

import re
from collections.abc import Mapping

from forthwith.channels import twilio_api
from forthwith.channels.twilio_api import NO_TIME, told_by
from models import DeliveryState, ProviderEvent

PATH = "/hooks/twilio"
MEANING = {
    "queued": DeliveryState.ACCEPTED, "accepted": DeliveryState.ACCEPTED, "sending": DeliveryState.ACCEPTED,
    "sent": DeliveryState.ACCEPTED, "delivered": DeliveryState.DELIVERED, "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.FAILED, "failed": DeliveryState.FAILED, "canceled": DeliveryState.FAILED,
}  # fmt: skip
SID = re.compile(r"(SM|MM)[0-9a-f]{32}")


def callback_url(public_url: str, key: str) -> str:
    """Return where Twilio reports on a delivery."""
    return twilio_api.called_back_at(public_url, PATH, delivery=key)


def public(url: str, public_url: str) -> str:
    """Return the address that Twilio called."""
    return twilio_api.public(url, public_url, PATH)


def event(fields: Mapping[str, str], url: str) -> ProviderEvent | None:
    """Return what a callback says; None where its status is not known here."""
    status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
    reference = fields.get("MessageSid") or ""
    if status not in MEANING or not SID.fullmatch(reference):
        return None
    code = fields.get("ErrorCode", "")
    return ProviderEvent(
        provider="twilio", message_ref=reference, key=told_by(url, "delivery"), event=status, at=NO_TIME,
        state=MEANING[status], detail={"code": code} if code.isdigit() else {},
    )  # fmt: skip
