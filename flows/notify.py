"""Tell everybody. The sender is a task that Prefect never tries again: the outbox owns the retrying."""

import uuid
from dataclasses import replace

from flows.advance import ORDER, advance
from flows.kinds import ACTOR, once
from flows.safe import BatchSize, IncidentId
from flows.stages import STAGES
from models import Phase


def notify(incident_id: IncidentId) -> bool:
    """Send all that is due; return False where an approval fell and legal must look again."""
    seen = replace(STAGES, send=as_task)
    reached = advance(uuid.UUID(incident_id), actor=ACTOR, until=Phase.MONITORING, stages=seen)
    return ORDER[reached] >= ORDER[Phase.NOTIFYING]


def as_task(incident_id: uuid.UUID, batch: int) -> int:
    """Send in a task of its own, so that the run shows it; return how many were settled."""
    return send.submit(str(incident_id), batch).result()


@once("send")
def send(incident_id: IncidentId, batch: BatchSize) -> int:
    """Send what is due in batches of this size; return how many were settled."""
    return STAGES.send(uuid.UUID(incident_id), batch)
