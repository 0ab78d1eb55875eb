"""What the plan will cost and when it will be done, against each deadline: told before legal approves.

Prices and rates are the organisation's own, from the settings. What isn't known is said to be unknown, never guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlmodel import Session

from forthwith import clock
from forthwith.channels import Merging
from forthwith.channels import channel as channel_named
from forthwith.dispatch import remedies, waves
from forthwith.dispatch.arriving import takes, too_late
from forthwith.dispatch.outlook import Load, NoticePlan, outlook
from forthwith.dispatch.quiet import LOUD, loud
from forthwith.dispatch.sending import rate
from forthwith.dispatch.states import NO_CODE
from forthwith.dispatch.waves import LOUD_DAYS, NO_DAYS, Days, Queue, Spread
from forthwith.dispatch.zones import place_of
from forthwith.settings import settings
from models import Incident, Medium, Refusal, Variant


class Wave(NamedTuple):
    """The last wave of one deadline: when it begins, and how many people it has."""

    start: datetime
    people: int


@dataclass(frozen=True, slots=True)
class ChannelForecast:
    """What one channel has to carry. `per_second`: messages, 0 no limit, None: it isn't set up, so nobody knows."""

    channel: str
    medium: str
    messages: int
    per_second: float | None
    price: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class DeadlineForecast:
    """When the last of those who must be told until one deadline will have been told."""

    due_at: datetime | None
    people: int
    ends_at: datetime | None  # None: a channel isn't set up
    in_time: bool | None


@dataclass(slots=True)
class Forecast:
    """The plan, its cost and its end."""

    notices: list[NoticePlan]
    channels: list[ChannelForecast] = field(default_factory=list)
    deadlines: list[DeadlineForecast] = field(default_factory=list)
    waves: dict[str, Any] | None = None
    remedy: dict[str, Any] | None = None
    currency: str = ""
    cost: Decimal | None = None  # None where a price is not set
    warnings: list[str] = field(default_factory=list)


def forecast(session: Session, incident: Incident) -> Forecast:
    """Return what sending the current notices will take. Reads counts alone; calls no provider."""
    seen = outlook(session, incident)
    made = Forecast(seen.notices, currency=settings().currency)
    made.channels = _channels(session, seen.loads)
    prices = [one.cost for one in made.channels if one.messages]
    made.cost = None if None in prices else sum((one for one in prices if one is not None), Decimal(0))
    spread = _waves(session, incident, seen.loads, made)
    made.deadlines = _deadlines(seen.loads, made.channels, spread)
    _remedy(session, incident, seen.loads, made)
    _warn(seen.loads, made)
    return made


def _channels(session: Session, loads: Sequence[Load]) -> list[ChannelForecast]:
    """Return what each channel carries, at what rate and price."""
    counts: dict[tuple[str, str], list[Load]] = defaultdict(list)
    for load in loads:
        counts[(load.channel, load.medium)].append(load)
    return [_channel(session, *key, counts[key]) for key in sorted(counts)]


def _channel(session: Session, name: str, medium: str, loads: Sequence[Load]) -> ChannelForecast:
    price = settings().prices.get(name)
    messages = sum(load.people for load in loads)
    billed = sum(load.people * _parts(session, load) for load in loads) if medium == Medium.SMS else messages
    return ChannelForecast(name, medium, messages, per_second(name), price, None if price is None else price * billed)


def _parts(session: Session, load: Load) -> int:
    """Return how many text messages a wording takes, as drafting counted them: each of them is paid for."""
    told = session.get_one(Variant, load.variant_id).lint.get("sms") or {}
    return int(told.get("parts") or 1)


def per_second(name: str) -> float | None:
    """Return how many messages a second a channel takes; None where it isn't set up."""
    try:
        made = channel_named(name)
    except Refusal:
        return settings().rates.get(name)
    many = made.unit if isinstance(made, Merging) and made.merges else 1
    return rate(made) * many


def _waves(session: Session, incident: Incident, loads: Sequence[Load], made: Forecast) -> Spread | None:
    """Spread the people over days as planning will; say where capacity can't hold a deadline."""
    per_day = waves.capacity(session, incident)
    if per_day is None:
        return None
    days = Days(clock.now(), settings().timezone)
    spread = waves.spread(_queues(loads), per_day, days, waves.used_today(session, incident.id, days))
    made.waves = {
        "per_day": per_day, "fullest_day": spread.most,
        "days": [{"from": start, "people": people} for start, people in spread.days.items()],
    }  # fmt: skip
    for queue in spread.over:
        made.warnings.append(
            f"{per_day} people a day can't hold the deadline of {_at(queue.due)} for {queue.people} people: the "
            f"deadline wins, with up to {spread.most} people a day"
        )
    return spread


def _queues(loads: Sequence[Load]) -> list[Queue]:
    """Return how many people must be told until each deadline."""
    found: dict[datetime | None, list[Load]] = defaultdict(list)
    for load in loads:
        if load.to_people:
            found[load.due_at].append(load)
    made = [
        Queue(due, sum(one.people for one in some), LOUD_DAYS if any(one.medium in LOUD for one in some) else NO_DAYS)
        for due, some in found.items()
    ]
    return waves.in_order(made)


