"""Calls through Twilio: the approved script is said, twice. Never retried here: a repeated POST is a second call.

An automatic call is a recorded message. Some laws want a person to speak: docs/operators/channels.md names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twilio.rest import Client

from forthwith.channels.answers import Forgetful, needed
from forthwith.channels.telephone import e164
from forthwith.channels.twilio_api import BROKEN, Transport, connected, outcome_of, public, verified
from forthwith.channels.twilio_voice.callbacks import PATH, SID, callback_url, event
from forthwith.channels.twilio_voice.errors import refusal
from forthwith.channels.twilio_voice.script import LONGEST, locale, script
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, ProviderEvent, Refused, Unknown


@dataclass(slots=True)
class TwilioVoice(Forgetful):
    """One POST a call. It can't be asked by our id: a call holds no field of ours, and its list goes by number.

    What closes the window after a crash is the callback, whose signed address carries the delivery.
    """

    client: Client
    transport: Transport
    caller: str
    public_url: str
    token: str = field(repr=False)
    name: str = "twilio_voice"
    media: frozenset[str] = frozenset((Medium.VOICE,))
    unit: int = 20
    per_second: float = 1.0  # what Twilio starts of a new account's calls; the rest would wait in its queue

    def send(self, message: Message) -> Outcome:
        """Make one call."""
        number, said = e164(message.to), script(message)
        if unfit := _unfit(message, number, said):
            return unfit
        try:
            reference = str(self._call(message, str(number), said).sid)
        except BROKEN as failure:
            return outcome_of(failure, self.transport.last, refusal)
        return Accepted(reference) if SID.fullmatch(reference) else Unknown("Twilio answered without a call's id")

    def _call(self, message: Message, number: str, said: str) -> Any:
        """Call; where a machine answers, wait for its tone, so that the notice isn't cut off."""
        return self.client.calls.create(
            to=number, from_=self.caller, twiml=said, machine_detection="DetectMessageEnd",
            status_callback=callback_url(self.public_url, message), status_callback_event=["initiated", "completed"],
        )  # fmt: skip

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:
        """Read a status callback. Raises Refusal where the signature is wrong."""
        called = public(url, self.public_url, PATH)
        fields = verified(body, headers, called=called, token=self.token)
        if fields.get("CallStatus") == "completed" and not fields.get("AnsweredBy"):
            fields["AnsweredBy"] = self._answered_by(fields.get("CallSid", ""))
        read = event(fields, called)
        return [read] if read else []

    def _answered_by(self, call: str) -> str:
        """Ask who answered a call that has ended, where its callback doesn't say (twilio.com/docs/api/errors/21262)."""
        if not SID.fullmatch(call):
            return ""
        try:
            return str(self.client.calls(call).fetch().answered_by or "")
        except BROKEN:
            return ""

    def close(self) -> None:
        """Give the pooled connections back."""
        self.transport.close()


def _unfit(message: Message, number: str | None, said: str) -> Refused | None:
    """Return why there can be no such call: then nothing is asked of Twilio."""
    if message.medium != Medium.VOICE:
        return Refused(f"this channel carries no {message.medium}: choose another", permanent=False, stop=True)
    if number is None:
        return Refused("the number can't be dialled", permanent=True)
    if locale(message.language) is None:
        return Refused(f"no voice speaks the language {message.language[:10]!r}", permanent=True)
    if not said:
        return Refused("there is nothing to say", permanent=True)
    if len(said) > LONGEST:
        return Refused(f"the script is too long for a call: {len(said)} of {LONGEST} characters", permanent=True)
    return None


def channel() -> TwilioVoice:
    """Return Twilio as the settings name it. Raises Refusal naming the setting that is missing."""
    client, transport, token = connected()
    caller = needed(settings().twilio_caller or settings().twilio_from, "FORTHWITH_TWILIO_CALLER")
    return TwilioVoice(client, transport, caller, settings().public_url, token)
