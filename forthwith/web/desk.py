"""The intake desk: signals in no incident yet, with what may be the same, and three ways to deal with each."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from forthwith import db
from forthwith.detection import desk, links
from forthwith.settings import settings
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsIntake, WritesIncident
from forthwith.web.reporting import number_of
from models import Refusal

routes = APIRouter()


@routes.get("/signals")
def listing(visit: ReadsIntake, closed: bool = False) -> Response:
    """Show what waits, the newest first."""
    with db.session() as session:
        open_ = desk.open_incidents(session)
        return page(
            "signals", visit, waiting=desk.waiting(session, closed=closed), incidents=open_, number_of=number_of,
            closed=closed, counts={one: desk.count(session, closed=one) for one in (True, False)},
            refs={incident.id: incident.ref for incident in open_}, overrun=links.overrun(session),
            most=settings().reports_per_day,
        )  # fmt: skip


@routes.post("/signals/{signal_id}/written")
def written(signal_id: uuid.UUID, visit: WritesIncident, reason: Annotated[str, Form()] = "") -> Response:
    """Show what somebody wrote, to who says why."""
    with db.session() as session:
        signal, told = desk.look(session, signal_id, reason, by=visit.user.name)
    return page("written", visit, signal=signal, told=told, number=number_of(str(signal.id)))


@routes.post("/signals/{signal_id}")
def act(
    signal_id: uuid.UUID,
    visit: WritesIncident,
    act: Annotated[str, Form()] = "",
    title: Annotated[str, Form()] = "",
    incident: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    confirm: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Open an incident for a signal, attach it to one, or set it aside."""
    confirmed, by = confirm or [], visit.user.name
    with db.session() as session:
        if act == "open":
            ref = desk.open_for(session, signal_id, by=by, confirmed=confirmed, title=title).ref
        elif act == "attach":
            ref = desk.attach_to(session, signal_id, incident, by=by, confirmed=confirmed).ref
        elif act == "aside":
            ref = ""
            desk.set_aside(session, signal_id, reason, by=by)
        else:
            raise Refusal("That can't be done with a signal.", "Choose one of the buttons.")
    return to(f"/incidents/{ref}" if ref else "/signals")
