"""What the scoping tests share: files made on the spot, and the people that a load found, opened."""

import itertools
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scoping_help import people_of
from sqlmodel import Session

from forthwith import clock, scoping
from models import Incident, Person, PersonRecord

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))  # the generator of the examples, and its writer of workbooks

Write = Callable[..., Path]
Loaded = Callable[..., list[tuple[Person, PersonRecord]]]


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    """Hold the clock: ages are counted at a known day."""
    with clock.frozen(datetime(2026, 11, 21, 10, tzinfo=UTC)):
        yield


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file with these lines (or bytes) and return its path."""

    def made(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return made


@pytest.fixture
def loaded(session: Session, incident: Incident, write: Write) -> Loaded:
    """Load CSV text (several texts: several loads) and return all people of the incident, by number, opened."""

    counter = itertools.count()

    def load(*texts: str, **how: object) -> list[tuple[Person, PersonRecord]]:
        for text in texts:
            path = write(f"part{next(counter)}.csv", text)
            scoping.load(session, incident, [path], actor="ana", **how)  # type: ignore[arg-type]
        return people_of(session, incident)

    return load
