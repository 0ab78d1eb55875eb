"""The operator: asks the providers, looks into their logs, restores a backup by the book."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bench.killing.roles import BATCH, fork, letters
from bench.killing.scene import TIMEOUT, Scene
from forthwith import clock, db, dispatch
from models import Incident, Refusal

REFUSED = 3  # the end of a process
DOUBTS = "select id from delivery where incident_id = :id and state = 'unknown' and state_at < :before"
OPEN = "select count(*) from delivery where state in ('planned', 'sending', 'unknown')"
STILL = """
select channel, state, reason, count(*), min(not_before) - now() as waits, min(state_at) - now() as since
  from delivery where state in ('planned', 'sending', 'unknown') group by channel, state, reason
"""


def look(scene: Scene, *, nobody_sends: bool = False) -> int:
    """Reconcile, and settle by the providers' logs what stays in doubt; return how many that were."""
    settled = 0
    for incident_id in scene.incidents.values():
        again(lambda one=incident_id: dispatch.reconcile(one))
        doubts = again(lambda one=incident_id: _doubts(one))
        taken = {*scene.book.keys(), *letters()} if doubts else set()
        sent = {one for one in doubts if str(one) in taken}
        settled += sum(_resolve(incident_id, one, sent=True) for one in sorted(sent))
        if nobody_sends and len(sent) < len(doubts):  # else each by itself: more came into doubt since the log was read
            settled += _resolve(incident_id, None, sent=False)
        elif not nobody_sends:
            settled += sum(_resolve(incident_id, one, sent=False) for one in doubts if one not in sent)
    return settled


def again(act: Callable[[], Any]) -> Any:
    """Do it once more where the database was still coming back: its old lines are broken."""
    try:
        return act()
    except (Refusal, DBAPIError):
        db.engine().dispose()
        time.sleep(0.3)
        return act()


def _doubts(incident_id: Any) -> Any:
    """Return what has been in doubt for so long that nothing of it can be on the wire."""
    with db.session() as session:
        keys = {"id": incident_id, "before": clock.now() - timedelta(seconds=4 * TIMEOUT)}
        return session.execute(text(DOUBTS), keys).scalars().all()


def _resolve(incident_id: Any, delivery: Any, *, sent: bool) -> int:
    try:
        with db.session() as session:
            incident = session.get_one(Incident, incident_id)
            return dispatch.resolve(session, incident, sent=sent, reason="the log", actor="operator", only=delivery)
    except Refusal:
        return 0  # an event was quicker


def open_deliveries() -> int:
    """Return how many deliveries aren't settled."""
    with db.session() as session:
        return int(session.execute(text(OPEN)).scalar_one())


def restore(scene: Scene, backup: Path) -> None:
    """Restore a backup as the documents say. Before anybody has looked, nothing may leave."""
    scene.all_still()
    db.engine().dispose()
    scene.server.restore(backup)
    for incident_id in scene.incidents.values():
        _nothing_leaves(scene, incident_id)
        with db.session() as session:
            dispatch.restored(session, session.get_one(Incident, incident_id), actor="operator")
    scene.hooks().replay()
    time.sleep(4 * TIMEOUT)
    look(scene, nobody_sends=True)
    scene.start("webhooks and sweeper")
    scene.start("naive")


def _nothing_leaves(scene: Scene, incident_id: Any) -> None:
    """See that a sender refuses to work on the restored database; it may where nothing left since the backup."""
    before = len(scene.book.lines()) + len(letters())
    # in a fork: a letter is set by threads, and who has threads forks no more
    refused = _ended(fork(lambda: _refuses(incident_id), scene.faults)) == REFUSED
    after = len(scene.book.lines()) + len(letters())
    assert not refused or after == before, "something left a restored database"


def _ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _refuses(incident_id: Any) -> None:
    try:
        dispatch.send(incident_id, batch=BATCH)
    except Refusal as refusal:
        if "restored from a backup" in refusal.what:
            os._exit(REFUSED)
        raise


def finish(scene: Scene, seconds: float) -> None:
    """Let senders, events and the operator end their work."""
    until = time.monotonic() + seconds
    hooks = scene.hooks()
    while time.monotonic() < until:
        look(scene)
        if not open_deliveries() and not _naive_left():
            scene.all_still()
            while hooks.step():
                pass
            hooks.last()
            if not open_deliveries():
                return
            scene.start("webhooks and sweeper")
        scene.send(2)
        time.sleep(0.2)
    raise AssertionError(f"after {seconds:.0f} s there are still open: {_still_open()}\n{_faults(scene)}")


def _still_open() -> list[Any]:
    with db.session() as session:
        return [tuple(row) for row in session.execute(text(STILL))]


def _faults(scene: Scene) -> str:
    return scene.faults.read_text()[-3000:] if scene.faults.exists() else ""


def _naive_left() -> int:
    with db.session() as session:
        return int(session.execute(text("select count(*) from naive where not sent")).scalar_one())
