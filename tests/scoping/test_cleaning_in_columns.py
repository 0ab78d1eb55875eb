"""Cleaning in columns gives exactly what cleaning row by row gives, on sheets of any kind."""

from pathlib import Path

import polars as pl
import pytest
import row_by_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forthwith.scoping import cleaning
from forthwith.scoping.cleaning import Cleaned, clean
from forthwith.scoping.heads import fields
from forthwith.scoping.mapping import Mapping, propose
from forthwith.scoping.mapping.propose import Column
from forthwith.scoping.reading import ROW, BadRow, Sheet, parts, read
from forthwith.scoping.reading.delimited import read_delimited
from forthwith.scoping.rows import SCHEMA

LETTERS = "abcdefghijklmnopqrstuvwxyz"
EXAMPLE = Path(__file__).parents[2] / "examples" / "support-processor-leak"
VALUES = {
    "given": ["Ana", "ANA", "jo-ann", "Dr. Ana", "n/a", "??", "太郎"], "family": ["Ruiz", "o'NEILL", "Ruiz Jr",
        "van der Berg", "山田", "-"],
    "full_name": ["Ana Ruiz", "Ruiz, Ana", "Mr. Bo Li Jr", "Ana (Annie) Ruiz", "total", "山田 太郎",
        "Ana van der Berg", "??"],
    "salutation": ["Herr", "Ms"], "suffix": ["Jr", "III", "x"],
    "email": ["Ana@Example.org", "a@x.de; b@x.fr", "noreply@x.org", "no mail", "c@x.io", "ana@example.co.uk"],
    "phone": ["0171 3920011", "+49 171 3920011", "(212) 555-0123", "030 23125123 / 0171 3920011", "call me",
        "0000000", "+33 612345678"],
    "mobile": ["+49 171 3920012", "2125550124", "0049 171 3920011"], "fax": ["030 23125124", "x"],
    "street": ["Hauptstr. 5", "12 Elm Street", "5"], "house_number": ["7", "12 b"], "street2": ["Apt 3", "c/o Bo"],
    "city": ["Köln", "Leeds", "New York", "unknown"], "state": ["NY", "California", "ON", "Bayern"],
    "postcode": ["50667", "10001", "10001-1234", "LS1 4AP", "M5V 3L9", "1234", "501", "1234 AB"],
    "country": ["DE", "Germany", "USA", "United Kingdom", "Narnia", "Puerto Rico", "CA", "NL"],
    "address": ["12 Elm St, New York, NY 10001", "Hauptstr. 5\n50667 Köln", "Elm", "1 High St; Leeds; LS1 4AP"],
    "birth_date": ["1984-02-29", "03.04.1984", "13/04/1984", "1970-01-01", "1/1/70", "0000-00-00", "31.12.9999",
        "never"],
    "language": ["de", "English", "xx"], "guardian": ["Bo Ruiz", "n/a"], "customer_id": ["C-1", "0", "****",
        "1111", "77"],
    "ssn": ["123-45-6789", "1234"], "national_id": ["DE1234567", "*1234"], "tax_id": ["99/888"],
    "deceased": ["no", "2020-01-01"], "email_consent": ["yes", "Nein"], "opt_out": ["0", "x"],
        "notes": ["hello", "called twice"],
    "iban": ["DE89370400440532013000"], "other": ["7", "Grand total"],
}  # fmt: skip
SHARED = ["Total", "Summe 7", "E-Mail", "Name", "Jos\ufffd", "\u00a0", "Telefon", "phone"]


@st.composite
def sheets(draw: st.DrawFn) -> tuple[Sheet, Mapping]:
    """Return a sheet of any fields, some of them in several columns, with blank cells and rows that are no records."""
    chosen = draw(st.lists(st.sampled_from(sorted(set(VALUES) & set(fields()))), min_size=1, max_size=9))
    height = draw(st.integers(0, 12))
    cells = [
        st.one_of(
            st.none(), st.sampled_from(VALUES[name]), st.sampled_from(VALUES[name]), st.sampled_from([*SHARED, ""])
        )
        for name in chosen
    ]
    columns = [draw(st.lists(cell, min_size=height, max_size=height)) for cell in cells]
    named = {
        f"{at} {name}": pl.Series(values, dtype=pl.String)
        for at, (name, values) in enumerate(zip(chosen, columns, strict=True))
    }
    frame = pl.DataFrame({ROW: pl.Series([at * 2 for at in range(height)], dtype=pl.Int64), **named})
    order = draw(st.sampled_from(["dmy", "mdy", "unclear"]))
    meant = [
        Column(f"{at} {name}", name, "head", fields()[name].elements, order=order) for at, name in enumerate(chosen)
    ]
    return Sheet.of("", frame, [BadRow(1, "torn", "x")]), Mapping(meant)


