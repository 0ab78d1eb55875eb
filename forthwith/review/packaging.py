"""Everything legal needs to decide, on one screen: duties and why, questions, wordings and what changed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from forthwith import clock
from forthwith.approval import Present, Standing, standing
from forthwith.review.answering import elsewhere, fact_name, latest, of_judgement, open_questions
from forthwith.review.binding import bound, duties_of
from forthwith.review.deciding import history
from forthwith.review.duties import current_duties
from forthwith.review.gating import Gate, current_variants, gate, needed_notices
from forthwith.review.outline import Line, missing, outline
from forthwith.review.reading import Preview, difference, preview, printable, recipients
from forthwith.review.recorded_law import judgement_values, unmodelled
from models import Incident, Notice, Obligation, Question, Refusal, Variant, Verdict


@dataclass(frozen=True, slots=True)
class DutyView:
    """One duty as legal reads it: what the engine says, why, by when, and what was decided."""

    id: str
    key: str
    law: str
    duty: str
    audience: str
    recipient: str
    jurisdiction: str
    count: int | None
    verdict: str
    effective: str
    decided_by: str | None
    decided_reason: str | None
    due_at: datetime | None
    clocks: list[Any]
    citation: str
    confidence: str
    verified: bool
    because: list[Any]

    @property
    def undecided(self) -> bool:
        """Whether a person must still decide."""
        return self.effective == Verdict.REVIEW


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One open question, and what hangs on it."""

    id: str
    key: str
    text: str
    law: str
    citation: str
    changes: list[str]
    fact: str
    judgement: bool  # legal's alone
    choices: list[str]  # of a judgement; empty for a fact
    elsewhere: str  # where the answer must come from, where no fact can be it
    answered: Any = None  # stated since the assessment that asked; assess again to see its effect
    advice: tuple[dict[str, Any], ...] = ()  # what risk methods make of the facts


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision as it was made."""

    verdict: str
    by: str
    at: datetime
    comment: str | None


@dataclass(frozen=True, slots=True)
class DraftView:
    """One wording as it will arrive, beside all that was said about it."""

    id: str
    notice_id: str
    title: str
    audience: str
    language: str
    medium: str
    version: int
    drafted_by: str
    recipients: int
    duties: list[str]
    lint: dict[str, Any]
    preview: Preview | None
    unreadable: str
    printable: bool  # it goes onto paper: read its PDF
    difference: list[str]
    approved: bool
    state: str  # why it may not leave: not approved, rejected, or what changed since the approval
    drifted: bool  # it was approved, and something changed since
    decisions: list[DecisionView]
    seal: str


@dataclass(frozen=True, slots=True)
class Package:
    """What legal sees of one incident."""

    ref: str
    title: str
    phase: str
    drill: bool
    aware_at: datetime | None
    as_of: datetime
    gate: Gate
    duties: list[DutyView]
    unmodelled: dict[str, list[dict[str, str]]]  # by law: clauses that no rule covers
    questions: list[QuestionView]
    drafts: list[DraftView]
    lines: list[Line] = field(default_factory=list)  # in place of `drafts`, where there are many


def package(session: Session, incident: Incident, *, few: int | None = None) -> Package:
    """Gather what legal decides on. Holds no personal data: previews are filled for an invented person.

    For showing: recipients are hashed once a version of the scope. A decision hashes them anew. More wordings than
    `few` come as lines without their words.
    """
    lines = outline(session, incident)
    if few is not None and len(lines) > few:
        return _package(session, incident, [], lines, missing(lines))
    drafts = [view for notice in needed_notices(session, incident) for view in notice_views(session, notice)]
    return _package(session, incident, drafts, [], missing(lines))


def _package(
    session: Session, incident: Incident, drafts: list[DraftView], lines: list[Line], unapproved: list[str]
) -> Package:
    """Return a package with these wordings."""
    duties = current_duties(session, incident)
    uncovered = {law: clauses for law in sorted({duty.law for duty in duties}) if (clauses := unmodelled(law))}
    return Package(
        ref=incident.ref, title=incident.title, phase=incident.phase, drill=incident.drill,
        aware_at=incident.aware_at, as_of=clock.now(), gate=gate(session, incident, unapproved),
        duties=[duty_view(duty) for duty in duties], unmodelled=uncovered,
        questions=[question_view(session, incident, asked) for asked in open_questions(session, incident)],
        drafts=drafts, lines=lines,
    )  # fmt: skip


def duty_view(duty: Obligation) -> DutyView:
    """Return one duty with its trace, from the engine's whole answer."""
    detail = duty.detail
    return DutyView(
        id=str(duty.id), key=duty.key, law=duty.law, duty=duty.duty, audience=duty.audience,
        recipient=duty.recipient, jurisdiction=duty.jurisdiction, count=duty.count, verdict=duty.verdict,
        effective=duty.effective, decided_by=duty.decided_by, decided_reason=duty.decided_reason,
        due_at=duty.due_at, clocks=detail.get("clocks") or [], citation=duty.citation,
        confidence=duty.confidence, verified=duty.verified, because=detail.get("because") or [],
    )  # fmt: skip


def question_view(session: Session, incident: Incident, question: Question) -> QuestionView:
    """Return one question with the answers that its kind allows."""
    name = fact_name(question)
    stated = latest(session, incident, name)
    since = stated is not None and stated.created_at > question.created_at
    return QuestionView(
        id=str(question.id), key=question.key, text=question.text, law=question.law, citation=question.citation,
        changes=question.changes, fact=name, judgement=of_judgement(question), elsewhere=elsewhere(question),
        choices=judgement_values(question.law, question.key), answered=stated.value if stated and since else None,
        advice=tuple(question.advice),
    )  # fmt: skip


def notice_views(session: Session, notice: Notice) -> list[DraftView]:
    """Return the wordings of a notice. Its recipients are hashed once."""
    present, views = Present(session, remembers=True), []
    for variant in current_variants(session, notice):
        stands, seal = standing(session, variant, present), bound(session, variant, present).seal
        views.append(draft_view(session, notice, variant, stands=stands, seal=seal))
    return views


def draft_view(session: Session, notice: Notice, variant: Variant, *, stands: Standing, seal: str) -> DraftView:
    """Return one wording with its preview, its differences and its decisions."""
    shown, unreadable = _shown(variant)
    return DraftView(
        id=str(variant.id), notice_id=str(notice.id), title=notice.title, audience=notice.audience,
        language=variant.language, medium=variant.medium, version=variant.version, drafted_by=variant.drafted_by,
        recipients=recipients(session, notice), duties=[duty.key for duty in duties_of(session, notice)],
        lint=variant.lint, preview=shown, unreadable=unreadable, printable=printable(variant),
        difference=difference(session, variant),
        approved=stands.approved, state=stands.reason,
        drifted=bool(stands.decision and stands.decision.verdict == "approve" and not stands.approved),
        decisions=[
            DecisionView(made.verdict, made.by, made.created_at, made.comment) for made in history(session, variant)
        ],
        seal=seal,
    )  # fmt: skip


def _shown(variant: Variant) -> tuple[Preview | None, str]:
    """Return the preview, or why there is none: one bad draft must not hide the others."""
    try:
        return preview(variant), ""
    except Refusal as refused:
        return None, refused.what
