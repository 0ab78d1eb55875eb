"""`forthwith remedy`: codes are loaded with one line, the wording learns of them, and what contradicts is refused."""

from functools import partial
from pathlib import Path

import orjson
import pytest
from fakes.house import House
from fakes.typing_commands import Run

from forthwith.timeline.known import current
from models import Fact, RemedyCode, RemedyPool

MORE = ("--provider", "Example Monitoring", "--until", "2030-06-30")


@pytest.fixture
def run(typed: Run) -> Run:
    """Run a command of `forthwith remedy`; return exit code, output and errors."""
    return partial(typed, "remedy")


@pytest.fixture
def codes(tmp_path: Path) -> str:
    path = tmp_path / "codes.csv"
    path.write_text("code\nAAAA-0001\nAAAA-0002\nAAAA-0002\n??\n")
    return str(path)


def facts(live: House) -> dict[str, object]:
    return {name: fact.value for name, fact in current(live.session, live.incident).items()}


def test_a_file_is_loaded_and_the_wording_learns_of_it(live: House, run: Run, codes: str) -> None:
    code, out, err = run("load", "2026-001", codes, *MORE)
    assert (code, err) == (0, "")
    assert out == "4 rows: 2 codes loaded, 1 set aside: no code, 1 set aside: twice in the file\n"
    assert facts(live)["words.offer.own_codes"] == "yes"
    assert facts(live)["words.offer.provider"] == "Example Monitoring"
    assert str(facts(live)["words.offer.enrol_by"]).startswith("2030-06-30")
    assert len(live.every(RemedyCode)) == 2


def test_what_is_in_stock_is_shown_and_no_code(live: House, run: Run, codes: str) -> None:
    assert run("show", "2026-001") == (0, "No codes are loaded.\n", "")
    run("load", "2026-001", codes, *MORE)
    (pool,) = orjson.loads(run("show", "2026-001", "--json")[1])
    assert (pool["codes"], pool["given"], pool["free"]) == (2, 0, 2)
    assert "AAAA" not in run("show", "2026-001")[1]


def test_more_codes_of_the_same_remedy_change_no_words(live: House, run: Run, codes: str, tmp_path: Path) -> None:
    run("load", "2026-001", codes, *MORE)
    before = len(live.every(Fact))
    more = tmp_path / "more.txt"
    more.write_text("BBBB-0001\n")
    assert run("load", "2026-001", str(more), "--provider", "Example Monitoring", "--until", "2031-01-31")[0] == 0
    assert len(live.every(Fact)) == before, "no new fact: no approval falls"


@pytest.mark.parametrize(("more", "said"), [
    (("--provider", "Another", "--until", "2030-06-30"), "names another provider"),
    (("--provider", "Example Monitoring", "--until", "2029-01-01"), "these codes end before"),
    (("--provider", "Example Monitoring", "--until", "soon"), "is no day"),
])  # fmt: skip
def test_codes_that_contradict_the_words_are_refused(
    live: House, run: Run, codes: str, tmp_path: Path, more: tuple[str, ...], said: str
) -> None:
    run("load", "2026-001", codes, *MORE)
    other = tmp_path / "other.txt"
    other.write_text("CCCC-0001\n")
    code, out, err = run("load", "2026-001", str(other), *more)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err
    assert len(live.every(RemedyPool)) == 1


def test_a_file_that_is_not_there_is_one_line(live: House, run: Run) -> None:
    assert (
        run("load", "2026-001", "/nowhere", *MORE)[2] == "forthwith: The file of codes isn't there. Check the path.\n"
    )


def test_a_refused_file_states_nothing(live: House, run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("\n")
    assert run("load", "2026-001", str(empty), *MORE)[0] == 1
    assert live.every(Fact) == live.every(RemedyPool) == []
