"""Encodings: names must survive, and what can't be told is refused."""

import codecs
from pathlib import Path

import pytest

from forthwith.scoping.reading.encoding import decode
from models import Refusal

NAMES = "Name,Ort\nJürgen Müller,Köln\nBärbel Groß,Nürnberg\nFrançois Lefèvre,Besançon\n"
HERE = Path("people.csv")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (NAMES.encode(), "utf-8"),
        (codecs.BOM_UTF8 + NAMES.encode(), "utf-8"),
        (NAMES.encode("cp1252"), "cp1252"),
        (NAMES.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + NAMES.encode("utf-16-be"), "utf-16"),
        (NAMES.encode("utf-16-le"), "utf-16-le"),
        (NAMES.encode("utf-16-be"), "utf-16-be"),
        (NAMES.encode("utf-32"), "utf-32"),
    ],
)
def test_western_text_is_read_in_each_of_its_encodings(data: bytes, encoding: str) -> None:
    assert decode(data, HERE) == (NAMES, encoding)


def test_plain_ascii_is_utf_8() -> None:
    assert decode(b"Name,Email\nAna,ana@example.com\n", HERE)[1] == "utf-8"


def test_typographic_signs_of_windows_are_read() -> None:
    text = "Name\nO’Brien – “Bo”\nZoë €5\n"
    assert decode(text.encode("cp1252"), HERE)[0] == text


def test_polish_in_its_own_code_page_is_not_read_as_western() -> None:
    text = "Imię,Nazwisko\n" + "Łukasz,Wiśniewski\nGrażyna,Wójcik\nŻaneta,Dąbrowska\nMałgorzata,Kowalczyk\n" * 30
    assert "Łukasz,Wiśniewski" in decode(text.encode("cp1250"), HERE)[0]


def test_cyrillic_in_its_own_code_page_is_read() -> None:
    text = "Имя,Город\n" + "Сергей Иванов,Москва\nАнна Петрова,Санкт-Петербург\n" * 30
    assert "Сергей Иванов" in decode(text.encode("cp1251"), HERE)[0]


def test_a_few_broken_bytes_in_utf_8_are_marked_and_the_rest_is_kept() -> None:
    text = "Name\n" + "Jürgen Müller\n" * 50
    data = text.encode() + b"Bro\xffken\n"
    found, encoding = decode(data, HERE)
    assert encoding == "utf-8"
    assert "Jürgen Müller" in found
    assert found.count("\ufffd") == 1


@pytest.mark.parametrize(
    "data",
    [b"\x00\x01\x02\x03binary\x00\x00\xff" * 10, codecs.BOM_UTF16_LE + b"odd", codecs.BOM_UTF8 + b"Name\n\xff\xfe\n"],
)
def test_what_is_no_text_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        decode(data, HERE)
    assert "people.csv" in refused.value.what
    assert refused.value.do
