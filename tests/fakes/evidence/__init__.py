"""Evidence with the truth: seeded people, seven sources that tell of them, and which row is whose.

`made(folder, rows, seed)` writes the files; any number of rows, a million in less than a minute.
"""

import gc
import random
from array import array
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from .files import NOBODY, WRITERS
from .humans import DAY, KINDS, Human, people
from .sources import SOURCES, Source, Writer, cells, elements
from .telling import Spoiler

__all__ = ["DAY", "KINDS", "NOBODY", "SOURCES", "Evidence", "Human", "elements", "made", "people"]

ROWS_EACH = 2.3  # rows that tell of one person


@dataclass(slots=True)
class Evidence:
    """The files, and the truth: `whose` has for each file the number of the person of each row, or NOBODY."""

    folder: Path
    humans: list[Human] = field(repr=False)
    whose: dict[str, "array[int]"] = field(repr=False)

    @property
    def paths(self) -> list[Path]:
        """The files in the order of the sources."""
        return [self.folder / source.name for source in SOURCES]

    @property
    def rows(self) -> int:
        """Rows of all files, those of nobody as well."""
        return sum(map(len, self.whose.values()))

    def human(self, number: int) -> Human:
        """Return a person by number."""
        return self.humans[number - 1]


def made(folder: Path, rows: int, seed: int = 1) -> Evidence:
    """Write seven files with about so many rows into a folder, and return the truth about them."""
    with _collector_paused():
        return _made(folder, people(max(1, round(rows / ROWS_EACH)), seed), rows, seed)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the search for cycles, which would take a third of the time and find none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _made(folder: Path, humans: list[Human], rows: int, seed: int) -> Evidence:
    """Write the files about these people."""
    chance = random.Random(seed + 1)
    spoiler, writer = Spoiler(chance), Writer(chance)
    told = _told(humans, rows, chance)
    whose = {
        source.name: _written(folder / source.name, source, told[source.name], spoiler, writer) for source in SOURCES
    }
    return Evidence(folder, humans, whose)


def _told(humans: list[Human], rows: int, chance: random.Random) -> dict[str, list[Human]]:
    """Return who is told of in which file: everybody once, and chance has the rest."""
    shares = list(accumulate(source.share for source in SOURCES))
    found: dict[str, list[Human]] = {source.name: [] for source in SOURCES}
    more = (humans[int(chance.random() * len(humans))] for _ in range(rows - len(humans)))
    for some in (humans, more):
        for human in some:
            tries = (SOURCES[bisect(shares, chance.random() * shares[-1])] for _ in range(4))
            source = next((source for source in tries if _knows(source, human)), SOURCES[0])
            found[source.name].append(human)
    for listed in found.values():
        chance.shuffle(listed)
    return found


def _knows(source: Source, human: Human) -> bool:
    """Tell whether a source can tell of a person: by country, and a mailbox by e-mail address."""
    if source.only and human.country.code not in source.only:
        return False
    return bool(human.emails) or not source.name.endswith("mbox")


def _written(path: Path, source: Source, humans: list[Human], spoiler: Spoiler, writer: Writer) -> "array[int]":
    """Write one file, and note what it exposes of whom. Returns whose its rows are."""
    rows: list[list[object]] = []
    for human in humans:
        row = spoiler.told(human, latin=source.latin)
        if source.name.endswith("mbox"):
            row.email = human.emails[0]
        values, exposed = cells(source, row, writer)
        human.elements |= exposed
        rows.append(values)
    whose = [human.number for human in humans]
    WRITERS[source.name](path, [column.head for column in source.columns], rows, whose)
    return array("i", whose)
