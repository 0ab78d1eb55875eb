"""The incident, what was detected, what is known about it and from which evidence."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import Row, moment
from models.words import Phase


class Incident(Row, table=True):
    """The handled case. `aware_at` is the legal awareness that starts most clocks (UTC)."""

    ref: str = Field(unique=True)  # 2026-014
    title: str  # written by a responder; must name no person
    phase: str = Phase.DETECTED
    drill: bool = False
    opened_by: str
    aware_at: datetime | None = moment(default=None)
    scope_version: int = 0  # raised by a trigger whenever a person row changes; scoping keeps it in steps of one
    flow_run_id: str | None = None
    lease_until: datetime | None = moment(default=None)  # a live flow renews it; a stale one is rescheduled
    basis: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)  # what the present duties and words rest on
    closed_at: datetime | None = moment(default=None)
    # the wrapped data key; NULL once the retention ended: what it locked is gone for good
    wrapped_key: bytes | None = None


class Signal(Row, table=True):
    """One report of one source. `(source, source_ref)` is unique, so a repeated alert is the same signal."""

    __table_args__ = (
        UniqueConstraint("source", "source_ref"),
        Index("ix_signal_loose", "created_at", postgresql_where=text("incident_id is null")),
    )

    source: str
    source_ref: str
    title: str
    severity: str = "unknown"  # low medium high critical unknown
    occurred_at: datetime | None = moment(default=None)
    detected_at: datetime | None = moment(default=None)
    seen: int = 1  # how often it was reported
    payload_sha256: str
    hints: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)  # facts that the alert itself states
    incident_id: uuid.UUID | None = Field(default=None, foreign_key="incident.id", index=True)
    # what a person wrote, sealed: under a key of its own, and under the incident's once it belongs to one
    wrapped_key: bytes | None = None
    sealed: bytes | None = None
    party_id: uuid.UUID | None = Field(default=None, foreign_key="party.id")  # the partner who reported
    set_aside_at: datetime | None = moment(default=None)
    set_aside_by: str | None = None
    set_aside_reason: str | None = None  # must name no person


class Fact(Row, table=True):
    """One thing known about an incident. Appended, never edited: a correction supersedes.

    `name` is a dotted path of the facts file (`breach.cause`, `clocks.aware_at`, `answers.us-fl.harm`).
    """

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    name: str
    value: Any = Field(default=None, sa_type=JSONB)
    known_at: datetime = moment(nullable=False)
    stated_by: str
    reason: str | None = None
    evidence_id: uuid.UUID | None = Field(default=None, foreign_key="evidence.id")
    supersedes: uuid.UUID | None = None


class Evidence(Row, table=True):
    """A file that was handed in: what it was, when, by whom, and its hash."""

    __table_args__ = (UniqueConstraint("incident_id", "sha256"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    name: str  # the file's name alone, never its path
    sha256: str
    size: int
    media_type: str
    encoding: str | None = None
    rows_in: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    handed_in_by: str
    party_id: uuid.UUID | None = Field(default=None, foreign_key="party.id")  # whose customers these are
