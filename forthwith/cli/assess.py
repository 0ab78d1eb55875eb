"""`forthwith assess`: which duties arise, of an incident or of a facts file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from forthwith.assessment import Assessment

SHOWN = 12  # laws that hang on one question


def assess(
    ref: str, /, *, as_of: str | None = None, what_if: Annotated[list[str] | None, Parameter(name="--if")] = None,
    methods: bool = False, json: bool = False,
) -> None:  # fmt: skip
    """Show which duties arise, by when, and what must still be answered.

    Parameters
    ----------
    ref
        An incident (its assessment is run and kept), or a facts file (nothing is kept).
    as_of
        The day or instant that counts as now: the law of that day, and what was stated of an incident until then.
    what_if
        FACT=VALUE, once or several times: show instead what the change would make of the duties. Nothing is kept.
    methods
        Show as well what the known risk methods make of the facts: they advise, the law decides.
    """
    from forthwith.cli.console import show

    if what_if:
        changed = _changed(ref, as_of, what_if)
        return show(changed, json, _changes(changed))
    answer = _of_file(ref, as_of) if _is_file(ref) else _of_incident(ref, as_of)
    advice = _advice(ref, as_of, answer) if methods else []
    data = answer.as_dict() | ({"methods": advice} if methods else {})
    return show(data, json, "\n\n".join([human(answer), *([_advised(advice)] if methods else [])]))


def _is_file(ref: str) -> bool:
    return ref.endswith((".yaml", ".yml", ".json")) or "/" in ref or Path(ref).is_file()


def _of_file(ref: str, as_of: str | None) -> "Assessment":
    from forthwith.assessment import assess as evaluate

    return evaluate(*_facts(ref, as_of))


def _facts(ref: str, as_of: str | None) -> tuple[dict[str, Any], object]:
    """Return a facts document and the instant that counts as now; of an incident what was stated until then."""
    from forthwith import clock
    from forthwith.assessment import plain_yaml
    from models import Refusal

    if not _is_file(ref):
        return _facts_of_incident(ref, as_of)
    path = Path(ref)
    document = plain_yaml.read_file(path)
    if document is None:  # an answer "no duty" would mislead
        raise Refusal(f"{path.name} holds no facts.", "State what is known, such as `entity: {role: controller}`.")
    stated = document.get("as_of") if isinstance(document, dict) else None
    return document, as_of or stated or clock.now()


def _facts_of_incident(ref: str, as_of: str | None) -> tuple[dict[str, Any], object]:
    from forthwith import clock, db
    from forthwith.assessment.facts import facts_of
    from forthwith.assessment.incident_facts import incident_facts
    from forthwith.cli.console import incident_of

    now = facts_of({}, as_of).as_of if as_of else clock.now()
    with db.session() as session:
        return incident_facts(session, incident_of(session, ref), now).document, now


def _of_incident(ref: str, as_of: str | None) -> "Assessment":
    """Run an incident's assessment and keep it; of another day only show it."""
    from forthwith import db
    from forthwith.assessment import assess as evaluate
    from forthwith.assessment import run
    from forthwith.cli.console import actor, incident_of

    if as_of:
        return evaluate(*_facts_of_incident(ref, as_of))
    with db.session() as session:
        report = run(session, incident_of(session, ref), actor=actor())
    for one in report.changed_laws:
        lines = [f"  {line}" for line in one["lines"] or ["its earlier text was not kept"]]
        told = f"The record of {one['law']} is another than at the assessment before:"
        sys.stderr.write("\n".join([told, *lines]) + "\n")
    return report.answer


def _changed(ref: str, as_of: str | None, stated: list[str]) -> dict[str, Any]:
    from forthwith.assessment import plain_yaml
    from forthwith.assessment.whatif import what_if
    from models import Refusal

    pairs = [one.partition("=") for one in stated]
    if wrong := next((one for one, (name, sign, _) in zip(stated, pairs, strict=True) if not name or not sign), None):
        raise Refusal(f"{wrong[:60]!r} states no fact.", "Write it as FACT=VALUE, such as breach.cause=theft.")
    try:
        change = {name: plain_yaml.read(value) if value else None for name, _, value in pairs}
    except plain_yaml.Unreadable as fault:
        raise Refusal(f"A value of --if can't be read: {fault}.", "Lists are written as [a, b].") from None
    document, now = _facts(ref, as_of)
    return what_if(document, change, now)


def _changes(changed: dict[str, Any]) -> str:
    """Return what a change of facts would make of the duties, as people read it."""
    from forthwith.cli.console import table

    rows = [
        (one["state"], one["id"], _short(one["from"]), _short(one["to"]), (one["to"] or one["from"])["citation"][:50])
        for one in changed["duties"]
    ]
    parts = [table(("", "duty", "now", "then", "citation"), rows) if rows else "No duty comes, goes or changes."]
    asked = changed["questions"]
    parts += [f"Asked then: {', '.join(asked['come'])}"] if asked["come"] else []
    parts += [f"No longer asked: {', '.join(asked['go'])}"] if asked["go"] else []
    return "\n\n".join(parts)


