"""The judge: the providers' ledgers, never our database. Who was told, who twice, who not at all?"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.killing.roles import bounces, fails, letters, returns
from bench.killing.scene import Scene
from forthwith import db, dispatch
from forthwith.dispatch.states import EXHAUSTED
from forthwith.settings import settings
from models import Incident

LAST = """
select p.number, d.id, d.state, d.reason, d.medium, d.channel from person p left join lateral (
  select * from delivery d where d.recipient_id = p.id order by leg desc limit 1) d on true
 where p.incident_id = :id
"""
LATE = {"sendgrid": bounces, "twilio": fails, "print_file": returns}


@dataclass
class Verdict:
    """What the ledgers say. `lost` and `twice` must be empty; `naive` is the same of the naive sender."""

    told: dict[str, int] = field(default_factory=dict)
    next_legs: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    naive: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


def judge(scene: Scene) -> Verdict:
    """Hold every person against the ledgers."""
    found, taken = Verdict(), _taken(scene)
    for (channel, what, value), n in taken.items():
        found.told[channel] = found.told.get(channel, 0) + n * (what == "to")
        if n > 1:
            found.twice.append(f"{channel}: {what} {value} {n} times")
    with db.session() as session:
        for name, incident_id in scene.incidents.items():
            rows = session.execute(text(LAST), {"id": incident_id}).all()
            found.lost += [f"{name}: {why}" for row in rows if (why := _lost(row, taken))]
            told = dispatch.status(session, session.get_one(Incident, incident_id))
            found.lines.append(dispatch.equality(told))
            if not (told["equal"] and told["settled"]):
                found.unequal.append(f"{name}: {dispatch.equality(told)}, {told['gaps']}, {told['open']} open")
    found.next_legs = sum(found.told.values()) - sum(scene.notices.values())
    found.naive = _naive(scene)
    return found


def _taken(scene: Scene) -> Counter[tuple[str, str, str]]:
    """Return how often each delivery, and each address, was told by each channel."""
    lines = [line for line in scene.book.lines() if not line.key.startswith("naive-")]
    found = Counter[tuple[str, str, str]]()
    for line in lines:
        found.update([(line.channel, "key", line.key), (line.channel, "to", line.to)])
    found.update(("print_file", "key", key) for key in letters())
    found.update(("print_file", "to", code) for code in _postcodes())
    return found


def _postcodes() -> list[str]:
    """Return the postcode on each letter: everybody has one of their own."""
    import csv

    rows: list[dict[str, Any]] = []
    for path in sorted((settings().outbox / "print").glob("letters-*/manifest.csv")):
        rows += list(csv.DictReader(Path(path).read_text().splitlines()))
    return [row["postcode"] for row in rows if row["seq"].isdigit()]


def _lost(row: Any, taken: Counter[tuple[str, str, str]]) -> str:
    """Return how a person was lost; empty where they were told, or every way was tried."""
    if row.id is None or row.state not in ("accepted", "delivered", "held"):
        return f"{row.number} has no end: {row.state}"
    if row.state == "held":
        return "" if row.reason == EXHAUSTED else f"{row.number} is held: {row.reason}"
    if not taken[row.channel, "key", str(row.id)]:
        return f"{row.number} is {row.state}, but {row.channel} never had it"
    late = LATE.get(row.channel)
    return f"{row.number} was not reached, and nobody followed it up" if late and late(str(row.id)) else ""


def _naive(scene: Scene) -> dict[str, int]:
    told = Counter(line.key for line in scene.book.lines() if line.key.startswith("naive-"))
    return {"notices": scene.naive, "lost": scene.naive - len(told), "twice": sum(n > 1 for n in told.values()),
            "too many": sum(told.values()) - len(told)}  # fmt: skip
