"""`forthwith people remove`, `restore` and `scope`: who is in scope, since which version, and why."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from forthwith.cli.console import actor, database, incident_of, show, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from models import ScopeChange

From = Annotated[int | None, Parameter(name="--from")]
To = Annotated[int | None, Parameter(name="--to")]
HEAD = ("version", "at", "by", "what", "came", "went", "changed", "in scope", "reason")


def remove(ref: str, *numbers: int, reason: str, json: bool = False) -> None:
    """Take people out of scope: they get no notice and are counted nowhere, but stay on record.

    Approvals of the notices that they were in fall. Who was told already can't be taken out.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    numbers:
        Their numbers, as `forthwith people export` shows them.
    reason:
        Why. It stays in the timeline for ever and others read it: name no person in it.
    """
    from forthwith import scoping

    data = _moved(scoping.remove, ref, numbers, reason)
    show(data, json, _told(data, f"{data['removed']:,} taken out of scope"))


def restore(ref: str, *numbers: int, reason: str, json: bool = False) -> None:
    """Take people who were removed back into scope, with all that was learned of them since.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    numbers:
        Their numbers, as `forthwith people scope` shows them.
    reason:
        Why. It stays in the timeline for ever and others read it: name no person in it.
    """
    from forthwith import scoping

    data = _moved(scoping.restore, ref, numbers, reason)
    show(data, json, _told(data, f"{data['added']:,} taken back into scope"))


def scope(ref: str, *, from_: From = None, to: To = None, json: bool = False) -> None:
    """List the versions of the scope, who is out of it by number, and what changed between two versions.

    Parameters
    ----------
    ref:
        The incident, such as 2026-001.
    from_:
        The earlier version of a comparison; 0, nobody yet, unless stated.
    to:
        The later version of a comparison; the present one unless stated.
    """
    from forthwith import scoping

    with database() as session:
        incident = incident_of(session, ref)
        data = {
            "incident": ref, "version": incident.scope_version, "versions": scoping.scope_versions(session, incident),
            "out": scoping.taken_out(session, incident), "difference": None,
        }  # fmt: skip
        if from_ is not None or to is not None:
            data["difference"] = scoping.difference(session, incident, from_, to)
    show(data, json, _listed(data))


def _moved(move: "Callable[..., ScopeChange]", ref: str, numbers: tuple[int, ...], reason: str) -> dict[str, Any]:
    """Take people out or back in; return what that did, as plain values."""
    with database() as session:
        made = move(session, incident_of(session, ref), numbers, reason=reason, actor=actor())
    return {"incident": ref, **made.model_dump(include={"version", "what", "added", "removed", "people", "reason"})}


def _told(data: dict[str, Any], what: str) -> str:
    """Return what one change of the scope did, for people."""
    return (
        f"{what}. People in scope: {data['people']:,} (version {data['version']}).\n"
        "Approvals of the notices that they are in fall: assess, draft and have them approved again.\n"
        f"Next: forthwith people scope {data['incident']}"
    )


def _listed(data: dict[str, Any]) -> str:
    """Return the versions, and the difference where one was asked for, for people."""
    rows = [
        (
            row["version"], f"{row['at']:%Y-%m-%d %H:%M}", row["by"], row["what"], row["added"], row["removed"],
            row["changed"], row["people"], row["reason"] or "",
        )
        for row in data["versions"]
    ]  # fmt: skip
    lines = [table(HEAD, rows) if rows else "Nobody was in scope yet, or not since versions are kept."]
    if data["out"]:
        out = ", ".join(f"{one['number']} (version {one['version']})" for one in data["out"])
        lines += ["", f"Out of scope, by number: {out}"]
    return "\n".join([*lines, *(_compared(data["difference"]) if data["difference"] else [])])


def _compared(told: dict[str, Any]) -> list[str]:
    """Return a difference for people."""
    names = ("before", "came", "went", "changed", "after")
    rows = [(where, *(f"{counts[name]:,}" for name in names)) for where, counts in told["jurisdictions"].items()]
    rows.append(("all", *(f"{told[name]:,}" for name in names)))
    return ["", f"From version {told['from']} to {told['to']}:", table(("where", *names), rows)]
