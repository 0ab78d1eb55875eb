"""Scope = duties = attempts = outcomes: counted from the rows, with every gap by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.dispatch.arriving import late_legs
from forthwith.dispatch.control import pauses
from forthwith.dispatch.states import NO_CODE, OUT_OF_SCOPE, WAITS, WITHDRAWN
from forthwith.dispatch.valve import resting
from models import Delivery, DeliveryState, Incident

WAITING = (WAITS, NO_CODE)  # these hold somebody for a while: no end is written yet

# each (duty, person) pair, and how far it is covered by rows of a notice that fulfils the duty
PAIRS = """
duty as (
  select o.id, o.key from obligation o where o.incident_id = :incident and o.current and o.audience = 'individuals'
     and coalesce(o.decided_verdict, o.verdict) = 'notify'),
pair as (
  select duty.id as duty_id, duty.key, p.id as person_id
    from duty join obligation_cohort oc on oc.obligation_id = duty.id join person p on p.cohort_id = oc.cohort_id),
row_of as (
  select d.notice_id, d.recipient_id,
         bool_or(d.state in ('accepted', 'delivered')) as told,
         bool_or(d.state in ('planned', 'sending', 'unknown')) as under_way,
         bool_or(exists (select 1 from attempt a where a.delivery_id = d.id)) as tried,
         bool_or(not d.reason = any(:waits) and d.state in ('held', 'cancelled')) as reasoned
    from delivery d where d.incident_id = :incident and d.recipient_kind = 'person'
     and not (d.state = 'cancelled' and d.reason = any(:void))
   group by d.notice_id, d.recipient_id),
covered as (
  select pair.duty_id, pair.key, pair.person_id, count(r.notice_id) > 0 as planned,
         coalesce(bool_or(r.told), false) as told,
         coalesce(bool_or(r.under_way), false) as under_way, coalesce(bool_or(r.tried), false) as tried,
         coalesce(bool_or(r.reasoned), false) as reasoned
    from pair left join notice_duty nd on nd.obligation_id = pair.duty_id
    left join row_of r on r.notice_id = nd.notice_id and r.recipient_id = pair.person_id
   group by pair.duty_id, pair.key, pair.person_id)
"""

COUNTS = f"""
with {PAIRS},
person_of as (
  select person_id, bool_and(planned) as planned, bool_and(tried or told or reasoned) as tried,
         bool_and(told or (reasoned and not under_way)) as ended from covered group by person_id)
select (select count(*) from person where incident_id = :incident and removed_at is null) as people,
       (select count(*) from obligation o where o.incident_id = :incident and o.current
           and coalesce(o.decided_verdict, o.verdict) = 'notify') as duties,
       (select count(*) from covered) as pairs, count(*) as scope,
       count(*) filter (where planned) as planned, count(*) filter (where tried) as tried,
       count(*) filter (where ended) as ended from person_of
"""

GAPS = f"""
with {PAIRS}
select key as duty, count(*) as people,
       exists (select 1 from notice_duty nd join notice n on n.id = nd.notice_id and n.current
                where nd.obligation_id = covered.duty_id) as has_notice
  from covered where not planned group by duty_id, key order by key
"""

PARTY_GAPS = """
select o.key as duty, exists (select 1 from notice_duty nd join notice n on n.id = nd.notice_id and n.current
                               where nd.obligation_id = o.id) as has_notice
  from obligation o where o.incident_id = :incident and o.current and o.met_at is null
   and coalesce(o.decided_verdict, o.verdict) = 'notify' and o.audience <> 'individuals'
   and (not exists (select 1 from notice_duty nd join notice n on n.id = nd.notice_id and n.current
                     where nd.obligation_id = o.id)
        or exists (select 1 from notice_duty nd join notice n on n.id = nd.notice_id and n.current
                    where nd.obligation_id = o.id and not exists (
                      select 1 from delivery d where d.notice_id = n.id
                         and not (d.state = 'cancelled' and d.reason = any(:void)))))
 order by o.key
"""

UNDECIDED = """
select o.key as duty, coalesce(o.count, 0) as people from obligation o
 where o.incident_id = :incident and o.current and coalesce(o.decided_verdict, o.verdict) = 'review' order by o.key
