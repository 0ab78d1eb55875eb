"""Channels: one folder each. The registry names them; a channel is imported when it is used."""

from importlib import import_module
from importlib.metadata import entry_points

from models import Channel, Refusal

BUILT_IN = {
    "outbox": "forthwith.channels.outbox",
    "print_file": "forthwith.channels.print_file",
    "web_notice": "forthwith.channels.web_notice",
    "sendgrid": "forthwith.channels.sendgrid_mail",
    "smtp": "forthwith.channels.smtp_mail",
    "twilio": "forthwith.channels.twilio_sms",
}


def channel(name: str) -> Channel:
    """Return the channel called `name`, set up from the settings. Raises Refusal where there is none."""
    outside = {point.name: point.value for point in entry_points(group="forthwith.channels")}
    path = {**outside, **BUILT_IN}.get(name)
    if path is None:
        raise Refusal(f"No channel is called {name!r}.", f"Known: {', '.join(sorted({**outside, **BUILT_IN}))}.")
    made: Channel = import_module(path).channel()
    return made
