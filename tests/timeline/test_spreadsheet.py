"""CSV that is handed out runs nothing in a spreadsheet and loses nothing."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from forthwith.timeline import record
from forthwith.timeline.export import COLUMNS, to_csv
from forthwith.timeline.spreadsheet import csv_bytes, safe
from models import Incident

DANGEROUS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "|calc",
    "%0A=1",
    "＝1",
    "\u00a0=1",
    "\ufeff=1",
]


@pytest.mark.parametrize("cell", DANGEROUS)
def test_what_a_spreadsheet_would_run_becomes_text(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a", "1", "2026-11-18", "'=1", "a=b", "ü", '{"a":1}'])
def test_everything_else_stays_as_it_is(cell: str) -> None:
    assert safe(cell) == cell


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2, max_size=2)
    )
)
def test_no_row_and_no_character_gets_lost(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(csv_bytes(("a", "b"), rows).decode(), newline=""), strict=True))
    assert read == [["a", "b"], *[[safe(cell) for cell in row] for row in rows]]


@given(st.text())
def test_no_cell_begins_like_a_formula(cell: str) -> None:
    assert safe(cell)[:1] not in ("=", "+", "-", "@")


def test_a_timeline_with_a_formula_in_its_words_is_harmless(session: Session, incident: Incident) -> None:
    record(session, incident.id, actor="=cmd|' /C calc'!A0", verb="stepped", text='=HYPERLINK("http://x","y")')
    rows = list(csv.DictReader(io.StringIO(to_csv(session, incident).decode(), newline="")))
    assert rows[0]["actor"].startswith("'=")
    assert rows[0]["text"] == '\'=HYPERLINK("http://x","y")'
    assert tuple(rows[0]) == COLUMNS
