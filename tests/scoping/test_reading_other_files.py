"""Workbooks, JSON Lines, Parquet and SQL dumps."""

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from scoping_help import rows_of
from workbook import xlsx

from forthwith.scoping.reading import Document, read
from forthwith.scoping.reading.flattening import flatten
from forthwith.scoping.reading.records import read_json
from forthwith.scoping.reading.sql_dump import read_sql
from models import Refusal

Write = Callable[..., Path]


@pytest.fixture
def book(write: Write) -> Callable[[dict[str, list[list[object]]]], Document]:
    return lambda sheets: read(write("book.xlsx", xlsx(sheets)))


def test_a_workbook_with_titles_above_its_header_is_read(book: Callable[..., Document]) -> None:
    found = book({"Kunden": [["Bericht"], ["November 2026"], [], ["Name", "E-Mail"], ["Ana", "ana@example.com"]]})
    assert found.sheets[0].columns == ["Name", "E-Mail"]
    assert rows_of(found.sheets[0]) == [["Ana", "ana@example.com"]]


def test_rows_are_numbered_through_all_sheets_of_a_workbook(book: Callable[..., Document]) -> None:
    sheet = [["Name", "Email"], ["Ana", "a@example.com"], ["Bo", "b@example.com"]]
    found = book({"One": sheet, "Empty": [], "Two": sheet})
    assert [s.name for s in found.sheets] == ["One", "Two"]
    assert [s.frame["\0row"].to_list() for s in found.sheets] == [[0, 1], [2, 3]]
    assert found.rows_in == 4


def test_real_dates_and_numbers_of_a_workbook_become_plain_text(book: Callable[..., Document]) -> None:
    found = book({"S": [["Name", "Date of birth"], ["Ana", date(1984, 2, 29)], ["Bo", date(2001, 1, 1)]]})
    assert rows_of(found.sheets[0]) == [["Ana", "1984-02-29"], ["Bo", "2001-01-01"]]


def test_an_empty_row_in_the_middle_is_set_aside_and_those_at_the_end_are_not_rows(
    book: Callable[..., Document],
) -> None:
    found = book({"S": [["Name", "Email"], ["Ana", "a@example.com"], [None, None], ["Bo", "b@example.com"], [], []]})
    assert [(bad.row, bad.reason) for bad in found.sheets[0].bad] == [(1, "the row is empty")]
    assert found.rows_in == 3


def test_json_lines_are_flattened_to_dotted_columns() -> None:
    line = {
        "id": 7,
        "who": {"name": {"first": "Ana"}, "emails": ["a@example.com", "b@example.com"]},
        "vip": True,
        "gone": None,
    }
    sheet = read_json(json.dumps(line) + "\n")
    assert dict(zip(sheet.columns, rows_of(sheet)[0], strict=True)) == {
        "id": "7",
        "who.name.first": "Ana",
        "who.emails": "a@example.com; b@example.com",
        "vip": "yes",
    }


def test_records_with_differing_keys_share_one_table() -> None:
    sheet = read_json('{"name": "Ana"}\n\n{"email": "b@example.com"}\n')
    assert sheet.columns == ["name", "email"]
    assert rows_of(sheet) == [["Ana", None], [None, "b@example.com"]]


def test_lines_that_are_no_objects_are_set_aside() -> None:
    sheet = read_json('{"name": "Ana"}\n{"name": "B\n[1]\n"text"\n{"name": "Cy"}\n')
    assert [bad.row for bad in sheet.bad] == [1, 2, 3]
    assert sheet.frame["\0row"].to_list() == [0, 4]


@pytest.mark.parametrize("text", ['[{"name": "Ana"}, {"name": "Bo"}]', '{"users": [{"name": "Ana"}, {"name": "Bo"}]}'])
def test_a_json_array_is_read_too(text: str) -> None:
    assert rows_of(read_json(text)) == [["Ana"], ["Bo"]]


def test_of_a_list_of_records_the_first_counts_and_the_others_are_kept() -> None:
    found = dict(flatten({"a": [{"x": 1}, {"x": 2}], "n": 3.0, "f": 2.5}))
    assert found == {"a.x": "1", "a.more": '[{"x":2}]', "n": "3", "f": "2.5"}


def test_parquet_is_read_as_text_with_nested_columns_flattened(write: Write) -> None:
    frame = pl.DataFrame(
        {
            "name": ["Ana"],
            "contact": [{"email": "a@example.com", "phones": ["1", "2"]}],
            "born": [date(1984, 2, 29)],
            "seen": [datetime(2026, 1, 2, 3, 4, tzinfo=UTC)],
            "vip": [True],
            "score": [3.0],
            "n": [7],
        }
    )
    out = io.BytesIO()
    frame.write_parquet(out)
    sheet = read(write("people.parquet", out.getvalue())).sheets[0]
    found = dict(zip(sheet.columns, rows_of(sheet)[0], strict=True))
    assert found["contact.email"] == "a@example.com"
    assert found["contact.phones"] == "1; 2"
    assert (found["born"], found["vip"], found["score"], found["n"]) == ("1984-02-29", "yes", "3", "7")


