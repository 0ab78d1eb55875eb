"""Text messages and calls through Twilio. Never retried here: a repeated POST is a second message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse
from urllib3.exceptions import NewConnectionError

from forthwith.channels.answers import Forgetful, by_failure, by_status, needed, secret, wait_of
from forthwith.channels.twilio_sms.callbacks import callback_url, event, public, verified
from forthwith.channels.twilio_sms.errors import refusal
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, ProviderEvent, Refused, Unknown

API = "https://api.twilio.com"


class Transport(TwilioHttpClient):
    """The SDK's own synchronous client, with a deadline, another host where one is set, and the last status."""

    def __init__(self, host: str, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.host = host.rstrip("/")
        self.last: Response | None = None

    def request(self, method: str, url: str, *rest: Any, **named: Any) -> Response:  # type: ignore[override]
        """Make one call."""
        self.last = None
        self.last = super().request(method, url.replace(API, self.host, 1), *rest, **named)
        return self.last


@dataclass(slots=True)
class TwilioSms(Forgetful):
    """One POST a message. Twilio finds messages by number, not by our id, but its callback's address carries it."""

    client: Client
    transport: Transport
    sender: str
    public_url: str
    token: str = field(repr=False)
    name: str = "twilio"
    media: frozenset[str] = frozenset((Medium.SMS, Medium.VOICE))
    unit: int = 20
    per_second: float = 20.0

    def send(self, message: Message) -> Outcome:
        """Send one text message, or make one call."""
        try:
            made = self._call(message) if message.medium == Medium.VOICE else self._text(message)
        except TwilioRestException as failure:
            return self._refused(failure)
        except (requests.RequestException, TwilioException, ValueError, TypeError, OSError) as failure:
            return self._broken(failure)
        return Accepted(str(made.sid)) if made.sid else Unknown("Twilio answered without a message id")

    def _text(self, message: Message) -> Any:
        callback = callback_url(self.public_url, message.key)
        return self.client.messages.create(
            to=message.to, from_=self.sender, body=message.text, status_callback=callback
        )

    def _call(self, message: Message) -> Any:
        callback = callback_url(self.public_url, message.key)
        return self.client.calls.create(
            to=message.to, from_=self.sender, twiml=spoken(message), status_callback=callback,
            status_callback_event=["initiated", "completed"],
        )  # fmt: skip

    def _refused(self, failure: TwilioRestException) -> Outcome:
        """Return what an error answer means: by Twilio's own code where there is one, else by the status.

        A 5xx may have sent (twilio.com/docs/errors/20500), whatever code it carries.
        """
        headers = self.transport.last.headers if self.transport.last else None
        by_code = refusal(failure.code) if failure.code and failure.status < 500 else None
        return by_code or by_status("Twilio", failure.status, wait_of(headers))

    def _broken(self, failure: Exception) -> Outcome:
        """Return what a call without a readable answer means."""
        if self.transport.last is not None and not 200 <= self.transport.last.status_code < 300:
            return by_status("Twilio", self.transport.last.status_code, wait_of(self.transport.last.headers))
        if isinstance(failure, requests.ConnectTimeout) or _never_connected(failure):
            return Refused("Twilio can't be reached", permanent=False, retry_after=5.0)
        if isinstance(failure, requests.Timeout):
            return Unknown("Twilio gave no answer in time")
        return by_failure("Twilio", failure)

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:
        """Read a status callback. Raises Refusal where the signature is wrong."""
        called = public(url, self.public_url)
        read = event(verified(body, headers, called=called, token=self.token), called)
        return [read] if read else []

    def close(self) -> None:
        """Give the pooled connections back."""
        if self.transport.session is not None:
            self.transport.session.close()


def spoken(message: Message) -> str:
    """Return the call's script: the approved words, said twice."""
    voice: Any = VoiceResponse()  # type: ignore[no-untyped-call]
    voice.say(message.text, language=message.language)
    voice.pause(length=2)
    voice.say(message.text, language=message.language)
    return str(voice)


def _never_connected(failure: BaseException) -> bool:
    """Return whether the call broke before a connection stood."""
    reasons = [getattr(one, "reason", None) for one in failure.args]
    return any(isinstance(one, NewConnectionError) for one in (*failure.args, *reasons))


def channel() -> TwilioSms:
    """Return Twilio as the settings name it. Raises Refusal naming the setting that is missing."""
    ours = settings()
    token = needed(secret(ours.twilio_auth_token), "FORTHWITH_TWILIO_AUTH_TOKEN")
    account = needed(ours.twilio_account_sid, "FORTHWITH_TWILIO_ACCOUNT_SID")
    sender = needed(ours.twilio_from, "FORTHWITH_TWILIO_FROM")
    transport = Transport(ours.twilio_host, ours.provider_timeout)
    client = Client(account, token, http_client=transport)  # type: ignore[no-untyped-call]
    return TwilioSms(client, transport, sender, ours.public_url, token)
