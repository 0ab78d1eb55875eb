"""Loose files are searched whole: each has a disposition, known people are found, nobody is named in the open."""

import io
import json
import logging
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from loose_corpus import PEOPLE, Doc, compact, corpus
from loose_kinds import docx_file, eml_file, pdf_file, pdf_form, saved, xlsx_file
from sqlalchemy import text
from sqlmodel import Session, select
from test_people_commands import Run, refused, run
from workbook import xlsx

from forthwith import scoping
from forthwith.scoping.loose import FileFound
from forthwith.scoping.loose.text import opened
from forthwith.scoping.loose.walking import Raw
from models import Entry, Evidence, Incident, Person, Refusal

__all__ = ["run"]  # the fixture
Write = Callable[..., Path]
HEAD = "Vorname;Nachname;E-Mail;Telefon;Kundennummer;Land"
LIST = "\n".join([HEAD, *(";".join([*person, "DE"]) for person in PEOPLE)])
SECRETS = (
    "Quillfeather",
    "xq.feather@example.com",
    "DE89370400440532013000",
    "0171 3920077",
    "4111 1111 1111 1111",
    "05.06.1987",
)
LETTER = (
    "Xaverine Quillfeather, xq.feather@example.com, Tel. 0171 3920077, geboren am 05.06.1987, "
    "IBAN DE89370400440532013000, Karte 4111 1111 1111 1111"
)


@pytest.fixture
def known(session: Session, incident: Incident, write: Write) -> dict[int, int]:
    """Load the people whom the files name; return their place in PEOPLE by number."""
    scoping.load(session, incident, [write("list.csv", LIST)], actor="ana")
    numbers = session.exec(select(Person.number).order_by(Person.number)).all()
    assert len(numbers) == len(PEOPLE)
    return dict(zip(numbers, range(len(PEOPLE)), strict=True))


def searched(session: Session, incident: Incident, *paths: Path) -> list[FileFound]:
    return scoping.search(session, incident, paths, actor="ana").files


def one(session: Session, incident: Incident, path: Path) -> FileFound:
    (file,) = searched(session, incident, path)
    return file


def test_known_people_are_found_exactly(
    session: Session, incident: Incident, known: dict[int, int], tmp_path: Path
) -> None:
    docs: dict[str, Doc] = {doc.name: doc for doc in corpus()}
    folder = tmp_path / "share"
    folder.mkdir()
    for doc in docs.values():
        (folder / doc.name).write_bytes(doc.data)
    files = searched(session, incident, folder)
    assert len(files) == len(docs) >= 150
    named = 0
    for file in files:
        doc = docs[file.name.removeprefix("share/")]
        assert {known[number] for number in file.people} == doc.people, file.name
        named += len(doc.people)
    assert named >= 50


def test_what_stands_beside_a_known_person_is_theirs_and_the_rest_is_to_be_looked_at(
    session: Session, incident: Incident, known: dict[int, int], write: Write
) -> None:
    path = write(
        "note.txt",
        "Frau Anna Mueller zahlt mit Karte 4111 1111 1111 1111\ngeboren am 05.06.1987\n\n"
        "IBAN DE89 3704 0044 0532 0130 00\n\nJosé García Ortiz schrieb an fremd@example.net\n",
    )
    file = one(session, incident, path)
    assert file.people == {1: ["card_number_alone", "dob", "name"], 2: ["name"]}
    assert file.unmatched == {"bank_account_number": 1, "contact": 1}
    assert [(hit.place, hit.kind, hit.masked, hit.people) for hit in file.hits] == [
        ("line 1", "card", "4…1", (1,)),
        ("line 2", "birth_date", "0…7", (1,)),
        ("line 4", "iban", "D…0", ()),
        ("line 6", "email", "f…t", ()),
    ]


def test_two_people_in_one_line_both_get_what_stands_there(
    session: Session, incident: Incident, known: dict[int, int], write: Write
) -> None:
    file = one(session, incident, write("a.log", "Giulia Rossi, Jan de Vries: DOB 1980-03-14\nDOB 1981-03-14\n"))
    assert file.people == {5: ["dob", "name"], 6: ["dob", "name"]}
    assert file.unmatched == {"dob": 1}


@pytest.mark.parametrize("spelling", ["+49 171 2345678", "0171/2345678", "0049 (0)171 234 56 78", "(0171) 2345-678"])
def test_a_known_telephone_is_found_however_it_is_written(
    session: Session, incident: Incident, known: dict[int, int], write: Write, spelling: str
) -> None:
    assert list(one(session, incident, write("a.txt", f"ruf {spelling} an")).people) == [1]