MYSQL = r"""-- MySQL dump
CREATE TABLE `customers` (
  `id` int NOT NULL,
  `name` varchar(99) DEFAULT NULL,
  `email` varchar(99),
  PRIMARY KEY (`id`),
  KEY `by_email` (`email`)
) ENGINE=InnoDB;
INSERT INTO `customers` VALUES (1,'Ana O\'Brien, Dr.','ana@example.com'),(2,'Bo (the ''second'')',NULL);
INSERT INTO customers VALUES (3,'Cy\nLi','c@example.com');
INSERT INTO `log` (`line`) VALUES ('x'),('y');
"""
POSTGRES = r"""COPY public.customers (id, name, email) FROM stdin;
1	Ana \\ Ruiz	ana@example.com
2	Bo	\N
\.

COPY public.empty (id) FROM stdin;
\.
INSERT INTO public.notes (id, body) VALUES (1, E'it''s'::text), (2, NULL);
"""


def test_a_mysql_dump_is_read_with_the_columns_of_its_create_table() -> None:
    customers, log = read_sql(MYSQL)
    assert customers.columns == ["id", "name", "email"]
    assert rows_of(customers) == [
        ["1", "Ana O'Brien, Dr.", "ana@example.com"],
        ["2", "Bo (the 'second')", None],
        ["3", "Cy\nLi", "c@example.com"],
    ]
    assert log.frame["\0row"].to_list() == [3, 4]


def test_a_postgresql_dump_is_read_from_copy_and_insert() -> None:
    customers, notes = read_sql(POSTGRES)
    assert rows_of(customers) == [["1", "Ana \\ Ruiz", "ana@example.com"], ["2", "Bo", None]]
    assert rows_of(notes) == [["1", "it's"], ["2", None]]


def test_a_torn_row_of_a_dump_is_set_aside_and_the_next_statement_is_read() -> None:
    (sheet,) = read_sql(
        "INSERT INTO c (name, email) VALUES ('Ana','a@example.com'),('Bo\n"
        "INSERT INTO c (name, email) VALUES ('Cy','c@example.com');\n"
    )
    assert [bad.reason for bad in sheet.bad] == ["the row of the dump is torn"]
    assert ["Ana", "a@example.com"] in rows_of(sheet)


def test_a_row_with_another_number_of_values_is_set_aside() -> None:
    (sheet,) = read_sql("INSERT INTO c (name, email) VALUES ('Ana','a@example.com'),('Bo');\n")
    assert [bad.reason for bad in sheet.bad] == ["another number of values than columns"]


def refusals() -> list[tuple[str, bytes, str]]:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 200 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 200
    whole = xlsx({"S": [["Name"], ["Ana"]]})
    return [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\xef\xbb\xbf \r\n\r\n", "empty"),
        ("head.csv", b"Name,Email\n", "no row"),
        ("locked.xlsx", locked, "password"),
        ("cut.xlsx", whole[: len(whole) // 2], "not a readable workbook"),
        ("sheets.xlsx", xlsx({"S": [], "T": []}), "empty sheets"),
        ("head.xlsx", xlsx({"S": [["Name", "Email"]]}), "no row"),
        ("cut.parquet", b"PAR1\x00\x00broken", "not a readable Parquet"),
        ("a.pdf", b"%PDF-1.7 ...", "a PDF"),
        ("a.zip", b"PK\x03\x04 zipped", "packed"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00", "packed"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "picture"),
        ("a.html", b"<html><body>no</body></html>", "web page"),
        ("a.sql", b"-- dump\nCREATE TABLE t (\n id int\n);\n", "no rows"),
        ("a.bin", b"\x00\x01\x02" * 99, "not a text file"),
        ("a.db", b"SQLite format 3\x00", "SQLite"),
    ]


@pytest.mark.parametrize(("name", "data", "says"), refusals(), ids=[name for name, _, _ in refusals()])
def test_a_file_that_can_not_be_used_is_refused_in_one_clear_line(
    write: Write, name: str, data: bytes, says: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read(write(name, data))
    assert says in refused.value.what
    assert name in refused.value.what
    assert refused.value.do


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path):
        with pytest.raises(Refusal):
            read(path)


def test_the_hash_is_of_the_file_as_it_was_handed_in(write: Write) -> None:
    import hashlib

    data = "Name;Ort\r\nJürgen;Köln\r\n".encode("cp1252")
    found = read(write("kunden.csv", data))
    assert (found.sha256, found.size, found.encoding) == (hashlib.sha256(data).hexdigest(), len(data), "cp1252")


def test_what_a_file_is_shows_in_its_bytes_and_not_in_its_name(write: Write) -> None:
    found = read(write("people.csv", xlsx({"S": [["Name", "Email"], ["Ana", "a@example.com"]]})))
    assert "spreadsheetml" in found.media_type
    assert read(write("people.txt", '{"name": "Ana"}\n')).media_type == "application/jsonl"
