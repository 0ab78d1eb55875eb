"""Does a record look at this incident at all, and at which groups of people?"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from forthwith.assessment.conditions import Ask, Context, Finding, Memo, Reason, Value, evaluate, lies_within
from forthwith.assessment.facts import Facts, Group
from forthwith.assessment.library import Loaded
from models.law import Clause, Law

DATING = ("clocks.aware_at", "clocks.discovered_at", "clocks.detected_at")


@dataclass
class View:
    """One record before the facts: whom it reaches for sure (`groups`), and whom perhaps (`perhaps`)."""

    loaded: Loaded
    facts: Facts
    required: dict[str, dict[int, Value]]
    day: date | None
    groups: list[Group] = field(default_factory=list)
    perhaps: list[tuple[Group, tuple[Ask, ...]]] = field(default_factory=list)
    memo: dict[tuple[str, int], Finding] = field(default_factory=dict)
    gate: tuple[Ask, ...] = ()  # what would settle whether the record is looked at; then `groups` is empty
    of_facts: Memo = field(default_factory=dict)  # conditions on the facts alone

    @property
    def law(self) -> Law:
        """The record."""
        return self.loaded.law

    def context(self, clause: str, group: Group | None = None, **more: Any) -> Context:
        """Return what conditions of this record are evaluated against."""
        return Context(
            self.facts, self.law, clause, group, required=self.required, in_force=self.in_force, memo=self.of_facts,
            **more,
        )  # fmt: skip

    def in_force(self, clause: Clause) -> bool:
        """Return whether a clause holds on the day that counts; where no day is known, the present law holds."""
        if self.day is None:
            return clause.valid_to is None
        return (clause.valid_from or date.min) <= self.day <= (clause.valid_to or date.max)

    def once(self, key: str, group: Group, finding: "Finding | None" = None) -> Finding | None:
        """Remember what a clause came to for a group, or return what is remembered."""
        if finding is not None:
            self.memo[key, group.index] = finding
        return self.memo.get((key, group.index))


def day_that_counts(facts: Facts, law: Law) -> date | None:
    """Return the day by which the law in force is chosen: of awareness, else discovery, else `as_of`."""
    for path in DATING:
        if moment := facts.moment(path, law.zone):
            return moment.day
    return facts.as_of.date() if facts.as_of else None


def view_of(loaded: Loaded, facts: Facts, required: dict[str, dict[int, Value]]) -> View | None:
    """Return a record's view of the facts; None where it touches neither the people nor the entity."""
    view = View(loaded, facts, required, day_that_counts(facts, loaded.law))
    condition = view.law.reach.considered_when
    considered = evaluate(condition, view.context(view.law.citation)) if condition else Finding(True)
    if considered.value is False:
        return None
    view.gate = considered.asks if considered.value is None else ()
    for group in facts.groups:
        reached, asks = reaches(view, group)
        if reached is True and not view.gate:
            view.groups.append(group)
        elif reached is not False:
            view.perhaps.append((group, view.gate or asks))
    return view if view.groups or view.perhaps else None


def reaches(view: View, group: Group) -> tuple[Value, tuple[Ask, ...]]:
    """Return whether a record is about a group's data, and what would settle it."""
    territory = view.law.reach.territory
    if "any" in territory or (group.jurisdiction and lies_within(group.jurisdiction, territory)):
        return True, ()
    everyone = view.law.reach.everyone_when
    found = evaluate(everyone, view.context(view.law.citation, group)) if everyone else Finding(False)
    if found.value is True:
        return True, ()
    if group.jurisdiction is None or _holds_part_of(group.jurisdiction, territory):
        return _by_answer(view, group)
    return found.value, found.asks


def _holds_part_of(place: str, territory: list[str]) -> bool:
    """Return whether the territory lies within `place` (US, state unknown, and US-CA)."""
    return any(code.startswith(f"{place}-") for code in territory)


def _by_answer(view: View, group: Group) -> tuple[Value, tuple[Ask, ...]]:
    """Return what `answers.<law>.residents` says of people whose home is not known."""
    answer = view.facts.answer(view.law.id, "residents").get("value")
    text = f"Do some of the people whose home is not known live in {', '.join(view.law.reach.territory)}?"
    asks = (
        Ask(f"{view.law.id}.residents", text, view.law.citation),
        Ask(f"people.{group.index}.jurisdiction", "Where do these people live?", view.law.citation),
    )
    return {"yes": True, "no": False}.get(str(answer)), () if answer in ("yes", "no") else asks


def not_in_force(view: View) -> Reason | None:
    """Return why a record doesn't count on the day that counts, or None where it does."""
    law = view.law
    if law.status in ("pending", "not_in_force"):
        return Reason(law.citation, f"status: {law.status}", (), False)
    if not view.in_force(law):
        day = view.day.isoformat() if view.day else "unknown"
        span = f"in force from {law.valid_from or 'its beginning'} to {law.valid_to or 'now'}"
        return Reason(law.citation, span, (("day that counts", day),), False)
    return None
