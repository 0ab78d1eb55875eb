"""What was drafted: the variants that fit, and their words."""

from typing import Any

import orjson
from sqlmodel import Session, select

from models import Variant


def variants(session: Session, **fields: Any) -> list[Variant]:
    found = session.exec(select(Variant)).all()
    return [one for one in found if all(getattr(one, name) == value for name, value in fields.items())]


def words(session: Session, **fields: Any) -> str:
    """Return all words of the variants that fit."""
    found = [orjson.loads(one.content) for one in variants(session, **fields)]
    assert found
    return "\n".join(f"{one['subject']}\n{one['text']}\n{one['html']}" for one in found)
