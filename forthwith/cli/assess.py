"""`forthwith assess`: which duties arise, of an incident or of a facts file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forthwith.assessment import Assessment


def assess(ref: str, /, *, as_of: str | None = None, json: bool = False) -> None:
    """Show which duties arise, by when, and what must still be answered.

    Parameters
    ----------
    ref
        An incident (its assessment is run and kept), or a facts file (nothing is kept).
    as_of
        The day or instant that counts as now; of a facts file only.
    """
    from forthwith.cli.console import show

    answer = _of_file(Path(ref), as_of) if _is_file(ref) else _of_incident(ref, as_of)
    show(answer.as_dict(), json, human(answer))


def _is_file(ref: str) -> bool:
    return ref.endswith((".yaml", ".yml", ".json")) or "/" in ref or Path(ref).is_file()


def _of_file(path: Path, as_of: str | None) -> "Assessment":
    from forthwith import clock
    from forthwith.assessment import assess as evaluate
    from forthwith.assessment import plain_yaml
    from models import Refusal

    document = plain_yaml.read_file(path)
    if document is None:  # an answer "no duty" would mislead
        raise Refusal(f"{path.name} holds no facts.", "State what is known, such as `entity: {role: controller}`.")
    stated = document.get("as_of") if isinstance(document, dict) else None
    return evaluate(document, as_of=as_of or stated or clock.now())


def _of_incident(ref: str, as_of: str | None) -> "Assessment":
    from forthwith import db
    from forthwith.assessment import run
    from forthwith.cli.console import actor, incident_of
    from models import Refusal

    if as_of:
        raise Refusal("--as-of is for facts files.", "An incident is assessed as of now; leave --as-of away.")
    with db.session() as session:
        return run(session, incident_of(session, ref), actor=actor()).answer


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
    homes = [one for one in asked if one["id"].endswith((".residents", ".applies"))]
    lines = [f"  {one['id']}\n      {one['text']} [{one['citation']}]" for one in asked if one not in homes]
    if homes:
        laws = ", ".join(dict.fromkeys(one["law"] for one in homes))
        lines.append(f"  people.jurisdiction\n      Where do the people live whose home is not known? [{laws}]")
    return "\n".join(["Questions to answer", *lines]) if lines else ""


def not_arising(entries: list[dict[str, Any]]) -> str:
    """Return the laws that give no duty, each with its first reason."""
    lines = []
    for one in (entry for entry in entries if "duty" not in entry):
        first = next((reason for reason in one["because"] if reason["holds"] != "yes"), None)
        facts = "; ".join(f"{name} = {value}" for name, value in first["facts"].items()) if first else ""
        says = " ".join(filter(None, (first["says"], f"({facts})" if facts else ""))) if first else ""
        lines.append(f"  {one['law']}: {says} [{first['clause'] if first else ''}]")
    return "\n".join(["Looked at, and not arising", *lines]) if lines else ""
