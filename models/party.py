"""Organisations, the parts that they play in an incident, and the people who work here."""

import uuid
from datetime import datetime

from sqlalchemy import ARRAY, String, UniqueConstraint
from sqlmodel import Field

from models.base import Row, moment


class Party(Row, table=True):
    """An organisation: our own, a partner who is controller, an authority, a bureau, a newspaper."""

    name: str
    code: str | None = Field(default=None, unique=True)  # a law record's recipient code, e.g. `ca_attorney_general`
    kind: str = "organisation"  # organisation authority police bureau media
    country: str | None = None  # ISO 3166-1 or -2
    language: str = "en"
    email: str | None = None
    postal: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    fax: str | None = None
    portal_url: str | None = None


class IncidentRole(Row, table=True):
    """What a party is in one incident: controller, processor, joint_controller, authority, owner, contract_party."""

    __tablename__ = "incident_role"
    __table_args__ = (UniqueConstraint("incident_id", "party_id", "role"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    party_id: uuid.UUID = Field(foreign_key="party.id")
    role: str


class User(Row, table=True):
    """Somebody who works here. Only a hash of the token is kept."""

    __tablename__ = "app_user"

    name: str = Field(unique=True)
    role: str  # UserRole
    token_sha256: str = Field(unique=True)
    confined: bool = False  # sees only the incidents that they were let into, in the role given there
    subject: str | None = Field(
        default=None, unique=True
    )  # who they are to the OpenID provider: its `sub`, or an e-mail
    removed_at: datetime | None = moment(default=None)  # the row stays: a name in the history is never reused
