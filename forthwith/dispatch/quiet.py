"""No text and no call at night: what may not reach its cohort now waits for the morning of that cohort's own place."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith.channels import INSIDE
from forthwith.dispatch.zones import calling_hours, place_of
from forthwith.settings import settings
from models import Cohort, Medium

LOUD = (Medium.SMS, Medium.VOICE)

ANY = """
select 1 from delivery where incident_id = :incident and untold = 'planned' and medium = any(:loud)
   and not channel = any(:inside) limit 1
"""

# a deadline that ends tonight goes first only where the settings say so
STAYS = "not (:over and d.due_at >= :now and d.due_at < k.opens)"

HUSH = f"""
update delivery d set not_before = k.opens
  from unnest(cast(:cohorts as uuid[]), cast(:opens as timestamptz[])) as k(cohort, opens)
  join person p on p.cohort_id = k.cohort
 where d.incident_id = :incident and d.untold = 'planned' and d.recipient_id = p.id and d.medium = any(:loud)
   and not d.channel = any(:inside) and (d.not_before is null or d.not_before < k.opens) and {STAYS}
"""

# for the statement that claims: `p` is the person
AWAKE = f"""
not exists (select 1 from unnest(cast(:cohorts as uuid[]), cast(:opens as timestamptz[])) as k(cohort, opens)
             where k.cohort = p.cohort_id and {STAYS})
"""


@dataclass(frozen=True, slots=True)
class Asleep:
    """The cohorts that may not be called now, and when each may be."""

    opens: dict[uuid.UUID, datetime]

    def keys(self, now: datetime) -> dict[str, Any]:
        """Return what the statements here ask for."""
        over = settings().deadline_over_calling_hours
        return {"cohorts": list(self.opens), "opens": list(self.opens.values()), "over": over, "now": now}


NOBODY = Asleep({})


def loud(medium: str, channel: str) -> bool:
    """Return whether a medium wakes people. What stays in files wakes nobody."""
    return medium in LOUD and channel not in INSIDE


def asleep(session: Session, incident_id: uuid.UUID, now: datetime) -> Asleep:
    """Return who of an incident may not be called between `now` and the end of a batch that starts now."""
    if calling_hours().always:
        return NOBODY
    held = select(Cohort.id, Cohort.jurisdiction, Cohort.country).where(Cohort.incident_id == incident_id)
    lease, found = float(settings().lease_seconds), dict[uuid.UUID, datetime]()
    for cohort, jurisdiction, country in session.exec(held.where(col(Cohort.count) > 0)).all():
        place = place_of(jurisdiction, country)
        if not place.open(now, lease):
            found[cohort] = place.opens(now, lease)
    return Asleep(found)


def hush(session: Session, incident_id: uuid.UUID, now: datetime) -> int:
    """Let texts and calls wait that would come at night; return how many began to wait."""
    keys = {"incident": incident_id, "loud": list(LOUD), "inside": list(INSIDE)}
    if not session.execute(text(ANY), keys).first():
        return 0
    silent = asleep(session, incident_id, now)
    if not silent.opens:
        return 0
    return int(session.execute(text(HUSH), {**keys, **silent.keys(now)}).rowcount)  # type: ignore[attr-defined]
