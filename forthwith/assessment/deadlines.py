"""By when: every candidate instant of a duty's clocks, and which of them counts."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forthwith.assessment import counting, library
from forthwith.assessment.conditions import Ask, evaluate
from forthwith.assessment.facts import Facts, Group, Moment, moment_of
from forthwith.assessment.reaching import View
from models import Refusal
from models.law import Clock, Duty, Start


@dataclass(frozen=True, slots=True)
class Candidate:
    """One instant that may be the end of a duty's time."""

    label: str
    instant: datetime
    due_on: date
    citation: str
    kind: str  # legal guideline internal contested latest_possible hold
    used: bool = False
    start: str = ""  # the fact that it counts from
    assumed: bool = False  # a stand-in for a start that is not stated
    planned: bool = False  # its start lies in the future
    warn_at: datetime | None = None
    extends: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the candidate as the answer shows it."""
        return {
            "label": self.label, "instant": self.instant.isoformat(), "due_on": self.due_on.isoformat(),
            "citation": self.citation, "kind": self.kind, "used": self.used, "start": self.start,
            "assumed": self.assumed, "planned": self.planned,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Due:
    """The end of a duty's time: what the law says (`at`, `on`), what we aim at (`target`), and all candidates."""

    at: datetime | None = None
    on: date | None = None
    target: datetime | None = None
    warn: datetime | None = None
    candidates: tuple[Candidate, ...] = ()
    asks: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where time is counted: the authority's zone and its calendar of holidays."""

    zone: str
    calendar: str | None

    @property
    def local(self) -> ZoneInfo:
        """The zone."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Begun:
    """The start of a clock: the moment, the fact it comes from, and whether that fact only stands in."""

    moment: Moment
    fact: str
    assumed: bool = False


def due(duty: Duty, view: View, place: Place, group: Group | None, dues: dict[str, Due]) -> Due:
    """Return by when `duty` must be done. `dues` holds what earlier duties of the record came to."""
    found: list[Candidate] = []
    asks: list[Ask] = []
    for clock in filter(view.in_force, duty.clocks):
        runs = evaluate(clock.when, view.context(clock.citation, group)) if clock.when else None
        if runs and runs.value is False:
            continue
        candidates, missing = _candidates(clock, view, place, dues)
        found += [replace(one, extends=clock.extends and runs is not None and runs.value is True) for one in candidates
                  if not (clock.extends and runs is not None and runs.value is None)]  # fmt: skip
        asks += [*([] if clock.extends else missing), *(runs.asks if runs and runs.value is None else ())]
    settled = _settled(duty, found)
    return _held(duty, view, place, replace(settled, asks=tuple(dict.fromkeys(asks))))


def _settled(duty: Duty, found: list[Candidate]) -> Due:
    """Choose the candidates that count: an extension before what it extends, law before targets of our own."""
    legal = [one for one in found if one.kind == "legal"]
    legal = [one for one in legal if one.extends] or legal
    aims = [one for one in found if one.kind in ("guideline", "internal")]
    pick = max if duty.combine == "latest" else min
    chosen = pick(legal, key=lambda one: one.instant) if legal else None
    aim = min(aims, key=lambda one: one.instant) if aims else None
    if chosen and aim and aim.instant >= chosen.instant:
        aim = None
    marked = tuple(replace(one, used=one is chosen or one is aim) for one in found)
    return Due(
        chosen.instant if chosen else None, chosen.due_on if chosen else None, aim.instant if aim else None,
        aim.warn_at if aim else None, marked,
    )  # fmt: skip


def _candidates(clock: Clock, view: View, place: Place, dues: dict[str, Due]) -> tuple[list[Candidate], list[Ask]]:
    if clock.with_duty:
        return _with_duty(clock, view.facts, place, dues.get(clock.with_duty, Due())), []
    begun, asks = _begin(clock, view, place)
    if begun is None:
        return _at_the_latest(clock, place, dues), asks
    return _periods(clock, begun, place, view.facts), asks


def _begin(clock: Clock, view: View, place: Place) -> tuple[Begun | None, list[Ask]]:
    """Return the start of a clock: its earliest (or latest) stated alternative, else a stand-in; and what to ask."""
    stated: list[Begun] = []
    asks: list[Ask] = []
    for start in clock.starts:
        runs = evaluate(start.when, view.context(clock.citation)) if start.when else None
        moment = view.facts.moment(start.fact, place.zone)
        if moment and (runs is None or runs.value is not False):
            stated.append(Begun(_from(start, moment, place), start.fact))
            asks += runs.asks if runs and runs.value is None else []
    if stated:
        pick = max if clock.choose == "latest" else min
        return pick(stated, key=lambda one: one.moment.start), asks
    return _stand_in(clock, view, place)


def _from(start: Start, moment: Moment, place: Place) -> Moment:
    """Return the moment; where the clock says so, a date alone counts from its end."""
    if moment.exact or not start.latest:
        return moment
    return Moment(datetime.combine(moment.day + timedelta(days=1), time(), place.local), moment.day, exact=False)


def _stand_in(clock: Clock, view: View, place: Place) -> tuple[Begun | None, list[Ask]]:
    path = next((start.fact for start in clock.starts if start.when is None), clock.starts[0].fact)
    words, known = library.vocabulary().start_events, library.known_facts()
    assume = words.get(path.removeprefix("clocks."), [])
    entry = known.get(path)
    asks = [Ask(path, entry.ask, clock.citation)] if assume and entry else []
    for name in assume:
        if moment := view.facts.moment(f"clocks.{name}", place.zone):
            return Begun(moment, f"clocks.{name}", assumed=True), asks
    return None, asks


def _periods(clock: Clock, begun: Begun, place: Place, facts: Facts) -> list[Candidate]:
    """Return the instants that a clock gives from its start."""
    label = clock.label or clock.says or "deadline"
    planned = facts.as_of is not None and begun.moment.start > facts.as_of
    base = Candidate(
        label, begun.moment.start, begun.moment.day, clock.citation, clock.kind, start=begun.fact,
        assumed=begun.assumed, planned=planned,
    )  # fmt: skip
    if clock.no_number:
        return [_internal(clock, base, place)]
    if clock.hours is not None:
        return _hours(clock, clock.hours, base, place)
    day = _last_day(clock, begun.moment.day, place)
    return (
        [replace(base, instant=counting.end_of(day, place.local), due_on=day)]
        if clock.roll != NOON
        else [_noon(clock, base, day, place)]
    )


NOON = "noon_next_working_day"


def _noon(clock: Clock, base: Candidate, day: date, place: Place) -> Candidate:
    """Return noon of the next working day where the last day is none, else the end of that day."""
    days = _calendar(clock.calendar or place.calendar)
    if days.is_working(day):
        return replace(base, instant=counting.end_of(day, place.local), due_on=day)
    rolled = days.roll(day)
    return replace(base, instant=datetime.combine(rolled, time(12), place.local), due_on=rolled)


def _internal(clock: Clock, base: Candidate, place: Place) -> Candidate:
    aim = counting.add_hours(base.instant, clock.target_hours, place.local)
    warn = counting.add_hours(base.instant, clock.warn_hours, place.local)
    label = f"internal target of {clock.target_hours:g} hours; the law fixes no number"
    return replace(base, label=label, instant=aim, due_on=aim.date(), kind="internal", warn_at=warn)


def _hours(clock: Clock, hours: float, base: Candidate, place: Place) -> list[Candidate]:
    end = counting.add_hours(base.instant, hours, place.local)
    found = [replace(base, instant=end, due_on=end.date())]
    if clock.reading == "reg_1182_71":
        found[0] = replace(found[0], label=f"{hours:g} hours, strictly counted")
        found += _later_readings(base, hours, place)
    return found


def _later_readings(base: Candidate, hours: float, place: Place) -> list[Candidate]:
    """Return the later readings of Regulation 1182/71: shown with their reasons, never used as the deadline."""
    later = counting.hour_rule(base.instant, hours, place.local)
    found = [
        replace(base, label="hour rule: the hour of the event is not counted; needs legal's approval", instant=later,
                due_on=later.date(), kind="contested", citation="Regulation (EEC, Euratom) No 1182/71, Art. 3(1)")
    ]  # fmt: skip
    days = counting.calendar(place.calendar) if place.calendar else None
    span = {base.due_on.year, (base.due_on + timedelta(days=14)).year}
    if days and span <= days.years and (end := counting.two_working_days(base.instant, hours, place.local, days)):
        label = "two working days: contested, a defence for the reasons of delay only"
        day = (end - timedelta(seconds=1)).date()
        found.append(replace(base, label=label, instant=end, due_on=day, kind="contested",
                             citation="Regulation (EEC, Euratom) No 1182/71, Art. 3(5)"))  # fmt: skip
    return found


def _last_day(clock: Clock, day: date, place: Place) -> date:
    """Return the last local day of a period of days, business days or months."""
    if clock.from_end_of == "year":
        day = date(day.year, 12, 31)
    name = clock.calendar or place.calendar
    if clock.business_days is not None:
        return _calendar(name).add(day, clock.business_days, inclusive=clock.inclusive)
    if clock.months is not None:
        end = counting.add_months(day, clock.months)
    else:
        end = day + timedelta(days=(clock.days or 0) - clock.inclusive)
    return _calendar(name).roll(end) if clock.roll == "next_business_day" else end


def _calendar(name: str | None) -> counting.Calendar:
    if name is None:
        raise Refusal(
            "A clock counts business days, but its record names no calendar.", "Add `calendar:` to the record."
        )
    return counting.calendar(name)


def _at_the_latest(clock: Clock, place: Place, dues: dict[str, Due]) -> list[Candidate]:
    """Return the latest possible end of a clock that runs from telling people, while they are not told."""
    told = any(start.fact == "clocks.individuals_notified_at" for start in clock.starts)
    if (
        not told
        or (clock.days is None and clock.business_days is None)
        or not (last := dues.get("individuals", Due()).on)
    ):
        return []
    day = _last_day(clock, last, place)
    label = "at the latest: if the people are told on their last day"
    return [Candidate(label, counting.end_of(day, place.local), day, clock.citation, "latest_possible",
                      start="clocks.individuals_notified_at", planned=True)]  # fmt: skip


def _with_duty(clock: Clock, facts: Facts, place: Place, other: Due) -> list[Candidate]:
    """Return the ends that another duty sets: its own due, and the day on which it was done."""
    found: list[Candidate] = []
    label = clock.label or f"not later than duty {clock.with_duty}"
    if other.at and other.on:
        found.append(Candidate(label, other.at.astimezone(place.local), other.on, clock.citation, "legal"))
    elif other.target:
        aim = other.target.astimezone(place.local)
        found.append(
            Candidate(f"{label} (internal target)", aim, aim.date(), clock.citation, "internal", warn_at=other.warn)
        )
    told = facts.moment("clocks.individuals_notified_at", place.zone) if clock.with_duty == "individuals" else None
    if told and told.start <= (facts.as_of or told.start):
        end = counting.end_of(told.day, place.local)
        found.append(replace(_blank(clock, end, told), label=f"{label}: the day on which the people were told"))
    return found


def _blank(clock: Clock, end: datetime, told: Moment) -> Candidate:
    return Candidate("", end, told.day, clock.citation, "legal", start="clocks.individuals_notified_at")


def _held(duty: Duty, view: View, place: Place, due: Due) -> Due:
    """Put the end of a lawful hold of law enforcement in the place of an earlier deadline."""
    until, asks = hold_until(duty, view.facts, place)
    due = replace(due, asks=tuple(dict.fromkeys((*due.asks, *asks))))
    if until is None or duty.hold is None or (end := due.at or due.target) is None or until <= end:
        return due
    held = Candidate("hold of law enforcement", until, until.date(), duty.hold.citation, "hold", used=True)
    rest = tuple(replace(one, used=False) for one in due.candidates)
    if due.at is None:
        return replace(due, target=until, candidates=(*rest, held))
    return replace(due, at=until, on=until.date(), candidates=(*rest, held))


def hold_until(duty: Duty, facts: Facts, place: Place) -> tuple[datetime | None, tuple[Ask, ...]]:
    """Return until when law enforcement lawfully holds a duty back, and what must be known to say so."""
    hold, asked = duty.hold, facts.get("breach.law_enforcement_hold")
    if (
        hold is None
        or not isinstance(asked, dict)
        or not any(value not in (None, "", "unknown") for value in asked.values())
    ):
        return None, ()
    written = facts.get("breach.law_enforcement_hold.written")
    if written is None and (hold.written == "required" or hold.oral_days):
        return None, (_hold_ask("written", hold.citation),)
    if hold.written == "required" and written == "no" and not hold.oral_days:
        return None, ()
    return _hold_end(facts, place, hold.oral_days if written == "no" else None, hold.max_days, hold.citation)


def _hold_end(
    facts: Facts, place: Place, oral: int | None, most: int | None, citation: str
) -> tuple[datetime | None, tuple[Ask, ...]]:
    until = _hold_moment(facts, "until", place)
    asked = _hold_moment(facts, "requested_at", place)
    caps = [counting.end_of(asked.day + timedelta(days=days), place.local) for days in (oral, most) if asked and days]
    ends = [*caps, *([until.start if until.exact else counting.end_of(until.day, place.local)] if until else [])]
    if until is None and not caps:
        return None, (_hold_ask("until", citation),)
    return min(ends), ()


def _hold_moment(facts: Facts, name: str, place: Place) -> Moment | None:
    value = facts.get(f"breach.law_enforcement_hold.{name}")
    return None if value is None else moment_of(value, place.zone, f"breach.law_enforcement_hold.{name}")


def _hold_ask(name: str, citation: str) -> Ask:
    path = f"breach.law_enforcement_hold.{name}"
    return Ask(path, library.known_facts()[path].ask, citation)
