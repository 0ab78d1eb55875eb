"""Letters through Lob: one POST a letter with an idempotency key, and a provider that can be asked by our id.

Lob prints the address on a page of its own in front (`insert_blank_page`), so that the approved pages stay as they are.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pikepdf

from forthwith import clock
from forthwith.channels.answers import by_failure, by_status, needed, secret, wait_of
from forthwith.channels.lob.addresses import form, from_lines
from forthwith.channels.lob.events import event, verified
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, ProviderEvent, Refusal, Refused, Unknown

VERSION = "2024-01-01"
LETTER = (612.0, 792.0)  # points: the only paper that Lob takes for letters
CANT_REACH = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
LONGEST_RESET = 3600.0  # seconds


@dataclass(slots=True)
class Lob:
    """Plain HTTP, nothing tried again. The same key within 24 hours gives the same letter."""

    client: httpx.Client = field(repr=False)
    sender: Mapping[str, str] | str
    colour: bool
    duplex: bool
    webhook_secret: str | None = field(repr=False)
    name: str = "lob"
    media: frozenset[str] = frozenset((Medium.LETTER,))
    unit: int = 20
    per_second: float = 25.0  # Lob takes 150 in 5 seconds

    def send(self, message: Message) -> Outcome:
        """Hand over one letter."""
        to = from_lines(message.to_name, message.to.split("\n"), message.extra)
        if isinstance(to, Refused):
            return to
        if unfit := _unfit(message.attachment):
            return unfit
        try:
            answer = self.client.post(
                "/v1/letters", data=self._fields(message.key, to), headers={"Idempotency-Key": message.key},
                files={"file": ("letter.pdf", message.attachment, "application/pdf")},
            )  # fmt: skip
        except httpx.HTTPError as failure:
            return _broken(failure)
        return _told(answer)

    def _fields(self, key: str, to: Mapping[str, str]) -> dict[str, str]:
        """Return a letter's fields. `use_type`: no advertisement, so that no opt-out of advertising stops it."""
        return {
            **form("to", to), **form("from", self.sender), "color": _yes(self.colour),
            "double_sided": _yes(self.duplex), "address_placement": "insert_blank_page", "use_type": "operational",
            "mail_type": "usps_first_class", "metadata[delivery]": key,
        }  # fmt: skip

    def look_up(self, key: str) -> Outcome | None:
        """Ask for the letter with our id. Where Lob has none, the idempotency key guards the next try for a day."""
        try:
            answer = self.client.get("/v1/letters", params={"metadata[delivery]": key, "limit": "1"})
            found = answer.json()["data"] if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None
        if found == []:
            return Refused("Lob has no letter of this delivery", permanent=False)
        return _found(found, key)

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:  # noqa: ARG002
        """Read a signed webhook. Raises Refusal where it is forged, too old, or the secret isn't set."""
        key = needed(self.webhook_secret, "FORTHWITH_LOB_WEBHOOK_SECRET")
        read = event(verified(body, headers, key))
        return [read] if read else []

    def close(self) -> None:
        """Give the pooled connections back."""
        self.client.close()


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _unfit(pdf: bytes) -> Refused | None:
    """Return why Lob can't print a PDF; None where it can. The paper is the wording's: nobody's fault but ours."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            boxes = [[float(side) for side in page.mediabox] for page in opened.pages]
    except pikepdf.PdfError:
        return Refused("there is no letter that can be printed", permanent=True)
    if all(abs(x1 - x0 - LETTER[0]) < 1 and abs(y1 - y0 - LETTER[1]) < 1 for x0, y0, x1, y1 in boxes):
        return None
    return Refused("Lob prints on US letter paper, and this wording is for another", permanent=False, stop=True)


def _broken(failure: httpx.HTTPError) -> Outcome:
    """Return what a call without an answer means."""
    if isinstance(failure, CANT_REACH):
        return Refused("Lob can't be reached", permanent=False, retry_after=5.0)
    if isinstance(failure, httpx.TimeoutException):
        return Unknown("Lob gave no answer in time")
    return by_failure("Lob", failure)


def _told(answer: httpx.Response) -> Outcome:
    """Return what an answer means. 409: another call with this key is on its way."""
    if answer.status_code == 409:
        return Unknown("Lob answered 409: another call for this letter may be on its way")
    if answer.status_code != 200:
        return by_status("Lob", answer.status_code, wait_of(answer.headers) or _reset(answer.headers))
    try:
        return Accepted(_id(answer.json()))
    except (ValueError, KeyError, TypeError):
        return Unknown("Lob answered without a letter's id")


def _reset(headers: Mapping[str, str]) -> float:
    """Return the seconds until Lob's window of calls begins anew, 0 where it doesn't say."""
    stated = headers.get("X-Rate-Limit-Reset", "")
    left = float(stated) - clock.now().timestamp() if stated.isdigit() else 0.0
    return min(max(left, 0.0), LONGEST_RESET)


def _id(letter: Any) -> str:
    """Return a letter's id. Raises ValueError, KeyError or TypeError where it has none."""
    told = letter["id"]
    if not isinstance(told, str) or not told.startswith("ltr_"):
        raise ValueError
    return told[:200]


def _found(letters: Any, key: str) -> Outcome | None:
    """Return the letter of a listing; None where it can't be ours."""
    try:
        return Accepted(_id(letters[0])) if letters[0]["metadata"]["delivery"] == key else None
    except (ValueError, KeyError, TypeError, IndexError):
        return None


def channel() -> Lob:
    """Return Lob as the settings name it. Raises Refusal naming what is missing."""
    ours = settings()
    key = needed(secret(ours.lob_api_key), "FORTHWITH_LOB_API_KEY")
    client = httpx.Client(
        base_url=ours.lob_host, auth=(key, ""), timeout=ours.provider_timeout, headers={"Lob-Version": VERSION}
    )
    webhook_secret = secret(ours.lob_webhook_secret)
    return Lob(client, _sender(), ours.print_colour, ours.print_duplex, webhook_secret)


def _sender() -> Mapping[str, str] | str:
    """Return the sender: an address kept at Lob, or our own. Raises Refusal where neither will do."""
    ours = settings()
    if ours.lob_from:
        return ours.lob_from
    found = from_lines(ours.organisation, ours.organisation_address, {"country": "US"})
    if isinstance(found, Refused):
        raise Refusal(
            "Lob needs a sender in the US.", "Set FORTHWITH_LOB_FROM to the id of an address there (adr_...), or "
            "FORTHWITH_ORGANISATION_ADDRESS to one that ends in city, state and ZIP.",
        )  # fmt: skip
    return found
