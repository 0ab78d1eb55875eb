"""Every case beside every law, run as it stands: a case that fails says which law and which sentence."""

from pathlib import Path

import pytest

from forthwith.assessment import library
from forthwith.assessment.cases import cases_of, failures

pytestmark = pytest.mark.sweep

RECORDS = [path.parent for path in library.paths()]
NAMED = pytest.mark.parametrize("folder", RECORDS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")


@NAMED
def test_the_cases_beside_a_law_hold(folder: Path) -> None:
    loaded, laws = library.load(folder / "law.yaml"), library.all_laws()
    assert [(case["name"], found) for case in cases_of(folder) if (found := failures(loaded, case, laws))] == []


@NAMED
def test_every_law_has_cases_that_try_each_of_its_duties(folder: Path) -> None:
    law, cases = library.load(folder / "law.yaml").law, cases_of(folder)
    named = {
        str(entry["duty"] if isinstance(entry, dict) else entry)
        for case in cases
        for part in ("obligations", "absent", "not_arising")
        for entry in case["expect"].get(part, [])
    }
    missing = [duty.id for duty in law.duties if f"{law.id}.{duty.id}" not in named]
    assert len(cases) >= 3
    assert not missing, f"no case tries {missing}"
