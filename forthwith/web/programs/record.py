"""The timeline and the deadlines, for programs."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlmodel import col, select
from starlette.responses import Response

from forthwith import db
from forthwith.access.roles import visible
from forthwith.access.tokens import Bearer
from forthwith.timeline.deadlines import due
from forthwith.timeline.export import as_dict
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.words import MOST, NUMBER, PAGE, Ref, Told
from forthwith.web.story import EXPORTS, handed_out
from models import Entry, Incident

routes = APIRouter()
Reads = Annotated[Bearer, Depends(Scoped("read"))]
FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {kind.partition(";")[0]: {} for kind in EXPORTS.values()}}
}


class EntryTold(Told):
    """One step. Entries are chained: `prev` is the hash of the one before."""

    incident: str = Field(description="The incident's id.")
    seq: int = Field(description="From 1, without a gap.")
    at: datetime
    actor: str
    verb: str
    object_type: str
    object_id: str
    text: str
    data: dict[str, Any]
    prev: str
    sha256: str
    signature: str


class EntryPage(Told):
    """Entries in order."""

    entries: list[EntryTold]
    after: int | None = Field(description="Ask with this for the next page; nothing: there is none.")


class DeadlineTold(Told):
    """One duty and its time."""

    incident: str
    key: str
    law: str
    duty: str
    audience: str
    recipient: str
    jurisdiction: str
    count: int | None
    verdict: str
    citation: str
    starts_at: datetime
    due_at: datetime | None = Field(description="UTC; nothing: the law names no number, so without undue delay.")
    local: str | None = Field(description="`due_at` by the authority's own clock.")
    met_at: datetime | None
    late: bool
    left_seconds: int | None = Field(description="Below zero: past due.")
    reason: str | None = Field(description="Why it was late, where somebody said so.")
    demands_reason: bool
    drill: bool


@routes.get("/incidents/{ref}/timeline", tags=["timeline"])
def timeline(
    ref: Ref, asks: Reads,  # noqa: ARG001 - the guard itself
    after: Annotated[int, Query(ge=0, le=NUMBER)] = 0, limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
) -> EntryPage:  # fmt: skip
    """List what happened, in order."""
    with db.session() as session:
        wanted = select(Entry).where(Entry.incident_id == found(session, ref).id, Entry.seq > after)
        rows = session.exec(wanted.order_by(col(Entry.seq)).limit(limit)).all()
        told = [EntryTold.model_validate(as_dict(row)) for row in rows]
    return EntryPage(entries=told, after=told[-1].seq if len(told) == limit else None)


@routes.get("/incidents/{ref}/timeline/export", tags=["timeline"], response_class=Response, responses=FILES)
def export(ref: Ref, asks: Reads, kind: Literal["json", "csv", "pdf"] = "json") -> Response:  # noqa: ARG001
    """Hand the whole timeline out: `json` is signed and can be verified without us."""
    with db.session() as session:
        return handed_out(session, found(session, ref), kind)


@routes.get("/deadlines", tags=["deadlines"])
def deadlines(asks: Reads) -> list[DeadlineTold]:
    """List what is due in every open incident that this token's user sees, the earliest first."""
    with db.session() as session:
        mine = set(session.exec(select(Incident.ref).where(*visible(asks.user, Incident.id))).all())
        return [DeadlineTold.model_validate(one) for one in due(session) if one.incident in mine]


@routes.get("/incidents/{ref}/deadlines", tags=["deadlines"])
def deadlines_of(ref: Ref, asks: Reads) -> list[DeadlineTold]:  # noqa: ARG001 - the guard itself
    """List what is due in one incident, the earliest first."""
    with db.session() as session:
        return [DeadlineTold.model_validate(one) for one in due(session, found(session, ref))]
