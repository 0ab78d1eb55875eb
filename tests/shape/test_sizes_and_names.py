"""The house keeps its shape: small files, no shadowed modules, no address that ties it to a place."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.splitlines()
CODE = [name for name in TRACKED if name.endswith(".py") and (ROOT / name).exists()]
WRITTEN = [
    name
    for name in TRACKED
    if Path(name).suffix in {".py", ".md", ".html", ".typ", ".txt", ".toml", ".css", ".yaml"}
    and not name.startswith("docs/legal/laws/")  # made from the records
]
TESTS = [name for name in CODE if name.startswith("tests/")]
SOURCE = [
    name for name in CODE if name.split("/")[0] in {"flows", "models", "forthwith"} and "/migrations/" not in name
]
SHADOWED = sys.stdlib_module_names - {"this", "antigravity", "test", "code", "types"}


def lines(name: str) -> int:
    return len((ROOT / name).read_text(encoding="utf-8").splitlines())


def functions(name: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_file_is_longer_than_500_lines() -> None:
    assert {name: lines(name) for name in WRITTEN if (ROOT / name).exists() and lines(name) > 500} == {}


def test_functions_are_short_enough_to_be_read_at_a_glance() -> None:
    lengths = sorted(
        node.end_lineno - node.lineno + 1 for name in SOURCE for node in functions(name) if node.end_lineno
    )
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[int(len(lengths) * 0.9)] <= 25
    assert lengths[-1] <= 60


@pytest.mark.parametrize("folder", ["flows", "models", "forthwith"])
def test_no_module_shadows_the_standard_library_where_a_tool_could_put_it_on_the_path(folder: str) -> None:
    names = {Path(name).stem for name in SOURCE if name.startswith(f"{folder}/") and name.count("/") == 1}
    assert names & SHADOWED == set()


def code(name: str) -> int:
    """Return how many lines of a file do something: no blanks, comments or docstrings."""
    text = (ROOT / name).read_text(encoding="utf-8")
    told: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(
            node
        ):
            told |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    rows = enumerate(text.splitlines(), 1)
    return sum(1 for n, row in rows if row.strip() and not row.strip().startswith("#") and n not in told)


def test_tests_outweigh_source_by_three_eighths() -> None:
    """The cases beside each law are run by the tests, so their lines count as such.

    Routes, pages, languages, sources and laws are proven by walks over all of them: a new one needs few lines more.
    """
    cases = [name for name in TRACKED if name.startswith("laws/") and name.endswith("cases.yaml")]
    source = sum(map(code, SOURCE))
    tests = sum(map(code, TESTS)) + sum(map(lines, cases))
    assert tests >= 1.375 * source, f"{tests} lines of test for {source} of source"


def asserts(node: ast.AST) -> bool:
    """Does a test check anything: an assert, an expected refusal, or a named check that asserts?"""
    text = ast.dump(node)
    return any(word in text for word in ("Assert(", "'raises'", "'warns'", "assert_", "'check", "'expect", "'verify"))


def test_no_test_asserts_nothing() -> None:
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name in TESTS
        for node in functions(name)
        if node.name.startswith("test_") and not asserts(node)
    ]
    assert silent == []


def test_no_file_names_a_package_index() -> None:
    address = re.compile(r"https?://[^\s\"']*(pythonhosted|pypi\.|/simple\b|npmjs|registry\.)")
    found = [name for name in TRACKED if (ROOT / name).suffix in {".lock", ".toml", ".txt", ".cfg", ".yaml", ".json"}]
    assert [name for name in found if (ROOT / name).exists() and address.search((ROOT / name).read_text("utf-8"))] == []


def test_every_pinned_package_bears_a_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9][\w.\-\[\],]*==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9][^\n]*==", lock, re.MULTILINE)) > 50
