"""The wordings of an incident in one line each, by few questions to the database: a list of many stays quick."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from forthwith import approval
from forthwith.approval import Present
from forthwith.approval.standing import differences
from forthwith.review.binding import Bound
from forthwith.review.gating import Gate, gate, needed_notices, unapproved_line
from models import Decision, Incident, Notice, Remark

# the bytes are hashed where they lie: a hundred wordings are megabytes
LINES = """
select v.id, v.notice_id, v.language, v.medium, v.version, v.drafted_by, v.lint,
       encode(sha256(v.content), 'hex') as content
  from variant v where v.notice_id = any(:notices) and v.current order by v.language, v.medium
"""
PEOPLE = """
select nc.notice_id, coalesce(sum(c.count), 0) as people
  from notice_cohort nc join cohort c on c.id = nc.cohort_id where nc.notice_id = any(:notices) group by nc.notice_id
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One wording on a list: what it is and how it stands, without its words."""

    id: str
    notice_id: str
    title: str
    language: str
    medium: str
    version: int
    drafted_by: str
    recipients: int
    approved: bool
    state: str
    drifted: bool  # it was approved, and something changed since
    errors: int  # that its checks found
    remarks: int  # that are not settled
    seal: str


def outline(session: Session, incident: Incident) -> list[Line]:
    """Return the current wordings of the notices that are needed, in the notices' order."""
    notices = needed_notices(session, incident)
    if not notices:
        return []
    present = Present(session, remembers=True)
    present.foresee(notices)
    told, ids = _Told.of(session, incident, notices), {"notices": [notice.id for notice in notices]}
    by_notice: dict[uuid.UUID, list[Any]] = {}
    for row in session.execute(text(LINES), ids):
        by_notice.setdefault(row.notice_id, []).append(row)
    return [_line(notice, row, present, told) for notice in notices for row in by_notice.get(notice.id, [])]


def shown(session: Session, incident: Incident) -> Gate:
    """Return the gate as a page shows it: recipients are hashed once a version of the scope."""
    return gate(session, incident, missing(outline(session, incident)))


def missing(lines: Sequence[Line]) -> list[str]:
    """Name the wordings that may not leave, and why, as the gate does."""
    return [unapproved_line(one.language, one.medium, one.title, one.state) for one in lines if not one.approved]


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of all wordings at once."""

    decisions: dict[uuid.UUID, Decision]
    people: dict[uuid.UUID, int]
    remarks: dict[tuple[Any, ...], int]

    @classmethod
    def of(cls, session: Session, incident: Incident, notices: Sequence[Notice]) -> "_Told":
        """Ask once for all."""
        counted = session.execute(text(PEOPLE), {"notices": [notice.id for notice in notices]})
        open_ = select(Remark.notice_id, Remark.language, Remark.medium, func.count()).where(
            Remark.incident_id == incident.id, col(Remark.settled_at).is_(None)
        )
        grouped = session.exec(open_.group_by(col(Remark.notice_id), Remark.language, Remark.medium)).all()
        return cls(
            approval.last_decisions(session, incident.id), {row.notice_id: int(row.people) for row in counted},
            {tuple(place): int(count) for *place, count in grouped},
        )  # fmt: skip


def _line(notice: Notice, row: Any, present: Present, told: _Told) -> Line:
    now = Bound(row.content, present.people(notice), present.words(row.language), present.law(notice))
    decision = told.decisions.get(row.id)
    state, approved = _state(decision, now)
    alone = 1 if notice.party_id is not None or notice.audience not in ("individuals", "owner") else 0
    return Line(
        id=str(row.id), notice_id=str(notice.id), title=notice.title, language=row.language, medium=row.medium,
        version=row.version, drafted_by=row.drafted_by,
        recipients=1 if notice.party_id is not None else told.people.get(notice.id, 0) or alone,
        approved=approved, state=state, drifted=bool(decision and decision.verdict == "approve" and not approved),
        errors=sum(bool(one.get("error")) for one in (row.lint or {}).get("warnings", [])),
        remarks=told.remarks.get((notice.id, row.language, row.medium), 0), seal=now.seal,
    )  # fmt: skip


def _state(decision: Decision | None, now: Bound) -> tuple[str, bool]:
    """Return why a wording may not leave, and whether it may."""
    if decision is None or decision.verdict != "approve":
        return ("not approved" if decision is None else "rejected"), False
    changed = differences(decision, content=now.content, people=now.recipients, words=now.template, law=now.law)
    return changed, not changed
