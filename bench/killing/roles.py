"""Who works while others are killed: senders, the webhooks' receiver with its sweeper, and the naive sender.

Each is a fork of the mother, which has imported everything once.
"""

import ctypes
import json
import os
import random
import signal
import time
import traceback
import urllib.request
import uuid
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
from fakes.signing import SendGridSigner, sendgrid_event, twilio_call

from bench.killing.peer import Ledger, Line
from forthwith import clock, db, dispatch
from forthwith.settings import settings
from models import Incident, Refusal

PIECE = 60  # lines of the ledger that are reported at a time
LATE = 20  # one in so many is reported as arrived, and bounces after all
UNDELIVERED = 25  # one in so many texts ends undelivered
BATCH = 25
PR_SET_PDEATHSIG = 1


def fork(role: Callable[[], None], faults: Path) -> int:
    """Run a role in a process of its own; return its id. What it fails of unforeseen is written down."""
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_with_the_mother()
    try:
        db.engine().dispose(close=False)  # the mother's lines are not ours
        role()
    except BaseException:
        with faults.open("a") as file:
            file.write(traceback.format_exc())
    finally:
        os._exit(1)


def _end_with_the_mother() -> None:
    """Let the system kill this process when the mother ends, however she does (Linux alone knows how)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def send(incidents: list[uuid.UUID], faults: Path) -> None:
    """Send and reconcile for ever, in small batches, as workers do."""
    while True:
        random.shuffle(incidents)
        for one in incidents:
            _forgiving(lambda one=one: dispatch.send(one, batch=BATCH), faults)
            _forgiving(lambda one=one: dispatch.reconcile(one), faults)
        time.sleep(0.02)


def _forgiving(act: Callable[[], object], faults: Path) -> None:
    """Do what a worker does again when the database is away. Anything else is a fault of ours."""
    from sqlalchemy.exc import DBAPIError

    try:
        act()
    except Refusal as refusal:
        if "can't be reached" not in refusal.what and "restored from a backup" not in refusal.what:
            raise
        time.sleep(0.05)
    except (DBAPIError, psycopg.Error) as failure:
        if type(failure).__name__ not in ("OperationalError", "InterfaceError", "InternalError"):
            with faults.open("a") as file:
                file.write(traceback.format_exc())
        time.sleep(0.05)


class Hooks:
    """Reports to us what became of each message: in any order, some of it twice, bounces late."""

    def __init__(self, book: Ledger, mark: Path, signer: SendGridSigner, incidents: list[uuid.UUID], seed: int) -> None:
        self.book, self.mark, self.signer, self.incidents = book, mark, signer, incidents
        self.dice = random.Random(seed)

    def run(self, faults: Path) -> None:
        """Report and sweep for ever."""
        while True:
            _forgiving(lambda: self.step(PIECE // 2), faults)
            _forgiving(lambda: dispatch.sweep(clock.now()), faults)
            time.sleep(0.1)

    def step(self, least: int = 1) -> int:
        """Report the next piece of the ledger, with the late news of the one before; return how many lines."""
        start = int(self.mark.read_text()) if self.mark.exists() else 0
        piece = self.book.lines(start)[:PIECE]
        before = self.book.lines(max(0, start - PIECE))[:PIECE] if start else []
        if len(piece) < least:
            return 0
        self._report(piece, before)
        self._letters()
        partial = self.mark.with_suffix(".new")
        partial.write_text(str(start + len(piece)))
        partial.replace(self.mark)
        return len(piece)

    def replay(self) -> None:
        """Have everything sent again that the providers reported, as an operator asks for after a restore."""
        for mark in (self.mark, self.mark.with_suffix(".letters")):
            mark.unlink(missing_ok=True)
        while self.step():
            pass
        self.last()

    def last(self) -> None:
        """Report the late news of the last pieces, for which no next one comes."""
        self._report([], self.book.lines()[-2 * PIECE :])
        self._letters()

    def _report(self, piece: list[Line], before: list[Line]) -> None:
        mails = [one.key for one in piece if one.channel == "sendgrid" and _ours(one)]
        events = [sendgrid_event(key, event) for key in mails for event in ("processed", "delivered")]
        late = [one.key for one in before if one.channel == "sendgrid" and _ours(one) and bounces(one.key)]
        events += [sendgrid_event(key, "bounce", at=1_790_000_100, type="bounce") for key in late]
        events += self.dice.sample(events, len(events) // 5)
        self.dice.shuffle(events)
        if events:
            dispatch.receive("sendgrid", *self.signer.call(events))
        self._texts([one.key for one in piece if one.channel == "twilio"])

    def _texts(self, keys: list[str]) -> None:
        calls = [(key, status) for key in keys for status in ("sent", "undelivered" if fails(key) else "delivered")]
        calls += self.dice.sample(calls, len(calls) // 10)
        self.dice.shuffle(calls)
        for key, status in calls:
            url = f"{settings().public_url}/hooks/twilio?delivery={key}"
            fields = {"MessageSid": f"SM{uuid.UUID(key).hex}", "MessageStatus": status}
            dispatch.receive("twilio", *twilio_call("tok", url, fields), url)

    def _letters(self) -> None:
        """Load the mailing house's word: every letter was mailed, some came back; some lines come twice."""
        told = self.mark.with_suffix(".letters")
        known = set(told.read_text().split()) if told.exists() else set[str]()
        mailed = [key for key in letters() if key not in known or self.dice.random() < 0.01]
        if not mailed:
            return
        for incident_id in self.incidents:
            with db.session() as session:
                incident = session.get_one(Incident, incident_id)
                own = [key for key in mailed if self._of(session, incident_id, key)]
                if lines := [f"{key},{'returned' if returns(key) else 'mailed'},2026-11-21" for key in own]:
                    dispatch.settle_letters(session, incident, "\n".join(["delivery,status,at", *lines]).encode())
            known.update(own)
        told.write_text("\n".join(known))

    def _of(self, session: object, incident_id: uuid.UUID, key: str) -> bool:
        from models import Delivery

        found = session.get(Delivery, uuid.UUID(key))  # type: ignore[attr-defined]
        return found is not None and found.incident_id == incident_id and found.state in ("accepted", "unknown")


