"""A line to a mail server (RFC 5321). The window of doubt is the one after the message's final dot."""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage

from forthwith.channels.answers import Forgetful, Silent, secret
from forthwith.channels.mime import message_id, mime, plausible
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, Refused, Unknown

BROKEN = (OSError, smtplib.SMTPServerDisconnected)


@dataclass(slots=True)
class SmtpLine(Silent, Forgetful):
    """Keeps one connection open; opens it anew where the server closed it between two messages."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: bool
    timeout: float
    sender: str
    name: str = "smtp"
    media: frozenset[str] = frozenset((Medium.EMAIL,))
    unit: int = 20
    per_second: float = 10.0
    _line: smtplib.SMTP | None = field(default=None, repr=False)

    def send(self, message: Message) -> Outcome:
        """Hand one message to the server."""
        if not plausible(message.to):
            return Refused("the address can't be an e-mail address", permanent=True)
        try:
            line = self._connected()
        except smtplib.SMTPAuthenticationError as failure:
            return Refused(f"the mail server refuses our login ({failure.smtp_code})", permanent=False, stop=True)
        except (*BROKEN, smtplib.SMTPException):
            self.close()
            return Refused("the mail server can't be reached", permanent=False, retry_after=5.0)
        return self._envelope(line, message) or self._data(line, mime(message), message.key)

    def _connected(self) -> smtplib.SMTP:
        """Return a live connection, logged in."""
        if self._line is not None and self._alive(self._line):
            return self._line
        line = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        self._line = line
        line.ehlo_or_helo_if_needed()
        if self.tls:
            line.starttls(context=ssl.create_default_context())
        if self.user:
            line.login(self.user, self.password or "")
        return line

    def _alive(self, line: smtplib.SMTP) -> bool:
        """Return whether the server still listens; where it doesn't, the connection is dropped."""
        try:
            return bool(line.noop()[0] == 250)
        except (*BROKEN, smtplib.SMTPException):
            self.close()
            return False

    def _envelope(self, line: smtplib.SMTP, message: Message) -> Outcome | None:
        """State sender and recipient. Until the data is sent every failure is a clear refusal."""
        if not message.to.isascii() and not line.has_extn("smtputf8"):
            return Refused("the mail server can't take an address outside ASCII", permanent=True)
        options = [] if message.to.isascii() else ["SMTPUTF8"]
        try:
            code, _ = line.mail(self.sender, options)
            if code != 250:
                return self._over(_reply("sender", code, stop=code >= 500))
            code, _ = line.rcpt(message.to)
        except BROKEN:
            self.close()
            return Refused("the mail server hung up before the message", permanent=False, retry_after=5.0)
        return None if code in (250, 251) else self._over(_reply("recipient", code))

    def _data(self, line: smtplib.SMTP, mail: EmailMessage, key: str) -> Outcome:
        """Send the message itself. No reply after this point means that nobody can say."""
        try:
            code, _ = line.data(mail.as_bytes())
        except smtplib.SMTPDataError as failure:
            return self._over(_reply("message", failure.smtp_code))
        except (*BROKEN, smtplib.SMTPException):
            self.close()
            return Unknown("the mail server gave no clear answer after the message")
        return Accepted(message_id(key)) if code == 250 else self._over(_reply("message", code))

    def _over(self, outcome: Outcome) -> Outcome:
        """Leave the refused transaction, so that the next message starts afresh."""
        try:
            if self._line is not None:
                self._line.rset()
        except (*BROKEN, smtplib.SMTPException):
            self.close()
        return outcome

    def close(self) -> None:
        """End the connection."""
        if self._line is not None:
            with contextlib.suppress(*BROKEN):
                self._line.close()
        self._line = None


def _reply(about: str, code: int, stop: bool = False) -> Outcome:
    """Return what a reply code means: 5xx for good, 4xx for now; anything else is no answer at all."""
    said = f"the mail server refused the {about} ({code})"
    if 400 <= code < 500:
        return Refused(said, permanent=False)
    if 500 <= code < 600:
        return Refused(said, permanent=not stop, stop=stop)
    return Unknown(f"the mail server answered {code}, which says nothing")


def settled() -> tuple[str, int, str | None, str | None, bool, float, str]:
    """Return the mail server that the settings name, as a line takes it."""
    ours = settings()
    return (
        ours.smtp_host, ours.smtp_port, ours.smtp_user, secret(ours.smtp_password), ours.smtp_tls,
        ours.provider_timeout, ours.sender_email,
    )  # fmt: skip
