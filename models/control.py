"""What steers sending: pauses, waves, the pace that a provider's callers share, and the codes of a remedy."""

import uuid
from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from models.base import Row, moment


class SendPause(Row, table=True):
    """Somebody stopped an incident's sending, by one channel or (`channel` empty) by all, until they let it go on."""

    __tablename__ = "send_pause"
    __table_args__ = (
        Index(
            "uq_send_pause_running", "incident_id", "channel", unique=True, postgresql_where=text("ended_at is null")
        ),
    )

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    channel: str = ""
    reason: str  # typed by a responder; must name no person
    by: str
    ended_at: datetime | None = moment(default=None)
    ended_by: str | None = None


class WavePlan(Row, table=True):
    """How many people of an incident are told a day, where somebody said so for this incident."""

    __tablename__ = "wave_plan"

    incident_id: uuid.UUID = Field(foreign_key="incident.id", unique=True)
    per_day: int | None = None  # None: as the settings say
    laid: bool = False  # its deliveries wait for their days


class ChannelState(Row, table=True):
    """What all senders of an installation share about one channel: its pace, its rest, its breaker.

    Times are the database's own: senders on several machines agree on no other clock.
    """

    __tablename__ = "channel_state"

    channel: str = Field(unique=True)
    next_at: datetime | None = moment(default=None)  # when the next call may start
    rests_until: datetime | None = moment(default=None)  # the provider asked us to wait
    failures: int = 0  # calls in a row that were refused as a whole or not answered
    openings: int = 0  # how often in a row the breaker opened
    open_until: datetime | None = moment(default=None)  # it is open; after that one call is tried
    probe_until: datetime | None = moment(default=None)  # somebody tries that call now
    why: str = ""  # the last failure; a provider's code, never personal data


class RemedyPool(Row, table=True):
    """One file of codes with which affected people claim what is offered to them, e.g. credit monitoring."""

    __tablename__ = "remedy_pool"

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    provider: str
    until: date  # the last day on which a code may be handed out
    codes: int
    file_sha256: str = Field(unique=True)  # a file serves one incident, once
    loaded_by: str


class RemedyCode(Row, table=True):
    """One code. It belongs to nobody, or to one person for ever; a person has one at the most."""

    __tablename__ = "remedy_code"
    __table_args__ = (
        UniqueConstraint("incident_id", "person_id"),
        UniqueConstraint("incident_id", "code_index"),
        Index("ix_remedy_code_free", "incident_id", "pool_id", postgresql_where=text("person_id is null")),
    )

    incident_id: uuid.UUID = Field(foreign_key="incident.id")
    pool_id: uuid.UUID = Field(foreign_key="remedy_pool.id", index=True)
    sealed: bytes | None = None  # the code under the incident's key; NULL once shredded
    code_index: str  # HMAC of the code
    person_id: uuid.UUID | None = Field(default=None, foreign_key="person.id")
    given_at: datetime | None = moment(default=None)


class Pulse(Row, table=True):
    """When something that should be done each minute was last done, by its name: `sweep`, `deadlines` ..."""

    name: str = Field(unique=True)
    at: datetime = moment(nullable=False)
