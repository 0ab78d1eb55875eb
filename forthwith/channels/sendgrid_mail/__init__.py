"""E-mail through SendGrid: up to a thousand people a request, each with an own delivery id in every event."""

import http.client
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from python_http_client.exceptions import HTTPError
from sendgrid.sendgrid import SendGridAPIClient

from forthwith.channels.answers import by_failure, by_status, needed, secret, wait_of
from forthwith.channels.mime import plausible
from forthwith.channels.sendgrid_mail.events import event, verified
from forthwith.channels.sendgrid_mail.payload import AT_ONCE, payload, requests
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, ProviderEvent, Refused, Unknown

# at DEBUG it writes whole messages and the API key into the log
logging.getLogger("python_http_client").setLevel(logging.INFO)
AT_ONCE_AGAIN = 0.001  # seconds
JSON = "application/json; charset=utf-8"
BROKEN = (OSError, http.client.HTTPException, ValueError)


class Body(bytes):
    """A request, written already. The SDK would write it out once more, for a line of a log that nobody keeps."""

    def encode(self, _encoding: str) -> "Body":
        """Return it as it is: that is what the SDK asks for."""
        return self

    def __format__(self, _form: str) -> str:
        return f"{len(self)} bytes"


@dataclass(slots=True)
class SendGridMail:
    """The SDK does authentication and transport; the payload is ours."""

    client: Any
    webhook_key: str | None
    name: str = "sendgrid"
    media: frozenset[str] = frozenset((Medium.EMAIL,))
    unit: int = AT_ONCE
    merges: bool = True
    per_second: float = 50.0
    _can_ask: bool = True

    def send(self, message: Message) -> Outcome:
        """Send one message."""
        return self.send_many([message])[0]

    def send_many(self, messages: Sequence[Message]) -> list[Outcome]:
        """Send messages. One request is one unit: its recipients all have the same outcome."""
        out = {m.key: _unfit() for m in messages if not plausible(m.to)}
        halted: Refused | None = None
        for batch in requests([m for m in messages if m.key not in out]):
            outcome = halted or self._request(batch)
            out.update(dict.fromkeys((message.key for message in batch), outcome))
            if isinstance(outcome, Refused) and (outcome.stop or outcome.retry_after >= 1.0):
                halted = outcome
        return [out[message.key] for message in messages]

    def _request(self, batch: list[Message]) -> Outcome:
        """Make one call. SendGrid has no idempotency key: whatever is no clear answer is in doubt."""
        try:
            answer = self.client.client.mail.send.post(request_body=Body(orjson.dumps(payload(batch))))
        except HTTPError as failure:
            return _refused(failure, len(batch))
        except BROKEN as failure:
            return by_failure("SendGrid", failure)
        if answer.status_code != 202:
            return Unknown(f"SendGrid answered {answer.status_code}, which it never does for a mail")
        return Accepted(str(answer.headers.get("X-Message-Id") or ""))

    def look_up(self, key: str) -> Outcome | None:
        """Ask the activity feed (a paid extra). Finding nothing there proves nothing."""
        if not self._can_ask:
            return None
        query = {"query": f'unique_args["delivery"]="{key}"', "limit": 1}
        try:
            found = orjson.loads(self.client.client.messages.get(query_params=query).body)["messages"]
            return Accepted(str(found[0]["msg_id"]).partition(".")[0]) if found else None
        except (HTTPError, *BROKEN, KeyError, TypeError, AttributeError, IndexError):
            self._can_ask = False
            return None

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:  # noqa: ARG002
        """Read a signed event webhook. Raises Refusal where it is forged or the public key isn't set."""
        key = needed(self.webhook_key, "FORTHWITH_SENDGRID_WEBHOOK_KEY")
        return [read for one in verified(body, headers, key) if (read := event(one))]


def _unfit() -> Outcome:
    return Refused("the address can't be an e-mail address", permanent=True)


def _refused(failure: HTTPError, people: int) -> Outcome:
    """Return what an HTTP error means. One bad address refuses the whole request: the others may try alone."""
    outcome = by_status("SendGrid", failure.status_code, wait_of(failure.headers))
    if isinstance(outcome, Refused) and outcome.permanent and people > 1:
        return Refused(f"{outcome.reason} in one request with others", permanent=False, retry_after=AT_ONCE_AGAIN)
    return outcome


def channel() -> SendGridMail:
    """Return SendGrid as the settings name it. Raises Refusal where the key is missing."""
    ours = settings()
    key = needed(secret(ours.sendgrid_api_key), "FORTHWITH_SENDGRID_API_KEY")
    client: Any = SendGridAPIClient(key, host=ours.sendgrid_host)  # type: ignore[no-untyped-call]
    client.client.timeout = ours.provider_timeout
    client.client.request_headers["Content-Type"] = JSON  # stated so, the SDK sends a text as it is
    return SendGridMail(client, ours.sendgrid_webhook_key)
