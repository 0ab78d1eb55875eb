"""A mail server on loopback (aiosmtpd) that keeps what it took and answers as it is told."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class MailServer:
    """`replies` maps a step (mail, rcpt, data) to the reply line, or to `hang_up` before or after the message."""

    replies: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[list[str], Mail]] = field(default_factory=list)
    port: int = 0
    logins: int = 0

    @property
    def ledger(self) -> Counter[str]:
        return Counter(mail["Message-ID"].strip("<>").partition("@")[0] for _, mail in self.taken)

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        if said := self.replies.get("mail"):
            return self.say(server, said)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list) -> str:
        if said := self.replies.get("rcpt"):
            return self.say(server, said)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = self.replies.get("data", "250 OK")
        if said.startswith("250") or said == "take_and_hang_up":
            self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content or b"")))
        return self.say(server, said)

    def say(self, server: SMTP, said: str) -> str:
        if said.endswith("hang_up"):
            server.transport.abort()
        return said if said[0].isdigit() else "250 OK"

    def authenticate(self, *_: Any) -> AuthResult:
        self.logins += 1
        return AuthResult(success="login" not in self.replies, handled=False)


@contextmanager
def mail_server(**replies: str) -> Iterator[MailServer]:
    server = MailServer(replies)
    controller = Controller(
        server, hostname="127.0.0.1", port=0, authenticator=server.authenticate, auth_require_tls=False,
        enable_SMTPUTF8="no_utf8" not in replies,
    )  # fmt: skip
    controller.port = _free_port()
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop(no_assert=True)


def _free_port() -> int:
    from fakes.provider import closed_port

    return closed_port()
