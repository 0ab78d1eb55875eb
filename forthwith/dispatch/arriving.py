"""Will it arrive before the deadline? A letter takes days; every other medium is there at once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock
from forthwith.settings import settings
from models import Incident, Medium

# next legs that are under way to somebody untold; a first leg went by the plan that legal saw
LATE = """
select medium, due_at, count(*) as people from delivery
 where incident_id = :incident and leg > 1 and state in ('planned', 'sending', 'unknown')
   and due_at < :now + case when medium = :letter then cast(:post as interval) else interval '0' end
 group by medium, due_at order by due_at, medium
"""


def takes(medium: str) -> timedelta:
    """Return how long a medium is on its way."""
    return timedelta(days=settings().letter_days) if medium == Medium.LETTER else timedelta(0)


def too_late(medium: str, due_at: datetime | None) -> bool:
    """Return whether what leaves now by a medium arrives after its deadline."""
    return due_at is not None and clock.now() + takes(medium) > due_at


def in_time(medium: str, wished: str, due_at: datetime | None) -> bool:
    """Return whether a medium is the wished one and arrives before its deadline: no wish makes anybody late."""
    return medium == wished and not too_late(medium, due_at)


def late_legs(session: Session, incident: Incident) -> list[dict[str, Any]]:
    """Return the next legs that can't arrive before their deadline: medium, deadline, how many people."""
    keys = {"incident": incident.id, "now": clock.now(), "letter": Medium.LETTER, "post": takes(Medium.LETTER)}
    return [dict(row._mapping) for row in session.execute(text(LATE), keys)]
