"""Who will be told how, in which order and why: from duties, cohorts and wordings, before anybody approved them."""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from forthwith.dispatch import statements
from forthwith.dispatch.options import CONSENTED, Option, options_of
from forthwith.dispatch.parties import due, held_by
from forthwith.dispatch.planning import needed_notices
from forthwith.dispatch.sequence import waiting_notices
from forthwith.dispatch.states import NO_CHANNEL, NO_WORDING, WAITS
from forthwith.dispatch.stops import stopped
from models import Incident, Medium, Notice, Party

PARTS = f"""
with {statements.REACHED},
gone as (
  select d.notice_id, p.cohort_id, count(*) as n from delivery d join person p on p.id = d.recipient_id
   where d.incident_id = :incident and d.leg = 1 and d.recipient_kind = 'person'
     and d.state not in ('planned', 'held') group by d.notice_id, p.cohort_id)
select r.notice_id, r.cohort_id, r.due_at, c.jurisdiction, c.country, c.language, c.channels, c.count as people,
       c.count - coalesce(gone.n, 0) as left
  from reached r join cohort c on c.id = r.cohort_id and c.count > 0
  left join gone on gone.notice_id = r.notice_id and gone.cohort_id = r.cohort_id
 where r.notice_id = any(:notices)
"""

ORDINAL = {1: "1st", 2: "2nd", 3: "3rd"}