"""

LEGLESS = """
select count(*) from delivery d where d.incident_id = :incident and d.state in ('bounced', 'returned', 'failed')
   and d.recipient_kind <> 'public'
   and not exists (select 1 from delivery n where n.notice_id = d.notice_id and n.recipient_id = d.recipient_id
                                              and n.leg > d.leg)
"""

CODELESS = "select count(*) from delivery where incident_id = :incident and state = 'held' and reason = :no_code"

STATES = "select state, count(*) as n from delivery where incident_id = :incident group by state order by state"
REASONS = """
select state, reason, count(*) as n from delivery
 where incident_id = :incident and state in ('held', 'cancelled', 'failed', 'unknown')
 group by state, reason order by n desc, state, reason limit 50
"""


def status(session: Session, incident: Incident) -> dict[str, Any]:
    """Return people, duties, deliveries by state, what is open, and the gaps, which must be empty to close."""
    keys = {"incident": incident.id, "void": [OUT_OF_SCOPE, WITHDRAWN], "waits": list(WAITING)}
    counts = session.execute(text(COUNTS), keys).one()
    states = {row.state: row.n for row in session.execute(text(STATES), keys)}
    found = gaps(session, incident)
    open_ = sum(states.get(state, 0) for state in (DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.UNKNOWN))
    line = {"scope": counts.scope, "duties": counts.planned, "attempts": counts.tried, "outcomes": counts.ended}
    return {
        "incident": incident.ref, "people": counts.people, "people_under_a_duty": counts.scope,
        "duties": counts.duties, "pairs": counts.pairs,
        "deliveries": {str(state): states.get(state, 0) for state in DeliveryState},
        "reasons": [dict(row._mapping) for row in session.execute(text(REASONS), keys)],
        "paused": [{"channel": one.channel or "all", "since": one.created_at, "by": one.by, "reason": one.reason}
                   for one in pauses(session, incident)],
        "resting": resting(session), "late": late_legs(session, incident),
        "open": open_, "gaps": found, "equality": line, "equal": len(set(line.values())) == 1,
        "settled": not found and not open_,
    }  # fmt: skip


def gaps(session: Session, incident: Incident) -> list[dict[str, Any]]:
    """Return every duty that lacks a delivery or a written reason for somebody: key, how many people, and why."""
    keys = {"incident": incident.id, "void": [OUT_OF_SCOPE, WITHDRAWN], "waits": list(WAITING)}
    found = [_gap(row.duty, row.people, row.has_notice) for row in session.execute(text(GAPS), keys)]
    found += [_gap(row.duty, 0, row.has_notice) for row in session.execute(text(PARTY_GAPS), keys)]
    undecided: Sequence[Any] = session.execute(text(UNDECIDED), keys).all()
    found += [{"duty": row.duty, "people": row.people, "why": "legal hasn't decided it"} for row in undecided]
    if legless := session.execute(text(LEGLESS), keys).scalar_one():
        found.append({"duty": "", "people": legless, "why": "not reached, and no next leg is planned yet"})
    if codeless := session.execute(text(CODELESS), {**keys, "no_code": NO_CODE}).scalar_one():
        found.append({"duty": "", "people": codeless, "why": NO_CODE})
    return found


def _gap(duty: str, people: int, has_notice: bool) -> dict[str, Any]:
    why = "its notice is not planned for them yet" if has_notice else "no notice is drafted for it"
    return {"duty": duty, "people": people, "why": why}


def waiting(session: Session, incident: Incident) -> tuple[int, datetime | None]:
    """Return how many planned deliveries wait for their time, and when the first may go."""
    found = select(func.count(), func.min(col(Delivery.not_before))).where(
        Delivery.incident_id == incident.id, Delivery.state == DeliveryState.PLANNED,
        col(Delivery.not_before) > clock.now(),
    )  # fmt: skip
    count, since = session.exec(found).one()
    return count, since


def equality(state: dict[str, Any]) -> str:
    """Return the line that proves it, from a status."""
    line = state["equality"]
    sign = "=" if state["equal"] else "≠"
    return f" {sign} ".join(f"{name} {n}" for name, n in line.items())
