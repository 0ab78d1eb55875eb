"""How far a load is, in counts: nothing in it tells of anybody."""

from collections.abc import Callable
from dataclasses import dataclass

READING, COMPARING, WRITING = "reading", "comparing", "writing"


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a load: the stage, rows done in it, and rows in all (0 while nobody knows)."""

    stage: str
    done: int
    rows: int


Watch = Callable[[Progress], None]


def unwatched(progress: Progress) -> None:
    """Take a step that nobody watches."""
