"""An incident by what it is called."""

from sqlmodel import Session, select

from forthwith.web.failures import no_incident
from models import Incident


def found(session: Session, ref: str) -> Incident:
    """Return the incident called `ref`. Raises Missing where there is none."""
    incident = session.exec(select(Incident).where(Incident.ref == ref)).first()
    if incident is None:
        raise no_incident()
    return incident
