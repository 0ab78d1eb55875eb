"""The rows of one person become one record: the fullest of each, nothing forgotten, nothing invented."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.gathering import Subject, add_rows, channels_of, join
from forthwith.scoping.merging import traits_of
from forthwith.scoping.merging.traits import unpacked
from forthwith.scoping.normalising.address import Address
from forthwith.scoping.normalising.names import Name
from models import PersonRecord, new_id

TODAY = date(2026, 11, 21)


def subject_of(*rows: Clean, number: int = 1) -> Subject:
    subject = Subject(new_id(), number, PersonRecord())
    add_rows(subject, rows, [trait.packed() for row in rows for trait in traits_of(0, row, "x")], TODAY)
    return subject


def row(**what: object) -> Clean:
    return Clean(row=0, **what)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ([("A", "Ruiz"), ("Ana", "Ruiz")], "Ana Ruiz"),
        ([("Ana", ""), ("Ana", "Ruiz")], "Ana Ruiz"),
        ([("Ana", "Ruiz"), ("Ana", "Ruis"), ("Ana", "Ruiz")], "Ana Ruiz"),
        ([("", "Ruiz")], "Ruiz"),
        ([("", "")], ""),
    ],
)
def test_the_fullest_name_is_taken_and_of_equals_the_most_frequent(written: list[tuple[str, str]], taken: str) -> None:
    assert subject_of(*[row(name=Name(first, last)) for first, last in written]).record.name == taken


def test_the_generation_stays_with_the_name() -> None:
    assert subject_of(row(name=Name("John", "Smith", "", "jr"))).record.name == "John Smith Jr"


def test_all_addresses_and_numbers_are_kept_once_in_order() -> None:
    subject = subject_of(
        row(emails=("b@x.example", "a@x.example"), phones=("+491713920011",)),
        row(emails=("a@x.example",), faxes=("+493023125123",)),
    )
    assert subject.record.emails == ["b@x.example", "a@x.example"]
    assert (subject.record.phones, subject.record.faxes) == (["+491713920011"], ["+493023125123"])


def test_an_address_in_the_person_s_own_country_goes_before_another() -> None:
    abroad = row(country="FR", source="phone", address=Address(("1 rue X", "75001 Paris"), "75001", "Paris"))
    home = row(
        country="DE",
        jurisdiction="DE",
        source="stated",
        address=Address(("Weg 1", "04107 Leipzig"), "04107", "Leipzig"),
    )
    subject = subject_of(abroad, home)
    assert subject.record.address == ["Weg 1", "04107 Leipzig"]
    assert subject.country == "DE"


def test_a_known_address_is_not_replaced_by_a_later_one() -> None:
    subject = subject_of(row(address=Address(("Weg 1", "04107 Leipzig"))))
    add_rows(subject, [row(address=Address(("Weg 2", "04107 Leipzig")))], [], TODAY)
    assert subject.record.address[0] == "Weg 1"


@pytest.mark.parametrize(
    ("homes", "found"),
    [
        ([("phone", "DE", "DE"), ("stated", "US", "US")], "US"),
        ([("stated", "US", "US"), ("address", "US", "US-CA")], "US-CA"),
        ([("stated", "US", "US-NY"), ("stated", "US", "US-CA"), ("stated", "US", "US-CA")], "US-CA"),
        ([("stated", "US", "US-NY"), ("stated", "US", "US-CA")], "US-NY"),
        ([("address", "GB", "GB"), ("tld", "FR", "FR")], "GB"),
        ([("unknown", "", "unknown")], "unknown"),
    ],
)
def test_the_surest_home_is_taken(homes: list[tuple[str, str, str]], found: str) -> None:
    rows = [row(source=source, country=country, jurisdiction=place) for source, country, place in homes]
    assert subject_of(*rows).jurisdiction == found


def test_a_stated_language_goes_before_the_country_s() -> None:
    assert subject_of(row(country="DE", jurisdiction="DE", source="stated", language="en")).language == "en"
    assert subject_of(row(country="DE", jurisdiction="DE", source="stated")).language == "de"


def test_elements_are_united_and_sorted() -> None:
    assert subject_of(row(elements=("name", "medical")), row(elements=("contact",))).elements == (
        "contact",
        "medical",
        "name",
    )


@pytest.mark.parametrize(
    ("record", "ways"),
    [
        (PersonRecord(), ()),
        (PersonRecord(emails=["a@x.example"]), ("email",)),
        (PersonRecord(phones=["+493023125123"]), ("voice",)),
        (PersonRecord(phones=["+493023125123", "+491713920011"]), ("sms", "voice")),
        (PersonRecord(faxes=["+493023125123"], address=["Weg 1", "Leipzig"]), ("fax", "letter")),
        (PersonRecord(address=["Leipzig"]), ()),
    ],
)
def test_only_what_is_held_is_a_channel(record: PersonRecord, ways: tuple[str, ...]) -> None:
    assert channels_of(record, False) == ways
    assert channels_of(record, True) == (*ways, "email_consent")


def test_joining_two_people_keeps_what_each_knew() -> None:
    one = subject_of(row(name=Name("Ana", "Ruiz"), emails=("a@x.example",), elements=("name",)))
    other = subject_of(
        row(
            phones=("+491713920011",),
            born="2015-01-01",
            country="US",
            jurisdiction="US-CA",
            source="stated",
            address=Address(("1 Elm", "Leeds MA 01062")),
            elements=("dob",),
            opt_out=True,
            deceased=True,
            email_consent=True,
        ),
        number=2,
    )
    join(one, other, TODAY)
    assert (one.record.name, one.record.phones, one.record.birth_date) == ("Ana Ruiz", ["+491713920011"], "2015-01-01")
    assert (one.jurisdiction, one.age_class, one.elements) == ("US-CA", "child", ("dob", "name"))
    assert one.channels == ("email", "sms", "voice", "letter", "email_consent")
    assert one.deceased
    assert one.record.marketing_opt_out
    assert len(one.record.seen) == 2


def test_traits_come_back_from_the_record_as_they_went_in() -> None:
    rows = row(
        name=Name("Ana", "Ruiz"),
        emails=("a@x.example", "b@x.example"),
        phones=("+1",),
        customer_id="7",
        born="1980-01-01",
    )
    traits = list(traits_of(3, rows, "nordwind"))
    assert [(t.email, t.phone) for t in traits] == [("a@x.example", "+1"), ("b@x.example", "")]
    assert traits[0].customer == "nordwind:7"
    again = list(unpacked(3, [trait.packed() for trait in traits]))
    assert again == traits


names = st.builds(Name, st.sampled_from(["", "A", "Ana", "Ben"]), st.sampled_from(["", "Ruiz", "Weber"]))
cleans = st.builds(
    Clean,
    row=st.integers(0, 9),
    name=names,
    emails=st.lists(st.sampled_from(["a@x.example", "b@x.example"]), max_size=2, unique=True).map(tuple),
    phones=st.lists(st.sampled_from(["+491713920011", "+493023125123"]), max_size=2, unique=True).map(tuple),
    elements=st.lists(st.sampled_from(["name", "dob", "medical"]), max_size=3, unique=True).map(tuple),
)


@given(st.lists(cleans, min_size=1, max_size=6))
def test_adding_rows_at_once_or_one_by_one_gives_the_same_person(rows: list[Clean]) -> None:
    at_once = subject_of(*rows)
    one_by_one = subject_of(rows[0])
    for later in rows[1:]:
        add_rows(one_by_one, [later], [trait.packed() for trait in traits_of(0, later, "x")], TODAY)
    assert at_once.elements == one_by_one.elements
    assert at_once.channels == one_by_one.channels
    assert at_once.record.emails == one_by_one.record.emails
    assert at_once.record.seen == one_by_one.record.seen


@given(st.lists(cleans, min_size=1, max_size=6))
def test_adding_the_same_rows_again_changes_nothing(rows: list[Clean]) -> None:
    subject = subject_of(*rows)
    before = subject.record.model_dump()
    add_rows(subject, rows, [trait.packed() for row_ in rows for trait in traits_of(0, row_, "x")], TODAY)
    assert subject.record.model_dump() == before
