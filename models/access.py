"""Who may come in, as what, and how it is proven. Of every secret only a hash is kept, or it is sealed."""

import uuid
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Index, String, text
from sqlmodel import Field

from models.base import Row, moment


class IncidentAccess(Row, table=True):
    """A role that somebody has in one incident. For a confined user these rows are all that they have."""

    __tablename__ = "incident_access"
    __table_args__ = (
        Index(
            "uq_incident_access_now", "incident_id", "user_id", "role", unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )  # fmt: skip

    incident_id: uuid.UUID = Field(foreign_key="incident.id")
    user_id: uuid.UUID = Field(foreign_key="app_user.id", index=True)
    role: str  # UserRole
    granted_by: str
    ended_at: datetime | None = moment(default=None)
    ended_by: str | None = None


class WebSession(Row, table=True):
    """One signed-in browser. The browser holds the random value, we its hash."""

    __tablename__ = "web_session"

    user_id: uuid.UUID = Field(foreign_key="app_user.id", index=True)
    sha256: str = Field(unique=True)
    began_at: datetime = moment(nullable=False)
    seen_at: datetime = moment(nullable=False)  # to the minute: a row is not written for every page
    ended_at: datetime | None = moment(default=None)
    signed_in_by: str  # token passkey oidc
    second_factor_at: datetime | None = moment(default=None)
    typed: bytes | None = None  # a form that waits while they show the factor; sealed for this row, and soon emptied
    typed_at: datetime | None = moment(default=None)


class Passkey(Row, table=True):
    """A public key of somebody's device (WebAuthn). It proves possession; nothing here can be used to sign in."""

    user_id: uuid.UUID = Field(foreign_key="app_user.id", index=True)
    name: str
    credential_id: bytes = Field(unique=True)
    public_key: bytes
    sign_count: int = Field(
        default=0, sa_type=BigInteger
    )  # where the device counts: a lower one than before means that it was copied
    used_at: datetime | None = moment(default=None)


class TimeCode(Row, table=True):
    """Somebody's authenticator (TOTP, RFC 6238): its secret, sealed under the key-encryption key."""

    __tablename__ = "time_code"

    user_id: uuid.UUID = Field(foreign_key="app_user.id", unique=True)
    sealed: bytes
    confirmed_at: datetime | None = moment(default=None)  # before that it proves nothing
    last_step: int = 0  # the newest thirty seconds whose code was taken: none is taken twice


class RecoveryCode(Row, table=True):
    """One of ten codes for the day when the device is lost; each works once."""

    __tablename__ = "recovery_code"

    user_id: uuid.UUID = Field(foreign_key="app_user.id", index=True)
    sha256: str = Field(unique=True)
    used_at: datetime | None = moment(default=None)


class ApiToken(Row, table=True):
    """A token of a program that acts for somebody; never more than that user may."""

    __tablename__ = "api_token"

    user_id: uuid.UUID = Field(foreign_key="app_user.id", index=True)
    name: str
    scopes: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    sha256: str = Field(unique=True)
    expires_at: datetime = moment(nullable=False)
    proven_at: datetime | None = moment(default=None)  # who made it showed a second factor: it may approve
    used_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)


class SpentChallenge(Row, table=True):
    """The hash of a challenge that was answered: nothing is proven twice with one answer."""

    __tablename__ = "spent_challenge"

    sha256: str = Field(unique=True)
