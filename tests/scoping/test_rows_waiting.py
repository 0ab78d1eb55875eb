"""Rows that wait on disk are sealed, private, and gone with the load; and a load says how far it is."""

import stat
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from scoping_help import people_of, reasons
from sqlmodel import Session

from forthwith import scoping
from forthwith.scoping import loading
from forthwith.scoping.progress import Progress
from forthwith.scoping.reading import parts
from forthwith.scoping.spool import spool
from forthwith.settings import settings
from models import Incident

Write = Callable[..., Path]
HEAD = "Name,Email,Country\n"
GIVEN = ("Ana", "Ben", "Cora", "Dirk", "Eva", "Fritz")
FAMILY = ("Ruiz", "Weber", "Lima", "Okoye", "Novak", "Kaya", "Silva", "Moreau", "Hansen", "Rossi")
ROWS = [f"{one} {other},{one}.{other}@example.com,DE\n" for one in GIVEN for other in FAMILY]


def left() -> list[Path]:
    return list(settings().home.glob("load-*"))


def test_what_stands_on_disk_can_t_be_read_and_goes() -> None:
    frame = pl.DataFrame({"email": ["canary@example.com"] * 1000})
    with spool(in_memory=0) as rows:
        rows.put(3, frame)
        rows.put(3, frame.head(2))
        (folder,) = left()
        (file,) = folder.iterdir()
        assert b"canary" not in file.read_bytes()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [len(part) for part in rows.parts(3)] == [1000, 2]
        assert rows.buckets() == []
    assert not left()


def test_it_goes_where_the_load_fails_too() -> None:
    def load() -> None:
        with spool(in_memory=0) as rows:
            rows.put(0, pl.DataFrame({"email": ["canary@example.com"]}))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        load()
    assert not left()


@pytest.mark.parametrize("in_memory", [0, 10**9])
def test_the_same_people_come_from_disk_and_from_memory(
    session: Session, incident: Incident, write: Write, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(loading, "spool", lambda: spool(in_memory))
    monkeypatch.setattr(parts, "MANY", 7)
    steps: list[Progress] = []
    scoping.load(
        session, incident, [write("leck.csv", "".join([HEAD, *ROWS, ROWS[0]]))], actor="ana", watch=steps.append
    )
    assert [record.given for _, record in people_of(session, incident)] == [one for one in GIVEN for _ in FAMILY]
    assert reasons(session, incident) == [*["first"] * 60, "same e-mail, same first name"]
    assert steps[-1] == Progress("writing", 61, 61)
    assert {step.stage for step in steps} == {"reading", "comparing", "writing"}
    assert not left()
