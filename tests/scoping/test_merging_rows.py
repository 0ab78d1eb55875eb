"""Who is one person: households, twins, generations, namesakes. A wrong merge leaves somebody untold."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.scoping.merging import Merged, Trait, resolve
from forthwith.scoping.merging.forest import Forest
from forthwith.scoping.normalising import names


def person(
    node: int,
    name: str = "",
    email: str = "",
    phone: str = "",
    *,
    born: str = "",
    address: str = "",
    customer: str = "",
    national: str = "",
    country: str = "DE",
) -> Trait:
    parts = names.split(name)
    given = names.folded(parts.given)
    return Trait(
        node,
        given,
        names.family_key(parts.family),
        parts.suffix,
        email,
        phone,
        address,
        born,
        customer,
        national,
        country,
    )


def groups(*rows: Trait) -> list[list[int]]:
    return merge(rows).groups


def merge(rows: Iterable[Trait], held: Iterable[int] = ()) -> Merged:
    listed = list(rows)
    return resolve(listed, max(row.node for row in listed) + 1, held=held)


FAMILY, HOME = "family@example.com", "12elm|04107"


@pytest.mark.parametrize(
    ("what", "one", "other"),
    [
        ("e-mail and first name", person(0, "Ana Ruiz", FAMILY), person(1, "Ana Ruiz", FAMILY)),
        ("e-mail and first name, surname changed", person(0, "Ana Ruiz", FAMILY), person(1, "Ana Weber", FAMILY)),
        ("phone and name", person(0, "Ana Ruiz", phone="+491"), person(1, "Ana Ruiz", phone="+491")),
        ("name and address", person(0, "Ana Ruiz", address=HOME), person(1, "Ana Ruiz", address=HOME)),
        ("name and birth date", person(0, "Ana Ruiz", born="1984-02-29"), person(1, "Ana Ruiz", born="1984-02-29")),
        ("customer number", person(0, "Ana Ruiz", customer="x:7"), person(1, "Ana Weber", customer="x:7")),
        ("national id", person(0, "Ana Ruiz", national="A12345"), person(1, "Ana Weber", national="A12345")),
        ("national id, one row nameless", person(0, "Ana Ruiz", national="A12345"), person(1, national="A12345")),
        ("names in the wrong columns", person(0, "Ana Ruiz", FAMILY), person(1, "Ruiz Ana", FAMILY)),
        (
            "a typing error in the surname",
            person(0, "Ana Rodriguez", address=HOME),
            person(1, "Ana Rodrigeuz", address=HOME),
        ),
        ("a typing error in the first name", person(0, "Wolfgang Ruiz", FAMILY), person(1, "Wolfagng Ruiz", FAMILY)),
        ("a nickname", person(0, "Robert Ruiz", FAMILY), person(1, "Bob Ruiz", FAMILY)),
        ("an initial", person(0, "Ana Ruiz", FAMILY), person(1, "A. Ruiz", FAMILY)),
        ("a double surname", person(0, "Ana Garcia-Lopez", address=HOME), person(1, "Ana Garcia", address=HOME)),
        ("an umlaut written out", person(0, "Jürgen Müller", FAMILY), person(1, "Juergen Mueller", FAMILY)),
        ("no first name, but sole owner of the e-mail", person(0, "Ana Ruiz", FAMILY), person(1, "", FAMILY)),
        ("surname alone, and sole owner of the e-mail", person(0, "Ana Ruiz", FAMILY), person(1, "Frau Ruiz", FAMILY)),
        (
            "sole owner of the customer number",
            person(0, "Ana Ruiz", customer="x:7"),
            person(1, "", FAMILY, customer="x:7"),
        ),
        ("two nameless rows of one e-mail", person(0, "", FAMILY), person(1, "", FAMILY)),
    ],
)
def test_rows_of_one_person_are_merged(what: str, one: Trait, other: Trait) -> None:
    assert groups(one, other) == [[0, 1]], what


@pytest.mark.parametrize(
    ("what", "one", "other"),
    [
        (
            "a household that shares everything",
            person(0, "Ana Ruiz", FAMILY, "+491", address=HOME),
            person(1, "Ben Ruiz", FAMILY, "+491", address=HOME),
        ),
        (
            "twins",
            person(0, "Paul Ruiz", FAMILY, born="2015-01-01"),
            person(1, "Paula Ruiz", FAMILY, born="2015-01-01"),
        ),
        (
            "twins with the same initial",
            person(0, "Lea Ruiz", FAMILY, "+491", born="2015-01-01"),
            person(1, "Lina Ruiz", FAMILY, "+491", born="2015-01-01"),
        ),
        (
            "father and son",
            person(0, "John Smith Sr", FAMILY, address=HOME),
            person(1, "John Smith Jr", FAMILY, address=HOME),
        ),
        (
            "father and son by birth dates",
            person(0, "John Smith", FAMILY, born="1950-01-01"),
            person(1, "John Smith", FAMILY, born="1980-01-01"),
        ),
        ("namesakes", person(0, "Ana Ruiz", "a@example.com"), person(1, "Ana Ruiz", "b@example.com")),
        (
            "namesakes born on one day in two countries",
            person(0, "Ana Ruiz", born="1984-02-29", country="DE"),
            person(1, "Ana Ruiz", born="1984-02-29", country="FR"),
        ),
        (
            "namesakes born on one day of whom all else differs",
            person(0, "Ana Ruiz", "a@example.com", "+491", born="1984-02-29"),
            person(1, "Ana Ruiz", "b@example.com", "+492", born="1984-02-29"),
        ),
        (
            "two national ids",
            person(0, "Ana Ruiz", FAMILY, national="A12345"),
            person(1, "Ana Ruiz", FAMILY, national="B12345"),
        ),
        (
            "a stranger's national id",
            person(0, "Ana Ruiz", national="A12345"),
            person(1, "Otto Weber", national="A12345"),
        ),
        (
            "customer numbers of two companies",
            person(0, "Ana Ruiz", customer="x:7"),
            person(1, "Ana Ruiz", customer="y:7"),
        ),
        (
            "a shared office phone",
            person(0, "Ana Ruiz", "a@example.com", "+491"),
            person(1, "Ana Weber", "b@example.com", "+491"),
        ),
        ("nothing but the same e-mail", person(0, "Ana Ruiz", FAMILY), person(1, "Otto Weber", FAMILY)),
        ("nothing but the same phone", person(0, "Ana Ruiz", phone="+491"), person(1, "Otto Weber", phone="+491")),
        (
            "nothing but the same birth date",
            person(0, "Ana Ruiz", born="1984-02-29"),
            person(1, "Otto Weber", born="1984-02-29"),
        ),
        ("nothing known at all", person(0, "Ana Ruiz"), person(1, "Ana Ruiz")),
        ("two of one surname without first names", person(0, "Herr Ruiz", FAMILY), person(1, "Frau Weber", FAMILY)),
    ],
)
def test_two_people_stay_two(what: str, one: Trait, other: Trait) -> None:
    assert groups(one, other) == [[0], [1]], what


def test_an_initial_that_fits_two_people_of_a_household_is_given_to_neither() -> None:
    rows = [person(0, "Ana Ruiz", FAMILY), person(1, "Adam Ruiz", FAMILY), person(2, "A Ruiz", FAMILY)]
    assert groups(*rows) == [[0], [1], [2]]


def test_a_nameless_row_of_a_shared_address_stays_apart() -> None:
    rows = [person(0, "Ana Ruiz", FAMILY), person(1, "Ben Ruiz", FAMILY), person(2, "", FAMILY)]
    assert groups(*rows) == [[0], [1], [2]]


def test_a_nameless_row_never_ties_two_people_together() -> None:
    rows = [person(0, "Ben Ruiz", customer="x:7"), person(1, "", FAMILY, customer="x:7"), person(2, "Ana Ruiz", FAMILY)]
    assert [0, 1, 2] not in groups(*rows)
    assert len(groups(*rows)) == 2


def test_a_row_without_a_birth_date_does_not_tie_father_and_son_together() -> None:
    rows = [
        person(0, "John Smith", FAMILY),
        person(1, "John Smith", FAMILY, born="1950-01-01"),
        person(2, "John Smith", FAMILY, born="1980-01-01"),
    ]
    merged = merge(rows)
    assert len(merged.groups) == 2
    assert not any({1, 2} <= set(group) for group in merged.groups)
    assert merged.kept_apart == 1


def test_blank_identifiers_never_match() -> None:
    assert len(groups(*[person(n, f"{name} Ruiz") for n, name in enumerate(("Ana", "Ben", "Cora", "Dirk"))])) == 4


def test_an_address_that_many_names_share_identifies_nobody() -> None:
    several = ("Ana", "Ben", "Cora", "Dirk", "Eva", "Fritz", "Gabi", "Hans", "Ines", "Ana")
    rows = [person(n, f"{given} Name{n}xx", "desk@example.com") for n, given in enumerate(several)]
    assert len(groups(*rows)) == len(rows)


def test_customer_numbers_of_unlike_systems_are_not_believed() -> None:
    first, second = ["Ana", "Ben", "Cora", "Dirk", "Eva", "Fritz"], ["Otto", "Karl", "Lisa", "Mona", "Nils", "Pia"]
    rows = [person(n, f"{name} Ruiz", customer=f"x:{n}") for n, name in enumerate(first)]
    rows += [person(n + 6, f"{name} Weber", customer=f"x:{n}") for n, name in enumerate(second)]
    rows += [person(12, "", "a@example.com", customer="x:0")]
    assert len(groups(*rows)) == 13


def test_people_who_both_have_a_delivery_stay_two() -> None:
    rows = [person(0, "Ana Ruiz", FAMILY), person(1, "Ana Ruiz", FAMILY), person(2, "Ana Ruiz", FAMILY)]
    merged = merge(rows, held=[0, 1])
    assert not any({0, 1} <= set(group) for group in merged.groups)


def test_each_merged_row_has_its_reason_and_the_first_has_none() -> None:
    rows = [
        person(0, "Robert Ruiz", FAMILY),
        person(1, "Bob Ruiz", FAMILY),
        person(2, "Robert Ruiz", phone="+491"),
        person(3, "Robert Ruiz", FAMILY, "+491"),
    ]
    merged = merge(rows)
    assert merged.groups == [[0, 1, 2, 3]]
    assert set(merged.reasons) == {1, 2, 3}
    assert merged.reasons[1] == "same e-mail, nickname"
    assert merged.reasons[2].startswith("same phone, same")


def test_a_merge_by_likeness_says_how_alike() -> None:
    merged = merge([person(0, "Ana Rodriguez", address=HOME), person(1, "Ana Rodrigeuz", address=HOME)])
    assert merged.reasons[1] == "same address, similar family name (0.98)"


def bare(node: int, email: str = "", phone: str = "", **known: str) -> Trait:
    return person(node, "", email, phone, **known)


BORN = "2015-01-01"


@pytest.mark.parametrize(
    ("reason", "rows"),
    [
        (
            "same e-mail, similar name as written",
            [person(0, "Trudy Ruiz", FAMILY), person(1, "Trduy Ruiz", FAMILY)],
        ),
        (
            "same birth date and e-mail, which one person alone has",
            [person(0, "Ana Ruiz", FAMILY, born="1960-05-01"), bare(1, FAMILY, born="1960-05-01"),
             person(2, "Otto Ruiz", FAMILY, born="1958-01-01")],
        ),
        (
            "same phone, family name alone",
            [person(0, "Ana Ruiz", phone="+491"), person(1, "Ruiz", phone="+491")],
        ),
    ],
)  # fmt: skip
def test_a_row_with_half_a_name_goes_to_the_only_person_it_can_be(reason: str, rows: list[Trait]) -> None:
    merged = merge(rows)
    assert merged.groups[0] == [0, 1]
    assert merged.reasons[1].partition(" (")[0] == reason


@pytest.mark.parametrize(
    ("what", "rows"),
    [
        ("twins", [person(0, "Paul Ruiz", FAMILY, born=BORN), person(1, "Lea Ruiz", FAMILY, born=BORN)]),
        ("a twin who does not say when", [person(0, "Paul Ruiz", FAMILY, born=BORN), person(1, "Lea Ruiz", FAMILY)]),
        (
            "a twin who says so elsewhere",
            [person(0, "Paul Ruiz", FAMILY, born=BORN), person(1, "Lea Ruiz", FAMILY, "+497"),
             person(1, "Lea Ruiz", phone="+497", born=BORN)],
        ),
        (
            "another family",
            [person(0, "Paul Weber", FAMILY, born=BORN), person(1, "Lea Weber", FAMILY, born="1980-02-02")],
        ),
    ],
)  # fmt: skip
def test_a_birth_date_gives_no_row_to_one_of_several_who_may_be_meant(what: str, rows: list[Trait]) -> None:
    merged = merge([*rows, person(2, "Frau Ruiz", FAMILY, born=BORN)])
    assert [2] in merged.groups, what


@pytest.mark.parametrize(
    ("what", "rows"),
    [
        ("a couple at one phone", [person(0, "Ana Ruiz", phone="+491"), person(1, "Otto Ruiz", phone="+491")]),
        ("father and son", [person(0, "John Ruiz Sr", phone="+491"), person(1, "John Ruiz Jr", phone="+491")]),
        ("one known by a first name", [person(0, "Ana Ruiz", phone="+491"), person(1, "Otto", phone="+491")]),
        ("another family", [person(0, "Ana Weber", phone="+491"), person(1, "Ana Weber")]),
        ("another e-mail", [person(0, "Ana Ruiz", "a@example.com", "+491"), person(1, "Ana Ruiz", "a@example.com")]),
        ("a first name elsewhere", [person(0, "Ruiz Weber", phone="+491"), person(1, "Ana Ruiz", phone="+491")]),
    ],
)  # fmt: skip
def test_a_family_name_alone_is_given_to_none_of_several_and_to_no_stranger(what: str, rows: list[Trait]) -> None:
    merged = merge([*rows, person(2, "Ruiz", "ruiz@example.com", "+491")])
    assert all("family name alone" not in why for why in merged.reasons.values()), what


def test_a_name_that_is_a_given_name_for_certain_is_no_family_name_alone() -> None:
    rows = [person(0, "Anna Martin", FAMILY), person(1, "Martin", FAMILY)]
    assert groups(*rows) == [[0], [1]]


def test_two_real_names_are_two_people_as_written_too() -> None:
    assert groups(person(0, "Kate Ruiz", FAMILY), person(1, "Katie Ruiz", FAMILY), person(2, "Karl Ruiz", FAMILY))[
        -1
    ] == [2]


def test_a_missing_customer_number_contradicts_none_whichever_row_comes_first() -> None:
    rows = [person(0, "Robert Ruiz", FAMILY, customer=":7"), person(1, "Bob Ruiz", FAMILY)]
    turned = [person(0, "Bob Ruiz", FAMILY), person(1, "Robert Ruiz", FAMILY, customer=":7")]
    assert groups(*rows) == groups(*turned) == [[0, 1]]


word = st.sampled_from(["Ana", "Ben", "Anna", "Bern", "A", ""])
value = st.sampled_from(["", "1", "2"])
rows = st.lists(
    st.tuples(word, st.sampled_from(["Ruiz", "Weber", "Webber", ""]), value, value, value, value),
    min_size=1,
    max_size=12,
)


def built(entries: list[tuple[str, ...]]) -> list[Trait]:
    return [
        Trait(
            node,
            given.lower(),
            family.lower(),
            "",
            email and f"{email}@example.com",
            phone and f"+49{phone}",
            "",
            born and f"198{born}-01-01",
            customer and f"x:{customer}",
        )
        for node, (given, family, email, phone, born, customer) in enumerate(entries)
    ]


@settings(max_examples=50)
@given(rows)
def test_every_row_is_in_one_group_and_no_group_holds_two_birth_dates(entries: list[tuple[str, ...]]) -> None:
    traits = built(entries)
    merged = merge(traits)
    assert sorted(node for group in merged.groups for node in group) == list(range(len(entries)))
    for group in merged.groups:
        assert len({traits[node].born for node in group} - {""}) <= 1
        assert set(group[1:]) <= set(merged.reasons)


@settings(max_examples=50)
@given(rows)
def test_rows_that_share_no_identifier_at_all_are_never_one_person(entries: list[tuple[str, ...]]) -> None:
    traits = built([(given, family, "", "", "", "") for given, family, *_ in entries])
    assert len(merge(traits).groups) == len(traits)


@settings(max_examples=40)
@given(rows)
def test_a_group_is_held_together_by_shared_identifiers(entries: list[tuple[str, ...]]) -> None:
    traits = built(entries)
    for group in merge(traits).groups:
        reached, ahead = {group[0]}, [group[0]]
        while ahead:
            one = traits[ahead.pop()]
            near = {
                t.node
                for t in traits
                if t.node in group
                and any(
                    a and a == b
                    for a, b in (
                        (one.email, t.email),
                        (one.phone, t.phone),
                        (one.customer, t.customer),
                        (one.born, t.born),
                    )
                )
            }
            ahead += near - reached
            reached |= near
        assert reached >= set(group)


def test_union_find_joins_once_and_remembers_the_edge() -> None:
    forest = Forest(3, [])
    assert forest.join(0, 1, "because")
    assert forest.join(1, 0, "again")
    assert [forest.told[why] for why in forest.why] == ["", "because", ""]
    assert [forest.root(node) for node in range(3)] == [0, 0, 2]


def test_two_whom_a_reviewer_told_apart_stay_two_by_way_of_a_third_row_too() -> None:
    father = person(0, "Ana Ruiz", "one@example.com", "+491")
    son = person(1, "Ana Ruiz", "two@example.com", "+492")
    both = [person(2, "Ana Ruiz", "one@example.com", "+492"), person(3, "Ana Ruiz", "two@example.com", "+491")]
    rows = [father, son, *both]
    assert resolve(rows, 4).groups == [[0, 1, 2, 3]]
    told = resolve(rows, 4, apart=[(1, 0)])
    assert [set(group) & {0, 1} for group in told.groups] == [{0}, {1}]
    assert sorted(node for group in told.groups for node in group) == [0, 1, 2, 3]
    assert told.kept_apart == 1


def test_who_is_told_apart_stays_so_whoever_takes_them_in() -> None:
    forest = Forest(5, apart=[(2, 4)])
    assert forest.join(1, 2, "because")
    assert forest.join(3, 4, "because")
    assert not forest.join(1, 3, "because")
    assert forest.join(0, 4, "because")
    assert not forest.join(0, 2, "because")
    assert [forest.root(node) for node in range(5)] == [0, 1, 1, 0, 0]


def test_neighbours_at_one_switchboard_with_nearly_one_name_stay_two() -> None:
    one = person(0, "Anna Meier", "a.meier@example.com", "+491", address="1weg|04107")
    other = person(1, "Anna Meyer", "anna.meyer@example.org", "+491", address="9weg|04109")
    assert groups(one, other) == [[0], [1]]


def test_a_second_e_mail_address_alone_does_not_part_a_person_with_a_misspelt_name() -> None:
    one = person(0, "Anna Rodriguez", "anna@example.com", "+491")
    other = person(1, "Anna Rodrigeuz", "a.rodriguez@example.org", "+491")
    assert groups(one, other) == [[0, 1]]
