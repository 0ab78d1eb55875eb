"""How often one address may ask. Kept in memory alone, and never written down: addresses are personal data."""

import threading
import time
from collections import OrderedDict

from starlette.requests import Request

from forthwith.web.failures import TooMany

REMEMBERED = 20_000


class Limit:
    """A token bucket an address: `times` at once, then one each `every` seconds."""

    def __init__(self, times: int, every: float) -> None:
        self.times, self.every = times, every
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str, now: float | None = None) -> bool:
        """Return whether `who` may ask once more at `now` (seconds of a clock that never jumps)."""
        now = time.monotonic() if now is None else now
        with self._lock:
            left, since = self._buckets.pop(who, (float(self.times), now))
            left = min(float(self.times), left + (now - since) / self.every)
            self._buckets[who] = (left - 1 if left >= 1 else left, now)
            while len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        return left >= 1

    def __call__(self, request: Request) -> None:
        """Refuse an address that asks too often: a guard of a route."""
        if not self.take(request.client.host if request.client else ""):
            raise TooMany("That was asked too often.", "Wait a minute, then try again.")
