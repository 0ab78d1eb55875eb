"""E-mail through a mail server."""

from dataclasses import dataclass

from forthwith.channels.smtp import SmtpLine, settled


@dataclass(slots=True)
class SmtpMail(SmtpLine):
    """Each message is one e-mail to the person."""


def channel() -> SmtpMail:
    """Return the mail server that the settings name."""
    return SmtpMail(*settled())
