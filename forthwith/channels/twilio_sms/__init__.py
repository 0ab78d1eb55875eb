"""Text messages through Twilio. Never retried here: a repeated POST is a second message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from twilio.rest import Client

from forthwith.channels.answers import Forgetful, needed
from forthwith.channels.twilio_api import BROKEN, Transport, connected, outcome_of, verified
from forthwith.channels.twilio_sms.callbacks import SID, callback_url, event, public
from forthwith.channels.twilio_sms.errors import refusal
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, ProviderEvent, Refused, Unknown


@dataclass(slots=True)
class TwilioSms(Forgetful):
    """One POST a message. Twilio finds messages by number, not by our id, but its callback's address carries it."""

    client: Client
    transport: Transport
    sender: str
    public_url: str
    token: str = field(repr=False)
    name: str = "twilio"
    media: frozenset[str] = frozenset((Medium.SMS,))
    unit: int = 20
    per_second: float = 20.0

    def send(self, message: Message) -> Outcome:
        """Send one text message."""
        if message.medium not in self.media:
            return Refused(f"this channel carries no {message.medium}: choose another", permanent=False, stop=True)
        try:
            reference = str(self._text(message).sid)
        except BROKEN as failure:
            return outcome_of(failure, self.transport.last, refusal)
        return Accepted(reference) if SID.fullmatch(reference) else Unknown("Twilio answered without a message id")

    def _text(self, message: Message) -> Any:
        callback = callback_url(self.public_url, message.key)
        return self.client.messages.create(
            to=message.to, from_=self.sender, body=message.text, status_callback=callback
        )

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:
        """Read a status callback. Raises Refusal where the signature is wrong."""
        called = public(url, self.public_url)
        read = event(verified(body, headers, called=called, token=self.token), called)
        return [read] if read else []

    def close(self) -> None:
        """Give the pooled connections back."""
        self.transport.close()


def channel() -> TwilioSms:
    """Return Twilio as the settings name it. Raises Refusal naming the setting that is missing."""
    client, transport, token = connected()
    sender = needed(settings().twilio_from, "FORTHWITH_TWILIO_FROM")
    return TwilioSms(client, transport, sender, settings().public_url, token)
