"""The demo says what its rows and files say: nobody lost, nothing left the machine, the author refused."""

import csv
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import psycopg
import pypdfium2
import pytest

from forthwith import db
from forthwith.filling.labels import labels

pytestmark = [pytest.mark.slow, pytest.mark.prefect]
ROOT = Path(__file__).parents[2]
REFS = ("2026-001", "2026-002")
EQUALITY = re.compile(r"scope (\d+) = duties (\d+) = attempts (\d+) = outcomes (\d+)")
ON_FILE = {"outbox", "print_file", "web_notice"}  # channels that write into the folder
LONGEST = 900  # seconds


@dataclass(frozen=True)
class Played:
    """A demo that was acted out: where, and what it said."""

    folder: Path
    said: str

    def told(self, *words: str) -> Any:
        """Ask the demo's own installation, by a command of its own."""
        return json.loads(called(self.folder, *words, "--json"))

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        server = f"postgresql://postgres:@/forthwith?host={self.folder / 'postgres'}"
        with psycopg.connect(server) as connection:
            return connection.execute(statement, values).fetchall()


def called(folder: Path, *words: str) -> str:
    """Run the program in a process of its own, with no setting but the folder; return what it says."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("FORTHWITH_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-c", "from forthwith.cli import main; main()", *words], cwd=ROOT, text=True,
        env={**bare, "FORTHWITH_HOME": str(folder)}, capture_output=True, timeout=LONGEST, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def played_in(folder: Path, *how: str) -> Played:
    return Played(folder, called(folder, "demo", "--folder", str(folder), *how))


def stop(folder: Path) -> None:
    """End the folder's own database server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORTHWITH_HOME", str(folder))
        db.settings.cache_clear()
        db.stop_embedded()
    db.settings.cache_clear()


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """One demo through Prefect for all tests here, in a folder that PostgreSQL may enter."""
    folder = Path(tempfile.mkdtemp(prefix="forthwith-demo-"))
    try:
        yield played_in(folder)
    finally:
        stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


APPROVED = """
select i.ref, v.language, v.medium, d.content_sha256 from variant v join incident i
    on i.id = v.incident_id join decision d on d.variant_id = v.id and d.verdict = 'approve'
 where v.current order by 1, 2, 3, 4"""
OUTCOMES = "select medium, state, count(*) from delivery where medium <> 'filing' group by 1, 2 order by 1, 2"


def test_the_numbers_are_equal_for_both_incidents_and_are_those_of_the_rows(played: Played) -> None:
    said = [tuple(map(int, found)) for found in EQUALITY.findall(played.said)]
    assert len(said) == len(REFS)
    counted = dict(
        played.rows("select i.ref, count(*) from person p join incident i on i.id = p.incident_id group by 1")
    )
    assert [set(numbers) for numbers in said] == [{counted[ref]} for ref in REFS]
    assert played.said.count("no gaps") == len(REFS)


@pytest.mark.parametrize("ref", REFS)
def test_the_account_asked_again_is_the_one_that_was_told(played: Played, ref: str) -> None:
    state = played.told("send", "status", ref)
    assert state["equal"] is True
    assert state["gaps"] == []
    line = " = ".join(f"{name} {count}" for name, count in state["equality"].items())
    assert line in played.said


def test_no_delivery_is_left_open_and_none_is_held_without_a_reason(played: Played) -> None:
    open_ones = "select count(*) from delivery where state in ('planned', 'sending', 'unknown')"
    assert played.rows(open_ones) == [(0,)]
    silent = "select count(*) from delivery where state in ('held', 'cancelled', 'failed') and reason is null"
    assert played.rows(silent) == [(0,)]


def test_every_delivery_that_went_out_has_an_attempt_that_ended(played: Played) -> None:
    found = played.rows("""select count(*) from delivery d where state in ('accepted', 'delivered') and not exists (
        select 1 from attempt a where a.delivery_id = d.id and a.outcome = 'accepted')""")
    assert found == [(0,)]
    assert played.rows("select count(*) from attempt where ended_at is null") == [(0,)]


def test_nothing_left_but_into_files_of_the_folder(played: Played) -> None:
    assert "Nothing left this machine" in played.said
    channels = {name for (name,) in played.rows("select distinct channel from attempt")}
    assert channels
    assert channels <= ON_FILE
    mails = list((played.folder / "outbox" / "email").glob("*.eml"))
    sent = "select count(*) from delivery where medium = 'email' and state in ('accepted', 'delivered')"
    assert [(len(mails),)] == played.rows(sent)


