"""The record that regulators can verify."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import Row, moment


class Entry(Row, table=True):
    """One step. Append-only by trigger; `sha256` covers the step and `prev_sha256`; Ed25519 signs `sha256`.

    `data` and `text` hold counts, codes, hashes and ids, never personal data.
    """

    __table_args__ = (UniqueConstraint("incident_id", "seq"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    seq: int  # 1..n without a gap
    at: datetime = moment(nullable=False)
    actor: str
    verb: str  # opened, loaded, assessed, drafted, approved, sent, ...
    object_type: str
    object_id: str
    text: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    prev_sha256: str
    sha256: str
    signature: str  # base64
