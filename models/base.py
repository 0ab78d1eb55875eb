"""What every row shares: a time-ordered id, an aware creation time, checked assignment."""

import os
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from pydantic import ConfigDict
from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

VARIANT = {digit: "89ab"[number % 4] for number, digit in enumerate("0123456789abcdef")}  # RFC 9562: two fixed bits


def new_id() -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562): ordered by time, safe to show, made without the database."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return uuid.UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


def new_ids(count: int) -> list[str]:
    """Return many ids like `new_id`'s, as text: all of one millisecond, so without an order among them."""
    stamp, random = f"{time.time_ns() // 1_000_000:012x}", os.urandom(count * 10).hex()
    begin = f"{stamp[:8]}-{stamp[8:]}-7"
    drawn = (random[at : at + 20] for at in range(0, count * 20, 20))
    return [f"{begin}{r[:3]}-{VARIANT[r[3]]}{r[4:7]}-{r[7:19]}" for r in drawn]


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
