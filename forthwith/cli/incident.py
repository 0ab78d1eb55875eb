"""`forthwith incident`: open, show, list, add to and close incidents."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from forthwith.cli.console import actor, database, incident_of, show, table

if TYPE_CHECKING:
    from sqlmodel import Session

    from models import Incident

app = App(name="incident", help="Incidents: open, show, list, state facts, close.")
Facts = Annotated[list[str], Parameter(name="--set", negative=())]


@app.command(name="open")
def open_(
    file: Path | None = None, *, title: str | None = None, set: Facts | None = None, drill: bool = False,
    json: bool = False,
) -> None:  # fmt: skip
    """Open an incident, by a file or by a title.

    Parameters
    ----------
    file:
        An incident file (YAML): title, clocks, facts, parties.
    title:
        What happened, naming nobody.
    set:
        A fact, such as breach.cause=phishing or clocks.aware_at=2026-11-18T07:40:00Z; may stand several times.
    drill:
        A drill: it goes the whole way, marked as a drill.
    """
    from forthwith.detection.facts import state

    stated = _facts(set or [])
    wanted = _file(file, title, drill)
    with database() as session:
        incident = _opened(session, wanted)
        if stated:
            state(session, incident, stated, by=actor())
        data = _summary(session, incident)
    show(data, json, f"Incident {data['ref']} opened: {data['title']}.")


def _file(file: Path | None, title: str | None, drill: bool) -> Any:
    """Return what is to be opened, as an incident file. Raises Refusal where neither file nor title is given."""
    from forthwith.detection.files import IncidentFile, read
    from models import Refusal

    if file is None and title is None:
        raise Refusal("An incident needs a title.", 'Say --title "What happened", or name an incident file.')
    wanted = read(file) if file else IncidentFile(title=title or "")
    return wanted.model_copy(update={"title": title or wanted.title, "drill": drill or wanted.drill})


def _opened(session: "Session", wanted: Any) -> "Incident":
    from forthwith.detection import open_from_file

    return open_from_file(session, wanted, actor())


def _facts(pairs: list[str]) -> dict[str, Any]:
    """Return `name=value` pairs; a value is read as YAML, so that lists can be given."""
    from forthwith.detection.files import load_yaml
    from models import Refusal

    stated: dict[str, Any] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise Refusal("--set takes name=value.", "For example: --set breach.cause=phishing")
        stated[name.strip()] = load_yaml(value, f"--set {name.strip()[:80]}") if value.strip() else None
    return stated


@app.command
def add(ref: str, file: Path, *, json: bool = False) -> None:
    """State the facts and parties of an incident file in an incident that is open already.

    Parameters
    ----------
    file:
        An incident file (YAML); its title and its drill mark are left aside.
    """
    from forthwith.detection import add_file
    from forthwith.detection.files import read

    wanted = read(file)
    with database() as session:
        incident = incident_of(session, ref)
        add_file(session, incident, wanted, actor())
        data = _summary(session, incident)
    show(data, json, f"{ref}: {len(data['facts'])} facts and {len(data['parties'])} parties known.")


@app.command
def state(ref: str, *, set: Facts, reason: str | None = None, json: bool = False) -> None:
    """State facts of an open incident, or correct them: the newest counts, the older stay on record.

    Parameters
    ----------
    set:
        name=value, several times; name= alone takes a fact back.
    reason:
        Why it is so, or why it is corrected.
    """
    from forthwith.detection.facts import state as state_facts

    stated = _facts(set)
    with database() as session:
        rows = state_facts(session, incident_of(session, ref), stated, by=actor(), reason=reason)
        data = [{"name": row.name, "value": row.value, "corrects": row.supersedes is not None} for row in rows]
    show(data, json, "\n".join(f"{row['name']} = {row['value']}" for row in data) or "Nothing new.")


@app.command(name="show")
def show_incident(ref: str, *, json: bool = False) -> None:
    """Show what is known of an incident."""
    with database() as session:
        data = _summary(session, incident_of(session, ref))
    show(data, json, _human(data))


def _summary(session: "Session", incident: "Incident") -> dict[str, Any]:
    from sqlmodel import select

    from forthwith.timeline.deadlines import due
    from forthwith.timeline.known import latest
    from models import Cohort, Signal

    facts = dict(sorted(latest(session, incident).items()))
    signals = session.exec(select(Signal).where(Signal.incident_id == incident.id)).all()
    cohorts = session.exec(select(Cohort).where(Cohort.incident_id == incident.id)).all()
    return {
        **_head(incident), "parties": _parties(session, incident), "people": sum(one.count for one in cohorts),
        "cohorts": len(cohorts), "facts": facts, "deadlines": [one.as_dict() for one in due(session, incident)],
        "signals": [one.model_dump(include={"source", "title", "seen", "severity"}) for one in signals],
        "suggested": _suggested([one.hints.get("suggests") or {} for one in signals], facts),
    }  # fmt: skip


def _head(incident: "Incident") -> dict[str, Any]:
    names = ("ref", "title", "phase", "drill", "opened_by", "created_at", "aware_at", "closed_at", "scope_version")
    return {"id": str(incident.id), **{name: getattr(incident, name) for name in names}}


def _parties(session: "Session", incident: "Incident") -> list[dict[str, str]]:
    from sqlmodel import col, select

    from models import IncidentRole, Party

    wanted = select(IncidentRole, Party).join(Party, col(Party.id) == IncidentRole.party_id)
    found = session.exec(wanted.where(IncidentRole.incident_id == incident.id))
    return [{"name": party.name, "code": party.code or "", "role": role.role} for role, party in found]


def _suggested(hints: list[dict[str, Any]], facts: dict[str, Any]) -> dict[str, Any]:
    """Return what alerts suggest and nobody has stated yet."""
    return {name: value for hint in hints for name, value in hint.items() if name not in facts and "." in name}


def _human(data: dict[str, Any]) -> str:
    aware = data["aware_at"].strftime("%Y-%m-%d %H:%M UTC") if data["aware_at"] else "not stated"
    drill = "  [DRILL]" if data["drill"] else ""
    parts = [f"{data['ref']}  {data['title']}{drill}", f"phase {data['phase']}, aware {aware}, {data['people']} people"]
    facts = [(name, _plain(value)) for name, value in data["facts"].items()]
    suggested = [(name, _plain(value)) for name, value in data["suggested"].items()]
    parties = [(one["role"], one["name"]) for one in data["parties"]]
    for head, rows in (
        (("party", "name"), parties), (("fact", "value"), facts), (("an alert suggests", "value"), suggested),
    ):  # fmt: skip
        if rows:
            parts += ["", table(head, rows)]
    late = sum(one["late"] for one in data["deadlines"])
    return "\n".join(
        [*parts, "", f"{len(data['deadlines'])} duties with a time, {late} late: `forthwith deadlines {data['ref']}`"]
    )


def _plain(value: Any) -> str:
    """Return a fact's value as words; of a judgement its answer first, then what belongs to it."""
    if isinstance(value, dict):
        rest = [f"{name} {_plain(one)}" for name, one in value.items() if name != "value"]
        return "; ".join([*([_plain(value["value"])] if "value" in value else []), *rest])
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command(name="list")
def list_incidents(*, all: bool = False, json: bool = False) -> None:
    """List the incidents, the newest first.

    Parameters
    ----------
    all:
        With those that are closed.
    """
    from sqlmodel import col, select

    from models import Incident, Phase

    wanted = select(Incident).order_by(col(Incident.created_at).desc())
    with database() as session:
        rows = session.exec(wanted if all else wanted.where(Incident.phase != Phase.CLOSED)).all()
        data = [_head(row) for row in rows]
    shown = [
        (
            one["ref"],
            one["phase"],
            one["created_at"].strftime("%Y-%m-%d"),
            "drill" if one["drill"] else "",
            one["title"],
        )
        for one in data
    ]
    show(data, json, table(("ref", "phase", "opened", "", "what"), shown) if shown else "No incident is open.")


@app.command
def close(ref: str, *, reason: str | None = None, json: bool = False) -> None:
    """Close an incident. Refused while anybody is still to be told or a delay is unexplained.

    Parameters
    ----------
    reason:
        Why it can be closed, naming nobody; needed where no law was assessed.
    """
    from forthwith import dispatch
    from forthwith.detection import close_incident

    with database() as session:
        incident = incident_of(session, ref)
        gaps = dispatch.status(session, incident)["gaps"]
        close_incident(session, incident, actor=actor(), gaps=gaps, reason=reason)
        data = _head(incident)
    show(data, json, f"Incident {ref} closed.")