def test_a_row_is_told_by_sheet_and_row_and_its_heads(
    session: Session, incident: Incident, known: dict[int, int], write: Write
) -> None:
    rows = [["Name", "Geburtsdatum", "Kartennummer"], ["Giulia Rossi", "14.03.1980", "5555555555554444"]]
    file = one(session, incident, write("b.xlsx", xlsx({"Gäste": rows})))
    assert [(hit.place, hit.kind, hit.people) for hit in file.hits] == [
        ("sheet Gäste, row 2", "birth_date", (5,)),
        ("sheet Gäste, row 2", "card", (5,)),
    ]


def texts(name: str, data: bytes) -> list[str]:
    """Return a file's lines."""
    return [line.text for file in opened(Raw(name, data)) for line in file.lines]


def test_what_was_filled_into_a_form_is_read() -> None:
    assert texts("form.pdf", pdf_form("write to x@example.net")) == ["write to x@example.net"]


def test_a_web_page_is_read_as_its_reader_sees_it_and_with_the_addresses_behind_its_links() -> None:
    page = (
        "<style>b@c.de</style><table><tr><th>Name</th><th>DOB</th></tr><tr><td>Ann</td><td>1980-03-14</td></tr></table>"
        "<p>Write <a href='mailto:x@example.net?subject=a'>us</a></p><input value='y@example.net'>"
    )
    seen = ["Name | DOB", "Name: Ann | DOB: 1980-03-14", "Write mailto:x@example.net us", "y@example.net"]
    assert texts("a.html", page.encode()) == seen


def test_the_cells_of_a_table_in_a_letter_stand_after_their_heads() -> None:
    def cells(*words: str) -> str:
        return "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{word}</w:t></w:r></w:p></w:tc>" for word in words) + "</w:tr>"

    table = f"<w:tbl>{cells('Name', 'Geburtsdatum')}{cells('Ann', '14.03.1980')}</w:tbl>"
    document = f'<w:document xmlns:w="urn:w"><w:body>{table}</w:body></w:document>'
    packed = zipped(**{"word/document_xml": document.encode(), "word/media/a_png": b"x"})
    (file,) = opened(Raw("a.docx", packed))
    assert [line.text for line in file.lines] == ["Name | Geburtsdatum", "Name: Ann | Geburtsdatum: 14.03.1980"]
    assert file.unread == 1


def test_a_label_in_the_line_above_tells_what_a_number_is(session: Session, incident: Incident, write: Write) -> None:
    assert one(session, incident, write("a.txt", "Geburtsdatum:\n14.03.1980\n")).kinds == {"birth_date": 1}
    assert one(session, incident, write("b.txt", "Lieferung am\n14.03.1980\n")).kinds == {}


def image_only() -> bytes:
    made = pikepdf.new()
    page = made.add_blank_page()
    picture = made.make_stream(b"\x00" * 12)
    picture.update(
        pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=2,
            Height=2,
            ColorSpace=pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
        )
    )
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=picture))
    page.Contents = made.make_stream(b"q 200 0 0 200 0 0 cm /P Do Q")
    return saved(made)


def locked_pdf() -> bytes:
    with pikepdf.open(io.BytesIO(pdf_file(["secret"]))) as made:
        return saved(made, encryption=pikepdf.Encryption(owner="a", user="b"))


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in files.items():
            packed.writestr(name.replace("_", "."), data)
    return out.getvalue()


