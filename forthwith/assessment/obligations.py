"""From verdicts to obligations: thresholds, deadlines, channels, words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from forthwith.assessment import deadlines
from forthwith.assessment.conditions import Ask, Context, Finding, Interval, Reason, evaluate, together
from forthwith.assessment.deadlines import Due
from forthwith.assessment.duties import Earlier, Outcome, Verdict, verdict
from forthwith.assessment.reaching import View
from forthwith.assessment.thresholds import whatever_the_number
from forthwith.assessment.units import Unit, place, recipient, units
from models.law import ChannelRule, Clause, ContentCode, Duty
from models.words import Audience

TRACED = 25  # groups whose traces are shown in full


@dataclass(frozen=True, slots=True)
class Obligation:
    """One duty in one unit: what the answer shows, and the questions that hang on it."""

    shown: dict[str, Any]
    asks: tuple[Ask, ...]


@dataclass
class Evaluated:
    """What one record came to."""

    obligations: list[Obligation] = field(default_factory=list)
    not_arising: list[tuple[str, tuple[Reason, ...]]] = field(default_factory=list)  # duty id, why
    verdicts: Earlier = field(default_factory=dict)


def evaluate_duties(view: View) -> Evaluated:
    """Return the obligations of a record, and the duties that don't arise, with why."""
    result = Evaluated()
    dues: dict[str, Due] = {}
    for duty in filter(view.in_force, view.law.duties):
        result.verdicts[duty.id] = {group.index: verdict(duty, group, view, result.verdicts) for group in view.groups}
        found: list[Obligation] = []
        why: list[Reason] = []
        for unit in units(duty, view, result.verdicts[duty.id].values()):
            made, reasons = _unit(duty, unit, view, result.verdicts, dues)
            found += made
            why += reasons
        result.obligations += found
        if not found:
            result.not_arising.append((duty.id, tuple(dict.fromkeys(why))))
    return result


def _unit(
    duty: Duty, unit: Unit, view: View, verdicts: Earlier, dues: dict[str, Due]
) -> tuple[list[Obligation], list[Reason]]:
    """Return the obligations of a unit: one, or for individuals one an outcome; else why there is none."""
    open_ones = [one for one in unit.verdicts if one.outcome is not Outcome.NO]
    if not open_ones:
        return [], [reason for one in unit.verdicts[:TRACED] for reason in one.because]
    told = [one for one in open_ones if one.outcome in (Outcome.NOTIFY, Outcome.REVIEW)]
    counts = counted(duty, unit, view, verdicts)
    threshold = _threshold(duty, unit, view, counts if told else {**counts, "reached": _sum(open_ones)})
    threshold, open_ones = whatever_the_number(duty, threshold, open_ones, view)
    if threshold.value is False:
        return [], list(threshold.because)
    parts = _parts(duty, open_ones)
    return [_made(duty, unit, part, view, counts, threshold, dues, first=n == 0) for n, part in enumerate(parts)], []


def _parts(duty: Duty, open_ones: list[Verdict]) -> list[list[Verdict]]:
    """Return the verdicts apart by outcome for people; in one for an authority, which gets one report."""
    order = (Outcome.NOTIFY, Outcome.REVIEW, Outcome.EXIT)
    apart = [[one for one in open_ones if one.outcome is outcome] for outcome in order]
    found = [part for part in apart if part]
    return found if duty.audience is Audience.INDIVIDUALS else found[:1]


def _sum(verdicts: Iterable[Verdict]) -> Interval:
    return sum((one.people for one in verdicts), Interval())


def counted(duty: Duty, unit: Unit, view: View, verdicts: Earlier) -> dict[str, Interval]:
    """Return each population of a unit within its bounds; people whose home is not known widen the upper bound."""
    perhaps = sum((Interval(0, group.high) for group, _ in view.perhaps), Interval())
    tell = verdicts.get("individuals", {})
    here = {one.group.index for one in unit.verdicts}
    return {
        "reached": _possible(unit.verdicts) + perhaps,
        "reached_by_law": _possible(verdicts[duty.id].values()) + perhaps,
        "notified": _possible(one for one in tell.values() if one.group.index in here) + perhaps,
        "notified_by_law": _possible(tell.values()) + perhaps,
        "everyone": sum((Interval(group.low, group.high) for group in view.facts.groups), Interval()),
    }


def _possible(verdicts: Iterable[Verdict]) -> Interval:
    return sum((one.possible for one in verdicts), Interval())


