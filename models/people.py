"""Affected people. Personal data stands only in `sealed` columns, under the incident's own key."""

import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ARRAY, Index, Integer, String, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import Row, moment
from models.words import AgeClass


class Cohort(Row, table=True):
    """People who are alike to the law and to the words: same place, exposure, age, language, channels.

    Law is evaluated and variants are rendered once a cohort; people only fill slots.
    """

    __table_args__ = (UniqueConstraint("incident_id", "fingerprint"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    fingerprint: str  # sha256 of the fields below
    jurisdiction: str  # ISO 3166-1 or -2, `unknown` where nothing tells
    country: str
    elements: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    age_class: str = AgeClass.UNKNOWN
    kind: str = "customer"  # customer employee patient partner_customer ...
    language: str = "en"
    channels: list[str] = Field(default_factory=list, sa_type=ARRAY(String))  # see Person.channels
    party_id: uuid.UUID | None = Field(default=None, foreign_key="party.id")
    deceased: bool = False
    count: int = 0


class Person(Row, table=True):
    """One affected person. Clear columns serve counting alone; `sealed` holds a `PersonRecord`."""

    __table_args__ = (
        UniqueConstraint("incident_id", "number"),
        Index("ix_person_out", "incident_id", "number", postgresql_where=text("removed_at is not null")),
    )

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    number: int  # 1..n within the incident, in order of first appearance
    cohort_id: uuid.UUID | None = Field(default=None, foreign_key="cohort.id", index=True)
    jurisdiction: str
    country: str
    jurisdiction_source: str = "unknown"  # stated address phone tld unknown
    age_class: str = AgeClass.UNKNOWN
    kind: str = "customer"
    deceased: bool = False
    language: str = "en"
    elements: list[str] = Field(default_factory=list, sa_type=ARRAY(String))
    channels: list[str] = Field(default_factory=list, sa_type=ARRAY(String))  # of Medium, plus `email_consent`
    party_id: uuid.UUID | None = Field(default=None, foreign_key="party.id")  # the partner who is controller
    sealed: bytes | None = None  # AES-256-GCM of PersonRecord; NULL once shredded
    sealed_sha256: str  # of the sealed bytes: what an approval is bound to
    email_index: str | None = Field(default=None, index=True)  # HMAC blind index
    code_index: str | None = Field(default=None, index=True)  # HMAC of the verification code
    removed_at: datetime | None = moment(default=None)  # taken out of scope: in no cohort, so told of nothing
    # versions of the scope at which they came, went, came back ...; 0: before versions were kept
    moves: list[int] = Field(default_factory=lambda: [0], sa_type=ARRAY(Integer))
    changes: list[int] = Field(default_factory=list, sa_type=ARRAY(Integer))  # versions of more elements, another home


class PersonRecord(BaseModel):
    """What is known of one person. Lives decrypted only in memory."""

    name: str = ""
    given: str = ""
    family: str = ""
    salutation: str = ""
    emails: list[str] = []
    phones: list[str] = []  # E.164
    faxes: list[str] = []
    address: list[str] = []  # lines as on an envelope, without the name
    postcode: str = ""
    country: str = ""  # ISO 3166-1
    birth_date: str = ""  # ISO
    guardian: str = ""
    identifiers: dict[str, str] = {}  # customer id, national id: for merging only, never printed
    marketing_opt_out: bool = False
    seen: list[list[str]] = []  # the distinct traits of the source rows: for merging later loads only


class ScopeChange(Row, table=True):
    """One change of who is in scope. Appended, never edited; `version` is what `incident.scope_version` became."""

    __tablename__ = "scope_change"
    __table_args__ = (UniqueConstraint("incident_id", "version"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    version: int
    at: datetime = moment(nullable=False)
    by: str
    what: str  # load remove restore same part
    evidence_ids: list[uuid.UUID] = Field(default_factory=list, sa_type=ARRAY(Uuid))  # files of one load go together
    reason: str | None = None  # typed by a responder; must name no person
    added: int = 0
    removed: int = 0
    joined: int = 0  # who were two until now
    changed: int = 0
    people: int = 0  # in scope after it


class PersonSource(Row, table=True):
    """Which row of which evidence told us of a person, and why the rows were held to be one person."""

    __tablename__ = "person_source"
    __table_args__ = (UniqueConstraint("evidence_id", "row"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="person.id", index=True)
    evidence_id: uuid.UUID = Field(foreign_key="evidence.id")
    row: int  # data row, from 0
    reason: str  # `first` or the merge rule, e.g. `same e-mail, same first name`
    elements: list[str] = Field(default_factory=list, sa_type=ARRAY(String))


class Quarantine(Row, table=True):
    """A row that could not become a person: kept, with its reason, until somebody deals with it."""

    __table_args__ = (UniqueConstraint("evidence_id", "row"),)

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    evidence_id: uuid.UUID = Field(foreign_key="evidence.id")
    row: int
    reason: str
    sealed: bytes | None = None  # the row itself, under the incident's key


class ColumnMapping(Row, table=True):
    """A confirmed mapping of columns, found again by the hash of the header."""

    __tablename__ = "column_mapping"

    header_sha256: str = Field(unique=True)
    columns: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    confirmed_by: str
