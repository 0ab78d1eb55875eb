"""Personal data in a line of text, by shape, check digits and the words before; no model, no guess."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from stdnum import iban as iban_number
from stdnum import luhn

from forthwith.scoping.loose.labels import Labels, labels_in, plain
from forthwith.scoping.loose.national import EDGE, END, national_ids
from forthwith.scoping.mapping.profiles import IP
from forthwith.scoping.normalising.contact import EMAIL, NOBODY, phone_of
from forthwith.scoping.normalising.dates import birth_date

Found = tuple[str, str, int, int]  # kind, element code, start, end
PICTURES = re.compile(r"\.(?:png|jpe?g|gif|svg|css|js|webp|html?)$")
IBAN = re.compile(r"(?<![a-z0-9])[a-z]{2}\d\d(?:[ -]?[a-z0-9]){11,30}")
CARD = re.compile(
    EDGE + r"(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19})" + END
)
ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17}"
)
MAESTRO = re.compile(r"(?:50|5[6-9]|6\d)\d{11,17}")
CODE = re.compile(r"(?<!\d)\d{3,4}(?!\d)")
PHONE = re.compile(r"(?<![\w@#/.-])(?:\+|00)?(?:\(\+?\d{1,4}\)|\d)(?:[ ()./-]{0,3}\d){5,35}(?![\w@])")
AMERICAN = re.compile(r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}")
GROUP = re.compile(r"[ ()./-]+")
TWO = re.compile(r"\s*/\s*(?=[+(])|\s+/\s+(?=0)|\s{2,}")  # between two numbers; `030/123` is one
AFTER = re.compile(r"\s*\(?(?:mobil|mobile|cell|tel|phone|handy|fax)\b")
REGIONS = ("DE", "US", "GB", "FR", "ES", "IT", "NL", "PT", "AT", "CH", "BE", "CA", "AU", "IE", "BR")
DATE = re.compile(
    r"(?<![\d./-])(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?([./-])\s?\d\d?\1\s?(?:\d{4}|\d\d)"
    r"|\d\d?(?:st|nd|rd|th|er|º|\.)?\s(?:de\s)?[^\W\d_]{3,10}\.?,?\s(?:de\s)?\d{4}"
    r"|[^\W\d_]{3,10}\.?\s\d\d?(?:st|nd|rd|th)?,?\s\d{4})(?![\d/-]|\.\d)"
)
STAR = re.compile(r"(?<!\w)\*\s?$")
PASSPORT = re.compile(EDGE + r"(?=(?:[a-z]*\d){5})[a-z0-9]{6,9}" + END)
LICENCE = re.compile(EDGE + r"(?=(?:[a-z -]*\d){4})[a-z0-9](?:[ -]?[a-z0-9]){5,17}" + END)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something personal in a line: its kind, its code in the vocabulary, where it begins and ends."""

    kind: str
    element: str
    start: int
    end: int


def detect(text: str, label: str = "") -> list[Hit]:
    """Return what is personal in a line; `label`: the line before, where it announces this one."""
    if "@" not in text and not any(map(str.isdigit, text)):
        return []
    begin = len(label) + 1 if label else 0
    whole = plain(f"{label} {text}" if label else text)
    labels = labels_in(whole)
    return [Hit(k, e, start - begin, end - begin) for k, e, start, end in _apart(whole, labels) if start >= begin]


def announces(line: str) -> str:
    """Return a line where it stands as the label of the next: short, and without a number of its own."""
    text = line.strip()
    return text if len(text) <= 40 and not any(map(str.isdigit, text)) and text.endswith((":", "#", ".")) else ""


def _apart(text: str, labels: Labels) -> list[Found]:
    """Return all hits by place; where two overlap, the one whose check is the stronger."""
    taken: list[Found] = []
    for finder in (emails, ibans, national_ids, cards, codes, births, documents, phones):
        for hit in finder(text, labels):
            if all(hit[3] <= other[2] or hit[2] >= other[3] for other in taken):
                taken.append(hit)
    return sorted(taken, key=lambda hit: hit[2])


def emails(text: str, _: Labels) -> Iterator[Found]:
    """Yield addresses that somebody can have; not `noreply@`, and not `logo@2x.png`."""
    for found in EMAIL.finditer(text) if "@" in text else ():
        skipped = max(found[0].rfind(mark, 0, found[0].index("@")) for mark in "=/'`*|{}") + 1
        start = found.start() + skipped + len(found[0][skipped:]) - len(found[0][skipped:].lstrip("._-"))
        address = text[start : found.end()]
        if address[0] != "@" and address.split("@")[0] not in NOBODY and not PICTURES.search(address):
            yield "email", "contact", start, found.end()