def _threshold(duty: Duty, unit: Unit, view: View, counts: dict[str, Interval]) -> Finding:
    rule = duty.threshold
    if rule is None or not view.in_force(rule):
        return Finding(True)
    return evaluate(rule.when, _of_unit(rule, unit, view, counts))


def _of_unit(clause: Clause, unit: Unit, view: View, counts: dict[str, Interval]) -> Context:
    return view.context(clause.citation, None, counts=counts, unknown_people=_unknown_people(unit, view, clause))


def _unknown_people(unit: Unit, view: View, clause: Clause) -> tuple[Ask, ...]:
    """Return what would settle how many people there are."""
    found = [
        Ask(f"people.{one.group.index}.count", "How many people are there?", clause.citation)
        for one in unit.verdicts if one.group.low != one.group.high
    ]  # fmt: skip
    found += [ask for _, asks in view.perhaps for ask in asks[:1]]
    return tuple(dict.fromkeys([*found, *(ask for one in unit.verdicts for ask in one.asks)]))


def _made(
    duty: Duty, unit: Unit, part: list[Verdict], view: View, counts: dict[str, Interval], threshold: Finding,
    dues: dict[str, Due], *, first: bool,
) -> Obligation:  # fmt: skip
    """Return one obligation, and remember its deadline for the duties that hang on it."""
    outcome = part[0].outcome
    if outcome is Outcome.NOTIFY and threshold.value is None:
        outcome = Outcome.REVIEW
    group = part[0].group if len(part) == 1 else None
    ends = Due() if outcome is Outcome.EXIT else deadlines.due(duty, view, place(unit, view), group, dues)
    if outcome is not Outcome.EXIT:
        dues[duty.id] = _sooner(dues.get(duty.id), ends)
    asks = [ask for one in part for ask in one.asks] + ([*threshold.asks] if threshold.value is None else [])
    asks += [*ends.asks, *(unit.asks if outcome is not Outcome.EXIT else ())]
    shown = {
        **_names(duty, unit, view, "" if first else f":{outcome}"),
        **_people(part, unit, outcome, view), "verdict": str(outcome), **_times(ends),
        "sequence": duty.sequence, **_how(duty, unit, part, view, counts), **_grounds(duty, part, threshold, view),
        "groups": sorted(one.group.index for one in part), **_further(duty, part, view),
    }  # fmt: skip
    return Obligation(shown, tuple(dict.fromkeys(asks)))


def _sooner(before: Due | None, ends: Due) -> Due:
    """Return the sooner of two deadlines of one duty (of several units)."""
    if before is None or before.at is None:
        return ends if before is None or ends.at or before.target is None else before
    return ends if ends.at and ends.at < before.at else before


def _names(duty: Duty, unit: Unit, view: View, suffix: str) -> dict[str, Any]:
    to = recipient(unit, view)
    place_of = f"{unit.jurisdiction}:{unit.recipient}" if duty.route == "one_stop_shop" else unit.jurisdiction
    return {
        "id": f"{view.law.id}.{duty.id}:{place_of}{suffix}", "law": view.law.id, "duty": duty.id,
        "audience": str(duty.audience), "recipient": unit.recipient,
        "recipient_name": to.name if to else unit.recipient.replace("_", " "), "portal": to.portal if to else None,
        "jurisdiction": unit.jurisdiction,
    }  # fmt: skip


def _people(part: list[Verdict], unit: Unit, outcome: Outcome, view: View) -> dict[str, Any]:
    people = _sum(part)
    perhaps = sum((Interval(0, group.high) for group, _ in view.perhaps), Interval())
    widest = _possible(unit.verdicts) + perhaps if outcome is Outcome.NOTIFY else people
    known = people.low if people.low or people.high is not None else None
    return {"count": known, "count_possible": widest.high, "count_exact": people.low == people.high}


def _times(ends: Due) -> dict[str, Any]:
    return {
        "due_at": ends.at.isoformat() if ends.at else None, "due_on": ends.on.isoformat() if ends.on else None,
        "target_at": ends.target.isoformat() if ends.target else None,
        "warn_at": ends.warn.isoformat() if ends.warn else None,
        "clocks": [one.as_dict() for one in ends.candidates],
    }  # fmt: skip


