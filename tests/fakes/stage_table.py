"""A table of stages that keeps a ledger: what was called, in which phase, how often."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlmodel import Session

from flows.stages import Stages
from forthwith import clock, db, keys
from models import Decision, Delivery, DeliveryState, Fact, Incident, Notice, Obligation, Person, Phase, Variant, new_id


@dataclass
class Table:
    """Stages whose gate the test opens, and whose outbox holds what the test put there."""

    ledger: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=lambda: ["the wording en email"])
    outbox: list[int] = field(default_factory=list)  # what each send returns, then 0
    fails: dict[str, Exception] = field(default_factory=dict)
    during: dict[str, Callable[[], None]] = field(default_factory=dict)  # what happens in the middle of a stage

    def stages(self) -> Stages:
        return Stages(
            scope=self.verb("scope"), assess=self.verb("assess"), draft=self.verb("draft"), plan=self.verb("plan"),
            missing=lambda session, incident: list(self.waits), send=self.send,
            reconcile=lambda incident_id: self.note("reconcile"), report=lambda incident_id: self.note("report"),
        )  # fmt: skip

    def verb(self, name: str) -> Callable[[Session, Incident, str], None]:
        return lambda session, incident, actor: self.note(name)

    def send(self, incident_id: uuid.UUID, batch: int) -> int:
        self.note("send")
        return self.outbox.pop(0) if self.outbox else 0

    def note(self, name: str) -> None:
        self.ledger.append(name)
        if name in self.during:
            self.during.pop(name)()
        if name in self.fails:
            raise self.fails.pop(name)

    def called(self) -> list[str]:
        """Return what was called since the last time."""
        told, self.ledger = self.ledger, []
        return told


def opened(phase: Phase = Phase.DETECTED, ref: str = "2026-001") -> uuid.UUID:
    """Commit an open incident with a data key of its own; return its id."""
    key = new_id()
    with db.session() as session:
        wrapped = keys.new_data_key(key)
        session.add(Incident(id=key, ref=ref, title="A drill", opened_by="ana", phase=phase, wrapped_key=wrapped))
    return key


def state_fact(incident_id: uuid.UUID, name: str = "breach.cause", value: object = "phishing") -> None:
    """Commit one fact."""
    with db.session() as session:
        session.add(Fact(incident_id=incident_id, name=name, value=value, known_at=clock.now(), stated_by="ana"))


def add_person(incident_id: uuid.UUID, number: int = 1) -> None:
    """Commit one affected person."""
    with db.session() as session:
        place = {"jurisdiction": "DE", "country": "DE"}
        session.add(Person(incident_id=incident_id, number=number, sealed_sha256="0" * 64, **place))


def add_duty(incident_id: uuid.UUID) -> uuid.UUID:
    """Commit one current duty that waits for a decision."""
    with db.session() as session:
        duty = Obligation(
            incident_id=incident_id, assessment=1, key="eu.gdpr:DE", law="eu.gdpr", duty="tell", law_sha256="0",
            audience="individuals", recipient="individuals", jurisdiction="DE", verdict="review", citation="Art. 34",
        )  # fmt: skip
        session.add(duty)
        return duty.id


def add_wording(incident_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    """Commit one notice with one wording; return both ids."""
    with db.session() as session:
        notice = Notice(incident_id=incident_id, key=str(new_id()), title="Notice", audience="individuals")
        session.add(notice)
        session.flush()
        variant = Variant(
            incident_id=incident_id, notice_id=notice.id, language="en", medium="email", content=b"{}",
            content_sha256="0", template_sha256="0", law_sha256="0", drafted_by="forthwith",
        )  # fmt: skip
        session.add(variant)
        return notice.id, variant.id


def object_to(incident_id: uuid.UUID, variant_id: uuid.UUID, verdict: str = "reject") -> None:
    """Commit legal's word against a wording."""
    with db.session() as session:
        session.add(
            Decision(
                incident_id=incident_id, variant_id=variant_id, verdict=verdict, content_sha256="0", by="lena",
                recipients_sha256="0", template_sha256="0", law_sha256="0", role="legal",
            )
        )  # fmt: skip


def add_delivery(incident_id: uuid.UUID, state: str = DeliveryState.PLANNED) -> uuid.UUID:
    """Commit one delivery of a notice of its own."""
    notice_id, variant_id = add_wording(incident_id)
    with db.session() as session:
        made = Delivery(
            incident_id=incident_id, notice_id=notice_id, variant_id=variant_id, recipient_kind="person",
            recipient_id=new_id(), medium="email", channel="outbox", state=state,
        )  # fmt: skip
        session.add(made)
        return made.id
