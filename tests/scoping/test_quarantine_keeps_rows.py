"""Rows that become nobody are kept, sealed and counted: row by row, a load adds up, whatever is in the file."""

import io
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from scoping_help import people_of
from sqlalchemy import text
from sqlmodel import Session, col, select

from forthwith import keys, scoping
from forthwith.scoping.cleaning import clean
from forthwith.scoping.mapping import propose
from forthwith.scoping.reading import BadRow
from forthwith.scoping.reading.delimited import read_delimited
from models import Entry, Evidence, Incident, PersonSource, Quarantine, Refusal

Write = Callable[..., Path]
HEAD = "Name,Email,Phone,City,Country\n"
ANA, BO = "Ana Ruiz,ana@example.com,,Leeds,GB\n", "Bo Li,bo@example.com,,York,GB\n"
EMPTY, NOBODY = "the row is empty", "nothing in the row points at a person"
FEWER, MORE = "fewer fields than the header has", "more fields than the header has"
TOTAL, REPEATED, TORN = "the row is a total", "the row repeats the header", "a quote in this row is never closed"
BROKEN = "characters of the row can't be decoded"


def held(session: Session, incident: Incident) -> list[tuple[int, str, str]]:
    """Return the rows in quarantine, opened."""
    key = keys.unwrap(incident.id, incident.wrapped_key)
    rows = session.exec(
        select(Quarantine).where(Quarantine.incident_id == incident.id).order_by(col(Quarantine.row))
    ).all()
    return [(row.row, row.reason, key.open(row.id, row.sealed or b"").decode()) for row in rows]


def bad_of(row: str) -> list[BadRow]:
    sheet = read_delimited(HEAD + ANA + row + "\n" + BO)
    result = clean(sheet, propose(sheet.frame, sheet.columns))
    assert [person.row for person in result.people] == [0, 2]
    return result.bad


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,,,", EMPTY),
        (" , ,\u00a0, ,", EMPTY),
        (",,,Leeds,", NOBODY),
        (",,,,GB", NOBODY),
        ("-,,,Leeds,GB", NOBODY),
        ("n/a,n/a,n/a,Leeds,GB", NOBODY),
        ("unknown,none@example.com,123,Leeds,GB", NOBODY),
        ("????,,,Leeds,GB", NOBODY),
        (",ana@example,,Leeds,GB", NOBODY),
        (",,1111111,Leeds,GB", NOBODY),
        ("12345,,,Leeds,GB", NOBODY),
        ("Xaverine", FEWER),
        ("Xaverine,x@example.com,,Leeds", FEWER),
        ("Xaverine,x@example.com,,Leeds,GB,more", MORE),
        ("Xaverine,x@example.com,,Leeds,GB,,,more", MORE),
        ("Total,12,,,", TOTAL),
        ("Gesamt: 12,,,,", TOTAL),
        ("SUMME,12,3,,", TOTAL),
        ("Name,Email,Phone,City,Country", REPEATED),
        ("name,E-MAIL,,,", REPEATED),
        ("Xaver\ufffdne,x@example.com,,Leeds,GB", BROKEN),
        ('"Xaverine,x@example.com,,Leeds,GB', TORN),
    ],
)
def test_a_row_that_is_nobody_s_is_set_aside_alone_with_the_reason(row: str, reason: str) -> None:
    (bad,) = bad_of(row)
    assert (bad.row, bad.reason) == (1, reason)
    assert "Xaver" not in repr(bad)
    assert ("Xaver" in bad.text) == ("Xaver" in row)


@pytest.mark.parametrize(
    "row",
    [
        "Total Andrea,t@example.com,020 7946 0123,Leeds,GB",
        "Summer Lee,,,,",
        "Countess Ada,,,,",
        "Sumit Rao,,,Leeds,GB",
        "Ruiz,,,,",
        ",only@example.com,,,",
        ",info@example.com,,,",
        ",,+44 20 7946 0123,,",
        ",,020 7946 0123,Leeds,GB",
        "山田 太郎,,,,JP",
        "Љубица,,,,",
        "May,,,Leeds,GB",
        "Ana Ruiz,n/a,n/a,n/a,Atlantis",
        '"Ruiz, Ana",,,,',
        "Name Surname,x@example.com,,,",
    ],
)
def test_a_row_that_points_at_somebody_is_never_set_aside(row: str) -> None:
    sheet = read_delimited(HEAD + ANA + row + "\n")
    result = clean(sheet, propose(sheet.frame, sheet.columns))
    assert result.bad == []
    assert [person.row for person in result.people] == [0, 1]
    assert result.people[1].identifies


