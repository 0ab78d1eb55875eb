"""Is everything decided, so that notices may leave?"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from forthwith.approval import Present, standing
from forthwith.review.duties import current_duties
from models import Entry, Incident, Notice, NoticeDuty, Obligation, Variant, Verdict

NAMED = "”: "  # between a wording and why it may not leave
FEW = 4  # wordings with one reason that are named one by one


@dataclass(frozen=True, slots=True)
class Gate:
    """The answer, and what is missing: one line each."""

    open: bool
    missing: list[str] = field(default_factory=list)

    @property
    def grouped(self) -> list[tuple[str, list[str]]]:
        """What is missing, each with what stands under it: many wordings that wait for one thing are one line."""
        alike: dict[str, list[str]] = {}
        for line in self.missing:
            alike.setdefault(line.rpartition(NAMED)[2], []).append(line)
        told = list[tuple[str, list[str]]]()
        for why, lines in alike.items():
            told += [(f"{len(lines)} wordings: {why}", lines)] if len(lines) > FEW else [(one, []) for one in lines]
        return told


def gate(session: Session, incident: Incident, unapproved: Sequence[str] | None = None) -> Gate:
    """Return whether every duty is decided, has its notice, and every wording of it stands approved.

    `unapproved` names the wordings that don't, where a caller knows already: to find out hashes all recipients.
    """
    duties = current_duties(session, incident)
    missing = [
        *_unassessed(session, incident, duties),
        *(f"duty {duty.key} is undecided" for duty in duties if duty.effective == Verdict.REVIEW),
        *_without_notice(session, duties),
        *(_unapproved(session, incident) if unapproved is None else unapproved),
    ]
    return Gate(open=not missing, missing=missing)


def needed_notices(session: Session, incident: Incident) -> list[Notice]:
    """Return the current notices of which a duty still stands; one whose duties were all waived is not needed."""
    found = select(Notice).where(Notice.incident_id == incident.id, col(Notice.current))
    notices = session.exec(found.order_by(col(Notice.created_at), col(Notice.id))).all()
    duties = _duties_by_notice(session, incident)
    return [notice for notice in notices if _needed(duties.get(notice.id, []))]


def _duties_by_notice(session: Session, incident: Incident) -> dict[uuid.UUID, list[Obligation]]:
    """Return the duties behind each current notice, without the engine's whole answers: those are long."""
    joined = select(NoticeDuty.notice_id, Obligation).join(Obligation, col(Obligation.id) == NoticeDuty.obligation_id)
    current = joined.join(Notice, col(Notice.id) == NoticeDuty.notice_id).where(
        Notice.incident_id == incident.id, col(Notice.current)
    )
    found: dict[uuid.UUID, list[Obligation]] = {}
    for notice, duty in session.exec(current.options(defer(cast(Any, Obligation.detail)))):
        found.setdefault(notice, []).append(duty)
    return found


def current_variants(session: Session, notice: Notice) -> list[Variant]:
    """Return the newest wordings of a notice."""
    found = select(Variant).where(Variant.notice_id == notice.id, col(Variant.current))
    return list(session.exec(found.order_by(Variant.language, Variant.medium)).all())


def _needed(duties: list[Obligation]) -> bool:
    live = [duty for duty in duties if duty.current]
    return not live or any(duty.effective != Verdict.DO_NOT_NOTIFY for duty in live)


def _unassessed(session: Session, incident: Incident, duties: list[Obligation]) -> list[str]:
    """No duty may mean that none arises, or that nobody looked: the timeline tells which."""
    looked = select(Entry.id).where(Entry.incident_id == incident.id, Entry.verb == "assessed").limit(1)
    return [] if duties or session.exec(looked).first() else ["the law was not assessed yet"]


def _without_notice(session: Session, duties: list[Obligation]) -> list[str]:
    """Name the duties to notify that no worded notice fulfils: none is lost at the gate."""
    worded = (
        select(NoticeDuty.obligation_id).join(Notice, col(Notice.id) == NoticeDuty.notice_id)
        .join(Variant, col(Variant.notice_id) == Notice.id).where(col(Notice.current), col(Variant.current))
    )  # fmt: skip
    served = set(session.exec(worded).all())
    notify = [duty for duty in duties if duty.effective == Verdict.NOTIFY and duty.met_at is None]
    return [f"duty {duty.key} has no notice" for duty in notify if duty.id not in served]


def _unapproved(session: Session, incident: Incident) -> list[str]:
    """Name every wording that may not leave, and why."""
    lines, present = [], Present(session)
    for notice in needed_notices(session, incident):
        for variant in current_variants(session, notice):
            found = standing(session, variant, present)
            if not found.approved:
                lines.append(unapproved_line(variant.language, variant.medium, notice.title, found.reason))
    return lines


def unapproved_line(language: str, medium: str, title: str, why: str) -> str:
    """Return how the gate names a wording that may not leave."""
    return f"{language} {medium} of “{title}{NAMED}{why}"
