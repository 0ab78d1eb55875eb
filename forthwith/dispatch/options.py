"""By which medium, channel and wording may each notice travel?"""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from forthwith.approval import Present, standing
from forthwith.settings import settings
from models import Incident, Medium, Notice, Variant

CONSENTED = "email_consent"  # in Notice.media: e-mail only to those who agreed to it
LOCAL = frozenset((Medium.FILING,))


@dataclass(frozen=True, slots=True)
class Option:
    """One way to send one notice. `needs` is what a recipient's `channels` must hold; the lowest rank is the best."""

    notice_id: uuid.UUID
    rank: int
    medium: str
    channel: str
    language: str
    variant_id: uuid.UUID
    needs: tuple[str, ...]

    def as_row(self) -> dict[str, Any]:
        """Return it as a row for the planning statements."""
        return {
            "notice_id": str(self.notice_id), "rank": self.rank, "medium": self.medium, "channel": self.channel,
            "language": self.language, "variant_id": str(self.variant_id), "needs": list(self.needs),
        }  # fmt: skip

    def fit(self, language: str) -> int:
        """Return how well the wording's language fits a reader: the lower the better."""
        exact, base = self.language == language, self.language.split("-")[0] == language.split("-")[0]
        return 0 if exact else 1 if base else 2 if self.language == "en" else 3


def channel_of(incident: Incident, medium: str) -> str:
    """Return the channel of a medium. A drill's notices stay in files, whatever the settings say."""
    if medium in LOCAL or (incident.drill and medium != Medium.LETTER):
        return "outbox"
    if incident.drill:
        return "print_file"
    return str(getattr(settings(), f"{medium}_channel"))


def unapproved(session: Session, notice: Notice, present: Present | None = None) -> str:
    """Return why a notice may not be planned: the first of its wordings that doesn't stand. Empty where all stand."""
    variants, present = variants_of(session, notice), present or Present(session)
    if not variants:
        return "it has no wording"
    for variant in variants:
        if not (answer := standing(session, variant, present)).approved:
            return f"{variant.language} {variant.medium}: {answer.reason}"
    return ""


def variants_of(session: Session, notice: Notice) -> list[Variant]:
    """Return the newest wordings of a notice."""
    found = select(Variant).where(Variant.notice_id == notice.id, col(Variant.current))
    return list(session.exec(found.order_by(Variant.language, Variant.medium)).all())


def options_of(session: Session, incident: Incident, notice: Notice) -> list[Option]:
    """Return every way that a notice may go, in the order of its lawful media."""
    ways = []
    for rank, stated in enumerate(notice.media):
        medium = Medium.EMAIL if stated == CONSENTED else stated
        needs = (Medium.EMAIL.value, CONSENTED) if stated == CONSENTED else (str(medium),)
        ways += [
            Option(notice.id, rank, str(medium), channel_of(incident, medium), one.language, one.id, needs)
            for one in variants_of(session, notice)
            if one.medium == medium
        ]
    return ways
