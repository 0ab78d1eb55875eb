"""More files as they come: every row is in a sheet or set aside with its number, no refusal shows what is in one."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoping_help import rows_of

from forthwith.scoping.reading import ROW, Sheet, read
from forthwith.scoping.reading.delimited import read_delimited
from forthwith.scoping.reading.flattening import flatten
from forthwith.scoping.reading.records import read_json
from forthwith.scoping.reading.sheet import header_at, tidy_heads
from forthwith.scoping.reading.sql_dump import read_sql
from models import Refusal

Write = Callable[..., Path]
HEAD = "Name,Email,City\n"
ANA, BO = "Ana Ruiz,ana@example.com,Leeds\n", "Bo Li,bo@example.com,York\n"


def numbers(sheet: Sheet) -> list[int]:
    return sorted([*sheet.frame[ROW].to_list(), *[bad.row for bad in sheet.bad]])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_each_kind_of_line_end_gives_the_same_rows(end: str, last: bool) -> None:
    text = (HEAD + ANA + BO).replace("\n", end)
    sheet = read_delimited(text if last else text.removesuffix(end))
    assert rows_of(sheet) == [["Ana Ruiz", "ana@example.com", "Leeds"], ["Bo Li", "bo@example.com", "York"]]
    assert not sheet.bad


@pytest.mark.parametrize("blank", ["\n", "\n\n\n", "\r\n"])
def test_blank_lines_between_rows_are_no_rows(blank: str) -> None:
    sheet = read_delimited(HEAD + ANA + blank + BO + blank)
    assert [row[0] for row in rows_of(sheet)] == ["Ana Ruiz", "Bo Li"]
    assert sheet.rows_in == 2


def test_a_row_of_empty_cells_is_a_row_that_is_counted() -> None:
    sheet = read_delimited(HEAD + ANA + ",,\n" + BO)
    assert rows_of(sheet)[1] == [None, None, None]
    assert numbers(sheet) == [0, 1, 2]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"Ana ""Ani"" Ruiz"', 'Ana "Ani" Ruiz'),
        ('"Ruiz, Ana"', "Ruiz, Ana"),
        ('"Ana\nRuiz"', "Ana\nRuiz"),
        ('"Ana;Ruiz|x"', "Ana;Ruiz|x"),
        ("  Ana  ", "Ana"),
        ('Ana "Ani" Ruiz', 'Ana "Ani" Ruiz'),
        ("=1+1", "=1+1"),
        ("007", "007"),
        ("1e5", "1e5"),
        ("true", "true"),
        ("NULL", "NULL"),
        ("\u200bAna\u00a0", "Ana"),
    ],
)
def test_a_cell_comes_through_as_it_was_written(cell: str, value: str) -> None:
    sheet = read_delimited(HEAD + ANA + BO + f"{cell},c@example.com,York\n")
    assert rows_of(sheet)[-1] == [value, "c@example.com", "York"]
    assert not sheet.bad


@pytest.mark.parametrize("torn", ["alone", "one,two", "a,b,c,d", "a,b,c,d,e,f", '"never closed,x,y'])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_torn_row_anywhere_is_kept_with_its_number_and_costs_no_neighbour(torn: str, at: int) -> None:
    lines = [ANA, BO]
    lines.insert(at, torn + "\n")
    sheet = read_delimited(HEAD + "".join(lines))
    assert [bad.row for bad in sheet.bad] == [at]
    assert [row[0] for row in rows_of(sheet)] == ["Ana Ruiz", "Bo Li"]
    assert numbers(sheet) == [0, 1, 2]
    assert torn.split(",")[0].strip('"') in sheet.bad[0].text


def test_a_bad_row_and_a_sheet_show_nothing_in_their_repr() -> None:
    sheet = read_delimited(HEAD + "Xaverine,xq@example.com,Leeds\nXaverine,torn\n")
    assert "Xaverine" not in repr(sheet) + repr(sheet.bad)
    assert sheet.bad[0].text == "Xaverine | torn"


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        ([["Name", "Email"], ["Ana", "a@example.com"]], 0),
        ([["Report of May", ""], ["Name", "Email"], ["Ana", "a@example.com"]], 1),
        ([["Ana Ruiz", "a@example.com"], ["Bo Li", "b@example.com"]], None),
        ([["Foo", "Bar"], ["x", "y"]], 0),
        ([], 0),
    ],
)
def test_the_header_is_found_and_data_is_never_taken_for_it(rows: list[list[str]], at: int | None) -> None:
    assert header_at(rows) == at


@given(st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=15))
def test_columns_always_have_names_that_differ(heads: list[str | None]) -> None:
    names = tidy_heads(heads)
    assert len(set(names)) == len(names) == len(heads)
    assert all(name.strip() for name in names)


@pytest.mark.parametrize(
    ("record", "flat"),
    [
        ({"a": {"b": {"c": 1}}}, {"a.b.c": "1"}),
        ({"a": [1, 2]}, {"a": "1; 2"}),
        ({"a": []}, {}),
        ({"a": None}, {}),
        ({"a": True, "b": False}, {"a": "yes", "b": "no"}),
        ({"a": 5.0, "b": 5.5}, {"a": "5", "b": "5.5"}),
        ({"a": "007"}, {"a": "007"}),
        ({"a": {}}, {}),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a.b": "1", "a.more": '[{"b":2}]'}),
    ],
)
def test_nested_values_become_text_under_their_path(record: dict[str, object], flat: dict[str, str]) -> None:
    assert dict(flatten(record)) == flat


@pytest.mark.parametrize("junk", ["null", "42", '"Ana"', "[1, 2]", "{broken", "Ana;Ruiz", '{"Name": "Cy"'])
def test_a_line_that_is_no_record_is_set_aside_whole_and_costs_no_other(junk: str) -> None:
    sheet = read_json('{"Name": "Ana"}\n' + junk + '\n{"Name": "Bo"}\n')
    assert rows_of(sheet) == [["Ana"], ["Bo"]]
    assert [(bad.row, bad.reason, bad.text) for bad in sheet.bad] == [(1, "the line is not a JSON object", junk)]


plain = st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text(max_size=10))
record = st.dictionaries(
    st.sampled_from(["Name", "Email", "City", "Tags"]), st.one_of(plain, st.lists(plain, max_size=3))
)


@settings(max_examples=40)
@given(st.lists(st.one_of(record, st.integers(), st.text(max_size=5)), min_size=2, max_size=12))
def test_every_line_of_json_is_a_row_or_set_aside(items: list[object]) -> None:
    sheet = read_json("\n".join(json.dumps(item) for item in items))
    assert numbers(sheet) == list(range(len(items)))
    assert len(sheet.bad) == sum(not isinstance(item, dict) for item in items)


@settings(max_examples=40)
@given(st.lists(st.one_of(record, st.integers()), min_size=2, max_size=12))
def test_an_array_gives_the_rows_of_the_same_lines(items: list[object]) -> None:
    one, other = read_json("\n".join(map(json.dumps, items))), read_json(json.dumps(items))
    assert rows_of(one) == rows_of(other)
    assert [bad.row for bad in one.bad] == [bad.row for bad in other.bad]


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'Ana'", "Ana"),
        ("'O''Brien'", "O'Brien"),
        (r"'O\'Brien'", "O'Brien"),
        (r"'one\ntwo'", "one\ntwo"),
        ("'a, b) c ('", "a, b) c ("),
        ("'semi;colon'", "semi;colon"),
        ("NULL", None),
        ("null", None),
        ("''", None),
        ("42", "42"),
        ("-1.5", "-1.5"),
        ("E'x'", "x"),
        ("N'x'", "x"),
        ("_utf8mb4'x'", "x"),
        ("'1984-02-29'::date", "1984-02-29"),
        ("'INSERT INTO x VALUES (1)'", "INSERT INTO x VALUES (1)"),
    ],
)
def test_a_literal_of_a_dump_is_read_and_nothing_is_executed(literal: str, value: str | None) -> None:
    (sheet,) = read_sql(
        f"INSERT INTO people (id, name, mail) VALUES (1, {literal}, 'a@example.com'), (2, 'Bo', NULL);\n"
    )
    assert rows_of(sheet) == [["1", value, "a@example.com"], ["2", "Bo", None]]
    assert not sheet.bad


@pytest.mark.parametrize("table", ["people", "`people`", '"people"', "public.people", '"public"."people"', "[people]"])
def test_a_table_has_one_name_however_it_is_quoted(table: str) -> None:
    sheets = read_sql(f"INSERT INTO {table} (name) VALUES ('Ana');\nINSERT INTO people (name) VALUES ('Bo');\n")
    assert [(sheet.name, rows_of(sheet)) for sheet in sheets] == [("people", [["Ana"], ["Bo"]])]


def test_rows_of_two_tables_are_numbered_through_and_none_twice() -> None:
    sheets = read_sql(
        "INSERT INTO a (n) VALUES ('1'), ('2');\nINSERT INTO b (m) VALUES ('3');\nINSERT INTO a (n) VALUES ('4');\n"
    )
    assert sorted(number for sheet in sheets for number in numbers(sheet)) == [0, 1, 2, 3]
    assert {sheet.name: [row[0] for row in rows_of(sheet)] for sheet in sheets} == {"a": ["1", "2", "4"], "b": ["3"]}


sql_text = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=15).filter(str.strip)


@settings(max_examples=40)
@given(st.lists(st.tuples(sql_text, sql_text), min_size=1, max_size=8))
def test_any_quoted_text_comes_back_out_of_a_dump(pairs: list[tuple[str, str]]) -> None:
    def quoted(value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"

    body = ", ".join(f"({quoted(one)}, {quoted(other)})" for one, other in pairs)
    (sheet,) = read_sql(f"INSERT INTO people (name, city) VALUES {body};\n")
    assert not sheet.bad
    assert sheet.rows_in == len(pairs)
    (again,) = read_sql(f"INSERT INTO people (name, city) VALUES {body};\n")
    assert rows_of(again) == rows_of(sheet)


@settings(max_examples=40)
@given(st.lists(st.tuples(sql_text, sql_text), min_size=1, max_size=8))
def test_a_table_is_the_same_as_csv_and_as_json(pairs: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("First Name", "Email"), *pairs])
    lines = "\n".join(json.dumps({"First Name": one, "Email": other}) for one, other in pairs)
    assert rows_of(read_delimited(out.getvalue())) == rows_of(read_json(lines))


CANARY = "Xaverine Quillfeather"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", f"%PDF-1.7 {CANARY}".encode()),
        ("a.csv", b"\x1f\x8b" + CANARY.encode()),
        ("a.csv", b"PK\x03\x04" + CANARY.encode()),
        ("a.xlsx", b"PK\x03\x04 xl/ " + CANARY.encode()),
        ("a.parquet", b"PAR1" + CANARY.encode() + b"PAR1"),
        ("a.html", f"<html>{CANARY}</html>".encode()),
        ("a.sql", f"-- {CANARY}\nSELECT '{CANARY}';\n".encode()),
        ("a.csv", b"\xff\xfe" + CANARY.encode("utf-16-le") + b"\x00"),
        ("a.csv", b"Name\n" + CANARY.encode() + b"\x00\x01\x02\x03"),
        ("a.csv", b"SQLite format 3\x00" + CANARY.encode()),
        ("a.csv", b"Name,Email\n"),
        ("a.jsonl", b"[]"),
        ("a.csv", b"\xef\xbb\xbf \r\n"),
    ],
)
def test_a_refused_file_is_named_with_what_to_do_and_nothing_of_it_is_shown(
    write: Write, name: str, data: bytes
) -> None:
    with pytest.raises(Refusal) as refused:
        read(write(name, data))
    told = refused.value.what + refused.value.do
    assert "Xaverine" not in told
    assert "Quill" not in told
    assert name in refused.value.what
    assert refused.value.do


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_names_are_the_same_in_each_encoding(write: Write, encoding: str) -> None:
    body = "".join(f"Jürgen Größe{n},j{n}@example.com,Köln\n" for n in range(9))
    document = read(write("k.csv", HEAD + body, encoding))
    (sheet,) = document.sheets
    assert rows_of(sheet)[0] == ["Jürgen Größe0", "j0@example.com", "Köln"]
    assert document.rows_in == 9
    assert sheet.columns == ["Name", "Email", "City"]


def test_a_parquet_file_keeps_text_with_leading_zeros_and_every_row(write: Write) -> None:
    out = io.BytesIO()
    frame = pl.DataFrame({"Name": ["Ana", None, "Bo"], "ZIP": ["02108", "00901", ""], "n": [1.0, 2.5, None]})
    frame.write_parquet(out)
    (sheet,) = read(write("p.parquet", out.getvalue())).sheets
    assert rows_of(sheet) == [["Ana", "02108", "1"], [None, "00901", "2.5"], ["Bo", None, None]]
    assert numbers(sheet) == [0, 1, 2]
