"""Make the evidence files of the examples again: invented people, always the same.

    python examples/make_evidence.py [FOLDER] [--truth FILE]

Nobody in these files exists. E-mail domains are the reserved example.* ones; phone numbers are of the ranges that
regulators keep for fiction, as far as they have such ranges. `--truth` writes which row is which person
(CSV: source, row, person), and `-` as the person of a row that is nobody's.
"""

import argparse
import csv
import hashlib
import io
import json
import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
from invented_people import DAY, POOL, Maker, Person
from workbook import xlsx

HERE = Path(__file__).parent
LEAK, MAIL = "support-processor-leak", "mis-sent-spreadsheet"
CSV, XLSX, JSONL, PARQUET = (
    "nordwind_kunden.csv",
    "brightmere_support_contacts.xlsx",
    "lakeshore_tickets.jsonl",
    "lakeshore_accounts.parquet",
)
HEAD = [
    "Kundennummer",
    "Anrede",
    "Vorname",
    "Nachname",
    "E-Mail",
    "Telefon",
    "Straße",
    "PLZ",
    "Ort",
    "Land",
    "Geburtsdatum",
    "Passwort-Hash",
    "Letzte Bestellung",
]
NOBODY = "-"


@dataclass
class Row:
    """What one source says of a person: right, or damaged as exports are."""

    person: Person
    given: str
    family: str
    email: str
    phone: str
    born: date | None
    street: str
    postcode: str


class Spoiler:
    """Writes people down as real systems do."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def row(self, person: Person) -> Row:
        """Return a row of a person, seldom perfect."""
        email = self.chance.choice(person.emails) if person.emails and self.chance.random() < 0.98 else ""
        row = Row(person, person.given, person.family, email, person.phone if self.chance.random() < 0.85 else "",
                  person.born, person.street, person.postcode)  # fmt: skip
        if not person.reachable:
            row = replace(row, email="", phone="", street="", postcode="")
        return self._names(self._address(row))

    def _names(self, row: Row) -> Row:
        """Damage a name now and then: a nickname, a typing error, an initial, a new surname, capitals."""
        dice = self.chance.random()
        if dice < 0.035 and row.given in POOL["short"]:
            return replace(row, given=POOL["short"][row.given])
        if dice < 0.05:
            return replace(row, family=self._typo(row.family))
        if dice < 0.06 and row.email:
            return replace(row, given=row.given[0])
        if dice < 0.067 and row.email and row.person.born.year < 2000:
            return replace(row, family=f"{row.family}-{self.chance.choice(POOL['family']['us'].split())}")
        if dice < 0.12:
            return replace(row, given=row.given.upper(), family=row.family.upper())
        return row

    def _typo(self, word: str) -> str:
        """Return a word with two letters swapped or one lost."""
        at = self.chance.randrange(1, max(2, len(word) - 1))
        return (
            word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
            if self.chance.random() < 0.6
            else word[:at] + word[at + 1 :]
        )

    def _address(self, row: Row) -> Row:
        """Leave the birth date out, abbreviate the street, tag the e-mail, shout it."""
        short = (
            row.street.replace("Street", "St").replace("Avenue", "Ave").replace("Road", "Rd").replace("straße", "str.")
        )
        if self.chance.random() < 0.3:
            row = replace(row, street=short)
        if self.chance.random() < 0.12:
            row = replace(row, born=None)
        if row.email and self.chance.random() < 0.04:
            local, domain = row.email.split("@")
            row = replace(row, email=f"{local}+shop@{domain}")
        return replace(row, email=row.email.title()) if self.chance.random() < 0.03 else row


@dataclass
class Made:
    """A file's bytes, and which person each of its rows is."""

    name: str
    data: bytes
    truth: list[str]


def number_of(system: str, person: Person) -> str:
    """Return the customer number that a company gave a person."""
    seed = int(hashlib.sha256(f"{system}{person.number}".encode()).hexdigest()[:8], 16)
    return f"{system[0].upper()}{person.number:05}{seed % 90 + 10}"