def test_the_rows_in_quarantine_can_be_opened_and_hold_all_that_stood_there(
    session: Session, incident: Incident, write: Write
) -> None:
    rows = [ANA, ",,,Xaverstadt,GB\n", "Xaverine,torn\n", BO, "a,b,c,d,e,Xaverine\n", ",,,,\n"]
    report = scoping.load(session, incident, [write("a.csv", HEAD + "".join(rows))], actor="ana")
    assert (report.rows_in, report.rows_quarantined, report.people) == (6, 4, 2)
    assert held(session, incident) == [
        (1, NOBODY, '{"City":"Xaverstadt","Country":"GB"}'),
        (2, FEWER, "Xaverine | torn"),
        (4, MORE, "a | b | c | d | e | Xaverine"),
        (5, EMPTY, "{}"),
    ]


def test_nothing_of_a_row_in_quarantine_stands_in_the_open(session: Session, incident: Incident, write: Write) -> None:
    body = "Xaverine,torn\n,,,Xaverstadt,GB\nXaver\ufffdne,q@example.com,,,\n"
    scoping.load(session, incident, [write("a.csv", HEAD + ANA + body)], actor="ana")
    stored = [row for table in ("quarantine", "entry", "evidence") for (row,) in session.execute(
        text(f"select {table}::text from {table}"))]  # fmt: skip
    sealed = [bytes(row.sealed or b"") for row in session.exec(select(Quarantine))]
    assert len(sealed) == 3
    assert not any("Xaver" in row or b"Xaver".hex() in row for row in stored)
    assert not any(b"Xaver" in row for row in sealed)


def test_two_equal_rows_in_quarantine_are_kept_both_and_are_sealed_apart(
    session: Session, incident: Incident, write: Write
) -> None:
    scoping.load(session, incident, [write("a.csv", HEAD + ANA + "Xaverine,torn\n" * 2)], actor="ana")
    rows = session.exec(select(Quarantine).where(Quarantine.incident_id == incident.id)).all()
    assert sorted(row.row for row in rows) == [1, 2]
    assert len({row.sealed for row in rows}) == 2


def test_a_row_in_quarantine_opens_under_its_own_id_and_under_no_other(
    session: Session, incident: Incident, write: Write
) -> None:
    scoping.load(session, incident, [write("a.csv", HEAD + ANA + "Xaverine,torn\n")], actor="ana")
    row = session.exec(select(Quarantine).where(Quarantine.incident_id == incident.id)).one()
    key = keys.unwrap(incident.id, incident.wrapped_key)
    with pytest.raises(Exception, match=r"^((?!Xaverine).)*$"):
        key.open(uuid.uuid4(), row.sealed or b"")
    assert key.open(row.id, row.sealed or b"").decode() == "Xaverine | torn"


def dump() -> bytes:
    lines = ["INSERT INTO people (name, email) VALUES ('Ana Ruiz', 'ana@example.com');",
             "INSERT INTO people (name, email) VALUES ('Xaverine', 'x@example.com', 'more');",
             "INSERT INTO people (name, email) VALUES (NULL, NULL);",
             "INSERT INTO people (name, email) VALUES ('Bo Li', 'bo@example.com');"]  # fmt: skip
    return "\n".join(lines).encode()


def lines() -> bytes:
    rows = [{"name": "Ana Ruiz", "email": "ana@example.com"}, 7, {"email": None}, {"name": "Bo Li"}]
    return "\n".join(map(json.dumps, rows)).encode()


def workbook() -> bytes:
    from workbook import xlsx

    rows = [["Name", "Email"], ["Ana Ruiz", "ana@example.com"], ["", ""], ["n/a", ""], ["Bo Li", "bo@example.com"]]
    found: bytes = xlsx({"People": rows})
    return found


def parquet() -> bytes:
    import polars as pl

    out = io.BytesIO()
    pl.DataFrame(
        {"Name": ["Ana Ruiz", None, "n/a", "Bo Li"], "Email": ["ana@example.com", None, None, None]}
    ).write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "made"), [("d.sql", dump), ("l.jsonl", lines), ("b.xlsx", workbook), ("p.parquet", parquet)]
)
def test_files_of_every_kind_add_up_row_by_row(
    session: Session, incident: Incident, write: Write, name: str, made: Callable[[], bytes]
) -> None:
    report = scoping.load(session, incident, [write(name, made())], actor="ana")
    assert (report.rows_in, report.rows_quarantined, report.people) == (4, 2, 2)
    assert sorted(record.name for _, record in people_of(session, incident)) == ["Ana Ruiz", "Bo Li"]
    assert sorted(link["row"] for link in scoping.links(session, incident)) == [0, 1, 2, 3]
    assert [row for row, _, _ in held(session, incident)] == [1, 2]