@dataclass(frozen=True, slots=True)
class Load:
    """Messages of first legs that have not left yet: how many, by which channel, until when, to which place."""

    due_at: datetime | None
    medium: str
    channel: str
    variant_id: uuid.UUID
    place: tuple[str, str]  # jurisdiction and country
    people: int
    to_people: bool = True  # else to an organisation


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of the way: who is not reached by it takes the next."""

    leg: int
    medium: str
    channel: str
    people: int
    why: str


@dataclass(slots=True)
class NoticePlan:
    """How one notice travels. `unused`: its lawful media that some people are not told by, and why not."""

    notice_id: str
    title: str
    due_at: datetime | None
    people: int
    legs: list[Leg] = field(default_factory=list)
    held: list[dict[str, Any]] = field(default_factory=list)
    unused: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Outlook:
    """The plan of an incident."""

    notices: list[NoticePlan] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)


def outlook(session: Session, incident: Incident) -> Outlook:
    """Return how every current notice would travel, whether it is approved or not. Reads counts alone, no person."""
    made, waiting = Outlook(), waiting_notices(session, incident)
    notices = needed_notices(session, incident)
    keys: dict[str, Any] = {"incident": incident.id, "notices": [one.id for one in notices]}
    parts = session.execute(text(PARTS), keys).all()
    stops = stopped(session, incident, keys["notices"])
    for notice in notices:
        ways = options_of(session, incident, notice)
        if notice.party_id is not None:
            made.notices.append(_to_party(session, notice, ways, made))
        else:
            own = [(part, stops.get((notice.id, part.cohort_id), {})) for part in parts if part.notice_id == notice.id]
            made.notices.append(_to_people(session, notice, ways, own, made, waits=notice.id in waiting))
    return made


def legs_of(ways: Sequence[Option], held: Iterable[str], language: str) -> list[Option]:
    """Return the ways of somebody who can be reached by `held`, in order: each medium once, in their best language."""
    fitting = [way for way in ways if set(way.needs) <= set(held) and way.medium != Medium.WEB]
    found: dict[str, Option] = {}
    for way in sorted(fitting, key=lambda way: (way.rank, way.fit(language), way.language)):
        found.setdefault(way.medium, way)
    return list(found.values())


def _to_people(
    session: Session, notice: Notice, ways: list[Option], parts: Sequence[tuple[Any, dict[str, int]]], made: Outlook,
    *, waits: bool,
) -> NoticePlan:  # fmt: skip
    """Return how a notice travels to people, and note what is to be sent."""
    legs, held, unused = Counter[tuple[Any, ...]](), Counter[str](), Counter[tuple[str, str]]()
    for part, stops in parts:
        own = legs_of(ways, part.channels, part.language)
        stops = stops if own else {}  # who has no way at all is held for that
        told, left = part.people - sum(stops.values()), part.left - sum(stops.values())
        for n, way in enumerate(own, 1):
            legs[(n, way.medium, way.channel, _why(n, way))] += told
        held.update({**stops, _held(notice, part, own, waits=waits): told})
        unused.update(dict.fromkeys(_unused(notice, part, own), told))
        if own and left > 0:
            where = (part.jurisdiction, part.country)
            made.loads.append(Load(part.due_at, own[0].medium, own[0].channel, own[0].variant_id, where, left))
    del held[""]
    earliest = min((part.due_at for part, _ in parts if part.due_at), default=due(session, notice))
    plan = NoticePlan(str(notice.id), notice.title, earliest, sum(part.people for part, _ in parts))
    return _written(plan, legs + _pages(ways, held[NO_CHANNEL]), held, unused)


def _written(
    plan: NoticePlan, legs: Counter[tuple[Any, ...]], held: Counter[str], unused: Counter[tuple[str, str]]
) -> NoticePlan:  # fmt: skip
    """Write what was counted into a plan, in a fixed order."""
    counted = +legs  # nobody is no leg
    plan.legs = [
        Leg(n, medium, channel, counted[key], why) for key in sorted(counted) for n, medium, channel, why in [key]
    ]
    plan.held = [{"people": held[why], "why": why} for why in sorted(+held)]
    plan.unused = [{"medium": medium, "people": unused[medium, why], "why": why} for medium, why in sorted(+unused)]
    return plan


def _why(n: int, way: Option) -> str:
    """Return why a medium comes at its place."""
    own = f"the law's {ORDINAL.get(way.rank + 1, f'{way.rank + 1}th')} channel, address held"
    consent = ", consent held" if CONSENTED in way.needs else ""
    return f"{own}{consent}" if n == 1 else f"{own}{consent}; for whom leg {n - 1} does not reach"


def _held(notice: Notice, part: Any, own: list[Option], *, waits: bool) -> str:
    """Return why a part of the people would be held; empty where they would not."""
    if own:
        return WAITS if waits else ""
    return NO_WORDING if set(part.channels) & set(notice.media) else NO_CHANNEL


def _unused(notice: Notice, part: Any, own: list[Option]) -> list[tuple[str, str]]:
    """Return the lawful media by which a part of the people is not told, and why."""
    used, found = {way.medium for way in own} | {Medium.WEB}, []
    for stated in notice.media:
        medium = Medium.EMAIL if stated == CONSENTED else stated
        if medium in used:
            continue
        if medium not in part.channels:
            found.append((str(medium), "no address held"))
        elif stated == CONSENTED and CONSENTED not in part.channels:
            found.append((str(medium), "no consent to e-mail held"))
        else:
            found.append((str(medium), "no wording"))
    return found


def _pages(ways: list[Option], unreached: int) -> Counter[tuple[Any, ...]]:
    """Return the published page, which stands in for whom no channel reaches."""
    pages = [way for way in ways if way.medium == Medium.WEB]
    if not pages or not unreached:
        return Counter()
    return Counter({(1, Medium.WEB.value, pages[0].channel, "a lawful substitute: no address is held"): unreached})


def _to_party(session: Session, notice: Notice, ways: list[Option], made: Outlook) -> NoticePlan:
    """Return how a notice to one organisation travels."""
    party = session.get_one(Party, notice.party_id)
    legs = legs_of(ways, held_by(party), party.language)
    until = due(session, notice)
    plan = NoticePlan(str(notice.id), notice.title, until, 1)
    counted = Counter({(n, way.medium, way.channel, _why(n, way)): 1 for n, way in enumerate(legs, 1)})
    if legs:
        way = legs[0]
        place = (party.country or "", (party.country or "").split("-")[0])
        made.loads.append(Load(until, way.medium, way.channel, way.variant_id, place, 1, to_people=False))
    return _written(plan, counted, Counter() if legs else Counter({NO_CHANNEL: 1}), Counter())