def digest(person: Person) -> str:
    """Return what stands for a password's hash."""
    return hashlib.sha256(f"not a password {person.number}".encode()).hexdigest()[:40]


def international(person: Person, phone: str) -> str:
    """Return a phone number with its country's code."""
    code = {"US": "1", "CA": "1", "GB": "44", "DE": "49", "AU": "61", "FR": "33"}[person.country]
    return f"+{code} {phone.removeprefix('0')}" if phone else ""


def german_csv(people: list[Person], spoiler: Spoiler) -> Made:
    """Make Nordwind's customers: Windows-1252, semicolons, German heads, dates day first."""
    chance, lines, truth = spoiler.chance, [], []
    countries = {
        "DE": ("Deutschland", "DE", "Germany"),
        "FR": ("Frankreich", "FR"),
        "GB": ("Großbritannien",),
        "US": ("USA",),
    }
    for person in people:
        row = spoiler.row(person)
        foreign = person.country != "DE"
        lines.append(
            [
                number_of("nordwind", person),
                chance.choice(("Herr", "Frau", "")),
                row.given,
                row.family,
                row.email,
                international(person, row.phone) if foreign or chance.random() < 0.3 else row.phone,
                row.street,
                row.postcode.lstrip("0") if chance.random() < 0.3 else row.postcode,
                person.town[0] if row.street else "",
                chance.choice(countries[person.country]),
                row.born.strftime("%d.%m.%Y") if row.born else "",
                digest(person),
                (DAY - timedelta(days=chance.randint(1, 900))).strftime("%d.%m.%Y"),
            ]
        )
        truth.append(str(person.number))
    for at, line in ((311, HEAD), (702, ["N9999901", "", "", "", "", "", "", "", "", "", "", "", ""][:6]),
                     (1250, ["", "", "", "", "k. A.", "", "", "", "", "Deutschland", "", "", ""])):  # fmt: skip
        lines.insert(at, line)
        truth.insert(at, NOBODY)
    for at in (88, 901, 1477, 2040, 2313):
        torn = [*lines[at][:7], "Hinterhaus", "2. OG", *lines[at][7:]]
        lines.insert(at, torn)
        truth.insert(at, NOBODY)
    lines.append(["Gesamt", str(len(lines)), "", "", "", "", "", "", "", "", "", "", ""])
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([HEAD, *lines])
    return Made(CSV, out.getvalue().encode("cp1252"), [*truth, NOBODY])


def workbook_xlsx(people: list[Person], spoiler: Spoiler) -> Made:
    """Make Brightmere's contacts: title rows above the heads, two sheets, a legend, a total, real date cells."""
    heads = [
        "Customer ID",
        "Full Name",
        "Email Address",
        "Phone Number",
        "Address Line 1",
        "Town/City",
        "State",
        "Postcode",
        "Country",
        "Date of Birth",
        "Parent / Guardian",
        "Notes",
    ]
    rows, truth = [], []
    names = {
        "GB": ("United Kingdom", "UK", "England"),
        "AU": ("Australia", "AUS"),
        "CA": ("Canada",),
        "DE": ("Germany",),
    }
    for person in people:
        row, chance = spoiler.row(person), spoiler.chance
        state = person.town[3] if person.country == "AU" else person.place[3:] if person.country == "CA" else ""
        whole = f"{row.family}, {row.given}" if chance.random() < 0.1 else f"{row.given} {row.family}"
        rows.append(
            [
                number_of("brightmere", person),
                whole,
                row.email,
                international(person, row.phone) if chance.random() < 0.5 else row.phone,
                row.street,
                person.town[0] if row.street else "",
                state,
                row.postcode,
                chance.choice(names[person.country]),
                row.born,
                person.guardian,
                chance.choice(POOL["messages"]) if chance.random() < 0.08 else "",
            ]
        )
        truth.append(str(person.number))
    first = round(len(rows) * 0.8)
    for at in (40, 41, 1200, 1201, 1202):
        rows.insert(at, [None] * len(heads))
        truth.insert(at, NOBODY)
    for at in (77, 512, 1333):
        rows.insert(at, [None, "n/a", "noreply@example.com", "0000000000", *[None] * 8])
        truth.insert(at, NOBODY)
    top = [["Brightmere Retail Ltd"], ["Support contacts, exported 16 November 2026"], []]
    main, older = rows[:first], rows[first:]
    sheets = {
        "Contacts": [*top, heads, *main],
        "Archived": [["Archived before 2024"], heads, *older],
        "Legend": [["What this is"], ["Contacts of the support desk"], ["Ask the service team before sharing"]],
    }
    return Made(XLSX, xlsx(sheets), [*truth, *[NOBODY] * 2])


