"""Tell people day by day, as many as the call centre can take; the earliest deadline first, and none after its own."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.dispatch.quiet import LOUD
from forthwith.dispatch.zones import calling_hours
from forthwith.settings import settings
from models import Incident, Refusal, WavePlan

NO_DAYS = timedelta(hours=2)  # between the beginning of the last wave and its deadline, for the sending itself
LOUD_DAYS = timedelta(hours=24)  # the same for texts and calls: in any place of the world it is day once by then
MOST = 3650  # days: a wave that lasts longer is a mistake

# the first legs of people that nobody tried yet: those are the people who will call
FRESH = """
from delivery d where d.incident_id = :incident and d.untold = 'planned' and d.recipient_kind = 'person' and d.leg = 1
  and not exists (select 1 from attempt a where a.delivery_id = d.id)
"""

COUNTS = f"select due_at, count(*) as n, bool_or(d.medium = any(:loud)) as loud {FRESH} group by due_at order by due_at"

USED = """
select count(*) from attempt a join delivery d on d.id = a.delivery_id
 where a.incident_id = :incident and a.n = 1 and a.started_at >= :since and d.recipient_kind = 'person' and d.leg = 1
"""

# `bounds`: the place in its queue at which each wave begins; `starts`: when that wave goes
LAY = f"""
with wave as (
  select coalesce(due, 'infinity') as due, bounds, starts from jsonb_to_recordset(cast(:waves as jsonb))
    as w(due timestamptz, bounds bigint[], starts timestamptz[])),
queue as (
  select d.id, coalesce(d.due_at, 'infinity') as due,
         row_number() over (partition by d.due_at order by d.id) as place {FRESH}),
laid as (
  select queue.id, wave.starts[width_bucket(queue.place, wave.bounds)] as start
    from queue join wave on wave.due = queue.due)
update delivery d set not_before = laid.start from laid
 where d.id = laid.id and d.not_before is distinct from laid.start
"""

LIFT = f"update delivery set not_before = null where not_before is not null and id in (select d.id {FRESH})"


@dataclass(frozen=True, slots=True)
class Queue:
    """How many people must be told until one deadline. `margin`: how long before it their last wave must begin."""

    due: datetime | None
    people: int
    margin: timedelta = NO_DAYS


@dataclass(slots=True)
class Spread:
    """Which waves go when. `starts`: by queue, the waves with their sizes; None: at once, whatever the capacity."""

    per_day: int
    waves: list[list[tuple[datetime | None, int]]] = field(default_factory=list)
    days: dict[datetime | None, int] = field(default_factory=dict)  # people by beginning of the wave
    over: list[Queue] = field(default_factory=list)  # the queues that capacity can't hold

    @property
    def most(self) -> int:
        """How many people the fullest day has."""
        return max(self.days.values(), default=0)


class Days:
    """The beginnings of days, from now on: today at once, later ones when the calling hours begin."""

    def __init__(self, now: datetime, zone: str) -> None:
        self.now, self._zone = now, ZoneInfo(zone)
        self._day, self._start = now.astimezone(self._zone).date(), calling_hours().start

    def start(self, n: int) -> datetime:
        """Return when wave `n` may begin."""
        day = datetime.combine(self._day + timedelta(days=n), time(), self._zone)
        opening = (day.replace(tzinfo=None) + timedelta(seconds=self._start)).replace(tzinfo=self._zone)
        return max(opening, self.now) if n == 0 else opening

    def when(self, n: int) -> datetime | None:
        """Return what a delivery of wave `n` waits for; None where it may go now."""
        start = self.start(n)
        return start if start > self.now else None

    def midnight(self) -> datetime:
        """Return when today began."""
        return datetime.combine(self._day, time(), self._zone)

    def until(self, queue: Queue) -> int:
        """Return how many waves may begin before a deadline; a very large number where there is none."""
        if queue.due is None:
            return MOST
        last, n = queue.due - queue.margin, max(0, min(MOST, (queue.due - self.now).days + 2))
        while n and self.start(n - 1) > last:
            n -= 1
        return n


def in_order(queues: Sequence[Queue]) -> list[Queue]:
    """Return queues with the earliest deadline first; those without one last."""
    return sorted(queues, key=lambda one: one.due or datetime.max.replace(tzinfo=UTC))


def spread(queues: Sequence[Queue], per_day: int, days: Days, used: int = 0) -> Spread:
    """Spread people over days. Where capacity can't hold a deadline the deadline wins, evenly over its days."""
    made, loads = Spread(per_day), [used]
    for queue in in_order(queues):
        within = days.until(queue)
        shares = _filled(loads, queue.people, per_day, within)
        if left := queue.people - sum(shares.values()):
            made.over.append(queue)
            _crammed(shares, loads, left, within)
        made.waves.append([(days.when(n) if within else None, shares[n]) for n in sorted(shares)])
    made.days = _by_day(made)
    return made


