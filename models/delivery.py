"""The outbox: one row a notice, recipient and leg; one a call to a provider; one a thing that it said later."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ARRAY, Column, Computed, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.base import Row, moment
from models.words import DeliveryState

# reasons that more than one stage must know
OUT_OF_SCOPE = "no longer in the scope of this notice"
# written as PostgreSQL writes it out, so that the two can be compared
UNTOLD = """case when state::text = any (array['sending'::text, 'accepted'::text, 'delivered'::text]) then null::text
 else state::text end"""
SAME_ADDRESSEE = "the same addressee at the same address is told by delivery {}"


def delivery_id(notice_id: uuid.UUID, recipient_id: uuid.UUID, leg: int) -> uuid.UUID:
    """Return the id of a delivery: of the same three always the same.

    A row that a restored backup has lost comes back under the key by which the provider knows it. The statement that
    plans people forms it alike.
    """
    return uuid.UUID(bytes=hashlib.sha256(f"{notice_id}:{recipient_id}:{leg}".encode()).digest()[:16])


class Delivery(Row, table=True):
    """One notice to one recipient by one leg. The uniqueness here is what makes `none twice` true."""

    __table_args__ = (
        UniqueConstraint("notice_id", "recipient_id", "leg"),
        UniqueConstraint("notice_id", "address_key"),
        Index(
            "ix_delivery_planned", "incident_id", "channel", "variant_id",
            postgresql_where=text("untold = 'planned'"),
        ),
        Index("ix_delivery_open", "incident_id", "untold", postgresql_where=text("untold <> 'planned'")),
        Index("ix_delivery_provider_ref", "provider_ref", postgresql_where=text("provider_ref is not null")),
    )  # fmt: skip

    incident_id: uuid.UUID = Field(foreign_key="incident.id", index=True)
    notice_id: uuid.UUID = Field(foreign_key="notice.id")  # the lineage
    variant_id: uuid.UUID | None = Field(default=None, foreign_key="variant.id")
    recipient_kind: str  # RecipientKind
    recipient_id: uuid.UUID  # a person, a party, or the notice itself for the public
    leg: int = 1
    medium: str
    channel: str  # folder name under forthwith/channels
    address_index: int = 0  # which of the recipient's addresses of that medium
    address_key: str | None = None  # blind index of medium, address and name: one message each, at the most
    state: str = DeliveryState.PLANNED
    # the state of who isn't told, NULL on the wire and from then on: indexes name it, since no index that named the
    # state could be left alone when a delivery is settled. Made by the database
    untold: str | None = Field(default=None, sa_column=Column(Text, Computed(UNTOLD, persisted=True)))
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # attempts so far
    reason: str | None = None  # never NULL in held, cancelled, failed, bounced, returned
    due_at: datetime | None = moment(default=None)
    claimed_by: str | None = None
    claimed_until: datetime | None = moment(default=None)
    not_before: datetime | None = moment(default=None)  # when a refused delivery may be tried again
    provider_ref: str | None = None  # its own alone; what a request gave all its people stands with their attempts
    state_at: datetime | None = moment(default=None)


class Attempt(Row, table=True):
    """One call to a provider, written before the call. Its delivery's id is the key that the provider gets."""

    __table_args__ = (UniqueConstraint("delivery_id", "n"),)

    incident_id: uuid.UUID  # its delivery's
    delivery_id: uuid.UUID
    n: int
    channel: str
    started_at: datetime = moment(nullable=False)
    ended_at: datetime | None = moment(default=None)
    outcome: str | None = None  # accepted refused unknown; NULL while on the wire
    detail: str | None = None  # the provider's code, never personal data
    provider_ref: str | None = None  # of the call
    request_sha256: str


class Lease(Row, table=True):
    """One batch on the wire: whose rows come into doubt when it is over. Settled, it is deleted."""

    incident_id: uuid.UUID = Field(foreign_key="incident.id")
    until: datetime = moment(nullable=False)
    deliveries: list[uuid.UUID] = Field(sa_type=ARRAY(Uuid))


class Receipt(Row, table=True):
    """What a provider said later. Unique by content, since providers change event ids on a retry."""

    __table_args__ = (UniqueConstraint("provider", "message_ref", "event", "at", "recipient_index"),)

    incident_id: uuid.UUID | None = Field(default=None, foreign_key="incident.id", index=True)
    delivery_id: uuid.UUID | None = Field(default=None, foreign_key="delivery.id", index=True)
    provider: str
    message_ref: str
    event: str
    at: datetime = moment(nullable=False)
    recipient_index: str = ""  # a hash, never the address
    state: str  # the DeliveryState that the event means
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)


@dataclass(frozen=True, slots=True)
class Message:
    """One filled notice, ready for one call. `key` is the delivery's id as text."""

    key: str
    medium: str
    to: str
    to_name: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    attachment: bytes = b""  # the letter's or filing's PDF
    language: str = "en"
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took responsibility."""

    reference: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider clearly did not take it. `permanent` means: never this address by this channel again."""

    reason: str
    permanent: bool
    stop: bool = False  # the whole channel is refused (bad credentials): stop the batch, alarm
    retry_after: float = 0.0  # seconds


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether the provider took it. Never resend blindly."""

    reason: str


Outcome = Accepted | Refused | Unknown


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A receipt as a channel reads it from a webhook, before it is matched to a delivery."""

    provider: str
    message_ref: str
    key: str | None  # the delivery id, where the provider carries it
    event: str
    at: datetime
    state: str  # DeliveryState
    recipient_index: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """The contract of every channel: one call a message, no retry inside, no raise for an expected end."""

    name: str
    media: frozenset[str]

    def send(self, message: Message) -> Outcome:
        """Hand one message to the provider."""
        ...

    def look_up(self, key: str) -> Outcome | None:
        """Ask the provider whether it has `key`; None: this provider can't tell."""
        ...

    def receipts(self, body: bytes, headers: Mapping[str, str], url: str = "") -> list[ProviderEvent]:
        """Read a webhook. Raises Refusal where the signature is wrong."""
        ...
