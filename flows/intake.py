"""From a detection to an incident that is being worked on."""

import uuid

from sqlmodel import Session

from flows.kinds import ACTOR, step, story
from flows.safe import SignalId
from forthwith import db, runs
from forthwith.detection import open_incident
from models import Incident, Refusal, Signal


@story("intake")
def intake(signal_id: SignalId) -> None:
    """Open the incident that a signal tells of, once, and start its run."""
    open_from(signal_id)


@step("open")
def open_from(signal_id: SignalId) -> None:
    """Open and start. Called again, or by two at once, it finds the same incident and the same run."""
    with db.session() as session:
        incident = incident_of(session, uuid.UUID(signal_id))
    runs.start(incident.id)


def incident_of(session: Session, signal_id: uuid.UUID) -> Incident:
    """Return the signal's incident, opened where there is none. Raises Refusal for an unknown signal."""
    signal = session.get(Signal, signal_id, with_for_update=True)
    if signal is None:
        raise Refusal("There is no such signal.", "`forthwith detect` takes an alert in.")
    if signal.incident_id is not None:
        return session.get_one(Incident, signal.incident_id)
    return open_incident(session, title=signal.title, actor=ACTOR, signal=signal)
