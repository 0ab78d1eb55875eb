"""Duties that have arisen in an incident, and what a person must still decide."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import Row, moment


class Obligation(Row, table=True):
    """One duty of one law in one incident, with its trace. `verdict` holds at `law_sha256` and these facts."""

    __table_args__ = (UniqueConstraint("incident_id", "key", "assessment"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    assessment: int  # the run that made it; older runs stay, as history
    current: bool = True
    key: str  # stable within the incident: `us-ca.individuals:US-CA`
    law: str
    duty: str
    law_sha256: str
    audience: str
    recipient: str
    jurisdiction: str
    count: int | None = None
    verdict: str
    due_at: datetime | None = moment(default=None)
    sequence: str = "independent"
    channels: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    citation: str
    confidence: str = "low"
    verified: bool = False
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)  # the whole answer of the engine
    decided_verdict: str | None = None  # legal's, where the engine says `review`, or against it with a reason
    decided_by: str | None = None
    decided_reason: str | None = None
    met_at: datetime | None = moment(default=None)

    @property
    def laws(self) -> list[str]:
        """The records that the duty rests on: its own, and those whose demands a promise took over."""
        return [self.law, *self.detail.get("adopted", [])]

    @property
    def effective(self) -> str:
        """The verdict that counts: a person's decision before the engine's."""
        return self.decided_verdict or self.verdict


class ObligationCohort(Row, table=True):
    """Which people a duty reaches."""

    __tablename__ = "obligation_cohort"
    __table_args__ = (UniqueConstraint("obligation_id", "cohort_id"),)

    obligation_id: uuid.UUID = Field(foreign_key="obligation.id", index=True)
    cohort_id: uuid.UUID = Field(foreign_key="cohort.id", index=True)


class Question(Row, table=True):
    """What stands between the facts and a verdict. Answered by a Fact named `answers.<key>` or the fact it names."""

    __table_args__ = (UniqueConstraint("incident_id", "key", "assessment"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    assessment: int
    current: bool = True
    key: str
    text: str
    law: str
    citation: str
    changes: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    advice: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)  # what risk methods make of the facts


class LawText(Row, table=True):
    """The text of a law's record as an assessment found it: what changed since can be shown years later."""

    __tablename__ = "law_text"

    law: str = Field(index=True)
    sha256: str = Field(unique=True)  # of the record, as obligations name it
    text: str
