"""One duty for one group of people: tell, don't tell, ask."""

from dataclasses import dataclass
from enum import StrEnum

from forthwith.assessment.conditions import (
    Ask,
    Finding,
    Interval,
    Reason,
    either,
    evaluate,
    together,
)
from forthwith.assessment.facts import Group
from forthwith.assessment.reaching import View
from models.law import Clause, Duty, Exit


class Outcome(StrEnum):
    """What a duty comes to for one group."""

    NOTIFY = "notify"
    EXIT = "do_not_notify"
    REVIEW = "review"
    NO = "no"  # the duty does not arise


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one group, with its trace, what is missing, and what must be done to use an exit."""

    group: Group
    outcome: Outcome
    because: tuple[Reason, ...]
    asks: tuple[Ask, ...] = ()
    side: str = ""

    @property
    def people(self) -> Interval:
        """How many people the group is."""
        return Interval(self.group.low, self.group.high)

    @property
    def possible(self) -> Interval:
        """How many of them the duty may reach."""
        if self.outcome is Outcome.NOTIFY:
            return self.people
        return Interval(0, self.group.high if self.outcome is Outcome.REVIEW else 0)


Earlier = dict[str, dict[int, Verdict]]


def verdict(duty: Duty, group: Group, view: View, earlier: Earlier) -> Verdict:
    """Return what `duty` comes to for `group`. A stub knows too little of its law to say more than: ask."""
    found = _verdict(duty, group, view, earlier)
    return _of_stub(found, view) if view.law.status == "stub" and found.outcome is not Outcome.NO else found


def _of_stub(found: Verdict, view: View) -> Verdict:
    """Return review, and the question what this law says at all."""
    law = view.law
    text = f"What does {law.title} demand here, of whom and by when? Its record is a stub: ask counsel there."
    doubt = Reason(law.citation, "the record is a stub", (), None)
    return Verdict(found.group, Outcome.REVIEW, (*found.because, doubt), (Ask(f"{law.id}.stub", text, law.citation),))


def _verdict(duty: Duty, group: Group, view: View, earlier: Earlier) -> Verdict:
    """Return what the clauses of a duty come to for a group."""
    followed = earlier[duty.follows].get(group.index) if duty.follows else None
    if followed and followed.outcome is Outcome.EXIT:
        return followed
    arises = together([*_grounds(duty, group, view), *_followed(duty, followed)])
    if arises.value is False:
        return Verdict(group, Outcome.NO, arises.because)
    exits = [(exit, _exit(exit, group, view)) for exit in _exits(duty, view)]
    if used := next(((exit, found) for exit, found in exits if found.value is True), None):
        return _leaving(*used, arises, group, view)
    waived = either(found for _, found in exits)
    because = (*arises.because, *waived.because)
    if arises.value is True and waived.value is False:
        return Verdict(group, Outcome.NOTIFY, because)
    return Verdict(group, Outcome.REVIEW, because, _asks(arises, waived))


def _asks(*findings: Finding) -> tuple[Ask, ...]:
    return tuple(dict.fromkeys(ask for found in findings if found.value is None for ask in found.asks))


def _grounds(duty: Duty, group: Group, view: View) -> list[Finding]:
    """Return the findings that must all hold for the duty to arise."""
    law = view.law
    found = [clause_holds("binds", law.binds, group, view)]
    if duty.trigger:
        found.append(clause_holds("trigger", law.trigger, group, view))
    context = view.context(duty.citation, group)
    return [*found, *(evaluate(condition, context) for condition in (duty.bound, duty.when) if condition)]


def clause_holds(key: str, clause: Clause, group: Group, view: View) -> Finding:
    """Return what a clause with a condition comes to for a group, once."""
    if (known := view.once(key, group)) is not None:
        return known
    found = evaluate(clause.when, view.context(clause.citation, group))  # type: ignore[attr-defined]
    view.once(key, group, found)
    return found


def _followed(duty: Duty, followed: Verdict | None) -> list[Finding]:
    if not duty.follows:
        return []
    value = {Outcome.NOTIFY: True, Outcome.REVIEW: None}.get(followed.outcome, False) if followed else False
    reason = Reason(duty.citation, f"only where duty {duty.follows} arises", (), value)
    because = (reason, *followed.because) if followed and value is not True else (reason,)
    return [Finding(value, because, followed.asks if followed else ())]


def _exits(duty: Duty, view: View) -> list[Exit]:
    """Return the exits that may waive a duty; one that it follows has been asked already."""
    return [
        exit
        for exit in view.law.exits
        if (duty.id in exit.waives or "all" in exit.waives)
        and view.in_force(exit)
        and not (duty.follows and "all" in exit.waives)
    ]


def _exit(exit: Exit, group: Group, view: View) -> Finding:
    key = f"exit {exit.id}"
    return clause_holds(key, exit, group, view)


def _leaving(exit: Exit, found: Finding, arises: Finding, group: Group, view: View) -> Verdict:
    """Return do_not_notify by an exit; review where its text was never read at a source."""
    side = exit.side
    reason = Reason(exit.citation, exit.says or exit.kind, (), True)
    because = (*arises.because, reason, *found.because)
    if view.law.was_read(exit):
        return Verdict(group, Outcome.EXIT, because, side=side)
    doubt = Reason(exit.citation, "this ground was not read at a source: legal must confirm it", (), None)
    text = f"Does the ground not to tell hold: {exit.says or exit.kind}? Its text was not read at a source."
    ask = Ask(f"{view.law.id}.exit.{exit.id}", text, exit.citation)
    return Verdict(group, Outcome.REVIEW, (*because, doubt), (ask,), side)
