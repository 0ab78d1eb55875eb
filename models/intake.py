"""Doors by which incidents are told to us: alerts of tools, and reports of people without an account."""

import uuid
from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Row, moment


class AlertDoor(Row, table=True):
    """How one source may hand alerts in over the web. What proves the caller is sealed under a key of this row."""

    __tablename__ = "alert_door"

    source: str = Field(unique=True)
    way: str  # signed (Standard Webhooks), github, bearer, sns
    open: bool = False  # whether an alert opens an incident, or is kept as a signal alone
    wrapped_key: bytes
    sealed: bytes  # the secret; for Amazon SNS the certificate
    topic: str | None = None  # the one SNS topic that may call: its certificate signs for everybody's topics
    confirm_url: str | None = None  # what SNS wants to be fetched; a person does
    made_by: str
    ended_at: datetime | None = moment(default=None)


class AlertCall(Row, table=True):
    """One call that was taken: the same again is answered alike, another body under the same id is refused."""

    __tablename__ = "alert_call"
    __table_args__ = (UniqueConstraint("source", "call_id"),)

    source: str
    call_id: str
    body_sha256: str
    signals: int = 0


class ReportLink(Row, table=True):
    """A secret address at which people report an incident. Only a hash of the secret is kept."""

    __tablename__ = "report_link"

    secret_sha256: str = Field(unique=True)
    audience: str = "employee"  # employee partner
    party_id: uuid.UUID | None = Field(default=None, foreign_key="party.id")  # the partner whom it is bound to
    expires_at: datetime = moment(nullable=False)
    revoked_at: datetime | None = moment(default=None)
    uses: int = 0
    made_by: str
    counted_on: date | None = None  # the day of this installation to which `counted` belongs
    counted: int = 0  # reports of that day
    refused_on: date | None = None  # the last day on which more came than a day may bring
    refused: int = 0  # how many more
