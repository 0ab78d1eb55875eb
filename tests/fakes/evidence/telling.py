"""What a source says of a person: right, or damaged as exports are."""

import random
from datetime import date

from .humans import Home, Human
from .places import pool

SHORTER = (("Street", "St"), ("Avenue", "Ave"), ("Road", "Rd"), ("Drive", "Dr"), ("straße", "str."), ("Calle ", "C/ "))
TRUNK = {"US": "", "CA": "", "IT": "", "ES": ""}  # what stands before a national number at home; `0` elsewhere
CALLING = {code: str(entry["calling"]) for code, entry in pool()["countries"].items()}


class Junk(str):
    """A cell that only holds a place: filled, and tells of nothing."""

    __slots__ = ()


NO_MAIL = tuple(map(Junk, ("noreply@example.com", "none@none.com", "n/a", "unknown", "test@test.com", "-")))
NO_PHONE = tuple(map(Junk, ("0000000000", "n/a", "1111111111", "000-000-0000", "unknown", "99999", "12345")))
NO_NAME = tuple(map(Junk, ("n/a", "Unknown", "-", ".", "test", "x")))
NO_ID = tuple(map(Junk, ("N/A", "000000000", "***-**-****", "unknown", "none", "-")))
NO_DATE = (date(1900, 1, 1), date(1970, 1, 1))


class Told:
    """One row's worth of a person."""

    __slots__ = (
        "born", "card", "country", "email", "family", "given", "home", "human", "iban", "landline", "mobile",
        "national", "number", "salutation",
    )  # fmt: skip
    human: Human
    given: str
    family: str
    email: str
    mobile: str
    landline: str
    born: date | None
    home: Home | None  # None: no address is told
    country: str
    national: str
    number: str  # the customer number
    salutation: str
    card: str
    iban: str


class Spoiler:
    """Tells of people as real systems do."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.some = chance, chance.random
        self.short: dict[str, str] = pool()["short"]

    def told(self, human: Human, *, latin: bool) -> Told:
        """Return what a row says of a person; always something by which the row can be known to be somebody's."""
        some, row = self.some, Told()
        row.human, row.salutation = human, ""
        self._name(row, human, latin=latin)
        self._reach(row, human)
        born = some()
        row.born = human.born if born < 0.72 else NO_DATE[int(some() * 2)] if born < 0.73 else None
        if row.born is human.born and some() < 0.003:
            row.born = _mistyped(human.born)
        row.home = None if some() < 0.25 else human.old_home if human.old_home and some() < 0.4 else human.home
        if row.home and some() < 0.3:
            row.home = (*row.home[:4], _shorter(row.home[4]))
        row.country = human.country.code if some() < 0.92 else ""
        self._papers(row, human)
        if not (row.given or row.family or row.email or row.mobile or row.landline):
            row.given, row.family = human.plain if latin else (human.given, human.family)
        return row

    def _name(self, row: Told, human: Human, *, latin: bool) -> None:
        """Tell a name: some married, short, mistyped, swapped, shouted, or partly missing."""
        some = self.some
        given, family = human.plain if latin else (human.given, human.family)
        if human.old_family and some() < 0.5:
            family = human.old_family
        dice = some()
        if dice < 0.07:
            given, family = self._odd_name(dice, given, family)
        elif dice < 0.12:
            given, family = self._part_of(dice, given, family)
        elif dice < 0.19:
            given, family = (given.upper(), family.upper()) if dice < 0.17 else (given.lower(), family.lower())
        row.given, row.family = given, family

    def _odd_name(self, dice: float, given: str, family: str) -> tuple[str, str]:
        if dice < 0.03:
            return self.short.get(given, given), family
        if dice < 0.04:
            return typo(given, self.some), family
        if dice < 0.055:
            return given, typo(family, self.some)
        return (given[:1] + ".", family) if dice < 0.063 else (family, given)

    def _part_of(self, dice: float, given: str, family: str) -> tuple[str, str]:
        if dice < 0.095:
            return "", family
        if dice < 0.115:
            return "", ""
        return NO_NAME[int(self.some() * len(NO_NAME))], family

    def _reach(self, row: Told, human: Human) -> None:
        """Tell e-mail address and telephones, some of them no addresses at all."""
        some = self.some
        row.email = human.emails[int(some() * len(human.emails))] if human.emails and some() < 0.92 else ""
        if row.email and (dice := some()) < 0.06:
            row.email = self._odd_email(dice, row.email)
        elif not row.email and some() < 0.1:
            row.email = NO_MAIL[int(some() * len(NO_MAIL))]
        row.mobile = human.mobile if some() < 0.6 else ""
        row.landline = human.landline if some() < 0.35 else ""
        if not row.mobile and some() < 0.04:
            row.mobile = NO_PHONE[int(some() * len(NO_PHONE))]

    def _odd_email(self, dice: float, address: str) -> str:
        local, _, domain = address.partition("@")
        if dice < 0.02:
            return f"{local}+shop@{domain}"
        return address.upper() if dice < 0.055 else f"{typo(local, self.some)}@{domain}"

    def _papers(self, row: Told, human: Human) -> None:
        """Tell numbers; now and then one is mistyped, the spouse's, or only holds a place."""
        some = self.some
        dice = some()
        row.national = human.national if dice < 0.5 else NO_ID[int(some() * len(NO_ID))] if dice < 0.53 else ""
        if dice < 0.003:
            row.national = human.national[:4] + human.national[5] + human.national[4] + human.national[6:]
        row.card = human.card if human.card and some() < 0.6 else ""
        row.iban = human.iban if human.iban and some() < 0.6 else ""
        row.number = ""


def typo(word: str, some: "random.Random.random") -> str:  # type: ignore[valid-type]
    """Return a word with two letters swapped, one lost, or one twice."""
    if len(word) < 4:
        return word
    at, dice = 1 + int(some() * (len(word) - 2)), some()
    if dice < 0.45:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if dice < 0.75 else word[:at] + word[at] + word[at:]


def _mistyped(born: date) -> date:
    """Return a birth date with a wrong day."""
    return born.replace(day=born.day % 28 + 1)


def _shorter(street: str) -> str:
    """Return a street as people abbreviate it."""
    for whole, short in SHORTER:
        if whole in street:
            return street.replace(whole, short)
    return street


def phone(number: str, some: "random.Random.random", home: bool) -> str:  # type: ignore[valid-type]
    """Return a number (`DE 1701234567`) as somebody wrote it. `home`: the row states the country."""
    if not number or type(number) is Junk:
        return number
    code, digits = number.split(" ")
    dice = some()
    if not home or dice < 0.45:
        sign = "+" if dice < 0.3 or not home else "00"
        return f"{sign}{CALLING[code]} {digits}" if dice < 0.3 else f"{sign}{CALLING[code]}{digits}"
    if code in ("US", "CA"):
        area, middle, last = digits[:3], digits[3:6], digits[6:]
        return f"({area}) {middle}-{last}" if dice < 0.7 else f"{area}-{middle}-{last}" if dice < 0.9 else digits
    trunk = TRUNK.get(code, "0")
    return f"{trunk}{digits[:3]} {digits[3:]}" if dice < 0.75 else f"{trunk}{digits}"
