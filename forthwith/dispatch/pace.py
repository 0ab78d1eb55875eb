"""A token bucket a channel: no more calls a second than a provider takes."""

import time
from dataclasses import dataclass, field

BURST = 1.0  # seconds' worth of calls that may go at once


@dataclass(slots=True)
class Pace:
    """Waits until the next call may go. `per_second` 0 means: no limit."""

    per_second: float
    _tokens: float = 1.0
    _at: float = field(default_factory=time.monotonic)

    def wait(self) -> None:
        """Return when one call may go."""
        if not self.per_second:
            return
        self._refill()
        if self._tokens < 1.0:
            time.sleep((1.0 - self._tokens) / self.per_second)
            self._refill()
        self._tokens -= 1.0

    def _refill(self) -> None:
        now = time.monotonic()
        most = max(1.0, self.per_second * BURST)
        self._tokens, self._at = min(most, self._tokens + (now - self._at) * self.per_second), now
