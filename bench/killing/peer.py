"""The providers: SendGrid, Twilio and a mail server in one process, whose ledger is on disk before it answers.

It may be killed at any moment, and started again: what stands in the ledger was taken, whatever anybody was answered.
"""

import os
import random
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from fakes import provider as peers
from fakes.mailserver import MailServer

# of a hundred calls: five whose answer is lost though the message was taken, and three that fail before it was
FAULTS = ["drop_after"] * 3 + ["500_after"] * 2 + ["drop"] * 2 + ["500"] + ["ok"] * 92
SMTP_FAULTS = ["take_and_hang_up"] * 5 + ["hang_up"] * 3 + ["250 OK"] * 92
BUSY = 400  # one call in so many is told to wait


@dataclass(frozen=True, slots=True)
class Line:
    """One message that a provider took."""

    channel: str
    key: str
    to: str


@dataclass
class Ledger:
    """A file with a line for each message taken; a line is written by one call of the system."""

    file: Path

    def add(self, channel: str, taken: list[tuple[str, str]]) -> None:
        handle = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(handle, "".join(f"{channel}\t{key}\t{to}\n" for key, to in taken).encode())
        os.close(handle)

    def lines(self, start: int = 0) -> list[Line]:
        """Return what was taken, from a line on."""
        text = self.file.read_text() if self.file.exists() else ""
        return [Line(*line.split("\t")) for line in text.splitlines()[start:]]

    def keys(self) -> Counter[str]:
        return Counter(line.key for line in self.lines())


@dataclass
class Peer(peers.Provider):
    """The HTTP providers with their ledger on disk."""

    book: Ledger = field(default_factory=lambda: Ledger(Path("ledger")))

    def take(self, keys: list[tuple[str, str]], request: dict[str, Any]) -> None:
        with self.lock:
            self.book.add("twilio" if "To" in request else "sendgrid", keys)
            self.taken += keys


@dataclass
class Mail(MailServer):
    """The mail server with its ledger on disk."""

    book: Ledger = field(default_factory=lambda: Ledger(Path("ledger")))
    dice: random.Random = field(default_factory=random.Random)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.replies["data"] = self.dice.choice(SMTP_FAULTS)
        said = await super().handle_DATA(server, session, envelope)
        if self.taken:
            key, to = next(iter(self.ledger)), envelope.rcpt_tos[0]
            self.taken.clear()
            self.book.add("smtp", [(key, to)])
        return said


def serve(book: Ledger, seed: int, http: int, smtp: int) -> None:
    """Serve until killed, on two ports."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    dice = random.Random(seed)
    peers.BEFORE["busy"] = peers.status(429, **{"Retry-After": "1"})
    peer = Peer(book=book, script=lambda _: _fault(dice), delay=lambda: dice.random() * 0.004)
    peer.taken = [(line.key, line.to) for line in book.lines()]
    peer.sids = peer.count = len(peer.taken) + seed * 1_000_000  # a new process never gives an old reference
    mail = Mail(book=book, dice=dice)
    Controller(mail, hostname="127.0.0.1", port=smtp, enable_SMTPUTF8=True).start()
    handler = type("Bound", (peers.Handler,), {"provider": peer})
    with peers.Server(("127.0.0.1", http), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        signal.pause()


def _fault(dice: random.Random) -> str:
    return "busy" if dice.randrange(BUSY) == 0 else dice.choice(FAULTS)
