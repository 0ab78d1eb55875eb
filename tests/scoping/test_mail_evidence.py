"""Mailboxes and mails: each address of each message is a row, and what is no address is set aside."""

import mailbox
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from packing_help import zipped
from scoping_help import people_of, rows_of
from sqlmodel import Session

from forthwith import scoping
from forthwith.scoping.reading import Document, read
from models import Incident

Write = Callable[..., Path]
DATE = "Mon, 02 Nov 2026 10:15:00 +0100"
ISO = "2026-11-02T10:15:00+01:00"


def mail(**heads: str) -> bytes:
    told = EmailMessage()
    for name, value in {
        "From": "Ana Ruiz <ana@example.com>",
        "Subject": "Xaverine's bill",
        "Date": DATE,
        **heads,
    }.items():
        told[name] = value
    told.set_content("Dear Quill,\n\nFrom here on it is text: zoe@example.com\n")
    return told.as_bytes()


def raw(*lines: str | bytes) -> bytes:
    return b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n\nbody\n"


@pytest.fixture
def eml(write: Write) -> Callable[..., Document]:
    return lambda data: read(write("a.eml", data))


def people(found: Document) -> list[list[str | None]]:
    return [row[:3] for row in rows_of(found.sheets[0])]


def test_a_mail_gives_a_row_for_each_address(eml: Callable[..., Document]) -> None:
    found = eml(mail(To="Bo Li <bo@example.com>, c@example.com", Cc='"Ruiz, Dora" <d@example.com>'))
    assert found.media_type == "message/rfc822"
    assert found.sheets[0].columns == ["name", "email", "role", "date"]
    assert rows_of(found.sheets[0]) == [
        ["Ana Ruiz", "ana@example.com", "from", ISO],
        ["Bo Li", "bo@example.com", "to", ISO],
        [None, "c@example.com", "to", ISO],
        ["Ruiz, Dora", "d@example.com", "cc", ISO],
    ]


def test_neither_subject_nor_text_of_a_mail_is_taken_up(eml: Callable[..., Document]) -> None:
    sheet = eml(mail(To="nobody")).sheets[0]
    told = str(rows_of(sheet)) + "".join(bad.text for bad in sheet.bad)
    assert not any(word in told for word in ("Xaverine", "Quill", "zoe"))


def test_a_mailbox_gives_the_rows_of_every_message(write: Write, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "sent")
    for number in range(50):
        box.add(mail(To=f"p{number}@example.com"))
    box.close()
    found = read(tmp_path / "sent")
    assert found.media_type == "application/mbox"
    assert found.rows_in == 100
    assert [row[1] for row in people(found)][1::2] == [f"p{number}@example.com" for number in range(50)]
    assert sorted(found.sheets[0].frame["\0row"].to_list()) == list(range(100))


@pytest.mark.parametrize(
    ("value", "name", "email"),
    [
        ("=?utf-8?B?SsO8cmdlbiBHcsO2w59l?= <j@example.com>", "Jürgen Größe", "j@example.com"),
        ("=?iso-8859-1?Q?J=FCrgen_Gr=F6=DFe?= <j@example.com>", "Jürgen Größe", "j@example.com"),
        ('"=?utf-8?Q?J=C3=BCrgen?=" <j@example.com>', "Jürgen", "j@example.com"),
        ("=?utf-8?Q?Ana_<ana@example.com>?=", "Ana", "ana@example.com"),
        ("=?utf-8?Q?J=C3?= =?utf-8?Q?=BCrgen?= <j@example.com>", "Jürgen", "j@example.com"),
        ("=?no-such?Q?Ana?= <a@example.com>", "Ana", "a@example.com"),
        (r'"Ana \"Ani\" Ruiz" <a@example.com>', 'Ana "Ani" Ruiz', "a@example.com"),
        ("a@example.com (Ana Ruiz)", "Ana Ruiz", "a@example.com"),
        ("'a@example.com' <A@example.com>", None, "A@example.com"),
        ("Team: a@example.com;", None, "a@example.com"),
        ("Ana\n Ruiz\n\t<a@example.com>", "Ana Ruiz", "a@example.com"),
        ("Jürgen <j@example.com>", "Jürgen", "j@example.com"),
    ],
)
def test_a_name_comes_out_as_its_sender_wrote_it(
    eml: Callable[..., Document], value: str, name: str | None, email: str
) -> None:
    found = eml(raw(f"To: {value}", f"Date: {DATE}"))
    assert people(found) == [[name, email, "to"]]
    assert not found.sheets[0].bad


