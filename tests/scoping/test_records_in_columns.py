"""People gathered in columns are those that are gathered row by row: the same record, the same clear columns."""

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.gathering import Subject, add_rows
from forthwith.scoping.growing import RECORD, grown
from forthwith.scoping.knowing import in_columns
from forthwith.scoping.merging import kept_of, traits_in, traits_of
from forthwith.scoping.normalising.address import Address
from forthwith.scoping.normalising.names import Name
from forthwith.scoping.records import gathered
from forthwith.scoping.rows import to_frame
from forthwith.scoping.wire import BESIDE
from models import PersonRecord, new_id

TODAY = date(2026, 11, 21)
CLEAR = ("jurisdiction", "country", "source", "age_class", "deceased", "language", "elements", "channels")
NAMES = st.builds(
    Name, st.sampled_from(["", "A", "A.", ".", "Ana", 'Zoë "Zo"', "太郎", "Ana\\\n"]),
    st.sampled_from(["", "Ruiz", "山田", "O’Neil"]), st.sampled_from(["", "Dr.", "Ms"]),
    st.sampled_from(["", "", "jr", "sr", "iii"]),
)  # fmt: skip
ADDRESSES = st.sampled_from([
    Address(), Address(("Leipzig",)), Address(("Weg 1", "Leipzig")),
    Address(("Weg 1", "04107 Leipzig"), "04107", "L", "k"),
    Address(("1 rue", "bis", "75001 Paris"), "75001", "Paris"),
])  # fmt: skip
HOMES = st.sampled_from([
    ("", "unknown", "unknown"), ("DE", "DE", "stated"), ("US", "US", "stated"), ("US", "US-CA", "stated"),
    ("US", "US-CA", "address"), ("US", "US-NY", "address"), ("FR", "FR", "phone"), ("US", "US", "tld"),
])  # fmt: skip


def distinct(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@st.composite
def cleans(draw: st.DrawFn) -> Clean:
    country, jurisdiction, source = draw(HOMES)
    text, flag = lambda *values: draw(st.sampled_from(["", *values])), lambda: draw(st.booleans())
    return Clean(
        row=0, name=draw(NAMES), emails=draw(distinct("a@x.example", "b.c+d@gmail.com", "info@x.example")),
        phones=draw(distinct("+491713920011", "+493023125123", "+12025550143")),
        faxes=draw(st.lists(st.sampled_from(["+493023125123", "+1"]), max_size=2).map(tuple)), address=draw(ADDRESSES),
        country=country, jurisdiction=jurisdiction, source=source, born=text("1980-01-01", "2015-05-05", "1930-01-01"),
        language=text("de", "fr"), guardian=text("Eva"), customer_id=text("7", "8"), national_id=text("12345"),
        deceased=flag(), email_consent=flag(), opt_out=flag(), elements=draw(distinct("dob", "name", "ssn")),
    )  # fmt: skip


owned_rows = st.lists(st.tuples(st.integers(0, 3), cleans()), min_size=1, max_size=9)


def in_frame(owned: list[tuple[int, Clean]], scope: str = "") -> pl.DataFrame:
    """Return rows with whose they are, in the order of people."""
    rows = to_frame([row for _, row in owned]).with_columns(
        node=pl.int_range(pl.len(), dtype=pl.UInt32()), person=pl.Series([who for who, _ in owned], dtype=pl.UInt32())
    )  # fmt: skip
    texts = pl.col("elements").list.join(BESIDE)
    return rows.with_columns(texts, seen=kept_of(traits_in(rows, scope))).sort("person", "node")


def add(subject: Subject, rows: list[Clean], scope: str) -> None:
    add_rows(subject, rows, [trait.packed() for row in rows for trait in traits_of(0, row, scope)], TODAY)


def assert_same(found: dict[str, Any], subject: Subject) -> None:
    assert PersonRecord.model_validate_json(found["record"]) == subject.record
    for name in CLEAR:
        value = tuple(found[name]) if isinstance(found[name], list) else found[name]
        assert value == getattr(subject, name), name


@settings(max_examples=40, deadline=None)
@given(owned_rows, st.sampled_from(["", "x"]))
def test_the_same_record_and_the_same_counts(owned: list[tuple[int, Clean]], scope: str) -> None:
    found = gathered(in_frame(owned, scope), TODAY)
    assert found["person"].to_list() == sorted({who for who, _ in owned})
    for one in found.iter_rows(named=True):
        subject = Subject(new_id(), 1, PersonRecord())
        add(subject, [row for who, row in owned if who == one["person"]], scope)
        assert_same(one, subject)


@settings(max_examples=40, deadline=None)
@given(st.lists(cleans(), max_size=5), owned_rows, st.booleans(), st.sampled_from(["", "x"]))
def test_known_people_grow_as_one_by_one(
    before: list[Clean], owned: list[tuple[int, Clean]], bare: bool, scope: str
) -> None:
    known = [Subject(new_id(), at, PersonRecord()) for at in range(4)]
    for at, subject in enumerate(known):
        add(subject, before[at:], scope)  # the last knows nearly nothing
        subject.language = "" if bare else subject.language
    rows = in_frame([(at, Clean(row=0)) for at in range(4)] + owned, scope)  # a row at least tells of each
    found = grown(in_columns(known).with_row_index("person"), rows, TODAY)
    for one, subject in zip(found.iter_rows(named=True), known, strict=True):
        add(subject, [Clean(row=0), *(row for who, row in owned if who == one["person"])], scope)
        assert_same(one, subject)


def test_no_part_of_a_known_record_is_forgotten() -> None:
    assert [field.name for field in RECORD.fields] == list(PersonRecord.model_fields)


def test_elements_are_united_however_many_sets_there_are() -> None:
    sets = [(f"e{at // 2:03}", f"e{at:03}") for at in range(150)]
    rows = in_frame([(at // 3, Clean(row=at, name=Name("Ana"), elements=codes)) for at, codes in enumerate(sets)])
    wanted = [sorted({code for codes in sets[at : at + 3] for code in codes}) for at in range(0, 150, 3)]
    assert gathered(rows, TODAY)["elements"].to_list() == wanted
