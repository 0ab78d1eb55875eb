"""Channels: one folder each. The registry names them; a channel is imported when it is used."""

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from models import Channel, Message, Outcome, ProviderEvent, Refusal

BUILT_IN = {
    "outbox": "forthwith.channels.outbox",
    "print_file": "forthwith.channels.print_file",
    "web_notice": "forthwith.channels.web_notice",
    "sendgrid": "forthwith.channels.sendgrid_mail",
    "smtp": "forthwith.channels.smtp_mail",
    "lob": "forthwith.channels.lob",
    "twilio": "forthwith.channels.twilio_sms",
    "twilio_voice": "forthwith.channels.twilio_voice",
    "fax_http": "forthwith.channels.fax_http",
    "fax_gateway": "forthwith.channels.fax_gateway",
}
INSIDE = frozenset(("outbox", "print_file"))  # what they accept is still in this house


@runtime_checkable
class Batching(Protocol):
    """A channel that takes many messages in one go; `unit` is how many may be on the wire at once."""

    unit: int

    def send_many(self, messages: Sequence[Message]) -> list[Outcome]:
        """Hand over messages; the outcomes come in the same order."""
        ...


@runtime_checkable
class Merging(Batching, Protocol):
    """A batching channel that fills in fields itself: `Message.extra` maps tags in the body to their values."""

    merges: bool


@runtime_checkable
class Returning(Protocol):
    """A channel whose provider hands back a file instead of calling a webhook."""

    def returned(self, body: bytes) -> list[ProviderEvent]:
        """Read a return file. Raises Refusal that names each bad line."""
        ...


@runtime_checkable
class Closing(Protocol):
    """A channel that holds a connection open between messages."""

    def close(self) -> None:
        """End the connection."""
        ...


def known() -> dict[str, str]:
    """Return every channel's import path by its name: ours, and those of installed packages."""
    outside = {point.name: point.value for point in entry_points(group="forthwith.channels")}
    return {**outside, **BUILT_IN}


def channel(name: str) -> Channel:
    """Return the channel called `name`, set up from the settings. Raises Refusal where there is none."""
    path = BUILT_IN.get(name) or known().get(name)
    if path is None:
        raise Refusal(f"No channel is called {name!r}.", f"Known: {', '.join(sorted(known()))}.")
    made: Channel = import_module(path).channel()
    return made
