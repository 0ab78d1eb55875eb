"""Duties, questions and wordings for programs, and the decisions on them.

A program reads, asks and rejects with the scope `review`. To approve takes a token that was made with a second factor
(on the account page, within five minutes of showing one), and the seal of what it read.
"""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Depends
from pydantic import Field

from forthwith import db, review
from forthwith.access.tokens import Bearer
from forthwith.approval import Present, standing
from forthwith.review import covering
from forthwith.review.binding import bound
from forthwith.review.outline import outline
from forthwith.review.packaging import draft_view, duty_view, question_view
from forthwith.web import reviewing
from forthwith.web.bearing import Scoped
from forthwith.web.finding import found
from forthwith.web.programs.words import ANSWERERS, READERS, Asked, Line, Ref, Refused, Told, Words, plain, proven
from models import Notice, UserRole

routes = APIRouter()
Reads = Annotated[Bearer, Depends(Scoped("read", roles=READERS))]
Reviews = Annotated[Bearer, Depends(Scoped("review"))]
Decides = Annotated[Bearer, Depends(Scoped("review", roles=(UserRole.LEGAL,)))]
Answers = Annotated[Bearer, Depends(Scoped("respond", "review", roles=ANSWERERS))]


class Duty(Told):
    """One duty under law: what the engine says, by when, and what was decided."""

    id: uuid.UUID
    key: str
    law: str
    duty: str
    audience: str
    recipient: str
    jurisdiction: str
    count: int | None = Field(description="People that the duty reaches; nothing: not known.")
    verdict: str = Field(description="The engine's: notify do_not_notify review")
    effective: str = Field(description="As decided, else the engine's.")
    decided_by: str | None
    decided_reason: str | None
    due_at: datetime | None = Field(description="UTC; nothing: the law names no number.")
    citation: str
    confidence: str
    verified: bool
    because: list[Any] = Field(description="The trace: clauses and facts.")
    clocks: list[Any]


class Question(Told):
    """One open question."""

    id: uuid.UUID
    key: str
    text: str
    law: str
    citation: str
    changes: list[str] = Field(description="Keys of the duties that hang on it.")
    fact: str
    judgement: bool = Field(description="Whether it is legal's alone.")
    choices: list[str]
    elsewhere: str = Field(description="Where the answer must come from, where no fact can be it.")


class Answer(Asked):
    """An answer to a question."""

    value: list[Line] = Field(min_length=1, max_length=50, description="One value, or several of a list.")
    reason: Line = ""
    consulted: list[Line] = Field(default=[], max_length=20)


class Outcome(Told):
    """What was decided stands; `lacking` says what is missing to word what is owed now."""

    lacking: Refused | None


class DutyDecision(Asked):
    """Legal's word on a duty."""

    verdict: Literal["notify", "do_not_notify"]
    reason: Words = ""


class WordingLine(Told):
    """One wording on a list."""

    id: uuid.UUID
    title: str
    language: str
    medium: str
    version: int
    drafted_by: str
    recipients: int
    approved: bool
    state: str = Field(description="Why it may not leave; empty where it may.")
    errors: int
    remarks: int
    seal: str = Field(description="Of words, people, templates and law as they are now.")


class Decision(Told):
    """One decision as it was made."""

    verdict: str
    by: str
    at: datetime
    comment: str | None


class Wording(Told):
    """One wording as it will arrive, for an invented person."""

    id: uuid.UUID
    title: str
    audience: str
    language: str
    medium: str
    version: int
    drafted_by: str
    recipients: int
    duties: list[str]
    subject: str
    text: str
    html: str
    unreadable: str = Field(description="Why there is no preview.")
    lint: dict[str, Any]
    difference: list[str] = Field(description="Lines that changed since the version before.")
    approved: bool
    state: str
    decisions: list[Decision]
    people: int = Field(description="That an approval would bind.")
    laws: dict[str, str] = Field(description="That an approval would bind: law, hash of its record.")
    seal: str = Field(description="Hand it back with a decision: it says what was read.")


class Deciding(Asked):
    """A decision on a wording."""

    verdict: Literal["approve", "reject", "ask"]
    seal: Line = Field(description="The wording's seal as it was read. Anything that changed since is not decided on.")
    comment: Words = Field(default="", description="Needed to reject and to ask.")


class Seen(Asked):
    """One wording as it was read."""

    id: uuid.UUID
    seal: Line


class Approving(Asked):
    """Wordings to approve together."""

    seen: list[Seen] = Field(min_length=1, max_length=500)


@routes.get("/incidents/{ref}/duties", tags=["duties"])
def duties(ref: Ref, asks: Reads) -> list[Duty]:  # noqa: ARG001 - the guard itself
    """List the duties that stand or are to be decided."""
    with db.session() as session:
        return [Duty.model_validate(duty_view(one)) for one in review.current_duties(session, found(session, ref))]


