"""Some laws put the regulator before the people: then the people wait until that filing is handed in."""

import uuid

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock
from forthwith.dispatch.states import WAITS
from models import Incident

# notices to people under a law of which a filing must come first and hasn't been made
WAITING = """
select distinct nd.notice_id
  from obligation first
  join obligation mine on mine.law = first.law and mine.incident_id = first.incident_id and mine.current
   and mine.audience = 'individuals' and coalesce(mine.decided_verdict, mine.verdict) = 'notify'
  join notice_duty nd on nd.obligation_id = mine.id
 where first.incident_id = :incident and first.current and first.audience <> 'individuals'
   and coalesce(first.decided_verdict, first.verdict) = 'notify' and first.sequence = 'before_individuals'
   and first.met_at is null
"""

RELEASE = f"""
update delivery set state = 'planned', reason = null, state_at = :now
 where incident_id = :incident and untold = 'held' and reason = :waits and variant_id is not null
   and notice_id not in ({WAITING})
"""


def waiting_notices(session: Session, incident: Incident) -> set[uuid.UUID]:
    """Return the notices to people that must wait for a filing under the same law."""
    return set(session.execute(text(WAITING), {"incident": incident.id}).scalars().all())


def release(session: Session, incident_id: uuid.UUID) -> int:
    """Let those go whose filing has been handed in; return how many."""
    keys = {"incident": incident_id, "waits": WAITS, "now": clock.now()}
    return int(session.execute(text(RELEASE), keys).rowcount)  # type: ignore[attr-defined]
