"""Signals that may tell of the same thing: what they share, and how near in time. A person decides."""

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from models import Signal

# details that name one thing; an account or a region is shared by too much
NAMING = ("buckets", "instance", "agent", "device", "aggregate", "incident", "alert_ids", "transaction", "commits")
NEAR = timedelta(hours=24)
FAMILY = re.compile(r"(?!arn:)([^@]{10,})[#/:][A-Za-z0-9-]+")  # a repository's alerts, a device's detections


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two signals, and in words why they may be one matter."""

    other: Signal
    reasons: tuple[str, ...]


def likenesses(signals: Iterable[Signal], among: Iterable[Signal]) -> dict[uuid.UUID, list[Likeness]]:
    """Return by signal which of `among` may tell of the same, the strongest first. Cost grows with what is shared."""
    by_mark: dict[str, list[Signal]] = defaultdict(list)
    for signal in among:
        for mark in marks(signal):
            by_mark[mark].append(signal)
    return {signal.id: found for signal in signals if (found := _of(signal, by_mark))}


def marks(signal: Signal) -> Iterator[str]:
    """Yield what a signal has in common with others of the same matter, as reasons in words."""
    if family := FAMILY.fullmatch(signal.source_ref):
        yield f"both are of {signal.source} {family[1]}"
    details = signal.hints.get("details") or {}
    for name in NAMING:
        value = details.get(name)
        for one in value if isinstance(value, list) else [value]:
            if one and isinstance(one, str):
                yield f"both name {_singular(name)} {one}"
    if signal.party_id:
        yield "both come from the same partner"


def _singular(name: str) -> str:
    return name.replace("_ids", "").replace("_", " ").removesuffix("s")


def _of(signal: Signal, by_mark: dict[str, list[Signal]]) -> list[Likeness]:
    shared: dict[uuid.UUID, list[str]] = defaultdict(list)
    others: dict[uuid.UUID, Signal] = {}
    for mark in marks(signal):
        for other in by_mark[mark][:50]:
            if other.id != signal.id:
                shared[other.id].append(mark)
                others[other.id] = other
    found = [Likeness(others[key], (*reasons, *_near(signal, others[key]))) for key, reasons in shared.items()]
    return sorted(found, key=lambda one: (-len(one.reasons), one.other.created_at))


def _near(one: Signal, other: Signal) -> tuple[str, ...]:
    """Return how near in time two signals lie, where that is within a day."""
    apart = [abs(a - b) for a in _times(one) for b in _times(other)]
    least = min(apart, default=None)
    return (f"{int(least.total_seconds() // 3600)} hours apart",) if least is not None and least <= NEAR else ()


def _times(signal: Signal) -> list[datetime]:
    return [at for at in (signal.occurred_at, signal.detected_at) if at]
