"""Cleaning row by row, value by value: slow and easy to read, what cleaning in columns is held against."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import orjson

from forthwith.scoping.heads import known_heads
from forthwith.scoping.mapping import Mapping
from forthwith.scoping.mapping.propose import Column
from forthwith.scoping.normalising import contact, names, places
from forthwith.scoping.normalising.address import Address, address_of
from forthwith.scoping.normalising.dates import birth_date, holds_place
from forthwith.scoping.normalising.text import NO_DATA, folded, tidy
from forthwith.scoping.reading import ROW, BadRow, Sheet
from forthwith.scoping.rows import UNKNOWN, Clean
from forthwith.scoping.words import words

NO = words("no") | {""}
TOTALS = re.compile(
    r"\s*(?:grand\s+)?(?:total|sum|summe|gesamt|somme|totale|totaal|count|anzahl)\b.{0,20}", re.IGNORECASE
)
ID_MARKS = re.compile(r"[^0-9A-Z]")
STATED, ADDRESS, PHONE, TLD = "stated", "address", "phone", "tld"
NOT_HOME = words("not_home")
IDENTIFIERS = ("ssn", "national_id", "tax_id")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of a sheet's rows."""

    people: list[Clean] = field(repr=False)
    bad: list[BadRow] = field(repr=False)
    dropped: Counter[str]  # cells that could not be used, by field


class _Cells:
    """A sheet's cells by field and position."""

    def __init__(self, sheet: Sheet, mapping: Mapping, country: str) -> None:
        self.sheet, self.mapping, self.country = sheet, mapping, country
        self.rows: list[int] = sheet.frame[ROW].to_list()

    @cached_property
    def _columns(self) -> dict[str, list[list[str | None]]]:
        """Return the columns of each field."""
        found: dict[str, list[list[str | None]]] = {}
        for column in self.mapping.columns:
            found.setdefault(column.field, []).append(self.sheet.frame[column.name].to_list())
        return found

    def first(self, field_name: str, at: int) -> str:
        """Return the first filled cell of a field."""
        return next((cell for column in self._columns.get(field_name, ()) if (cell := column[at])), "")

    def all(self, at: int, *field_names: str) -> Iterator[str]:
        """Yield all filled cells of some fields."""
        for name in field_names:
            yield from (cell for column in self._columns.get(name, ()) if (cell := column[at]))

    def whole(self, at: int) -> list[str]:
        """Return all filled cells of a row."""
        return [cell for columns in self._columns.values() for column in columns if (cell := column[at])]

    @cached_property
    def elements(self) -> list[tuple[str, ...]]:
        """Return the exposed elements of each row: those of its filled columns."""
        columns = (c for c in self.mapping.columns if c.elements)
        told = [([self._tells(cell, c) for cell in self.sheet.frame[c.name]], c.elements) for c in columns]
        known: dict[tuple[bool, ...], tuple[str, ...]] = {}
        masks = zip(*(filled for filled, _ in told), strict=True) if told else ((),) * len(self.rows)
        return [known.get(mask) or known.setdefault(mask, _united(mask, told)) for mask in masks]

    def _tells(self, cell: str | None, column: Column) -> bool:
        """Tell whether a cell holds more than a place."""
        if cell is None or cell.strip(" ,;").lower() in NO_DATA:
            return False
        return column.field != "birth_date" or not holds_place(cell, self.mapping.order_of(column.name))


def _united(mask: tuple[bool, ...], told: Sequence[tuple[list[bool], tuple[str, ...]]]) -> tuple[str, ...]:
    """Return the elements of the columns that a mask marks."""
    return tuple(sorted({code for on, (_, codes) in zip(mask, told, strict=True) if on for code in codes}))


def clean(sheet: Sheet, mapping: Mapping, country: str = "") -> Cleaned:
    """Return a sheet's rows as people, and the rows that tell of nobody. `country`: of rows that state none."""
    cells = _Cells(sheet, mapping, country)
    dropped: Counter[str] = Counter()
    people: list[Clean] = []
    bad = list(sheet.bad)
    for at, row in enumerate(cells.rows):
        if reason := _not_a_record(cells, at):
            bad.append(BadRow(row, reason, _text(cells, at)))
        else:
            people.append(_person(cells, at, row, dropped))
    placed = _homes(people, cells, dropped)  # a phone alone tells of somebody, and is only now read
    nobody, at_of = "nothing in the row points at a person", {row: at for at, row in enumerate(cells.rows)}
    bad += [BadRow(person.row, nobody, _text(cells, at_of[person.row])) for person in placed if not person.identifies]
    return Cleaned([person for person in placed if person.identifies], bad, dropped)


def _text(cells: _Cells, at: int) -> str:
    """Return a row as JSON, for its sealed place in quarantine."""
    filled = {name: cells.sheet.frame[name][at] for name in cells.sheet.columns}
    return orjson.dumps({name: cell for name, cell in filled.items() if cell}).decode()


def _not_a_record(cells: _Cells, at: int) -> str:
    """Return why a row is no record at all; blank where it may be one."""
    filled = cells.whole(at)
    if not filled:
        return "the row is empty"
    if any("\ufffd" in cell for cell in filled):
        return "characters of the row can't be decoded"
    if len(filled) > 1 and all(known_heads(cell) for cell in filled):
        return "the row repeats the header"
    if len(filled) <= 3 and TOTALS.fullmatch(filled[0]):
        return "the row is a total"
    return ""


