"""What every row shares: a time-ordered id, an aware creation time, checked assignment."""

import os
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ConfigDict
from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

# RFC 9562: what two bytes of an id of version 7 are made of drawn ones, four bits and two being fixed
VERSION, VARIANT = (bytes(fixed | drawn & free for drawn in range(256)) for fixed, free in ((0x70, 0xF), (0x80, 0x3F)))
DIGITS = [place for place in range(36) if place not in (8, 13, 18, 23)]  # of an id's text; a hyphen stands elsewhere


def new_id() -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562): ordered by time, safe to show, made without the database."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return uuid.UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


def new_ids(count: int) -> list[bytes]:
    """Return many ids like `new_id`'s, as their 16 bytes: all of one millisecond, so without an order among them."""
    drawn = bytearray(os.urandom(count * 16))
    for at, byte in enumerate((time.time_ns() // 1_000_000).to_bytes(6, "big")):
        drawn[at::16] = bytes([byte]) * count
    drawn[6::16], drawn[8::16] = drawn[6::16].translate(VERSION), drawn[8::16].translate(VARIANT)
    whole = bytes(drawn)
    return [whole[at : at + 16] for at in range(0, len(whole), 16)]


def id_texts(ids: Sequence[bytes]) -> list[str]:
    """Return many ids as text, each as `str` writes a UUID."""
    digits, made = b"".join(ids).hex().encode(), bytearray(b"-" * (36 * len(ids)))
    for at, place in enumerate(DIGITS):
        made[place::36] = digits[at::32]
    whole = made.decode()
    return [whole[at : at + 36] for at in range(0, len(whole), 36)]


def moment(*, nullable: bool = True, index: bool = False, **extra: Any) -> Any:
    """Declare a column that holds an instant (timestamp with time zone)."""
    return Field(sa_type=DateTime(timezone=True), nullable=nullable, index=index, **extra)


def utc_now() -> datetime:
    """Return the creation instant of a row in UTC. Rules must ask `forthwith.clock.now` instead."""
    return datetime.now(UTC)  # noqa: TID251 - a row's birth is the machine's time, never a rule's


class Row(SQLModel):
    """Base of every table: assignment is validated, ids are ours."""

    model_config = ConfigDict(validate_assignment=True, arbitrary_types_allowed=True)  # type: ignore[assignment]

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = moment(nullable=False, default_factory=utc_now)
