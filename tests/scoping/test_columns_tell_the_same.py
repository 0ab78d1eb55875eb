"""Whole columns are read as single values are: each function for columns against its namesake for one."""

import random
import re
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS, PhoneMetadata

from forthwith.scoping.cleaning_cells import identifier, identifiers
from forthwith.scoping.heads import fields, known_heads, squeezed_heads
from forthwith.scoping.normalising import contact, dates, names, phone_columns, phone_plans, places
from forthwith.scoping.normalising.address import address_of, street_key
from forthwith.scoping.normalising.address_columns import addresses, street_keys
from forthwith.scoping.normalising.columns import fold, listed, stripped, tidied, with_letter
from forthwith.scoping.normalising.date_columns import birth_dates
from forthwith.scoping.normalising.email_columns import addresses_in, keys_of
from forthwith.scoping.normalising.name_columns import parts, wholes
from forthwith.scoping.normalising.place_columns import homes_of, postcodes, states_of
from forthwith.scoping.normalising.text import folded, has_letter, tidy

ODD = ["\x1c", "\x1f", "\x85", "\u00a0", "\u200b", "\u2007", "ß", "İ", "ı", "ǆ", "ŉ", "ª", "½", "´", "’", "–",
    "山田", "한", "Ω", "к",
       "\u0301", "\u0e31", "\u2126", "K", "ſ", "\0", "\ufffd", "\n", "\t", "\U0010ffff", "_", "ſt", "Ǿ",
           "ȸ"]  # fmt: skip
WORDS = ["Ana", "ANA", "ana", "O'Neill", "o'neill", "van", "de", "la", "Dr.", "Herr", "m", "Jr", "III",
    "Müller-Lena", "Ruiz", "d'Arcy", "n/a",
         "Unknown", "no name", "Street", "St.", "Hauptstr", "Kerkstraat", "Hauptstraße", "Apt", "x", "MacDonald",
             "McDONALD", "12b", "5", "a@b.org"]  # fmt: skip
BITS = st.one_of(st.sampled_from(ODD + WORDS), st.sampled_from([*" ,;.-'\"()/@_*", "  ", ", "]), st.text(max_size=3))
TEXT = st.lists(BITS, max_size=6).map("".join)
SPACED = st.lists(st.sampled_from(ODD[:14] + WORDS), min_size=1, max_size=5).map(" ".join)
CELLS = st.lists(st.one_of(TEXT, SPACED), min_size=1, max_size=12)
COUNTRIES = st.sampled_from(["", "US", "DE", "GB", "CA", "NL", "AT", "IE", "FR", "JP", "PR", "AU", "PT"])


def column(cells: list[str]) -> pl.Series:
    return pl.Series("cells", cells, pl.String)


@given(CELLS)
@example(["Kerkstraat 5", "Hauptstr. 7", "Ring 5", "Avenue 5", "strstraße 1", "St. St. Elm_street"])
def test_text(cells: list[str]) -> None:
    assert tidied(column(cells)).to_list() == list(map(tidy, cells))
    assert fold(column(cells)).to_list() == list(map(folded, cells))
    assert with_letter(column(cells)).to_list() == list(map(has_letter, cells))
    assert stripped(column(cells)).to_list() == [cell.strip() for cell in cells]
    assert street_keys(column(cells)).to_list() == list(map(street_key, cells))


@pytest.mark.sweep
def test_text_of_every_letter_that_there_is() -> None:
    cells = [f"Ab{chr(code)} {chr(code)}c" for code in range(1, 0x11000) if not 0xD800 <= code < 0xE000]
    for of, one in ((tidied, tidy), (fold, folded), (with_letter, has_letter), (street_keys, street_key)):
        made = of(column(cells)).to_list()
        assert [cell for cell, value in zip(cells, made, strict=True) if value != one(cell)] == []


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=8))
def test_filled_parts_as_lists(rows: list[tuple[str, str, str]]) -> None:
    columns = [column(list(cells)) for cells in zip(*rows, strict=True)]
    assert listed(columns).to_list() == [[part for part in row if part] for row in rows]


