"""Records are kept between processes, and nothing is ever taken from there that the files no longer say."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from forthwith.assessment import library
from forthwith.assessment.checked import Checked, opened
from forthwith.settings import settings
from models.law import Law

TEXAS = library.LAWS / "us" / "tx" / "law.yaml"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FORTHWITH_HOME", str(tmp_path))
    settings.cache_clear()
    monkeypatch.setattr(library, "_loaded", {})
    yield tmp_path
    settings.cache_clear()


def read(_: object = None) -> Law:
    return library.load(TEXAS).law


def never() -> Law:
    raise AssertionError("it was read again")


def kept_file(home: Path) -> Path:
    (found,) = (home / "cache").iterdir()
    return found


def test_what_was_kept_is_what_was_read(home: Path) -> None:
    with opened(library.LAWS) as kept:
        first = kept.law("a" * 64, read)
    with opened(library.LAWS) as kept:
        assert kept.law("a" * 64, never) == first
    assert kept_file(home).stat().st_mode & 0o077 in (0, 0o044), "nobody else writes there"


def test_all_records_come_out_of_the_kept_ones_as_they_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = library.all_laws()
    monkeypatch.setattr(library, "_loaded", {})
    monkeypatch.setattr(library, "_read", lambda path: pytest.fail(f"{path.parent.name} was read again"))
    assert [(one.sha256, one.law, one.hangs) for one in library.all_laws()] == [
        (one.sha256, one.law, one.hangs) for one in fresh
    ]


def test_a_changed_record_is_read_anew(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "own" / "test" / "law"
    folder.mkdir(parents=True)
    shutil.copy(TEXAS, folder / "law.yaml")
    text = (folder / "law.yaml").read_text("utf-8").replace("id: us-tx", "id: test-law")
    (folder / "law.yaml").write_text(text, "utf-8")
    monkeypatch.setenv("FORTHWITH_LAWS", f'["{tmp_path / "own"}"]')
    settings.cache_clear()
    library.all_laws()
    (folder / "law.yaml").write_text(text.replace("days: 60", "days: 61"), "utf-8")
    found = next(one.law for one in library.all_laws() if one.law.id == "test-law")
    assert found.duties[0].clocks[0].days == 61


@pytest.mark.parametrize(
    "damage", [b"", b"\xff\xfe garbage", b"a" * 64 + b"\t{}\n", b"a" * 64 + b"\t[1,2\n", b"no tab\n"]
)
def test_a_damaged_file_is_as_good_as_none(home: Path, damage: bytes) -> None:
    with opened(library.LAWS) as kept:
        kept.law("a" * 64, read)
    kept_file(home).write_bytes(damage)
    with opened(library.LAWS) as kept:
        assert kept.law("a" * 64, read).id == "us-tx"


def test_a_folder_that_can_not_be_written_changes_nothing(home: Path) -> None:
    (home / "cache").write_text("in the way")
    with opened(library.LAWS) as kept:
        assert kept.law("a" * 64, read).id == "us-tx"
    assert (home / "cache").read_text() == "in the way"


def test_another_version_of_the_checks_finds_nothing(home: Path) -> None:
    with opened(library.LAWS) as kept:
        kept.law("a" * 64, read)
    old = kept_file(home)
    other = Checked(old.with_name("laws-of-another-version"))
    other.law("a" * 64, read)
    other.keep()
    assert [path.name for path in (home / "cache").iterdir()] == ["laws-of-another-version"]
