"""Twilio's status callbacks of calls: did a person hear it, did a machine take it, or did nobody answer?"""

import re
from collections.abc import Mapping

from forthwith.channels.twilio_api import NO_TIME, called_back_at, told_by
from models import DeliveryState, Message, ProviderEvent

PATH = "/hooks/twilio_voice"
UNDER_WAY = ("queued", "initiated", "ringing", "in-progress")
UNANSWERED = ("busy", "no-answer", "failed", "canceled")
MACHINES = ("machine", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other")
ANSWERED_BY = ("human", "fax", "unknown", *MACHINES)
SID = re.compile(r"CA[0-9a-f]{32}")
FASTEST = 20  # characters a second: no voice of theirs speaks faster


def callback_url(public_url: str, message: Message) -> str:
    """Return where Twilio reports on a call: with the seconds that it takes to hear the notice once, at the least."""
    least = str(len(message.text) // FASTEST)
    return called_back_at(public_url, PATH, delivery=message.key, least=least)


def event(fields: Mapping[str, str], url: str) -> ProviderEvent | None:
    """Return what a callback says; None where its status is not known here."""
    status, reference = fields.get("CallStatus", ""), fields.get("CallSid", "")
    if status not in (*UNDER_WAY, *UNANSWERED, "completed") or not SID.fullmatch(reference):
        return None
    state, code = meaning(status, fields.get("AnsweredBy", ""), _seconds(fields.get("CallDuration")), _least(url))
    return ProviderEvent(
        provider="twilio_voice", message_ref=reference, key=told_by(url, "delivery"), event=status, at=NO_TIME,
        state=state, detail=_codes(fields) | ({"code": code} if code else {}),
    )  # fmt: skip


def meaning(status: str, answered_by: str, seconds: int | None, least: int) -> tuple[DeliveryState, str]:
    """Return the state that an end of a call means, and its code.

    Only a person who stayed on the line was told. A machine took it: accepted, no more.
    """
    if status in UNANSWERED:
        return DeliveryState.BOUNCED, status
    if status != "completed":
        return DeliveryState.ACCEPTED, ""
    if answered_by == "fax":
        return DeliveryState.BOUNCED, "fax"
    if answered_by != "human":
        return DeliveryState.ACCEPTED, "machine" if answered_by in MACHINES else "unknown"
    if seconds is not None and seconds < least:
        return DeliveryState.ACCEPTED, "hung_up"
    return DeliveryState.DELIVERED, ""


def _codes(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what may be kept of a callback: codes and numbers of seconds, never a telephone number."""
    told = {"seconds": fields.get("CallDuration", ""), "sip": fields.get("SipResponseCode", ""),
            "error": fields.get("ErrorCode", "")}  # fmt: skip
    kept = {name: value for name, value in told.items() if re.fullmatch(r"[0-9]{1,6}", value)}
    by = fields.get("AnsweredBy", "")
    return kept | ({"answered_by": by} if by in ANSWERED_BY else {})


def _seconds(stated: str | None) -> int | None:
    return int(stated) if stated and re.fullmatch(r"[0-9]{1,6}", stated) else None


def _least(url: str) -> int:
    return _seconds(told_by(url, "least")) or 0