@given(CELLS, st.integers(1, 5))
@example(["AAAA", "aaa", "0", "12*45", "1234•", "ßßß", "1 2-3", "ıııı"], 1)
def test_identifiers(cells: list[str], least: int) -> None:
    assert identifiers(column(cells), least).to_list() == [identifier(cell, least) for cell in cells]


LOCAL = st.sampled_from(["ana", "no-reply", "TEST", "a.b", "a..b", ".ana'", "n/a", "ä", "x" * 65, "mailto:a", "a b"])
EMAILS = st.builds("@".join, st.lists(st.one_of(LOCAL, st.sampled_from(["x.org", "EX-1.co.uk", "-a.org", "a",
    "ü.de", "b.c1"])),
                                      min_size=1, max_size=3))  # fmt: skip


@given(st.lists(st.one_of(EMAILS, TEXT, st.lists(EMAILS, max_size=3).map("; ".join)), min_size=1, max_size=12))
def test_emails(cells: list[str]) -> None:
    found: dict[int, list[str]] = {}
    for at, address in addresses_in(column(cells)).iter_rows():
        found.setdefault(at, []).append(address)
    assert [found.get(at, []) for at in range(len(cells))] == [list(contact.emails_in(cell)) for cell in cells]


@given(
    st.lists(st.one_of(EMAILS, st.sampled_from([None, "A.b+c@Gmail.com", "+t@x.org", "a.b@googlemail.com", "İ@x.org"])))
)
@example(["a.b@c.d@gmail.com", "gmail.com", "", "A+b+c@X.org"])
def test_emails_for_comparing(addresses: list[str | None]) -> None:
    wanted = [None if address is None else contact.email_key(address) for address in addresses]
    assert keys_of(pl.Series(addresses, dtype=pl.String)).to_list() == wanted


DAYS = st.builds("{:02}{}{:02}{}{:04}".format, st.integers(0, 32), st.sampled_from(list("./- ")), st.integers(0, 14),
                 st.sampled_from(list("./- ")), st.integers(1880, 2040))  # fmt: skip
ISO = st.builds("{:04}-{:02}-{:02}".format, st.integers(0, 2100), st.integers(0, 14), st.integers(0, 32))
FIXED = st.sampled_from(
    ["1970-01-01", "01.01.1900", "29 Feb 1984", "29/02/1983", "", "12.3.84", "30123", "2000-01-01T00:00"]
)


@given(
    st.lists(st.one_of(DAYS, ISO, FIXED), min_size=1, max_size=20), st.sampled_from(["dmy", "mdy", "ymd", "unclear"])
)
@example(["05.12.1984", "05/12/1984", "12-12-1984", "12/05/1984", "13/12/1984", "12/13/1984", "13.13.1984"], "dmy")
@example(["05.12.1984", "05/12/1984", "12-12-1984", "12/05/1984", "13/12/1984", "12/13/1984", "12.13.1984"], "mdy")
@example(["05.12.1984", "05/12/1984", "12-12-1984", "13/12/1984"], "unclear")
def test_birth_dates(cells: list[str], order: str) -> None:
    assert birth_dates(column(cells), order).to_list() == [dates.birth_date(cell, order) for cell in cells]


@given(st.lists(st.tuples(*[st.one_of(SPACED, TEXT)] * 4), min_size=1, max_size=8))
def test_names_in_parts(rows: list[tuple[str, str, str, str]]) -> None:
    cells = pl.DataFrame(rows, schema=["given", "family", "salutation", "suffix"], orient="row")
    assert parts(cells).rows() == [(n.given, n.family, n.salutation, n.suffix) for n in (names.part(*r) for r in rows)]


@given(CELLS)
@example(
    [
        "Ruiz, Ana",
        "Ruiz, Jr",
        "Dr. Ana Ruiz III",
        "Ana van der Berg",
        "M Ana Ruiz",
        "M Ruiz",
        "山田 太郎",
        "ana ruiz",
        "x",
        ",",
        "A, ,B",
    ]
)
def test_whole_names(cells: list[str]) -> None:
    expected = [(n.given, n.family, n.salutation, n.suffix) for n in map(names.split, cells)]
    assert wholes(column(cells)).rows() == expected


