"""Where is it day? The hours of a person's own place, from the jurisdiction alone: nobody's record is opened for it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from forthwith.settings import settings
from models import Refusal

STATES = Path(__file__).parent / "data" / "zones.yaml"
HOURS = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")
DAY, HOUR = 86_400, 3_600  # seconds
FAR = 4  # days to look ahead: the date line and a change of clocks are within


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when somebody may be called, in seconds of a local day."""

    start: int
    end: int

    @property
    def always(self) -> bool:
        """Whether no hour is quiet."""
        return self.end - self.start >= DAY


@lru_cache(maxsize=8)
def hours(stated: str) -> Hours:
    """Return the hours that FORTHWITH_CALLING_HOURS states. Raises Refusal where they are no hour long."""
    found = HOURS.fullmatch(stated.strip())
    start, end = (int(found[i]) * 3600 + int(found[i + 1]) * 60 for i in (1, 3)) if found else (0, 0)
    if end > DAY or end - start < HOUR:
        raise Refusal(f"FORTHWITH_CALLING_HOURS is {stated[:20]!r}.", "Write it as 08:00-21:00, an hour or longer.")
    return Hours(start, end)


def calling_hours() -> Hours:
    """Return the hours at which texts and calls may reach people."""
    return hours(settings().calling_hours)


@lru_cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Return the zones of each country (ISO 3166-1), from the tz database."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found[country].append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


@lru_cache
def _states() -> dict[str, tuple[str, ...]]:
    """Return the zones of each state (ISO 3166-2) that has its own."""
    found: dict[str, list[str]] = defaultdict(list)
    for country, zones in yaml.load(STATES.read_text("utf-8"), yaml.CSafeLoader).items():
        for zone, states in zones.items():
            for state in states:
                found[f"{country}-{state}"].append(zone)
    return {state: tuple(zones) for state, zones in found.items()}


def zone_names(jurisdiction: str, country: str) -> tuple[str, ...]:
    """Return every zone in which somebody of this place may live; empty where nothing is known of it."""
    own = _states().get(jurisdiction)
    return own or _countries().get(jurisdiction.split("-")[0]) or _countries().get(country) or ()


@lru_cache(maxsize=1024)
def place(jurisdiction: str, country: str, own_zone: str, open_: Hours) -> "Place":
    """Return a place as quiet hours see it. Where it is unknown, or no hour holds in all of it: our own zone."""
    zones = tuple(ZoneInfo(name) for name in zone_names(jurisdiction, country))
    ours = Place((ZoneInfo(own_zone),), open_)
    found = Place(zones, open_) if zones else ours
    return found if found.ever() else ours


def place_of(jurisdiction: str, country: str) -> "Place":
    """Return a place by the settings of this installation."""
    return place(jurisdiction, country, settings().timezone, calling_hours())


@dataclass(frozen=True, slots=True)
class Place:
    """One or several zones, and the hours that must hold in all of them."""

    zones: tuple[tzinfo, ...]
    hours: Hours

    def open(self, at: datetime, lasting: float = 0.0) -> bool:
        """Return whether a call may be made at `at`, and for `lasting` seconds more, in every zone."""
        if self.hours.always:
            return True
        return all(self.hours.start <= (second := _second(at, zone)) and second + lasting <= self.hours.end
                   for zone in self.zones)  # fmt: skip

    def opens(self, at: datetime, lasting: float = 0.0) -> datetime:
        """Return the first instant, `at` or later, at which it is open."""
        if self.open(at, lasting):
            return at
        return min(one for one in self._starts(at) if one > at and self.open(one, lasting))

    def ever(self) -> bool:
        """Return whether there is an hour a day that holds in all zones, in summer as in winter."""
        if len(self.zones) == 1:
            return True
        days = (datetime(2026, month, 15, tzinfo=UTC) for month in (1, 7))
        return all(any(self.open(one, HOUR) for one in self._starts(day)) for day in days)

    def left(self, at: datetime) -> timedelta:
        """Return how long it stays open from `at` on; nothing where it is closed."""
        if self.hours.always:
            return timedelta(days=1)
        if not self.open(at):
            return timedelta(0)
        return timedelta(seconds=min(self.hours.end - _second(at, zone) for zone in self.zones))

    def after(self, at: datetime, length: timedelta) -> datetime:
        """Return when `length` of open hours is over that begins at `at`."""
        for _ in range(3660):
            at = self.opens(at)
            if (room := self.left(at)) >= length:
                return at + length
            at, length = at + room + timedelta(seconds=1), length - room
        return at

    def _starts(self, at: datetime) -> Iterator[datetime]:
        """Return each zone's beginnings of the day's hours around `at`."""
        for zone in self.zones:
            day = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            for n in range(-1, FAR):
                local = day + timedelta(days=n, seconds=self.hours.start)
                yield local.replace(tzinfo=zone).astimezone(UTC)


def _second(at: datetime, zone: tzinfo) -> float:
    """Return the second of the local day."""
    local = at.astimezone(zone)
    return local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
