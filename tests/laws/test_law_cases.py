"""Every case beside every law, run as it stands: a case that fails says which law and which sentence."""

from pathlib import Path
from typing import Any

import pytest

from forthwith.assessment import assess, library, plain_yaml

RECORDS = [path.parent for path in library.paths()]
CASES = [
    pytest.param(folder, case, id=f"{folder.parent.name}-{folder.name}: {case['name']}"[:150])
    for folder in RECORDS
    if (folder / "cases.yaml").exists()
    for case in plain_yaml.read_file(folder / "cases.yaml")
]
LISTS = {"channels_have", "channels_lack", "require", "forbid", "headings"}
EXPECT = {"obligations", "absent", "questions", "not_arising"}


def law_id(folder: Path) -> str:
    return library.load(folder / "law.yaml").law.id


def found_for(answer: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the one obligation that a case means; `jurisdiction` and `recipient` choose between several."""
    found = [
        one
        for one in answer["obligations"]
        if f"{one['law']}.{one['duty']}" == wanted["duty"]
        and all(one[key] == wanted[key] for key in ("jurisdiction", "recipient", "groups") if key in wanted)
    ]
    assert found, f"no obligation {wanted}; there are {[one['id'] for one in answer['obligations']]}"
    with_verdict = [one for one in found if one["verdict"] == wanted.get("verdict", one["verdict"])]
    assert with_verdict, f"{wanted['duty']} came to {[one['verdict'] for one in found]}, not {wanted['verdict']}"
    return with_verdict[0]


def check(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    for key in wanted.keys() - LISTS - {"duty"}:
        assert found[key] == wanted[key], f"{wanted['duty']}: {key} is {found[key]!r}, not {wanted[key]!r}"
    assert set(wanted.get("channels_have", [])) <= set(found["channels"]), found["channels"]
    assert not set(wanted.get("channels_lack", [])) & set(found["channels"]), found["channels"]
    for key in ("require", "forbid", "headings"):
        assert set(wanted.get(key, [])) <= set(found["content"][key]), found["content"][key]


@pytest.mark.parametrize(("folder", "case"), CASES)
def test_a_case_beside_a_law_holds(folder: Path, case: dict[str, Any]) -> None:
    assert set(case) == {"name", "facts", "expect"}
    assert case["expect"], "a case that expects nothing can't fail"
    assert set(case["expect"]) <= EXPECT
    answer = assess(case["facts"]).as_dict()
    assert not answer["ignored"], f"the case states what no fact is called: {answer['ignored']}"
    expect = case["expect"]
    for wanted in expect.get("obligations", []):
        check(found_for(answer, wanted), wanted)
    present = {f"{one['law']}.{one['duty']}" for one in answer["obligations"]}
    assert not present & set(expect.get("absent", []))
    asked = {one["id"] for one in answer["questions"]}
    if expect.get("questions") == []:
        assert not [one for one in answer["questions"] if law_id(folder) in one["laws"]]
    assert set(expect.get("questions", [])) <= asked, asked
    gone = {one["law"] for one in answer["not_arising"]}
    gone |= {f"{one['law']}.{one['duty']}" for one in answer["not_arising"] if "duty" in one}
    assert set(expect.get("not_arising", [])) <= gone, gone


@pytest.mark.parametrize("folder", RECORDS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_every_law_has_cases_that_try_each_of_its_duties(folder: Path) -> None:
    law = library.load(folder / "law.yaml").law
    cases = plain_yaml.read_file(folder / "cases.yaml")
    named = {
        str(entry["duty"] if isinstance(entry, dict) else entry)
        for case in cases
        for part in ("obligations", "absent", "not_arising")
        for entry in case["expect"].get(part, [])
    }
    missing = [duty.id for duty in law.duties if f"{law.id}.{duty.id}" not in named]
    assert len(cases) >= 3
    assert not missing, f"no case tries {missing}"
