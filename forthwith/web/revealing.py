"""Every look at personal data is an entry: who looked, at whose, and why; never what they saw."""

from typing import Protocol

from sqlmodel import Session

from forthwith.review.four_eyes import own_words
from forthwith.timeline import record
from models import Entry, Incident, User


class Acting(Protocol):
    """A visit, or a program with a token."""

    @property
    def user(self) -> User:
        """For whom it is asked."""
        ...


def revealed(session: Session, incident: Incident, visit: Acting, what: str, reason: str) -> Entry:
    """Record that somebody looks at personal data. Pages that show any call this first, in the same transaction.

    `what`: whose or which, without a personal value: `person 17`, `the rows set aside`. Raises Refusal where the
    reason is missing, or either names a person.
    """
    what, why = own_words(what, what="object"), own_words(reason, what="reason")
    return record(
        session, incident.id, actor=visit.user.name, verb="revealed", object_type="people", object_id=what,
        text=f"Personal data of {what} were looked at.", data={"what": what, "reason": why},
    )  # fmt: skip
