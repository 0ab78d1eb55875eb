"""Legal's page: duties and why, questions, each wording as it will arrive, and the decision."""

import logging
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form
from sqlmodel import Session, select
from starlette.background import BackgroundTask
from starlette.responses import HTMLResponse, Response

from forthwith import assessment, db, dispatch, drafting, review, runs
from forthwith.approval import Present
from forthwith.detection.values import read
from forthwith.detection.vocabulary import kind_of
from forthwith.filling.letters import PLAIN, SIZES, Letter, typeset
from forthwith.review.users import same_name
from forthwith.web.counting import aside
from forthwith.web.failures import Missing
from forthwith.web.finding import found
from forthwith.web.frame import page, to
from forthwith.web.guards import ReadsReview, WritesAnswer, WritesDecision, WritesReview
from forthwith.web.holding import again, held
from forthwith.web.proving import factor_due, fresh_factor
from forthwith.web.visits import Visit
from models import Incident, Question, Refusal, User, Variant

MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
FEW = 6  # wordings that are read on one page; more stand on a list, each with a page of its own
PROGRAM = "forthwith"  # who drafts after an answer: the reviewer stays free to approve
log = logging.getLogger("forthwith.web")
routes = APIRouter()


@routes.get("/incidents/{ref}/review")
def desk(ref: str, visit: ReadsReview) -> Response:
    """Show all that legal decides on."""
    with db.session() as session:
        incident = found(session, ref)
        seen = review.package(session, incident, few=FEW)
        plan = aside(session, incident, "plan", dispatch.forecast)
    own = same_name(incident.opened_by, visit.user.name)
    kinds = {asked.id: kind_of(asked.fact) for asked in seen.questions}
    return page(
        "review", visit, seen=seen, plan=plan, kinds=kinds, factor_due=factor_due(visit), typed=again(visit),
        own=own,
    )  # fmt: skip


@routes.post("/incidents/{ref}/review/variants/{variant_id}")
def decide(
    ref: str, variant_id: uuid.UUID, visit: WritesDecision, verdict: Annotated[str, Form()],
    comment: Annotated[str, Form()] = "", seal: Annotated[str, Form()] = "", room: Annotated[bool, Form()] = False,
) -> Response:  # fmt: skip
    """Approve, reject or ask, on exactly what the page showed. `room`: the form stood on the wording's own page."""
    where = f"/incidents/{ref}/review"
    with held(visit, f"variant-{variant_id}", verdict=verdict, comment=comment, seal=seal):
        if verdict == "approve":
            fresh_factor(
                visit, after=f"{where}/variants/{variant_id}#decide" if room else f"{where}#notice-{variant_id}"
            )
        incident = _decided(ref, variant_id, visit, verdict=verdict, comment=comment, seal=seal)
    return _back(incident, f"notice-{variant_id}")


def _decided(ref: str, variant_id: uuid.UUID, visit: Visit, *, verdict: str, comment: str, seal: str) -> Incident:
    """Write the decision."""
    with db.session() as session:
        incident = found(session, ref)
        variant = variant_of(session, incident, variant_id)
        review.decide(session, incident, variant, verdict=verdict, user=visit.user, comment=comment or None, seen=seal)
    return incident


@routes.post("/incidents/{ref}/review/variants")
def approve_all(ref: str, visit: WritesDecision, seen: Annotated[list[str], Form()]) -> Response:
    """Approve several wordings as the page showed them, all or none. `seen`: id and seal of each."""
    with held(visit, "all"):
        fresh_factor(visit, after=f"/incidents/{ref}/review#all")
        incident = _all_approved(ref, visit, seen)
    return _back(incident, "notices")


def _all_approved(ref: str, visit: Visit, seen: list[str]) -> Incident:
    with db.session() as session:
        incident = found(session, ref)
        told = [one.partition(" ")[::2] for one in seen]
        approved(session, incident, [(uuid_of(ident), seal) for ident, seal in told], user=visit.user)
    return incident


def approved(session: Session, incident: Incident, seen: Sequence[tuple[uuid.UUID, str]], *, user: User) -> None:
    """Approve several wordings, each by its id and its seal as it was read: all or none."""
    present = Present(session)
    for ident, seal in seen:
        variant = variant_of(session, incident, ident)
        review.decide(session, incident, variant, verdict="approve", user=user, seen=seal, present=present)


