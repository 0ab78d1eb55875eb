"""How many requests came and how long they took, by route template: never a path, which may name an incident.

Kept in this process alone. The text is Prometheus's exposition format (0.0.4).
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)  # seconds
METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS"})  # others count as one: a caller may invent any
OURS = ("", "/api/v1", "/static")

Labels = Mapping[str, str]
Key = tuple[str, str, str]  # method, route, status


class Meter:
    """Requests by method, route and status, and a histogram of their seconds by method and route."""

    def __init__(self) -> None:
        self._requests: dict[Key, int] = {}
        self._buckets: dict[tuple[str, str], list[int]] = {}
        self._seconds: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        key, timed = (method, route, str(status)), (method, route)
        with self._lock:
            self._requests[key] = self._requests.get(key, 0) + 1
            buckets = self._buckets.setdefault(timed, [0] * (len(BOUNDS) + 1))
            buckets[next((at for at, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))] += 1
            self._seconds[timed] = self._seconds.get(timed, 0.0) + seconds

    def lines(self) -> Iterator[str]:
        """Yield the counts in Prometheus's format."""
        with self._lock:
            requests, seconds = dict(self._requests), dict(self._seconds)
            buckets = {timed: list(counted) for timed, counted in self._buckets.items()}
        yield from family(
            "forthwith_http_requests_total", "counter", "Requests by route template and status.",
            [({"method": method, "route": route, "status": status}, count)
             for (method, route, status), count in sorted(requests.items())],
        )  # fmt: skip
        yield from _head("forthwith_http_request_seconds", "histogram", "Seconds until an answer was complete.")
        for timed in sorted(buckets):
            yield from _histogram(timed, buckets[timed], seconds[timed])


meter = Meter()


class Metered:
    """Counts every request once its answer is complete."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, and note how it ended."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            meter.note(method, template(scope), status, time.perf_counter() - began)


def template(scope: Scope) -> str:
    """Return the template of the route that answered; `unmatched` for none, so that nobody can make up names."""
    root = str(scope.get("root_path", ""))
    path = getattr(scope.get("route"), "path", None)
    if path is not None:
        return f"{root if root in OURS else ''}{path}"
    return root if root == "/static" else "unmatched"


def family(name: str, kind: str, words: str, values: Iterable[tuple[Labels, float]]) -> Iterator[str]:
    """Yield one measure with its values by labels."""
    yield from _head(name, kind, words)
    for labels, value in values:
        yield f"{name}{_labels(labels)} {_number(value)}"


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"


def _histogram(timed: tuple[str, str], counted: list[int], seconds: float) -> Iterator[str]:
    name, labels = "forthwith_http_request_seconds", {"method": timed[0], "route": timed[1]}
    running = 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counted, strict=True):
        running += count
        yield f"{name}_bucket{_labels({**labels, 'le': bound})} {running}"
    yield f"{name}_sum{_labels(labels)} {seconds:.6f}"
    yield f"{name}_count{_labels(labels)} {running}"


def _labels(labels: Labels) -> str:
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.3f}"
