"""Where a duty is owed: once, once a jurisdiction, or to the authorities that the one-stop shop names."""

from collections.abc import Iterable
from dataclasses import dataclass

from forthwith.assessment import library
from forthwith.assessment.conditions import Ask, lies_within
from forthwith.assessment.deadlines import Place
from forthwith.assessment.duties import Verdict
from forthwith.assessment.reaching import View
from models.law import Duty, Recipient


@dataclass(frozen=True, slots=True)
class Unit:
    """One obligation to be: its jurisdiction, its recipient, the groups' outcomes, what is still to be asked."""

    jurisdiction: str
    recipient: str
    verdicts: tuple[Verdict, ...]
    asks: tuple[Ask, ...] = ()


def units(duty: Duty, view: View, verdicts: Iterable[Verdict]) -> list[Unit]:
    """Return the units of a duty."""
    found = tuple(verdicts)
    if duty.route == "one_stop_shop":
        return _one_stop_shop(duty, view, found)
    if duty.per == "jurisdiction":
        return _by_jurisdiction(duty, found)
    return [Unit(view.law.jurisdiction, duty.recipient, found)]


def _by_jurisdiction(duty: Duty, verdicts: tuple[Verdict, ...], pattern: str = "") -> list[Unit]:
    places: dict[str, list[Verdict]] = {}
    for one in verdicts:
        places.setdefault(one.group.jurisdiction or "unknown", []).append(one)
    return [
        Unit(place, pattern.format(place.split("-")[0].lower()) or duty.recipient, tuple(found))
        for place, found in places.items()
    ]


def _one_stop_shop(duty: Duty, view: View, verdicts: tuple[Verdict, ...]) -> list[Unit]:
    """Return the lead authority, or without an establishment each authority where people live (Arts. 55, 56 GDPR)."""
    territory = view.law.reach.territory
    home, lead = view.facts.get("entity.home"), view.facts.get("entity.main_establishment")
    stated = view.facts.get("entity.establishments")
    inside = sorted({_country(place) for place in stated or [] if lies_within(str(place), territory)})
    chosen = next((_country(place) for place in (lead, home) if place and lies_within(str(place), territory)), None)
    chosen = chosen or (inside[0] if len(inside) == 1 else None)
    if chosen:
        return [Unit(chosen, f"{chosen.lower()}_{duty.recipient}", verdicts)]
    if inside:
        ask = _ask("entity.main_establishment", duty.citation)
        return [Unit(view.law.jurisdiction, f"lead_{duty.recipient}", verdicts, (ask,))]
    asks = () if stated is not None else (_ask("entity.establishments", duty.citation),)
    spread = _by_jurisdiction(duty, verdicts, pattern=f"{{}}_{duty.recipient}")
    return [Unit(one.jurisdiction, one.recipient, one.verdicts, asks) for one in spread]


def _country(place: object) -> str:
    return str(place).upper().split("-")[0]


def _ask(path: str, citation: str) -> Ask:
    return Ask(path, library.known_facts()[path].ask, citation)


def recipient(unit: Unit, view: View) -> Recipient | None:
    """Return what the record knows of the unit's recipient."""
    return view.law.recipients.get(unit.recipient)


def place(unit: Unit, view: View) -> Place:
    """Return where a unit's time is counted: at the recipient, else at the local authority, else as the record."""
    to = recipient(unit, view)
    local = [to] if to else [one for one in view.law.recipients.values() if one.jurisdiction == unit.jurisdiction]
    zone = next((one.zone for one in local if one.zone), view.law.zone)
    days = next((one.calendar for one in local if one.calendar), view.law.calendar)
    return Place(zone, days)