def locked_zip() -> bytes:
    """Return an archive whose member says that it needs a password."""
    data = bytearray(zipped(a_txt=b"secret"))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("scan.pdf", image_only(), ["image_only"]),
        ("locked.pdf", locked_pdf(), ["encrypted"]),
        ("torn.pdf", b"%PDF-1.4 nothing more", ["failed"]),
        ("blank.pdf", saved(pikepdf.new()), ["failed"]),
        ("locked.zip", locked_zip(), ["parsed", "encrypted"]),
        ("torn.zip", zipped(a_txt=b"x" * 999)[:300], ["failed"]),
        ("broken.docx", zipped(a_txt=b"x"), ["failed"]),
        ("torn.docx", docx_file(["x" * 999])[:-90], ["failed"]),
        ("torn.xlsx", xlsx_file(["x" * 999])[:-90], ["failed"]),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), ["encrypted"]),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 words", ["other"]),
        ("bomb.docx", zipped(**{"word/document_xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}), ["failed"]),
        ("empty.txt", b" \n\n", ["empty"]),
        ("face.jpg", b"\xff\xd8\xff\xe0 ...", ["image_only"]),
        ("tool.exe", b"MZ\x90\x00\x03", ["other"]),
        ("noise.bin", bytes(range(256)), ["other"]),
        ("two.zip", zipped(a_txt=b"hello", b_eml=eml_file(["hi"], (("c.docx", docx_file(["ho"])),))), ["parsed"] * 4),
        ("box.mbox", b"From a\n" + eml_file(["one"]) + b"\nFrom b\n" + eml_file(["two"]), ["parsed"] * 3),
    ],
)
def test_every_file_ends_with_a_disposition(name: str, data: bytes, expected: list[str]) -> None:
    assert [file.disposition for file in opened(Raw(name, data))] == expected


def test_what_is_packed_too_often_is_told_and_not_opened() -> None:
    data = b"hello"
    for _ in range(6):
        data = zipped(a_zip=data)
    assert [file.disposition for file in opened(Raw("a.zip", data))] == ["parsed"] * 5 + ["failed"]


def test_a_folder_is_walked_and_a_link_or_a_pipe_is_told_but_not_opened(
    session: Session, incident: Incident, write: Write, tmp_path: Path
) -> None:
    folder = tmp_path / "share"
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "deep" / "deeper" / "a\x1b[2J.txt").write_text("x@example.net")
    (folder / "link").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    found = {file.name: (file.disposition, file.kinds) for file in searched(session, incident, folder)}
    assert found == {
        "share/deep/deeper/a?[2J.txt": ("parsed", {"email": 1}),
        "share/link": ("other", {}),
        "share/pipe": ("other", {}),
    }


def test_a_missing_path_is_refused(session: Session, incident: Incident, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"no file or folder none\.txt"):
        searched(session, incident, tmp_path / "none.txt")


def test_a_search_writes_one_entry_with_counts_and_nothing_else(
    session: Session, incident: Incident, write: Write
) -> None:
    path = write("list.csv", LIST)
    searched(session, incident, path)
    assert session.exec(select(Person)).all() == []
    assert session.exec(select(Evidence)).all() == []
    (entry,) = session.exec(select(Entry)).all()
    assert (entry.verb, entry.data["files"], entry.data["kinds"]["email"]) == ("searched", 1, len(PEOPLE))
    assert scoping.load(session, incident, [path], actor="ana").people == len(PEOPLE)


def test_nothing_personal_is_printed_logged_or_kept(
    session: Session,
    incident: Incident,
    write: Write,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    scoping.load(
        session, incident, [write("l.csv", f"{HEAD}\nXaverine;{SECRETS[0]};{SECRETS[1]};;KD-1;DE")], actor="ana"
    )
    build = {
        "a.txt": LETTER.encode(),
        "b.docx": docx_file([LETTER]),
        "c.pdf": pdf_file([LETTER]),
        "d.eml": eml_file([LETTER]),
        "e.docx": docx_file([LETTER])[:-60],
        "f.pdf": pdf_file([LETTER])[:-400],
        "g.csv": b'"' + LETTER.encode(),
        "h.xlsx": xlsx_file([LETTER]),
        "i.html": f"<p>{LETTER}<table><tr><td>{LETTER}".encode(),
    }
    paths = [write(name, data) for name, data in build.items()]
    report = scoping.search(session, incident, paths, actor="ana")
    assert report.people == {1: ["bank_account_number", "card_number_alone", "contact", "dob", "name"]}
    files = [file for path in paths for file in opened(Raw(path.name, path.read_bytes()))]
    entries = [row for (row,) in session.execute(text("select entry::text from entry"))]
    shown = [*entries, caplog.text, *capsys.readouterr(), repr(report), json.dumps(report.as_dict()), repr(files)]
    for secret in SECRETS:
        assert not [part for part in shown if secret in part or compact(secret) in compact(part)]


def test_the_command_shows_a_table_and_answers_in_json(
    run: Run, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    run("load", "2026-001", write("list.csv", LIST), "--yes")
    path = write("note.txt", f"Jan de Vries, DOB 1980-03-14\n\n{LETTER}")
    told = run("search", "2026-001", path, write("scan.pdf", image_only()))
    assert "image_only (1 not read)" in told
    assert "Known people: 1 of 6" in told
    assert not [secret for secret in SECRETS if secret in told]
    data = json.loads(run("search", "2026-001", path, "--json"))
    assert data["totals"]["dispositions"] == {"parsed": 1}
    assert data["people"] == [{"number": 6, "elements": ["dob", "name"]}]
    assert data["files"][0]["hits"][0]["masked"] == "1…4"
    assert "No file was named" in refused(capsys, "search", "2026-001")
