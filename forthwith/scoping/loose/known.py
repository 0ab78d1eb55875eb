"""Where people whom an incident knows already are named in loose text: exact spellings, by Aho-Corasick."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import phonenumbers
import polars as pl

from forthwith.scoping.gathering import Subject
from forthwith.scoping.loose.labels import plain

SHORTEST_ID = 5  # characters; a shorter customer number stands everywhere by chance
SHORTEST_NAME = 5
SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})
RUN = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ()./-]{0,3}\d){5,16}(?!\w)")
TOKEN = re.compile(r"(?<![a-z0-9-])(?=[a-z-]*\d)[a-z0-9]+(?:-[a-z0-9]+)*")
SAME = re.compile(r"[^0-9a-z]")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A known person in a line: who it may be (namesakes: several), by what, where."""

    numbers: frozenset[int]
    kind: str  # name email phone customer_id
    start: int
    end: int


@dataclass(slots=True)
class Known:
    """What to look for: patterns of plain text with kind and people, phones by their digits, other identifiers."""

    patterns: dict[str, tuple[str, set[int]]] = field(default_factory=dict, repr=False)
    phones: dict[str, set[int]] = field(default_factory=dict, repr=False)
    customers: dict[str, set[int]] = field(default_factory=dict, repr=False)
    identifiers: dict[str, set[int]] = field(default_factory=dict, repr=False)
    people: int = 0

    def sightings(self, texts: Sequence[str]) -> list[list[Sighting]]:
        """Return who stands in each text, by place."""
        plains = list(map(plain, texts))
        spotted = self._spotted(plains) if self.patterns else ([] for _ in plains)
        return [
            sorted([*found, *self._called(text), *self._numbered(text)], key=lambda one: one.start)
            for text, found in zip(plains, spotted, strict=True)
        ]

    def _spotted(self, texts: list[str]) -> Iterator[list[Sighting]]:
        """Yield the names, addresses and numbers in each text that stand as whole words."""
        patterns = list(self.patterns)
        column = pl.col("text").str
        frame = pl.DataFrame({"text": texts}, {"text": pl.String}).select(
            what=column.extract_many(patterns, overlapping=True), at=column.find_many(patterns, overlapping=True)
        )
        for text, (whats, places) in zip(texts, frame.iter_rows(), strict=True):
            yield _longest([self._sighting(text, what, at) for what, at in zip(whats, places, strict=True)])

    def _sighting(self, text: str, what: str, at: int) -> Sighting | None:
        """Return a pattern's sighting, unless it is a part of a longer word. `at` counts bytes."""
        start = at if text.isascii() else len(text.encode()[:at].decode())
        kind, numbers = self.patterns[what]
        end = start + len(what)
        inside = (_word(text, start - 1, kind) and start > 0) or _word(text, end, kind)
        if kind == "email" and text[end : end + 1] == "." and text[end + 1 : end + 2].isalnum():
            inside = True
        return None if inside else Sighting(frozenset(numbers), kind, start, end)

    def _called(self, text: str) -> Iterator[Sighting]:
        """Yield known telephone numbers, however they are grouped."""
        for found in RUN.finditer(text) if self.phones else ():
            if numbers := self.phones.get(_digits(found[0])):
                yield Sighting(frozenset(numbers), "phone", *found.span())

    def _numbered(self, text: str) -> Iterator[Sighting]:
        """Yield known customer numbers; they are kept without the signs that part them."""
        for found in TOKEN.finditer(text) if self.customers else ():
            if numbers := self.customers.get(SAME.sub("", found[0])):
                yield Sighting(frozenset(numbers), "customer_id", *found.span())

    def identified(self, value: str) -> frozenset[int]:
        """Return whose identifier this is."""
        return frozenset(self.identifiers.get(SAME.sub("", plain(value)), ()))


def _word(text: str, at: int, kind: str) -> bool:
    """Tell whether a word goes on at this position."""
    char = text[at : at + 1]
    return char.isalnum() or (kind == "email" and char != "" and char in "_+-%")


def _longest(found: Iterable[Sighting | None]) -> list[Sighting]:
    """Return sightings without those inside a longer one: `Eva Maria Lang` is not `Maria Lang`."""
    kept: list[Sighting] = []
    for one in sorted(filter(None, found), key=lambda one: (one.start, -one.end)):
        if not kept or one.end > kept[-1].end:
            kept.append(one)
    return kept


def _digits(value: str) -> str:
    """Return a number's digits without what only tells how to dial it."""
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", value))
    return digits.lstrip("0")


def known_of(people: Iterable[Subject]) -> Known:
    """Return what to look for, of an incident's people."""
    known = Known()
    for subject in people:
        known.people += 1
        for kind, pattern in _patterns(subject):
            known.patterns.setdefault(pattern, (kind, set()))[1].add(subject.number)
        for digits in _phones(subject):
            known.phones.setdefault(digits, set()).add(subject.number)
        customer = SAME.sub("", plain(subject.record.identifiers.get("customer", "")))
        if len(customer) >= SHORTEST_ID and any(map(str.isdigit, customer)):
            known.customers.setdefault(customer, set()).add(subject.number)
        for value in subject.record.identifiers.values():
            known.identifiers.setdefault(SAME.sub("", plain(value)), set()).add(subject.number)
    return known


def _patterns(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the plain spellings of a person's name and addresses."""
    record = subject.record
    for address in record.emails:
        yield "email", plain(address)
    for given, family in _spellings(record.given, record.family):
        for name in (f"{given} {family}", f"{family} {given}", f"{family}, {given}"):
            if len(name) >= SHORTEST_NAME:
                yield "name", name


def _spellings(given: str, family: str) -> set[tuple[str, str]]:
    """Return a name as it stands, and with ae, oe, ue; none where one of the two is missing: it would be anybody."""
    if not given or not family:
        return set()
    both = ((given, family), (given.lower().translate(SPELT), family.lower().translate(SPELT)))
    return {(plain(first), plain(last)) for first, last in both}


def _phones(subject: Subject) -> Iterator[str]:
    """Yield a person's telephone numbers with and without the country code."""
    for number in (*subject.record.phones, *subject.record.faxes):
        yield _digits(number)
        national = phonenumbers.national_significant_number(phonenumbers.parse(number))
        if len(national) >= 8:
            yield national.lstrip("0")
