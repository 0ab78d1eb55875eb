"""Pairs of people who may be one: what the rules kept apart, and what a person decided about it."""

import uuid
from datetime import datetime

from sqlalchemy import ARRAY, String, UniqueConstraint
from sqlmodel import Field

from models.base import Row, moment


class NearMatch(Row, table=True):
    """Two people who may be one. Holds ids and codes, never what was compared.

    The ids have no foreign key: whoever is joined to somebody else is no person any more, and the decision stays.
    """

    __tablename__ = "near_match"
    __table_args__ = (UniqueConstraint("incident_id", "one_id", "other_id"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    one_id: uuid.UUID  # the smaller id of the two
    other_id: uuid.UUID
    why: str  # `similar name`, `same name`, `no given name`, `birth dates differ`, `parted` ...
    score: float = 0.0  # 0 to 1: how alike the names are, weighed with what else agrees
    shared: list[str] = Field(default_factory=list, sa_type=ARRAY(String))  # kinds: email phone address born ...
    differing: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    verdict: str | None = None  # same different; NULL: nobody decided yet
    decided_by: str | None = None
    decided_at: datetime | None = moment(default=None)
    reason: str | None = None  # typed by a responder; must name no person


class NearQueue(Row, table=True):
    """What the last search for near pairs found, and what it left out: one row an incident."""

    __tablename__ = "near_queue"

    incident_id: uuid.UUID = Field(foreign_key="incident.id", unique=True)
    found: int = 0  # pairs that look near
    left_out: int = 0  # pairs beyond the best ones, which are in no queue
    crowded: int = 0  # identifiers shared by too many to compare each with each
    version: int = 0  # of the scope that was searched
    searched_at: datetime = moment(nullable=False)
