"""Notices: the document that one audience gets, and its wordings."""

import uuid
from typing import Any

from sqlalchemy import ARRAY, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import Row


class Notice(Row, table=True):
    """One document for one audience. Its id is the lineage: a corrected wording never reaches anybody twice."""

    __table_args__ = (UniqueConstraint("incident_id", "key"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    key: str  # hash of audience, duties' content, cohort traits: the same facts give the same notice again
    title: str
    audience: str
    party_id: uuid.UUID | None = Field(default=None, foreign_key="party.id")
    content_codes: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    media: list[str] = Field(default_factory=list, sa_type=ARRAY(String))  # lawful media, the best first
    current: bool = True


class NoticeDuty(Row, table=True):
    """Which duties a notice fulfils."""

    __tablename__ = "notice_duty"
    __table_args__ = (UniqueConstraint("notice_id", "obligation_id"),)

    notice_id: uuid.UUID = Field(foreign_key="notice.id", index=True)
    obligation_id: uuid.UUID = Field(foreign_key="obligation.id", index=True)


class NoticeCohort(Row, table=True):
    """Which people get a notice. A cohort is in one current notice of an audience at the most."""

    __tablename__ = "notice_cohort"
    __table_args__ = (UniqueConstraint("notice_id", "cohort_id"),)

    notice_id: uuid.UUID = Field(foreign_key="notice.id", index=True)
    cohort_id: uuid.UUID = Field(foreign_key="cohort.id", index=True)


class Variant(Row, table=True):
    """One wording of a notice (language x medium), rendered once with open slots. `content` is what legal approves."""

    __table_args__ = (UniqueConstraint("notice_id", "language", "medium", "version"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    notice_id: uuid.UUID = Field(foreign_key="notice.id", index=True)
    language: str
    medium: str
    version: int = 1
    current: bool = True
    content: bytes  # canonical JSON: {"subject","html","text","sms","ast"...} as the medium needs
    content_sha256: str
    template_sha256: str
    law_sha256: str  # of the laws behind the notice's duties, joined
    slots: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    lint: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    drafted_by: str
