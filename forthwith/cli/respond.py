"""`forthwith respond`: run an incident up to the gate, and on from it once legal has decided."""

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uuid

    from forthwith.runs import Run

POLL, POLL_LONGEST = 0.2, 0.6  # seconds


def respond(ref: str, *, wait: bool = False, inline: bool = False, json: bool = False) -> None:
    """Run an incident's flow up to legal's gate, and on from it once legal has decided. Call it as often as you like.

    Parameters
    ----------
    ref: the incident, for example 2026-001
    wait: stay until the flow waits for legal or is done
    inline: run here, without a Prefect server: the same path, the same rows
    json: print one JSON document
    """
    from forthwith import db
    from forthwith.cli.console import actor, incident_of, show

    with db.session() as session:
        incident_id = incident_of(session, ref).id
    if inline:
        from flows.advance import advance

        advance(incident_id, actor=actor())
        told: dict[str, Any] = {}
    else:
        told = through_prefect(incident_id, wait)
    data = {"ref": ref, **standing(incident_id), **told}
    show(data, json, line(data))


def through_prefect(incident_id: "uuid.UUID", wait: bool) -> dict[str, str]:
    """Start or wake the incident's run where something is due; return its id and how it is.

    Raises Refusal where a waited-for run fails.
    """
    from forthwith import runs
    from models import Refusal

    now = _running(incident_id)
    pause = POLL
    while wait and now and now.kind in ("SCHEDULED", "PENDING", "RUNNING"):
        time.sleep(pause)
        pause = min(POLL_LONGEST, pause * 1.2)  # who waits long is in no hurry
        now = runs.state(incident_id)
    if now and now.kind in ("FAILED", "CRASHED"):
        raise Refusal(f"The run failed: {now.message}", "Mend that, then respond again: what is done stays done.")
    return {"run": now.id if now else "", "state": now.name if now else "Unknown"}


def _running(incident_id: "uuid.UUID") -> "Run | None":
    """Return the incident's newest run, started or woken where there is anything for it to do."""
    from flows.advance import wanted
    from forthwith import runs

    now = runs.state(incident_id)
    if now and now.kind in ("PAUSED", "COMPLETED") and not wanted(incident_id):
        return now  # legal has not decided, or all is done
    runs.start(incident_id)
    runs.wake(incident_id)
    return runs.state(incident_id)


def standing(incident_id: "uuid.UUID") -> dict[str, Any]:
    """Return the phase and what legal must still decide."""
    from flows.advance import phase_of, waiting_for

    return {"phase": str(phase_of(incident_id)), "waiting_for": waiting_for(incident_id)}


def line(data: dict[str, Any]) -> str:
    """Return what a person reads."""
    ref, missing = data["ref"], data["waiting_for"]
    if missing:
        listed = "\n".join(f"  {one}" for one in missing)
        return f"{ref} is waiting for legal: {len(missing)} thing{'s' * (len(missing) != 1)} to decide\n{listed}"
    if data.get("state") in ("Scheduled", "Pending", "Running", "AwaitingRetry", "Late"):
        return f"{ref} is being worked on; now {data['phase']}. `forthwith respond {ref} --wait` stays until it waits."
    return f"{ref} is {data['phase']}."
