"""From approved notices to the rows of the outbox: one statement a step, a million people or one."""

import json
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.dispatch import statements, watermark, waves, wished
from forthwith.dispatch.arriving import takes
from forthwith.dispatch.options import Option, options_of, unapproved
from forthwith.dispatch.parties import plan_party, plan_public
from forthwith.dispatch.sequence import waiting_notices
from forthwith.dispatch.states import LIFTABLE, NO_CHANNEL, NO_WORDING, OUT_OF_SCOPE, WAITS, WISHED, WITHDRAWN
from forthwith.dispatch.stops import hold_stopped
from forthwith.timeline import record
from models import Incident, Medium, Notice

MANY = 1000  # rows: from here on the database must know how many there are before it joins them


@dataclass(slots=True)
class PlanReport:
    """What a plan did. `blocked` has one line for each notice that may not leave, and why."""

    planned: int = 0
    held: int = 0
    changed: int = 0
    cancelled: int = 0
    in_doubt: int = 0  # of those planned or held: they may have left before a backup was restored
    blocked: list[str] = field(default_factory=list)


def plan(session: Session, incident: Incident, *, actor: str) -> PlanReport:
    """Write one delivery for every recipient of every approved notice. Planning again adds only what is missing."""
    report = PlanReport()
    session.execute(text(statements.ALONE), {"incident": str(incident.id)})
    notices = [one for one in needed_notices(session, incident) if _may_leave(session, one, report)]
    ways = {notice.id: options_of(session, incident, notice) for notice in notices}
    waiting = waiting_notices(session, incident)
    _withdraw(session, incident, report)
    _people(session, incident, ways, waiting, report)
    for notice in notices:
        if notice.party_id is not None:
            _count(report, plan_party(session, incident, notice, ways[notice.id]))
        _count(report, plan_public(session, incident, notice, ways[notice.id]))
    report.in_doubt = watermark.doubt_anew(session, incident.id)
    report.changed += hold_stopped(session, incident)
    waves.lay(session, incident)
    if report.planned + report.held > MANY:
        session.execute(text("analyze person, delivery, obligation_cohort, notice_cohort"))
    if any((report.planned, report.held, report.changed, report.cancelled)):
        record(
            session, incident.id, actor=actor, verb="planned", object_type="delivery",
            text=f"{report.planned} deliveries planned, {report.held} held with a reason", data=asdict(report),
        )  # fmt: skip
    return report


def needed_notices(session: Session, incident: Incident) -> list[Notice]:
    """Return the current notices of which a duty to notify stands; one without any duty is legal's own wish."""
    wanted = session.execute(text(statements.NEEDED), {"incident": incident.id}).scalars().all()
    found = select(Notice).where(col(Notice.id).in_(wanted)).order_by(col(Notice.created_at), col(Notice.id))
    return list(session.exec(found).all())


def _may_leave(session: Session, notice: Notice, report: PlanReport) -> bool:
    """Return whether all wordings of a notice stand approved; note it where they don't."""
    if why := unapproved(session, notice):
        report.blocked.append(f"“{notice.title}”: {why}")
    return not why


def _people(
    session: Session, incident: Incident, ways: dict[uuid.UUID, list[Option]], waiting: set[uuid.UUID],
    report: PlanReport,
) -> None:  # fmt: skip
    """Plan the people of the notices that may leave: mend what nobody tried yet, insert what is missing."""
    wishes = wished.as_rows(session, incident)
    keys: dict[str, Any] = {
        "incident": incident.id, "now": clock.now(), "notices": list(ways), "waiting": list(waiting),
        "options": json.dumps([way.as_row() for some in ways.values() for way in some]),
        "waits": WAITS, "no_channel": NO_CHANNEL, "no_wording": NO_WORDING, "liftable": LIFTABLE,
        "wishes": json.dumps(wishes), "wishers": [one["person_id"] for one in wishes], "wished": WISHED,
         "post": takes(Medium.LETTER),
    }  # fmt: skip
    for mend in (statements.MEND_PEOPLE, statements.MEND_WORDING):  # first: what is inserted needs no mending
        report.changed += session.execute(text(mend), keys).rowcount  # type: ignore[attr-defined]
    made = session.execute(text(statements.INSERT_PEOPLE), keys).one()
    report.planned += made.planned
    report.held += made.held


def _withdraw(session: Session, incident: Incident, report: PlanReport) -> None:
    """Cancel what nobody tried yet and nobody may get any more."""
    keys = {"incident": incident.id, "now": clock.now(), "withdrawn": WITHDRAWN, "scope": OUT_OF_SCOPE}
    for cancel in (statements.CANCEL_WITHDRAWN, statements.CANCEL_OUT_OF_SCOPE):
        report.cancelled += session.execute(text(cancel), keys).rowcount  # type: ignore[attr-defined]


def _count(report: PlanReport, states: list[str]) -> None:
    """Add single rows to the report."""
    report.planned += states.count("planned")
    report.held += states.count("held")
