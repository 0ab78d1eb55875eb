"""ODS spreadsheets and ZIP files: each packed file is a file of its own, and none of them goes missing."""

import hashlib
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from packing_help import locked, ods, zipped
from scoping_help import people_of, rows_of
from sqlmodel import Session, col, select
from workbook import xlsx

from forthwith import scoping
from forthwith.scoping.reading import archive, documents, read
from models import Evidence, Incident, Refusal

Write = Callable[..., Path]
HEAD = "Name,Email\n"
ANA, BO = "Ana Ruiz,ana@example.com\n", "Bo Li,bo@example.com\n"
SHEET: list[list[object]] = [["Name", "Email"], ["Ana Ruiz", "ana@example.com"]]


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as told:
        documents(path)
    assert told.value.do
    return told.value.what


def test_an_ods_spreadsheet_is_read_as_a_workbook_is(write: Write) -> None:
    rows = [["Kunden"], [], ["Name", "Nr", "Geboren"], ["Ana", 7, date(1984, 2, 29)], [None] * 3, ["Bo", 2.5, None]]
    found = read(write("kunden.ods", ods({"One": rows, "Empty": [], "Two": SHEET})))
    assert found.media_type == "application/vnd.oasis.opendocument.spreadsheet"
    assert [sheet.name for sheet in found.sheets] == ["One", "Two"]
    assert rows_of(found.sheets[0]) == [["Ana", "7", "1984-02-29"], ["Bo", "2.5", None]]
    assert [bad.row for bad in found.sheets[0].bad] == [1]
    assert found.sheets[1].frame["\0row"].to_list() == [3]


def test_an_ods_spreadsheet_is_known_by_what_is_in_it_and_not_by_its_name(write: Write) -> None:
    assert rows_of(read(write("kunden.csv", ods({"S": SHEET}))).sheets[0]) == [["Ana Ruiz", "ana@example.com"]]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (ods({"S": SHEET}, manifest="<m><encryption-data/></m>"), "a.ods is protected by a password."),
        (locked(ods({"S": SHEET})), "a.ods is protected by a password."),
        (ods({"S": SHEET})[:-30], "a.ods is not a readable ZIP file."),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "a.ods is not a readable workbook."),
        (ods({"S": []}), "a.ods has only empty sheets."),
        (ods({"S": [["Name", "Email"]]}), "a.ods holds a header and no row."),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "a.ods is a text document"),
        (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), "a.ods is a text document"),
    ],
)
def test_an_ods_spreadsheet_that_can_not_be_used_is_refused(write: Write, data: bytes, says: str) -> None:
    assert says in refused(write("a.ods", data))


def test_each_file_of_an_archive_is_read_as_a_file_of_its_own(write: Write) -> None:
    inner = zipped({"deep.zip": zipped({"c.csv": HEAD + BO}), "b.ods": ods({"S": SHEET})})
    packed = write(
        "evidence.zip", zipped({"kunden/a.csv": HEAD + ANA, "inner.zip": inner, "x.xlsx": xlsx({"S": SHEET})})
    )
    found = documents(packed)
    assert [document.name for document in found] == [
        "evidence.zip/kunden/a.csv", "evidence.zip/inner.zip/deep.zip/c.csv", "evidence.zip/inner.zip/b.ods",
        "evidence.zip/x.xlsx",
    ]  # fmt: skip
    assert found[0].sha256 == hashlib.sha256((HEAD + ANA).encode()).hexdigest()
    assert [document.rows_in for document in found] == [1, 1, 1, 1]


def test_a_file_that_is_no_archive_is_one_document(write: Write) -> None:
    (one,) = documents(write("a.csv", HEAD + ANA))
    assert (one.name, one.inside) == ("a.csv", "")


def test_an_archive_is_loaded_file_by_file_and_every_row_of_each_adds_up(
    session: Session, incident: Incident, write: Write
) -> None:
    path = write("evidence.zip", zipped({"a.csv": HEAD + ANA + "torn\n", "b.jsonl": '{"name": "Bo Li"}\n7\n8\n'}))
    report = scoping.load(session, incident, [path], actor="ana")
    rows = session.exec(select(Evidence).where(Evidence.incident_id == incident.id).order_by(col(Evidence.name))).all()
    assert [(r.name, r.rows_in, r.rows_loaded, r.rows_quarantined) for r in rows] == [
        ("evidence.zip/a.csv", 2, 1, 1), ("evidence.zip/b.jsonl", 3, 1, 2),
    ]  # fmt: skip
    assert (report.rows_in, report.people) == (5, 2)
    assert sorted(record.name for _, record in people_of(session, incident)) == ["Ana Ruiz", "Bo Li"]
    again = scoping.load(session, incident, [path], actor="ana")
    assert [file.already_loaded for file in again.files] == [True, True]


def test_a_packed_file_that_was_loaded_unpacked_before_changes_nothing(
    session: Session, incident: Incident, write: Write
) -> None:
    scoping.load(session, incident, [write("a.csv", HEAD + ANA)], actor="ana")
    report = scoping.load(session, incident, [write("e.zip", zipped({"x.csv": HEAD + ANA}))], actor="ana")
    assert report.people == 1
    assert report.files[0].already_loaded


def test_the_preview_of_an_archive_shows_the_columns_of_every_file(session: Session, write: Write) -> None:
    path = write("e.zip", zipped({"a.csv": HEAD + ANA, "b.csv": "Nachname;Ort\nLi;Ulm\n"}))
    seen = scoping.preview(session, path)
    assert (seen.name, seen.rows_in, seen.sha256) == ("e.zip", 2, hashlib.sha256(path.read_bytes()).hexdigest())
    assert [(line["sheet"], line["column"]) for line in seen.columns] == [
        ("a.csv", "Name"), ("a.csv", "Email"), ("b.csv", "Nachname"), ("b.csv", "Ort"),
    ]  # fmt: skip
    assert scoping.confirm(session, seen, by="ana") == 2
    assert scoping.preview(session, path).confirmed


