"""When is a duty met? When everybody whom it reaches was told by something that left the house."""

import uuid

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock
from forthwith.channels import INSIDE
from forthwith.dispatch.states import SAME_ADDRESSEE

# accepted by a channel that keeps its files in the house is not yet told; delivered, or reported as mailed, is
TOLD = """
(d.state = 'delivered' or (d.state = 'accepted' and (not d.channel = any(:inside) or exists (
   select 1 from receipt r where r.delivery_id = d.id and r.state in ('accepted', 'delivered')))))
"""

# told by one's own delivery, by that of the same addressee, or, where no channel is held, by the page that stands in.
# Whoever shares an address names the delivery that told them: it is found by its id, whatever the planner expects
MET = f"""
with duty as (
  select o.id, o.audience from obligation o where o.incident_id = :incident and o.current and o.met_at is null
     and coalesce(o.decided_verdict, o.verdict) = 'notify'),
own as (
  select duty.id as duty_id, d.id, d.notice_id, d.recipient_id, d.recipient_kind from duty
    join notice_duty nd on nd.obligation_id = duty.id join delivery d on d.notice_id = nd.notice_id where {TOLD}),
shared as (
  select notice_id, recipient_id, cast(right(reason, 36) as uuid) as by from delivery
   where incident_id = :incident and untold = 'cancelled' and starts_with(reason, :shared)),
told as (
  select duty_id, recipient_id from own
  union
  select duty.id, s.recipient_id from shared s join delivery d on d.id = s.by and d.notice_id = s.notice_id
    join notice_duty nd on nd.notice_id = d.notice_id join duty on duty.id = nd.obligation_id where {TOLD}
  union
  select own.duty_id, h.recipient_id from own join delivery h on h.incident_id = :incident and h.untold = 'held'
     and h.notice_id = own.notice_id and h.medium = 'none' where own.recipient_kind = 'public'),
missing as (
  select duty.id, p.id as person_id from duty join obligation_cohort oc on oc.obligation_id = duty.id
    join person p on p.cohort_id = oc.cohort_id where duty.audience = 'individuals'
  except select duty_id, recipient_id from told),
silent as (
  select duty.id from duty join notice_duty nd on nd.obligation_id = duty.id
    join notice n on n.id = nd.notice_id and n.current
   where duty.audience <> 'individuals' and not exists (
     select 1 from own where own.duty_id = duty.id and own.notice_id = n.id))
update obligation o set met_at = :now
 where o.id in (select duty_id from told) and o.id not in (select id from missing)
   and o.id not in (select id from silent)
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
    keys = {"incident": incident_id, "now": clock.now(), "inside": list(INSIDE), "shared": SAME_ADDRESSEE.format("")}
    return int(session.execute(text(MET), keys).rowcount)  # type: ignore[attr-defined]


def reopen(session: Session, incident_id: uuid.UUID, deliveries: list[uuid.UUID]) -> list[str]:
    """Take back that the duties behind these deliveries are met; return their keys."""
    keys = {"incident": incident_id, "deliveries": deliveries}
    return sorted(session.execute(text(REOPEN), keys).scalars().all())
