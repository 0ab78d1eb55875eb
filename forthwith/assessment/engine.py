"""Facts and laws become obligations, questions and what does not arise. Pure: no database, no network, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from forthwith.assessment import behalf, contradictions, library
from forthwith.assessment.conditions import Ask, Finding, Reason, evaluate, lies_within, together
from forthwith.assessment.duties import Outcome, clause_holds
from forthwith.assessment.facts import Facts, Group, facts_of
from forthwith.assessment.library import Loaded
from forthwith.assessment.obligations import Evaluated, Obligation, evaluate_duties
from forthwith.assessment.reaching import View, not_in_force, view_of
from models.words import Audience

Required = behalf.Required


@dataclass
class Assessment:
    """The answer: every record that was looked at is named in one of the three lists."""

    as_of: str | None
    obligations: list[dict[str, Any]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    not_arising: list[dict[str, Any]] = field(default_factory=list)
    laws: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON shows it."""
        return {
            "as_of": self.as_of, "obligations": self.obligations, "questions": self.questions,
            "not_arising": self.not_arising, "laws": self.laws, "ignored": self.ignored,
        }  # fmt: skip


def assess(document: object, as_of: object = None, laws: Iterable[Loaded] | None = None) -> Assessment:
    """Return which duties arise from the facts. Raises Refusal on facts or records that can't be read."""
    facts = facts_of(document, as_of)
    records = list(library.all_laws() if laws is None else laws)
    answer = Assessment(facts.as_of.isoformat() if facts.as_of else None, ignored=list(facts.ignored))
    required: Required = {}
    statutes = [one for one in records if one.law.kind == "law"]
    for loaded in sorted(statutes, key=_order):
        if (view := view_of(loaded, facts, required)) is not None:
            _add(answer, view, required)
    _promises(answer, facts, records, required)
    _uncovered(answer, facts, records)
    asked, known = {one["id"]: one for one in contradictions.questions(facts)}, {one["id"] for one in answer.questions}
    answer.questions += [one for key, one in asked.items() if key not in known]
    answer.obligations.sort(key=lambda one: (one["due_at"] or one["target_at"] or "9", one["id"]))
    return answer


def _promises(answer: Assessment, facts: Facts, records: list[Loaded], required: Required) -> None:
    """Add own duties. They may hang on what the laws require, of us or of the controller that we work for."""
    views = [view_of(one, facts, required) for one in sorted(records, key=_order) if one.law.kind == "contract"]
    if not (considered := [view for view in views if view is not None]):
        return
    statutes = [one for one in records if one.law.kind == "law"]
    other = behalf.asked_of_controller(facts, lambda document: assess(document, facts.as_of, statutes))
    behalf.remember(answer.obligations if other is None else other.obligations, required, behalf.OF)
    for view in considered:
        _add(answer, view, required, other.obligations if other else [])
        _ask_of_controller(answer, view, other)


def _ask_of_controller(answer: Assessment, view: View, other: Assessment | None) -> None:
    """Ask what the laws ask as of the controller, where one of our promises hangs on the answer."""
    ours = [one for one in answer.obligations if one["law"] == view.law.id and one["verdict"] == "review"]
    for asked in other.questions if other and view.loaded.hangs else []:
        known = any(one["id"] == asked["id"] for one in answer.questions)
        if not known and (changes := behalf.touched(ours, asked, other.obligations if other else [])):
            answer.questions.append({**asked, "changes": changes})


def _order(loaded: Loaded) -> tuple[bool, bool, str]:
    """Return the order of evaluation: laws that stand alone, laws that hang on others, promises."""
    return loaded.law.kind == "contract", loaded.hangs, loaded.law.id


def _add(answer: Assessment, view: View, required: Required, laws: list[dict[str, Any]] | None = None) -> None:
    """Add what one record came to."""
    law = view.law
    answer.laws.append({
        "id": law.id, "title": law.title, "sha256": view.loaded.sha256, "verified": law.verified, "status": law.status,
        "confidence": law.confidence, "checked": law.checked.isoformat(),
        "unmodelled": [{"text": one.text, "citation": one.citation} for one in law.unmodelled],
    })  # fmt: skip
    if reason := not_in_force(view):
        answer.not_arising.append({"law": law.id, "because": [reason.as_dict()]})
    elif not view.groups:
        _only_perhaps(answer, view)
    else:
        _fully(answer, view, required, laws or [])


