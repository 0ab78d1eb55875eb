"""`forthwith send`: plan, go, status, reconcile, and what a person establishes by hand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from models import Incident

app = App(name="send", help="Plan, send and account for every notice.")
for name, function in {"pause": "pause", "resume": "resume", "cancel": "cancel", "test": "try_out"}.items():
    app.command(f"forthwith.cli.controlling:{function}", name=name)


def _fields(report: Any) -> dict[str, Any]:
    """Return a report as it is shown in JSON."""
    from dataclasses import fields

    return {field.name: getattr(report, field.name) for field in fields(report)}


@app.command
def plan(ref: str, *, per_day: int | None = None, json: bool = False) -> None:
    """Show who of REF is told how and why, what it costs and when it ends; plan what is approved. Nothing leaves yet.

    Parameters
    ----------
    ref:
        The incident.
    per_day:
        How many people are told a day, as many as the call centre can take; 0: as the settings say.
    json:
        As one JSON document.
    """
    from dataclasses import asdict

    from forthwith import db, dispatch
    from forthwith.cli.console import actor, incident_of, show
    from forthwith.cli.planned import told

    with db.session() as session:
        incident = incident_of(session, ref)
        _spread(session, incident, per_day)
        report = dispatch.plan(session, incident, actor=actor())
        seen = dispatch.forecast(session, incident)
    lines = [f"planned {report.planned}, held {report.held}, changed {report.changed}, cancelled {report.cancelled}"]
    lines += [f"may not leave: {line}" for line in report.blocked]
    show({**_fields(report), **asdict(seen)}, json, "\n".join([*lines, "", told(seen)]))


def _spread(session: "Session", incident: "Incident", per_day: int | None) -> None:
    """Say how many people are told a day, where somebody said so."""
    from forthwith import dispatch

    if per_day is not None:
        dispatch.set_capacity(session, incident, per_day)


@app.command
def go(ref: str, *, batch: int = 1000, per_day: int | None = None, json: bool = False) -> None:
    """Send everything of REF that is planned and due, in waves of --per-day. Safe to repeat, and safe to kill."""
    from forthwith import db, dispatch
    from forthwith.cli.console import incident_of, show
    from models import Refusal

    with db.session() as session:
        incident = incident_of(session, ref)
        _spread(session, incident, per_day)
    report = dispatch.send(incident.id, batch=batch)
    with db.session() as session:
        count, since = dispatch.waiting(session, incident_of(session, ref))
    said = ", ".join(f"{n} {state}" for state, n in sorted(report.states.items())) or "nothing was due"
    if since:
        said += f"; {count} wait, the first until {since:%H:%M:%S} UTC"
    said += "".join(f"\nchannel {name} is left alone: {why}" for name, why in sorted(report.resting.items()))
    show({**_fields(report), "lines": report.lines}, json, said)
    if report.lines:
        raise Refusal(" ".join(report.lines), f"Mend that, then `forthwith send go {ref}` again.")


@app.command
def status(ref: str, *, json: bool = False) -> None:
    """Show people, duties, deliveries by state, and every gap. The gaps must be empty to close REF."""
    from forthwith import db, dispatch
    from forthwith.cli.console import incident_of, show

    with db.session() as session:
        state = dispatch.status(session, incident_of(session, ref))
    show(state, json, _told(state))


def _told(state: dict[str, Any]) -> str:
    """Return a status for people."""
    from forthwith import dispatch
    from forthwith.cli.console import table

    rows = [(name, n) for name, n in state["deliveries"].items() if n]
    parts = [
        f"{state['incident']}: {state['people']} people, {state['duties']} duties, {state['pairs']} pairs of both",
        dispatch.equality(state), "", table(("deliveries", "count"), rows) if rows else "no deliveries yet",
    ]  # fmt: skip
    if state["reasons"]:
        reasons = [(one["n"], one["state"], one["reason"]) for one in state["reasons"]]
        parts += ["", table(("count", "state", "reason"), reasons)]
    for one in state["paused"]:
        parts += [
            "",
            f"paused: {one['channel']}, by {one['by']} since {one['since']:%Y-%m-%d %H:%M} UTC: {one['reason']}",
        ]
    for one in state["resting"]:
        parts += ["", f"channel {one['channel']} is left alone until {one['until']:%H:%M:%S} UTC: {one['why']}"]
    for one in state["late"]:
        until = f"{one['due_at']:%Y-%m-%d %H:%M} UTC"
        parts += ["", f"LATE: {one['people']} next legs by {one['medium']} can't arrive before {until}"]
    gaps = [(one["duty"] or "-", one["people"], one["why"]) for one in state["gaps"]]
    parts += ["", table(("gap in duty", "people", "why"), gaps) if gaps else "no gaps"]
    return "\n".join(parts)


@app.command
def reconcile(ref: str, *, json: bool = False) -> None:
    """Ask the providers about deliveries of REF that are in doubt. Nothing in doubt is ever sent blindly again."""
    from forthwith import db, dispatch
    from forthwith.cli.console import incident_of, show

    with db.session() as session:
        incident_id = incident_of(session, ref).id
    report = dispatch.reconcile(incident_id)
    clear = ", ".join(f"{n} {state}" for state, n in sorted(report.states.items())) or "nothing became clear"
    show(_fields(report), json, "\n".join([f"{clear}; {report.in_doubt} in doubt", *report.lines]))


@app.command
def filed(ref: str, obligation: str, *, reference: str, at: str | None = None, json: bool = False) -> None:
    """Note that the filing of OBLIGATION was handed in, under the authority's REFERENCE, now or AT a time."""
    from forthwith import db, dispatch
    from forthwith.cli.console import actor, incident_of, show

    with db.session() as session:
        incident = incident_of(session, ref)
        when = _instant(at) if at else None
        duty = dispatch.filed(session, incident, obligation, reference=reference, actor=actor(), at=when)
        told = {"duty": duty.key, "met_at": duty.met_at, "reference": reference}
    show(told, json, f"{told['duty']} is met: {reference}")


