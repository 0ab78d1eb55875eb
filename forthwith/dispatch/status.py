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

# How far each (duty, person) pair is covered by rows of a notice that fulfils the duty. A million people under thirty
# duties are thirty million pairs: so people of a cohort who have the same rows are counted as one kind, and duties that
# the same notices fulfil as one. A row is written as its notice's number and what it says, in bits: 1 told, 2 under
# way, 4 tried or told or reasoned, 8 reasoned. No row at all: it isn't planned.
COVERAGE = """
with duty as materialized (
  select o.id, o.key from obligation o where o.incident_id = :incident and o.current and o.audience = 'individuals'
     and coalesce(o.decided_verdict, o.verdict) = 'notify'),
numbered as materialized (
  select notice_id, 16 * row_number() over (order by notice_id) as no
    from (select distinct nd.notice_id from notice_duty nd join duty on duty.id = nd.obligation_id) as own),
needs as materialized (
  select duty.id, duty.key, array_remove(array_agg(n.no order by n.no), null) as notices
    from duty left join notice_duty nd on nd.obligation_id = duty.id left join numbered n using (notice_id)
   group by duty.id, duty.key),
asked as materialized (
  select oc.cohort_id, needs.notices, array_agg(needs.id) as duties
    from needs join obligation_cohort oc on oc.obligation_id = needs.id group by oc.cohort_id, needs.notices),
rows_of as (
  select d.recipient_id, array_agg(n.no
         + case when d.state in ('accepted', 'delivered') then 5
                when not d.reason = any(:waits) and d.state in ('held', 'cancelled') then 12
                else case when d.state in ('planned', 'sending', 'unknown') then 2 else 0 end
                   + case when exists (select 1 from attempt a where a.delivery_id = d.id) then 4 else 0 end end
         order by n.no, d.leg) as rows
    from delivery d join numbered n using (notice_id)
   where d.incident_id = :incident and d.recipient_kind = 'person'
     and not (d.state = 'cancelled' and d.reason = any(:void))
   group by d.recipient_id),
kind as materialized (
  select row_number() over () as id, p.cohort_id, r.rows, count(*) as people
    from person p left join rows_of r on r.recipient_id = p.id
   where p.cohort_id in (select cohort_id from asked) group by p.cohort_id, r.rows),
covered as materialized (
  select kind.id, kind.people, asked.duties, count(e) > 0 as planned, coalesce(bit_or(e % 16), 0) as said
    from kind join asked using (cohort_id) left join lateral unnest(kind.rows) as e on e - e % 16 = any(asked.notices)
   group by kind.id, kind.people, asked.cohort_id, asked.notices, asked.duties),
of_kind as (
  select people, sum(cardinality(duties)) * people as pairs, bool_and(planned) as planned,
         bool_and(said & 4 > 0) as tried, bool_and(said & 1 > 0 or said & 10 = 8) as ended
    from covered group by id, people),
gap as (
  select needs.key as duty, sum(people) as people,
         exists (select 1 from notice_duty nd join notice n on n.id = nd.notice_id and n.current
                  where nd.obligation_id = needs.id) as has_notice
    from covered, unnest(duties) as duty_id join needs on needs.id = duty_id
   where not planned group by needs.id, needs.key)
select (select count(*) from person where incident_id = :incident and removed_at is null) as people,
       (select count(*) from obligation o where o.incident_id = :incident and o.current
           and coalesce(o.decided_verdict, o.verdict) = 'notify') as duties,
       cast(coalesce(sum(pairs), 0) as bigint) as pairs, cast(coalesce(sum(people), 0) as bigint) as scope,
       cast(coalesce(sum(people) filter (where planned), 0) as bigint) as planned,
       cast(coalesce(sum(people) filter (where tried), 0) as bigint) as tried,
       cast(coalesce(sum(people) filter (where ended), 0) as bigint) as ended,
       (select coalesce(jsonb_agg(gap order by duty), '[]') from gap) as gaps
  from of_kind
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
select count(*) from delivery d where d.incident_id = :incident and d.untold in ('bounced', 'returned', 'failed')
   and d.recipient_kind <> 'public'
   and not exists (select 1 from delivery n where n.notice_id = d.notice_id and n.recipient_id = d.recipient_id
                                              and n.leg > d.leg)
"""

CODELESS = "select count(*) from delivery where incident_id = :incident and untold = 'held' and reason = :no_code"

STATES = "select state, count(*) as n from delivery where incident_id = :incident group by state order by state"
REASONS = """
select state, reason, count(*) as n from delivery
 where incident_id = :incident and untold in ('held', 'cancelled', 'failed', 'unknown')
 group by state, reason order by n desc, state, reason limit 50
"""


def status(session: Session, incident: Incident) -> dict[str, Any]:
    """Return people, duties, deliveries by state, what is open, and the gaps, which must be empty to close."""
    keys = _keys(incident)
    counts = session.execute(text(COVERAGE), keys).one()
    states = {row.state: row.n for row in session.execute(text(STATES), keys)}
    found = _gaps(session, keys, counts)
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
    keys = _keys(incident)
    return _gaps(session, keys, session.execute(text(COVERAGE), keys).one())


def _keys(incident: Incident) -> dict[str, Any]:
    return {"incident": incident.id, "void": [OUT_OF_SCOPE, WITHDRAWN], "waits": list(WAITING)}


def _gaps(session: Session, keys: dict[str, Any], counts: Any) -> list[dict[str, Any]]:
    """Return the gaps, those of the people being counted already."""
    found = [_gap(one["duty"], one["people"], one["has_notice"]) for one in counts.gaps]
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
        Delivery.incident_id == incident.id, Delivery.untold == DeliveryState.PLANNED,
        col(Delivery.not_before) > clock.now(),
    )  # fmt: skip
    count, since = session.exec(found).one()
    return count, since


def equality(state: dict[str, Any]) -> str:
    """Return the line that proves it, from a status."""
    line = state["equality"]
    sign = "=" if state["equal"] else "≠"
    return f" {sign} ".join(f"{name} {n}" for name, n in line.items())
