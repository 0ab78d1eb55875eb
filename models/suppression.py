"""Lists of addresses that must not be written to, and whom a legal stop among them holds."""

import uuid
from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Row, moment

LEGAL_STOP = "legal stop: "  # before the list's reason, as the reason of a held delivery


class Suppression(Row, table=True):
    """One entry of a list, blinded. A legal stop blocks; a marketing opt-out neither blocks nor satisfies a duty."""

    __table_args__ = (UniqueConstraint("incident_id", "list_sha256", "kind", "value_index"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    list_sha256: str  # of the file
    purpose: str  # marketing legal
    kind: str  # email phone address person
    value_index: str  # HMAC blind index
    reason: str  # typed by a responder; must name no person
    stated_by: str
    lifted_at: datetime | None = moment(default=None)


class LegalStop(Row, table=True):
    """One person whom a legal stop holds. No foreign key: whoever is joined to another is no person any more."""

    __tablename__ = "legal_stop"
    __table_args__ = (UniqueConstraint("incident_id", "person_id"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    person_id: uuid.UUID
    reason: str
