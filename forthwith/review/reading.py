"""How one wording will look on arrival, with an invented recipient: what legal reads."""

import difflib
from dataclasses import dataclass
from typing import Any

import orjson
from sqlmodel import Session, col, func, select

from forthwith.filling import sms
from forthwith.filling.content import CLOSE, OPEN, fill
from forthwith.filling.sample import sample
from models import Cohort, Medium, Notice, NoticeCohort, Variant

REFERENCE = "0000-000"


@dataclass(frozen=True, slots=True)
class Preview:
    """A filled wording. `parts` counts the SMS that it takes, 0 for other media."""

    subject: str
    text: str
    html: str
    parts: int = 0


def sample_slots(variant: Variant) -> dict[str, str]:
    """Return the fields of an invented person: legal reads the words, not somebody's data."""
    return sample(variant.content, REFERENCE)


def preview(variant: Variant) -> Preview:
    """Return a wording filled for an invented person. Raises Refusal where the stored bytes are no wording."""
    filled = fill(variant.content, sample_slots(variant))
    parts = sms.count(filled.text).parts if variant.medium == Medium.SMS else 0
    return Preview(filled.subject, filled.text, filled.html, parts)


def printable(variant: Variant) -> bool:
    """Return whether a wording goes onto paper, so that its PDF can be read."""
    return bool(orjson.loads(variant.content).get("tree"))


def before(session: Session, variant: Variant) -> Variant | None:
    """Return the version before this one."""
    older = select(Variant).where(
        Variant.notice_id == variant.notice_id, Variant.language == variant.language,
        Variant.medium == variant.medium, Variant.version < variant.version,
    )  # fmt: skip
    return session.exec(older.order_by(col(Variant.version).desc()).limit(1)).first()


def difference(session: Session, variant: Variant) -> list[str]:
    """Return the lines that changed since the version before: `+` new, `-` gone; empty for a first version."""
    older = before(session, variant)
    if older is None:
        return []
    lines = difflib.unified_diff(words(older), words(variant), lineterm="", n=1)
    return [line for line in lines if not line.startswith(("---", "+++"))]


def words(variant: Variant) -> list[str]:
    """Return a wording's subject and text as lines, its open slots shown as ‹name›."""
    content: dict[str, Any] = orjson.loads(variant.content)
    text = f"{content.get('subject') or ''}\n{content.get('text') or ''}"
    return text.replace(OPEN, "‹").replace(CLOSE, "›").strip().splitlines()


def recipients(session: Session, notice: Notice) -> int:
    """Return how many get a notice: its people, or the one party or public."""
    if notice.party_id is not None:
        return 1
    counted = select(func.coalesce(func.sum(Cohort.count), 0)).join(
        NoticeCohort, col(NoticeCohort.cohort_id) == Cohort.id
    )
    people = int(session.exec(counted.where(NoticeCohort.notice_id == notice.id)).one())
    return people or (1 if notice.audience not in ("individuals", "owner") else 0)
