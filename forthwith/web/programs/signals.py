"""The intake desk for programs: alerts come in, and a signal opens an incident, joins one, or is set aside."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from forthwith import db
from forthwith.access.tokens import Bearer
from forthwith.detection import desk, detect
from forthwith.web.bearing import Scoped
from forthwith.web.programs.incidents import IncidentTold
from forthwith.web.programs.people import Why
from forthwith.web.programs.words import Anything, Asked, Done, Line, Reason, Told
from models import UserRole

routes = APIRouter(tags=["signals"])
Responds = Annotated[Bearer, Depends(Scoped("respond"))]
Opens = Annotated[Bearer, Depends(Scoped("people", roles=(UserRole.RESPONDER,)))]


class SignalTold(Told):
    """One report of one source. What a person wrote with it is not told here: it is opened by itself, for a reason."""

    id: uuid.UUID
    source: str
    title: str
    severity: str = Field(description="low medium high critical unknown")
    detected_at: datetime | None
    seen: int = Field(description="How often it was reported.")
    proposed: dict[str, Any] = Field(description="Facts that it suggests; state them by opening or attaching with it.")


class SignalPage(Told):
    """What waits on the desk, the newest first, at most 200, and how many wait in all."""

    signals: list[SignalTold]
    waiting: int


class Written(Told):
    """What a person wrote, opened. That this was asked, and why, stays with the signal."""

    signal: uuid.UUID
    written: dict[str, str] = Field(description="By field: personal data.")


class Alert(Asked):
    """An alert as a known tool makes it, or a list of them."""

    payload: Anything = Field(description="The tool's JSON, as it sends it.")
    source: Line | None = Field(default=None, description="The tool's name; by default its shape is recognised.")
    open: bool = Field(default=False, description="Open one incident for what belongs to none yet.")


class Taken(Told):
    """What an alert became."""

    signals: list[uuid.UUID]
    new: int
    incident: str | None = Field(description="The incident that was opened, or was open for them.")
    opened: bool


class Opening(Asked):
    """A signal becomes an incident."""

    title: Line = Field(default="", description="By default the signal's own.")
    confirm: list[Line] = Field(default=[], max_length=100, description="Names of proposed facts to state at once.")


class Attaching(Asked):
    """A signal joins an incident that is open."""

    incident: Line
    confirm: list[Line] = Field(default=[], max_length=100)


class Aside(Asked):
    """A signal is none."""

    reason: Reason


@routes.get("/signals")
def listing(asks: Responds, closed: bool = False) -> SignalPage:  # noqa: ARG001 - the guard itself
    """List the signals that nobody has dealt with. `closed`: those that are closed at their source."""
    with db.session() as session:
        rows = desk.waiting(session, closed=closed)
        told = [SignalTold(proposed=row.proposed, **_told(row.signal)) for row in rows]
        return SignalPage(signals=told, waiting=desk.count(session, closed=closed))


def _told(signal: Any) -> dict[str, Any]:
    names = ("id", "source", "title", "severity", "detected_at", "seen")
    return {name: getattr(signal, name) for name in names}


@routes.post("/signals", status_code=201)
def take(asks: Responds, body: Alert) -> Taken:
    """Take an alert in: the same alert is one signal however often it comes."""
    with db.session() as session:
        made = detect(session, body.payload, actor=asks.user.name, source_name=body.source, open=body.open)
        ref = made.incident.ref if made.incident else None
        return Taken(signals=[one.id for one in made.signals], new=made.new, incident=ref, opened=made.opened)


@routes.post("/signals/{signal_id}/written")
def written(signal_id: uuid.UUID, asks: Opens, body: Why) -> Written:
    """Open what somebody wrote with a signal, for a stated reason, which stays with it."""
    with db.session() as session:
        signal, told = desk.look(session, signal_id, body.reason, by=asks.user.name)
        return Written(signal=signal.id, written={name: str(said) for name, said in told.items() if said})


@routes.post("/signals/{signal_id}/open", status_code=201)
def open_one(signal_id: uuid.UUID, asks: Responds, body: Opening) -> IncidentTold:
    """Open an incident for a signal."""
    with db.session() as session:
        made = desk.open_for(session, signal_id, by=asks.user.name, confirmed=body.confirm, title=body.title)
        return IncidentTold.model_validate(made)


@routes.post("/signals/{signal_id}/attach")
def attach(signal_id: uuid.UUID, asks: Responds, body: Attaching) -> IncidentTold:
    """Make a signal part of an incident that is open."""
    with db.session() as session:
        made = desk.attach_to(session, signal_id, body.incident, by=asks.user.name, confirmed=body.confirm)
        return IncidentTold.model_validate(made)


@routes.post("/signals/{signal_id}/aside")
def set_aside(signal_id: uuid.UUID, asks: Responds, body: Aside) -> Done:
    """Take a signal off the desk, with a reason."""
    with db.session() as session:
        desk.set_aside(session, signal_id, body.reason, by=asks.user.name)
    return Done()