def test_what_desktops_leave_in_archives_is_passed_and_folders_are_no_files(write: Write) -> None:
    files = {"k/": "", "k/a.csv": HEAD + ANA, "__MACOSX/k/._a.csv": b"\0\5\x16\7 icon", "k/.DS_Store": b"\0\0\0\1Bud1"}
    assert [document.name for document in documents(write("e.zip", zipped(files)))] == ["e.zip/k/a.csv"]


def test_a_file_that_only_looks_like_a_desktop_s_is_read(write: Write) -> None:
    files = {"__MACOSX/a.csv": HEAD + ANA, "._b.csv": HEAD + BO}
    assert len(documents(write("e.zip", zipped(files)))) == 2


def test_an_archive_with_a_file_that_can_not_be_read_is_refused_with_its_name(
    session: Session, incident: Incident, write: Write
) -> None:
    path = write("e.zip", zipped({"a.csv": HEAD + ANA, "scans/face.png": b"\x89PNG\r\n\x1a\n"}))
    assert refused(path) == "e.zip/scans/face.png is a picture, not a table."
    with pytest.raises(Refusal):
        scoping.load(session, incident, [path], actor="ana")
    assert people_of(session, incident) == []


def test_all_files_that_can_not_be_read_are_named_in_one_line(write: Write) -> None:
    files = {"a.csv": HEAD + ANA, "b.pdf": b"%PDF-1.7", "c.csv": "", "in.zip": zipped({"d.gif": b"GIF89a"})}
    assert refused(write("e.zip", zipped(files))) == (
        "e.zip holds 3 files that can't be used: b.pdf is a PDF, not a table; c.csv is empty; "
        "in.zip/d.gif is a picture, not a table."
    )


def test_of_very_many_that_can_not_be_read_the_first_are_named_and_the_others_counted(write: Write) -> None:
    told = refused(write("e.zip", zipped({f"{n}.pdf": b"%PDF" for n in range(50)})))
    assert "holds 50 files" in told
    assert told.endswith("7.pdf is a PDF, not a table; and 42 more.")


def test_names_that_climb_out_of_folders_write_nothing_and_are_shown_without_control_characters(
    write: Write, tmp_path: Path
) -> None:
    files = {"../../up.csv": HEAD + ANA, "/etc/abs.csv": HEAD + BO, "a\x1b[2Jb.csv": HEAD + ANA + BO}
    path = write("e.zip", zipped(files))
    assert [document.name for document in documents(path)] == [
        "e.zip/../../up.csv",
        "e.zip//etc/abs.csv",
        "e.zip/a?[2Jb.csv",
    ]
    assert list(tmp_path.iterdir()) == [path]


def nested(depth: int) -> bytes:
    data = zipped({"a.csv": HEAD + ANA})
    for _ in range(depth):
        data = zipped({"z.zip": data})
    return data


def test_archives_in_archives_are_opened_twice_and_no_deeper(write: Write) -> None:
    assert len(documents(write("e.zip", nested(2)))) == 1
    assert refused(write("f.zip", nested(3))) == "f.zip/z.zip/z.zip/z.zip is packed too deep."


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (locked(zipped({"a.csv": HEAD + ANA})), "e.zip is protected by a password."),
        (zipped({"in.zip": locked(zipped({"a.csv": HEAD + ANA}))}), "e.zip/in.zip is protected by a password."),
        (zipped({"a.csv": HEAD + ANA})[:-40], "e.zip is not a readable ZIP file."),
        (
            zipped({"a.csv": HEAD + ANA}, zipfile.ZIP_STORED).replace(b"Ana", b"Eve"),
            "e.zip is not a readable ZIP file.",
        ),
        (b"PK\x03\x04" + b"x" * 99, "e.zip is not a readable ZIP file."),
        (zipped({}), "e.zip holds no file."),
        (zipped({"k/": ""}), "e.zip holds no file."),
        (zipped({".DS_Store": b"x"}), "e.zip holds no file."),
        (zipped({"a.csv": HEAD + ANA}, zipfile.ZIP_LZMA), "e.zip is packed in an unusual way."),
        (zipped({"a.csv": b"a,b\n" + b"0" * 30_000_000}), "e.zip unpacks to more than 200 times its size"),
        (zipped({str(n): "x" for n in range(10_001)}), "e.zip holds more than 10,000 files."),
    ],
    ids=["locked", "locked within", "cut", "changed", "junk", "none", "folder", "noise", "lzma", "bomb", "many"],
)
def test_an_archive_that_can_not_be_used_is_refused_in_one_clear_line(write: Write, data: bytes, says: str) -> None:
    assert says in refused(write("e.zip", data))


def test_a_workbook_that_is_a_bomb_is_refused_before_it_is_opened(write: Write) -> None:
    bomb = zipped({"[Content_Types].xml": "", "xl/workbook.xml": b" " * 30_000_000})
    assert "more than 200 times its size" in refused(write("a.xlsx", bomb))


def test_the_files_of_several_archives_in_one_share_one_limit() -> None:
    one, budget = zipped({"a.csv": HEAD + ANA * 1_000}), archive.Budget(left=60_000)
    for name in ("1.zip", "2.zip"):
        assert len(list(archive.members(one, name, budget))) == 1
    with pytest.raises(Refusal, match=r"3\.zip unpacks to more than 2 GB"):
        list(archive.members(one, "3.zip", budget))
