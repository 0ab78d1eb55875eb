"""The minute's questions, without Prefect: the `watch` flow asks them, and so does `forthwith serve` itself.

Two drivers, one idempotent answer: a clock of 72 hours must not hang on a scheduler alone.
"""

import uuid
from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert

from flows import mending
from flows.advance import advance
from flows.lease import idle
from forthwith import clock, db
from forthwith.settings import settings
from forthwith.timeline.deadlines import tick
from models import Pulse, new_id

ACTOR = "watch"


def deadlines() -> int:
    """Say which duties come due or are late; return how many were said."""
    with db.session() as session:
        said = len(tick(session, clock.now()))
    beat("deadlines")
    return said


def sweep() -> int:
    """Free cut-off claims, plan the next legs, then send and ask on; return how many incidents needed it."""
    from forthwith import dispatch

    found = dispatch.sweep(clock.now())
    for incident_id in found.to_reconcile:
        dispatch.reconcile(incident_id)
    tended = tend(found.to_send) + len(found.to_reconcile)
    beat("sweep")
    return tended


def tidy() -> int:
    """Put answers in doubt whose mail was cut off, and empty forms that waited too long; return how many of both."""
    from forthwith import hearing
    from forthwith.access import typed

    with db.session() as session:
        return hearing.cut_off(session) + typed.expire(session)


def drop() -> int:
    """Take in the reports by e-mail that lie in the folder of the setting; return how many were new."""
    from forthwith.detection import dropping

    folder = settings().intake_drop
    return dropping.drop(folder).new if folder and folder.is_dir() else 0


def mend() -> int:
    """Wake, restart or start the runs of incidents that nobody works on; return how many."""
    mended = mending.mend()
    beat("mend")
    return mended


def beat(name: str) -> None:
    """Note that a minute's question was asked and answered: the operator's page and `/metrics` show since when not."""
    row = {"id": new_id(), "created_at": clock.now(), "name": name, "at": clock.now()}
    with db.session() as session:
        session.execute(
            insert(Pulse).values(row).on_conflict_do_update(index_elements=["name"], set_={"at": row["at"]})
        )


def tend(unsent: Iterable[uuid.UUID]) -> int:
    """Go on with the incidents that have something unsent and nobody working on them; return how many."""
    with db.session() as session:
        left = [incident_id for incident_id in unsent if idle(session, incident_id)]
    for incident_id in left:
        advance(incident_id, actor=ACTOR)
    return len(left)