def ibans(text: str, _: Labels) -> Iterator[Found]:
    """Yield account numbers whose length and check digits agree; words after one are cut off."""
    for found in IBAN.finditer(text):
        for end in range(found.end(), found.start() + 14, -1):
            whole = end == len(text) or not text[end].isalnum()
            if whole and iban_number.is_valid(text[found.start() : end].upper(), check_country=False):
                yield "iban", "bank_account_number", found.start(), end
                break


def cards(text: str, labels: Labels) -> Iterator[Found]:
    """Yield payment cards: an issuer's prefix and length, Luhn, and no word that says it is something else."""
    for found in CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        kinds = labels.directly(found.start(), 40)
        issued = ISSUERS.fullmatch(digits) or ("card" in kinds and MAESTRO.fullmatch(digits))
        if issued and not (kinds and "card" not in kinds) and len(set(digits)) > 1 and luhn.is_valid(digits):
            yield "card", "card_number_alone", *found.span()


def codes(text: str, labels: Labels) -> Iterator[Found]:
    """Yield the code of a card, right after a word for it."""
    for label in labels.found:
        found = CODE.search(text, label.end, label.end + 12) if "card_code" in label.kinds else None
        if found and "card_code" in labels.directly(found.start(), 8):
            yield "card_code", "fin_account_with_code", *found.span()


def births(text: str, labels: Labels) -> Iterator[Found]:
    """Yield birth dates: a date of the last 120 years after a word for it, or a star."""
    for found in DATE.finditer(text):
        kinds = labels.directly(found.start(), 45)
        told = "birth_date" in kinds or STAR.search(text, 0, found.start())
        if told and (birth_date(found[0], "dmy") or birth_date(found[0], "mdy")):
            yield "birth_date", "dob", *found.span()


def documents(text: str, labels: Labels) -> Iterator[Found]:
    """Yield passports and driving licences: they have no check digits, so only what a word announces."""
    for kind, shape in (("passport", PASSPORT), ("drivers_license", LICENCE)):
        for label in labels.found:
            found = shape.search(text, label.end, label.end + 45) if kind in label.kinds else None
            if found and kind in labels.directly(found.start(), 25) and not DATE.search(found[0]):
                yield kind, kind, *found.span()


def phones(text: str, labels: Labels) -> Iterator[Found]:
    """Yield telephone numbers: with a country code, or after (or before) a word for it, or as Americans write them."""
    for found in PHONE.finditer(text):
        start = found.start()
        for cut in [*TWO.finditer(text, start + 1, found.end()), None]:
            stop = cut.start() if cut else found.end()
            end = _phone_end(text, start, stop, labels)
            if end > start:
                yield "phone", "contact", start, end
            start = cut.end() if cut else stop


def _phone_end(text: str, start: int, end: int, labels: Labels) -> int:
    """Return where the number that begins here ends; its beginning where there is none."""
    regions = _regions(text, start, end, labels)
    ends = [end, *(gap.start() for gap in reversed(list(GROUP.finditer(text, start + 1, end))))]
    for stop in ends if regions else ():
        value = text[start:stop]
        if sum(map(str.isdigit, value)) >= 7 and any(number_of(value, region) for region in regions):
            return stop
    return start


def _regions(text: str, start: int, end: int, labels: Labels) -> tuple[str, ...]:
    """Return whose numbers may stand here; none where nothing says that it is a telephone."""
    kinds = labels.listed(start)
    if DATE.fullmatch(text, start, end) or IP.fullmatch(text, start, end):
        return ()
    if "phone" in kinds or (AFTER.match(text, end) and "none" not in kinds):
        return REGIONS
    if kinds & {"card", "iban", "none"} and text[start] != "+":
        return ()
    if text[start] == "+" or text.startswith("00", start):
        return ("",)
    return ("US",) if AMERICAN.fullmatch(text[start:end]) else ()


@lru_cache(maxsize=50_000)
def number_of(value: str, region: str) -> str:
    """Return a number as E.164; one with a country code needs no region."""
    international = value.startswith(("+", "00"))
    if not international and not region:
        return ""
    return phone_of(value, "" if international else region)