def _deadlines(
    loads: Sequence[Load], channels: Sequence[ChannelForecast], spread: Spread | None
) -> list[DeadlineForecast]:  # fmt: skip
    """Return the end of each deadline's messages: the earliest deadline goes first, by each channel at its rate."""
    rates = {one.channel: one.per_second for one in channels}
    last = _last_waves(loads, spread)
    carried: dict[str, int] = defaultdict(int)
    found = []
    for due in sorted({load.due_at for load in loads}, key=lambda at: (at is None, at or clock.now())):
        own = [load for load in loads if load.due_at == due]
        ends = _ends(own, rates, carried, last.get(due) or Wave(clock.now(), 0))
        in_time = None if ends is None else due is None or ends <= due
        found.append(DeadlineForecast(due, sum(load.people for load in own), ends, in_time))
    return found


def _last_waves(loads: Sequence[Load], spread: Spread | None) -> dict[datetime | None, Wave]:
    """Return the last wave of each deadline."""
    if spread is None:
        return {}
    waved = zip(_queues(loads), spread.waves, strict=True)
    return {queue.due: Wave(some[-1][0] or clock.now(), some[-1][1]) for queue, some in waved if some}


def _ends(
    own: Sequence[Load], rates: dict[str, float | None], carried: dict[str, int], last: Wave
) -> datetime | None:  # fmt: skip
    """Return when the last of one deadline's messages will have gone; None where a rate isn't known."""
    ends: list[datetime | None] = []
    for channel in sorted({load.channel for load in own}):
        some, speed = [load for load in own if load.channel == channel], rates.get(channel)
        carried[channel] += sum(load.people for load in some)
        if speed is None:
            return None
        wave = min(last.people, sum(load.people for load in some))
        ends += [clock.now() + _busy(carried[channel], speed), last.start + _busy(wave, speed)]
        ends += [_by_day(load, speed, last.start) for load in some]
    return max((one for one in ends if one is not None), default=None)


def _busy(messages: int, speed: float) -> timedelta:
    """Return how long messages take at a rate; nothing where there is no limit."""
    return timedelta(seconds=messages / speed) if speed else timedelta(0)


def _by_day(load: Load, speed: float, start: datetime) -> datetime | None:
    """Return when the people of one place are told, where a message may come by day alone."""
    if not loud(load.medium, load.channel):
        return None
    return place_of(*load.place).after(start, _busy(load.people, speed))


def _remedy(session: Session, incident: Incident, loads: Sequence[Load], made: Forecast) -> None:
    """Say whether the codes of a remedy suffice."""
    telling = remedies.telling(session, incident)
    needed = sum(load.people for load in loads if load.variant_id in telling and load.to_people)
    pools = remedies.stock(session, incident)
    if not needed and not pools:
        return
    free = sum(pool["free"] for pool in pools)
    made.remedy = {"needed": needed, "free": free, "short": max(0, needed - free), "pools": pools}
    if needed > free:
        made.warnings.append(
            f"the codes of the remedy are {needed - free} short: as many people are held, with {NO_CODE!r}"
        )


def _warn(loads: Sequence[Load], made: Forecast) -> None:
    """Say what legal should know of time and money."""
    for one in made.deadlines:
        if one.in_time is False:
            made.warnings.append(
                f"{one.people} people of the deadline {_at(one.due_at)} are told by {_at(one.ends_at)}: too late"
            )
    made.warnings += _slow_legs(made.notices)
    unset = sorted({one.channel for one in made.channels if one.per_second is None})
    made.warnings += [f"channel {name} isn't set up: nobody can say when it will be done" for name in unset]
    if asleep := sum(load.people for load in loads if _at_night(load)):
        wins = settings().deadline_over_calling_hours
        made.warnings.append(
            f"the deadline of {asleep} people falls at night where they live: "
            + ("texts may come then" if wins else "no text comes then, it must go before the evening")
        )


def _slow_legs(plans: Sequence[NoticePlan]) -> list[str]:
    """Say which next legs come too late, whoever needs them: a line each medium and deadline, not each notice."""
    late = Counter[tuple[datetime, str]]()
    for plan in plans:
        for leg in plan.legs:
            if plan.due_at and leg.leg > 1 and takes(leg.medium) and too_late(leg.medium, plan.due_at):
                late[plan.due_at, leg.medium] += leg.people
    return [
        f"{people:,} people have the {medium} as their next way, where an earlier one fails: it takes "
        f"{takes(medium).days} days and can't arrive before the deadline of {_at(due_at)}; "
        "a quicker lawful medium goes first, or they are late"
        for (due_at, medium), people in sorted(late.items())
    ]


def _at_night(load: Load) -> bool:
    """Return whether a deadline falls at an hour at which nobody there may be called."""
    known = load.due_at is not None and loud(load.medium, load.channel)
    return known and load.due_at is not None and not place_of(*load.place).open(load.due_at)


def _at(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "no set hour"
