"""Fax through Telnyx's programmable fax, by plain HTTP (developers.telnyx.com, API reference, Programmable Fax).

Two requests: the PDF is laid down, then the fax is ordered. A fax that brings its PDF along can't carry an id of
ours, one that names it can (`client_state`): each webhook and the list of faxes give it back. Only the order dials.
"""

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from forthwith import clock
from forthwith.channels.answers import LONGEST_WAIT, by_failure, by_status, needed, secret, wait_of
from forthwith.channels.fax_http.webhook import events, key_of
from forthwith.channels.faxing import MEGA, unfit
from forthwith.channels.telephone import e164
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, ProviderEvent, Refused, Unknown

PROVIDER = "the fax service"
PATH = "/hooks/fax_http"
MOST_BYTES = 20 * MEGA  # of one stored document (UploadMediaMultipartRequest)
KEPT = 24 * 3600  # seconds until the provider deletes the document
PAGE, PAGES = 100, 20  # how far a list is read
LOOKS_BACK = timedelta(days=7)  # doubts are asked about within minutes
NONSENSE = (ValueError, LookupError, TypeError, AttributeError)
NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)


@dataclass(slots=True)
class FaxHttp:
    """`line` holds the key in its headers, and shows it nowhere."""

    line: httpx.Client
    application: str
    sender: str
    public_url: str
    webhook_key: str | None
    name: str = "fax_http"
    media: frozenset[str] = frozenset((Medium.FAX,))
    unit: int = 10
    per_second: float = 2.0

    def send(self, message: Message) -> Outcome:
        """Send one fax. Until it is ordered every failure is a refusal: nothing was dialled."""
        if refused := unfit(message, most_bytes=MOST_BYTES):
            return refused
        laid = self._lay_down(message.attachment)
        return self._order(message, laid) if isinstance(laid, str) else laid

    def _lay_down(self, document: bytes) -> str | Refused:
        """Store the PDF at the provider; return its name there."""
        sent = {"media": ("notice.pdf", document, "application/pdf")}
        try:
            answer = self.line.post("/v2/media", files=sent, data={"ttl_secs": str(KEPT)})
            if answer.is_success:
                return _named(answer.json()["data"]["media_name"])
        except (httpx.HTTPError, *NONSENSE) as failure:
            return _not_dialled(by_failure(PROVIDER, failure))
        return _not_dialled(by_status(PROVIDER, answer.status_code, wait_of(answer.headers)))

    def _order(self, message: Message, document: str) -> Outcome:
        """Order the fax. The one request that must not be made twice."""
        asked = {
            "connection_id": self.application, "to": e164(message.to), "from": self.sender, "media_name": document,
            "client_state": base64.b64encode(message.key.encode()).decode(), "webhook_url": self.public_url + PATH,
        }  # fmt: skip
        try:
            answer = self.line.post("/v2/faxes", json=asked)
            if answer.is_success:
                return Accepted(str(uuid.UUID(answer.json()["data"]["id"])))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Refused(f"{PROVIDER} can't be reached", permanent=False, retry_after=5.0)
        except (httpx.HTTPError, *NONSENSE) as failure:
            return by_failure(PROVIDER, failure)
        return by_status(PROVIDER, answer.status_code, wait_of(answer.headers))

    def look_up(self, key: str) -> Outcome | None:
        """Return the fax that carries `key`, from the list of those ordered lately.

        Finding none proves nothing: the list may be behind, or longer than is read here.
        """
        try:
            since = clock.now() - LOOKS_BACK
            for page in range(1, PAGES + 1):
                faxes = self._listed(since, page)
                if found := [fax["id"] for fax in faxes if key_of(fax) == key]:
                    return Accepted(str(uuid.UUID(found[0])))
                if len(faxes) < PAGE:
                    break
        except (httpx.HTTPError, *NONSENSE):
            return None
        return None

    def _listed(self, since: datetime, page: int) -> list[dict[str, Any]]:
        """Return one page of what was ordered since."""
        asked = {
            "filter[direction][eq]": "outbound", "filter[created_at][gte]": since.isoformat(),
            "page[size]": str(PAGE), "page[number]": str(page),
        }  # fmt: skip
        return [dict(fax) for fax in self.line.get("/v2/faxes", params=asked).raise_for_status().json()["data"]]

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:  # noqa: ARG002
        """Read a signed webhook. Raises Refusal where it is forged, old, or the public key isn't set."""
        return events(body, headers, needed(self.webhook_key, "FORTHWITH_FAX_WEBHOOK_KEY"))

    def close(self) -> None:
        """Give the pooled connections back."""
        self.line.close()


def _named(name: object) -> str:
    """Return a stored document's name. Raises ValueError where it is none."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError
    return name


def _not_dialled(outcome: Refused | Unknown) -> Refused:
    """Return a failure before the order as what it is: a refusal, and in doubt about nothing."""
    if isinstance(outcome, Refused):
        return outcome
    return Refused(f"{outcome.reason} before the fax was ordered", permanent=False, retry_after=min(30.0, LONGEST_WAIT))


def channel() -> FaxHttp:
    """Return the fax service as the settings name it. Raises Refusal naming the setting that is missing."""
    ours = settings()
    key = needed(secret(ours.fax_api_key), "FORTHWITH_FAX_API_KEY")
    application = needed(ours.fax_application, "FORTHWITH_FAX_APPLICATION")
    sender = needed(ours.fax_from, "FORTHWITH_FAX_FROM")
    # two requests a fax: together they may take no longer than one call
    line = httpx.Client(
        base_url=ours.fax_host, headers={"Authorization": f"Bearer {key}"}, timeout=ours.provider_timeout / 2
    )
    return FaxHttp(line, application, sender, ours.public_url.rstrip("/"), ours.fax_webhook_key)
