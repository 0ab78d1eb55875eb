"""Handing in evidence: a file is kept sealed, its columns are shown masked, and only then it is loaded."""

import uuid
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from sqlmodel import Session, col, select
from starlette.responses import Response

from forthwith import db, scoping
from forthwith.scoping.heads import fields
from forthwith.scoping.mapping import propose
from forthwith.scoping.preparing import Understood
from forthwith.scoping.previewing import preview_of
from forthwith.scoping.reading import Document, documents
from forthwith.scoping.spool import spool
from forthwith.web import safekeeping
from forthwith.web.finding import found
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsAll, WritesIncident
from forthwith.web.incidents import people_counts
from forthwith.web.visits import Visit
from models import Evidence, Incident, Party, Quarantine, Refusal

KINDS = ("customer", "employee", "patient", "partner_customer", "member", "student")
routes = APIRouter()


@routes.get("/incidents/{ref}/evidence")
def desk(ref: str, visit: ReadsAll) -> Response:
    """Show what was handed in, and the form that takes more."""
    with db.session() as session:
        incident = found(session, ref)
        files = session.exec(
            select(Evidence).where(Evidence.incident_id == incident.id).order_by(col(Evidence.created_at))
        ).all()
        people = people_counts(session, incident)
        reasons = quarantine_reasons(session, incident)
    return page("evidence", visit, incident=incident, files=files, people=people, reasons=reasons)


@routes.post("/incidents/{ref}/evidence")
def hand_in(ref: str, visit: WritesIncident, file: Annotated[UploadFile, File()]) -> Response:
    """Keep a file sealed, and show what its columns are taken for."""
    content = file.file.read()
    with db.session() as session:
        incident = found(session, ref)
        upload = safekeeping.keep(incident, file.filename or "", content)
        try:
            return _mapping_page(session, visit, incident, upload)
        except Refusal:
            safekeeping.forget(incident, upload)
            raise


@routes.post("/incidents/{ref}/evidence/{upload_id}")
def load(
    ref: str, upload_id: uuid.UUID, visit: WritesIncident, act: Annotated[str, Form()] = "look",
    column: Annotated[list[str] | None, Form()] = None, field: Annotated[list[str] | None, Form()] = None,
    kind: Annotated[str, Form()] = "customer", party: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Show the columns again as they were set, or load the file so; a confirmed mapping is kept for the next file."""
    stated = {name: said for name, said in zip(column or [], field or [], strict=False) if said}
    with db.session() as session:
        incident = found(session, ref)
        if act != "load":
            return _mapping_page(session, visit, incident, upload_id, stated)
        taken_in(session, incident, upload_id, stated, by=visit.user.name, kind=kind, party=party)
    safekeeping.forget(incident, upload_id)
    return to(f"/incidents/{incident.ref}/evidence")


def looked(
    session: Session, incident: Incident, upload: uuid.UUID, stated: dict[str, str] | None = None
) -> scoping.Preview:
    """Return what the columns of a kept file are taken for, or were stated to be."""
    with safekeeping.opened(incident, upload) as path:
        return scoping.preview(session, path, stated) if stated else _first_look(session, path)


def taken_in(
    session: Session, incident: Incident, upload: uuid.UUID, stated: dict[str, str], *, by: str, kind: str, party: str
) -> scoping.LoadReport:  # fmt: skip
    """Load a kept file by the columns as they were stated, and keep these for the next file of its header."""
    owner = _party(session, party)
    with safekeeping.opened(incident, upload) as path:
        scoping.confirm(session, scoping.preview(session, path, stated), by=by)
        return scoping.load(
            session, incident, [path], actor=by, party=owner, columns=stated,
            kind=kind if kind in KINDS else "customer",
        )  # fmt: skip


def quarantine_reasons(session: Session, incident: Incident) -> dict[str, int]:
    """Return how many rows were set aside, by reason."""
    reasons: dict[str, int] = {}
    for reason in session.exec(select(Quarantine.reason).where(Quarantine.incident_id == incident.id)):
        reasons[reason] = reasons.get(reason, 0) + 1
    return dict(sorted(reasons.items(), key=lambda told: -told[1]))


def _mapping_page(
    session: Session, visit: Visit, incident: Incident, upload: uuid.UUID, stated: dict[str, str] | None = None
) -> Response:
    seen = looked(session, incident, upload, stated)
    return page(
        "mapping", visit, incident=incident, upload=upload, seen=seen, known=sorted(fields()), kinds=KINDS,
        parties=session.exec(select(Party).where(col(Party.code).is_not(None)).order_by(Party.name)).all(),
    )  # fmt: skip


def _first_look(session: Session, path: Path) -> scoping.Preview:
    """Return a file's columns, even where none is known to tell of a person: somebody can say so on the page."""
    try:
        return scoping.preview(session, path)
    except Refusal:
        pass
    with spool() as rows:
        found = documents(path, rows)  # a file that can't be read at all is refused again here
        return preview_of(found, map(_proposed, found))


def _proposed(document: Document) -> list[Understood]:
    """Return a file's sheets with what their columns alone tell."""
    return [Understood(sheet, propose(sheet.rows, sheet.columns)) for sheet in document.sheets]


def _party(session: Session, code: str) -> Party | None:
    """Return whose people these are, by the party's code; nobody named means our own."""
    if not code:
        return None
    party = session.exec(select(Party).where(Party.code == code)).first()
    if party is None:
        raise Refusal("There is no such organisation.", "Choose one of the list.")
    return party
