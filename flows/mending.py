"""Find incidents whose run died, sleeps beside an open gate, or ended too early, and put it right.

Prefect leaves a killed run `Running` for ever, and a wake that was lost stays lost. Our own rows tell what is due.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import col, select

from flows.advance import ORDER, due
from flows.lease import idle
from forthwith import db, runs
from forthwith.runs import Run
from models import Incident, Phase

TRIES = 5
GRACE = timedelta(seconds=60)


class Cure(StrEnum):
    """What an incident's run needs."""

    NOTHING = "nothing"
    START = "start"
    WAKE = "wake"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Case:
    """What our own rows say of one incident."""

    incident_id: uuid.UUID
    phase: Phase
    due: bool  # advance would do something
    idle: bool  # nobody gave a sign of life


def mend() -> int:
    """Cure every run that needs it; return how many. Raises Refusal where the Prefect server does not answer."""
    moment, cases = _cases()
    if not cases:
        return 0
    alive = runs.unended()
    return sum(cure(case, _run_of(case, alive), moment) for case in cases)


def _run_of(case: Case, alive: dict[uuid.UUID, Run]) -> Run | None:
    """Return the incident's run. Of an ended one we ask only where something is due."""
    known = alive.get(case.incident_id)
    return known if known or not case.due else runs.state(case.incident_id)


def cure(case: Case, run: Run | None, now: datetime) -> bool:
    """Do what the run needs; return whether it needed something."""
    needed = diagnosis(case, run, now)
    if needed == Cure.START:
        runs.start(case.incident_id)
    elif needed == Cure.WAKE:
        runs.wake(case.incident_id)
    elif needed == Cure.AGAIN:
        runs.again(case.incident_id)
    return needed != Cure.NOTHING


def diagnosis(case: Case, run: Run | None, now: datetime) -> Cure:
    """Return what an incident's newest run needs, from what both databases say."""
    if run is None or run.kind == "COMPLETED":
        return Cure.START if case.due and case.idle else Cure.NOTHING
    if run.kind == "PAUSED":  # asleep beside an open gate, or behind it
        return Cure.WAKE if case.due or ORDER[case.phase] >= ORDER[Phase.NOTIFYING] else Cure.NOTHING
    if run.kind in ("RUNNING", "PENDING"):
        return Cure.AGAIN if case.idle and now - run.since > GRACE else Cure.NOTHING
    if run.kind in ("FAILED", "CRASHED"):
        return Cure.AGAIN if case.due and _may_try_again(run, now) else Cure.NOTHING
    return Cure.NOTHING  # scheduled: soon; cancelled: somebody wanted that


def _may_try_again(run: Run, now: datetime) -> bool:
    """Allow a few tries, each after twice the wait: what passes by itself needs no person."""
    return run.count < TRIES and now - run.since > GRACE * 2 ** max(run.count - 1, 0)


def _cases() -> tuple[datetime, list[Case]]:
    """Return the database's time and the incidents that a flow works on."""
    with db.session() as session:
        moment: datetime = session.execute(text("select clock_timestamp()")).scalar_one()
        ours = select(Incident).where(col(Incident.flow_run_id).is_not(None), Incident.phase != Phase.CLOSED)
        return moment, [
            Case(one.id, Phase(one.phase), due(session, one), idle(session, one.id)) for one in session.exec(ours)
        ]
