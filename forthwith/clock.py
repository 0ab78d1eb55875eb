"""The only place that asks what time it is. `FORTHWITH_NOW` freezes it, for drills and tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, tzinfo

_frozen: datetime | None = None


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    if _frozen is not None:
        return _frozen
    if stated := os.environ.get("FORTHWITH_NOW"):
        return datetime.fromisoformat(stated).astimezone(UTC)
    return datetime.now(UTC)


def today(zone: tzinfo = UTC) -> date:
    """Return the present calendar day in `zone`."""
    return now().astimezone(zone).date()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock at `at` (aware) inside the block."""
    global _frozen
    before, _frozen = _frozen, at.astimezone(UTC)
    try:
        yield
    finally:
        _frozen = before
