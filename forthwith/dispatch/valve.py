"""What all senders share about a channel, in one row: its pace, the rest that its provider asked for, its breaker.

The pace runs by the database's own clock, since senders on several machines agree on no other to the millisecond. No
transaction stays open while somebody waits or calls.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import Session

from forthwith import clock, db
from forthwith.dispatch.settling import BUSY
from forthwith.dispatch.states import NOT_HANDED_OVER
from forthwith.settings import settings
from models import Outcome, Refused, Unknown, new_id

LONGEST = 3600.0  # seconds that a breaker stays open, at the most

ADD = text("""
insert into channel_state (id, created_at, channel, failures, openings, why)
values (:id, clock_timestamp(), :channel, 0, 0, '') on conflict (channel) do nothing
""")

LOOK = text("""
select failures, openings, why, open_until is not null as broken,
       coalesce(extract(epoch from rests_until - :now), 0) as rest,
       coalesce(extract(epoch from open_until - :now), 0) as open,
       coalesce(extract(epoch from probe_until - :now), 0) as probe
  from channel_state where channel = :channel
""")

# the open breaker lets one call through, of one sender
PROBE = text("""
update channel_state set probe_until = :now + make_interval(secs => :lease)
 where channel = :channel and open_until <= :now and (probe_until is null or probe_until < :now) returning 1
""")

# the next free moment is taken only by whoever can wait for it: a turn that is not used is nobody's loss. A crash may
# forget it: nobody waits for the disk
TAKE = text("""
with quick as materialized (select set_config('synchronous_commit', 'off', true))
update channel_state
   set next_at = greatest(next_at, clock_timestamp()) + make_interval(secs => :step)
  from quick
 where channel = :channel
   and greatest(next_at, clock_timestamp()) <= clock_timestamp() + make_interval(secs => :longest)
returning extract(epoch from next_at - clock_timestamp()) - :step as wait
""")

REST = text("""
update channel_state
   set rests_until = greatest(rests_until, :now + make_interval(secs => :seconds)), why = :why
 where channel = :channel
""")

WELL = text("""
update channel_state set failures = 0, openings = 0, open_until = null, probe_until = null, why = ''
 where channel = :channel and (failures > 0 or openings > 0 or open_until is not null)
""")

ILL = text("""
update channel_state set failures = failures + :failures, why = :why where channel = :channel returning failures
""")

# late answers of calls that went out before it opened don't open it again
OPEN = text("""
update channel_state
   set openings = openings + 1, probe_until = null,
       open_until = :now + make_interval(secs => least(:pause * power(2, least(openings, 20)), :longest))
 where channel = :channel and (open_until is null or open_until <= :now)
""")

ALL = text("""
select channel, failures, openings, why, open_until is not null as open,
       greatest(rests_until, open_until) as until from channel_state
 where open_until is not null or rests_until > :now order by channel
""")


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether a channel may be used now. `closed` tells why not; `most` how many calls, where it is on trial."""

    closed: str = ""
    most: int | None = None
    failures: int = 0


@dataclass(slots=True)
class Valve:
    """One channel, as this sender and all others use it. `per_second` 0 means: no limit."""

    channel: str
    per_second: float = 0.0
    _sick: bool = False
    _known: bool = field(default=False)

    def leave(self) -> Leave:
        """Return whether the channel may be used now. Where its breaker was open long enough, one call is tried."""
        found = self._one(LOOK)
        if found is None:
            self._run(ADD, id=new_id())
            return Leave()
        self._sick = bool(found.failures or found.openings)
        if found.rest > 0:
            return Leave(f"the provider asks us to wait {_span(found.rest)} ({found.why})")
        if not found.broken:
            return Leave(failures=found.failures)
        if found.open > 0 or not self._one(PROBE, lease=float(settings().lease_seconds)):
            left = max(found.open, found.probe, 0.0)
            return Leave(f"{found.failures} calls in a row failed ({found.why}): it is tried again in {_span(left)}")
        return Leave(most=1, failures=found.failures)

    def wait(self, longest: float) -> bool:
        """Wait for this channel's next turn; return whether one comes within `longest` seconds."""
        if not self.per_second:
            return True
        if not self._known:
            self._run(ADD, id=new_id())
            self._known = True
        turn = self._one(TAKE, step=1.0 / self.per_second, longest=max(longest, 0.0))
        if turn is None:
            return False
        if turn.wait > 0:
            time.sleep(float(turn.wait))
        return True

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Tell all senders how a batch's calls ended, in their order. One answer about a message shows it is well."""
        called = [one for one in outcomes if not _uncalled(one)]
        worst = next((one for one in called if isinstance(one, Refused) and one.retry_after >= BUSY), None)
        if worst is not None:
            self._run(REST, seconds=worst.retry_after, why=worst.reason)
        last, fine = _last_row(called)
        if fine and self._sick:
            self._run(WELL)
        if last:
            self._fail(last)

    def _fail(self, failures: list[Refused | Unknown]) -> None:
        """Count failures in a row; open the breaker where they are too many, for longer each time."""
        self._sick = True
        counted = self._one(ILL, failures=len(failures), why=failures[-1].reason)
        if counted and counted.failures >= settings().breaker_after:
            self._run(OPEN, pause=settings().breaker_pause, longest=LONGEST)

    def _one(self, statement: TextClause, **keys: object) -> Any:
        with db.alone() as connection:
            return connection.execute(statement, {"channel": self.channel, "now": clock.now(), **keys}).first()

    def _run(self, statement: TextClause, **keys: object) -> None:
        with db.alone() as connection:
            connection.execute(statement, {"channel": self.channel, "now": clock.now(), **keys})


def resting(session: Session) -> list[dict[str, Any]]:
    """Return the channels that are left alone now, until when, and why."""
    return [dict(row._mapping) for row in session.execute(ALL, {"now": clock.now()})]


def failed(outcome: Outcome) -> bool:
    """Return whether a call shows the provider as a whole unwell: no answer, or a refusal that isn't the message's."""
    if isinstance(outcome, Unknown):
        return True
    return isinstance(outcome, Refused) and (outcome.stop or outcome.retry_after >= BUSY)


def _uncalled(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.reason == NOT_HANDED_OVER


def _last_row(called: list[Outcome]) -> tuple[list[Refused | Unknown], bool]:
    """Return the failures at the end of a row of calls, and whether any call before them was answered."""
    last: list[Refused | Unknown] = []
    for one in reversed(called):
        if not failed(one):
            return last, True
        assert isinstance(one, Refused | Unknown)
        last.insert(0, one)
    return last, False


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
