"""The invented people of the examples: always the same, in households, some of them children, some hard to reach."""

import json
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

POOL = json.loads((Path(__file__).parent / "pool.json").read_text("utf-8"))
DAY = date(2026, 11, 16)  # of the export; ages are counted at it


@dataclass
class Person:
    """One invented person."""

    number: int
    place: str
    given: str
    family: str
    born: date
    town: list[str]
    street: str
    postcode: str
    emails: list[str] = field(default_factory=list)
    phone: str = ""
    guardian: str = ""
    reachable: bool = True

    @property
    def country(self) -> str:
        """ISO 3166-1."""
        return self.place[:2]

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.given} {self.family}"


class Maker:
    """Makes people and rows from one seeded source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.people: list[Person] = []
        self.used: set[str] = set()

    def pick(self, kind: str, key: str) -> str:
        """Return one word of a pool."""
        words = POOL[kind][key]
        return self.chance.choice(words.split("|") if "|" in words else words.split())

    def populate(self) -> None:
        """Fill each place to its quota, household by household."""
        for place, quota in POOL["quota"].items():
            wanted = len(self.people) + quota
            while len(self.people) < wanted:
                self._household(place, wanted - len(self.people))

    def _household(self, place: str, room: int) -> None:
        """Add one to four people who live together; some share their e-mail address, most their phone."""
        size = min(room, self.chance.choices((1, 2, 3, 4), (62, 20, 11, 7))[0])
        language = {"DE": "de", "FR": "fr"}.get(place[:2], "fr" if place == "CA-QC" else "en")
        family = self.pick(
            "family",
            {"DE": "de", "FR": "fr", "GB": "gb", "AU": "gb"}.get(place[:2], "fr" if place == "CA-QC" else "us"),
        )
        town = self.chance.choice(POOL["towns"][place])
        street, postcode, phone = self._street(language), self._postcode(place, town[1]), self._phone(place, town[2])
        shared, firsts = self.chance.random() < 0.25, set()
        for position in range(size):
            given = self.pick("given", language)
            while given in firsts:
                given = self.pick("given", language)
            firsts.add(given)
            child = position >= 2
            person = Person(len(self.people) + 1, place, given, family, self._born(child), town, street, postcode)
            self._contacts(person, phone, shared or child, self.people[-position:] if position else [])
            self.people.append(person)

    def _contacts(self, person: Person, phone: str, shared: bool, before: list[Person]) -> None:
        """Give a person e-mail addresses and a phone, their own or the household's; a child has a guardian."""
        own = self._email(person)
        held = before[0].emails if before else []
        person.emails = held[:1] if shared and held else ([own] if self.chance.random() < 0.97 else [])
        if person.emails == [own] and self.chance.random() < 0.12:
            person.emails.append(self._email(person))
        same = bool(before) and self.chance.random() < 0.7
        person.phone = before[0].phone if same else (phone if self.chance.random() < 0.8 else "")
        person.guardian = before[0].name if len(before) >= 2 else ""
        person.reachable = not (not person.emails and not person.phone and self.chance.random() < 0.6)

    def _email(self, person: Person) -> str:
        """Return an address that nobody else has."""
        given = person.given[:1] if self.chance.random() < 0.3 else person.given
        plain = "".join(_ascii(part).replace("'", "").replace(" ", "") for part in (given, ".", person.family))
        domain = self.chance.choice(("example.com", "example.org", "example.net", "mail.example", "post.example"))
        address, count = f"{plain}@{domain}", 1
        while address in self.used:
            count += 1
            address = f"{plain}{count}@{domain}"
        self.used.add(address)
        return address

    def _born(self, child: bool) -> date:
        """Return a birth date; one in sixteen of the others is a child, too."""
        years = (
            self.chance.uniform(4, 17.5)
            if child or self.chance.random() < 0.03
            else self.chance.triangular(18.5, 92, 38)
        )
        return DAY - timedelta(days=int(years * 365.25))

    def _street(self, language: str) -> str:
        """Return street and number as the country writes them."""
        number, word = self.chance.randint(1, 240), self.pick("streets", language)
        if language == "de":
            return f"{word}{self.chance.choice(('straße', 'straße', 'weg', 'allee'))} {number}"
        if language == "fr":
            return f"{number} rue {word}"
        return f"{number} {word} {self.chance.choice(('Street', 'Road', 'Avenue', 'Lane', 'Drive'))}"

    def _postcode(self, place: str, base: str) -> str:
        """Return a postcode of a town."""
        digit, letter = lambda: str(self.chance.randint(0, 9)), lambda: self.chance.choice("ABDEFGHJLNPQRSTUWXYZ")
        if place.startswith("CA-"):
            letters = "ABCEGHJKLMNPRSTVWXYZ"
            return f"{base}{digit()}{self.chance.choice(letters)} {digit()}{self.chance.choice(letters)}{digit()}"
        if place == "GB":
            return f"{base}{self.chance.randint(1, 20)} {digit()}{letter()}{letter()}"
        width = 4 if place == "AU" else 5
        return base + "".join(digit() for _ in range(width - len(base)))

    def _phone(self, place: str, area: str) -> str:
        """Return a number of a range kept for fiction, as people of the country write it."""
        country, some = place[:2], self.chance.randint
        if country in ("US", "CA"):
            return f"{self.chance.choice(area.split())}-555-01{some(0, 99):02}"
        if country == "GB":
            return f"{area} 0{some(0, 999):03}"
        if country == "DE":
            return f"{area}{some(0, 999):03}" if area and self.chance.random() < 0.4 else f"0171 39200{some(0, 99):02}"
        if country == "AU":
            return f"{area} {some(0, 9999):04}"
        return f"{area} {some(0, 99):02} {some(0, 99):02}"


def _ascii(text: str) -> str:
    """Return text as it stands in e-mail addresses."""
    for sign, plain in zip("äöüßéèêëàâçïîôÉ", ("ae", "oe", "ue", "ss", *"eeeeaaciioe"), strict=True):
        text = text.lower().replace(sign.lower(), plain)
    return text