CODES = st.one_of(
    st.from_regex(r"[0-9]{2,9}(-[0-9]{1,4})?(\.0)?", fullmatch=True),
        st.from_regex(r"[A-Z]{1,2}[0-9]{1,2} ?[0-9][A-Z]{2}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9]{2,4} ?[A-Za-z0-9]{1,3}", fullmatch=True), st.from_regex(r"(D|CH|NL)-[0-9]{4,5}",
        fullmatch=True), TEXT,
)  # fmt: skip
STATES = st.sampled_from(["", "CA", "California", "new york", "ON", "Québec", "Bayern", "US-CA", "AE"])


@given(st.lists(st.tuples(COUNTRIES, STATES, CODES), min_size=1, max_size=20))
def test_postcodes_and_homes(rows: list[tuple[str, str, str]]) -> None:
    country, state, raw = (column(list(cells)) for cells in zip(*rows, strict=True))
    made = postcodes(country, raw)
    expected = [places.postcode_of(c, code) if code else "" for c, _, code in rows]
    assert made.to_list() == expected
    homes = [places.home_of(c, s, code) for (c, s, _), code in zip(rows, expected, strict=True)]
    assert homes_of(country, state, made).rows() == homes
    assert states_of(country, state).to_list() == [places.state_code(c, s) or s for c, s, _ in rows]


STREETS = st.one_of(SPACED, TEXT, st.sampled_from(["", "Hauptstr. 5", "12 Elm St., Apt 4", "5"]))
WHOLE = st.one_of(st.just(""), st.lists(st.one_of(SPACED, CODES), min_size=1, max_size=4).flatmap(
    lambda pieces: st.sampled_from([", ", "\n", ";", ",  ", ","]).map(lambda mark: mark.join(pieces))))  # fmt: skip


@given(st.lists(st.tuples(COUNTRIES, STREETS, TEXT, TEXT, STREETS, STATES, CODES, WHOLE), min_size=1, max_size=8))
def test_addresses(rows: list[tuple[str, ...]]) -> None:
    heads = ["country", "street", "number", "second", "city", "state", "postcode", "whole"]
    made = addresses(pl.DataFrame(rows, schema=heads, orient="row"))
    expected = []
    for row in rows:
        cells = dict(zip(heads, row, strict=True))
        found = address_of(cells.pop("country"), **cells)
        expected.append((list(found.lines), found.postcode, found.city, found.key))
    assert made.rows() == expected


def test_every_head_fits_the_pattern_that_passes_heads_on() -> None:
    heads = [name for field in fields() for name in (field, field.replace("_", " "))] + [
        "Customer.Contact.E-Mail",
        "Salary (USD)",
    ]
    known = [head for head in heads if known_heads(head)]
    plain = column(known).str.to_lowercase().str.replace_all("[^a-z0-9]+", "")
    assert len(known) > 20
    assert plain.str.contains(squeezed_heads()).all()


KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


def phone_corpus(seed: int, times: int) -> Iterator[tuple[str, str]]:
    """Yield numbers near the examples of every country's every kind, right and wrong, in many spellings."""
    choose = random.Random(seed)
    regions = sorted(SUPPORTED_REGIONS)
    for region in regions:
        metadata = PhoneMetadata.metadata_for_region(region, None)
        kinds = [kind for name in KINDS if (kind := getattr(metadata, name)) and kind.example_number]
        for kind in kinds * times:
            number = near(choose, kind.example_number)
            code, prefix = metadata.country_code, metadata.national_prefix or "0"
            text = choose.choice((
                number, prefix + number, f"+{code}{number}", f"00{code}{number}", f"{code}{number}",
                    f"+{code} ({prefix}) {number}",
                f"(+{code}) {number}", f"0{number}", f"8{number}", f"90{number}", f"{number}.0",
                    f"{number} / {number}", f"+{number}",
            ))  # fmt: skip
            yield spelt(choose, text), region if choose.random() < 0.8 else choose.choice([*regions, "", "AQ"])


