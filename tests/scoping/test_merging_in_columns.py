"""Merging in columns gives the people, the reasons and the doubts that asking every rule of every row gives."""

from dataclasses import astuple

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import JaroWinkler
from whole_set import resolve as reference
from whole_set.traits import Trait as WholeTrait

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.merging import (
    Coder,
    Trait,
    blocks,
    coded,
    columns,
    forest,
    in_columns,
    plain,
    resolve,
    resolve_coded,
    rules,
    shelved,
    standing,
    together,
    traits_in,
    traits_of,
)
from forthwith.scoping.normalising.address import Address
from forthwith.scoping.normalising.names import Name
from forthwith.scoping.rows import to_frame
from forthwith.scoping.spool import spool

FIRST = ("ana", "anna", "hanna", "a", "robert", "bob", "roberta", "rob", "maria", "mario", "ana maria", "ruiz", "")
LAST = ("ruiz", "rviz", "ruis", "weber", "webber", "ruiz weber", "ana", "rodriguez", "rodrigeuz", "")
FEW = ("", "1", "2", "3")
TRAIT = st.tuples(
    st.sampled_from(FIRST), st.sampled_from(LAST), st.sampled_from(("", "", "", "jr", "sr")),
    st.sampled_from(FEW).map(lambda v: v and f"{v}@example.com"), st.sampled_from(FEW), st.sampled_from(("", "h", "k")),
    st.sampled_from(("", "", "1980-01-01", "1990-02-02")), st.sampled_from(("", ":1", "x:1", "x:2", "y:1")),
    st.sampled_from(("", "", "", "n1", "n2")), st.sampled_from(("", "DE", "FR")),
)  # fmt: skip
ROW = st.lists(TRAIT, min_size=1, max_size=3)  # a row with several addresses has several traits


def traits(rows: list[list[tuple[str, ...]]]) -> list[Trait]:
    return [Trait(node, *values) for node, several in enumerate(rows) for values in several]


def check_same(found: list[Trait], nodes: int, held: list[int]) -> None:
    wanted = reference.resolve([WholeTrait(*astuple(trait)) for trait in found], nodes, held=held)
    merged = resolve(found, nodes, held=held)
    assert merged.groups == wanted.groups
    assert merged.reasons == wanted.reasons
    assert merged.kept_apart == wanted.kept_apart


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=16), st.sets(st.integers(0, 15)))
def test_the_same_people_reasons_and_doubts(rows: list[list[tuple[str, ...]]], held: set[int]) -> None:
    check_same(traits(rows), len(rows), sorted(node for node in held if node < len(rows)))


MANY = ("", "", *"123456")  # so many that few rows share one: then half a name may have one owner
HALF = st.tuples(
    st.sampled_from(("", "", "ana", "trudy", "trduy", "otto", "ruiz", "weber")), st.sampled_from(("", "ruiz", "weber")),
    st.just(""), st.sampled_from(MANY).map(lambda v: v and f"{v}@example.com"), st.sampled_from(MANY),
    st.sampled_from(("", "h", "k", "l")), st.sampled_from(("", "1980-01-01", "1990-02-02")),
    st.sampled_from(MANY).map(lambda v: v and f"x:{v}"), st.just(""), st.just(""),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(HALF, min_size=1, max_size=2), min_size=8, max_size=20))
def test_rows_of_half_a_name_find_the_same_owner(rows: list[list[tuple[str, ...]]]) -> None:
    check_same(traits(rows), len(rows), [])


SIZES = [
    (columns, "AT_ONCE", 20), (columns, "ROWS", 25), (columns, "PART", 5), (coded, "AT_ONCE", 20), (plain, "WORTH", 0),
    (plain, "PART", 5), (standing, "VIEWED", 25), (blocks, "VIEWED", 25), (rules, "VIEWED", 25), (blocks, "AT_ONCE", 4),
    (rules, "PAIRS_AT_ONCE", 4), (forest, "PART", 5), (forest, "FEW", 1),
    (standing, "MANY", 0),
]  # fmt: skip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, rows in SIZES:
        monkeypatch.setattr(module, name, rows)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=20, max_size=30))
def test_a_few_rows_at_a_time_from_disk_give_the_same(small: None, rows: list[list[tuple[str, ...]]]) -> None:
    wanted = reference.resolve([WholeTrait(*astuple(trait)) for trait in traits(rows)], len(rows))
    with spool(in_memory=0) as disk:
        coder = Coder()
        shelves = ([part] for part in shelved(coder.coded(in_columns(traits(rows)))))
        merged = resolve_coded(together(shelves, disk), coder, len(rows))
    assert (merged.groups, merged.reasons) == (wanted.groups, wanted.reasons)
    assert merged.kept_apart == wanted.kept_apart


@settings(max_examples=12, deadline=None)
@given(st.lists(ROW, min_size=60, max_size=140))
def test_crowded_identifiers_and_full_blocks_are_left_out_alike(rows: list[list[tuple[str, ...]]]) -> None:
    check_same(traits(rows), len(rows), [])


LETTERS = st.text("abcdeimnorst", min_size=1, max_size=9)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(LETTERS, LETTERS), min_size=2, max_size=45))
def test_one_block_of_any_names(names: list[tuple[str, str]]) -> None:
    rows = [[(first, last, "", "", "", "", "1980-01-01", "", "", "DE")] for first, last in names]
    check_same(traits(rows), len(rows), [])


@settings(max_examples=100, deadline=None)
@given(LETTERS, LETTERS, st.sampled_from([0.85, 0.9]))
def test_no_pair_that_is_alike_is_left_out_by_its_letters(one: str, other: str, least: float) -> None:
    coder = Coder()
    coded = coder.coded(in_columns([Trait(0, one, one), Trait(1, other, other)]))
    shapes = blocks._shapes(coder.words).select(pl.all().name.prefix("family_"))
    one_side, other_side = (shapes[[number]] for number in coded["family"])
    pair = one_side.join(other_side, how="cross", suffix="_")
    reached = pair.select(blocks._reach("family", "family_", least)).item()
    assert reached or JaroWinkler.similarity(one, other) < least


NAMES = st.sampled_from(["", "Ana", "Zoë M.", "Bob", "JOSÉ-Maria", "?"])
ADDRESSES = st.sampled_from(
    ["a@x.example", "info@x.example", "A.b+c@googlemail.com", "+t@y.example", "a.b@gmail.com", "x@y@z.example"]
)
CLEAN = st.builds(
    Clean, row=st.integers(0, 99), name=st.builds(Name, NAMES, st.sampled_from(["", "Müller", "O’Neil"]), NAMES,
                                                  st.sampled_from(["", "jr"])),
    emails=st.lists(ADDRESSES, max_size=3, unique=True).map(tuple),
    phones=st.lists(st.sampled_from(["+1", "+2", "+3"]), max_size=3, unique=True).map(tuple),
    address=st.sampled_from([Address(), Address(("a", "b"), "1", "b", "a|1")]), country=st.sampled_from(["", "DE"]),
    born=st.sampled_from(["", "1980-01-01"]), customer_id=st.sampled_from(["", "7"]),
    national_id=st.sampled_from(["", "12345"]),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(CLEAN, max_size=8), st.sampled_from(["", "nordwind"]))
def test_traits_in_columns_are_those_of_each_row(rows: list[Clean], scope: str) -> None:
    found = traits_in(to_frame(rows).with_row_index("node"), scope)
    assert found.equals(in_columns(t for node, row in enumerate(rows) for t in traits_of(node, row, scope)))