def letters() -> list[str]:
    """Return the deliveries in all print files, as often as they stand there: that is the letters' ledger."""
    from forthwith.channels.print_file.manifest import keys_of

    found = sorted((settings().outbox / "print").glob("letters-*/manifest.csv"))
    return [key for path in found for key in keys_of(path.read_text())]


def bounces(key: str) -> bool:
    return zlib.crc32(key.encode()) % LATE == 0


def fails(key: str) -> bool:
    return zlib.crc32(key.encode()) % UNDELIVERED == 1


def returns(key: str) -> bool:
    return zlib.crc32(key.encode()) % LATE == 2


def _ours(line: Line) -> bool:
    return not line.key.startswith("naive-")


def send_naively(url: str, host: str) -> None:
    """Loop over people: send, then mark as sent. What fails is tried again."""
    while True:
        with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as line:
            for (number,) in line.execute("select n from naive where not sent order by n").fetchall():
                if _mailed(host, number):
                    line.execute("update naive set sent = true where n = %s", (number,))
        time.sleep(0.05)


def _mailed(host: str, number: int) -> bool:
    mail = {
        "personalizations": [
            {"to": [{"email": f"n{number}@example.org"}], "custom_args": {"delivery": f"naive-{number}"}}
        ],
        "from": {"email": "a@example.com"}, "subject": "About your data",
        "content": [{"type": "text/plain", "value": "Your data left the house."}],
    }  # fmt: skip
    request = urllib.request.Request(
        f"{host}/v3/mail/send", json.dumps(mail).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=0.6) as answer:
            return bool(answer.status == 202)
    except Exception:
        return False
