"""The SQL of planning. Sets, not loops: the database joins people, duties and wordings."""

ALONE = "select pg_advisory_xact_lock(hashtextextended(:incident, 1))"  # two plans at once would form the same ids
TRY_ALONE = "select pg_try_advisory_xact_lock(hashtextextended(:incident, 1))"

# notices of which a duty to notify stands, or that hang on no duty at all
NEEDED = """
select n.id from notice n where n.incident_id = :incident and n.current
   and (not exists (select 1 from notice_duty d where d.notice_id = n.id)
        or exists (select 1 from notice_duty d join obligation o on o.id = d.obligation_id
                    where d.notice_id = n.id and o.current
                      and coalesce(o.decided_verdict, o.verdict) = 'notify'))
"""

# who gets which notice, and until when: a cohort whose duties were all waived gets none
REACHED = """
reached as (
  select d.notice_id, oc.cohort_id, min(o.due_at) as due_at
    from notice_duty d join obligation o on o.id = d.obligation_id and o.current
     and coalesce(o.decided_verdict, o.verdict) = 'notify' and o.incident_id = :incident
    join obligation_cohort oc on oc.obligation_id = o.id
    join notice_cohort nc on nc.notice_id = d.notice_id and nc.cohort_id = oc.cohort_id
   group by d.notice_id, oc.cohort_id
  union all
  select nc.notice_id, nc.cohort_id, null from notice_cohort nc
    join notice n on n.id = nc.notice_id and n.incident_id = :incident
   where not exists (select 1 from notice_duty d where d.notice_id = nc.notice_id))
"""

# a wish orders the ways of one person anew, where it arrives in time; `dispatch.legs.first_way` chooses alike. Who
# wishes is left out of the many by id and chosen for by themselves: a join of both would be guessed to be small
PICK = f"""
with option as materialized (
  select * from jsonb_to_recordset(cast(:options as jsonb))
    as o(notice_id uuid, rank int, medium text, channel text, language text, variant_id uuid, needs text[])),
{REACHED},
alike as materialized (
  select distinct r.notice_id, p.channels, p.language
    from reached r join person p on p.cohort_id = r.cohort_id where r.notice_id = any(:notices)),
way as materialized (
  select alike.*, best.medium, best.channel, best.variant_id
    from alike left join lateral (
      select * from option o where o.notice_id = alike.notice_id and cast(alike.channels as text[]) @> o.needs
       order by o.rank, o.language <> alike.language,
                split_part(o.language, '-', 1) <> split_part(alike.language, '-', 1),
                o.language <> 'en', o.language limit 1) best on true),
wish as materialized (
  select * from jsonb_to_recordset(cast(:wishes as jsonb)) as w(person_id uuid, medium text, language text)),
chosen as (
  select r.notice_id, p.id as person_id, r.due_at, way.medium, way.channel, way.variant_id, false as wished,
         p.channels && n.media as held
    from reached r join notice n on n.id = r.notice_id and n.party_id is null
    join person p on p.cohort_id = r.cohort_id and p.id <> all(cast(:wishers as uuid[]))
    join way on way.notice_id = r.notice_id and way.channels = p.channels and way.language = p.language
  union all
  select r.notice_id, p.id, r.due_at, best.medium, best.channel, best.variant_id, best.variant_id <> way.variant_id,
         p.channels && n.media
    from wish w join person p on p.id = w.person_id
    join reached r on r.cohort_id = p.cohort_id
    join notice n on n.id = r.notice_id and n.party_id is null
    join way on way.notice_id = r.notice_id and way.channels = p.channels and way.language = p.language
    left join lateral (
      select * from option o where o.notice_id = r.notice_id and cast(p.channels as text[]) @> o.needs
       order by o.medium = w.medium and (r.due_at is null or r.due_at >= cast(:now as timestamptz)
                  + case when o.medium = 'letter' then cast(:post as interval) else interval '0' end) desc,
                o.rank, w.language <> '' and split_part(o.language, '-', 1) <> split_part(w.language, '-', 1),
                o.language <> p.language, split_part(o.language, '-', 1) <> split_part(p.language, '-', 1),
                o.language <> 'en', o.language limit 1) best on true),
pick as (
  select notice_id, person_id, due_at, medium, channel, variant_id,
         case when variant_id is null or notice_id = any(:waiting) then 'held' else 'planned' end as state,
         case when variant_id is not null
              then case when notice_id = any(:waiting) then :waits when wished then :wished end
              when held then :no_wording else :no_channel end as reason
    from chosen)
"""

# the id is that of `models.delivery.delivery_id`
INSERT_PEOPLE = f"""
{PICK},
made as (
  insert into delivery (id, created_at, incident_id, notice_id, variant_id, recipient_kind, recipient_id, leg,
                        medium, channel, address_index, state, reason, due_at, state_at)
  select cast(encode(substring(sha256(convert_to(concat_ws(':', notice_id, person_id, 1), 'UTF8')) for 16), 'hex')
              as uuid), :now, :incident, notice_id, variant_id, 'person', person_id, 1,
         coalesce(medium, 'none'), coalesce(channel, 'none'), 0, state, reason, due_at, :now from pick
  on conflict do nothing returning state)
select count(*) filter (where state = 'planned') as planned, count(*) filter (where state = 'held') as held from made
"""

# rows that nobody tried yet follow the plan: a new address, a new wording, a lifted hold
MEND_PEOPLE = f"""
{PICK}
update delivery d
   set variant_id = pick.variant_id, medium = coalesce(pick.medium, 'none'),
       channel = coalesce(pick.channel, 'none'), state = pick.state, reason = pick.reason, due_at = pick.due_at,
       state_at = :now
  from pick
 where d.notice_id = pick.notice_id and d.recipient_id = pick.person_id and d.leg = 1
   and (d.state = 'planned' or (d.state in ('held', 'cancelled') and d.reason = any(:liftable)))
   and (d.variant_id, d.medium, d.channel, d.state, d.reason, d.due_at) is distinct from
       (pick.variant_id, coalesce(pick.medium, 'none'), coalesce(pick.channel, 'none'), pick.state, pick.reason,
        pick.due_at)
   and not exists (select 1 from attempt a where a.delivery_id = d.id)
"""

# rows that were tried, or stand on a later leg, keep their medium but take the newest approved wording
MEND_WORDING = """
update delivery d set variant_id = newer.id
  from variant older, variant newer
 where d.incident_id = :incident and d.state in ('planned', 'held') and d.variant_id = older.id
   and not older.current and newer.current and newer.notice_id = older.notice_id
   and newer.language = older.language and newer.medium = older.medium and newer.notice_id = any(:notices)
"""

CANCEL_WITHDRAWN = f"""
update delivery d set state = 'cancelled', reason = :withdrawn, state_at = :now
 where d.incident_id = :incident and d.state in ('planned', 'held') and d.notice_id not in ({NEEDED})
"""

CANCEL_OUT_OF_SCOPE = f"""
with {REACHED}
update delivery d set state = 'cancelled', reason = :scope, state_at = :now
 where d.incident_id = :incident and d.recipient_kind = 'person' and d.state in ('planned', 'held')
   and not exists (select 1 from person p join reached r on r.cohort_id = p.cohort_id
                    where p.id = d.recipient_id and r.notice_id = d.notice_id)
"""
