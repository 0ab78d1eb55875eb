"""Opening an incident from a form."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from forthwith import db
from forthwith.detection import open_incident
from forthwith.detection.facts import state
from forthwith.detection.vocabulary import NAMES
from forthwith.detection.when import read_when
from forthwith.settings import settings
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsIntake, WritesIncident

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
    times = {
        **read_when(aware_at, month_first=True).facts("clocks.aware_at"),
        **read_when(occurred_from, month_first=True).facts("clocks.occurred_from", "clocks.occurred_to"),
    }
    with db.session() as session:
        incident = open_incident(session, title=title, actor=visit.user.name, drill=drill)
        state(session, incident, {**stated, **times}, by=visit.user.name, reason=_reason(aware_at, occurred_from))
    return to(f"/incidents/{incident.ref}")


def _reason(*typed: str) -> str | None:
    """Return the reason where a time was said by more than a day: its first day stands, which is the careful choice."""
    wide = [said.strip() for said in typed if (found := read_when(said, month_first=True)).first and not found.exact]
    return f"said as: {'; '.join(wide)}; the first day is taken" if wide else None