def _short(one: dict[str, Any] | None) -> str:
    if one is None:
        return "-"
    due = one["due_at"] or one["target_at"]
    return str(one["verdict"]).replace("_", " ") + (f", {'' if one['due_at'] else '~'}{due[:10]}" if due else "")


def _advice(ref: str, as_of: str | None, answer: "Assessment") -> list[dict[str, Any]]:
    from forthwith.assessment import methods

    return methods.advise(*_facts(ref, as_of), law_ids=[one["id"] for one in answer.laws])


def _advised(advice: list[dict[str, Any]]) -> str:
    """Return what risk methods say, each with its inputs and what is missing."""
    lines = []
    for one in advice:
        score = f", score {one['low']:g}" + (f" to {one['high']:g}" if one["high"] != one["low"] else "")
        inputs = ", ".join(f"{name['id']} {' or '.join(name['levels'])}".replace("_", " ") for name in one["inputs"])
        values = "; ".join(f"{key}: {value}".replace("_", " ") for key, value in one["suggests"].items())
        outcome = one["outcome"] if one["outcome"] != "review" else f"for a person ({' or '.join(one['possible'])})"
        head = f"  {one['title']}: {outcome.replace('_', ' ')}{score if one['scored'] else ''} [{values}]"
        lines += [head, f"      {inputs}"]
        lines += [f"      missing: {asked['text']} [answers.{asked['id']}]" for asked in one["missing"]]
    return "\n".join(["Risk methods: they advise, the law's own presumption decides", *lines])


def human(answer: "Assessment") -> str:
    """Return an answer as people read it: the duties first, then what must be answered, then what does not arise."""
    parts = [duties(answer.obligations), questions(answer.questions), not_arising(answer.not_arising)]
    if answer.ignored:
        parts.append("Not understood, and left aside: " + ", ".join(answer.ignored))
    return "\n\n".join(part for part in parts if part)


def duties(obligations: list[dict[str, Any]]) -> str:
    """Return the table of duties, the most urgent first."""
    from forthwith.cli.console import table

    if not obligations:
        return "No duty arises from what is known."
    rows = [
        (when(one), one["verdict"].replace("_", " "), one["law"], who(one), people(one), one["citation"][:60])
        for one in obligations
    ]
    return table(("due", "verdict", "law", "who is told", "people", "citation"), rows)


def when(one: dict[str, Any]) -> str:
    """Return by when, in the authority's own time; `~` marks a target of our own where the law fixes no number."""
    if one["met_at"]:
        return f"done {one['met_at'][:10]}"
    if due := one["due_at"]:
        return f"{due[:16].replace('T', ' ')}{due[19:]}"
    if aim := one["target_at"]:
        return f"~{aim[:16].replace('T', ' ')}{aim[19:]}"
    return "after the notice" if any(clock["kind"] == "latest_possible" for clock in one["clocks"]) else "-"


def who(one: dict[str, Any]) -> str:
    """Return who is told, and where."""
    name = one["audience"] if one["audience"] == "individuals" else one["recipient_name"]
    return name if one["jurisdiction"] in (*name.split(), "contract") else f"{name} ({one['jurisdiction']})"


def people(one: dict[str, Any]) -> str:
    """Return how many people a duty is about."""
    if one["count"] is None:
        return "?"
    return f"{one['count']:,}" + ("" if one["count_possible"] == one["count"] else "+")


def questions(asked: list[dict[str, Any]]) -> str:
    """Return the questions, those about homes as one line."""
    homes = [one for one in asked if one["id"].endswith(".residents")]
    lines = [f"  {one['id']}\n      {one['text']} [{_rests_on(one)}]" for one in asked if one not in homes]
    if homes:
        laws = ", ".join(dict.fromkeys(one["law"] for one in homes))
        lines.append(f"  people.jurisdiction\n      Where do the people live whose home is not known? [{laws}]")
    return "\n".join(["Questions to answer", *lines]) if lines else ""


def _rests_on(one: dict[str, Any]) -> str:
    """Return the clause that a question comes from; where several laws hang on it, which."""
    laws = one["laws"]
    if len(laws) < 2:
        return str(one["citation"])
    more = f" and {len(laws) - SHOWN} more" if len(laws) > SHOWN else ""
    return f"decides on {', '.join(laws[:SHOWN])}{more}"


def not_arising(entries: list[dict[str, Any]]) -> str:
    """Return the laws that give no duty, each with its first reason."""
    lines = []
    for one in (entry for entry in entries if "duty" not in entry):
        first = next((reason for reason in one["because"] if reason["holds"] != "yes"), None)
        facts = "; ".join(f"{name} = {value}" for name, value in first["facts"].items()) if first else ""
        says = " ".join(filter(None, (first["says"], f"({facts})" if facts else ""))) if first else ""
        lines.append(f"  {one['law']}: {says} [{first['clause'] if first else ''}]")
    return "\n".join(["Looked at, and not arising", *lines]) if lines else ""
