"""The directions of import hold, and what must stay light stays light."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@cache
def imported_by(code: str) -> set[str]:
    """Return the names of all modules that a fresh process holds after `code`."""
    script = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


HELP = """
import contextlib, io
import forthwith.cli
with contextlib.redirect_stdout(io.StringIO()):
    forthwith.cli.app(['--help'], result_action='return_value')
"""


@pytest.mark.parametrize(
    "heavy", ["sqlmodel", "sqlalchemy", "prefect", "fastapi", "polars", "typst", "twilio", "sendgrid"]
)
def test_help_loads_nothing_heavy(heavy: str) -> None:
    assert heavy not in imported_by(HELP)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["forthwith.dispatch", "forthwith.review", "forthwith.web", "forthwith.scoping"])
def test_prefect_is_not_loaded_by_what_must_work_without_it(stage: str) -> None:
    assert "prefect" not in imported_by(f"import {stage}")
