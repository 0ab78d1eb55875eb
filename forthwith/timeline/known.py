"""What is known of an incident: the newest value of each fact, and the instants that stated times mean."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from forthwith.settings import settings
from models import Fact, Incident

BARE_DAY = len("2026-01-01")


def current(session: Session, incident: Incident) -> dict[str, Fact]:
    """Return the newest fact of each name."""
    stated = select(Fact).where(Fact.incident_id == incident.id)
    ordered = session.exec(stated.order_by(col(Fact.created_at), col(Fact.id)))
    return {fact.name: fact for fact in ordered}


def latest(session: Session, incident: Incident) -> dict[str, Any]:
    """Return the newest value of each fact, by dotted name."""
    return {name: fact.value for name, fact in current(session, incident).items()}


def moment(value: Any) -> datetime | None:
    """Return the instant that a stated time means, in UTC: a bare day is its first hour here; None for `no`."""
    if not isinstance(value, str) or value == "no":
        return None
    if len(value) == BARE_DAY:
        day = datetime.fromisoformat(value).date()
        return datetime.combine(day, time(), ZoneInfo(settings().timezone)).astimezone(UTC)
    return datetime.fromisoformat(value).astimezone(UTC)
