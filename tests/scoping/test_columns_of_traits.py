"""Columns of traits, in memory and in pieces on disk, tell what plain Python tells of the same rows."""

from collections import defaultdict
from itertools import combinations

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forthwith.scoping.merging import columns
from forthwith.scoping.merging.columns import Columns, begun, marked, packed, pieces, several, shares, unpacked
from forthwith.scoping.merging.pairs import pairs_of
from forthwith.scoping.spool import spool

SMALL = st.integers(0, 6)
WHOLE = st.integers(0, 2**32 - 1)
ROWS = st.lists(st.tuples(SMALL, SMALL), max_size=20)
RUNS = st.lists(st.integers(1, 5), min_size=1, max_size=8)


def numbers(values: "list[int]") -> pl.Series:
    return pl.Series(values, dtype=pl.UInt32())


@given(ROWS)
def test_a_key_is_shared_where_two_people_have_it(rows: list[tuple[int, int]]) -> None:
    people = defaultdict[int, set[int]](set)
    for key, root in rows:
        people[key].add(root)
    keys, roots = (numbers([row[at] for row in rows]) for at in (0, 1))
    assert several(keys, roots).to_list() == [key != 0 and len(people[key]) > 1 for key, _ in rows]


@given(st.lists(st.tuples(WHOLE, WHOLE), max_size=20))
def test_two_numbers_go_into_one_and_stand_in_their_order(rows: list[tuple[int, int]]) -> None:
    high, low = (numbers([row[at] for row in rows]) for at in (0, 1))
    both = pl.DataFrame({"high": high, "low": low}).select(packed(pl.col("high"), pl.col("low"))).to_series()
    again = list(zip(*(column.to_list() for column in unpacked(both.sort())), strict=True))
    assert again == sorted(rows)


@given(RUNS, st.integers(1, 9))
def test_rows_are_parted_between_groups_alone(lengths: list[int], most: int) -> None:
    starts = numbers([at for at, length in enumerate(lengths) for _ in range(length)])
    parts = [starts.slice(begin, length).to_list() for begin, length in pieces(starts, most)]
    assert [row for part in parts for row in part] == starts.to_list()
    assert all(not set(one) & set(other) for one, other in combinations(parts, 2))
    assert all(len(part) < most + max(lengths) for part in parts)


@given(RUNS)
def test_rows_of_a_group_are_counted_and_paired(lengths: list[int]) -> None:
    starts = numbers([at for at, length in enumerate(lengths) for _ in range(length)])
    assert begun(starts).to_list() == [place for length in lengths for place in range(length)]
    groups = defaultdict[int, list[int]](list)
    for place, start in enumerate(starts.to_list()):
        groups[start].append(place)
    wanted = [pair for group in groups.values() for pair in combinations(group, 2)]
    assert sorted(pairs_of(starts).rows()) == wanted


@given(st.sets(SMALL))
def test_places_are_marked(places: set[int]) -> None:
    assert marked(7, numbers(sorted(places))).to_list() == [at in places for at in range(7)]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold a few rows at a time."""
    monkeypatch.setattr(columns, "AT_ONCE", 3)
    monkeypatch.setattr(columns, "ROWS", 4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ROWS)
def test_shares_hold_all_rows_once_and_those_of_a_key_together(few: None, rows: list[tuple[int, int]]) -> None:
    frame = pl.DataFrame(rows, {"key": pl.UInt32(), "root": pl.UInt32()}, orient="row").with_row_index("at")
    found = list(shares(frame, "key"))
    assert sorted(row for share in found for row in share.rows()) == frame.rows()
    assert all(not set(one["key"]) & set(other["key"]) for one, other in combinations(found, 2))


@pytest.mark.parametrize("room", [0, 2**20])
def test_a_column_is_the_same_in_memory_and_in_pieces_on_disk(few: None, room: int) -> None:
    keys, names = list(range(10)), [f"n{at % 3}" for at in range(10)]
    with spool(in_memory=room) as rows:
        held = Columns(rows)
        held.put(numbers(keys).alias("key"))
        held.put(pl.Series("name", names))
        assert held.get("key").to_list() == keys
        assert held.get("name").to_list() == names
        assert [part.height for part in held.parts("key", "name")] == [4, 4, 2]
        assert held.where(pl.col("name") == "n1").to_list() == [1, 4, 7]
        assert held.filtered(pl.col("key") > 7, "name").to_series().to_list() == ["n2", "n0"]
        assert held.rows(numbers([9, 0]), ["key"]).to_series().to_list() == [9, 0]
        assert held.computed(pl.col("key") * 2).to_list() == [2 * key for key in keys]
        held.drop("key")
        assert "key" not in held
        assert "name" in held
