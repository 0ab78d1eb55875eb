"""What there is to be told, and the processes that tell it: made anew for each run, in a folder of its own."""

import os
import random
import signal
import socket
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from fakes.signing import SendGridSigner

from bench.killing import network, peer, roles
from bench.killing.peer import Ledger
from bench.killing.roles import Hooks, fork
from bench.killing.server import Server

# the media of each incident: whoever isn't reached by one is told by the next
MEDIA = {
    "email": ("email", "sms", "letter"), "smtp": ("email", "letter"), "sms": ("sms", "letter"),
    "letter": ("letter", "email"),
}  # fmt: skip
LEASE, TIMEOUT = 3, 0.6  # seconds: short enough that a killed sender's rows are asked for soon
APART = 20_000  # between the numbers of two incidents' people: no address and no postcode is held twice


@dataclass
class Scene:
    """One run's database, providers, network, senders and incidents."""

    folder: Path
    seed: int
    notices: dict[str, int]
    naive: int
    dice: random.Random = field(init=False)
    killed: Counter[str] = field(default_factory=Counter)
    incidents: dict[str, uuid.UUID] = field(default_factory=dict)
    senders: list[int] = field(default_factory=list)
    helpers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.book, self.faults = Ledger(self.folder / "ledger"), self.folder / "faults"
        self.ports = {name: _free_port() for name in ("http", "http behind", "smtp", "smtp behind")}
        self.signer = SendGridSigner()
        self._settle_settings()
        self.server = Server(self.folder / "home" / "postgres")
        self.server.start()
        self._make()

    @property
    def host(self) -> str:
        """Where the senders believe that the providers are: the network stands between."""
        return f"http://127.0.0.1:{self.ports['http']}"

    def _settle_settings(self) -> None:
        from fakes.house import write_law

        from forthwith.settings import settings

        (self.folder / "home").mkdir(mode=0o755)
        for name, value in {
            "HOME": str(self.folder / "home"), "LAWS": f'["{write_law(self.folder)}"]',
            "SENDGRID_API_KEY": "SG.kills", "SENDGRID_HOST": self.host, "SENDGRID_WEBHOOK_KEY": self.signer.public,
            "TWILIO_HOST": self.host, "TWILIO_ACCOUNT_SID": "AC" + "a" * 32, "TWILIO_AUTH_TOKEN": "tok",
            "TWILIO_FROM": "+15005550006", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(self.ports["smtp"]),
            "SMTP_TLS": "false", "EMAIL_CHANNEL": "sendgrid", "SMS_CHANNEL": "twilio", "CALLING_HOURS": "00:00-24:00",
            "LEASE_SECONDS": str(LEASE), "PROVIDER_TIMEOUT": str(TIMEOUT), "BREAKER_PAUSE": "0.1",
            "RATES": '{"sendgrid": 0, "smtp": 0, "twilio": 0}',
        }.items():  # fmt: skip
            os.environ[f"FORTHWITH_{name}"] = value
        settings.cache_clear()

    def _make(self) -> None:
        """Make the database, the incidents, and what the naive sender works from."""
        import psycopg

        from forthwith import db

        with psycopg.connect(self.server.url(), autocommit=True) as line:
            line.execute("create database forthwith")
        os.environ["FORTHWITH_DATABASE_URL"] = self.server.url("forthwith")
        _forget()
        db.migrate()
        for n, (name, people) in enumerate(self.notices.items()):
            self.incidents[name] = _incident(name, people, first=n * APART)
        with psycopg.connect(self.server.url("forthwith"), autocommit=True) as line:
            line.execute("create table naive (n int primary key, sent bool not null default false)")
            line.execute("insert into naive select generate_series(1, %s)", (self.naive,))

    def hooks(self) -> Hooks:
        """Return the providers' reports to us."""
        return Hooks(self.book, self.folder / "reported", self.signer, list(self.incidents.values()),
                     self.dice.randrange(10**6))  # fmt: skip

    def start(self, name: str) -> None:
        """Start one of the processes of which there is one."""
        seed, ports = self.dice.randrange(10**6), self.ports
        made = {
            "provider": lambda: peer.serve(self.book, seed, ports["http behind"], ports["smtp behind"]),
            "network": lambda: network.serve(
                seed, {ports["http"]: ports["http behind"], ports["smtp"]: ports["smtp behind"]}
            ),
            "webhooks and sweeper": lambda: self.hooks().run(self.faults),
            "naive": lambda: roles.send_naively(self.server.url("forthwith"), self.host),
        }  # fmt: skip
        self.helpers[name] = fork(made[name], self.faults)

    def send(self, workers: int) -> None:
        """Let so many senders work at once."""
        while len(self.senders) < workers:
            self.senders.append(fork(lambda: roles.send(list(self.incidents.values()), self.faults), self.faults))

    def kill_sender(self) -> None:
        """Kill one of the senders, and the naive one."""
        if self.senders:
            _kill(self.senders.pop(self.dice.randrange(len(self.senders))))
        if "naive" in self.helpers:
            self.kill("naive")

    def kill(self, name: str) -> None:
        """Kill one of the processes of which there is one, and start it again a moment later."""
        _kill(self.helpers.pop(name))
        if name in ("provider", "network"):
            time.sleep(self.dice.uniform(0.0, 0.1))
        self.start(name)

    def all_still(self) -> None:
        """Kill everybody but the providers and the network."""
        for pid in [*self.senders, *(self.helpers.pop(name) for name in list(self.helpers) if name in STOPPABLE)]:
            _kill(pid)
        self.senders.clear()

    def close(self) -> None:
        """End everything that was started."""
        from forthwith import db

        self.all_still()
        for pid in self.helpers.values():
            _kill(pid)
        db.engine().dispose()
        self.server.stop()


STOPPABLE = ("webhooks and sweeper", "naive")


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _incident(name: str, people: int, *, first: int) -> uuid.UUID:
    """Make an incident that is ready to send, and plan it."""
    from fakes.house import House
    from sqlmodel import Session

    from forthwith import db, dispatch
    from forthwith.settings import settings

    os.environ["FORTHWITH_EMAIL_CHANNEL"] = "smtp" if name == "smtp" else "sendgrid"
    settings.cache_clear()
    with Session(db.engine(), expire_on_commit=False) as session:
        house = House.new(session, ref=f"kills-{name}")
        house.numbers = first
        house.people(people, MEDIA[name])
        house.notice(house.duty(), media=MEDIA[name])
        dispatch.plan(session, house.incident, actor="bench")
        session.commit()
    os.environ["FORTHWITH_EMAIL_CHANNEL"] = "sendgrid"
    settings.cache_clear()
    return house.incident.id


def _forget() -> None:
    from fakes.databases import forget

    forget()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