def tickets_jsonl(people: list[Person], spoiler: Spoiler) -> Made:
    """Make Lakeshore's support tickets: nested JSON, a message each, some lines cut off."""
    lines, truth, chance = [], [], spoiler.chance
    for person in people:
        row = spoiler.row(person)
        state = (
            {"address": {"state": person.place[3:], "zip": row.postcode}}
            if row.postcode and chance.random() < 0.5
            else {}
        )
        contact = {key: value for key, value in (("email", row.email), ("phone", row.phone)) if value}
        customer = {
            "id": number_of("lakeshore", person),
            "name": {"first": row.given, "last": row.family},
            "contact": contact,
            "country": person.country,
            **state,
        }
        if contact and chance.random() < 0.03:
            del customer["name"]
        opened = datetime.combine(DAY, datetime.min.time()) - timedelta(minutes=chance.randint(1, 900_000))
        ticket = {"ticket_id": f"T{len(lines) + 1:06}", "opened_at": f"{opened.isoformat()}Z", "customer": customer,
                  "message": {"subject": "Request", "body": chance.choice(POOL["messages"])}}  # fmt: skip
        lines.append(json.dumps(ticket, ensure_ascii=False))
        truth.append(str(person.number))
    for at in (15, 640, 1111, 1999, 2500, 3100, 3999):
        lines.insert(at, lines[at][: len(lines[at]) // 2])
        truth.insert(at, NOBODY)
    for at in (300, 1700, 3333):
        lines.insert(
            at, json.dumps({"ticket_id": "T000000", "customer": {"country": "US"}, "message": {"body": "Test ticket"}})
        )
        truth.insert(at, NOBODY)
    return Made(JSONL, ("\n".join(lines) + "\n").encode(), truth)


def accounts_parquet(people: list[Person], spoiler: Spoiler) -> Made:
    """Make Lakeshore's accounts: `Last, First`, ZIPs without their zero, provinces by name, US dates."""
    rows, truth, chance = [], [], spoiler.chance
    full = {"CA": "California", "NY": "New York", "TX": "Texas", "FL": "Florida", "ON": "Ontario", "QC": "Quebec"}
    for person in people:
        row, code = spoiler.row(person), person.place[3:]
        state = chance.choice((code, code, full.get(code, code), "")) if row.street else chance.choice((code, ""))
        rows.append(
            {
                "user_id": number_of("lakeshore", person),
                "account_name": f"{row.family}, {row.given}",
                "email": row.email or None,
                "mobile": row.phone or None,
                "street_address": row.street or None,
                "city": person.town[0] if row.street else None,
                "state": state or None,
                "zip_code": (row.postcode.lstrip("0") if chance.random() < 0.2 else row.postcode) or None,
                "country": chance.choice(("US", "USA", "United States")) if person.country == "US" else "Canada",
                "dob": f"{row.born:%m/%d/%Y}" if row.born else None,
                "guardian_name": person.guardian or None,
                "password_hash": digest(person),
                "plan": chance.choice(("basic", "family", "plus")),
            }
        )
        truth.append(str(person.number))
    for at in (5, 1000, 2000, 3000, 4000):
        rows.insert(at, dict.fromkeys(rows[0]) | {"plan": "basic"})
        truth.insert(at, NOBODY)
    out = io.BytesIO()
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(out, compression="zstd", compression_level=19)
    return Made(PARQUET, out.getvalue(), truth)


def shares(maker: Maker) -> tuple[list[Person], list[Person], list[Person], list[Person]]:
    """Return the people of each source, in the order of its rows; every person is in one at the least."""
    chance, by = (
        maker.chance,
        {place: [p for p in maker.people if p.country == place] for place in ("US", "GB", "DE", "CA", "AU", "FR")},
    )
    american = by["US"] + by["CA"]
    ticket_only = set(map(id, chance.sample([p for p in american if p.emails], 700)))
    accounts = [p for p in american if id(p) not in ticket_only]
    tickets = [p for p in american if id(p) in ticket_only] + chance.choices(accounts, k=3390)
    csv_people = by["DE"] + by["FR"] + chance.sample(by["GB"], 180) + chance.sample(by["US"], 90)
    book = by["GB"] + by["AU"] + chance.sample(by["DE"], 170) + chance.sample(by["CA"], 120)
    for people in (csv_people, book, tickets, accounts):
        chance.shuffle(people)
    return csv_people, book, tickets, accounts


def leak() -> list[Made]:
    """Make the four sources of the processor's leak."""
    maker = Maker(20261116)
    maker.populate()
    spoiler = Spoiler(maker.chance)
    customers, contacts, tickets, accounts = shares(maker)
    return [
        german_csv(customers, spoiler),
        workbook_xlsx(contacts, spoiler),
        tickets_jsonl(tickets, spoiler),
        accounts_parquet(accounts, spoiler),
    ]


def misdirected() -> Made:
    """Make the spreadsheet that went to the wrong recipient: three patients, one of them a child."""
    heads = [
        "Patientennummer",
        "Name",
        "Geburtsdatum",
        "Straße",
        "PLZ",
        "Ort",
        "Land",
        "Telefon",
        "E-Mail",
        "Erziehungsberechtigte",
        "Diagnose",
        "Krankenkasse",
    ]
    rows = [
        [
            "P-1041",
            "Annegret Kühn",
            date(1958, 3, 14),
            "Lindenstraße 12",
            "04107",
            "Leipzig",
            "Deutschland",
            "0171 3920041",
            "annegret.kuehn@example.org",
            None,
            "Arthrose, Knie rechts",
            "A 123 456 780",
        ],
        [
            "P-1077",
            "Sören Möller",
            date(1984, 11, 2),
            "Goethestraße 3",
            "04109",
            "Leipzig",
            "Deutschland",
            "0171 3920077",
            None,
            None,
            "Bandscheibenvorfall",
            "B 987 654 321",
        ],
        [
            "P-1102",
            "Lina Schäfer",
            date(2015, 6, 21),
            "Am Waldrand 8",
            "04229",
            "Leipzig",
            "Deutschland",
            None,
            "familie.schaefer@example.net",
            "Katrin Schäfer",
            "Skoliose",
            "C 456 789 123",
        ],
    ]
    sheets = {"Termine": [["Praxis am Ring: Termine der Woche"], [], heads, *rows]}
    return Made("termine.xlsx", xlsx(sheets), ["1", "2", "3"])


def main() -> None:
    """Write all evidence files, and the truth where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    parser.add_argument("--truth", type=Path)
    asked = parser.parse_args()
    made = leak()
    for example, files in ((LEAK, made), (MAIL, [misdirected()])):
        folder = asked.folder / example / "evidence"
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            (folder / file.name).write_bytes(file.data)
    if asked.truth:
        with asked.truth.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(["source", "row", "person"])
            writer.writerows([file.name, row, person] for file in made for row, person in enumerate(file.truth))


if __name__ == "__main__":
    main()
