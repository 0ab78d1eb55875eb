"""Move an incident as far as it can go. The flows call this, `respond --inline` calls this: one path, the same rows.

A state machine by `Incident.phase`. Each step opens and commits its own session, and writes the new phase in the
transaction that did the work: whoever is killed in the middle leaves either the old phase or the new one.
"""

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from flows import basis
from flows.lease import leased
from flows.stages import STAGES, Stages, Verb
from forthwith import clock, db
from forthwith.timeline import record
from models import Incident, Phase, Refusal

ORDER = {phase: number for number, phase in enumerate(Phase)}
STEPS = 60  # one call never takes more: something that changes all the time must be seen, not chased


@dataclass(frozen=True)
class Walk:
    """One call's work: on which incident, by whom, how far, with which verbs."""

    incident_id: uuid.UUID
    actor: str
    until: Phase
    stages: Stages


def advance(
    incident_id: uuid.UUID, *, actor: str, now: datetime | None = None,
    until: Phase = Phase.CLOSED, stages: Stages = STAGES,
) -> Phase:  # fmt: skip
    """Run stages until the incident reaches `until`, waits for legal, or has nothing to do; return its phase.

    Safe to call again and to call twice at once: the second caller does nothing. Raises Refusal for an unknown one.
    """
    with clock.frozen(now) if now else nullcontext():
        before = phase_of(incident_id)
        with leased(incident_id) as mine:
            if mine and before != Phase.CLOSED:
                _walk(Walk(incident_id, actor, until, stages))
        return phase_of(incident_id)


def phase_of(incident_id: uuid.UUID) -> Phase:
    """Return the incident's phase. Raises Refusal where there is no such incident."""
    with db.session() as session:
        return Phase(_found(session, incident_id).phase)


def owned_by(incident_id: uuid.UUID, flow_run_id: str) -> None:
    """Note which flow run works on the incident: only those are mended."""
    with db.session() as session:
        incident = _found(session, incident_id)
        incident.flow_run_id = flow_run_id
        session.add(incident)


def waiting_for(incident_id: uuid.UUID, stages: Stages = STAGES) -> list[str]:
    """Return what legal's gate still waits for, one line each; empty where it is open or not reached."""
    with db.session() as session:
        incident = _found(session, incident_id)
        return stages.missing(session, incident) if incident.phase == Phase.IN_REVIEW else []


def due(session: Session, incident: Incident, stages: Stages = STAGES) -> bool:
    """Return whether `advance` would do anything now."""
    phase = Phase(incident.phase)
    if phase == Phase.CLOSED:
        return False
    if phase in (Phase.IN_REVIEW, Phase.MONITORING) and not basis.step_back(session, incident):
        return phase == Phase.IN_REVIEW and not stages.missing(session, incident)
    return True


def wanted(incident_id: uuid.UUID, stages: Stages = STAGES) -> bool:
    """Return whether a run of the incident would do anything now: move it on, or send what was planned since."""
    with db.session() as session:
        incident = _found(session, incident_id)
        return due(session, incident, stages) or bool(basis.unsent(session, incident))


def _walk(walk: Walk) -> None:
    for _ in range(STEPS):
        if not _step(walk):
            return
    raise Refusal(
        "The incident changed all the while it was being worked on.", "Let the loading end, then respond again."
    )


def _step(walk: Walk) -> bool:
    """Do what the present phase asks for; return whether the incident moved."""
    if _stepped_back(walk):
        return True
    phase = phase_of(walk.incident_id)
    if ORDER[phase] >= ORDER[walk.until]:
        return False
    return STEP[phase](walk)


def _stepped_back(walk: Walk) -> bool:
    """Send the incident back where facts, people, law, duties or words changed, or an approval of the unsent fell."""
    with db.session() as session:
        incident = _found(session, walk.incident_id)
        target = basis.step_back(session, incident) or _gate_fell(session, incident, walk)
        if target:
            _move(session, incident, target, walk.actor)
        return target is not None