def assert_same(sheet: Sheet, mapping: Mapping, country: str) -> None:
    made, expected = cleaning.clean(sheet, mapping, country), row_by_row.clean(sheet, mapping, country)
    assert made.people == expected.people
    assert made.bad == expected.bad
    assert +made.dropped == +expected.dropped
    assert dict(made.frame.schema) == dict(SCHEMA)
    assert made.frame.null_count().sum_horizontal().item() == 0
    assert made.frame.height + len(made.bad) == sheet.rows_in


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(sheets(), st.sampled_from(["", "", "DE", "US"]))
def test_any_sheet(made: tuple[Sheet, Mapping], country: str) -> None:
    assert_same(*made, country)


@pytest.mark.parametrize("rows", [1, 3])
def test_parts_do_not_change_what_comes_out(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = {
        "Phone": ["0171 3920011", None, "0171 3920012", "0171 3920013", "Total"],
        "Land": ["DE", "DE", "DE", None, None],
    }
    frame = pl.DataFrame({ROW: range(5), "Name": ["Ana Ruiz", "Bo Li", "Cy Ek", "Di Oz", None], **cells})
    frame = frame.with_columns(pl.col(ROW).cast(pl.Int64))
    sheet = Sheet.of("", frame)
    mapping = propose(frame, sheet.columns)
    whole = cleaning.clean(sheet, mapping)
    monkeypatch.setattr(parts, "MANY", rows)
    sliced = cleaning.clean(Sheet.of("", frame), mapping)
    assert sliced.people == whole.people
    assert sorted(sliced.bad, key=lambda bad: bad.row) == sorted(whole.bad, key=lambda bad: bad.row)
    assert sliced.people[3].phones == ("+491713920013",)  # read by the country of nearly all rows


def test_a_sheet_of_which_no_column_is_mapped_loses_no_row() -> None:
    frame = pl.DataFrame({ROW: pl.Series([0, 1], dtype=pl.Int64), "x": ["1", "2"]})
    assert_same(Sheet.of("", frame), Mapping([]), "")


@pytest.mark.sweep
def test_the_evidence_of_the_examples() -> None:
    seen = 0
    for path in sorted(EXAMPLE.parent.rglob("*.csv")) + sorted(EXAMPLE.parent.rglob("*.jsonl")):
        for sheet in read(path).sheets:
            assert_same(sheet, propose(sheet.frame, sheet.columns), "")
            seen += sheet.rows_in
    assert seen > 500


def _name(at: int) -> str:
    return f"An{LETTERS[at // 26 % 26]}{LETTERS[at % 26]}a Ruiz"


def born_on(days: list[str], name: str = "") -> Cleaned:
    text = "".join(f"{name or _name(at)},a{at}@example.com,{day}\n" for at, day in enumerate(days))
    sheet = read_delimited("Name,Email,Date of Birth\n" + text)
    return clean(sheet, propose(sheet.rows, sheet.columns))


def test_a_birth_date_that_a_system_fills_in_counts_as_unknown_and_is_told() -> None:
    spread = [f"{1940 + at % 60}-{at % 12 + 1:02}-{at % 28 + 1:02}" for at in range(570)]
    made = born_on([*spread, *["1990-01-01"] * 30])
    assert made.dropped["birth_date 1990-01-01"] == 30
    assert (made.frame["born"] == "").sum() == 30
    assert made.frame["born"].head(570).to_list() == spread


def test_few_rows_one_customer_and_years_alone_make_no_date_a_default() -> None:
    spread = [f"{1940 + at % 60}-{at % 12 + 1:02}-{at % 28 + 1:02}" for at in range(570)]
    few = born_on([*spread[:300], *["1990-01-01"] * 30])
    years = born_on([f"{1960 + at % 40}-06-01" for at in range(600)])
    one = born_on([*["1990-01-01"] * 600], name="Ana Ruiz")
    for made in (few, years, one):
        assert (made.frame["born"] == "").sum() == 0
        assert not +made.dropped
