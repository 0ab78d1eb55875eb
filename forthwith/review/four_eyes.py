"""Who may decide what: legal and approvers alone, and never on one's own work."""

import re

from sqlmodel import Session

from forthwith.access.roles import combined, roles_in
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


def acting(session: Session, user: User, incident: Incident | None, *roles: UserRole) -> tuple[User, UserRole]:
    """Return the user and in which of these roles they act in the incident: the first that they have there.

    Roles are read from the database, never from the caller. Raises NotAllowed where they have none of them.
    """
    found = active(session, user)
    theirs = roles_in(session, found, incident) if incident else combined(found, ())
    for role in roles:
        if role in theirs:
            return found, role
    raise NotAllowed(
        f"Only the role {' or '.join(roles)} may decide this.", "Ask one of them; `forthwith user list` names them."
    )


def legal(session: Session, user: User, incident: Incident | None = None) -> User:
    """Return the user, who must be legal, in this incident where one is named."""
    return acting(session, user, incident, UserRole.LEGAL)[0]


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
