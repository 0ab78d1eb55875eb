"""Remarks at paragraphs: what is talked about before a decision. One that stands holds no approval up by itself."""

import uuid
from dataclasses import dataclass

from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.review.four_eyes import active, own_words
from forthwith.review.paragraphs import paragraphs
from forthwith.timeline import record
from models import Incident, Refusal, Remark, User, Variant

QUOTED = 90  # letters of a paragraph that a remark keeps


@dataclass(frozen=True, slots=True)
class Thread:
    """A paragraph's remarks, the oldest first."""

    paragraph: str  # sha256
    remarks: list[Remark]

    @property
    def open(self) -> int:
        """How many wait to be settled."""
        return sum(one.settled_at is None for one in self.remarks)


def remark(
    session: Session, incident: Incident, variant: Variant, paragraph: str, text: str, *, user: User,
    privileged: bool = False,
) -> Remark:  # fmt: skip
    """Say something about a paragraph, by its hash. The timeline says that something was said, never what.

    Raises Refusal where the paragraph is not one of this version, or the words are missing or name somebody.
    """
    by, words = active(session, user), own_words(text, what="remark")
    found = next((one for one in paragraphs(variant) if one.sha256 == paragraph), None)
    if found is None or variant.incident_id != incident.id:
        raise Refusal("This paragraph is not in this version.", "Load the page again: it may be another version now.")
    made = Remark(
        incident_id=incident.id, notice_id=variant.notice_id, variant_id=variant.id, language=variant.language,
        medium=variant.medium, paragraph_sha256=paragraph, quote=found.text[:QUOTED], text=words,
        privileged=privileged, by=by.name,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _enter(session, incident, made, "remarked", by.name)
    return made


def settle(session: Session, incident: Incident, remark_id: uuid.UUID, *, user: User) -> Remark:
    """Say that a remark was dealt with. Raises Refusal where it is none of this incident, or settled already."""
    by, found = active(session, user), session.get(Remark, remark_id)
    if found is None or found.incident_id != incident.id or found.settled_at:
        raise Refusal("There is no open remark of this id.", "Load the page again.")
    found.settled_at, found.settled_by = clock.now(), by.name
    session.add(found)
    session.flush()
    _enter(session, incident, found, "settled", by.name)
    return found


def threads(session: Session, variant: Variant, *, privileged: bool = True) -> dict[str, Thread]:
    """Return the remarks on a wording's paragraphs, this version's and those that the words carried over, by hash.

    `privileged`: with those between counsel and client.
    """
    found = select(Remark).where(
        Remark.notice_id == variant.notice_id, Remark.language == variant.language, Remark.medium == variant.medium
    )
    by: dict[str, list[Remark]] = {}
    for one in session.exec(found.order_by(col(Remark.created_at), col(Remark.id))):
        if privileged or not one.privileged:
            by.setdefault(one.paragraph_sha256, []).append(one)
    return {paragraph: Thread(paragraph, remarks) for paragraph, remarks in by.items()}


def _enter(session: Session, incident: Incident, one: Remark, verb: str, actor: str) -> None:
    record(
        session, incident.id, actor=actor, verb=verb, object_type="variant", object_id=one.variant_id,
        text=f"A remark on the {one.language} {one.medium} wording was {'made' if verb == 'remarked' else 'settled'}.",
        data={"remark": str(one.id), "privileged": one.privileged},
    )  # fmt: skip
