"""Evidence for programs: hand a file in, see what its columns are taken for, then load it."""

import uuid
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, UploadFile
from pydantic import Field
from sqlmodel import col, select

from forthwith import db
from forthwith.access.tokens import Bearer
from forthwith.web import evidence, safekeeping
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.words import Asked, Line, Ref, Told
from models import Evidence, Incident, Refusal

routes = APIRouter(tags=["evidence"])
Reads = Annotated[Bearer, Depends(Scoped("read"))]
Responds = Annotated[Bearer, Depends(Scoped("respond"))]


class FileTold(Told):
    """A file that was loaded; rows in = rows loaded + rows quarantined."""

    name: str
    sha256: str
    size: int = Field(description="Bytes.")
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    handed_in_by: str
    created_at: datetime


class EvidenceTold(Told):
    """What was handed in, and why rows were set aside."""

    files: list[FileTold]
    quarantined: dict[str, int] = Field(description="Rows by reason.")


class Column(Told):
    """What a column is taken for."""

    sheet: str
    column: str
    field: str
    how: str = Field(description="head like values saved stated none")
    elements: list[str] = Field(description="Which data it exposes.")
    examples: list[str] = Field(description="Masked: shapes, no value of anybody.")
    note: str


class Looked(Told):
    """A file that is kept sealed for a day, until it is loaded. Nothing is loaded yet."""

    upload: uuid.UUID
    name: str
    sha256: str
    rows_in: int
    encoding: str | None
    confirmed: bool = Field(description="Whether somebody confirmed these columns, now or for an earlier file.")
    columns: list[Column]


class Loading(Asked):
    """How a kept file is to be loaded. To load it is to confirm its columns."""

    columns: dict[Line, Line] = Field(default={}, max_length=500, description="Field by column, where it is another.")
    kind: Line = Field(default="customer", description="customer employee patient partner_customer member student")
    party: Line = Field(default="", description="The code of the party whose people these are; by default our own.")


class Loaded(Told):
    """What a load did."""

    rows_in: int
    rows_quarantined: int
    people_new: int
    people_changed: int
    people_joined: int
    people: int = Field(description="In scope, after the load.")
    kept_apart: int = Field(description="Pairs that look alike but contradict each other.")
    crowded: int = Field(description="Groups of so many names that misspelt ones were not looked for in them.")
    unreachable: int = Field(description="People without any address.")


@routes.get("/incidents/{ref}/evidence")
def listing(ref: Ref, asks: Reads) -> EvidenceTold:  # noqa: ARG001 - the guard itself
    """List the files that were loaded."""
    with db.session() as session:
        incident = found(session, ref)
        wanted = select(Evidence).where(Evidence.incident_id == incident.id).order_by(col(Evidence.created_at))
        files = [FileTold.model_validate(row) for row in session.exec(wanted).all()]
        return EvidenceTold(files=files, quarantined=evidence.quarantine_reasons(session, incident))


@routes.post("/incidents/{ref}/evidence", status_code=201)
def hand_in(ref: Ref, asks: Responds, file: Annotated[UploadFile, File()]) -> Looked:  # noqa: ARG001 - the guard
    """Hand a file in, up to 64 MiB, and see what its columns are taken for. It is kept sealed."""
    content = file.file.read()
    with db.session() as session:
        incident = found(session, ref)
        upload = safekeeping.keep(incident, file.filename or "", content)
        try:
            return _looked(session, incident, upload)
        except Refusal:
            safekeeping.forget(incident, upload)
            raise


@routes.post("/incidents/{ref}/evidence/{upload_id}/preview")
def preview(ref: Ref, upload_id: uuid.UUID, asks: Responds, body: Loading) -> Looked:  # noqa: ARG001 - the guard
    """Show the columns of a kept file as they would be with what you state. Nothing is loaded."""
    with db.session() as session:
        return _looked(session, found(session, ref), upload_id, dict(body.columns))


@routes.post("/incidents/{ref}/evidence/{upload_id}/load")
def load(ref: Ref, upload_id: uuid.UUID, asks: Responds, body: Loading) -> Loaded:
    """Load a kept file: each row ends as a person's or in quarantine. The columns are kept for the next such file."""
    with db.session() as session:
        incident = found(session, ref)
        report = evidence.taken_in(
            session, incident, upload_id, dict(body.columns), by=asks.user.name, kind=body.kind, party=body.party
        )
    safekeeping.forget(incident, upload_id)
    return Loaded.model_validate(report)


def _looked(session: Any, incident: Incident, upload: uuid.UUID, stated: dict[str, str] | None = None) -> Looked:
    seen = evidence.looked(session, incident, upload, stated).as_dict()
    return Looked(upload=upload, name=seen.pop("file"), **seen)
