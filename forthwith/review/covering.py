"""What an approval covers, told before it is given, and again when it no longer holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from forthwith.approval import law_sha256, laws_behind
from forthwith.filling.labels import layout
from forthwith.review.binding import Bound, duties_of
from forthwith.review.reading import recipients
from models import Decision, Entry, Notice, Refusal, Variant


@dataclass(frozen=True, slots=True)
class Covered:
    """What an approval given now would bind."""

    content: str
    people: int
    recipients: str
    template: str
    laws: dict[str, str]  # law -> hash of its record


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs between an approval and now."""

    what: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Voided:
    """An approval that no longer holds, and why."""

    by: str
    at: datetime
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that the laws behind a notice demand or forbid of its words."""

    code: str
    sources: list[str]  # law and citation of each duty
    met: bool
    by: str = ""  # another block that says it too
    forbidden: bool = False


def covered(session: Session, variant: Variant, now: Bound) -> Covered:
    """Return what is bound now, in numbers that can be compared with what was approved."""
    notice = session.get_one(Notice, variant.notice_id)
    laws = {law: _law(law) for law in sorted(set(laws_behind(session, notice)))}
    return Covered(now.content, recipients(session, notice), now.recipients, now.template, laws)


def _law(law: str) -> str:
    try:
        return law_sha256(law)
    except Refusal:
        return "gone from disk"


def voided(session: Session, variant: Variant, now: Bound) -> Voided | None:
    """Return the newest approval of a wording and what has changed since; None where none was given or it holds."""
    given = select(Decision).where(Decision.variant_id == variant.id, Decision.verdict != "ask")
    last = session.exec(given.order_by(col(Decision.created_at).desc(), col(Decision.id).desc()).limit(1)).first()
    if last is None or last.verdict != "approve":
        return None
    changes = [
        Change(what, then[:12], present[:12])
        for what, then, present in (
            ("the words", last.content_sha256, now.content), ("the templates", last.template_sha256, now.template),
            ("the law", last.law_sha256, now.law),
        ) if then != present
    ]  # fmt: skip
    if last.recipients_sha256 != now.recipients:
        changes.append(_people(session, variant, last))
    return Voided(last.by, last.created_at, changes) if changes else None


def _people(session: Session, variant: Variant, decision: Decision) -> Change:
    """Return how many people an approval was given for, and how many there are now."""
    said = select(Entry.data).where(Entry.incident_id == decision.incident_id, Entry.object_id == str(variant.id))
    newest = said.where(Entry.verb == "approved").order_by(col(Entry.seq).desc()).limit(1)
    entry: Any = session.exec(newest).first()
    then = (entry or {}).get("people")
    now = recipients(session, session.get_one(Notice, variant.notice_id))
    return Change("the people", f"{then:,}" if then is not None else "other records", f"{now:,}")


def demands(session: Session, variant: Variant) -> list[Demand]:
    """Return what the duties behind a wording demand and forbid, each with who does, and whether the words comply."""
    present = set((variant.lint or {}).get("codes") or [])
    wanted: dict[str, list[str]] = {}
    barred: dict[str, list[str]] = {}
    for duty in duties_of(session, session.get_one(Notice, variant.notice_id)):
        content = duty.detail.get("content") or {}
        for found, codes in ((wanted, content.get("require")), (barred, content.get("forbid"))):
            for code in codes or []:
                found.setdefault(str(code), []).append(f"{duty.law}, {duty.citation}")
    needed = [_needed(code, sources, present) for code, sources in sorted(wanted.items())]
    return [*needed, *(
        Demand(code, sorted(set(sources)), met=code not in present, forbidden=True)
        for code, sources in sorted(barred.items())
    )]  # fmt: skip


def _needed(code: str, sources: list[str], present: set[str]) -> Demand:
    """Return whether a demanded block stands, itself or in one that says the same and more."""
    covers: dict[str, list[str]] = layout("notices")["covers"]
    by = next((wide for wide, parts in covers.items() if wide in present and code in parts), "")
    return Demand(code, sorted(set(sources)), met=code in present or bool(by), by="" if code in present else by)