def _person(cells: _Cells, at: int, row: int, dropped: Counter[str]) -> Clean:
    """Return one row cleaned, its phones not yet read: they need the row's country."""
    name = _name(cells, at)
    emails = tuple(dict.fromkeys(found for cell in cells.all(at, "email") for found in contact.emails_in(cell)))
    born = _born(cells, at)
    for what, cell, usable in (
        ("email", cells.first("email", at), emails),
        ("birth_date", cells.first("birth_date", at), born),
    ):
        dropped[what] += bool(cell and not usable)
    country, jurisdiction, source, postcode, state = _home(cells, at)
    stated = cells.first("language", at)
    return Clean(
        row=row, name=name, emails=emails, country=country, jurisdiction=jurisdiction, source=source, born=born,
        address=_address(cells, at, country, state, postcode),
        language=places.language_code(stated) or "" if stated else "",
        guardian=tidy(cells.first("guardian", at)), customer_id=_id(cells.first("customer_id", at), 1),
        national_id=next((found for cell in cells.all(at, *IDENTIFIERS) if (found := _id(cell, 5))), ""),
        deceased=folded(cells.first("deceased", at)) not in NO,
        email_consent=folded(cells.first("email_consent", at)) not in NO,
        opt_out=folded(cells.first("opt_out", at)) not in NO, elements=cells.elements[at],
    )  # fmt: skip


def _name(cells: _Cells, at: int) -> names.Name:
    """Return the row's name, from its own columns or a whole one."""
    given, family = cells.first("given", at), cells.first("family", at)
    whole = cells.first("full_name", at)
    if (given and family) or not whole:
        return names.part(given, family, cells.first("salutation", at), cells.first("suffix", at))
    name = names.split(whole)
    title = cells.first("salutation", at)
    return replace(name, salutation=tidy(title)) if title else name


def _born(cells: _Cells, at: int) -> str:
    """Return the birth date, read in its column's order."""
    column = next(iter(cells.mapping.of("birth_date")), None)
    cell = cells.first("birth_date", at)
    return birth_date(cell, cells.mapping.order_of(column)) if column and cell else ""


def _id(cell: str, least: int) -> str:
    """Return an identifier for comparing; blank where it is too short, masked, or all one character."""
    if "*" in cell or "•" in cell or not cell:
        return ""
    plain = ID_MARKS.sub("", tidy(cell).upper())
    return plain if len(plain) >= least and not (len(plain) > 3 and len(set(plain)) == 1) and plain != "0" else ""


def _home(cells: _Cells, at: int) -> tuple[str, str, str, str, str]:
    """Return country, jurisdiction, which evidence told it, postcode and state, from what the address columns say."""
    said, raw_state, raw_postcode = (cells.first(name, at) for name in ("country", "state", "postcode"))
    country = (places.country_code(said) or "") if said else ""
    source = STATED
    if not country:
        country = places.country_of_parts(raw_state, raw_postcode) if raw_state or raw_postcode else ""
        source = ADDRESS
    if not country and cells.country:
        country, source = cells.country, STATED
    if not country:
        return "", "unknown", UNKNOWN, raw_postcode.strip(), raw_state
    postcode = places.postcode_of(country, raw_postcode) if raw_postcode else ""
    home, jurisdiction, inferred = places.home_of(country, raw_state, postcode)
    state = places.state_code(home, raw_state) or raw_state
    return home, jurisdiction, ADDRESS if inferred else source, postcode, state


def _address(cells: _Cells, at: int, country: str, state: str, postcode: str) -> Address:
    """Return the row's postal address."""
    return address_of(
        country, street=cells.first("street", at), number=cells.first("house_number", at), state=state,
        postcode=postcode, second=cells.first("street2", at), city=cells.first("city", at),
        whole=cells.first("address", at),
    )  # fmt: skip


def _homes(people: list[Clean], cells: _Cells, dropped: Counter[str]) -> list[Clean]:
    """Read the phones by each row's country, and let them and e-mail domains tell a country that is still unknown."""
    usual = _usual_country(people)
    at_of = {row: at for at, row in enumerate(cells.rows)}
    return [_with_phones(person, cells, at_of[person.row], usual, dropped) for person in people]


def _usual_country(people: list[Clean]) -> str:
    """Return the country of nearly all rows that have one: the region of numbers in rows that have none."""
    counted = Counter(person.country for person in people if person.country)
    country, times = counted.most_common(1)[0] if counted else ("", 0)
    return country if times >= 0.9 * counted.total() and times >= 3 else ""


def _with_phones(person: Clean, cells: _Cells, at: int, usual: str, dropped: Counter[str]) -> Clean:
    """Return a row with its phones, and with the country that they or the e-mail's domain tell."""
    texts = list(cells.all(at, "mobile", "phone"))
    sure = [number for text in texts for number in contact.phones_in(text, person.country)]
    person = person if person.country else _placed(person, sure)
    region = person.country or usual
    phones = tuple(dict.fromkeys(number for text in texts for number in contact.phones_in(text, region)))
    faxes = tuple(number for text in cells.all(at, "fax") for number in contact.phones_in(text, region))
    dropped["phone"] += bool(texts and not phones)
    return replace(person, phones=phones, faxes=faxes) if texts or faxes else person


def _placed(person: Clean, phones: Sequence[str]) -> Clean:
    """Return a person without a stated country as living where the phone is, else where the e-mail's domain is."""
    for number in phones:
        if country := contact.region_of(number):
            home, jurisdiction, _ = places.home_of(country, "", "")
            return replace(person, country=home, jurisdiction=jurisdiction, source=PHONE)
    for address in person.emails:
        ending = address.rsplit(".", 1)[1]
        told = places.country_code(ending) if len(ending) == 2 and ending not in NOT_HOME else None
        if told:
            return replace(person, country=told, jurisdiction=told, source=TLD)
    return person
