"""Invented loose files of nine kinds with the truth about them: what stands in each, who, and what only looks so."""

import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module

import phonenumbers
from loose_kinds import BUILD
from stdnum import iban, luhn
from stdnum.iso7064 import mod_11_10

KINDS = tuple(BUILD)
PEOPLE = [
    ("Anna", "Müller", "anna.mueller@example.de", "+491712345678", "KD-200417"),
    ("José", "García Ortiz", "jose.garcia@example.es", "+34612345678", "KD-200418"),
    ("Mary-Jane", "O'Neil", "mj.oneil@example.com", "+12125550147", "KD-200419"),
    ("Chloé", "Lefèvre", "chloe.lefevre@example.fr", "+33612345678", "KD-200420"),
    ("Giulia", "Rossi", "g.rossi@example.it", "+393471234567", "KD-200421"),
    ("Jan", "de Vries", "jan.devries@example.nl", "+31612345678", "KD-200422"),
]
SAYS = {
    "email": [
        "E-Mail: {}",
        "write to {} please",
        "Schreiben Sie an {}.",
        "courriel {}",
        "correo {}",
        "<{}>",
        "email={}",
    ],
    "phone": [
        "Tel. {}",
        "Telefonnummer: {}",
        "call me on my mobile {}",
        "téléphone {}",
        "móvil: {}",
        "cellulare {}",
        "telefoon {}",
        "telemóvel {}",
        "Fax: {}",
        "Phone {}",
    ],
    "iban": ["IBAN {}", "bitte auf {} überweisen", "account {} at our bank", "compte {}", "IBAN: {} BIC ABCDEFGH"],
    "card": [
        "card number {}",
        "Kreditkarte {}",
        "paid with Visa {}",
        "carte bancaire {}",
        "tarjeta de crédito {}",
        "carta di credito {}",
        "cartão {}",
        "I paid with {}",
    ],
    "birth_date": [
        "born on {}",
        "Date of birth: {}",
        "geboren am {}",
        "Geburtsdatum {}",
        "née le {}",
        "fecha de nacimiento: {}",
        "nato il {}",
        "geboortedatum {}",
        "data de nascimento {}",
        "DOB {}",
    ],
    "ssn": ["SSN {}", "social security number is {}", "Social Security No.: {}"],
    "passport": ["passport number {}", "Reisepass Nr. {}", "passeport n° {}", "pasaporte {}"],
}
STATES = {
    "de.idnr": "Steuer-ID {}",
    "es.dni": "con DNI {}",
    "es.nie": "NIE: {}",
    "fr.nir": "n° de sécurité sociale {}",
    "nl.bsn": "BSN {}",
    "gb.nhs": "NHS number {}",
    "ca.sin": "SIN: {}",
    "au.tfn": "tax file number {}",
    "br.cpf": "CPF {}",
    "it.codicefiscale": "codice fiscale {}",
    "pt.nif": "NIF {}",
    "pl.pesel": "PESEL {}",
    "ch.ssn": "AHV-Nr. {}",
}
WORDS = [
    "Thank you for your message.",
    "Wir melden uns wieder.",
    "Merci de votre patience.",
    "Un saludo cordial.",
    "The parcel was late again.",
    "Bitte prüfen Sie das.",
    "Cordiali saluti.",
    "Met vriendelijke groet.",
]


HOSTS = ["example.com", "mail.example.de", "example.co.uk", "post.fr"]


@dataclass
class Doc:
    """One file, and what is true of it: compact values by kind, and the places in PEOPLE of who is named."""

    name: str
    data: bytes
    truth: set[tuple[str, str]] = field(default_factory=set)
    people: set[int] = field(default_factory=set)


def compact(value: str) -> str:
    return re.sub(r"[^0-9a-z@]", "", value.lower())


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def spaced(value: str, step: int = 4) -> str:
    return " ".join(value[at : at + step] for at in range(0, len(value), step))


def an_email(chance: random.Random) -> str:
    local = chance.choice(["{}.{}", "{}_{}", "{}{}", "{}-{}", "{}+{}"]).format(
        chance.choice(["ina", "Tom", "lea", "zoe", "Max"]), chance.choice(["weber", "lopez", "dubois", "smith"])
    )
    return f"{local}{chance.randrange(999)}@{chance.choice(HOSTS)}"