def _gate_fell(session: Session, incident: Incident, walk: Walk) -> Phase | None:
    told = incident.phase == Phase.MONITORING and not basis.unsent(session, incident)
    if told or incident.phase not in (Phase.NOTIFYING, Phase.MONITORING):
        return None
    return Phase.IN_REVIEW if walk.stages.missing(session, incident) else None


def _stage(
    walk: Walk, work: Verb, target: Phase, rests_on: Callable[[Session, Incident], dict[str, object]] | None = None
) -> bool:
    """Do one stage's work, note what it rests on and move, all in one transaction."""
    with db.session() as session:
        incident = _found(session, walk.incident_id, hold=True)
        work(session, incident, walk.actor)
        session.flush()
        if rests_on:
            incident.basis = {**incident.basis, **rests_on(session, incident)}
        _move(session, incident, target, walk.actor)
    return True


def _scope(walk: Walk) -> bool:
    return _stage(walk, walk.stages.scope, Phase.ASSESSING, basis.of_assessment)


def _assess(walk: Walk) -> bool:
    return _stage(walk, walk.stages.assess, Phase.DRAFTING)


def _draft(walk: Walk) -> bool:
    return _stage(walk, walk.stages.draft, Phase.IN_REVIEW, basis.of_wording)


def _pass_gate(walk: Walk) -> bool:
    """Go on only where our own decisions open the gate."""
    with db.session() as session:
        incident = _found(session, walk.incident_id, hold=True)
        if walk.stages.missing(session, incident):
            return False
        _move(session, incident, Phase.NOTIFYING, walk.actor)
    return True


def _notify(walk: Walk) -> bool:
    _send_all(walk)
    with db.session() as session:
        incident = _found(session, walk.incident_id, hold=True)
        _move(session, incident, Phase.MONITORING, walk.actor)
    return True


def _tend(walk: Walk) -> bool:
    """Send what a late answer planned anew, the next lawful leg, and hand out the proof. The phase stays."""
    with db.session() as session:
        waiting = basis.unsent(session, _found(session, walk.incident_id))
    if waiting:
        _send_all(walk)
    walk.stages.report(walk.incident_id)
    return False


def _send_all(walk: Walk) -> None:
    """Plan, send until nothing is due, ask about what is in doubt."""
    with db.session() as session:
        incident = _found(session, walk.incident_id)
        walk.stages.plan(session, incident, walk.actor)
        batch = batch_size(basis.unsent(session, incident))
    while walk.stages.send(walk.incident_id, batch):
        pass
    walk.stages.reconcile(walk.incident_id)


def batch_size(deliveries: int) -> int:
    """Return how many deliveries a batch holds: at most some 200 batches, each small enough to be tried again."""
    return max(500, min(5000, deliveries // 200))


def _found(session: Session, incident_id: uuid.UUID, hold: bool = False) -> Incident:
    """Return the incident, its row held where asked: who changes people or phase meanwhile waits for us."""
    incident = session.get(Incident, incident_id, with_for_update={"key_share": True} if hold else None)
    if incident is None:
        raise Refusal("There is no such incident.", "`forthwith incident list` shows them.")
    return incident


def _move(session: Session, incident: Incident, target: Phase, actor: str) -> None:
    before, incident.phase = incident.phase, target
    session.add(incident)
    record(
        session, incident.id, actor=actor, verb="moved", text=f"From {before} to {target}.",
        data={"from": before, "to": str(target)},
    )  # fmt: skip


STEP: dict[Phase, Callable[[Walk], bool]] = {
    Phase.DETECTED: _scope, Phase.SCOPING: _scope, Phase.ASSESSING: _assess, Phase.DRAFTING: _draft,
    Phase.IN_REVIEW: _pass_gate, Phase.NOTIFYING: _notify, Phase.MONITORING: _tend,
}  # fmt: skip
