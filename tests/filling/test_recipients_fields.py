from datetime import date

import pytest

from forthwith.filling.labels import languages, shipped
from forthwith.filling.recipient import party_slots, person_slots
from models import PersonRecord

DAY = date(2026, 11, 22)


def slots(record: PersonRecord, **fields: str) -> dict[str, str]:
    usual = {"code": "ABCD-EFGH", "reference": "2026-001", "language": "en", "public_url": "https://notice.example.com"}
    return person_slots(record, day=DAY, **{**usual, **fields})  # type: ignore[arg-type]


def test_a_person_fills_every_slot() -> None:
    found = slots(PersonRecord(name="Ana Ruiz", address=["1 Road ", "", "Town"], country="GB"))
    assert found == {
        "name": "Ana Ruiz", "addressee": "Ana Ruiz", "address": "1 Road\nTown", "code": "ABCD-EFGH",
        "reference": "2026-001", "verify_url": "https://notice.example.com/verify#ABCD-EFGH",
        "date": "22 November 2026",
    }  # fmt: skip


def test_an_american_reads_the_date_as_americans_write_it() -> None:
    assert slots(PersonRecord(name="Ana", country="US"))["date"] == "November 22, 2026"


def test_given_and_family_name_serve_where_the_whole_is_not_known() -> None:
    assert slots(PersonRecord(given="Ana", family="Ruiz"))["name"] == "Ana Ruiz"


@pytest.mark.parametrize(
    ("guardian", "addressing", "expected"),
    [
        ("Eva Lind", "child", "Eva Lind"),
        ("", "child", "To the parent or guardian of Mia Lind"),
        ("", "deceased", "To the family of Mia Lind"),
        ("Eva Lind", "adult", "Mia Lind"),
    ],
)
def test_the_envelope_goes_to_who_answers_for_the_person(guardian: str, addressing: str, expected: str) -> None:
    record = PersonRecord(name="Mia Lind", guardian=guardian)
    assert slots(record, addressing=addressing)["addressee"] == expected


def test_a_party_has_no_code_of_its_own() -> None:
    found = party_slots(
        "Datenschutzbehörde", ["Barichgasse 40", "1030 Wien"], day=DAY, reference="2026-001", language="de",
        public_url="https://notice.example.com",
    )  # fmt: skip
    assert found["code"] == ""
    assert found["verify_url"] == "https://notice.example.com/verify"
    assert found["address"] == "Barichgasse 40\n1030 Wien"
    assert found["date"] == "22. November 2026"


@pytest.mark.parametrize(
    ("asked", "given"),
    [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("fr", "en"), ("en-GB", "en"), ("", "en"), ("layout", "en")],
)
def test_readers_get_their_language_where_it_is_shipped_else_english(asked: str, given: str) -> None:
    assert shipped(asked) == given


def test_english_and_german_are_shipped() -> None:
    assert languages() == ["de", "en"]
