"""Write down what became of a batch, in one commit. What came in meanwhile from a webhook stands."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from forthwith import clock, db
from forthwith.dispatch.claiming import BY_ID, Claim
from forthwith.dispatch.states import NOT_HANDED_OVER
from models import Accepted, DeliveryState, Medium, Outcome, Refused

TRIES = 8  # refusals for now of one delivery, before it takes the next leg
BUSY = 1.0  # seconds: who asks for this much is busy as a whole; it is no fault of the delivery
FIRST_WAIT, LONGEST_WAIT, HALTED = 15.0, 900.0, 60.0  # seconds

# what became of each, and where all came to the same: that, once
EACH = """
select * from unnest(cast(:ids as uuid[]), cast(:attempts as uuid[]), cast(:states as text[]), cast(:reasons as text[]),
                     cast(:refs as text[]), cast(:owns as text[]), cast(:waits as timestamptz[]),
                     cast(:outcomes as text[]), cast(:details as text[]))
              as k(id, attempt, state, reason, ref, own, not_before, outcome, detail)
"""
ALIKE = """
select id, attempt, cast(:state as text) as state, cast(:reason as text) as reason, cast(:ref as text) as ref,
       cast(:own as text) as own, cast(:wait as timestamptz) as not_before, cast(:outcome as text) as outcome,
       cast(:detail as text) as detail
  from unnest(cast(:ids as uuid[]), cast(:attempts as uuid[])) as k(id, attempt)
"""

# news of acceptance is never thrown away, even where the lease was lost; a refusal counts only while the row is ours
SETTLE = """
with k as ({told}),
over as (delete from lease where id in (select id from lease where id = :lease for update skip locked)),
ended as (
  update attempt a set ended_at = :now, outcome = k.outcome, detail = k.detail, provider_ref = nullif(k.ref, '')
    from k where a.id = k.attempt),
moved as (
  update delivery d
     set state = k.state, reason = k.reason, state_at = :now, not_before = k.not_before,
         provider_ref = coalesce(nullif(k.own, ''), d.provider_ref),
         claimed_by = case when k.state = 'unknown' then d.claimed_by end,
         claimed_until = case when k.state = 'unknown' then :now end
    from k
   where d.id = k.id
     and (case when k.state in ('accepted', 'delivered') then d.state in ('sending', 'unknown', 'planned')
               else d.claimed_by = :worker and d.state = 'sending' end)
  returning d.state)
select state, count(*) as n from moved group by state
"""

SETTLE_ALIKE, SETTLE_EACH = (text(SETTLE.format(told=told)) for told in (ALIKE, EACH))

# a webhook was quicker than the answer: keep its state, add the reference
REFER = """
update delivery d set provider_ref = k.ref
  from unnest(cast(:ids as uuid[]), cast(:refs as text[])) as k(id, ref)
 where d.id = k.id and k.ref <> '' and d.provider_ref is null
"""

REFUSALS = """
select delivery_id, count(*) as n from attempt
 where delivery_id = any(:ids) and outcome = 'refused' and detail not like 'channel: %' and detail <> :free
 group by delivery_id
"""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one delivery becomes."""

    state: str
    reason: str | None = None
    reference: str = ""
    not_before: datetime | None = None


def settle(session: Session, claim: Claim, outcomes: Mapping[str, Outcome], medium: str) -> Counter[str]:
    """Write the outcomes of a batch; return how many deliveries came to which state."""
    now = clock.now()
    told = [outcomes[row.key] for row in claim.rows]
    refused = _refusals(session, claim, told)
    ends: dict[tuple[int, int], Settlement] = {}  # the messages of one request share its outcome, the very object
    made = []
    for row, outcome in zip(claim.rows, told, strict=True):
        before = refused[row.delivery_id]
        if (found := ends.get((id(outcome), before))) is None:
            found = ends[id(outcome), before] = settlement(outcome, before, medium, now)
        made.append(found)
    return _write(session, claim, told, made, now) + Counter(claim.aside.values())


def settlement(outcome: Outcome, refused_before: int, medium: str, now: datetime) -> Settlement:
    """Return what an outcome makes of a delivery that was refused `refused_before` times."""
    match outcome:
        case Accepted(reference):
            published = medium == Medium.WEB  # a page that stands has arrived
            return Settlement(DeliveryState.DELIVERED if published else DeliveryState.ACCEPTED, None, reference)
        case Refused(reason, permanent=permanent) if permanent or (_counts(outcome) and refused_before + 1 >= TRIES):
            return Settlement(DeliveryState.FAILED, reason)
        case Refused(reason):
            return Settlement(DeliveryState.PLANNED, reason, "", now + wait(outcome, refused_before))
        case _:
            return Settlement(DeliveryState.UNKNOWN, outcome.reason)


