"""Groups that are joined all at once make the forest that joining them node by node makes."""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forthwith.scoping.merging import plain
from forthwith.scoping.merging.coded import Coder
from forthwith.scoping.merging.columns import Columns
from forthwith.scoping.merging.forest import Forest, Rare
from forthwith.scoping.merging.standing import Standing
from forthwith.scoping.spool import Spool

NODES = 14
NODE = st.integers(0, NODES - 1)
FACT = st.sampled_from([0, 0, 0, 1, 2])  # zero: unknown


class Grown(NamedTuple):
    """What a forest looks like."""

    roots: list[int]
    reasons: list[tuple[int, str]]
    refused: set[int]
    births: list[int]


class Story(NamedTuple):
    """What is known, who was joined before, and the groups to come."""

    births: list[int]
    rare: dict[int, int]
    held: set[int]
    apart: list[tuple[int, int]]
    before: list[tuple[int, int]]
    groups: list[list[int]]


STORIES = st.builds(
    Story, st.lists(FACT, min_size=NODES, max_size=NODES), st.dictionaries(NODE, st.sampled_from([1, 2]), max_size=2),
    st.sets(NODE, max_size=2), st.lists(st.tuples(NODE, NODE).filter(lambda two: two[0] != two[1]), max_size=2),
    st.lists(st.tuples(NODE, NODE), max_size=4),
    st.lists(st.lists(NODE, min_size=2, max_size=4, unique=True), min_size=1, max_size=5),
)  # fmt: skip


def planted(story: Story) -> Forest:
    forest = Forest(NODES, [array("I", story.births), Rare(story.rare)], story.held, story.apart)
    for one, other in story.before:
        forest.join(one, other, "same e-mail")
    return forest


def looked_at(forest: Forest) -> Grown:
    roots = [forest.root(node) for node in range(NODES)]
    reasons = [(forest.beside[node], forest.told[forest.why[node]]) for node in range(NODES)]
    births = dict(forest.common_facts())[0]
    return Grown(roots, reasons, set(forest.refused), [births[root] for root in roots])


def one_by_one(story: Story) -> Grown:
    forest = planted(story)
    flat = [node for group in story.groups for node in group]
    forest.join_groups(flat, map(len, story.groups), "same phone")
    return looked_at(forest)


def at_once(story: Story) -> Grown:
    standing = Standing(Columns(Spool()), Coder(), planted(story), NODES)
    plain.join_groups(standing, *flattened(story.groups), "same phone")
    return looked_at(standing.forest)


def flattened(groups: Sequence[Sequence[int]]) -> tuple[pl.Series, pl.Series]:
    starts = [at * NODES for at, group in enumerate(groups) for _ in group]
    nodes = [node for group in groups for node in group]
    return pl.Series(starts, dtype=pl.UInt32()), pl.Series(nodes, dtype=pl.UInt32())


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take columns for a few rows too."""
    monkeypatch.setattr(plain, "WORTH", 0)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STORIES)
def test_the_same_people_stand_under_the_same_nodes(always: None, story: Story) -> None:
    wanted, found = one_by_one(story), at_once(story)
    assert found.roots == wanted.roots
    assert found.refused == wanted.refused
    assert found.births == wanted.births


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STORIES)
def test_each_node_hangs_beside_the_same_one_for_the_same_reason(always: None, story: Story) -> None:
    assert at_once(story).reasons == one_by_one(story).reasons


def test_a_plain_group_joins_and_one_with_two_birth_dates_stays_two(always: None) -> None:
    births = [0] * NODES
    births[3], births[4] = 1, 2
    story = Story(births, {}, set(), [], [], [[0, 1, 2], [3, 4], [5, 6]])
    found = at_once(story)
    assert found.roots[:7] == [0, 0, 0, 3, 4, 5, 5]
    assert found.refused == {3 << 32 | 4}
    assert [reason for _, reason in found.reasons[:7]] == ["", *["same phone"] * 2, "", "", "", "same phone"]


def test_a_birth_date_that_one_brings_is_known_of_all(always: None) -> None:
    births = [0] * NODES
    births[2] = 1
    found = at_once(Story(births, {}, set(), [], [], [[0, 1, 2]]))
    assert found.births[:3] == [1, 1, 1]


def test_two_who_have_a_delivery_stay_two(always: None) -> None:
    found = at_once(Story([0] * NODES, {}, {0, 1}, [], [], [[0, 1], [2, 3]]))
    assert found.roots[:4] == [0, 1, 2, 2]
