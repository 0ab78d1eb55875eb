"""What affected people ask or want of us, on their own page. What they wrote stands sealed."""

import uuid
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from models.base import Row, moment
from models.words import EnquiryState


class Enquiry(Row, table=True):
    """One wish of one affected person: it stays open until somebody has answered, done or refused it."""

    __table_args__ = (
        UniqueConstraint("incident_id", "number"),
        Index("ix_enquiry_mailing", "mailing_at", postgresql_where=text("mailed = 'sending'")),
    )

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="person.id", index=True)
    number: int  # 1..n within the incident: what people here call it by
    kind: str  # EnquiryKind
    language: str = "en"
    state: str = EnquiryState.OPEN
    sealed: bytes | None = None  # AES-256-GCM of Wish; NULL once shredded
    reply: bytes | None = None  # what we answered, sealed alike
    due_at: datetime = moment(nullable=False)  # when we mean to have answered, by the house's own setting
    settled_at: datetime | None = moment(default=None)
    settled_by: str | None = None
    by_itself: bool = False  # a wish that was taken up without anybody; see PersonWish
    # of the answer by e-mail: `sending` on the wire, then accepted, refused or unknown; `left` as somebody decided
    mailed: str = ""
    mailings: int = 0  # how often it was put on the wire
    mailing_at: datetime | None = moment(default=None)  # when it last was


class Wish(BaseModel):
    """What somebody wrote. Lives decrypted only in memory."""

    text: str = ""
    reply_to: str = ""  # an e-mail address for the answer
    address: list[str] = []  # lines as on an envelope, without the name
    postcode: str = ""
    country: str = ""  # ISO 3166-1
    email: str = ""
    phone: str = ""  # as typed
    choice: str = ""  # a Medium, a form (large_print, braille ...), a language or a right (access, erasure ...)


class PersonWish(Row, table=True):
    """How one person wants to be told. Beside their record: approvals are bound to the record, and not to a wish."""

    __tablename__ = "person_wish"

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="person.id", unique=True)
    sealed: bytes | None = None  # AES-256-GCM of Wishes; NULL once shredded


class Wishes(BaseModel):
    """What one person wishes of all that we still send them. Lives decrypted only in memory."""

    medium: str = ""  # a Medium that goes first, where it is lawful and in time
    language: str = ""  # ISO 639, where an approved wording speaks it
    large_print: bool = False