def a_phone(chance: random.Random) -> str:
    shapes = [
        ("DE", "0171 {7}"),
        ("DE", "030/{8}"),
        ("DE", "+49 171 {7}"),
        ("DE", "+49 (0) 30 {8}"),
        ("US", "(212) {3}-{4}"),
        ("US", "+1 415-{3}-{4}"),
        ("FR", "06 {2} {2} {2} {2}"),
        ("FR", "+33 6 {2} {2} {2} {2}"),
        ("ES", "6{2} {3} {3}"),
        ("IT", "347 {7}"),
        ("NL", "06-{8}"),
        ("PT", "912 {3} {3}"),
        ("GB", "07911 {6}"),
        ("GB", "0044 7911 {6}"),
    ]
    while True:
        region, shape = chance.choice(shapes)
        number = re.sub(r"\{(\d)\}", lambda found: digits(chance, int(found[1])), shape)
        parsed = phonenumbers.parse(re.sub("^0044", "+44", number), region)
        if phonenumbers.is_valid_number(parsed):
            return number


def an_iban(chance: random.Random) -> str:
    land, bban = chance.choice(
        [
            ("DE", digits(chance, 18)),
            ("ES", digits(chance, 20)),
            ("NL", "ABNA" + digits(chance, 10)),
            ("FR", digits(chance, 23)),
            ("GB", "BARC" + digits(chance, 14)),
            ("IT", "X" + digits(chance, 22)),
            ("PT", digits(chance, 21)),
        ]
    )
    value = land + iban.calc_check_digits(f"{land}00{bban}") + bban
    return spaced(value) if chance.random() < 0.5 else value


