"""Files made to hurt, or only broken: bounded time and memory, one clear line or rows set aside, nothing lost."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packing_help import ods
from scoping_help import rows_of
from workbook import SHEET, xlsx

from forthwith.scoping.cleaning import clean
from forthwith.scoping.mapping import propose
from forthwith.scoping.reading import read
from models import Refusal

pytestmark = pytest.mark.sweep

Write = Callable[..., Path]
HEAD = "Name,Email\n"
ANA, BO = "Ana Ruiz,ana@example.com\n", "Bo Li,bo@example.com\n"
TOP = '<row r="1"><c r="A1" t="str"><v>Name</v></c><c r="B1" t="str"><v>Email</v></c></row>'
FIRST = '<row r="2"><c r="A2" t="str"><v>Ana</v></c><c r="B2" t="str"><v>a@example.com</v></c></row>'


@pytest.fixture(autouse=True)
def in_good_time() -> Iterator[None]:
    """Hold every test of this file to a time that the square of a file's length would break."""
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < 25


def book(rows: str, after: str = "") -> bytes:
    """Return a workbook whose one sheet has these rows as XML."""
    out, sheet = io.BytesIO(), f"{SHEET}{rows}</sheetData>{after}</worksheet>"
    with zipfile.ZipFile(io.BytesIO(xlsx({"S": [["x"]]}))) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return out.getvalue()


def test_a_line_of_fifty_million_characters_is_set_aside_and_its_neighbours_are_read(write: Write) -> None:
    (sheet,) = read(write("a.csv", HEAD + ANA + '"' + "x" * 50_000_000 + '",c@example.com\n' + BO)).sheets
    assert [row[0] for row in rows_of(sheet)] == ["Ana Ruiz", "Bo Li"]
    assert [(bad.row, bad.reason) for bad in sheet.bad] == [(1, "the row is longer than 4 million characters")]
    assert len(sheet.bad[0].text) == 50_000_016


@pytest.mark.parametrize("line", ['"abc\n', 'x"y,"\n'])
def test_quotes_that_are_never_closed_in_every_line_do_not_take_the_square_of_its_length(
    write: Write, line: str
) -> None:
    found = read(write("a.csv", HEAD + ANA + line * 30_000))
    assert found.rows_in == 30_001


def test_a_dump_with_a_statement_for_every_row_is_read_in_good_time(write: Write) -> None:
    lines = "".join(f"INSERT INTO p (name, email) VALUES ('P{n}', 'p{n}@example.com');\n" for n in range(30_000))
    assert read(write("a.sql", lines)).rows_in == 30_000


def test_a_file_with_a_nul_byte_early_is_refused_and_late_loses_its_row_alone(write: Write) -> None:
    with pytest.raises(Refusal, match="is not a text file"):
        read(write("a.csv", HEAD + ANA + "B\0o,b@example.com\n"))
    (sheet,) = read(write("b.csv", HEAD + ANA * 20_000 + "B\0o,b@example.com\n")).sheets
    (bad,) = clean(sheet, propose(sheet.frame, sheet.columns)).bad
    assert (bad.row, bad.reason) == (20_000, "characters of the row can't be decoded")


def test_of_mixed_encodings_the_rows_that_do_not_fit_are_set_aside(write: Write) -> None:
    good = "Jürgen Größe,j@example.com\n".encode() * 50
    (sheet,) = read(write("a.csv", HEAD.encode() + good + "Zoë,z@example.com\n".encode("cp1252"))).sheets
    result = clean(sheet, propose(sheet.frame, sheet.columns))
    assert (len(result.people), [bad.row for bad in result.bad]) == (50, [50])


def test_columns_of_the_same_name_are_all_kept(write: Write) -> None:
    (sheet,) = read(write("a.xlsx", xlsx({"S": [["Name", "Email", "Email"], ["Ana", "a@x.org", "b@x.org"]]}))).sheets
    assert (sheet.columns, rows_of(sheet)) == (["Name", "Email", "Email (2)"], [["Ana", "a@x.org", "b@x.org"]])


def test_merged_cells_cost_no_row_and_no_column(write: Write) -> None:
    third = '<row r="3"><c r="B3" t="str"><v>b@example.com</v></c></row>'
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    (sheet,) = read(write("a.xlsx", book(TOP + FIRST + third, merged))).sheets
    assert rows_of(sheet) == [["Ana", "a@example.com"], [None, "b@example.com"]]


