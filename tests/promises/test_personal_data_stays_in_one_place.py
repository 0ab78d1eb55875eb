"""With a canary in every personal field: nothing of it stands in a clear column, a log, an answer or an error."""

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.american_breach import FACTS
from sqlalchemy import text

from forthwith import db, keys
from forthwith.settings import settings
from models import Refusal, Row

CANARY = "Zzyzx"  # stands in each personal field of each row, in some spelling
ROW = {
    "Customer no": "ZZYZX-77", "First name": "Zzyzxa", "Last name": "Zzyzxson", "E-mail": "zzyzx@example.com",
    "Phone": "+1 202 555 0147", "Street": "7 Zzyzx Road", "Postcode": "90210", "City": "Zzyzx Springs", "Country": "US",
    "State": "CA", "Date of birth": "1984-03-07", "SSN": "078-05-1120", "Guardian": "Zzyzx Elder",
}  # fmt: skip
SECRETS = ("zzyzx", "2025550147", "202 555 0147", "1984-03-07", "078-05-1120", "078051120")
Run = Callable[..., str]


def clear_text(content: str) -> list[str]:
    """Return which secrets stand in a text, whatever their case."""
    return [secret for secret in SECRETS if secret in content.casefold()]


@pytest.fixture
def run(fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the command line would; return all that it says, on both ways out."""
    monkeypatch.setenv("FORTHWITH_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    keys.signing_key.cache_clear()

    def called(*words: str) -> str:
        import forthwith.cli

        capfd.readouterr()
        try:
            forthwith.cli.app(list(words), result_action="return_value")
        except Refusal as refusal:
            return f"{refusal}{''.join(capfd.readouterr())}"
        return "".join(capfd.readouterr())

    return called


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """A file with two people and two rows that fail."""
    file = tmp_path / "export.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(ROW)
        writer.writerow(ROW.values())
        writer.writerow([value.replace("Zzyzxa", "Bo Zzyzx").replace("077", "x") for value in ROW.values()])
        writer.writerow([*ROW.values(), "Zzyzx surplus", "Zzyzx more"])
        writer.writerow(["Zzyzx alone"])
    return file


def token(run: Run) -> str:
    from forthwith.review import users

    with db.session() as session:
        return users.add(session, "lena", role="legal")[1]


def whole_story(run: Run, evidence: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Take an incident the whole way; return all that was said."""
    said = run(
        "incident", "open", "--title", "Copied customer list", *(part for fact in FACTS for part in ("--set", fact))
    )
    ref = "2026-001" if "2026-001" in said else said.split()[1]
    said += run("people", "map", ref, str(evidence)) + run("people", "load", ref, str(evidence), "--yes")
    said += run("people", "show", ref) + run("people", "export", ref, "--links") + run("people", "export", ref)
    said += run("respond", ref, "--inline") + run("notice", "preview", ref) + run("review", "show", ref)
    monkeypatch.setenv("FORTHWITH_TOKEN", token(run))
    with db.session() as session:
        undecided = (
            session.execute(text("select key from obligation where current and verdict = 'review'")).scalars().all()
        )
    for duty in undecided:
        said += run("review", "decide", ref, duty, "--notify", "--reason", "Told to be safe.")
    said += run("respond", ref, "--inline") + run("review", "approve", ref, "--all")
    said += run("respond", ref, "--inline") + run("send", "status", ref) + run("timeline", "show", ref)
    return said + run("incident", "show", ref) + run("deadlines", ref) + run("register", "export")


def dump() -> dict[str, str]:
    """Return every table as text, the sealed columns left out: those are what the key is for."""
    sealed = {"sealed", "wrapped_key"}
    found = {}
    with db.engine().connect() as connection:
        for table in Row.metadata.sorted_tables:
            columns = ", ".join(f'"{column.name}"::text' for column in table.columns if column.name not in sealed)
            rows = connection.execute(text(f'select {columns} from "{table.name}"')).all()
            found[table.name] = "\n".join(map(str, rows))
    return found


def test_no_personal_data_in_the_database_the_answers_or_the_files_but_the_notices_themselves(
    run: Run, evidence: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = whole_story(run, evidence, monkeypatch)
    tables = dump()
    assert "2 people" in said or "2 new" in said
    assert {name: clear_text(rows) for name, rows in tables.items() if clear_text(rows)} == {}
    assert clear_text(said) == []
    home = tmp_path / "home"
    leaving = {home / "outbox", home / "sent"}
    kept = [path for path in home.rglob("*") if path.is_file() and not leaving & set(path.parents)]
    assert [str(path.relative_to(home)) for path in kept if clear_text(path.read_text("utf-8", "replace"))] == []
    told = [path for path in (home / "outbox").rglob("*") if path.is_file()]
    assert told, "the story told nobody: nothing was proved"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"Name\n", b"\xff\xfe\x00", b"Zzyzx;Zzyzx\nZzyzx;Zzyzx\n", b'{"name": "Zzyzx"', b"PK\x03\x04Zzyzx",
        b"Name,E-mail\n\"Zzyzx,zzyzx@example.com\n",
    ],
    ids=["empty", "head only", "broken encoding", "unknown columns", "broken json", "broken zip", "open quote"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["list.csv", "list.xlsx", "list.jsonl", "list.parquet"])
def test_no_error_shows_what_was_in_the_file(run: Run, tmp_path: Path, content: bytes, name: str) -> None:
    run("incident", "open", "--title", "A drill")
    (tmp_path / name).write_bytes(content)
    assert clear_text(run("people", "load", "2026-001", str(tmp_path / name), "--yes")) == []


def test_a_fault_of_the_program_is_told_by_its_place_and_never_by_its_text(
    run: Run, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import forthwith.cli
    import forthwith.cli.incident

    def fall(*_: object, **__: object) -> None:
        raise ValueError("Zzyzx <zzyzx@example.com>")

    run("incident", "open", "--title", "A drill")
    monkeypatch.setattr(forthwith.cli.incident, "_summary", fall)
    with pytest.raises(SystemExit) as ended:
        forthwith.cli.main(["incident", "show", "2026-001"])
    told = capfd.readouterr().err
    assert ended.value.code == 1
    assert clear_text(told) == []
    assert "ValueError" in told
    assert os.linesep not in told.strip()


def test_a_statement_that_the_database_refuses_is_told_without_its_values(fresh: str) -> None:
    from sqlalchemy.exc import DBAPIError

    with pytest.raises(DBAPIError) as refused, db.engine().begin() as connection:
        connection.execute(text("insert into party (id, name) values (:id, :name)"), {"id": "no uuid", "name": "Zzyzx"})
    assert clear_text(str(refused.value)) == []