def test_counts_of_a_load_are_the_same_in_report_evidence_timeline_and_tables(
    session: Session, incident: Incident, write: Write
) -> None:
    rows = HEAD + ANA + BO + ANA + "torn\n" + ",,,,\n" + ",,,,GB\n"
    report = scoping.load(session, incident, [write("a.csv", rows)], actor="ana")
    evidence = session.exec(select(Evidence).where(Evidence.incident_id == incident.id)).one()
    entry = session.exec(select(Entry).where(Entry.incident_id == incident.id)).one()
    sources = session.exec(select(PersonSource).where(PersonSource.incident_id == incident.id)).all()
    assert evidence.rows_in == report.rows_in == entry.data["rows_in"] == 6
    assert evidence.rows_quarantined == report.rows_quarantined == len(held(session, incident)) == 3
    assert evidence.rows_loaded == len(sources) == entry.data["rows_loaded"] == 3
    assert entry.data["quarantined"] == {FEWER: 1, EMPTY: 1, NOBODY: 1}
    assert report.people == len(people_of(session, incident)) == 2


def test_a_file_of_rows_that_are_all_nobody_s_is_kept_whole_and_makes_nobody(
    session: Session, incident: Incident, write: Write
) -> None:
    report = scoping.load(session, incident, [write("a.csv", HEAD + ",,,Leeds,GB\n" * 3)], actor="ana")
    assert (report.people, report.rows_in, report.rows_quarantined) == (0, 3, 3)
    assert people_of(session, incident) == []
    assert [row for row, _, _ in held(session, incident)] == [0, 1, 2]


def test_loading_a_file_again_sets_nothing_aside_a_second_time(
    session: Session, incident: Incident, write: Write
) -> None:
    path = write("a.csv", HEAD + ANA + "Xaverine,torn\n")
    scoping.load(session, incident, [path], actor="ana")
    before = held(session, incident)
    scoping.load(session, incident, [path], actor="ana")
    assert held(session, incident) == before == [(1, FEWER, "Xaverine | torn")]


def test_a_corrected_file_brings_the_row_that_was_set_aside_and_doubles_nobody(
    session: Session, incident: Incident, write: Write
) -> None:
    scoping.load(session, incident, [write("a.csv", HEAD + ANA + "Bo Li,bo@example.com\n")], actor="ana")
    report = scoping.load(session, incident, [write("b.csv", HEAD + ANA + BO)], actor="ana")
    assert (report.people, report.people_new) == (2, 1)
    assert [person.number for person, _ in people_of(session, incident)] == [1, 2]
    assert len(held(session, incident)) == 1


def test_one_refused_file_of_three_leaves_neither_people_nor_quarantine(
    session: Session, incident: Incident, write: Write
) -> None:
    paths = [write("a.csv", HEAD + ANA + "torn\n"), write("b.csv", "Xaverine"), write("c.csv", HEAD + BO)]
    with pytest.raises(Refusal) as refused:
        scoping.load(session, incident, paths, actor="ana")
    assert "Xaverine" not in refused.value.what + refused.value.do
    assert people_of(session, incident) == held(session, incident) == []


def test_unusable_cells_are_counted_by_kind_and_their_person_is_kept(
    session: Session, incident: Incident, write: Write
) -> None:
    rows = "Name,Email,Phone,Date of Birth\nAna Ruiz,nope@,12,1900-01-01\nBo Li,bo@example.com,,1984-02-29\n"
    sheet = read_delimited(rows)
    result = clean(sheet, propose(sheet.frame, sheet.columns))
    assert {what: count for what, count in result.dropped.items() if count} == {"email": 1, "phone": 1, "birth_date": 1}
    scoping.load(session, incident, [write("a.csv", rows)], actor="ana")
    people = people_of(session, incident)
    assert [record.name for _, record in people] == ["Ana Ruiz", "Bo Li"]
    assert (people[0][1].emails, people[0][1].phones, people[0][1].birth_date) == ([], [], "")
    assert people[0][0].elements == people[1][0].elements or "contact" in people[0][0].elements