def _instant(stated: str) -> "datetime":
    """Return a time as somebody typed it; in UTC where it has no zone. Raises Refusal where it is none."""
    from datetime import UTC, datetime

    from models import Refusal

    try:
        at = datetime.fromisoformat(stated)
    except ValueError:
        raise Refusal("--at is no time.", "Write it as 2026-11-21T14:30+01:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@app.command(name="settle-letters")
def settle_letters(ref: str, file: Path, *, channel: str = "print_file", json: bool = False) -> None:
    """Load the mailing house's return FILE: which letters were mailed, and which came back."""
    from forthwith import db, dispatch
    from forthwith.cli.console import incident_of, show
    from models import Refusal

    if not file.is_file():
        raise Refusal("The return file isn't there.", "Check the path.")
    with db.session() as session:
        report = dispatch.settle_letters(session, incident_of(session, ref), file.read_bytes(), channel=channel)
    moved = ", ".join(f"{n} {state}" for state, n in sorted(report.states.items())) or "nothing moved"
    show(_fields(report), json, f"{report.events} lines, {report.new} new: {moved}")


@app.command
def resolve(
    ref: str, *, sent: Annotated[bool, Parameter(negative="--not-sent")], reason: str, delivery: str | None = None,
    json: bool = False,
) -> None:  # fmt: skip
    """Settle by hand what no provider can tell: --sent or --not-sent, with the REASON (it must name nobody)."""
    from forthwith import db, dispatch
    from forthwith.cli.console import actor, incident_of, show
    from forthwith.dispatch.filing import delivery_of

    with db.session() as session:
        incident = incident_of(session, ref)
        only = delivery_of(session, incident, delivery) if delivery else None
        n = dispatch.resolve(session, incident, sent=sent, reason=reason, actor=actor(), only=only)
    show({"resolved": n, "sent": sent}, json, f"{n} deliveries resolved as {'sent' if sent else 'not sent'}")


@app.command
def restored(ref: str, *, json: bool = False) -> None:
    """After a restored backup: put every open delivery of REF in doubt, so that nothing goes out twice."""
    from forthwith import db, dispatch
    from forthwith.cli.console import actor, incident_of, show

    with db.session() as session:
        n = dispatch.restored(session, incident_of(session, ref), actor=actor())
    show({"in_doubt": n}, json, f"{n} deliveries are in doubt; run `forthwith send reconcile {ref}` next")
