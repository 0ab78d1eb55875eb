"""The seven sources: which columns each has, what a filled one exposes, and how it writes a person down."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from .humans import DAY, Home, Human
from .places import pool
from .telling import NO_DATE, Junk, Told, phone

ELEMENTS = (
    "name", "contact", "dob", "ssn", "gov_id_other", "tax_id", "card_number_alone", "bank_account_number",
    "credentials_hashed", "purchase",
)  # fmt: skip
BIT = {code: 1 << at for at, code in enumerate(ELEMENTS)}
GERMAN = {
    "DE": ("Deutschland", "DE"), "AT": ("Österreich",), "CH": ("Schweiz",), "FR": ("Frankreich",), "US": ("USA",),
    "GB": ("Großbritannien",), "IT": ("Italien",), "ES": ("Spanien",), "NL": ("Niederlande",), "BE": ("Belgien",),
    "CA": ("Kanada",), "AU": ("Australien",), "JP": ("Japan",), "BR": ("Brasilien",), "IE": ("Irland",),
}  # fmt: skip
SPELT = {code: entry["spelt"] for code, entry in pool()["countries"].items()}
STATES: dict[str, str] = pool()["states"]
Cell = Callable[[Told, "Writer"], object]


class Writer:
    """What the cells of a source need beside the row: chance, and the customer numbers that were given."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.some = chance, chance.random
        self.seen: set[tuple[str, int]] = set()

    def number(self, company: str, human: Human) -> str:
        """Return a person's customer number with a company; now and then somebody has a second account."""
        known = (company, human.number) in self.seen
        self.seen.add((company, human.number))
        base = human.number * 7 + (3 if known and self.some() < 0.15 else 0)
        return {"": f"C{base:07}", "shop": str(base + 10_000), "nordwind": str(base + 40_000)}.get(company, f"L-{base}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, the element that a filled cell exposes, and what stands in it."""

    head: str
    element: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `party`: whose customers it tells of, blank for one's own; `share` of all rows."""

    name: str
    party: str
    share: float
    columns: tuple[Column, ...]
    latin: bool = False  # writes all names in Latin letters
    only: frozenset[str] = frozenset()  # countries; none: all


def spelt(row: Told, to: Writer) -> str:
    """Return the country in one of its spellings."""
    names = SPELT[row.country] if row.country else ("",)
    return str(names[int(to.some() * len(names))])


def german(row: Told, to: Writer) -> str:
    names = GERMAN[row.country] if row.country else ("",)
    return names[int(to.some() * len(names))]


def state(row: Told, to: Writer) -> str:
    """Return the state's code, or its name; not everybody states it."""
    if not row.home or to.some() < 0.2:
        return ""
    code = row.home[1]
    return STATES.get(code, code) if to.some() < 0.2 else code


def postcode(row: Told, to: Writer) -> str:
    """Return the postcode; a spreadsheet loses the zero in front."""
    if not row.home:
        return ""
    code = row.home[3]
    return code.lstrip("0") if to.some() < 0.3 and code.isdigit() else code


def number_lost(row: Told, to: Writer) -> object:
    """Return the postcode as a column of numbers has it."""
    return postcode(row, to).lstrip("0")


def mobile(row: Told, to: Writer) -> str:
    return phone(row.mobile, to.some, bool(row.country))


def landline(row: Told, to: Writer) -> str:
    return phone(row.landline, to.some, bool(row.country))


def spreadsheet_phone(row: Told, to: Writer) -> str:
    """Return a telephone number; some are what a spreadsheet made of them: 1.4155550123E+10."""
    text = phone(row.mobile, to.some, bool(row.country))
    digits = "".join(filter(str.isdigit, text)) if text.startswith("+") else ""
    if digits and to.some() < 0.1:
        places = 1 if to.some() < 0.3 else len(digits) - 1
        return f"{float(f'{digits[0]}.{digits[1:]}'):.{places}f}E+{len(digits) - 1}"
    return text


def whole(row: Told, to: Writer) -> str:
    """Return the whole name, some with a title, a middle initial or a generation."""
    if not row.given or not row.family:
        return row.given or row.family
    title = ("Mr ", "Mrs ", "Dr. ", "Prof. Dr. ")[int(to.some() * 4)] if to.some() < 0.12 else ""
    middle = f" {'ABCDEJLMR'[int(to.some() * 9)]}." if to.some() < 0.05 else ""
    younger = f" {row.human.suffix}" if row.human.suffix and to.some() < 0.8 else ""
    return f"{title}{row.given}{middle} {row.family}{younger}"


def turned(row: Told, to: Writer) -> str:
    """Return the whole name, most as `Last, First`."""
    if not row.given or not row.family or to.some() < 0.25:
        return whole(row, to)
    return f"{row.family}, {row.given}"


def family(row: Told, to: Writer) -> str:
    """Return the family name, some with a generation."""
    return f"{row.family} {row.human.suffix}." if row.human.suffix and row.family and to.some() < 0.7 else row.family


def address(row: Told, _: Writer) -> str:
    """Return the whole address in one cell."""
    if not row.home:
        return ""
    code, state_, town, post, street = row.home
    if code in ("US", "CA", "AU"):
        return f"{street}, {town}, {state_} {post}"
    return f"{street}, {town}, {post}" if code in ("GB", "IE") else f"{street}, {post} {town}"


def home(at: int) -> Callable[[Told, Writer], str]:
    """Return a cell of one part of the address."""

    def part(row: Told, _: Writer) -> str:
        place: Home | None = row.home
        return place[at] if place else ""

    return part


def born(form: str) -> Cell:
    """Return a cell of the birth date in a form."""
    return lambda row, _: row.born.strftime(form) if row.born else ""


def national(only: str = "", but: str = "") -> Cell:
    """Return a cell of the national id: of one country alone, or of all but one."""

    def cell(row: Told, to: Writer) -> str:
        code = row.human.country.code
        if (only and code != only) or code == but or not row.national:
            return ""
        text = row.national
        dashed = code == "US" and type(text) is not Junk and to.some() < 0.7
        return f"{text[:3]}-{text[3:5]}-{text[5:]}" if dashed else text

    return cell


def flag(name: str, yes: str) -> Cell:
    """Return a cell that marks some people."""
    return lambda row, _: yes if getattr(row.human, name) else ""


def said(text: str) -> Cell:
    """Return a cell that says the same of everybody."""
    return lambda _row, _to: text


def customer(company: str) -> Cell:
    return lambda row, to: to.number(company, row.human)


def words(head: str) -> Cell:
    """Return a cell of an order or a day that tells of nobody."""
    if head == "order":
        return lambda _, to: f"A-{int(to.some() * 10**7):07}"
    return lambda _, to: (DAY - timedelta(days=int(to.some() * 900))).isoformat()


def hashed(row: Told, to: Writer) -> str:
    return f"{row.human.number * 2654435761 % 2**32:08x}" * 5 if to.some() < 0.9 else ""


def card(row: Told, to: Writer) -> str:
    return f"************{row.card[-4:]}" if row.card and to.some() < 0.5 else row.card


def given(row: Told, _: Writer) -> str:
    return row.given


def plain_family(row: Told, _: Writer) -> str:
    return row.family


def email(row: Told, _: Writer) -> str:
    return row.email


def guardian(row: Told, to: Writer) -> str:
    return row.human.guardian if to.some() < 0.8 else ""


def language(row: Told, _: Writer) -> str:
    return row.human.language


def salutation(_: Told, to: Writer) -> str:
    return ("Herr", "Frau", "")[int(to.some() * 3)]


NAME, CONTACT, DOB = "name", "contact", "dob"
CRM = Source("crm_contacts.csv", "", 0.36, (
    Column("customer_id", "", customer("")), Column("first_name", NAME, given), Column("last_name", NAME, family),
    Column("email", CONTACT, email), Column("mobile", CONTACT, mobile), Column("home_phone", CONTACT, landline),
    Column("address_line_1", CONTACT, home(4)), Column("city", CONTACT, home(2)), Column("state", CONTACT, state),
    Column("zip", CONTACT, postcode), Column("country", "", spelt), Column("date_of_birth", DOB, born("%m/%d/%Y")),
    Column("language", "", language), Column("marketing_opt_out", "", flag("opt_out", "yes")),
    Column("deceased", "", flag("deceased", "Y")), Column("created_at", "", words("day")),
))  # fmt: skip
ORDERS = Source("orders.jsonl", "shop", 0.25, (
    Column("order_id", "purchase", words("order")), Column("customer.id", "", customer("shop")),
    Column("customer.name.first", NAME, given), Column("customer.name.last", NAME, plain_family),
    Column("customer.contact.email", CONTACT, email), Column("customer.contact.phone", CONTACT, mobile),
    Column("customer.address.street", CONTACT, home(4)), Column("customer.address.city", CONTACT, home(2)),
    Column("customer.address.state", CONTACT, state), Column("customer.address.zip", CONTACT, home(3)),
    Column("customer.country", "", spelt), Column("customer.dob", DOB, born("%Y-%m-%dT00:00:00Z")),
    Column("payment.card_number", "card_number_alone", card),
))  # fmt: skip
KUNDEN = Source("kunden.csv", "nordwind", 0.15, (
    Column("Kundennummer", "", customer("nordwind")), Column("Anrede", "", salutation), Column("Vorname", NAME, given),
    Column("Nachname", NAME, family), Column("E-Mail", CONTACT, email), Column("Telefon", CONTACT, mobile),
    Column("Straße", CONTACT, home(4)), Column("PLZ", CONTACT, postcode), Column("Ort", CONTACT, home(2)),
    Column("Land", "", german), Column("Geburtsdatum", DOB, born("%d.%m.%Y")),
    Column("Steuer-ID", "tax_id", national(only="DE")), Column("IBAN", "bank_account_number", lambda row, _: row.iban),
    Column("Einwilligung E-Mail", "", said("ja")), Column("Passwort-Hash", "credentials_hashed", hashed),
), only=frozenset(("DE", "AT", "CH", "FR", "NL", "BE", "IT", "ES", "JP")))  # fmt: skip
ACCOUNTS = Source("accounts.parquet", "lakeshore", 0.12, (
    Column("user_id", "", customer("lakeshore")), Column("account_name", NAME, turned), Column("email", CONTACT, email),
    Column("mobile", CONTACT, mobile), Column("street_address", CONTACT, home(4)), Column("city", CONTACT, home(2)),
    Column("state", CONTACT, state), Column("zip_code", CONTACT, number_lost), Column("country", "", spelt),
    Column("dob", DOB, born("%Y-%m-%d")), Column("ssn", "ssn", national(only="US")),
    Column("guardian_name", NAME, guardian), Column("password_hash", "credentials_hashed", hashed),
), latin=True, only=frozenset(("US", "CA")))  # fmt: skip
LEGACY = Source("legacy.sql", "shop", 0.06, (
    Column("id", "", lambda _, to: str(int(to.some() * 10**9))), Column("client_number", "", customer("shop")),
    Column("full_name", NAME, whole), Column("mail", CONTACT, email), Column("tel", CONTACT, landline),
    Column("address", CONTACT, address), Column("country_name", "", spelt), Column("birth_date", DOB, born("%Y-%m-%d")),
    Column("national_id", "gov_id_other", national(but="US")), Column("lang", "", language),
))  # fmt: skip
MEMBERS = Source("members.xlsx", "", 0.03, (
    Column("Member Number", "", customer("")), Column("Full Name", NAME, turned),
    Column("Email Address", CONTACT, email), Column("Phone Number", CONTACT, spreadsheet_phone),
    Column("Mailing Address", CONTACT, address),
    Column("Country", "", spelt), Column("Date of Birth", DOB, lambda row, _: row.born),
    Column("Parent / Guardian", NAME, guardian), Column("Deceased", "", flag("deceased", "yes")),
))  # fmt: skip
MAIL = Source("newsletter.mbox", "", 0.03, (Column("name", NAME, turned), Column("email", CONTACT, email)))
SOURCES = (CRM, ORDERS, KUNDEN, ACCOUNTS, LEGACY, MEMBERS, MAIL)


def cells(source: Source, row: Told, to: Writer) -> tuple[list[object], int]:
    """Return a row's cells, and which elements it really exposes."""
    exposed, values = 0, []
    for column in source.columns:
        value = column.cell(row, to)
        known = type(value) is not Junk and not (column.element == DOB and row.born in NO_DATE)
        if value and column.element and known:
            exposed |= BIT[column.element]
        values.append(value)
    return values, exposed


def elements(mask: int) -> Iterator[str]:
    """Yield the elements of a mask."""
    return (code for code, bit in BIT.items() if mask & bit)