def _counts(outcome: Refused) -> bool:
    """Return whether a refusal is about this delivery, and not about the channel as a whole."""
    return not outcome.stop and outcome.reason != NOT_HANDED_OVER and outcome.retry_after < BUSY


def wait(outcome: Refused, refused_before: int) -> timedelta:
    """Return how long a refused delivery waits: as the provider says, else longer each time."""
    if not _counts(outcome):
        return timedelta(seconds=pause(outcome))
    return timedelta(seconds=outcome.retry_after or min(FIRST_WAIT * 2**refused_before, LONGEST_WAIT))


def pause(outcome: Refused) -> float:
    """Return the seconds that a batch waits for its channel: none where only the lease ran out."""
    return outcome.retry_after or (HALTED if outcome.stop else 0.0)


def _refusals(session: Session, claim: Claim, told: Sequence[Outcome]) -> Counter[bytes]:
    """Return how often each delivery that is refused now was really refused before."""
    ids = db.Ids(row.delivery_id for row, one in zip(claim.rows, told, strict=True) if isinstance(one, Refused))
    rows = session.execute(text(REFUSALS), {"ids": ids, "free": NOT_HANDED_OVER}) if ids else ()
    return Counter({row.delivery_id.bytes: row.n for row in rows})


def detail(outcome: Outcome) -> str:
    """Return an attempt's note. What is the channel's fault is marked, and not counted against the delivery."""
    if isinstance(outcome, Accepted):
        return ""
    ours = isinstance(outcome, Refused) and not outcome.permanent and not _counts(outcome)
    return f"channel: {outcome.reason}" if ours and outcome.reason != NOT_HANDED_OVER else outcome.reason


def _write(
    session: Session, claim: Claim, told: Sequence[Outcome], made: Sequence[Settlement], now: datetime
) -> Counter[str]:  # fmt: skip
    """Write how each call ended, and the new states, each only where it is still news."""
    if not made:
        return Counter()
    ids = db.Ids(row.delivery_id for row in claim.rows)
    keys: dict[str, Any] = {
        "ids": ids, "attempts": db.Ids(row.attempt_id for row in claim.rows), "now": now, "worker": claim.worker,
        "lease": claim.lease,
    }  # fmt: skip
    session.execute(BY_ID)
    alike = len({id(one) for one in told}) == len({id(one) for one in made}) == 1
    rows = session.execute(SETTLE_ALIKE if alike else SETTLE_EACH, {**keys, **(_alike if alike else _each)(told, made)})
    counts = Counter({row.state: row.n for row in rows})
    if counts.total() < len(ids):  # what was written already has its reference, and keeps it
        _refer(session, dict(zip(ids, _own(made), strict=True)))
    return counts


def _alike(told: Sequence[Outcome], made: Sequence[Settlement]) -> dict[str, Any]:
    """Return what all came to."""
    one, outcome = made[0], told[0]
    return {
        "state": one.state, "reason": one.reason, "ref": one.reference, "own": _own(made)[0], "wait": one.not_before,
        "outcome": type(outcome).__name__.lower(), "detail": _noted(outcome),
    }  # fmt: skip


def _each(told: Sequence[Outcome], made: Sequence[Settlement]) -> dict[str, Any]:
    """Return what each came to."""
    return {
        "states": [one.state for one in made], "reasons": [one.reason for one in made],
        "refs": [one.reference for one in made], "owns": _own(made), "waits": [one.not_before for one in made],
        "outcomes": [type(outcome).__name__.lower() for outcome in told],
        "details": [_noted(outcome) for outcome in told],
    }  # fmt: skip


def _own(made: Sequence[Settlement]) -> list[str]:
    """Return each delivery's reference where it names that delivery alone: a whole request's names nobody."""
    named = Counter(one.reference for one in made)
    return [one.reference if named[one.reference] == 1 else "" for one in made]


def _noted(outcome: Outcome) -> str | None:
    return None if isinstance(outcome, Accepted) else detail(outcome)


def _refer(session: Session, references: Mapping[bytes, str]) -> None:
    """Write the provider's references of rows that a webhook moved before the answer came."""
    if references:
        session.execute(text(REFER), {"ids": db.Ids(references), "refs": list(references.values())})
