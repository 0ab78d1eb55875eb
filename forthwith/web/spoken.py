"""Times and values as people read them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from forthwith import clock
from forthwith.filling.labels import day_words, labels, shipped
from forthwith.settings import settings


def moment(at: datetime | str | None) -> str:
    """Return an instant in this installation's zone, with the zone's name."""
    if at is None or at == "":
        return "–"
    read = datetime.fromisoformat(at) if isinstance(at, str) else at
    if read.tzinfo is None:
        return str(at)
    return f"{read.astimezone(ZoneInfo(settings().timezone)):%Y-%m-%d %H:%M %Z}"


def authority(at: str | None) -> str:
    """Return an instant in the zone in which an authority counts, with the hours that it is ahead of UTC.

    Nothing where its clock shows what ours does.
    """
    read = datetime.fromisoformat(at) if at else None
    if read is None or read.utcoffset() == read.astimezone(ZoneInfo(settings().timezone)).utcoffset():
        return ""
    return f"{read:%Y-%m-%d %H:%M} UTC{read:%z}".replace("UTC+0000", "UTC")


def day(at: datetime | None) -> str:
    """Return an instant's day in this installation's zone."""
    return f"{at.astimezone(ZoneInfo(settings().timezone)):%Y-%m-%d}" if at else "–"


def written(at: datetime | None, language: str) -> str:
    """Return an instant's day in this installation's zone as a language writes it out, e.g. `4 November 2026`."""
    if at is None:
        return "–"
    return day_words(at.astimezone(ZoneInfo(settings().timezone)).date(), labels(shipped(language)))


def countdown(due: datetime | None, now: datetime | None = None) -> str:
    """Return how long is left, in words, or how late it is."""
    if due is None:
        return "no number of hours: without undue delay"
    left = due - (now or clock.now())
    return f"{span(left)} left" if left >= timedelta(0) else f"{span(-left)} late"


def span(length: timedelta) -> str:
    """Return a length in its two largest units: `2 days 4 hours`."""
    minutes = int(length.total_seconds() // 60)
    units = [("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60)]
    told = [f"{count} {name}{'' if count == 1 else 's'}" for name, count in units if count]
    return " ".join(told[:2]) or "less than a minute"


def plain(code: str | None) -> str:
    """Return a code as words: `do_not_notify` is `do not notify`."""
    return (code or "").replace("_", " ")


def exposed(code: str, *, short: bool = False) -> str:
    """Return a kind of exposed data in the words of a notice: `dob` is `date of birth`. `short`: no brackets."""
    words = str(labels(shipped("en"))["elements"].get(code, plain(code)))
    return words.partition(" (")[0] if short else words


def value(told: Any) -> str:
    """Return one thing that the engine said: a line, or the parts of it."""
    if isinstance(told, dict):
        return "; ".join(
            f"{plain(str(key))}: {value(part)}" for key, part in told.items() if part not in (None, "", [])
        )
    if isinstance(told, bool):
        return "yes" if told else "no"
    return ", ".join(map(value, told)) if isinstance(told, list) else str(told)