def test_each_mail_names_the_data_of_its_own_reader_and_no_other(played: Played) -> None:
    held = played.rows("""select d.id::text, p.elements from delivery d join person p on p.id = d.recipient_id
        where d.medium = 'email' and d.state = 'accepted'""")
    assert len({tuple(elements) for _, elements in held}) > 5
    for delivery, elements in held[::7]:
        mail = played.folder / "outbox" / "email" / f"{delivery}.eml"
        parsed = BytesParser(policy=policy.default).parsebytes(mail.read_bytes())
        table = labels(str(parsed["Content-Language"]))["elements"]
        lines = parsed.get_body(("plain",)).get_content().splitlines()
        start = next(i for i, line in enumerate(lines) if line.removeprefix("- ") in table.values())
        said = [line.removeprefix("- ") for line in itertools.takewhile(str.strip, lines[start:])]
        assert sorted(said) == sorted(table[code] for code in elements)


def test_the_author_was_refused_each_time_and_legal_alone_approved(played: Played) -> None:
    assert played.said.count("refused: ") == len(REFS)
    assert {who for (who,) in played.rows("select distinct by from decision")} == {"lena"}
    for ref in REFS:
        refused = played.said.index(f"$ forthwith review approve {ref} --all")
        assert played.said.index("refused: ", refused) < played.said.index("decided: approve", refused)


@pytest.mark.parametrize("ref", REFS)
def test_the_timeline_verifies_with_the_regulators_own_program(played: Played, ref: str) -> None:
    file = played.folder / "timeline" / f"{ref}.json"
    checker = [sys.executable, "-I", str(ROOT / "docs" / "operators" / "verify_timeline.py")]
    done = subprocess.run([*checker, str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    count = len(json.loads(file.read_text("utf-8"))["entries"])
    assert f"{ref}, {count} entries" in played.said
    spoiled = played.folder / "timeline" / "spoiled.json"
    spoiled.write_bytes(
        file.read_bytes().replace(b'"verb":"approved"', b'"verb":"rejected"', 1).replace(b"lena", b"rita")
    )
    done = subprocess.run([*checker, str(spoiled)], capture_output=True, text=True, timeout=60, check=False)
    spoiled.unlink()
    assert done.returncode == 1


def test_print_files_have_the_pages_that_their_manifests_count(played: Played) -> None:
    manifests = sorted((played.folder / "outbox" / "print").rglob("manifest.csv"))
    assert manifests
    letters = 0
    for manifest in manifests:
        with manifest.open(encoding="utf-8", newline="") as file:
            *lines, total = csv.DictReader(file)
        with pypdfium2.PdfDocument(manifest.with_name("letters.pdf")) as pdf:
            assert len(pdf) == int(total["page_to"])
            assert int(total["page_to"]) - int(lines[-1]["page_to"]) in (0, 1), (
                "the back of the last sheet may be blank"
            )
        assert total["seq"] == "total"
        letters += len(lines)
    sent = "select count(*) from delivery where medium = 'letter' and state in ('accepted', 'delivered')"
    assert [(letters,)] == played.rows(sent)


def test_each_place_that_is_named_is_there_with_as_many_files(played: Played) -> None:
    named = re.findall(r"\] \S.*?  +(\S+)  \((\d+) files\)", played.said)
    assert len(named) >= 3
    for place, count in named:
        assert (ROOT / place).is_dir()
        assert int(count) == len(list((ROOT / place).rglob("*")))


def test_no_command_of_the_story_failed_or_showed_python(played: Played) -> None:
    assert "Traceback" not in played.said
    assert [line for line in played.said.splitlines() if re.search(r"datetime\.|UUID\(|\bNone\b|\{'", line)] == []


def test_without_prefect_the_same_contents_are_approved_and_the_same_notices_go_out(played: Played) -> None:
    first, outcomes = played.rows(APPROVED), played.rows(OUTCOMES)
    again = played_in(played.folder, "--inline")
    assert {ref for ref, *_ in first} == set(REFS)
    assert again.rows(APPROVED) == first
    assert again.rows(OUTCOMES) == outcomes
    assert EQUALITY.findall(again.said) == EQUALITY.findall(played.said)