def _how(duty: Duty, unit: Unit, part: list[Verdict], view: View, counts: dict[str, Interval]) -> dict[str, Any]:
    """Return channels, substitute notice and content."""
    rules = [rule for rule in duty.channels if _offered(rule, duty, part, view)]
    media, by_person = [rule.medium for rule in rules], [str(rule.medium) for rule in rules if rule.by_person]
    lawful = _substitute(duty, unit, view, counts)
    offered = [*dict.fromkeys(map(str, media)), *(["substitute"] if lawful and lawful["lawful"] == "yes" else [])]
    content = _content(duty, part, view)
    return {"channels": offered, "by_person": by_person, "substitute": lawful, "content": content}


def _offered(rule: ChannelRule, duty: Duty, part: list[Verdict], view: View) -> bool:
    """Return whether a channel is lawful for every group; where that is not known it is not offered."""
    if rule.when is None:
        return True
    context = rule.citation or duty.citation
    return together(evaluate(rule.when, view.context(context, one.group)) for one in part).value is True


def _substitute(duty: Duty, unit: Unit, view: View, counts: dict[str, Interval]) -> dict[str, Any] | None:
    rule = duty.substitute
    if rule is None or not view.in_force(rule):
        return None
    context = _of_unit(rule, unit, view, counts)
    found, only_for = evaluate(rule.when, context), str(rule.only_for)
    if found.value is not True and rule.for_uncontactable:
        some = evaluate(rule.for_uncontactable, context)
        found, only_for = (some, "uncontactable") if some.value is True else (found, only_for)
    return {
        "lawful": {True: "yes", False: "no", None: "unknown"}[found.value], "components": rule.components,
        "needed": rule.needed, "only_for": only_for, "days": rule.days, "proof_to": rule.proof_to,
        "citation": rule.citation, "because": [reason.as_dict() for reason in found.because],
    }  # fmt: skip


def _content(duty: Duty, part: list[Verdict], view: View) -> dict[str, Any]:
    content = duty.content
    if content is None or not view.in_force(content):
        return {"require": [], "forbid": [], "headings": [], "form": ""}
    return {
        "require": _codes(content.require, content, part, view), "forbid": _codes(content.forbid, content, part, view),
        "headings": content.headings, "form": content.form,
    }  # fmt: skip


def _codes(entries: Sequence[str | ContentCode], clause: Clause, part: list[Verdict], view: View) -> list[str]:
    """Return the codes that hold for some group; where that is not known they hold."""
    found = []
    for entry in entries:
        if isinstance(entry, str):
            found.append(entry)
        elif entry.when is None or any(
            evaluate(entry.when, view.context(entry.citation or clause.citation, one.group)).value is not False
            for one in part
        ):
            found.append(entry.code)
    return list(dict.fromkeys(found))


def _grounds(duty: Duty, part: list[Verdict], threshold: Finding, view: View) -> dict[str, Any]:
    clauses = [duty, *([duty.threshold] if duty.threshold else []), *duty.clocks]
    verified = all(map(view.law.was_read, clauses))
    reasons = [reason for one in part[:TRACED] for reason in one.because]
    reasons = list(dict.fromkeys([*reasons, *threshold.because]))
    if len(part) > TRACED:
        reasons.append(
            Reason(duty.citation, f"and {len(part) - TRACED} further groups with the same outcome", (), None)
        )
    return {
        "citation": duty.citation, "confidence": view.law.confidence, "verified": verified,
        "because": [reason.as_dict() for reason in reasons],
    }  # fmt: skip


def _further(duty: Duty, part: list[Verdict], view: View) -> dict[str, Any]:
    """Return what else travels with an obligation."""
    asked = view.facts.get("breach.law_enforcement_hold")
    return {
        "standard": duty.standard, "says": duty.says, "phased": duty.phased, "language": duty.language,
        "note": duty.note,
        "side": "; ".join(dict.fromkeys(one.side for one in part if one.side)),
        "hold": asked if duty.hold and isinstance(asked, dict) else None, "law_sha256": view.loaded.sha256,
        "unmodelled": [{"text": one.text, "citation": one.citation} for one in view.law.unmodelled],
        "met_at": met_at(duty, view),
    }  # fmt: skip


def met_at(duty: Duty, view: View) -> str | None:
    """Return when the facts say that the duty was done, where that is not in the future."""
    path = {
        Audience.INDIVIDUALS: "clocks.individuals_notified_at", Audience.OWNER: "clocks.owner_notified_at",
        Audience.CONTROLLER: "clocks.owner_notified_at",
    }.get(duty.audience, f"clocks.regulators_notified_at.{duty.recipient}")  # fmt: skip
    moment = view.facts.moment(path, view.law.zone)
    past = moment and (view.facts.as_of is None or moment.start <= view.facts.as_of)
    return moment.start.isoformat() if moment and past else None
