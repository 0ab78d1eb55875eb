"""Whom a legal stop holds: wrong person, deceased, protected address, a hold of law enforcement."""

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock
from models import Incident
from models.suppression import LEGAL_STOP

HOLD = text("""
update delivery d set state = 'held', reason = :stop || s.reason, state_at = :now
  from legal_stop s
 where s.incident_id = :incident and d.incident_id = :incident and d.recipient_kind = 'person'
   and d.recipient_id = s.person_id and d.state = 'planned'
""")
FREE = text("""
update delivery d set state = 'planned', reason = null, state_at = :now
 where d.incident_id = :incident and d.recipient_kind = 'person' and d.state = 'held' and starts_with(d.reason, :stop)
   and not exists (select 1 from legal_stop s where s.incident_id = :incident and s.person_id = d.recipient_id)
""")
# in a statement over `delivery d`: nobody whom a stop holds. A stop counts from the moment that it is stated
NOT_STOPPED = "not exists (select 1 from legal_stop s where s.person_id = d.recipient_id)"


def hold_stopped(session: Session, incident: Incident) -> int:
    """Hold what waits for people under a legal stop, with its reason; free what a lifted one held. Returns rows."""
    keys = {"incident": incident.id, "now": clock.now(), "stop": LEGAL_STOP}
    return sum(session.execute(change, keys).rowcount for change in (FREE, HOLD))  # type: ignore[attr-defined]
