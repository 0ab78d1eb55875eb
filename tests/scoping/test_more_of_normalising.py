"""More forms of names, addresses, numbers and dates: what must not be read, and what reading must not lose."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.scoping.cleaning_cells import identifier
from forthwith.scoping.normalising import contact, names, places
from forthwith.scoping.normalising.address import address_of, street_key
from forthwith.scoping.normalising.dates import age_class, as_date, birth_date
from forthwith.scoping.normalising.text import folded, has_letter, tidy, umlauts_alike


@pytest.mark.parametrize(
    ("full", "whole"),
    [
        ("ana ruiz", "Ana Ruiz"),
        ("ANA RUIZ", "Ana Ruiz"),
        ("Ana RUIZ", "Ana Ruiz"),
        ("Ruiz,Ana", "Ana Ruiz"),
        ("Ruiz , Ana", "Ana Ruiz"),
        ("  Ana \u00a0 Ruiz  ", "Ana Ruiz"),
        ("Ana\tRuiz", "Ana Ruiz"),
        ('Robert "Bob" Ruiz', "Robert Ruiz"),
        ("Robert (Bob) Ruiz", "Robert Ruiz"),
        ("Jean-Luc Picard", "Jean-Luc Picard"),
        ("JEAN-LUC PICARD", "Jean-Luc Picard"),
        ("Conan O’Brien", "Conan O’Brien"),
        ("John Smith III", "John Smith III"),
        ("Smith, John, III", "John Smith III"),
        ("Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("Juan de los Ríos", "Juan de los Ríos"),
        ("Frau Dr. Ana Ruiz", "Ana Ruiz"),
        ("Mme Ana Ruiz", "Ana Ruiz"),
        ("Sig.ra Ana Ruiz", "Ana Ruiz"),
        ("Bo Li", "Bo Li"),
        ("Љубица Петровић", "Љубица Петровић"),
        ("李 小龙", "李 小龙"),
    ],
)
def test_the_name_on_the_envelope_has_all_its_words_and_no_title(full: str, whole: str) -> None:
    assert names.split(full).whole == whole


@pytest.mark.parametrize("junk", ["-", "xxx", "NULL", "unknown", "tba", "0", "#", "ana@example.com", "555 0123", " , "])
def test_what_is_no_name_greets_nobody(junk: str) -> None:
    assert names.split(junk) == names.Name()
    assert names.part(junk, junk).whole == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Möller"),
        ("Meier", "Maier"),
        ("Schmidt", "Schmitz"),
        ("Li", "Lu"),
        ("Garcia", "Gracia"),
        ("Иванов", "Петров"),
        ("山田", "田中"),
        ("Παππάς", "Γεωργίου"),
    ],
)
def test_two_family_names_have_two_keys(one: str, other: str) -> None:
    assert names.family_key(one) != names.family_key(other)
    assert names.family_key(one)
    assert names.family_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("O'Brien", "OBrien"),
        ("O’Brien", "O'Brien"),
        ("García", "Garcia"),
        ("Łukasz", "lukasz"),
        ("Søren", "soren"),
        ("Jean-Luc", "Jean Luc"),
        ("St. John", "St John"),
        ("Ｒｕｉｚ", "Ruiz"),
    ],
)
def test_spellings_of_one_word_fold_to_one(one: str, other: str) -> None:
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(("one", "other"), [("Anna", "Hanna"), ("Maria", "Mario"), ("Daniel", "Daniela"), ("Jo", "Al")])
def test_names_that_only_look_alike_are_no_nicknames(one: str, other: str) -> None:
    assert not names.nicknames_alike(one, other)
    assert names.canonical_first(one) != names.canonical_first(other)


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once_and_keeps_every_letter_s_presence(text: str) -> None:
    once = folded(text)
    assert folded(once) == once or not once.isascii()
    assert "  " not in once
    assert once == once.strip()


@given(st.text(max_size=40))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert has_letter(once) <= has_letter(text)


def test_umlauts_written_out_are_alike_and_other_vowels_are_kept() -> None:
    assert umlauts_alike("mueller") == umlauts_alike("muller")
    assert umlauts_alike("meier") == "meier"
    assert umlauts_alike("weber") == "weber"


@pytest.mark.parametrize(
    "cell",
    [
        "ana@example",
        "@example.com",
        "ana@",
        "ana@.com",
        "ana@-example.com",
        "ana@example-.com",
        "ana@example..com",
        "ana@example.c",
        "ana@example.123",
        "ana at example.com",
        "a" * 65 + "@example.com",
        "none@example.com",
        "n/a@example.com",
        "donotreply@example.com",
        "unknown@unknown.com",
        "http://example.com/ana",
    ],
)
def test_what_mail_can_not_reach_is_no_address(cell: str) -> None:
    assert contact.emails_in(cell) == ()


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("ana@example.com,bo@example.com", ("ana@example.com", "bo@example.com")),
        ("ana@example.com|bo@example.com", ("ana@example.com", "bo@example.com")),
        ("ana@example.com / bo@example.com", ("ana@example.com", "bo@example.com")),
        ("ana@example.com ana@example.com", ("ana@example.com",)),
        ("Ana (ana@example.com), Bo (bo@example.com)", ("ana@example.com", "bo@example.com")),
        ('"Ruiz, Ana" <ANA@Example.com>', ("ana@example.com",)),
        ("noreply@example.com; ana@example.com", ("ana@example.com",)),
        ("ana@sub.example.co.uk.", ("ana@sub.example.co.uk",)),
        ("o'brien@example.com", ("o'brien@example.com",)),
        ("'ana@example.com'", ("ana@example.com",)),
        ("ana_ruiz-x@example.museum", ("ana_ruiz-x@example.museum",)),
    ],
)
def test_every_address_of_a_cell_is_taken_once(cell: str, addresses: tuple[str, ...]) -> None:
    assert contact.emails_in(cell) == addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@example.com", "ana@example.org"),
        ("ana@example.com", "anna@example.com"),
        ("a.na@example.com", "ana@example.com"),
        ("ana-shop@example.com", "ana@example.com"),
        ("ana_r@gmail.com", "anar@gmail.com"),
        ("ana@gmail.com", "ana@gmail.co"),
    ],
)
def test_two_mailboxes_have_two_keys(one: str, other: str) -> None:
    assert contact.email_key(one) != contact.email_key(other)


@pytest.mark.parametrize("role", ["info", "sales", "kontakt", "billing", "team", "postmaster", "accueil"])
def test_addresses_of_roles_can_be_written_to_and_identify_nobody(role: str) -> None:
    assert contact.emails_in(f"{role}@example.com") == (f"{role}@example.com",)
    assert not contact.names_one(f"{role}@example.com")


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("1111111", "US"),
        ("000-000-0000", "US"),
        ("999 999 9999", "US"),
        ("123", "DE"),
        ("unlisted", "GB"),
        ("+999 12345678", ""),
        ("+49", ""),
        ("2026-11-21", "US"),
        ("ana@example.com", "US"),
        ("1E+30", "US"),
        ("٠٠٠٠٠٠٠٠", "EG"),
    ],
)
def test_what_nobody_can_be_reached_at_is_no_phone(text: str, region: str) -> None:
    assert contact.phone_of(text, region) == ""
    assert contact.phones_in(text, region) == ()


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("030 23125123; 030 23125123", ("+493023125123",)),
        ("030 23125123 | 0171 3920011", ("+493023125123", "+491713920011")),
        ("030 23125123 oder 0171 3920011", ("+493023125123", "+491713920011")),
        ("unknown; 0171 3920011", ("+491713920011",)),
        ("+49 171 3920011 / +44 20 7946 0123", ("+491713920011", "+442079460123")),
        ("Tel.: 030 23125123", ("+493023125123",)),
    ],
)
def test_every_number_of_a_cell_is_taken_once(cell: str, numbers: tuple[str, ...]) -> None:
    assert contact.phones_in(cell, "DE") == numbers
    assert all(contact.region_of(number) in ("DE", "GB") for number in numbers)


@pytest.mark.parametrize(
    ("text", "order", "found"),
    [
        ("31/04/1984", "dmy", None),
        ("29.02.1983", "dmy", None),
        ("1983-02-29", "ymd", None),
        ("1984-13-01", "ymd", None),
        ("1984-00-10", "ymd", None),
        ("00/00/0000", "dmy", None),
        ("13/13/1984", "unclear", None),
        ("1984", "ymd", None),
        ("02/1984", "dmy", None),
        ("1984-02-29 23:59:59", "ymd", date(1984, 2, 29)),
        ("29/02/1984 00:00", "dmy", date(1984, 2, 29)),
        ("29-02-1984", "dmy", date(1984, 2, 29)),
        ("29 02 1984", "dmy", date(1984, 2, 29)),
        ("1984.02.29", "ymd", date(1984, 2, 29)),
        ("  1984-02-29  ", "ymd", date(1984, 2, 29)),
        ("December 31st, 1999", "ymd", date(1999, 12, 31)),
        ("31 décembre 1999", "ymd", date(1999, 12, 31)),
        ("31 dicembre 1999", "ymd", date(1999, 12, 31)),
        ("31. Dezember 1999", "ymd", date(1999, 12, 31)),
        ("5 août 1999", "ymd", date(1999, 8, 5)),
        ("5 de outubro de 1999", "ymd", date(1999, 10, 5)),
        ("5 maart 1999", "ymd", date(1999, 3, 5)),
        ("5 Smarch 1999", "ymd", None),
        ("31 February 1999", "ymd", None),
        ("99999", "ymd", None),
        ("09999", "ymd", None),
    ],
)
def test_a_day_that_never_was_is_no_date(text: str, order: str, found: date | None) -> None:
    assert as_date(text, order) == found


def test_june_and_july_are_two_months_in_french() -> None:
    assert as_date("5 juin 1999", "ymd") == date(1999, 6, 5)
    assert as_date("5 juillet 1999", "ymd") == date(1999, 7, 5)


@given(st.dates(date(1927, 1, 1), date(2026, 11, 21)))
def test_each_day_is_the_same_day_in_each_of_its_forms(day: date) -> None:
    assert as_date(day.isoformat(), "unclear") == day
    assert as_date(day.strftime("%d/%m/%Y"), "dmy") == day
    assert as_date(day.strftime("%m/%d/%Y"), "mdy") == day
    assert as_date(day.strftime("%d.%m.%Y"), "unclear") == day
    assert as_date(day.strftime("%Y%m%d"), "ymd") == day
    assert as_date(str((day - date(1899, 12, 30)).days), "ymd") in (day, None)


@given(st.text(max_size=24), st.sampled_from(["dmy", "mdy", "ymd", "unclear"]))
def test_any_cell_is_a_past_day_of_the_last_120_years_or_blank(text: str, order: str) -> None:
    found = birth_date(text, order)
    assert found == "" or date(1906, 1, 1) <= date.fromisoformat(found) <= date(2026, 11, 21)


@given(st.dates(date(1906, 1, 1), date(2026, 11, 21)))
def test_somebody_is_a_child_until_the_eighteenth_birthday_and_never_after(born: date) -> None:
    today = date(2026, 11, 21)
    younger = date(2008, 11, 21) < born
    assert (age_class(born.isoformat(), today) == "child") is younger
    older = age_class((born - timedelta(days=1)).isoformat(), today)
    assert (age_class(born.isoformat(), today), older) != ("elderly", "adult")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 High Street", "12a High Street"),
        ("12 High Street", "12 Low Street"),
        ("1 Main St", "11 Main St"),
        ("Hauptstr. 5", "Bahnhofstr. 5"),
        ("Ring 5", "Ring 6"),
        ("улица Ленина 5", "улица Мира 5"),
        ("Apt 4, 12 High Street", "Apt 5, 12 High Street"),
    ],
)
def test_two_homes_have_two_keys(one: str, other: str) -> None:
    assert street_key(one) != street_key(other)


@pytest.mark.parametrize(
    ("country", "state", "postcode", "home"),
    [
        ("US", "Washington", "", "US-WA"),
        ("US", "District of Columbia", "", "US-DC"),
        ("US", "tx", "", "US-TX"),
        ("US", "Bayern", "", "US"),
        ("US", "", "99999", "US-AK"),
        ("US", "", "10001-1234", "US-NY"),
        ("US", "", "96799", "US-AS"),
        ("CA", "BC", "", "CA-BC"),
        ("CA", "Ontario", "H2X 1Y4", "CA-ON"),
        ("CA", "", "H2X 1Y4", "CA-QC"),
        ("FR", "Ontario", "75001", "FR"),
        ("DE", "CA", "90001", "DE"),
        ("VI", "CA", "", "US-VI"),
    ],
)
def test_a_state_counts_only_in_its_own_country(country: str, state: str, postcode: str, home: str) -> None:
    assert places.home_of(country, state, postcode)[1] == home


@pytest.mark.parametrize("unsure", ["10115", "1010", "75001", "2000", "123", "", "D-10115", "ABCDE"])
def test_a_postcode_of_many_countries_proves_none(unsure: str) -> None:
    assert places.country_of_postcode(unsure) is None
    assert places.country_of_parts("", unsure) == ""


@pytest.mark.parametrize(
    ("cell", "least", "found"),
    [
        ("AB 12-34.56", 5, "AB123456"),
        ("ab123456", 5, "AB123456"),
        ("***-**-1234", 5, ""),
        ("••••1234", 5, ""),
        ("1234", 5, ""),
        ("0000000", 5, ""),
        ("XXXXXXX", 5, ""),
        ("0", 1, ""),
        ("7", 1, "7"),
        ("111", 1, "111"),
        ("n/a", 1, ""),
        ("", 1, ""),
    ],
)
def test_an_identifier_is_whole_and_tells_somebody_apart(cell: str, least: int, found: str) -> None:
    assert identifier(cell, least) == found


@pytest.mark.parametrize(
    ("whole", "lines"),
    [
        ("12 Elm Street\nLeeds\nLS1 4AP", ("12 Elm Street", "Leeds", "LS1 4AP")),
        ("12 Elm Street; Leeds; LS1 4AP", ("12 Elm Street", "Leeds", "LS1 4AP")),
        ("12 Elm Street,, Leeds, ", ("12 Elm Street", "Leeds")),
    ],
)
def test_a_whole_address_keeps_each_of_its_lines(whole: str, lines: tuple[str, ...]) -> None:
    found = address_of("GB", whole=whole)
    assert found.lines == lines
    assert found.reachable


@pytest.mark.parametrize("street", ["", "-", "n/a", "12", "???", "0"])
def test_without_a_street_no_letter_is_sent_and_no_two_homes_are_one(street: str) -> None:
    found = address_of("DE", street=street, postcode="04107", city="Leipzig")
    assert not found.reachable
    assert found.key == ""
