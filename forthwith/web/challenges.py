"""Challenges that a device answers: made for one purpose and one browser, for five minutes, and taken once."""

import secrets
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete

from forthwith import clock
from forthwith.access.shown_once import digest
from forthwith.web.secret import fits, signature
from models import Refusal, SpentChallenge, new_id, utc_now

SECONDS = 300
KEPT = timedelta(hours=1)  # longer than any challenge counts


def new(purpose: str, bound: str) -> str:
    """Return a new challenge. Nothing is kept of it: our mark tells later that it is ours, whose and how old."""
    told = f"{int(clock.now().timestamp())}.{secrets.token_urlsafe(24)}"
    return f"{told}.{_mark(purpose, bound, told)}"


def ours(purpose: str, bound: str, challenge: str) -> None:
    """Refuse a challenge of another purpose or browser, one that is too old, or a made-up one."""
    told, _, mark = challenge.rpartition(".")
    at = told.partition(".")[0]
    known = bound and fits("challenge", f"{purpose}\0{bound}\0{told}", mark)
    if not known or not 0 <= clock.now().timestamp() - int(at) < SECONDS:
        raise Refusal("That took too long, or was begun elsewhere.", "Load the page again, and try once more.")


def spend(session: Session, challenge: str) -> None:
    """Take a challenge. Raises Refusal where it was taken before."""
    session.exec(delete(SpentChallenge).where(col(SpentChallenge.created_at) < utc_now() - KEPT))
    taken = insert(SpentChallenge).values(id=new_id(), created_at=utc_now(), sha256=digest(challenge))
    if not session.exec(taken.on_conflict_do_nothing().returning(col(SpentChallenge.id))).first():
        raise Refusal("That was used already.", "Load the page again, and try once more.")


def _mark(purpose: str, bound: str, told: str) -> str:
    return signature("challenge", f"{purpose}\0{bound}\0{told}")