def _fully(answer: Assessment, view: View, required: Required, laws: list[dict[str, Any]]) -> None:
    found = evaluate_duties(view)
    adopting = {duty.id for duty in view.law.duties if duty.adopts}
    for obligation in found.obligations:
        adopts = obligation.shown["duty"] in adopting
        answer.obligations.append(behalf.adopt(obligation.shown, laws) if adopts else obligation.shown)
        _ask(answer, view, obligation.asks, [obligation.shown["id"]])
    _ask_further(answer, view, found)
    if found.obligations:
        answer.not_arising += [
            {"law": view.law.id, "duty": duty, "because": [reason.as_dict() for reason in why]}
            for duty, why in found.not_arising
        ]
    else:
        why = dict.fromkeys(reason for _, reasons in found.not_arising for reason in reasons)
        answer.not_arising.append(
            {"law": view.law.id, "because": [reason.as_dict() for reason in why] or _nothing(view)}
        )
    if view.law.kind == "law":
        behalf.remember((one.shown for one in found.obligations), required)


def _nothing(view: View) -> list[dict[str, Any]]:
    """Return why a record without duties gives none."""
    texts = [Reason(one.citation, one.text, (), False) for one in view.law.unmodelled]
    return [reason.as_dict() for reason in texts or [Reason(view.law.citation, "it holds no duty", (), False)]]


def _ask(answer: Assessment, view: View, asks: Iterable[Ask], changes: list[str]) -> None:
    """Add questions; one that was asked before learns what else hangs on it."""
    for ask in asks:
        known = next((one for one in answer.questions if one["id"] == ask.id), None)
        if known is None:
            answer.questions.append({
                "id": ask.id, "text": ask.text, "law": view.law.id, "citation": ask.citation,
                "changes": list(changes), "laws": [view.law.id],
            })  # fmt: skip
            continue
        known["changes"] += [one for one in changes if one not in known["changes"]]
        known["laws"] += [view.law.id] if view.law.id not in known["laws"] else []


def _ask_further(answer: Assessment, view: View, found: Evaluated) -> None:
    """Ask what no condition holds (`asks:`), and where people live whose home is not known."""
    ids = [one.shown["id"] for one in found.obligations]
    for ask in filter(view.in_force, view.law.asks if ids or view.law.kind == "contract" else []):
        if any(evaluate(ask.when, view.context(ask.citation, group)).value is not False for group in view.groups):
            _ask(answer, view, [Ask(f"{view.law.id}.{ask.id}", ask.question, ask.citation)], ids)
    for group, asks in view.perhaps:
        if _could_arise(view, group).value is not False:
            _ask(answer, view, asks[:1], ids or [f"{view.law.id}.{duty.id}" for duty in view.law.duties])


def _could_arise(view: View, group: Group) -> Finding:
    return together(
        [clause_holds("binds", view.law.binds, group, view), clause_holds("trigger", view.law.trigger, group, view)]
    )


def _only_perhaps(answer: Assessment, view: View) -> None:
    """Treat a record that may reach only people whose home is not known: a question, never a silent no."""
    found = [(group, asks, _could_arise(view, group)) for group, asks in view.perhaps]
    live = [(group, asks) for group, asks, finding in found if finding.value is not False]
    if not live:
        why = dict.fromkeys(reason for _, _, finding in found for reason in finding.because)
        answer.not_arising.append({"law": view.law.id, "because": [reason.as_dict() for reason in why]})
        return
    changes = [f"{view.law.id}.{duty.id}" for duty in view.law.duties]
    for _, asks in live:
        _ask(answer, view, asks[:1], changes)


def _uncovered(answer: Assessment, facts: Facts, records: list[Loaded]) -> None:
    """Ask for counsel where people live in a place for which no record is loaded."""
    covered = [
        code for loaded in records for code in loaded.law.reach.territory if loaded.law.kind == "law" and code != "any"
    ]
    places = sorted(
        {group.jurisdiction for group in facts.groups if group.jurisdiction and (group.high is None or group.high)}
    )
    for place in places:
        whole = any(code.startswith(f"{place}-") for code in covered)
        if not whole and not lies_within(place, [code for code in covered if code != "US" or place == "US"]):
            answer.questions.append({
                "id": f"coverage.{place}", "law": "none", "citation": "no record is loaded",
                "text": f"Which law holds in {place}? No record for it is loaded: ask counsel there.", "changes": [],
                "laws": [],
            })  # fmt: skip


def told(obligations: Iterable[dict[str, Any]]) -> set[int]:
    """Return the groups whose people some obligation says to tell."""
    people = str(Audience.INDIVIDUALS)
    return {
        index for one in obligations if one["audience"] == people and one["verdict"] == str(Outcome.NOTIFY)
        for index in one["groups"]
    }  # fmt: skip


__all__ = ["Assessment", "Obligation", "assess", "told"]