@routes.post("/incidents/{ref}/duties/{duty_id}", tags=["duties"])
def decide_duty(
    ref: Ref, duty_id: uuid.UUID, asks: Decides, body: DutyDecision, later: BackgroundTasks
) -> Outcome:  # fmt: skip
    """Decide a duty, and draft what is owed then. Legal alone."""
    with db.session() as session:
        incident = found(session, ref)
        duty = review.duty_of(session, incident, str(duty_id))
        review.decide_duty(session, duty, verdict=body.verdict, user=asks.user, reason=body.reason or None)
        ident = incident.id
    return _drafted(ident, later)


@routes.get("/incidents/{ref}/questions", tags=["questions"])
def questions(ref: Ref, asks: Reads) -> list[Question]:  # noqa: ARG001 - the guard itself
    """List what must still be answered."""
    with db.session() as session:
        incident = found(session, ref)
        asked = review.open_questions(session, incident)
        return [Question.model_validate(question_view(session, incident, one)) for one in asked]


@routes.post("/incidents/{ref}/questions/{question_id}", tags=["questions"])
def answer(ref: Ref, question_id: uuid.UUID, asks: Answers, body: Answer, later: BackgroundTasks) -> Outcome:
    """Answer a question: a fact by a responder or legal, a judgement by legal alone. Then it is assessed again."""
    with db.session() as session:
        incident = found(session, ref)
        asked, ident = review.question_of(session, incident, str(question_id)), incident.id
        heard = tuple(body.consulted)
        reviewing.answered(
            session, incident, asked, body.value, user=asks.user, reason=body.reason, consulted=heard
        )  # fmt: skip
    return _drafted(ident, later)


@routes.get("/incidents/{ref}/wordings", tags=["wordings"])
def wordings(ref: Ref, asks: Reads) -> list[WordingLine]:  # noqa: ARG001 - the guard itself
    """List the wordings of the notices that are needed, and how each stands."""
    with db.session() as session:
        return [WordingLine.model_validate(line) for line in outline(session, found(session, ref))]


@routes.get("/incidents/{ref}/wordings/{variant_id}", tags=["wordings"])
def wording(ref: Ref, variant_id: uuid.UUID, asks: Reads) -> Wording:  # noqa: ARG001 - the guard itself
    """Show one wording as it will arrive, and what an approval would bind."""
    with db.session() as session:
        variant = reviewing.variant_of(session, found(session, ref), variant_id)
        present, notice = Present(session, remembers=True), session.get_one(Notice, variant.notice_id)
        now = bound(session, variant, present)
        view = draft_view(session, notice, variant, stands=standing(session, variant, present), seal=now.seal)
        covers = covering.covered(session, variant, now)
    seen = view.preview
    words = {"subject": seen.subject, "text": seen.text, "html": seen.html} if seen else {}
    shown = {"subject": "", "text": "", "html": "", **words}
    return Wording(**{**plain(view), **shown, "people": covers.people, "laws": covers.laws})


@routes.post("/incidents/{ref}/wordings/{variant_id}/decision", tags=["wordings"])
def decide(ref: Ref, variant_id: uuid.UUID, asks: Reviews, body: Deciding, later: BackgroundTasks) -> Decision:
    """Approve, reject or ask for a change, on exactly what was read.

    To approve takes a token that was made with a second factor.
    """
    if body.verdict == "approve":
        proven(asks)
    with db.session() as session:
        incident = found(session, ref)
        variant = reviewing.variant_of(session, incident, variant_id)
        made = review.decide(
            session, incident, variant, verdict=body.verdict, user=asks.user, comment=body.comment or None,
            seen=body.seal,
        )  # fmt: skip
        told = Decision(verdict=made.verdict, by=made.by, at=made.created_at, comment=made.comment)
        later.add_task(reviewing.wake_if_open, incident.id)
    return told


@routes.post("/incidents/{ref}/wordings", tags=["wordings"])
def approve_all(ref: Ref, asks: Reviews, body: Approving, later: BackgroundTasks) -> list[WordingLine]:
    """Approve several wordings on exactly what was read, all or none. It takes a token made with a second factor."""
    proven(asks)
    with db.session() as session:
        incident = found(session, ref)
        reviewing.approved(session, incident, [(one.id, one.seal) for one in body.seen], user=asks.user)
        later.add_task(reviewing.wake_if_open, incident.id)
        return [WordingLine.model_validate(line) for line in outline(session, incident)]


def _drafted(incident_id: uuid.UUID, later: BackgroundTasks) -> Outcome:
    lacking = reviewing.drafted_again(incident_id)
    later.add_task(reviewing.wake_if_open, incident_id)
    return Outcome(lacking=Refused(what=lacking.what, do=lacking.do) if lacking else None)
