"""Published notices: a page, and a card that says where it stands, from when and until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from forthwith import clock
from forthwith.channels.answers import Silent
from forthwith.channels.files import OtherBytes, failed, write_once
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, Refused, Unknown

POSTED_FOR = timedelta(days=90)  # the longest posting that a law asks for (45 CFR 164.404(d)(2)(ii): 90 days)


@dataclass(frozen=True, slots=True)
class Published:
    """One published notice. `until` is when it may be taken down."""

    key: str
    url: str
    title: str
    language: str
    since: datetime
    until: datetime
    sha256: str


@dataclass(slots=True)
class WebNotice(Silent):
    """Publishes pages in a folder that the web process serves. The card is written last: it makes the page public."""

    folder: Path
    base_url: str
    name: str = "web_notice"
    media: frozenset[str] = frozenset((Medium.WEB,))

    def send(self, message: Message) -> Outcome:
        """Publish one page. Publishing it again changes neither page nor times."""
        page, card = self.folder / f"{message.key}.html", self.folder / f"{message.key}.json"
        if card.exists():
            return self._again(message, page, card)
        try:
            page.unlink(missing_ok=True)  # of a publication that was cut off before its card
            write_once(page, message.html.encode())
            write_once(card, orjson.dumps(self._card(message)))
        except OtherBytes:
            return Unknown("another page was published at the same moment")
        except OSError as failure:
            return failed(card, failure)
        return Accepted(self.url_of(message.key))

    def _again(self, message: Message, page: Path, card: Path) -> Outcome:
        """Answer a repeated publication: the same page is the same publication."""
        same = orjson.loads(card.read_bytes())["sha256"] == sha256(message.html.encode()).hexdigest()
        if same and page.exists():
            return Accepted(self.url_of(message.key))
        return Unknown("another page already stands under this delivery")

    def _card(self, message: Message) -> dict[str, Any]:
        """Return what stands beside a page."""
        now = clock.now()
        until = message.extra.get("until") or (now + POSTED_FOR).isoformat()
        return {
            "key": message.key, "url": self.url_of(message.key), "title": message.subject,
            "language": message.language, "since": now.isoformat(), "until": until,
            "sha256": sha256(message.html.encode()).hexdigest(),
        }  # fmt: skip

    def url_of(self, key: str) -> str:
        """Return the public address of a page."""
        return f"{self.base_url.rstrip('/')}/notices/{key}"

    def look_up(self, key: str) -> Outcome | None:
        """Return whether a page is public. This folder always knows."""
        if (self.folder / f"{key}.json").exists():
            return Accepted(self.url_of(key))
        return Refused("the page was not published", permanent=False)

    def published(self) -> list[Published]:
        """Return every public page, the newest first: the web process lists and serves them."""
        cards = [orjson.loads(path.read_bytes()) for path in self.folder.glob("*.json")]
        pages = [Published(**{**card, "since": _at(card["since"]), "until": _at(card["until"])}) for card in cards]
        return sorted(pages, key=lambda page: page.since, reverse=True)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def channel() -> WebNotice:
    """Return the publisher of this data folder."""
    return WebNotice(settings().home / "published", settings().public_url)