def test_formulas_are_text_or_the_value_that_was_saved_and_are_never_run(write: Write) -> None:
    cells = '<c r="A3" t="str"><f>cmd|\' /C calc\'!A0</f><v>saved</v></c><c r="B3" t="str"><v>=cmd|x</v></c>'
    (sheet,) = read(write("a.xlsx", book(f'{TOP}{FIRST}<row r="3">{cells}</row>'))).sheets
    assert rows_of(sheet)[1] == ["saved", "=cmd|x"]
    (sheet,) = read(write("a.csv", HEAD + "=cmd|' /C calc'!A0,c@example.com\n")).sheets
    assert rows_of(sheet) == [["=cmd|' /C calc'!A0", "c@example.com"]]


def test_a_million_rows_that_are_only_formatted_are_no_rows(write: Write) -> None:
    assert read(write("a.xlsx", book(TOP + FIRST + '<row r="1048576"><c r="A1048576" s="1"/></row>'))).rows_in == 1
    repeated = '<table:table-row table:number-rows-repeated="1048570">{}</table:table-row>'
    empty = repeated.format('<table:table-cell table:number-columns-repeated="16384"/>')
    assert read(write("a.ods", ods({"S": [["Name"], ["Ana"]]}, more=empty))).rows_in == 1


def test_a_million_empty_rows_before_a_filled_one_are_counted_and_set_aside(write: Write) -> None:
    last = '<row r="1000002"><c r="A1000002" t="str"><v>Bo</v></c></row>'
    (sheet,) = read(write("a.xlsx", book(TOP + FIRST + last))).sheets
    assert (sheet.frame.height, len(sheet.bad), sheet.rows_in) == (2, 999_999, 1_000_001)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1048576"><c r="XFD1048576" t="str"><v>Bo</v></c></row>',
        '<row r="3">' + '<c t="str"><v>x</v></c>' * 16_000 + '</row><row r="1048576"><c t="str"><v>x</v></c></row>',
    ],
)
def test_a_workbook_that_spans_more_cells_than_memory_holds_is_refused(write: Write, rows: str) -> None:
    with pytest.raises(Refusal, match=r"a\.xlsx has a sheet of [\d,]+ cells"):
        read(write("a.xlsx", book(TOP + FIRST + rows)))


def test_an_ods_that_repeats_its_cells_without_end_is_refused(write: Write) -> None:
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="string"/>'
    more = f'<table:table-row table:number-rows-repeated="1048570">{cell}</table:table-row>'
    with pytest.raises(Refusal, match=r"a\.ods has a sheet of [\d,]+ cells"):
        read(write("a.ods", ods({"S": [["Name"], ["Ana"]]}, more=more)))


def test_a_record_that_is_printed_over_many_lines_is_one_record(write: Write) -> None:
    found = read(write("a.json", json.dumps({"name": "Ana", "contact": {"email": "a@example.com"}}, indent=2)))
    assert (found.sheets[0].columns, found.rows_in) == (["name", "contact.email"], 1)


@pytest.mark.parametrize(
    ("document", "tables"),
    [
        ({"users": [{"name": "Ana"}], "staff": [{"name": "Bo"}, 7]}, {"users": [["Ana"]], "staff": [["Bo"]]}),
        ({"data": {"users": [{"name": "Ana"}, {"name": "Bo"}]}, "total": 2}, {"": [["Ana"], ["Bo"]]}),
        ({str(n): {"name": f"P{n}"} for n in range(3)}, {"": [["0", "P0"], ["1", "P1"], ["2", "P2"]]}),
        ({"name": "Ana", "account": {"orders": [{"n": 1}]}}, {"": [["Ana", "1"]]}),
    ],
)
def test_the_tables_of_a_json_document_are_found(
    write: Write, document: object, tables: dict[str, list[list[str]]]
) -> None:
    found = read(write("a.json", json.dumps(document, indent=1)))
    assert {sheet.name: rows_of(sheet) for sheet in found.sheets} == tables


def test_json_that_is_cut_off_or_without_end_is_refused_in_one_line(write: Write) -> None:
    with pytest.raises(Refusal, match="not readable JSON"):
        read(write("a.json", '[\n{"name": "Ana",\n"email": "a@exa'))
    with pytest.raises(Refusal, match="too deep"):
        read(write("b.json", '{"a":' * 990 + "1" + "}" * 990))


def test_records_that_each_have_other_keys_share_few_columns_and_lose_nothing(write: Write) -> None:
    (sheet,) = read(write("a.jsonl", "".join(json.dumps({f"k{n}": str(n)}) + "\n" for n in range(3_000)))).sheets
    assert (len(sheet.columns), sheet.rows_in) == (2_001, 3_000)
    assert rows_of(sheet)[2_999][-1] == '{"k2999":"2999"}'
