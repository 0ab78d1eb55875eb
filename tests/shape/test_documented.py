"""What exists is documented, and what is documented exists."""

import re
from pathlib import Path

from forthwith.settings import Settings

ROOT = Path(__file__).parents[2]
PROSE = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def commands() -> set[str]:
    import forthwith.cli

    return {name for name in forthwith.cli.app if not name.startswith("-")}


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs/operators/settings.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`FORTHWITH_{name.upper()}`" not in page] == []


def test_every_documented_setting_exists() -> None:
    page = (ROOT / "docs/operators/settings.md").read_text(encoding="utf-8")
    known = {f"FORTHWITH_{name.upper()}" for name in Settings.model_fields} | {"FORTHWITH_TOKEN", "FORTHWITH_NOW"}
    assert set(re.findall(r"`(FORTHWITH_[A-Z_]+)`", page)) - known == set()


def test_every_command_is_shown_in_the_documents() -> None:
    assert sorted(name for name in commands() if f"forthwith {name}" not in PROSE) == []


def test_every_command_that_is_shown_exists() -> None:
    shown = set(re.findall(r"(?:^|`)forthwith ([a-z]+)", PROSE, re.MULTILINE))
    assert shown - commands() == set()


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "laws").glob("*.md"),
    ]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_document_names_a_machine_path() -> None:
    own = [
        path
        for part in ("flows", "models", "forthwith", "laws", "templates", "docs")
        for path in (ROOT / part).rglob("*")
    ]
    text = {
        path: path.read_text(encoding="utf-8")
        for path in own
        if path.suffix in {".py", ".md", ".yaml", ".typ", ".html"}
    }
    assert [path.name for path, words in text.items() if re.search(r"(?<![\w.])/(work|root|home/\w+)/", words)] == []