def test_a_name_in_an_old_encoding_is_read(eml: Callable[..., Document]) -> None:
    assert people(eml(raw("To: Jürgen <j@example.com>".encode("cp1252"), "Subject: x"))) == [
        ["Jürgen", "j@example.com", "to"]
    ]


@pytest.mark.parametrize("entry", ["Xaverine", "Xaverine <nobody>", "Xaverine <x@>", "/O=ORG/CN=Xaverine", "x@@y"])
def test_what_is_no_address_is_set_aside_and_costs_no_neighbour(eml: Callable[..., Document], entry: str) -> None:
    found = eml(raw(f"To: a@example.com, {entry}, b@example.com", f"Date: {DATE}"))
    assert [(bad.row, bad.reason, bad.text) for bad in found.sheets[0].bad] == [
        (1, "not an e-mail address", f"to: {entry}")
    ]
    assert [row[1] for row in people(found)] == ["a@example.com", "b@example.com"]


@pytest.mark.parametrize(
    "entry", ["Shop <noreply@x.example>", "Shop <No-Reply+7@x.example>", "MAILER-DAEMON@x.example (Mail System)"]
)
def test_an_address_from_which_a_program_sends_is_nobodys_whatever_its_name(
    eml: Callable[..., Document], entry: str
) -> None:
    found = eml(raw(f"From: {entry}", "To: Ana Noreply <ana.noreply@example.com>", f"Date: {DATE}"))
    assert [(bad.row, bad.reason, bad.text) for bad in found.sheets[0].bad] == [
        (0, "an address that no human being has", f"from: {entry}")
    ]
    assert (people(found), found.rows_in) == ([["Ana Noreply", "ana.noreply@example.com", "to"]], 2)


def test_a_message_that_names_nobody_is_a_row_that_is_set_aside(eml: Callable[..., Document]) -> None:
    found = eml(raw("To: undisclosed-recipients:;", "Date: whenever", "Subject: Xaverine"))
    assert [(bad.row, bad.reason) for bad in found.sheets[0].bad] == [(0, "the message names no address")]
    assert "Xaverine" not in found.sheets[0].bad[0].text


def test_a_quote_that_is_never_closed_loses_no_address(eml: Callable[..., Document]) -> None:
    found = eml(raw('To: "Ana <a@example.com>, Bo <b@example.com>', f"Date: {DATE}"))
    assert [row[1] for row in people(found)] == ["a@example.com", "b@example.com"]


def test_a_mail_to_twenty_thousand_is_read_whole(eml: Callable[..., Document]) -> None:
    found = eml(raw("To: " + ",\r\n ".join(f"P{n} <p{n}@example.com>" for n in range(20_000)), f"Date: {DATE}"))
    assert found.rows_in == 20_000


def test_a_head_of_nothing_but_open_quotes_is_read_in_good_time(eml: Callable[..., Document]) -> None:
    found = eml(raw("To: " + '"\\' * 50_000, f"Date: {DATE}"))
    assert found.rows_in == len(found.sheets[0].bad) == 1


@pytest.mark.parametrize(
    "text", ["From,To\nLeeds,York\n", "Name: Email\nAna: a@example.com\n", "From here\nto there\n"]
)
def test_a_table_that_speaks_of_from_and_to_is_no_mail(write: Write, text: str) -> None:
    assert read(write("a.csv", text)).media_type == "text/csv"


def test_the_recipients_of_a_mail_that_went_astray_become_people(
    session: Session, incident: Incident, write: Write
) -> None:
    second = mail(To="bo@example.com, Dora <dora>", Cc="Eve Moss <eve@example.com>")
    path = write("astray.zip", zipped({"1.eml": mail(To="Bo Li <bo@example.com>"), "2.eml": second}))
    report = scoping.load(session, incident, [path], actor="ana")
    assert (report.rows_in, report.rows_quarantined) == (6, 1)
    assert sorted(record.name for _, record in people_of(session, incident)) == ["Ana Ruiz", "Bo Li", "Eve Moss"]