def near(choose: random.Random, number: str) -> str:
    digits = list(number)
    for _ in range(choose.randrange(5)):
        digits[choose.randrange(len(digits))] = choose.choice("0123456789")
    return "".join(digits[: len(digits) - choose.choice((0, 0, 0, 1))]) + choose.choice(("", "", "", "7"))


def spelt(choose: random.Random, text: str) -> str:
    marks = "" if choose.random() < 0.4 else " -./()x"
    return "".join(char + (choose.choice(marks) if marks and choose.random() < 0.15 else "") for char in text)


def numbers_of(cells: list[tuple[str, str]]) -> list[list[str]]:
    texts, regions = (column(list(part)) for part in zip(*cells, strict=True))
    found: dict[int, list[str]] = {}
    for at, number in phone_columns.numbers_in(texts, regions).iter_rows():
        found.setdefault(at, []).append(number)
    return [found.get(at, []) for at in range(len(cells))]


@pytest.mark.parametrize("few", [0, 200])
def test_phones_near_the_examples_of_every_country(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_columns, "FEW", few)
    cells = list(phone_corpus(7 + few, 6))
    made = numbers_of(cells)
    differing = [
        (cell, found) for cell, found in zip(cells, made, strict=True) if found != list(contact.phones_in(*cell))
    ]
    assert differing == []
    numbers = sorted({number for found in made for number in found})
    assert len(numbers) > 1500
    told = phone_columns.kinds(column(numbers)).sort("number").rows()
    assert told == [(number, contact.region_of(number), contact.takes_sms(number)) for number in numbers]


@given(st.lists(st.tuples(st.one_of(st.from_regex(r"\(?\+?\(?[0-9 ()./-]{3,18}", fullmatch=True), TEXT),
                          st.sampled_from(["", "US", "DE", "BR", "AR", "MX", "IT", "JP", "001", "AQ"])),
                              min_size=1, max_size=20))  # fmt: skip
@example(
    [
        ("0000000000", "US"),
        ("00", "DE"),
        ("+", ""),
        ("(00) 49 171 3920011", "AT"),
        ("1.4155551234E+10", "US"),
        ("٠١٧١٣٩٢٠٠١١", "DE"),
    ]
)
def test_phones_in_any_spelling(cells: list[tuple[str, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phone_columns, "FEW", 0)
        assert numbers_of(cells) == [list(contact.phones_in(*cell)) for cell in cells]


def test_regions_and_sms_of_a_column_keep_its_order_and_its_gaps() -> None:
    numbers = pl.Series("n", ["+491713920011", None, "+12125550123", "+493023125123", "+491713920011"])
    assert phone_columns.regions_of(numbers).to_list() == ["DE", None, "US", "DE", "DE"]
    assert phone_columns.take_sms(numbers).to_list() == [True, None, True, False, True]


DIGITS = st.text("0123456789", min_size=1, max_size=14)


def bare_of(plan: phone_plans.Plan, number: str) -> str:
    """What is left without the national prefix, unless only the whole is shaped like a number."""
    if not plan.prefix or not re.search(plan.prefix, number):
        return number
    rest = re.sub(plan.prefix, "", number, count=1)
    return number if re.search(plan.general.pattern, number) and not re.search(plan.general.pattern, rest) else rest


def national_of(plan: phone_plans.Plan, number: str) -> str:
    rest = bare_of(plan, number)
    enough = len(rest) in plan.general.lengths or len(rest) > max(plan.general.lengths)
    return rest if enough and len(rest) not in plan.local else number


@pytest.mark.parametrize("region", ["US", "DE", "GB", "BR", "JP", "IT", "AU", "HU", "AR", "MX", "LT"])
@given(tails=st.lists(DIGITS, min_size=1, max_size=8))
def test_national_numbers(region: str, tails: list[str]) -> None:
    plan = phone_plans.plan_of(region)
    assert plan
    numbers = [*tails, *(f"{lead}{tail}" for tail in tails for lead in ("0", "1", "06", "8"))]
    assert plan.bared(column(numbers)).to_list() == [bare_of(plan, number) for number in numbers]
    assert plan.national(column(numbers)).to_list() == [national_of(plan, number) for number in numbers]
