"""Invented people who are hard to tell apart: households, twins, namesakes, some renamed, some moved."""

import random
import unicodedata
from bisect import bisect
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from .places import Country, Town, countries, filled, pool

DAY = date(2026, 11, 21)  # of the exports; ages are counted at it
HOUSEHOLD, TWIN, NAMESAKE, SAME_DAY, RENAMED, MOVED, MINOR, GENERATION = (1 << n for n in range(8))
KINDS = {
    "lives with others": HOUSEHOLD, "a twin": TWIN, "has a namesake": NAMESAKE,
    "has one of the same birth date": SAME_DAY, "changed the surname": RENAMED, "moved": MOVED, "a minor": MINOR,
    "Jr. and Sr.": GENERATION,
}  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "post.example", "gmail.com")
FOLD = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ä": "ae", "ö": "oe", "ü": "ue", "'": None, " ": None, "-": None})
Home = tuple[str, str, str, str, str]  # country, state, town, postcode, street


class Human:
    """One invented person: the truth that files tell of, each in its own way."""

    __slots__ = (
        "born", "card", "country", "deceased", "elements", "emails", "family", "given", "guardian", "home", "iban",
        "kinds", "landline", "language", "mobile", "national", "number", "old_family", "old_home", "opt_out", "plain",
        "suffix",
    )  # fmt: skip

    def __init__(self, number: int, country: Country, given: str, family: str, born: date, home: Home) -> None:
        self.number, self.country, self.given, self.family, self.born, self.home = (
            number, country, given, family, born, home
        )  # fmt: skip
        self.plain: tuple[str, str] = (given, family)  # in Latin letters
        self.old_family = self.suffix = self.landline = self.mobile = self.guardian = ""
        self.national = self.card = self.iban = ""
        self.old_home: Home | None = None
        self.emails: list[str] = []
        self.language = country.language
        self.kinds = self.elements = 0
        self.deceased = self.opt_out = False

    @property
    def minor(self) -> bool:
        """Whether the person is under 18 on the day of the exports."""
        return bool(self.kinds & MINOR)

    @property
    def jurisdiction(self) -> str:
        """ISO 3166-2 in the United States and Canada, ISO 3166-1 elsewhere."""
        code, state = self.country.code, self.home[1]
        return f"{code}-{state}" if code in ("US", "CA") else code

    def __repr__(self) -> str:
        return f"Human {self.number}"


