"""Opening an incident from a form."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from starlette.responses import Response

from forthwith import db
from forthwith.detection import open_incident
from forthwith.detection.facts import state
from forthwith.detection.vocabulary import NAMES
from forthwith.settings import settings
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsIntake, WritesIncident
from models import Refusal

ASKED = (
    "breach.cause", "breach.actor", "breach.recipients", "breach.exfiltration", "breach.protection.unintelligible",
    "entity.role",
)  # fmt: skip
routes = APIRouter()


@routes.get("/incidents/new")
def form(visit: ReadsIntake) -> Response:
    """Show the form that opens an incident."""
    return page("intake", visit, asked={name: NAMES[name].words for name in ASKED}, zone=settings().timezone)


@routes.post("/incidents/new")
def open_one(
    visit: WritesIncident,
    title: Annotated[str, Form()] = "",
    aware_at: Annotated[str, Form()] = "",
    occurred_from: Annotated[str, Form()] = "",
    properties: Annotated[list[str] | None, Form()] = None,
    answers: Annotated[list[str] | None, Form()] = None,
    drill: Annotated[bool, Form()] = False,
) -> Response:
    """Open an incident and state what the form says; a field left empty stays unknown."""
    stated: dict[str, object] = {name: value for name, value in zip(ASKED, answers or [], strict=False) if value}
    if properties:
        stated["breach.properties"] = properties
    for name, typed in (("clocks.aware_at", aware_at), ("clocks.occurred_from", occurred_from)):
        if typed:
            stated[name] = local_instant(typed)
    with db.session() as session:
        incident = open_incident(session, title=title, actor=visit.user.name, drill=drill)
        state(session, incident, stated, by=visit.user.name)
    return to(f"/incidents/{incident.ref}")


def local_instant(typed: str) -> str:
    """Return a form's local time as RFC 3339 in UTC. Raises Refusal where it is none."""
    try:
        read = datetime.fromisoformat(typed)
    except ValueError:
        raise Refusal("That is no time.", "Write it as 2026-11-18T07:40.") from None
    zoned = read if read.tzinfo else read.replace(tzinfo=ZoneInfo(settings().timezone))
    return zoned.astimezone(UTC).isoformat().replace("+00:00", "Z")
