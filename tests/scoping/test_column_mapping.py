"""Columns: what heads and values say, what vetoes, what a person sees and confirms."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
import yaml
from sqlmodel import Session, select

import laws
from forthwith.scoping.heads import fields, fold_head, known_heads, like_heads
from forthwith.scoping.mapping import Mapping, header_sha256, propose, save, saved
from forthwith.scoping.mapping.profiles import masked
from forthwith.scoping.normalising.dates import order_of
from models import ColumnMapping, Refusal

HEADS = {
    "en": {
        "First Name": "given",
        "Surname": "family",
        "E-mail address": "email",
        "Mobile No": None,
        "ZIP Code": "postcode",
        "Date of Birth": "birth_date",
        "passwordHash": "password_hash",
        "Credit Card Number": "payment_card",
    },
    "de": {
        "Vorname": "given",
        "Nachname": "family",
        "E-Mail-Adresse": "email",
        "Rufnummer": "phone",
        "PLZ": "postcode",
        "Geburtsdatum": "birth_date",
        "Straße und Hausnr.": None,
        "Krankenkasse": "health_insurance",
        "Kundennr.": "customer_id",
    },
    "fr": {
        "Prénom": "given",
        "Nom": "family",
        "Adresse e-mail": "email",
        "Téléphone portable": "mobile",
        "Code postal": "postcode",
        "Date de naissance": "birth_date",
        "Mot de passe": "password",
        "Ville": "city",
        "Pays": "country",
    },
    "es": {
        "Nombre": "given",
        "Apellidos": "family",
        "Correo electrónico": "email",
        "Teléfono": "phone",
        "Código postal": "postcode",
        "Fecha de nacimiento": "birth_date",
        "Contraseña": "password",
        "DNI": "national_id",
    },
    "it": {
        "Cognome": "family",
        "Indirizzo e-mail": "email",
        "Cellulare": "mobile",
        "CAP": "postcode",
        "Data di nascita": "birth_date",
        "Codice fiscale": "tax_id",
        "Città": "city",
    },
    "nl": {
        "Voornaam": "given",
        "Achternaam": "family",
        "E-mailadres": "email",
        "Telefoonnummer": "phone",
        "Geboortedatum": "birth_date",
        "Huisnummer": "house_number",
        "Woonplaats": "city",
        "Burgerservicenummer": "national_id",
    },
    "pt": {
        "Primeiro nome": "given",
        "Apelido": "family",
        "Endereço de email": "email",
        "Telemóvel": "mobile",
        "Data de nascimento": "birth_date",
        "Palavra-passe": "password",
    },
}
CASES = [(language, head, field) for language, heads in HEADS.items() for head, field in heads.items() if field]


@pytest.mark.parametrize(("language", "head", "field"), CASES)
def test_heads_of_seven_languages_are_known(language: str, head: str, field: str) -> None:
    assert known_heads(head) == field, language


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("customer.contact.email", "email"),
        ("user_profile.first_name", "given"),
        ("billingAddress.zipCode", "postcode"),
        ("product name", "other"),
        ("company_name", "other"),
        ("last_login", "other"),
        ("ticket.id", "other"),
        ("passport_no", "passport"),
        ("salary_usd", "salary"),
        ("customer_code", None),
        ("last_login_ip", "behavioural"),
        ("file.owner.name", None),
    ],
)
def test_a_head_under_an_owner_is_known_and_under_a_thing_is_not(head: str, field: str | None) -> None:
    assert known_heads(head) == field


@pytest.mark.parametrize(
    ("head", "field"), [("Adress", "address"), ("Telephon number", "phone"), ("Emial adress", None)]
)
def test_a_head_with_one_wrong_letter_is_held_to_be_a_phrase(head: str, field: str | None) -> None:
    assert like_heads(head) == field or field is None


def test_heads_are_folded_to_one_form() -> None:
    assert fold_head("Straße_und-HausNr.") == "strasse und haus nr"
    assert fold_head("dateOfBirth") == "date of birth"


def test_no_phrase_means_two_things() -> None:
    folder = Path(__import__("forthwith.scoping", fromlist=["x"]).__file__).parent
    data = yaml.load((folder / "data/fields.yaml").read_text("utf-8"), yaml.CSafeLoader)
    seen: dict[str, str] = {}
    for field, entry in data.items():
        for phrase in entry["phrases"]:
            assert seen.setdefault(fold_head(str(phrase)), field) == field, phrase


def test_every_element_that_a_column_can_expose_is_in_the_vocabulary_of_the_laws() -> None:
    known = yaml.load((Path(laws.__file__).parent / "vocabulary.yaml").read_text("utf-8"), yaml.CSafeLoader)["elements"]
    assert {code for field in fields().values() for code in field.elements} <= set(known)


def mapped(columns: dict[str, Sequence[str | None]], stated: dict[str, str] | None = None) -> Mapping:
    return propose(pl.DataFrame(columns), list(columns), stated)


def by_name(mapping: Mapping) -> dict[str, str]:
    return {column.name: column.field for column in mapping.columns}


EMAILS = [f"p{n}@example.com" for n in range(12)]
PHONES = [f"+49 30 23125 {n:03}" for n in range(12)]


def test_values_veto_a_head_that_lies() -> None:
    found = mapped({"Email": PHONES, "Phone": EMAILS})
    assert by_name(found) == {"Email": "phone", "Phone": "email"}
    assert len(found.review) == 2


def test_a_column_called_contact_that_holds_phones_is_a_phone_column() -> None:
    assert by_name(mapped({"Contact": PHONES, "Name": ["Ana"] * 12})) == {"Contact": "phone", "Name": "full_name"}


def test_values_fill_in_for_heads_that_say_nothing() -> None:
    ibans = ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"] * 4
    cards = ["4111 1111 1111 1111", "5500 0000 0000 0004", "340000000000009"] * 4
    ssns = [f"{n + 100}-12-{n + 1000}" for n in range(12)]
    born = [f"{1950 + 4 * n}-03-17" for n in range(12)]
    names = [
        f"{given} Miller"
        for given in ["Ana", "Bob", "Cy", "Dora", "Ed", "Flo", "Gus", "Hal", "Ivy", "Jan", "Kim", "Leo"]
    ]
    found = mapped({"f1": EMAILS, "f2": PHONES, "f3": ibans, "f4": cards, "f5": ssns, "f6": born, "f7": names})
    assert list(by_name(found).values()) == ["email", "phone", "iban", "payment_card", "ssn", "birth_date", "full_name"]


def test_dates_of_sign_up_are_not_taken_for_birth_dates() -> None:
    recent = [f"2025-{n + 1:02}-11" for n in range(12)]
    assert by_name(mapped({"f1": recent, "Name": ["Ana"] * 12}))["f1"] == "other"


def test_order_numbers_are_not_taken_for_phones() -> None:
    numbers = [str(4_900_000_000 + 7 * n) for n in range(12)]
    assert by_name(mapped({"f1": numbers, "Name": ["Ana"] * 12}))["f1"] == "other"


def test_unknown_columns_of_words_or_of_differing_numbers_are_reported_and_flags_are_not() -> None:
    found = mapped(
        {
            "Zaubertrank": ["some words"] * 5,
            "Zähler": ["1", "0", "1", "0", "1"],
            "Wert": ["1", "22", "333", "44", "5"],
            "Email": EMAILS[:5],
        }
    )
    assert [column.name for column in found.review] == ["Zaubertrank", "Wert"]


def test_of_two_columns_for_one_field_the_first_counts_and_the_other_is_reported() -> None:
    found = mapped({"First Name": ["Ana"] * 3, "Vorname": ["Bo"] * 3, "Email": EMAILS[:3], "E-Mail 2": EMAILS[3:6]})
    assert by_name(found) == {"First Name": "given", "Vorname": "other", "Email": "email", "E-Mail 2": "email"}


def test_a_person_s_word_goes_before_heads_and_values() -> None:
    found = mapped({"Email": EMAILS, "x": ["Ana"] * 12}, {"x": "guardian", "Email": "other"})
    assert by_name(found) == {"Email": "other", "x": "guardian"}


@pytest.mark.parametrize("stated", [{"nothing": "email"}, {"Email": "wizard"}, {"Email": "birth_date:ydm"}])
def test_a_statement_about_no_column_or_no_field_is_refused(stated: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        mapped({"Email": EMAILS}, stated)


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["13/01/1980", "02/03/1970"], "dmy"),
        (["01/13/1980", "02/03/1970"], "mdy"),
        (["01.02.1980"], "dmy"),
        (["1980-01-02"], "ymd"),
        (["01/02/1980", "03/04/1970"], "unclear"),
        (["13/01/1980", "01/13/1980"], "unclear"),
        ([], "ymd"),
    ],
)
def test_the_order_of_dates_is_decided_for_a_whole_column(values: list[str], order: str) -> None:
    assert order_of(pl.Series(values, dtype=pl.String)) == order


def test_an_order_that_can_not_be_told_is_shown_to_a_person() -> None:
    found = mapped({"dob": ["01/02/1980", "03/04/1970", "05/06/1960"], "Email": EMAILS[:3]})
    assert "birth_date:dmy" in found.review[0].note


def test_examples_show_shapes_and_nothing_of_anybody() -> None:
    found = mapped({"Email": ["ana.ruiz@example.com"] * 3, "Name": ["Ana Ruíz-Öz 7"] * 3})
    assert [column.examples for column in found.columns] == [("xxx.xxxx@xxxxxxx.xxx",), ("Xxx Xxxx-Xx 9",)]
    assert masked("漢字テスト 12") == "xxxxx 99"


def test_a_confirmed_mapping_is_found_again_by_its_header(session: Session) -> None:
    columns = ["Wer", "Wohin", "Wann"]
    found = mapped(
        {"Wer": ["Ana Ruiz"] * 3, "Wohin": EMAILS[:3], "Wann": ["01/02/1980"] * 3},
        {"Wer": "full_name", "Wann": "birth_date:mdy"},
    )
    save(session, columns, found, by="ana")
    assert saved(session, columns) == {"Wer": "full_name", "Wohin": "email", "Wann": "birth_date:mdy"}
    assert saved(session, columns[::-1]) is None


def test_a_newer_confirmation_replaces_the_older_one(session: Session) -> None:
    for by, field in (("ana", "other"), ("bo", "full_name")):
        save(session, ["a"], mapped({"a": ["Ana Ruiz"] * 3}, {"a": field}), by=by)
    rows = session.exec(select(ColumnMapping).where(ColumnMapping.header_sha256 == header_sha256(["a"]))).all()
    assert [(row.confirmed_by, row.columns) for row in rows] == [("bo", {"a": "full_name"})]
