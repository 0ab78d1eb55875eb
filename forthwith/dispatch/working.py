"""What a run tells of itself, and how this process behaves while it sends."""

import gc
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from models import DeliveryState

SWITCH = 0.0005  # seconds; with Python's own five milliseconds a thread waits so long after each word of the database


@dataclass(slots=True)
class SendReport:
    """What a run did. `halted` names channels that refuse us altogether; `blocked` what may not leave, and why.

    `resting`: channels that are left alone for a while, by their provider's wish or since too many calls failed.
    """

    states: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    halted: dict[str, str] = field(default_factory=dict)
    resting: dict[str, str] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many deliveries this run moved on; those that wait for another try aren't counted."""
        return sum(n for state, n in self.states.items() if state != DeliveryState.PLANNED)

    @property
    def lines(self) -> list[str]:
        """One clear line for each thing that somebody must mend."""
        stopped = [f"Channel {name} is halted: {why}." for name, why in sorted(self.halted.items())]
        return stopped + [f"Not sent: {line}." for line in self.blocked]


@contextmanager
def at_work() -> Iterator[None]:
    """Let Python change threads quickly, and look seldom for what nobody needs any more: a batch makes no circles.

    What the program is made of need not be looked through for each ten thousand fields of a batch.
    """
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, *threshold[1:])
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
        gc.unfreeze()
