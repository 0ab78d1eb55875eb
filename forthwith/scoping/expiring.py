"""Rows that were changed behind a session's back, by COPY or in bulk, are read anew."""

from sqlmodel import Session

from models import Cohort, Person, PersonSource


def forget(session: Session) -> None:
    """Let the session read people and cohorts anew: they were changed behind its back."""
    for row in [row for row in session if isinstance(row, Person | PersonSource | Cohort)]:
        session.expire(row)
