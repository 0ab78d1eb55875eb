"""A form that could not be taken yet is not lost: its fields wait in the session, and stand on the page again."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from forthwith import db
from forthwith.access import typed
from forthwith.web.failures import ConfirmNeeded
from forthwith.web.visits import Visit
from models import Refusal


@contextmanager
def held(visit: Visit, place: str, **fields: str) -> Iterator[None]:
    """Keep the fields where the second factor is asked for first, or the block refuses; forget them once it is done."""
    session_id = uuid.UUID(visit.nonce)
    try:
        yield
    except (ConfirmNeeded, Refusal):
        with db.session() as session:
            typed.keep(session, session_id, place, fields)
        raise
    with db.session() as session:
        typed.drop(session, session_id, place)


def again(visit: Visit) -> dict[str, str]:
    """Return the fields that wait in this session, and under `place` in which form; an empty place where none do."""
    with db.session() as session:
        place, fields = typed.kept(session, uuid.UUID(visit.nonce))
    return {**fields, "place": place}
