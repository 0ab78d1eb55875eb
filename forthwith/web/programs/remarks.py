"""One wording paragraph by paragraph, for programs: what was remarked on each, and the letter as it will be printed."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from forthwith import db
from forthwith.access.tokens import Bearer
from forthwith.review import covering, paragraphs, remarking
from forthwith.web import reading_room, reviewing
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.words import ANSWERERS, READERS, Asked, Line, Ref, Told, Words
from models import Variant

routes = APIRouter(tags=["wordings"])
Reads = Annotated[Bearer, Depends(Scoped("read", roles=READERS))]
Remarks = Annotated[Bearer, Depends(Scoped("respond", "review", roles=ANSWERERS))]
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


class RemarkTold(Told):
    """Something that was said about a paragraph."""

    id: uuid.UUID
    text: str
    by: str
    created_at: datetime
    privileged: bool = Field(description="Between counsel and client: in no export.")
    settled_at: datetime | None
    settled_by: str | None


class ParagraphTold(Told):
    """One paragraph, its open places shown as ‹name›."""

    sha256: str = Field(description="What a remark names it by.")
    text: str
    heading: bool
    remarks: list[RemarkTold] = Field(description="The oldest first; those that the words carried over, too.")


class DemandTold(Told):
    """One thing that the laws behind a notice demand or forbid of its words."""

    code: str
    sources: list[str] = Field(description="Law and citation of each duty.")
    met: bool
    by: str = Field(description="Another block that says it too.")
    forbidden: bool


class Paragraphs(Told):
    """A wording in paragraphs, and what the law wants of it."""

    paragraphs: list[ParagraphTold]
    demands: list[DemandTold]


class Remarking(Asked):
    """Something to say about a paragraph."""

    paragraph: Line = Field(description="The paragraph's `sha256`.")
    text: Words = Field(description="It must name nobody.")
    privileged: bool = False


@routes.get("/incidents/{ref}/wordings/{variant_id}/paragraphs")
def listing(ref: Ref, variant_id: uuid.UUID, asks: Reads) -> Paragraphs:  # noqa: ARG001 - the guard itself
    """Show a wording clause by clause, each with its remarks."""
    with db.session() as session:
        variant = reviewing.variant_of(session, found(session, ref), variant_id)
        demands = [DemandTold.model_validate(one) for one in covering.demands(session, variant)]
        return Paragraphs(paragraphs=_paragraphs(session, variant), demands=demands)


def _paragraphs(session: Session, variant: Variant) -> list[ParagraphTold]:
    said = remarking.threads(session, variant)
    return [
        ParagraphTold(
            sha256=one.sha256, text=one.text, heading=one.heading,
            remarks=[RemarkTold.model_validate(row) for row in said[one.sha256].remarks] if one.sha256 in said else [],
        )
        for one in paragraphs.paragraphs(variant)
    ]  # fmt: skip


@routes.post("/incidents/{ref}/wordings/{variant_id}/remarks", status_code=201)
def remark(ref: Ref, variant_id: uuid.UUID, asks: Remarks, body: Remarking) -> RemarkTold:
    """Say something about a paragraph."""
    with db.session() as session:
        incident = found(session, ref)
        variant = reviewing.variant_of(session, incident, variant_id)
        made = remarking.remark(
            session, incident, variant, body.paragraph, body.text, user=asks.user, privileged=body.privileged
        )
        return RemarkTold.model_validate(made)


@routes.post("/incidents/{ref}/wordings/{variant_id}/remarks/{remark_id}/settle")
def settle(ref: Ref, variant_id: uuid.UUID, remark_id: uuid.UUID, asks: Remarks) -> RemarkTold:
    """Say that a remark was dealt with."""
    with db.session() as session:
        incident = found(session, ref)
        reviewing.variant_of(session, incident, variant_id)
        return RemarkTold.model_validate(remarking.settle(session, incident, remark_id, user=asks.user))


@routes.get("/incidents/{ref}/wordings/{variant_id}/letter.pdf", response_class=Response, responses=PDF)
def letter(
    ref: Ref, variant_id: uuid.UUID, asks: Reads, size: Literal["plain", "large"] = "plain"  # noqa: ARG001 - the guard
) -> Response:  # fmt: skip
    """Return a wording for paper as it will be printed, for an invented person; `large`: as for who wished so."""
    with db.session() as session:
        variant = reviewing.variant_of(session, found(session, ref), variant_id)
    return Response(reading_room.printed(variant, size), media_type="application/pdf")
