"""Columns of real exports: what a wrong reading would expose, hide, or send to a stranger."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from forthwith import scoping
from forthwith.scoping.heads import fields, fold_head, known_heads
from forthwith.scoping.mapping import Mapping, header_sha256, propose, restate
from forthwith.scoping.mapping.profiles import claimed, fits, free_text, masked
from models import Incident, Refusal

Write = Callable[..., Path]
MAILS = [f"p{n}@example.com" for n in range(10)]
GIVEN = ["Ana", "Bob", "Cy", "Dora", "Ed", "Flo", "Gus", "Hal", "Ivy", "Jan"]
CARDS = ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "4111111111111111", "6011000000000004"] * 2
IBANS = ["DE89370400440532013000", "GB29NWBK60161331926819"] * 5
SSNS = [f"{n + 100}-12-{n + 1000}" for n in range(10)]
BORN = [f"{1950 + 4 * n}-03-17" for n in range(10)]


def mapped(columns: dict[str, Sequence[str | None]], stated: dict[str, str] | None = None) -> Mapping:
    return propose(pl.DataFrame(columns), list(columns), stated)


def field_of(mapping: Mapping, name: str) -> str:
    return next(column.field for column in mapping.columns if column.name == name)


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("FIRST_NAME", "given"),
        ("firstName", "given"),
        ("first-name", "given"),
        (" First  Name: ", "given"),
        ("customer_first_name", "given"),
        ("LASTNAME", "family"),
        ("E-Mail", "email"),
        ("EMAIL_ADDRESS", "email"),
        ("contactEmail", "email"),
        ("Tel.", "phone"),
        ("Handy", "mobile"),
        ("Téléfax", None),
        ("Strasse", "street"),
        ("STRAßE", "street"),
        ("addressLine1", None),
        ("Address Line 2", "street2"),
        ("Haus-Nr.", "house_number"),
        ("Post Code", "postcode"),
        ("Bundesland", "state"),
        ("Land", "country"),
        ("countryCode", "country"),
        ("D.O.B.", "birth_date"),
        ("Geb.-Datum", "birth_date"),
        ("Verstorben", "deceased"),
        ("Social Security Number", "ssn"),
        ("SSN", "ssn"),
        ("Passport Number", "passport"),
        ("Führerschein", "drivers_license"),
        ("IBAN", "iban"),
        ("Kreditkartennummer", "payment_card"),
        ("user.password_hash", "password_hash"),
        ("Passwort", "password"),
        ("Steuer-ID", "tax_id"),
        ("Personalnummer", "employee_id"),
        ("Erziehungsberechtigter", "guardian"),
    ],
)
def test_a_head_is_known_in_each_way_that_systems_write_it(head: str, field: str | None) -> None:
    assert field is None or known_heads(head) == field


@pytest.mark.parametrize("head", ["", "   ", "---", "id", "x", "42", "???", "created_at", "価格", "notes about stuff"])
def test_a_head_that_says_nothing_builds_nobody(head: str) -> None:
    assert known_heads(head) not in ("given", "family", "full_name", "email", "ssn", "national_id", "birth_date")


@given(st.text(max_size=40))
def test_folding_a_head_twice_is_folding_it_once(head: str) -> None:
    once = fold_head(head)
    assert fold_head(once) == once
    assert once.isascii()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (MAILS, "email"),
        (CARDS, "payment_card"),
        (IBANS, "iban"),
        (SSNS, "ssn"),
        (BORN, "birth_date"),
        ([f"+49 30 23125 {n:03}" for n in range(10)], "phone"),
        ([f"({n + 200}) 555-01{n:02}" for n in range(10)], "phone"),
        (["****-****-****-1234"] * 10, None),
        (["4111111111111112"] * 10, None),
        ([f"2026-0{n + 1}-03" for n in range(9)], None),
        (["1984-02-29"] * 10, None),
        ([str(n) for n in range(100, 110)], None),
        (["10.5", "20.25", "30.75", "11.5"], None),
        (["192.168.0.1", "10.0.0.1", "172.16.0.9"], None),
        (GIVEN, None),
        (["ana@example.com", "bo@example.com"], None),
        ([], None),
    ],
)
def test_only_values_that_are_certain_claim_a_column(values: list[str], field: str | None) -> None:
    found = claimed(values)
    assert found == field or (field is None and found in (None, "payment_card") and "*" in values[0])


@pytest.mark.parametrize(
    ("head", "values", "element"),
    [
        ("x1", SSNS, "ssn"),
        ("x1", CARDS, "card_number_alone"),
        ("x1", IBANS, "bank_account_number"),
        ("x1", BORN, "dob"),
        ("x1", MAILS, "contact"),
        ("Reference", IBANS, "bank_account_number"),
        ("City", CARDS, "card_number_alone"),
        ("Country", SSNS, "ssn"),
    ],
)
def test_exposed_data_under_an_unlikely_head_is_still_counted(head: str, values: list[str], element: str) -> None:
    found = mapped({"Name": GIVEN, head: values})
    assert element in {code for column in found.columns for code in column.elements}


@pytest.mark.parametrize(
    ("head", "values"),
    [
        ("Email", GIVEN),
        ("Date of Birth", GIVEN),
        ("Country", [f"Quadrant {n}" for n in range(10)]),
        ("First Name", [f"{n}{n}{n}{n}" for n in range(10, 20)]),
        ("Phone", GIVEN),
        ("Language", [f"Dialect {n}" for n in range(10)]),
    ],
)
def test_a_head_that_its_values_deny_is_not_believed_and_is_shown(head: str, values: list[str]) -> None:
    found = mapped({head: values, "Customer ID": [str(n) for n in range(10)]})
    assert field_of(found, head) != known_heads(head)
    assert head in [column.name for column in found.review]


@pytest.mark.parametrize("wrong", [0, 1, 2, 3, 4])
def test_a_few_bad_cells_do_not_cost_a_column_its_meaning(wrong: int) -> None:
    found = mapped({"Email": [*["unknown"] * wrong, *MAILS[wrong:]]})
    assert field_of(found, "Email") == "email"


def test_an_empty_column_keeps_what_its_head_says_and_exposes_nothing_yet() -> None:
    (column,) = mapped({"Email": [None] * 5}).columns
    assert (column.field, column.filled, column.examples) == ("email", 0, ())


def test_all_e_mail_columns_are_used_and_only_one_first_name() -> None:
    found = mapped({"Email": MAILS, "Work Email": MAILS[::-1], "Given Name": GIVEN, "First Name": GIVEN[::-1]})
    assert found.of("email") == ["Email", "Work Email"]
    assert found.of("given") == ["Given Name"]
    assert "a second column for given" in [column.note for column in found.review]


def test_a_stated_column_takes_the_place_of_one_that_the_head_names() -> None:
    found = mapped({"First Name": GIVEN, "Rufname2": GIVEN[::-1]}, {"Rufname2": "given"})
    assert found.of("given") == ["Rufname2"]
    assert field_of(found, "First Name") == "other"


@pytest.mark.parametrize("columns", [{"Colour": ["red"] * 5}, {"City": ["Leeds"] * 5, "Country": ["GB"] * 5}])
def test_columns_of_things_and_places_know_no_people(columns: dict[str, list[str]]) -> None:
    assert not mapped(columns).knows_people


@pytest.mark.parametrize("head", ["Email", "Phone", "Customer ID", "Street", "SSN", "Last Name", "Employee ID"])
def test_one_column_that_points_at_people_is_enough(head: str) -> None:
    assert mapped({head: [None, None]}).knows_people


def test_every_column_of_the_file_is_described_once_and_in_its_order() -> None:
    names = ["Email", "zzz", "Name", "Email (2)", "column 5", "Phone"]
    found = mapped(dict.fromkeys(names, MAILS))
    assert [column.name for column in found.columns] == names
    assert all(column.field in fields() for column in found.columns)
    assert all(column.filled == len(MAILS) for column in found.columns)


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=60))
def test_a_masked_value_shows_no_letter_and_no_digit_of_the_value(value: str) -> None:
    shape = masked(value)
    assert len(shape) <= 29
    assert {char for char in shape if char.isalpha()} <= {"x", "X"}
    assert {char for char in shape if char.isdecimal()} <= {"9"}


@given(st.lists(st.text(max_size=20), max_size=12), st.sampled_from(sorted(fields())))
def test_any_values_are_judged_without_a_crash(values: list[str], field: str) -> None:
    filled = [value for value in values if value]
    assert fits(fields()[field].profile, filled) in (True, False)
    assert claimed(filled) is None or claimed(filled) in fields()
    assert not free_text([])


def test_restating_a_mapping_and_proposing_by_it_changes_nothing() -> None:
    frame = {"Name": GIVEN, "Mail": MAILS, "DOB": ["01/13/1980"] * 10, "Misc": ["a b c"] * 10, "f5": SSNS}
    first = mapped(frame)
    second = mapped(frame, restate(first))
    assert [(c.name, c.field, c.elements, c.order) for c in second.columns] == [
        (c.name, c.field, c.elements, c.order) for c in first.columns
    ]
    assert restate(second) == restate(first)


def test_two_headers_have_one_hash_only_where_they_are_the_same() -> None:
    headers = [["a", "b"], ["b", "a"], ["a"], ["ab"], ["a", "b", ""], ["A", "b"], ["a b"]]
    assert len({header_sha256(columns) for columns in headers}) == len(headers)
    assert header_sha256(["a", "b"]) == header_sha256(("a", "b"))


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ({"Nirgends": "email"}, "Nirgends"),
        ({"Email": "emial"}, "emial"),
        ({"Email": "birth_date:yyyy"}, "yyyy"),
        ({"Email": ""}, "''"),
    ],
)
def test_a_refused_statement_is_named_and_no_value_of_the_file_is(stated: dict[str, str], told: str) -> None:
    with pytest.raises(Refusal) as refused:
        mapped({"Email": ["xaverine@quillfeather.example"] * 5}, stated)
    assert told in refused.value.what
    assert "quillfeather" not in (refused.value.what + refused.value.do).lower()


def test_what_a_preview_shows_holds_nothing_of_anybody(session: Session, write: Write) -> None:
    path = write("p.csv", "Name,Email,SSN,Remark\n" + "Xaverine Quill,xq@feather.example,123-45-6789,owes Zed 77\n" * 4)
    seen = scoping.preview(session, path)
    shown = repr(seen) + repr([sheet.mapping for sheet in seen.sheets])
    assert not [word for word in ("Xaverine", "Quill", "feather", "123-45", "6789", "owes") if word in shown]
    assert "999-99-9999" in shown


def test_a_confirmed_mapping_is_not_used_for_a_file_with_another_header(
    session: Session, incident: Incident, write: Write
) -> None:
    seen = scoping.preview(
        session, write("a.csv", "Wer,Wo\nAna Ruiz,a@example.com\n"), {"Wer": "full_name", "Wo": "email"}
    )
    scoping.confirm(session, seen, by="ana")
    assert not scoping.preview(session, write("b.csv", "Wo,Wer\na@example.com,Ana Ruiz\n")).confirmed
    with pytest.raises(Refusal) as refused:
        scoping.load(session, incident, [write("c.csv", "Wer,Was\nQuill Xaverine,y\n")], actor="ana")
    assert "Xaverine" not in refused.value.what + refused.value.do


@pytest.mark.parametrize("head", ["Notes", "Message", "Address 2", "Anmerkung"])
@pytest.mark.parametrize(
    ("values", "field"), [(SSNS, "ssn"), (CARDS, "payment_card"), (IBANS, "iban"), (MAILS, "email")]
)
def test_a_head_that_lets_anything_pass_never_hides_numbers_that_are_certain(
    head: str, values: list[str], field: str
) -> None:
    mapping = mapped({"Name": GIVEN, head: values})
    assert field_of(mapping, head) == field
    assert [column.name for column in mapping.review] == [head]


def test_a_head_that_names_sensitive_data_is_believed_whatever_stands_below() -> None:
    assert field_of(mapped({"Name": GIVEN, "Diagnosis": SSNS}), "Diagnosis") == "health"