def _filled(loads: list[int], people: int, per_day: int, within: int) -> dict[int, int]:
    """Fill what room the days still have, the earliest first."""
    shares: dict[int, int] = {}
    for n in range(within):
        if not people:
            break
        if n == len(loads):
            loads.append(0)
        if room := min(people, max(0, per_day - loads[n])):
            shares[n], loads[n], people = room, loads[n] + room, people - room
    return shares


def _crammed(shares: dict[int, int], loads: list[int], left: int, within: int) -> None:
    """Add those for whom there is no room, evenly over the days until their deadline; at once where there is none."""
    days = max(1, within)
    for n in range(days):
        more = left // days + (n < left % days)
        if more:
            shares[n], loads[n] = shares.get(n, 0) + more, loads[n] + more


def _by_day(made: Spread) -> dict[datetime | None, int]:
    found: dict[datetime | None, int] = {}
    for waves in made.waves:
        for start, people in waves:
            found[start] = found.get(start, 0) + people
    return found


def capacity(session: Session, incident: Incident) -> int | None:
    """Return how many people may be told a day: as said for the incident, else by the settings; None: all at once."""
    own = _plan(session, incident.id)
    if own and own.per_day:
        return own.per_day
    ours = settings()
    if ours.wave:
        return ours.wave
    if ours.calls_per_day and ours.share_who_call:
        return max(1, int(ours.calls_per_day / ours.share_who_call))
    return None


def set_capacity(session: Session, incident: Incident, per_day: int) -> None:
    """Say for one incident how many people are told a day; 0: as the settings say. Planned waves are laid anew."""
    if per_day < 0:
        raise Refusal("A day can't take fewer than no people.", "Give --per-day 1 or more; 0 as the settings say.")
    own = _plan(session, incident.id) or WavePlan(incident_id=incident.id)
    own.per_day = per_day or None
    session.add(own)
    session.flush()
    lay(session, incident)


def lay(session: Session, incident: Incident) -> Spread | None:
    """Give each person that nobody tried yet the day of their wave; None where all go at once."""
    per_day, own = capacity(session, incident), _plan(session, incident.id)
    keys = {"incident": incident.id, "loud": list(LOUD)}
    if per_day is None:
        if own and own.laid:
            session.execute(text(LIFT), keys)
            own.laid = False
            session.flush()
        return None
    queues = [
        Queue(row.due_at, row.n, LOUD_DAYS if row.loud else NO_DAYS) for row in session.execute(text(COUNTS), keys)
    ]
    days = Days(clock.now(), settings().timezone)
    made = spread(queues, per_day, days, used_today(session, incident.id, days))
    session.execute(text(LAY), {**keys, "waves": json.dumps(_rows(queues, made))})
    own = own or WavePlan(incident_id=incident.id)
    own.laid = True
    session.add(own)
    session.flush()
    return made


def used_today(session: Session, incident_id: uuid.UUID, days: Days) -> int:
    """Return how many people were told today already."""
    keys = {"incident": incident_id, "since": days.midnight()}
    return int(session.execute(text(USED), keys).scalar_one())


def _rows(queues: Sequence[Queue], made: Spread) -> list[dict[str, object]]:
    """Return the waves as the statement takes them: where in its queue each begins, and when it goes."""
    rows: list[dict[str, object]] = []
    for queue, waves in zip(in_order(queues), made.waves, strict=True):
        bounds, place = [], 1
        for _, people in waves:
            bounds.append(place)
            place += people
        starts = [start.isoformat() if start else None for start, _ in waves]
        rows.append({"due": queue.due.isoformat() if queue.due else None, "bounds": bounds, "starts": starts})
    return rows


def _plan(session: Session, incident_id: uuid.UUID) -> WavePlan | None:
    return session.exec(select(WavePlan).where(col(WavePlan.incident_id) == incident_id)).first()
