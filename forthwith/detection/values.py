"""Read what somebody says as a fact: words of the vocabulary, numbers, times with their zone, durations."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from forthwith import clock
from forthwith.detection.vocabulary import Kind
from models import Refusal

LAW = re.compile(r"[a-z0-9]+(?:[-._][a-z0-9]+)+")
BARE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def read(name: str, value: Any, kind: Kind) -> Any:
    """Return `value` as fact `name` keeps it (JSON). Raises Refusal, which never repeats the value's text at length."""
    return None if value is None else READERS[kind.form](name, value, kind)


def refuse(name: str, do: str) -> Refusal:
    """Return a refusal of what was said of fact `name`."""
    return Refusal(f"{name} can't say that.", do)


def _word(name: str, value: Any, kind: Kind) -> str:
    plain = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    if isinstance(plain, str) and plain in kind.words:
        return plain
    near = get_close_matches(str(plain)[:60].lower(), kind.words, 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise refuse(name, f"{hint}It takes one of: {', '.join(kind.words)}.")


def _words(name: str, value: Any, kind: Kind) -> list[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise refuse(name, f"It takes a list out of: {', '.join(kind.words)}.")
    return list(dict.fromkeys(_word(name, item, kind) for item in items))


def _text(name: str, value: Any, _kind: Kind) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 200:
        raise refuse(name, "It takes one line of text, up to 200 characters.")
    return " ".join(value.split())


def _prose(name: str, value: Any, _kind: Kind) -> str:
    """Return a text that stands in notices: some lines, no control characters."""
    text = value.strip() if isinstance(value, str) else ""
    if not text or len(text) > 4000 or any(ord(sign) < 32 and sign != "\n" for sign in text):
        raise refuse(name, "It takes plain text, up to 4,000 characters.")
    return text


def _texts(name: str, value: Any, kind: Kind) -> list[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or len(items) > 200:
        raise refuse(name, "It takes a list of texts.")
    return [_text(name, item, kind) for item in items]


def _laws(name: str, value: Any, kind: Kind) -> list[str]:
    items = _texts(name, value, kind)
    if wrong := [item for item in items if not LAW.fullmatch(item)]:
        raise refuse(name, f"It takes ids of laws, such as contracts.example; {len(wrong)} of them is none.")
    return items


def _number(name: str, value: Any, _kind: Kind) -> int | float:
    if isinstance(value, str) and re.fullmatch(r"\d{1,15}(\.\d{1,6})?", value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise refuse(name, "It takes a number, 0 or more.")
    return value


def _instant(name: str, value: Any, _kind: Kind) -> str:
    """Return an instant as RFC 3339 in UTC, a bare day as it is (that whole local day), or `no` (did not happen)."""
    if value is False or value == "no":
        return "no"
    moment = instant(value)
    if moment is None:
        raise refuse(name, "It takes a time with its zone (2026-11-18T07:40:00Z), a day (2026-11-18), or no.")
    return moment if isinstance(moment, str) else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant(value: Any) -> datetime | str | None:
    """Return an aware datetime, a bare day as ISO text, or None where `value` is neither.

    Takes also a duration from now (`-P2DT3H`: two days and three hours ago).
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else None
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return None
    return _relative(value.strip()) or _stated(value.strip())


def _relative(text: str) -> datetime | None:
    found = DURATION.fullmatch(text)
    if not found or text.endswith(("P", "T")):
        return None
    try:
        span = timedelta(**{unit: int(n) for unit, n in found.groupdict().items() if n and unit != "sign"})
        now = clock.now().replace(microsecond=0)
        return now - span if found["sign"] == "-" else now + span
    except OverflowError:
        return None


def _stated(text: str) -> datetime | str | None:
    try:
        if BARE_DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _answer(name: str, value: Any, kind: Kind) -> Any:
    """Return an answer: a plain value, or a mapping of `value`, `decided_at` and `consulted`."""
    if not isinstance(value, dict):
        return _plain_answer(name, value, kind)
    if "value" not in value or set(value) - {"value", "decided_at", "consulted"}:
        raise refuse(name, "An answer takes: value, decided_at, consulted.")
    read_at = {"decided_at": _instant(name, value["decided_at"], kind)} if value.get("decided_at") else {}
    heard = {"consulted": _texts(name, value["consulted"], kind)} if value.get("consulted") else {}
    return {"value": _plain_answer(name, value["value"], kind), **read_at, **heard}


def _plain_answer(name: str, value: Any, kind: Kind) -> Any:
    if kind.words:
        return _word(name, value, kind)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(name, value, kind)
    if isinstance(value, list):
        return _texts(name, value, kind)
    if isinstance(value, date):
        return _instant(name, value, kind)
    return _text(name, value, kind)


READERS: dict[str, Callable[[str, Any, Kind], Any]] = {
    "word": _word, "words": _words, "text": _text, "prose": _prose, "texts": _texts, "laws": _laws, "number": _number,
    "instant": _instant, "answer": _answer,
}  # fmt: skip