@routes.post("/incidents/{ref}/review/duties/{duty_id}")
def decide_duty(
    ref: str, duty_id: uuid.UUID, visit: WritesReview, verdict: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Decide a duty, and draft what is owed then."""
    with held(visit, f"duty-{duty_id}", verdict=verdict, reason=reason), db.session() as session:
        incident = found(session, ref)
        duty = review.duty_of(session, incident, str(duty_id))
        review.decide_duty(session, duty, verdict=verdict, user=visit.user, reason=reason or None)
    return _draft_again(visit, incident) or _back(incident, "duties")


@routes.post("/incidents/{ref}/review/questions/{question_id}")
def answer(
    ref: str, question_id: uuid.UUID, visit: WritesAnswer, value: Annotated[list[str], Form()],
    reason: Annotated[str, Form()] = "", consulted: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Take an answer as a fact, assess again, and draft what is owed then."""
    with db.session() as session:
        incident = found(session, ref)
        asked = review.question_of(session, incident, str(question_id))
        heard = tuple(part.strip() for part in consulted.split(",") if part.strip())
        answered(session, incident, asked, value, user=visit.user, reason=reason, consulted=heard)
    return _draft_again(visit, incident) or _back(incident, "questions")


@routes.get("/incidents/{ref}/review/variants/{variant_id}/preview.html")
def preview_html(ref: str, variant_id: uuid.UUID, visit: ReadsReview) -> Response:  # noqa: ARG001 - the guard
    """Show an HTML wording by itself, in a sandbox: no script, no form, nothing from elsewhere."""
    with db.session() as session:
        shown = review.preview(variant_of(session, found(session, ref), variant_id))
    headers = {"content-security-policy": MAIL_CSP, "x-frame-options": "SAMEORIGIN"}
    return HTMLResponse(shown.html, headers=headers)


@routes.get("/incidents/{ref}/review/variants/{variant_id}/preview.pdf")
def preview_pdf(ref: str, variant_id: uuid.UUID, visit: ReadsReview, size: str = "plain") -> Response:  # noqa: ARG001
    """Return a letter as it will be printed, for an invented person; `size`: `large` as for who wished so."""
    with db.session() as session:
        variant = variant_of(session, found(session, ref), variant_id)
    pdf = typeset([Letter(variant.content, review.sample_slots(variant), size=SIZES.get(size, PLAIN))])
    return Response(pdf, media_type="application/pdf", headers={"content-disposition": "inline; filename=preview.pdf"})


def answered(
    session: Session, incident: Incident, asked: Question, value: list[str], *, user: User, reason: str,
    consulted: tuple[str, ...],
) -> None:  # fmt: skip
    """Take an answer as a fact, and assess again with it."""
    review.answer(
        session, incident, asked, value=checked_value(asked, value), user=user, reason=reason or None,
        consulted=consulted,
    )  # fmt: skip
    assessment.run(session, incident, actor=PROGRAM)


def uuid_of(text: str) -> uuid.UUID:
    """Return an id that a form sent. Raises Missing where it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Missing("There is no such wording in this incident.", "Choose one on the review page.") from None


def variant_of(session: Session, incident: Incident, variant_id: uuid.UUID) -> Variant:
    """Return a wording of this incident. Raises Missing where there is none."""
    wanted = select(Variant).where(Variant.id == variant_id, Variant.incident_id == incident.id)
    variant = session.exec(wanted).first()
    if variant is None:
        raise Missing("There is no such wording in this incident.", "Choose one on the review page.")
    return variant


def checked_value(asked: Question, typed: list[str]) -> Any:
    """Return what was typed or ticked as the fact's value. Raises Refusal where the fact can't say that."""
    name = review.fact_name(asked)
    kind = kind_of(name)
    if kind is None or review.of_judgement(asked):
        return typed[0] if len(typed) == 1 else typed
    return read(name, typed if kind.form in ("words", "texts", "laws") else typed[0], kind)


def _draft_again(visit: Visit, incident: Incident) -> Response | None:
    """Word what is owed now; return a page where a fact is missing for it. What was decided stands all the same."""
    lacking = drafted_again(incident.id)
    return page("lacking", visit, incident=incident, what=lacking.what, do=lacking.do) if lacking else None


def drafted_again(incident_id: uuid.UUID) -> Refusal | None:
    """Word what is owed now; return what is lacking for it."""
    try:
        with db.session() as session:
            drafting.draft(session, session.get_one(Incident, incident_id), actor=PROGRAM)
    except Refusal as lacking:
        return lacking
    return None


def _back(incident: Incident, anchor: str) -> Response:
    """Return to the page, and wake the flow once the answer is out: the page never waits for the orchestrator."""
    answer = to(f"/incidents/{incident.ref}/review#{anchor}")
    answer.background = BackgroundTask(wake_if_open, incident.id)
    return answer


def wake_if_open(incident_id: uuid.UUID) -> None:
    """Wake an incident's flow where its gate is open; without an orchestrator the decision waits in the database."""
    with db.session() as session:
        is_open = review.gate(session, session.get_one(Incident, incident_id)).open
    if is_open:
        try:
            runs.wake(incident_id)
        except Refusal as refused:
            log.warning("no flow was woken: %s", refused.what)
