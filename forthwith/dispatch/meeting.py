"""When is a duty met? When everybody whom it reaches was told by something that left the house."""

import uuid

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock
from forthwith.channels import INSIDE

# accepted by a channel that keeps its files in the house is not yet told; delivered, or reported as mailed, is
TOLD = """
(d.state = 'delivered' or (d.state = 'accepted' and (not d.channel = any(:inside) or exists (
   select 1 from receipt r where r.delivery_id = d.id and r.state in ('accepted', 'delivered')))))
"""

MET = f"""
update obligation o set met_at = :now
 where o.incident_id = :incident and o.current and o.met_at is null
   and coalesce(o.decided_verdict, o.verdict) = 'notify'
   and exists (select 1 from notice_duty nd join delivery d on d.notice_id = nd.notice_id
                where nd.obligation_id = o.id and {TOLD})
   and not exists (
     select 1 from obligation_cohort oc join person p on p.cohort_id = oc.cohort_id
      where oc.obligation_id = o.id and not exists (
        select 1 from notice_duty nd join delivery d on d.notice_id = nd.notice_id
         where nd.obligation_id = o.id and {TOLD}
           and (d.recipient_id = p.id or (d.recipient_kind = 'public' and exists (
             select 1 from delivery h where h.notice_id = d.notice_id and h.recipient_id = p.id
                and h.state = 'held' and h.medium = 'none')))))
"""

# an unreached person reopens the duties that were held to be met
REOPEN = """
update obligation o set met_at = null
 where o.incident_id = :incident and o.current and o.met_at is not null
   and exists (select 1 from notice_duty nd join delivery d on d.notice_id = nd.notice_id
                where nd.obligation_id = o.id and d.id = any(:deliveries))
returning o.key
"""


def mark_met(session: Session, incident_id: uuid.UUID) -> int:
    """Note on each duty that is now fulfilled when that was; return how many."""
    keys = {"incident": incident_id, "now": clock.now(), "inside": list(INSIDE)}
    return int(session.execute(text(MET), keys).rowcount)  # type: ignore[attr-defined]


def reopen(session: Session, incident_id: uuid.UUID, deliveries: list[uuid.UUID]) -> list[str]:
    """Take back that the duties behind these deliveries are met; return their keys."""
    keys = {"incident": incident_id, "deliveries": deliveries}
    return sorted(session.execute(text(REOPEN), keys).scalars().all())