class Maker:
    """Makes people from one seeded source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.some = self.chance.random
        self.people: list[Human] = []
        self.used: set[str] = set()
        self.ids: set[str] = set()

    def populate(self, count: int) -> list[Human]:
        """Return so many people, household by household."""
        while len(self.people) < count:
            self._household(count - len(self.people))
        return self.people

    def pick(self, words: tuple[str, ...]) -> str:
        """Return a word, the first ones more often."""
        return words[int(len(words) * self.some() ** 1.6)]

    def _household(self, room: int) -> None:
        """Add one to five people who live together, most of one name, the third and further ones children."""
        made, shares = countries()
        country = made[bisect(shares, self.some() * shares[-1])]
        town = country.towns[bisect(country.shares, self.some() * country.shares[-1])]
        size = min(room, bisect((0.52, 0.75, 0.87, 0.96), self.some()) + 1)
        home, family = self._home(country, town), self._family(country)
        shared_line, together = self._phone(country, town, mobile=self.some() < 0.4), self.some() < 0.3
        members: list[Human] = []
        for place in range(size):
            member = self._member(country, home, family, members, child=place >= 2)
            self._contacts(member, town, shared_line, members, together=together)
            members.append(member)
            self.people.append(member)
        if size > 1:
            for member in members:
                member.kinds |= HOUSEHOLD
        self._trouble(members, country)

    def _family(self, country: Country) -> tuple[str, str]:
        """Return a family name as written, and in Latin letters."""
        if country.code != "JP":
            name = self.pick(country.family)
            return name, name
        at = int(len(country.family) * self.some() ** 1.6)
        return country.family[at], pool()["family"]["ja_latin"].split("|")[at]

    def _given(self, country: Country, taken: list[Human]) -> tuple[str, str]:
        """Return a given name that nobody in the household has, as written and in Latin letters."""
        while True:
            at = int(len(country.given) * self.some() ** 1.6)
            if all(country.given[at] != one.given for one in taken):
                break
        name = country.given[at]
        return name, pool()["given"]["ja_latin"].split("|")[at] if country.code == "JP" else name

    def _member(
        self, country: Country, home: Home, family: tuple[str, str], members: list[Human], *, child: bool
    ) -> Human:
        """Return the next member of a household, some under another name."""
        given = self._given(country, members)
        name = family if not members or self.some() < 0.85 else self._family(country)
        human = Human(len(self.people) + 1, country, given[0], name[0], self._born(child=child), home)
        human.plain = (given[1], name[1])
        if child:
            before = members[-1]
            if before.minor and self.some() < 0.12:
                human.born, human.family, human.plain = before.born, before.family, (given[1], before.plain[1])
                human.kinds |= TWIN
                before.kinds |= TWIN
        if (DAY.year - human.born.year - ((DAY.month, DAY.day) < (human.born.month, human.born.day))) < 18:
            human.kinds |= MINOR
            if members:
                human.guardian = f"{members[0].given} {members[0].family}"
        self._papers(human)
        return human

    def _papers(self, human: Human) -> None:
        """Give a person a national id, some a card, an account, wishes; some are dead."""
        while (number := str(100_000_000 + int(self.some() * 899_999_999))) in self.ids:
            continue
        self.ids.add(number)
        human.national = number
        if self.some() < 0.3:
            human.card = luhn(f"4{int(self.some() * 10**14):014}")
        if human.language != "en" and self.some() < 0.3:
            human.iban = iban(int(self.some() * 10**18))
        human.deceased, human.opt_out = self.some() < 0.008, self.some() < 0.06
        if self.some() < 0.02:
            human.language = "es" if human.country.code == "US" else "en"

    def _born(self, *, child: bool) -> date:
        """Return a birth date; a few of those who are no children of the house are minors as well."""
        years = 0.5 + self.some() * 17 if child or self.some() < 0.02 else self.chance.triangular(18.3, 95, 40)
        return DAY - timedelta(days=int(years * 365.25))

    def _home(self, country: Country, town: Town) -> Home:
        """Return an address."""
        number, street = int(self.some() * 250) + 1, self.pick(country.streets)
        return country.code, town.state, town.name, filled(town.postcode, self.chance), self._street(
            country.style, street, number)  # fmt: skip

    def _street(self, style: str, street: str, number: int) -> str:
        """Return street and number as the country writes them."""
        if style == "en":
            return f"{number} {street} {('Street', 'Avenue', 'Road', 'Lane', 'Drive')[int(self.some() * 5)]}"
        if style == "de":
            return f"{street}{('straße', 'weg', 'allee')[int(self.some() * 3)]} {number}"
        if style == "fr":
            return f"{number} rue {street}"
        return f"{street}{number}-{number % 9 + 1}" if style == "ja" else f"{street} {number}"

    def _phone(self, country: Country, town: Town, *, mobile: bool) -> str:
        """Return a national number with its country: `GB 7400123456`."""
        if mobile and country.mobile:
            prefix, digits = country.mobile[int(self.some() * len(country.mobile))]
        else:
            prefix, digits = town.areas[int(self.some() * len(town.areas))], town.digits
        rest = digits - len(prefix)
        return f"{country.code} {prefix}{int(2 + self.some() * 8)}{int(self.some() * 10 ** (rest - 1)):0{rest - 1}}"

    def _contacts(self, human: Human, town: Town, line: str, members: list[Human], *, together: bool) -> None:
        """Give a person e-mail addresses and telephones, their own or the household's."""
        if members and (together or human.minor) and members[0].emails and self.some() < 0.85:
            human.emails = members[0].emails[:1]
        elif self.some() < 0.96:
            human.emails = [self._email(human)]
        if human.emails and not human.minor and self.some() < 0.12:
            human.emails = [*human.emails, self._email(human)]
        if self.some() < 0.7:
            human.landline = line
        if not human.minor or self.some() < 0.3:
            abroad = self.some() < 0.01
            country = countries()[0][2] if abroad and human.country.code != "GB" else human.country
            human.mobile = self._phone(country, country.towns[0] if abroad else town, mobile=True)

    def _email(self, human: Human) -> str:
        """Return an address that nobody else has."""
        given, family = (ascii_of(part) for part in human.plain)
        chance = self.some()
        local = f"{given}.{family}" if chance < 0.6 else f"{given[:1]}{family}" if chance < 0.85 else f"{family}{given}"
        domain = DOMAINS[int(self.some() * len(DOMAINS))]
        address, count = f"{local}@{domain}", 1
        while (key := address.replace(".", "")) in self.used:
            count = int(self.some() * 100_000)
            address = f"{local}{count}@{domain}"
        self.used.add(key)
        return address

    def _trouble(self, members: list[Human], country: Country) -> None:
        """Make people hard to find again: they marry, move, are named for their father, or have a namesake."""
        first, chance = members[0], self.some()
        if chance < 0.02 and not first.minor and country.code != "JP":
            first.old_family, first.family = first.family, self.pick(country.family)
            first.plain, first.kinds = (first.given, first.family), first.kinds | RENAMED
        elif chance < 0.06:
            self._move(members, country)
        elif chance < 0.075 and len(members) > 2:
            self._generations(first, members[2])
        elif chance < 0.115 and len(self.people) > 50:
            self._namesake(first)

    def _move(self, members: list[Human], country: Country) -> None:
        """Let a household move within its country; a third of them to another town."""
        home = members[0].home
        town = next(town for town in country.towns if (town.name, town.state) == home[2:0:-1])
        if self.some() < 0.3:
            town = country.towns[int(self.some() * len(country.towns))]
        new = self._home(country, town)
        for member in members:
            member.old_home, member.home, member.kinds = home, new, member.kinds | MOVED

    def _generations(self, elder: Human, younger: Human) -> None:
        """Name a child for its parent."""
        if younger.kinds & TWIN or elder.kinds & RENAMED or elder.minor:
            return
        younger.given, younger.family, younger.plain = elder.given, elder.family, elder.plain
        younger.suffix, elder.suffix = "Jr", "Sr"
        for one in (elder, younger):
            one.kinds |= GENERATION

    def _namesake(self, human: Human) -> None:
        """Give a person the name of somebody who lives elsewhere, and half of these the birth date too."""
        other = self.people[int(self.some() * (len(self.people) - 10))]
        same = other.country is human.country and other.home[3] != human.home[3]
        if (
            not same
            or (other.kinds | human.kinds) & (RENAMED | MOVED | TWIN | GENERATION)
            or human.minor != other.minor
        ):
            return
        human.given, human.family, human.plain = other.given, other.family, other.plain
        both = NAMESAKE
        if self.some() < 0.4:
            human.born, both = other.born, NAMESAKE | SAME_DAY
        human.kinds, other.kinds = human.kinds | both, other.kinds | both


def ascii_of(text: str) -> str:
    """Return a name as it stands in an e-mail address."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(FOLD))
    return "".join(sign for sign in plain if sign.isascii())


def luhn(digits: str) -> str:
    """Return digits with their check digit."""
    total = sum(sum(divmod(int(d) * (2 - at % 2), 10)) for at, d in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def iban(number: int) -> str:
    """Return a German IBAN with right check digits."""
    check = 98 - int(f"{number:018}131400") % 97
    return f"DE{check:02}{number:018}"


def people(count: int, seed: int = 1) -> list[Human]:
    """Return so many invented people, always the same for a seed."""
    return Maker(seed).populate(count)


def twins_of(humans: list[Human]) -> Iterator[tuple[Human, Human]]:
    """Yield pairs of twins."""
    for one, other in pairwise(humans):
        if one.kinds & other.kinds & TWIN and one.born == other.born:
            yield one, other
