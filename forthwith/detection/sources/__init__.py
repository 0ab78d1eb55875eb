"""Sources: one folder a tool, each with `parse`, `recognises` and a sample. A new folder is found by itself."""

import pkgutil
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol, cast

from forthwith.detection.parsed import ParsedSignal
from models import Refusal


class Source(Protocol):
    """The contract of a source's module."""

    recognises: Callable[[dict[str, Any]], bool]
    parse: Callable[[dict[str, Any]], list[ParsedSignal]]


@lru_cache
def sources() -> dict[str, Source]:
    """Return every source by name, in alphabetical order."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)
    return {name: cast(Source, import_module(f"{__name__}.{name}")) for name in names}


def source(name: str) -> Source:
    """Return the source called `name`. Raises Refusal where there is none."""
    if name not in sources():
        raise Refusal(f"No source is called {name[:80]!r}.", f"Known: {', '.join(sources())}.")
    return sources()[name]


def recognised(payload: dict[str, Any]) -> Source:
    """Return the source whose shape a payload has. Raises Refusal where it is none's or more than one's."""
    found = [one for one in sources().values() if one.recognises(payload)]
    if len(found) == 1:
        return found[0]
    raise Refusal(
        "No known tool makes alerts of this shape." if not found else "More than one tool makes such alerts.",
        f"Name it with --source ({', '.join(sources())}), or describe it with --mapping FILE.",
    )
