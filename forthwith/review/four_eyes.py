"""Who may decide what: legal alone, and never on one's own work."""

import re

from sqlmodel import Session

from forthwith.review.users import same_name
from models import Incident, Refusal, User, UserRole, Variant

LONGEST = 4000
PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.\w|\d{7,}|\b\d{3}-\d{2}-\d{4}\b|\+\d[\d ()./-]{6,}\d")


class NotAllowed(Refusal):
    """Somebody asked for what is not theirs to decide."""


def active(session: Session, user: User) -> User:
    """Return the user as the database has it now. Raises Refusal where access has ended or never was."""
    found = session.get(User, user.id, populate_existing=True)
    if found is None or found.removed_at is not None:
        raise NotAllowed("Your access has ended.", "Ask the operator for a new token.")
    return found


def legal(session: Session, user: User) -> User:
    """Return the user, who must have the role legal. The role is read from the database, never from the caller."""
    found = active(session, user)
    if found.role != UserRole.LEGAL:
        raise NotAllowed(
            "Only the role legal may decide this.", "Ask a legal reviewer; `forthwith user list` names them."
        )
    return found


def other_eyes(incident: Incident, user: User, variant: Variant | None = None) -> None:
    """Refuse whoever opened the incident or drafted the wording: nobody approves their own work."""
    if same_name(incident.opened_by, user.name):
        raise NotAllowed("Who opened the incident may not approve in it.", "Ask another legal reviewer.")
    if variant and same_name(variant.drafted_by, user.name):
        raise NotAllowed("Who drafted a wording may not approve it.", "Ask another legal reviewer.")


def own_words(text: str | None, *, what: str) -> str:
    """Return a comment or reason, tidied; it goes into records that others read, so it must name no person."""
    words = (text or "").strip()
    if not words:
        raise Refusal(f"A {what} is needed.", "Say in a sentence why, so that it stands in the record.")
    if len(words) > LONGEST or not all(letter.isprintable() or letter in "\n\r\t" for letter in words):
        raise Refusal(f"The {what} is too long or has odd characters.", f"Use up to {LONGEST} plain characters.")
    if PERSONAL.search(words):
        raise Refusal(
            f"The {what} seems to hold personal data (an e-mail address or a long number).",
            "It stands in the record for years: say it without naming a person.",
        )
    return words
