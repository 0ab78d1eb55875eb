"""The timeline's page and its exports."""

from fastapi import APIRouter
from sqlmodel import Session, col, select
from starlette.responses import Response

from forthwith import clock, db
from forthwith.filling import typesetting
from forthwith.timeline import export
from forthwith.timeline.chronology import chronology
from forthwith.web.failures import Missing
from forthwith.web.finding import found
from forthwith.web.frame import page
from forthwith.web.guards import ReadsAll
from models import Entry, Incident

EXPORTS = {"pdf": "application/pdf", "json": "application/json", "csv": "text/csv; charset=utf-8"}
routes = APIRouter()


@routes.get("/incidents/{ref}/timeline")
def timeline(ref: str, visit: ReadsAll) -> Response:
    """Show every step, and whether the chain of the rows holds."""
    with db.session() as session:
        incident = found(session, ref)
        rows = list(session.exec(select(Entry).where(Entry.incident_id == incident.id).order_by(col(Entry.seq))))
        report = export.verify_rows(incident, rows)
    return page("timeline", visit, incident=incident, entries=rows, report=report, kinds=list(EXPORTS))


@routes.get("/incidents/{ref}/timeline.{kind}")
def exported(ref: str, kind: str, visit: ReadsAll) -> Response:  # noqa: ARG001 - the guard
    """Return the timeline as a file."""
    with db.session() as session:
        return handed_out(session, found(session, ref), kind)


def handed_out(session: Session, incident: Incident, kind: str) -> Response:
    """Return the timeline as a file. Raises Missing for a kind that there is not."""
    if kind not in EXPORTS:
        raise Missing("There is no such export.", f"Choose one of: {', '.join(EXPORTS)}.")
    made = {"json": export.to_json, "csv": export.to_csv, "pdf": _pdf}[kind](session, incident)
    headers = {"content-disposition": f'attachment; filename="{incident.ref}-timeline.{kind}"'}
    return Response(made, media_type=EXPORTS[kind], headers=headers)


def _pdf(session: Session, incident: Incident) -> bytes:
    """Return the timeline for people, with its signed JSON attached."""
    return typesetting.compile("timeline.typ", chronology(session, incident), timestamp=clock.now())
