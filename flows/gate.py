"""Legal's gate: our own decisions open it. Who presses Resume in Prefect without one only makes it suspend again."""

import uuid

from prefect import suspend_flow_run

from flows.advance import ORDER, advance
from flows.kinds import ACTOR, step
from flows.safe import IncidentId
from models import Phase


def gate(incident_id: IncidentId) -> None:
    """Return where the gate is open; else suspend the run, whose process ends here."""
    while not opened(incident_id):
        # no timeout: legal takes the time that legal takes. A key of its own: Prefect passes by a sleep that was slept
        suspend_flow_run(key=uuid.uuid4().hex)


@step("gate")
def opened(incident_id: IncidentId) -> int:
    """Return 1 where every duty is decided and every wording stands approved, else 0."""
    reached = advance(uuid.UUID(incident_id), actor=ACTOR, until=Phase.NOTIFYING)
    return int(ORDER[reached] >= ORDER[Phase.NOTIFYING])
