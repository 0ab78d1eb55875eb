"""CSV and its kin, as real systems export them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoping_help import rows_of

from forthwith.scoping.reading.delimited import find_delimiter, read_delimited
from forthwith.scoping.reading.sheet import tidy_heads

PLAIN = [["Name", "Email", "City"], ["Ana Ruiz", "ana@example.com", "Leeds"], ["Bo Li", "bo@example.com", "York"]]


def text_of(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    sheet = read_delimited(text_of(PLAIN, delimiter))
    assert sheet.columns == PLAIN[0]
    assert rows_of(sheet) == PLAIN[1:]


def test_a_comma_inside_quotes_does_not_win_over_semicolons() -> None:
    lines = ["Name;Street;City", *['"Ruiz, Ana";"1, High St";Leeds'] * 5]
    assert find_delimiter(lines) == ";"


def test_the_sep_line_of_a_spreadsheet_is_believed_and_is_no_row() -> None:
    sheet = read_delimited("sep=|\nName|Email\nAna|ana@example.com\n")
    assert rows_of(sheet) == [["Ana", "ana@example.com"]]


def test_a_quoted_field_late_in_the_file_is_read_right() -> None:
    plain = "".join(f"N{n},n{n}@example.com,Leeds\n" for n in range(25_000))
    sheet = read_delimited("Name,Email,City\n" + plain + '"Ruiz, Ana",ana@example.com,"Leeds, West"\n')
    assert rows_of(sheet)[-1] == ["Ruiz, Ana", "ana@example.com", "Leeds, West"]
    assert not sheet.bad


def test_titles_above_the_header_are_passed() -> None:
    sheet = read_delimited("Export of customers\nMade on 2026-11-01\n\nName,Email\nAna,ana@example.com\n")
    assert sheet.columns == ["Name", "Email"]
    assert rows_of(sheet) == [["Ana", "ana@example.com"]]


def test_a_file_without_a_header_keeps_its_first_row() -> None:
    sheet = read_delimited("Ana Ruiz,ana@example.com\nBo Li,bo@example.com\n")
    assert sheet.columns == ["column 1", "column 2"]
    assert len(rows_of(sheet)) == 2


def test_one_column_of_addresses_is_a_table() -> None:
    sheet = read_delimited("E-Mail\nana@example.com\nbo@example.com\n")
    assert rows_of(sheet) == [["ana@example.com"], ["bo@example.com"]]


def test_torn_rows_are_set_aside_with_their_number_and_reason() -> None:
    sheet = read_delimited(
        "Name,Email,City\nAna,ana@example.com,Leeds\nBo,bo@example.com\nCy,c@example.com,York,extra\n"
    )
    assert [(bad.row, bad.reason) for bad in sheet.bad] == [
        (1, "fewer fields than the header has"),
        (2, "more fields than the header has"),
    ]
    assert sheet.rows_in == 3


def test_empty_trailing_delimiters_do_not_tear_a_row() -> None:
    sheet = read_delimited("Name,Email\nAna,ana@example.com,,\n")
    assert rows_of(sheet) == [["Ana", "ana@example.com"]]


def test_a_quote_that_is_never_closed_costs_one_row_and_not_the_rest_of_the_file() -> None:
    rest = "".join(f"N{n},n{n}@example.com,Leeds\n" for n in range(50))
    sheet = read_delimited('Name,Email,City\n"Ana,ana@example.com,Leeds\n' + rest)
    assert len(rows_of(sheet)) == 50
    assert [bad.reason for bad in sheet.bad] == ["a quote in this row is never closed"]


def test_a_field_with_line_breaks_is_one_field() -> None:
    sheet = read_delimited('Name,Notes,Email\nAna,"one\ntwo, three\nfour",ana@example.com\nBo,x,bo@example.com\n')
    assert rows_of(sheet)[0] == ["Ana", "one\ntwo, three\nfour", "ana@example.com"]
    assert len(rows_of(sheet)) == 2


def test_blank_cells_are_null_so_that_no_two_blanks_are_equal() -> None:
    sheet = read_delimited("Name,Email\nAna,  \nBo,\u00a0\n")
    assert rows_of(sheet) == [["Ana", None], ["Bo", None]]


def test_rows_keep_their_numbers_when_others_are_set_aside() -> None:
    sheet = read_delimited("Name,Email\nAna,a@example.com\ntorn\nCy,c@example.com\n")
    assert sheet.frame["\0row"].to_list() == [0, 2]


@pytest.mark.parametrize(
    ("heads", "names"),
    [
        (["Name", "Name", "Name"], ["Name", "Name (2)", "Name (3)"]),
        (["", None, " E mail "], ["column 1", "column 2", "E mail"]),
        (["Name (2)", "Name", "Name"], ["Name (2)", "Name", "Name (3)"]),
    ],
)
def test_column_names_are_filled_and_differ(heads: list[str | None], names: list[str]) -> None:
    assert tidy_heads(heads) == names


cells = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='"'), max_size=12)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=30), st.sampled_from(",;\t|"))
def test_no_row_of_a_well_formed_file_is_ever_lost(body: list[tuple[str, str]], delimiter: str) -> None:
    rows = [["First Name", "Email", "City"], *[[one, "x@example.com", other] for one, other in body]]
    sheet = read_delimited(text_of(rows, delimiter))
    assert sheet.rows_in == len(body)
    assert not sheet.bad
    assert sheet.columns == rows[0]


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=300))
def test_any_text_at_all_is_read_without_a_crash_and_counted_once(text: str) -> None:
    sheet = read_delimited("Name,Email\n" + text)
    numbers = sorted([*sheet.frame["\0row"].to_list(), *[bad.row for bad in sheet.bad]])
    assert numbers == list(range(sheet.rows_in))
