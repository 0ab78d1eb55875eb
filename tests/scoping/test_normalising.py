"""Names, e-mail, phones, dates, places and addresses in the forms that people and programs write."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.scoping.normalising import contact, names, places
from forthwith.scoping.normalising.address import address_of, street_key
from forthwith.scoping.normalising.dates import age_class, as_date, birth_date
from forthwith.scoping.normalising.text import folded, tidy


@pytest.mark.parametrize(
    ("full", "given", "family", "salutation", "suffix"),
    [
        ("Ana Ruiz", "Ana", "Ruiz", "", ""),
        ("Ruiz, Ana", "Ana", "Ruiz", "", ""),
        ("RUIZ, ANA MARIA", "Ana Maria", "Ruiz", "", ""),
        ("Dr. Ana Ruiz", "Ana", "Ruiz", "Dr.", ""),
        ("Frau Prof. Dr. Bärbel Groß", "Bärbel", "Groß", "Frau Prof. Dr.", ""),
        ("John Smith Jr.", "John", "Smith", "", "jr"),
        ("Smith, John, Sr", "John", "Smith", "", "sr"),
        ("John Smith, Jr", "John", "Smith", "", "jr"),
        ("Ludwig van der Berg", "Ludwig", "van der Berg", "", ""),
        ("Anna Maria de la Cruz", "Anna Maria", "de la Cruz", "", ""),
        ("M. Jean Dupont", "Jean", "Dupont", "M.", ""),
        ("M Smith", "M", "Smith", "", ""),
        ("Madonna", "Madonna", "", "", ""),
        ("Mr Smith", "", "Smith", "Mr", ""),
        ("Ana (VIP) Ruiz", "Ana", "Ruiz", "", ""),
        ("sean o'brien", "Sean", "O'Brien", "", ""),
        ("???", "", "", "", ""),
        ("ana@example.com", "", "", "", ""),
        ("n/a", "", "", "", ""),
        ("12345", "", "", "", ""),
        ("山田 太郎", "太郎", "山田", "", ""),
        ("김 민준", "민준", "김", "", ""),
        ("やまだ たろう", "たろう", "やまだ", "", ""),
    ],
)
def test_whole_names_are_taken_apart(full: str, given: str, family: str, salutation: str, suffix: str) -> None:
    found = names.split(full)
    assert (found.given, found.family, found.salutation, found.suffix) == (given, family, salutation, suffix)


@pytest.mark.parametrize("name", ["山田 太郎", "김 민준", "王 小明"])
def test_an_eastern_name_stays_in_its_order_on_the_envelope(name: str) -> None:
    assert names.split(name).whole == name
    family, given = name.split()
    assert names.part(given, family).whole == name


def test_names_from_their_own_columns_lose_titles_and_keep_the_generation() -> None:
    found = names.part("Dr. Karl", "Müller jun", "", "Junior")
    assert (found.given, found.salutation, found.suffix, found.whole) == ("Karl", "Dr.", "jr", "Karl Müller jun Jr")


@pytest.mark.parametrize("spelt", ["Müller", "Mueller", "MULLER", "muller", " Müller "])
def test_a_family_name_is_one_in_each_of_its_spellings(spelt: str) -> None:
    assert names.family_key(spelt) == names.family_key("Müller")


def test_nicknames_are_known_in_both_directions() -> None:
    assert names.nicknames_alike("Bob", "Robert")
    assert names.nicknames_alike("Elizabeth", "Liz")
    assert not names.nicknames_alike("Anna", "Robert")


@given(st.text(max_size=40))
def test_any_text_is_taken_for_a_name_without_a_crash_and_gains_no_letters(text: str) -> None:
    found = names.split(text)
    assert len(folded(found.given + found.family)) <= len(folded(text)) + 1


@pytest.mark.parametrize(
    ("cell", "addresses"),
    [
        ("Ana.Ruiz@Example.COM", ("ana.ruiz@example.com",)),
        ("a@example.com; b@example.org", ("a@example.com", "b@example.org")),
        ("Ana <ana@example.com>", ("ana@example.com",)),
        ("mailto:ana@example.com", ("ana@example.com",)),
        ("jürgen@köln.example", ("jürgen@köln.example",)),
        ("info@example.com", ("info@example.com",)),
        ("noreply@example.com", ()),
        ("test@example.com", ()),
        ("ana@example", ()),
        ("ana@@example.com", ()),
        ("ana..ruiz@example.com", ()),
        ("nobody here", ()),
        ("", ()),
    ],
)
def test_only_addresses_that_mail_can_reach_are_taken(cell: str, addresses: tuple[str, ...]) -> None:
    assert contact.emails_in(cell) == addresses


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("ana+shop@example.com", "ana@example.com"),
        ("A.na.R@gmail.com", "anar@gmail.com"),
        ("anar@googlemail.com", "anar@gmail.com"),
        ("a.na@example.com", "a.na@example.com"),
        ("+tag@example.com", "+tag@example.com"),
    ],
)
def test_two_spellings_of_an_address_have_one_key(address: str, key: str) -> None:
    assert contact.email_key(address) == key


def test_a_role_address_can_be_written_to_but_names_nobody() -> None:
    assert not contact.names_one("info@example.com")
    assert contact.names_one("ana@example.com")


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("030 23125 123", "DE", "+493023125123"),
        ("+49 (0)30 23125-123", "", "+493023125123"),
        ("0049 30 23125123", "US", "+493023125123"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123 x12", "US", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("4930231251", "", "+4930231251"),
        ("020 7946 0123", "GB", "+442079460123"),
        ("1.2125550123E+10", "US", "+12125550123"),
        ("493023125123.0", "", "+493023125123"),
        ("0000000000", "US", ""),
        ("555-0123", "US", ""),
        ("12345", "DE", ""),
        ("no phone", "DE", ""),
        ("030 23125 123", "", ""),
        ("", "US", ""),
    ],
)
def test_phones_become_e164_by_the_country_of_the_row(text: str, region: str, number: str) -> None:
    assert contact.phone_of(text, region) == number


def test_a_cell_may_hold_two_phones() -> None:
    assert contact.phones_in("030 23125123 / 0171 3920011", "DE") == ("+493023125123", "+491713920011")


def test_text_messages_go_to_numbers_that_may_be_mobile() -> None:
    assert contact.takes_sms("+491713920011")
    assert contact.takes_sms("+12125550123")
    assert not contact.takes_sms("+493023125123")


@given(st.text(max_size=30), st.sampled_from(["", "US", "DE", "GB", "AU"]))
def test_whatever_comes_out_as_a_phone_is_e164(text: str, region: str) -> None:
    found = contact.phone_of(text, region)
    assert found == "" or (found[0] == "+" and found[1:].isdigit() and 8 <= len(found) <= 16)


@pytest.mark.parametrize(
    ("text", "order", "found"),
    [
        ("1984-02-29", "dmy", date(1984, 2, 29)),
        ("1984/2/29", "mdy", date(1984, 2, 29)),
        ("19840229", "dmy", date(1984, 2, 29)),
        ("1984-02-29T00:00:00Z", "ymd", date(1984, 2, 29)),
        ("29.02.1984", "unclear", date(1984, 2, 29)),
        ("02/03/1984", "dmy", date(1984, 3, 2)),
        ("02/03/1984", "mdy", date(1984, 2, 3)),
        ("02/03/1984", "unclear", None),
        ("03/03/1984", "unclear", date(1984, 3, 3)),
        ("13/03/1984", "mdy", date(1984, 3, 13)),
        ("29 Feb 1984", "ymd", date(1984, 2, 29)),
        ("29. Februar 1984", "ymd", date(1984, 2, 29)),
        ("1er mars 1984", "ymd", date(1984, 3, 1)),
        ("3 de mayo de 1984", "ymd", date(1984, 5, 3)),
        ("March 3, 1984", "ymd", date(1984, 3, 3)),
        ("29.02.84", "dmy", date(1984, 2, 29)),
        ("01.02.26", "dmy", date(2026, 2, 1)),
        ("01.02.27", "dmy", date(1927, 2, 1)),
        ("30741", "ymd", date(1984, 2, 29)),
        ("30.02.1984", "dmy", None),
        ("soon", "dmy", None),
        ("", "dmy", None),
    ],
)
def test_dates_are_read_in_many_forms_and_never_guessed(text: str, order: str, found: date | None) -> None:
    assert as_date(text, order) == found


@pytest.mark.parametrize("text", ["1900-01-01", "1970-01-01", "1899-12-30", "2027-01-01", "1850-05-05", "0000-00-00"])
def test_placeholders_and_impossible_birth_dates_are_blank(text: str) -> None:
    assert birth_date(text, "ymd") == ""


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("2008-11-21", "adult"),
        ("2008-11-22", "child"),
        ("2026-11-21", "child"),
        ("1961-11-21", "elderly"),
        ("1961-11-22", "adult"),
        ("2008-02-29", "adult"),
        ("", "unknown"),
    ],
)
def test_age_is_counted_to_the_day(born: str, age: str) -> None:
    assert age_class(born, date(2026, 11, 21)) == age


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Deutschland", "DE"),
        ("Germany", "DE"),
        ("Allemagne", "DE"),
        ("Alemania", "DE"),
        ("Germania", "DE"),
        ("Duitsland", "DE"),
        ("Alemanha", "DE"),
        ("deu", "DE"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("États-Unis", "US"),
        ("UK", "GB"),
        ("Great Britain", "GB"),
        ("Scotland", "GB"),
        ("the Netherlands", "NL"),
        ("Österreich", "AT"),
        ("Suisse", "CH"),
        ("España", "ES"),
        ("Brasil", "BR"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_countries_are_known_in_seven_languages(text: str, code: str | None) -> None:
    assert places.country_code(text) == code


@pytest.mark.parametrize(
    ("country", "state", "postcode", "home"),
    [
        ("US", "California", "", "US-CA"),
        ("US", "ca", "", "US-CA"),
        ("US", "Calif.", "", "US-CA"),
        ("US", "", "90001", "US-CA"),
        ("US", "", "02108", "US-MA"),
        ("US", "US-NY", "", "US-NY"),
        ("US", "Nowhere", "", "US"),
        ("US", "", "", "US"),
        ("US", "NY", "90001", "US-NY"),
        ("US", "", "20500", "US-DC"),
        ("US", "", "00901", "US-PR"),
        ("PR", "", "", "US-PR"),
        ("GU", "", "", "US-GU"),
        ("US", "", "09001", "US"),
        ("CA", "Québec", "", "CA-QC"),
        ("CA", "", "M5V 2T6", "CA-ON"),
        ("CA", "", "X0A 0H0", "CA"),
        ("DE", "Bayern", "80331", "DE"),
        ("AU", "NSW", "2000", "AU"),
        ("GB", "", "", "GB"),
        ("", "", "", "unknown"),
    ],
)
def test_people_of_the_us_and_canada_are_placed_in_their_state(
    country: str, state: str, postcode: str, home: str
) -> None:
    assert places.home_of(country, state, postcode)[1] == home


@pytest.mark.parametrize(
    ("country", "text", "postcode"),
    [
        ("US", "2108", "02108"),
        ("US", "021081234", "02108-1234"),
        ("US", "21081234", "02108-1234"),
        ("US", "02108-1234", "02108-1234"),
        ("US", "2108.0", "02108"),
        ("DE", "4107", "04107"),
        ("DE", "D-04107", "04107"),
        ("AU", "800", "0800"),
        ("GB", "m145tg", "M14 5TG"),
        ("CA", "m5v2t6", "M5V 2T6"),
        ("NL", "1012ab", "1012 AB"),
        ("US", "none", ""),
        ("DE", "1234567", ""),
        ("", "", ""),
    ],
)
def test_postcodes_get_their_form_and_their_lost_zeros_back(country: str, text: str, postcode: str) -> None:
    assert places.postcode_of(country, text) == postcode


def test_a_postcode_shape_tells_the_country_only_where_it_is_its_own() -> None:
    assert places.country_of_postcode("SW1A 1AA") == "GB"
    assert places.country_of_postcode("K1A 0B1") == "CA"
    assert places.country_of_postcode("1012 AB") == "NL"
    assert places.country_of_postcode("10115") is None


def test_state_and_zip_together_prove_the_united_states() -> None:
    assert places.country_of_parts("NY", "10001") == "US"
    assert places.country_of_parts("CA", "10001") == ""


@pytest.mark.parametrize(
    ("jurisdiction", "language"),
    [
        ("DE", "de"),
        ("AT", "de"),
        ("CA-QC", "fr"),
        ("CA-ON", "en"),
        ("US-PR", "es"),
        ("BR", "pt"),
        ("SE", "en"),
        ("unknown", "en"),
    ],
)
def test_the_language_follows_the_place_where_none_is_stated(jurisdiction: str, language: str) -> None:
    assert places.language_of(jurisdiction) == language


@pytest.mark.parametrize(
    ("text", "code"),
    [("de-DE", "de"), ("fr_CA", "fr"), ("Deutsch", "de"), ("Español", "es"), ("English", "en"), ("Klingon", None)],
)
def test_languages_are_known_by_name_code_and_locale(text: str, code: str | None) -> None:
    assert places.language_code(text) == code


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 High Street", "12 high st."),
        ("Hauptstraße 5", "Hauptstr. 5"),
        ("Hauptstrasse 5", "HAUPTSTRAßE 5"),
        ("3 rue de la Paix", "3, Rue de la Paix"),
    ],
)
def test_a_street_is_one_in_each_of_its_spellings(one: str, other: str) -> None:
    assert street_key(one) == street_key(other) != ""


def test_different_numbers_in_a_street_are_different_addresses() -> None:
    assert street_key("12 High Street") != street_key("21 High Street")


@pytest.mark.parametrize(
    ("country", "lines"),
    [
        ("US", ("12 Elm Street", "Apt 4", "Leeds MA 01062")),
        ("GB", ("12 Elm Street", "Apt 4", "Leeds", "01062")),
        ("DE", ("12 Elm Street", "Apt 4", "01062 Leeds")),
    ],
)
def test_the_town_stands_as_its_country_writes_it(country: str, lines: tuple[str, ...]) -> None:
    found = address_of(
        country,
        street="12 Elm Street",
        second="Apt 4",
        city="Leeds",
        state="MA" if country == "US" else "",
        postcode="01062",
    )
    assert found.lines == lines
    assert found.reachable


def test_an_address_in_one_cell_is_taken_apart() -> None:
    found = address_of("DE", whole="Hauptstr. 5, 04107 Leipzig")
    assert found.lines == ("Hauptstr. 5", "04107 Leipzig")
    assert (found.postcode, found.key) == (
        "04107",
        address_of("DE", street="Hauptstraße 5", postcode="04107", city="Leipzig").key,
    )


def test_a_town_alone_is_no_address_for_a_letter_and_no_key() -> None:
    found = address_of("DE", city="Leipzig", postcode="04107")
    assert not found.reachable
    assert found.key == ""


@pytest.mark.parametrize("cell", ["n/a", " - ", "NULL", "unknown", "k.A.", "", None])
def test_cells_that_only_hold_a_place_are_blank(cell: str | None) -> None:
    assert tidy(cell) == ""


@pytest.mark.parametrize("street", ["Ring 5", "Am Platz 1", "Weg 12", "The Close 3"])
def test_a_street_whose_name_is_only_a_type_word_has_a_key_too(street: str) -> None:
    assert len(street_key(street)) >= 4
