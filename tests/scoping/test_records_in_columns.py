"""People gathered in columns are those that are gathered row by row: the same record, the same clear columns."""

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.gathering import Subject, add_rows
from forthwith.scoping.merging import kept_of, traits_in, traits_of
from forthwith.scoping.normalising.address import Address
from forthwith.scoping.normalising.names import Name
from forthwith.scoping.records import gathered
from forthwith.scoping.rows import to_frame
from models import PersonRecord, new_id

TODAY = date(2026, 11, 21)
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


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), cleans()), min_size=1, max_size=9), st.sampled_from(["", "x"]))
def test_the_same_record_and_the_same_counts(owned: list[tuple[int, Clean]], scope: str) -> None:
    rows = to_frame([row for _, row in owned]).with_columns(
        node=pl.int_range(pl.len(), dtype=pl.UInt32()), person=pl.Series([who for who, _ in owned], dtype=pl.UInt32())
    )
    found = gathered(rows.with_columns(seen=kept_of(traits_in(rows, scope))), TODAY)
    assert found["person"].to_list() == sorted({who for who, _ in owned})
    for one in found.iter_rows(named=True):
        mine = [(node, row) for node, (who, row) in enumerate(owned) if who == one["person"]]
        subject = Subject(new_id(), 1, PersonRecord())
        seen = [trait.packed() for node, row in mine for trait in traits_of(node, row, scope)]
        add_rows(subject, [row for _, row in mine], seen, TODAY)
        assert PersonRecord.model_validate_json(one["record"]) == subject.record
        clear = ("jurisdiction", "country", "source", "age_class", "deceased", "language", "elements", "channels")
        for name in clear:
            value = tuple(one[name]) if isinstance(one[name], list) else one[name]
            assert value == getattr(subject, name), name


def test_elements_are_united_however_many_sets_there_are() -> None:
    sets = [(f"e{at // 2:03}", f"e{at:03}") for at in range(150)]
    rows = to_frame([Clean(row=at, name=Name("Ana"), elements=codes) for at, codes in enumerate(sets)]).with_columns(
        node=pl.int_range(pl.len(), dtype=pl.UInt32()), person=pl.int_range(pl.len(), dtype=pl.UInt32()) // 3
    )
    wanted = [sorted({code for codes in sets[at : at + 3] for code in codes}) for at in range(0, 150, 3)]
    assert gathered(rows.with_columns(seen=kept_of(traits_in(rows, ""))), TODAY)["elements"].to_list() == wanted
