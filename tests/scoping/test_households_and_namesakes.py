"""From the text of a file to people: who shares a home, a phone or a name, and is still two. Nobody may vanish."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoping_help import people_of
from sqlmodel import Session

from forthwith import scoping
from forthwith.scoping.cleaning import Clean, clean
from forthwith.scoping.mapping import propose
from forthwith.scoping.merging import Merged, resolve, traits_of
from forthwith.scoping.reading.delimited import read_delimited
from models import Incident, Party, Person, PersonRecord

Write = Callable[..., Path]
Loaded = Callable[..., list[tuple[Person, PersonRecord]]]
HEAD = "Customer ID,Name,Email,Phone,Street,City,Postcode,Country,Date of Birth,National ID\n"


def rows_in(text: str) -> list[Clean]:
    sheet = read_delimited(HEAD + text)
    assert not sheet.bad
    return clean(sheet, propose(sheet.frame, sheet.columns)).people


def merged(text: str, scope: str = "shop") -> Merged:
    rows = rows_in(text)
    return resolve([trait for node, row in enumerate(rows) for trait in traits_of(node, row, scope)], len(rows))


def partition(text: str, scope: str = "shop") -> list[list[int]]:
    return merged(text, scope).groups


ONE_PERSON = [
    (
        "the same row, shouted",
        "7,Ana Ruiz,ana@example.com,,,,,DE,,\n",
        "7,ANA RUIZ,ANA@EXAMPLE.COM,,,,,DE,,\n",
    ),
    (
        "family name first, with a comma",
        ",Ana Ruiz,ana@example.com,,,,,DE,,\n",
        ',"Ruiz, Ana",ana@example.com,,,,,DE,,\n',
    ),
    (
        "with and without a title",
        ",Bärbel Groß,b@example.com,,,,,DE,,\n",
        ",Frau Prof. Dr. Bärbel Groß,b@example.com,,,,,DE,,\n",
    ),
    (
        "accents lost",
        ",Zoë Núñez,z@example.com,,,,,ES,,\n",
        ",Zoe Nunez,z@example.com,,,,,ES,,\n",
    ),
    (
        "the phone in two forms",
        ",Ana Ruiz,,030 23125 123,,,,DE,,\n",
        ",Ana Ruiz,,+49 (0)30 23125-123,,,,DE,,\n",
    ),
    (
        "the street in two spellings",
        ",Ana Ruiz,,,Hauptstraße 5,Leipzig,04107,DE,,\n",
        ",Ana Ruiz,,,Hauptstr. 5,Leipzig,4107,DE,,\n",
    ),
    (
        "a tag in the e-mail",
        ",Ana Ruiz,ana+shop@example.com,,,,,DE,,\n",
        ",Ana Ruiz,ana@example.com,,,,,DE,,\n",
    ),
    (
        "Gmail with dots",
        ",Ana Ruiz,a.n.a@gmail.com,,,,,DE,,\n",
        ",Ana Ruiz,ana@googlemail.com,,,,,DE,,\n",
    ),
    (
        "the second of two e-mail addresses",
        ",Ana Ruiz,x@example.com;ana@example.com,,,,,DE,,\n",
        ",Ana Ruiz,ana@example.com,,,,,DE,,\n",
    ),
    (
        "the birth date in two forms",
        ",Ana Ruiz,,,,,,DE,1984-02-29,\n",
        ",Ana Ruiz,,,,,,DE,29.02.1984,\n",
    ),
    (
        "the customer number with spaces",
        "K-70 01,Ana Ruiz,,,,,,DE,,\n",
        "k7001,Ana Ruiz,,,,,,DE,,\n",
    ),
    (
        "the national id with and without signs",
        ",Ana Ruiz,,,,,,DE,,AB-123.456\n",
        ",Ana Weber,,,,,,DE,,ab123456\n",
    ),
    (
        "a second given name in one row",
        ",Ana Ruiz,ana@example.com,,,,,DE,,\n",
        ",Ana Maria Ruiz,ana@example.com,,,,,DE,,\n",
    ),
    (
        "a particle in the family name",
        ",Ludwig van der Berg,l@example.com,,,,,NL,,\n",
        ',"van der Berg, Ludwig",l@example.com,,,,,NL,,\n',
    ),
]


@pytest.mark.parametrize(("what", "one", "other"), ONE_PERSON, ids=[case[0] for case in ONE_PERSON])
def test_one_person_in_two_spellings_is_told_once(what: str, one: str, other: str) -> None:
    assert partition(one + other) == [[0, 1]]
    assert partition(other + one) == [[0, 1]]


TWO_PEOPLE = [
    (
        "a couple with one e-mail, phone and home",
        ",Ana Ruiz,ruiz@example.com,030 23125123,Hauptstr. 5,Leipzig,04107,DE,,\n",
        ",Otto Ruiz,ruiz@example.com,030 23125123,Hauptstr. 5,Leipzig,04107,DE,,\n",
    ),
    (
        "mother and daughter of one name, by birth date",
        ",Ana Ruiz,ruiz@example.com,,Hauptstr. 5,Leipzig,04107,DE,1960-05-01,\n",
        ",Ana Ruiz,ruiz@example.com,,Hauptstr. 5,Leipzig,04107,DE,1990-05-01,\n",
    ),
    (
        "father and son by generation",
        ",John Smith Sr.,smith@example.com,,1 Elm Street,Albany,12207,US,,\n",
        ",John Smith Jr.,smith@example.com,,1 Elm Street,Albany,12207,US,,\n",
    ),
    (
        "the third and the second",
        ",John Smith II,smith@example.com,,,,,US,,\n",
        ",John Smith III,smith@example.com,,,,,US,,\n",
    ),
    (
        "brothers with one initial",
        ",Max Ruiz,ruiz@example.com,,,,,DE,,\n",
        ",Moritz Ruiz,ruiz@example.com,,,,,DE,,\n",
    ),
    (
        "sisters whose names are near, both real names",
        ",Anna Ruiz,ruiz@example.com,,,,,DE,,\n",
        ",Hanna Ruiz,ruiz@example.com,,,,,DE,,\n",
    ),
    (
        "Maria and Mario",
        ",Maria Rossi,rossi@example.it,,,,,IT,,\n",
        ",Mario Rossi,rossi@example.it,,,,,IT,,\n",
    ),
    (
        "Daniel and Daniela",
        ",Daniel Weber,weber@example.com,,,,,DE,,\n",
        ",Daniela Weber,weber@example.com,,,,,DE,,\n",
    ),
    (
        "namesakes in two houses of a street",
        ",Ana Ruiz,,,Hauptstr. 5,Leipzig,04107,DE,,\n",
        ",Ana Ruiz,,,Hauptstr. 7,Leipzig,04107,DE,,\n",
    ),
    (
        "namesakes in one street of two towns",
        ",Ana Ruiz,,,Hauptstr. 5,Leipzig,04107,DE,,\n",
        ",Ana Ruiz,,,Hauptstr. 5,Berlin,10115,DE,,\n",
    ),
    (
        "namesakes at one company's role address",
        ",Ana Ruiz,info@example.com,,,,,DE,,\n",
        ",Ana Ruiz,info@example.com,,,,,DE,,\n",
    ),
    (
        "namesakes with a placeholder for an e-mail",
        ",Ana Ruiz,noreply@example.com,,,,,DE,,\n",
        ",Ana Ruiz,noreply@example.com,,,,,DE,,\n",
    ),
    (
        "namesakes with a placeholder for a phone",
        ",Ana Ruiz,,0000000000,,,,DE,,\n",
        ",Ana Ruiz,,0000000000,,,,DE,,\n",
    ),
    (
        "namesakes with a placeholder for a birth date",
        ",Ana Ruiz,,,,,,DE,1970-01-01,\n",
        ",Ana Ruiz,,,,,,DE,1970-01-01,\n",
    ),
    (
        "namesakes with a placeholder for a national id",
        ",Ana Ruiz,,,,,,DE,,00000000\n",
        ",Ana Ruiz,,,,,,DE,,00000000\n",
    ),
    (
        "a masked national id",
        ",Ana Ruiz,,,,,,DE,,****1234\n",
        ",Ana Ruiz,,,,,,DE,,****1234\n",
    ),
    (
        "customer number nought",
        "0,Ana Ruiz,,,,,,DE,,\n",
        "0,Ana Ruiz,,,,,,DE,,\n",
    ),
    (
        "one town and no street",
        ",Ana Ruiz,,,,Leipzig,04107,DE,,\n",
        ",Ana Ruiz,,,,Leipzig,04107,DE,,\n",
    ),
    (
        "one birth date, two names",
        ",Ana Ruiz,,,,,,DE,1984-02-29,\n",
        ",Karl Otto,,,,,,DE,1984-02-29,\n",
    ),
    (
        "flatmates",
        ",Ana Ruiz,,,Hauptstr. 5,Leipzig,04107,DE,,\n",
        ",Karl Otto,,,Hauptstr. 5,Leipzig,04107,DE,,\n",
    ),
    (
        "one given name, one office phone, two families",
        ",Ana Ruiz,a.ruiz@example.com,030 23125123,,,,DE,,\n",
        ",Ana Weber,a.weber@example.com,030 23125123,,,,DE,,\n",
    ),
    (
        "one national id by a typing error",
        ",Ana Ruiz,,,,,,DE,,AB123456\n",
        ",Karl Otto,,,,,,DE,,AB123456\n",
    ),
    (
        "two national ids behind one e-mail",
        ",Ana Ruiz,ruiz@example.com,,,,,DE,,AB123456\n",
        ",Ana Ruiz,ruiz@example.com,,,,,DE,,AB123457\n",
    ),
    (
        "Greek brothers",
        ",Νίκος Παππάς,pappas@example.gr,,,,,GR,,\n",
        ",Γιώργος Παππάς,pappas@example.gr,,,,,GR,,\n",
    ),
]


@pytest.mark.parametrize(("what", "one", "other"), TWO_PEOPLE, ids=[case[0] for case in TWO_PEOPLE])
def test_two_people_are_told_each(what: str, one: str, other: str) -> None:
    assert partition(one + other) == [[0], [1]]
    assert partition(other + one) == [[0], [1]]


@pytest.mark.parametrize("between", ["", ",Ruiz,ruiz@example.com,,,,,DE,,\n", ",,ruiz@example.com,,,,,DE,,\n"])
def test_a_family_of_four_stays_four_whatever_nameless_row_stands_between(between: str) -> None:
    family = [f",{given} Ruiz,ruiz@example.com,030 23125123,,,,DE,,\n" for given in ("Ana", "Otto", "Lea", "Max")]
    for at in range(5):
        found = partition("".join([*family[:at], between, *family[at:]]))
        named = [node for node in range(4 + bool(between)) if not between or node != at]
        assert all(len(set(group) & set(named)) <= 1 for group in found)


def test_a_row_of_an_unknown_generation_goes_to_one_of_father_and_son_and_never_ties_them() -> None:
    text = "".join(f",John Smith{which},smith@example.com,,,,,US,,\n" for which in (" Sr", "", " Jr"))
    found = partition(text)
    assert len(found) == 2
    assert not any({0, 2} <= set(group) for group in found)


def test_two_contradicting_birth_dates_keep_apart_what_a_chain_of_rows_would_join() -> None:
    chain = (
        ",Ana Ruiz,a@example.com,,,,,DE,1984-02-29,\n"
        ",Ana Ruiz,a@example.com,030 23125123,,,,DE,,\n"
        ",Ana Ruiz,,030 23125123,Hauptstr. 5,Leipzig,04107,DE,,\n"
        ",Ana Ruiz,,,Hauptstr. 5,Leipzig,04107,DE,1950-01-01,\n"
    )
    found = merged(chain)
    assert not any({0, 3} <= set(group) for group in found.groups)
    assert sorted(node for group in found.groups for node in group) == [0, 1, 2, 3]
    assert found.kept_apart >= 1


def test_customer_numbers_join_within_one_company_and_not_without_a_shared_first_name() -> None:
    assert partition("7,Ana Ruiz,,,,,,DE,,\n7,Ana Weber,,,,,,DE,,\n") == [[0, 1]]
    assert partition("7,Ana Ruiz,,,,,,DE,,\n7,Karl Otto,,,,,,DE,,\n") == [[0], [1]]


@pytest.mark.parametrize(("party", "people"), [(False, 2), (True, 1)])
def test_customer_numbers_of_two_files_are_one_systems_only_where_a_party_is_named(
    session: Session, incident: Incident, write: Write, *, party: bool, people: int
) -> None:
    owner = Party(name="Alpha", code="alpha") if party else None
    session.add_all([owner] if owner else [])
    session.flush()
    paths = [write(f"{name}.csv", f"Customer ID,Name,Country\n7,Ana {name},DE\n") for name in ("Ruiz", "Weber")]
    scoping.load(session, incident, paths, actor="ana", party=owner)
    assert len(people_of(session, incident)) == people


def test_a_later_export_under_the_same_name_finds_its_customers_by_number(
    session: Session, incident: Incident, write: Write
) -> None:
    for family in ("Ruiz", "Weber"):
        path = write("export.csv", f"Customer ID,Name,Country\n7,Ana {family},DE\n")
        scoping.load(session, incident, [path], actor="ana")
    assert len(people_of(session, incident)) == 1


def test_two_partners_with_one_customer_number_never_make_one_person(
    session: Session, incident: Incident, write: Write
) -> None:
    parties = [Party(name="Alpha", code="alpha"), Party(name="Beta", code="beta")]
    session.add_all(parties)
    session.flush()
    for party, title in zip(parties, ("", "Dr. "), strict=True):
        path = write(f"{party.code}.csv", f"Customer ID,Name,Country\n7,{title}Ana Ruiz,DE\n")
        scoping.load(session, incident, [path], actor="ana", party=party)
    assert [person.party_id for person, _ in people_of(session, incident)] == [party.id for party in parties]


@pytest.mark.parametrize(("what", "one", "other"), TWO_PEOPLE[:8], ids=[case[0] for case in TWO_PEOPLE[:8]])
def test_two_people_stay_two_over_two_loads(loaded: Loaded, what: str, one: str, other: str) -> None:
    people = loaded(HEAD + one, HEAD + other)
    assert [person.number for person, _ in people] == [1, 2]
    assert people[0][1].name != people[1][1].name or people[0][1].birth_date != people[1][1].birth_date


@pytest.mark.parametrize(("what", "one", "other"), ONE_PERSON[:8], ids=[case[0] for case in ONE_PERSON[:8]])
def test_one_person_is_one_over_two_loads(loaded: Loaded, what: str, one: str, other: str) -> None:
    ((person, record),) = loaded(HEAD + one, HEAD + other)
    assert person.number == 1
    assert record.family


GIVEN = ("Ana", "Otto", "Lea", "Karl", "Ines", "Uwe")
member = st.tuples(
    st.sampled_from(GIVEN),
    st.sampled_from(["", "ruiz@example.com", "weber@example.com"]),
    st.sampled_from(["", "030 23125123"]),
    st.sampled_from(["", "Hauptstr. 5"]),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(member, min_size=1, max_size=10))
def test_no_two_first_names_of_a_household_are_ever_one_person(members: list[tuple[str, str, str, str]]) -> None:
    text = "".join(
        f",{given} Ruiz,{mail},{phone},{home},{'Leipzig' if home else ''},{'04107' if home else ''},DE,,\n"
        for given, mail, phone, home in members
    )
    found = partition(text)
    assert sorted(node for group in found for node in group) == list(range(len(members)))
    assert all(len({members[node][0] for node in group}) == 1 for group in found)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_of_rows_does_not_change_who_is_one_person(order: list[int]) -> None:
    lines = [
        ",Ana Ruiz,ruiz@example.com,,,,,DE,,\n",
        ",Ana Ruiz,ruiz@example.com,030 23125123,,,,DE,,\n",
        ",Otto Ruiz,ruiz@example.com,030 23125123,,,,DE,,\n",
        ",Ana Ruiz,,030 23125123,Hauptstr. 5,Leipzig,04107,DE,,\n",
        ",Otto Ruiz,otto@example.com,,,,,DE,,\n",
        ',"Ruiz, Otto",otto@example.com,030 23125123,,,,DE,,\n',
    ]
    found = partition("".join(lines[at] for at in order))
    assert sorted(sorted(order[node] for node in group) for group in found) == [[0, 1, 3], [2, 4, 5]]
