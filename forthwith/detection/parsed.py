"""An alert as a source reads it, and how a source reads safely what came from outside."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from forthwith.timeline.record import canonical
from forthwith.timeline.wording import CARD, MAIL, NATIONAL_ID, PHONE

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:/-]{0,119}")
IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@#=-]{0,199}")  # an id that a machine gave: no spaces
SEVERITIES = ("unknown", "low", "medium", "high", "critical")
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ParsedSignal:
    """One alert. `title` is made of the finding's type and the resource's id alone, never of its free text.

    `facts` are what the alert itself states (dotted names of the facts file); `suggests` what a person may confirm.
    """

    source: str
    source_ref: str
    title: str
    payload_sha256: str
    severity: str = "unknown"
    occurred_at: datetime | None = None
    detected_at: datetime | None = None
    open: bool = True  # False: the tool itself has closed it
    facts: dict[str, Any] = field(default_factory=dict)
    suggests: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)  # codes and counts alone

    def hints(self) -> dict[str, Any]:
        """Return what is kept of the alert beside its columns."""
        times = {"clocks.detected_at": self.detected_at, "clocks.occurred_from": self.occurred_at}
        stated = {name: at.isoformat() for name, at in times.items() if at}
        return {
            "facts": {**stated, **self.facts}, "suggests": self.suggests, "details": self.details,
            "open": self.open,
        }  # fmt: skip


def at(payload: Any, *path: str | int) -> Any:
    """Return what stands at `path` in a payload, or None."""
    for step in path:
        if isinstance(step, str) and isinstance(payload, dict):
            payload = payload.get(step)
        elif isinstance(step, int) and isinstance(payload, list) and -len(payload) <= step < len(payload):
            payload = payload[step]
        else:
            return None
    return payload


def items(payload: Any, *path: str | int) -> list[Any]:
    """Return the list at `path`, or an empty one."""
    found = at(payload, *path)
    return found if isinstance(found, list) else []


def code(value: Any, pattern: re.Pattern[str] = CODE) -> str:
    """Return a code or id of a payload, or an empty text where it is not one: free text never passes."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if pattern.fullmatch(text) and not MAIL.search(text) else ""


def codes(values: list[Any], pattern: re.Pattern[str] = CODE, most: int = 50) -> list[str]:
    """Return the codes of a list, each once."""
    return list(dict.fromkeys(found for value in values[:most] if (found := code(value, pattern))))


def count(value: Any) -> int:
    """Return a count, or 0 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def instant(value: Any) -> datetime | None:
    """Return a time of a payload in UTC: RFC 3339, or seconds or milliseconds since 1970. None where it is none."""
    try:
        moment = _moment(value)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment and EARLIEST < moment < LATEST else None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    if not isinstance(value, str):
        return None
    moment = datetime.fromisoformat(value.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def severity(value: Any, known: dict[str, str]) -> str:
    """Return a tool's word for how bad it is in ours; `unknown` where it is not one of its words."""
    return known.get(str(value).strip().lower(), "unknown")


def graded(value: Any, steps: tuple[tuple[float, str], ...]) -> str:
    """Return the word of a number: that of the highest step (steps rise) which it reaches; else `unknown`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "unknown"
    return next((word for least, word in reversed(steps) if value >= least), "unknown")


def ident(value: Any, pattern: re.Pattern[str] = IDENT) -> str:
    """Return a machine's id, or the hash of what stands there instead; an empty text where nothing does."""
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        return ""
    return code(value, pattern) or hashlib.sha256(str(value).encode()).hexdigest()


def scrubbed(value: Any, most: int = 120) -> str:
    """Return free text without what looks like an address, a telephone, identity or card number."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    for pattern in (MAIL, PHONE, NATIONAL_ID, CARD):
        text = pattern.sub("…", text)
    return " ".join(text.split())[:most].strip()


def sha256_of(payload: Any) -> str:
    """Return the hash of a payload, whatever the order of its keys."""
    return hashlib.sha256(canonical(payload)).hexdigest()
