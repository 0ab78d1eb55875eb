"""Tell everybody. A sender is a task that Prefect never tries again: the outbox owns the retrying."""

import uuid
from dataclasses import replace

from flows.advance import ORDER, advance
from flows.basis import unsent
from flows.kinds import ACTOR, once
from flows.safe import BatchSize, IncidentId
from flows.stages import STAGES
from forthwith import db
from models import Incident, Phase

LANES = 4  # senders at once


def notify(incident_id: IncidentId) -> bool:
    """Send all that is due; return False where an approval fell and legal must look again."""
    lanes = replace(STAGES, send=in_lanes)
    reached = advance(uuid.UUID(incident_id), actor=ACTOR, until=Phase.MONITORING, stages=lanes)
    return ORDER[reached] >= ORDER[Phase.NOTIFYING]


def in_lanes(incident_id: uuid.UUID, batch: int) -> int:
    """Send in several tasks at once where one batch does not hold everything; return how many were settled."""
    with db.session() as session:
        planned = unsent(session, session.get_one(Incident, incident_id))
    lanes = [send.submit(str(incident_id), batch) for _ in range(1 if planned <= batch else LANES)]
    return sum(lane.result() for lane in lanes)


@once("send")
def send(incident_id: IncidentId, batch: BatchSize) -> int:
    """Send what is due in batches of this size, beside others that do the same; return how many were settled."""
    return STAGES.send(uuid.UUID(incident_id), batch)
