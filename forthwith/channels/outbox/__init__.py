"""The file outbox: every message becomes a file under the data folder, and nothing leaves the house.

It is the default of every medium. A file is named by its delivery, so handing it over again
changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forthwith.channels.answers import Silent
from forthwith.channels.files import OtherBytes, failed, write_many, write_once
from forthwith.channels.mime import mime_bytes
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, Refused, Unknown

BOUNDARY = "forthwith-{key}-{part}"


@dataclass(slots=True)
class Outbox(Silent):
    """Writes files. Knows for sure what it has and what it hasn't."""

    folder: Path
    name: str = "outbox"
    media: frozenset[str] = field(default_factory=lambda: frozenset(Medium))
    unit: int = 500

    def send(self, message: Message) -> Outcome:
        """Write one message. A full disk is a clear refusal."""
        path, content = self._file(message)
        try:
            write_once(path, content)
        except (OtherBytes, OSError) as failure:
            return _outcome(path, failure)
        return _outcome(path, None)

    def send_many(self, messages: Sequence[Message]) -> list[Outcome]:
        """Write many, and wait for the disk once. Nothing counts before it has all of them."""
        files = [self._file(message) for message in messages]
        try:
            ended = write_many(files)
        except OSError:
            return [Unknown("the disk did not confirm the files") for _ in messages]
        return [_outcome(path, failure) for (path, _), failure in zip(files, ended, strict=True)]

    def _file(self, message: Message) -> tuple[Path, bytes]:
        suffix, content = as_file(message)
        return self.folder / message.medium / f"{message.key}{suffix}", content

    def look_up(self, key: str) -> Outcome | None:
        """Return what became of `key`. A file outbox always knows."""
        for medium in sorted(self.media):
            for suffix in (".eml", ".pdf", ".txt", ".html"):
                if (path := self.folder / medium / f"{key}{suffix}").exists():
                    return Accepted(reference_of(path))
        return Refused("no file was written", permanent=False)


def _outcome(path: Path, failure: Exception | None) -> Outcome:
    if isinstance(failure, OtherBytes):
        return Unknown("another message already stands under this delivery")
    return failed(path, failure) if isinstance(failure, OSError) else Accepted(reference_of(path))


def reference_of(path: Path) -> str:
    """Return how a file is referred to: medium and name, no folder of this machine."""
    return f"{path.parent.name}/{path.name}"


def as_file(message: Message) -> tuple[str, bytes]:
    """Return the suffix and the bytes of a message: what a person would open."""
    if message.medium == Medium.EMAIL:
        return ".eml", _mail(message)
    if message.attachment:
        return ".pdf", message.attachment
    if message.html and message.medium == Medium.WEB:
        return ".html", message.html.encode()
    return ".txt", f"To: {message.to}\n{message.subject}\n\n{message.text}".encode()


def _mail(message: Message) -> bytes:
    """Return an e-mail whose bytes depend on the message alone: fixed boundaries, no date."""
    return mime_bytes(message, BOUNDARY.format(key=message.key, part="{part}"))


def channel() -> Outbox:
    """Return the outbox of this data folder."""
    return Outbox(settings().outbox)
