"""The law is cited data: what is not known comes out as a question, what was not read keeps nobody silent."""

from typing import Any

import pytest
from fakes.worlds import HIDDEN, LAWS, RECORDS, WORLD, hide
from hypothesis import HealthCheck, given
from hypothesis import settings as budget

from forthwith.assessment import assess
from forthwith.assessment.cases import cases_of

pytestmark = pytest.mark.sweep

SLOW = budget(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(WORLD, HIDDEN)
def test_no_law_on_earth_is_silent_or_not_looked_at_without_a_question_and_speaks_once_more_is_known(
    world: dict[str, Any], hidden: set[tuple[str, str]]
) -> None:
    some, full = assess(hide(world, hidden)), assess(world)
    asked = {law for question in some.questions for law in question["laws"]}
    looked_at = {one["id"] for one in some.laws}
    open_ones = {one["law"] for one in some.obligations if one["verdict"] != "do_not_notify"}
    for one in full.obligations:
        if one["verdict"] == "notify" and RECORDS[one["law"]].law.kind == "law":
            assert one["law"] in open_ones | asked or one["law"] not in looked_at, f"{one['id']} was a silent no"
    told = {one["law"] for one in full.obligations if RECORDS[one["law"]].law.kind == "law"}
    assert told <= looked_at | asked


@SLOW
@given(WORLD)
def test_nobody_is_silenced_by_a_ground_that_was_not_read_at_its_source(world: dict[str, Any]) -> None:
    for one in assess(world).obligations:
        law = RECORDS[one["law"]].law
        if one["verdict"] == "do_not_notify":
            held = {(step["clause"], step["says"]) for step in one["because"] if step["holds"] == "yes"}
            used = [exit for exit in law.exits if (exit.citation, exit.says or exit.kind) in held]
            assert any(law.was_read(exit) for exit in used), one["id"]
        if law.status == "stub":
            assert one["verdict"] == "review", one["id"]


@SLOW
@given(WORLD, HIDDEN)
def test_every_duty_names_its_clauses_and_the_facts_that_it_rests_on(
    world: dict[str, Any], hidden: set[tuple[str, str]]
) -> None:
    for one in assess(hide(world, hidden)).obligations:
        assert one["citation"].strip()
        assert all(step["clause"].strip() for step in one["because"]), one["id"]
        assert any(step["facts"] for step in one["because"]), one["id"]


def test_there_are_as_many_laws_as_were_researched_and_each_clause_is_cited() -> None:
    assert len(LAWS) == 143
    for name in LAWS:
        assert all(clause.citation.strip() for _, clause in RECORDS[name].law.clauses()), name


@pytest.mark.parametrize("name", LAWS)
def test_each_law_has_a_case_in_which_it_speaks_and_one_in_which_it_does_not(name: str) -> None:
    law, cases = RECORDS[name].law, cases_of(RECORDS[name].path.parent)
    answers = [assess(case["facts"], laws=[RECORDS[name]]) for case in cases]
    speaks = [any(one["law"] == name and one["verdict"] != "do_not_notify" for one in found.obligations)
              for found in answers]  # fmt: skip
    assert any(speaks) or law.status in ("pending", "not_in_force", "enacted")
    duties = {f"{name}.{duty.id}" for duty in law.duties}
    quiet = [
        duties - {f"{one['law']}.{one['duty']}" for one in found.obligations if one["verdict"] != "do_not_notify"}
        for found in answers
    ]
    assert any(quiet), "no case shows a duty that does not arise"


def headings(name: str) -> list[str]:
    return [line for duty in RECORDS[name].law.duties if duty.content for line in duty.content.headings]


def test_california_alone_prescribes_a_title_and_headings() -> None:
    assert headings("us-ca") == [
        "Notice of Data Breach", "What Happened", "What Information Was Involved", "What We Are Doing",
        "What You Can Do", "For More Information",
    ]  # fmt: skip
    assert [name for name in LAWS if headings(name)] == ["us-ca"]


def bounds(law: str) -> list[tuple[str, str, int]]:
    """Return each number of people on which a duty of a law hangs."""
    return [
        (duty.id, name, int(number))
        for duty in RECORDS[law].law.duties
        for condition in (duty.threshold.when.walk() if duty.threshold else [])
        for name, number in (condition.count.bounds() if condition.count else [])
    ]


@pytest.mark.parametrize("law", [name for name in LAWS if bounds(name)])
def test_each_number_of_people_is_tried_on_both_sides(law: str) -> None:
    groups = [
        [row.get("count") for row in case["facts"].get("people", [])] for case in cases_of(RECORDS[law].path.parent)
    ]
    tried = {sum(count for count in counts if isinstance(count, int)) for counts in groups}
    tried |= {count for counts in groups for count in counts if isinstance(count, int)}
    for duty, name, number in bounds(law):
        first = number if name in ("over", "at_most") else number - 1
        assert {first, first + 1} <= tried, f"{duty}: {name} {number}"
