"""Whom a legal stop holds: wrong person, deceased, protected address, a hold of law enforcement."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock
from forthwith.dispatch.statements import REACHED
from models import Incident
from models.suppression import LEGAL_STOP

HOLD = text("""
update delivery d set state = 'held', reason = :stop || s.reason, state_at = :now
  from legal_stop s
 where s.incident_id = :incident and d.incident_id = :incident and d.recipient_kind = 'person'
   and d.recipient_id = s.person_id and d.untold = 'planned'
""")
FREE = text("""
update delivery d set state = 'planned', reason = null, state_at = :now
 where d.incident_id = :incident and d.recipient_kind = 'person' and d.untold = 'held' and starts_with(d.reason, :stop)
   and not exists (select 1 from legal_stop s where s.incident_id = :incident and s.person_id = d.recipient_id)
""")
# whom a stop will hold of each notice and cohort: everybody under it whose first leg has not left
STOPPED = f"""
with {REACHED}
select r.notice_id, r.cohort_id, s.reason, count(*) as people
  from reached r join person p on p.cohort_id = r.cohort_id
  join legal_stop s on s.person_id = p.id and s.incident_id = :incident
 where r.notice_id = any(:notices) and not exists (
   select 1 from delivery d where d.notice_id = r.notice_id and d.recipient_id = p.id and d.leg = 1
      and d.state not in ('planned', 'held'))
 group by r.notice_id, r.cohort_id, s.reason
"""
# in a statement over `delivery d`: nobody whom a stop holds. A stop counts from the moment that it is stated
NOT_STOPPED = "not exists (select 1 from legal_stop s where s.person_id = d.recipient_id)"


def hold_stopped(session: Session, incident: Incident) -> int:
    """Hold what waits for people under a legal stop, with its reason; free what a lifted one held. Returns rows."""
    keys = {"incident": incident.id, "now": clock.now(), "stop": LEGAL_STOP}
    return sum(session.execute(change, keys).rowcount for change in (FREE, HOLD))  # type: ignore[attr-defined]


def stopped(
    session: Session, incident: Incident, notices: Sequence[uuid.UUID]
) -> dict[tuple[uuid.UUID, uuid.UUID], dict[str, int]]:
    """Return, by notice and cohort, how many people legal stops hold, for each reason as it will be written."""
    found = session.execute(text(STOPPED), {"incident": incident.id, "notices": list(notices)})
    made = defaultdict[tuple[uuid.UUID, uuid.UUID], dict[str, int]](dict)
    for row in found:
        made[row.notice_id, row.cohort_id][LEGAL_STOP + row.reason] = row.people
    return made
