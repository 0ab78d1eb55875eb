"""What an operator watches across all incidents, in counts: no title, no number of an incident, nobody's data."""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import clock, db
from forthwith.detection import desk
from forthwith.settings import settings
from forthwith.web.metering import family, meter
from models import Pulse

FRESH = 10.0  # seconds for which counts are told again: two scrapers and a page ask the database once
WAITING = ("planned", "sending", "unknown")
DELIVERIES = """
select channel, state, count(*) as n, min(created_at) as first from delivery
 group by channel, state order by channel, state
"""
DEADLINES = """
select count(*) filter (where o.due_at is null or o.due_at >= :now) as open,
       count(*) filter (where o.due_at < :now) as late
  from obligation o join incident i on i.id = o.incident_id and i.phase <> 'closed'
 where o.current and o.met_at is null and coalesce(o.decided_verdict, o.verdict) in ('notify', 'review')
"""
ENQUIRIES = "select count(*) from enquiry where state = 'open'"
INCIDENTS = """
select count(*) as open, count(*) filter (where lease_until > clock_timestamp()) as working from incident
 where phase <> 'closed'
"""
CHANNELS = """
select channel, failures, openings, why, rests_until, open_until, next_at from channel_state order by channel
"""
SCHEMA = "select version_num from alembic_version"


@dataclass(frozen=True, slots=True)
class Gauges:
    """The counts of one moment. Times of channels are UTC."""

    at: datetime
    deliveries: dict[str, dict[str, int]]  # by channel and state
    oldest_planned: float | None  # seconds since the oldest delivery was planned that has not left; None: none waits
    deadlines_open: int
    deadlines_late: int
    signals: int
    enquiries: int
    incidents: int
    working: int  # incidents whose flow has given a sign of life
    channels: list[dict[str, Any]]
    pulses: dict[str, datetime]  # when each minute's question was last asked
    disk_free: int  # bytes of the data folder's disk
    disk_size: int
    schema: str

    @property
    def queue(self) -> dict[str, dict[str, int]]:
        """What is planned, on the wire or in doubt, by channel."""
        waiting = {name: {state: by.get(state, 0) for state in WAITING} for name, by in self.deliveries.items()}
        return {name: by for name, by in waiting.items() if any(by.values())}

    @property
    def in_doubt(self) -> int:
        """Deliveries of which nobody can say yet whether the provider took them."""
        return sum(by.get("unknown", 0) for by in self.deliveries.values())


_kept: list[tuple[float, str, Gauges]] = []
_lock = threading.Lock()


def gauges() -> Gauges:
    """Return the counts, at most some seconds old: several who ask at once make the database count once."""
    with _lock:
        if _kept and _kept[0][1] == db.url() and time.monotonic() - _kept[0][0] < FRESH:
            return _kept[0][2]
        with db.session() as session:
            made = counted(session)
        _kept[:] = [(time.monotonic(), db.url(), made)]
        return made


def counted(session: Session) -> Gauges:
    """Count now."""
    now = {"now": clock.now()}
    due = session.execute(text(DEADLINES), now).one()
    cases = session.execute(text(INCIDENTS)).one()
    deliveries, oldest = _deliveries(session, now["now"])
    disk = shutil.disk_usage(_home())
    return Gauges(
        at=now["now"], deliveries=deliveries, oldest_planned=oldest,
        deadlines_open=due.open, deadlines_late=due.late, signals=desk.count(session),
        enquiries=session.execute(text(ENQUIRIES)).scalar_one(), incidents=cases.open, working=cases.working,
        channels=[dict(row._mapping) for row in session.execute(text(CHANNELS))],
        pulses={row.name: row.at for row in session.exec(select(Pulse).order_by(col(Pulse.name)))},
        disk_free=disk.free, disk_size=disk.total, schema=session.execute(text(SCHEMA)).scalar_one(),
    )  # fmt: skip


def _home() -> str:
    """Return the data folder, or the root where it is not made yet."""
    return str(settings().home) if settings().home.exists() else "/"


def _deliveries(session: Session, now: datetime) -> tuple[dict[str, dict[str, int]], float | None]:
    """Return deliveries by channel and state, and the age in seconds of the oldest that is planned."""
    rows = session.execute(text(DELIVERIES)).all()
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.channel, {})[row.state] = row.n
    planned = [row.first for row in rows if row.state == "planned"]
    return found, (now - min(planned)).total_seconds() if planned else None


def exposed(now: Gauges) -> str:
    """Return the counts and those of this process's requests in Prometheus's format."""
    return "\n".join([*_lines(now), *meter.lines(), ""])


def _lines(now: Gauges) -> Iterator[str]:
    by = [({"channel": name, "state": state}, n) for name, of in now.deliveries.items() for state, n in of.items()]
    yield from family("forthwith_deliveries", "gauge", "Deliveries by channel and state.", by)
    shut = [({"channel": row["channel"]}, float(_shut(row, now.at))) for row in now.channels]
    yield from family("forthwith_channel_shut", "gauge", "1: the channel rests, or its breaker is open.", shut)
    ages = [({"name": name}, (now.at - at).total_seconds()) for name, at in now.pulses.items()]
    yield from family("forthwith_pulse_age_seconds", "gauge", "Since a minute's question was last asked.", ages)
    for name, words, value in _single(now):
        yield from family(name, "gauge", words, [({}, value)])
    told = [({"version": version("forthwith"), "schema": now.schema}, 1.0)]
    yield from family("forthwith_build_info", "gauge", "What runs.", told)


def _single(now: Gauges) -> list[tuple[str, str, float]]:
    return [
        ("forthwith_attempts_in_doubt", "Deliveries whose last call nobody can say the end of.", now.in_doubt),
        ("forthwith_oldest_planned_seconds", "Age of the oldest delivery that has not left.", now.oldest_planned or 0),
        ("forthwith_deadlines_open", "Duties that are not met, and not late.", now.deadlines_open),
        ("forthwith_deadlines_late", "Duties that are past due and not met.", now.deadlines_late),
        ("forthwith_signals_waiting", "Signals that nobody has dealt with.", now.signals),
        ("forthwith_enquiries_open", "Enquiries of affected people that wait.", now.enquiries),
        ("forthwith_incidents_open", "Incidents that are not closed.", now.incidents),
        ("forthwith_incidents_working", "Incidents whose flow gave a sign of life.", now.working),
        ("forthwith_disk_free_bytes", "Free on the data folder's disk.", now.disk_free),
    ]


def _shut(row: dict[str, Any], now: datetime) -> bool:
    """Return whether a channel is left alone: its provider asked for rest, or too many calls failed."""
    return row["open_until"] is not None or (row["rests_until"] is not None and row["rests_until"] > now)
