"""One wording, read by itself: as it will arrive, clause by clause, beside its last version, with remarks."""

import io
import re
import uuid
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

import pypdfium2
from fastapi import APIRouter, Form
from sqlmodel import Session
from starlette.responses import Response

from forthwith import clock, db, review
from forthwith.approval import Present, standing
from forthwith.drafting.lint import HEDGES, NO_EVIDENCE
from forthwith.filling import sms
from forthwith.filling.letters import PLAIN, SIZES, Letter, typeset
from forthwith.review import covering, paragraphs, remarking
from forthwith.review.binding import bound
from forthwith.review.packaging import draft_view
from forthwith.review.reading import before
from forthwith.review.users import same_name
from forthwith.web.failures import Missing
from forthwith.web.finding import found
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsReview, WritesAnswer
from forthwith.web.holding import again, held
from forthwith.web.proving import factor_due
from forthwith.web.reviewing import variant_of
from models import Incident, Medium, Notice, Refusal, Variant

SHARP = 1.6  # pixels a point: a page of A4 is 950 pixels wide
MARKS = (("hedge", HEDGES), ("claim", NO_EVIDENCE))
routes = APIRouter()


@routes.get("/incidents/{ref}/review/variants/{variant_id}")
def read(ref: str, variant_id: uuid.UUID, visit: ReadsReview) -> Response:
    """Show all that there is to know of one wording before a decision."""
    with db.session() as session:
        incident = found(session, ref)
        variant = variant_of(session, incident, variant_id)
        told = _told(session, incident, variant)
    own = same_name(incident.opened_by, visit.user.name)
    due, typed = factor_due(visit), again(visit)
    return page(
        "wording", visit, incident=incident, variant=variant, ref=ref, factor_due=due, typed=typed, own=own, **told
    )  # fmt: skip


def _told(session: Session, incident: Incident, variant: Variant) -> dict[str, Any]:
    """Return what the page shows."""
    present = Present(session, remembers=True)
    now, stands = bound(session, variant, present), standing(session, variant, present)
    notice = session.get_one(Notice, variant.notice_id)
    older = before(session, variant)
    draft = draft_view(session, notice, variant, stands=stands, seal=now.seal)
    return {
        "draft": draft, "covered": covering.covered(session, variant, now),
        "voided": covering.voided(session, variant, now), "demands": covering.demands(session, variant),
        "threads": remarking.threads(session, variant), "older": older,
        "paragraphs": [(one, marked(one.text, variant.language)) for one in paragraphs.paragraphs(variant)],
        "beside": paragraphs.side_by_side(older, variant) if older else [],
        "parts": sms.split(draft.preview.text) if draft.preview and variant.medium == Medium.SMS else [],
        "pages": page_count(variant) if draft.printable else 0, "gate": review.shown(session, incident),
        "undecided": len(review.undecided(session, incident)),
    }  # fmt: skip


@routes.get("/incidents/{ref}/review/variants/{variant_id}/page-{number}.png")
def page_image(ref: str, variant_id: uuid.UUID, number: int, visit: ReadsReview) -> Response:  # noqa: ARG001 - the guard
    """Return one page of a letter as it will be printed, for an invented person."""
    with db.session() as session:
        variant = variant_of(session, found(session, ref), variant_id)
    return Response(picture(printed(variant), number), media_type="image/png")


@routes.post("/incidents/{ref}/review/variants/{variant_id}/remarks")
def remark(
    ref: str, variant_id: uuid.UUID, visit: WritesAnswer, paragraph: Annotated[str, Form()],
    text: Annotated[str, Form()] = "", privileged: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Say something about a paragraph."""
    place = f"p{paragraph[:12]}"
    marked = "true" if privileged else ""
    with held(visit, f"{variant_id} {place}", comment=text, privileged=marked), db.session() as session:
        incident = found(session, ref)
        variant = variant_of(session, incident, variant_id)
        remarking.remark(session, incident, variant, paragraph, text, user=visit.user, privileged=privileged)
    return to(f"/incidents/{ref}/review/variants/{variant_id}#{place}")


@routes.post("/incidents/{ref}/review/variants/{variant_id}/remarks/{remark_id}")
def settle(ref: str, variant_id: uuid.UUID, remark_id: uuid.UUID, visit: WritesAnswer) -> Response:
    """Say that a remark was dealt with."""
    with db.session() as session:
        one = remarking.settle(session, found(session, ref), remark_id, user=visit.user)
    return to(f"/incidents/{ref}/review/variants/{variant_id}#p{one.paragraph_sha256[:12]}")


def marked(text: str, language: str) -> list[tuple[str, str]]:
    """Return a text in pieces, each with what a reviewer should see in it: `hedge`, `claim`, or nothing."""
    spots = sorted(
        (hit.start(), hit.end(), kind)
        for kind, patterns in MARKS
        for hit in re.finditer(patterns.get(language, patterns["en"]), text, re.IGNORECASE)
    )
    pieces, at = list[tuple[str, str]](), 0
    for begin, end, kind in spots:
        if begin >= at:
            pieces += [(text[at:begin], ""), (text[begin:end], kind)]
            at = end
    return [piece for piece in [*pieces, (text[at:], "")] if piece[0]]


def printed(variant: Variant, size: str = "plain") -> bytes:
    """Return a wording for paper, typeset for an invented person; `large`: as for who wished so.

    Raises Missing where it is none.
    """
    if not review.printable(variant):
        raise Missing("This wording goes onto no paper.", "Read it on the review page.")
    slots = tuple(sorted(review.sample_slots(variant).items()))
    return _typeset(variant.content, clock.today(), slots, SIZES.get(size, PLAIN))


@lru_cache(maxsize=16)
def _typeset(content: bytes, _today: date, slots: tuple[tuple[str, str], ...], size: int) -> bytes:
    """Typeset once for all the pages of a letter that a browser asks for."""
    return typeset([Letter(content, dict(slots), size=size)])


def page_count(variant: Variant) -> int:
    """Return how many pages a letter has; none where it can't be typeset, which its checks say."""
    try:
        with pypdfium2.PdfDocument(printed(variant)) as opened:  # type: ignore[no-untyped-call]
            return len(opened)
    except Refusal:
        return 0


def picture(pdf: bytes, number: int) -> bytes:
    """Return a page as PNG. Raises Missing where there is none of this number."""
    with pypdfium2.PdfDocument(pdf) as opened:  # type: ignore[no-untyped-call]
        if not 0 < number <= len(opened):
            raise Missing("The letter has no such page.", "Go back to the review page.")
        drawn, out = opened[number - 1].render(scale=SHARP).to_pil(), io.BytesIO()
    drawn.save(out, "PNG", optimize=False)
    return out.getvalue()
