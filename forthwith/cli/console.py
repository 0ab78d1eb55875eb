"""What every command shares: who acts, which incident is meant, how a result is shown."""

import getpass
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlmodel import Session

    from models import Incident


@contextmanager
def database() -> "Iterator[Session]":
    """Open a session on our database; commits at the end of the block."""
    from forthwith import db

    with db.session() as session:
        yield session


def say(line: str = "") -> None:
    """Print one line."""
    sys.stdout.write(line + "\n")


def show(data: Any, json: bool, human: str) -> None:
    """Print `data` as one JSON document, or `human` for people."""
    if not json:
        return say(human)
    import orjson

    return say(orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str).decode())


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as aligned text columns under their heads."""
    cells = [list(map(str, head)), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def actor() -> str:
    """Return who acts: the setting, or the login name."""
    from forthwith.settings import settings

    return settings().actor or getpass.getuser()


def incident_of(session: "Session", ref: str) -> "Incident":
    """Return the incident called `ref`. Raises Refusal where there is none."""
    from sqlmodel import select

    from models import Incident, Refusal

    found = session.exec(select(Incident).where(Incident.ref == ref)).first()
    if found is None:
        raise Refusal(f"No incident is called {ref!r}.", "`forthwith incident list` shows them.")
    return found