def a_card(chance: random.Random) -> str:
    start, length = chance.choice([("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("37", 15), ("6011", 16)])
    body = start + digits(chance, length - len(start) - 1)
    value = body + luhn.calc_check_digit(body)
    if length == 15:
        return chance.choice([value, f"{value[:4]} {value[4:10]} {value[10:]}"])
    return chance.choice([value, spaced(value), spaced(value).replace(" ", "-")])


def a_birth(chance: random.Random) -> str:
    day = date(1935, 1, 1) + timedelta(days=chance.randrange(27_000))
    months = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
    return chance.choice(
        [
            day.isoformat(),
            f"{day:%d.%m.%Y}",
            f"{day:%d/%m/%Y}",
            f"{months[day.month - 1]} {day.day}, {day.year}",
            f"{day.day} {months[day.month - 1]} {day.year}",
            f"{day:%d-%m-%Y}",
        ]
    )


def an_ssn(chance: random.Random) -> str:
    return f"{chance.randrange(100, 665)}-{chance.randrange(10, 99)}-{chance.randrange(1000, 9999)}"


def an_id(chance: random.Random, module: str) -> str:
    checker = import_module(f"stdnum.{module}")
    while True:
        if module == "de.idnr":
            ten = chance.sample("123456789", 9)
            body = "".join([*ten, ten[0]])
            value = body + mod_11_10.calc_check_digit(body)
        elif module == "es.dni":
            body = digits(chance, 8)
            value = body + checker.calc_check_digit(body)
        elif module == "es.nie":
            body = chance.choice("XYZ") + digits(chance, 7)
            value = body + checker.calc_check_digit(body)
        elif module == "fr.nir":
            body = f"{chance.choice('12')}{digits(chance, 2)}0{chance.randrange(1, 9)}75{digits(chance, 6)}"
            value = body + checker.calc_check_digits(body)
        elif module == "it.codicefiscale":
            body = f"RSSMRA{chance.randrange(10, 99)}T{chance.randrange(10, 28)}A562"
            value = body + checker.calc_check_digit(body)
        elif module == "ch.ssn":
            value = f"756.{digits(chance, 4)}.{digits(chance, 4)}.{digits(chance, 2)}"
        else:
            value = digits(chance, {"gb.nhs": 10, "br.cpf": 11, "pl.pesel": 11}.get(module, 9))
        if checker.is_valid(value):
            return chance.choice([value, spaced(value, 3)]) if module in ("ca.sin", "au.tfn") else value


def a_decoy(chance: random.Random) -> str:
    nine, sixteen = digits(chance, 9), chance.choice("45") + digits(chance, 15)
    body = "4" + digits(chance, 14)
    return chance.choice(
        [
            f"Tracking number {sixteen}",
            f"Sendungsnummer {body + luhn.calc_check_digit(body)}",
            f"Order no. {nine}",
            f"Bestellung {digits(chance, 11)} vom 12.03.2024",
            f"ISBN 978-3-16-{digits(chance, 6)}-0",
            f"numéro de suivi {sixteen}",
            f"sha256 {chance.getrandbits(256):064x}",
            f"2026-11-{chance.randrange(10, 28)}T08:00:0{chance.randrange(9)}Z level=info",
            f"ts={chance.randrange(1_600_000_000, 1_790_000_000)}",
            f"Rechnung 2024-{digits(chance, 6)}",
            f"invoice {digits(chance, 10)}",
            f"from 192.168.{chance.randrange(255)}.{chance.randrange(255)}",
            f"release {digits(chance, 1)}.2.{digits(chance, 2)}",
            f"uuid {chance.getrandbits(32):08x}-12ab-4cde-8f01-{chance.getrandbits(48):012x}",
            f"Summe 1.{digits(chance, 3)},50 EUR",
            f"Lieferdatum: 0{chance.randrange(1, 9)}.03.2024",
            f"IMEI {digits(chance, 15)}",
            f"trace={digits(chance, 19)}",
            "see logo@2x.png",
            "decorator @cached, user@host",
            f"pedido {digits(chance, 3)}-{digits(chance, 2)}-{digits(chance, 4)}",
            f"id {chance.choice('456')}{digits(chance, 15)}",
            f"GTIN {digits(chance, 13)}",
            f"Vertrag DE{digits(chance, 2)} {digits(chance, 12)}",
        ]
    )


MAKE = {
    "email": an_email,
    "phone": a_phone,
    "iban": an_iban,
    "card": a_card,
    "birth_date": a_birth,
    "ssn": an_ssn,
    "passport": lambda chance: "C" + digits(chance, 8),
}


def a_fact(chance: random.Random) -> tuple[str, str, str]:
    """Return kind, value, and a sentence with it."""
    kind = chance.choice([*MAKE, "email", "phone", "national_id", "national_id"])
    if kind == "national_id":
        module = chance.choice(list(STATES))
        value = an_id(chance, module)
        return kind, value, STATES[module].format(value)
    value = MAKE[kind](chance)
    return kind, value, chance.choice(SAYS[kind]).format(value)


def a_line(chance: random.Random, doc: Doc) -> str:
    """Return a line with facts, decoys and words, and keep its truth."""
    parts = [chance.choice(WORDS)] if chance.random() < 0.5 else []
    for _ in range(chance.choice((0, 1, 1, 2))):
        kind, value, said = a_fact(chance)
        doc.truth.add((kind, compact(value)))
        parts.append(said)
    if chance.random() < 0.5:
        parts.insert(chance.randrange(len(parts) + 1), a_decoy(chance))
    return ", ".join(parts) or "..."


def named(chance: random.Random, doc: Doc) -> str:
    """Return a line that names somebody known, in one of several ways."""
    at = chance.randrange(len(PEOPLE))
    given, family, address, phone, customer = PEOPLE[at]
    doc.people.add(at)
    way = chance.randrange(5)
    if way == 0:
        doc.truth.add(("email", compact(address)))
    if way == 1:
        doc.truth.add(("phone", compact(phone)))
    return [
        f"Kontakt {address.upper()}",
        f"Tel. {phone}",
        f"Kunde {customer} rief an",
        f"Frau/Herr {given} {family} schrieb",
        f"{family.upper()}, {given}",
    ][way]


def corpus(count: int = 180, seed: int = 7) -> list[Doc]:
    """Return invented files with their truth."""
    chance, docs = random.Random(seed), []
    for number in range(count):
        doc = Doc(f"doc{number:03}.{KINDS[number % len(KINDS)]}", b"")
        lines = [a_line(chance, doc) for _ in range(chance.randrange(3, 9))]
        if chance.random() < 0.4:
            lines.insert(chance.randrange(len(lines)), named(chance, doc))
        if chance.random() < 0.3:
            lines.append("Anna Müllerin, Giulia Rossini and xg.rossi@example.itx are others")
            doc.truth.add(("email", "xgrossi@exampleitx"))
        doc.data = BUILD[doc.name.rpartition(".")[2]](lines)
        docs.append(doc)
    return docs
