"""The rows of one person become one record and the clear columns that counting needs."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from forthwith.scoping.cleaning import Clean
from forthwith.scoping.normalising import contact, places
from forthwith.scoping.normalising.dates import age_class
from forthwith.scoping.normalising.names import Name
from models import AgeClass, PersonRecord

SURE = {"stated": 0, "address": 1, "phone": 2, "tld": 3, "unknown": 9}
Texted = Callable[[str], bool]  # whether a number takes SMS
CHANNELS = ("email", "sms", "voice", "fax", "letter", "email_consent")


@dataclass(slots=True)
class Subject:
    """One affected person in memory: the record to seal, and the clear columns."""

    id: uuid.UUID
    number: int
    record: PersonRecord = field(repr=False)
    jurisdiction: str = "unknown"
    country: str = ""
    source: str = "unknown"
    age_class: str = AgeClass.UNKNOWN
    kind: str = "customer"
    deceased: bool = False
    language: str = ""
    elements: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    party_id: uuid.UUID | None = None
    moves: list[int] = field(default_factory=list)  # see Person
    changes: list[int] = field(default_factory=list)
    removed: bool = False  # out of scope


def add_rows(
    subject: Subject, rows: Sequence[Clean], seen: Iterable[Sequence[str]], today: date,
    texted: Texted = contact.takes_sms,
) -> None:  # fmt: skip
    """Add what rows tell to a person. What is known already stays; what is missing is filled.

    `seen`: what is kept of the rows for comparing, see `Trait.packed`.
    """
    record = subject.record
    _add_name(record, rows)
    record.emails = _union(record.emails, (address for row in rows for address in row.emails))
    record.phones = _union(record.phones, (number for row in rows for number in row.phones))
    record.faxes = _union(record.faxes, (number for row in rows for number in row.faxes))
    record.birth_date = record.birth_date or _first(row.born for row in rows)
    record.guardian = record.guardian or _first(row.guardian for row in rows)
    record.marketing_opt_out = record.marketing_opt_out or any(row.opt_out for row in rows)
    _add_identifiers(record, rows)
    record.seen = _distinct([*record.seen, *seen])
    _add_home(subject, rows)
    _add_address(subject, rows)
    _add_counts(subject, rows, today, texted)


def join(kept: Subject, absorbed: Subject, today: date) -> None:
    """Add a person who turned out to be the same as `kept`."""
    one, other = kept.record, absorbed.record
    for name in ("emails", "phones", "faxes"):
        setattr(one, name, _union(getattr(one, name), getattr(other, name)))
    for name in ("name", "given", "family", "salutation", "birth_date", "guardian"):
        setattr(one, name, getattr(one, name) or getattr(other, name))
    if not one.address:
        one.address, one.postcode, one.country = other.address, other.postcode, other.country
    one.identifiers = {**other.identifiers, **one.identifiers}
    one.marketing_opt_out = one.marketing_opt_out or other.marketing_opt_out
    one.seen = _distinct([*one.seen, *other.seen])
    if (SURE[absorbed.source], -len(absorbed.jurisdiction)) < (SURE[kept.source], -len(kept.jurisdiction)):
        kept.country, kept.jurisdiction, kept.source = absorbed.country, absorbed.jurisdiction, absorbed.source
    kept.deceased = kept.deceased or absorbed.deceased
    kept.elements = tuple(sorted({*kept.elements, *absorbed.elements}))
    kept.age_class = age_class(one.birth_date, today) if one.birth_date else kept.age_class
    kept.channels = channels_of(one, "email_consent" in (*kept.channels, *absorbed.channels))
    kept.moves = in_either(kept.moves, absorbed.moves)
    kept.changes = sorted({*kept.changes, *absorbed.changes})


def in_either(one: list[int], other: list[int]) -> list[int]:
    """Return the versions at which somebody came and went who was in scope as one of two records."""
    moves: list[int] = []
    for version in sorted({*one, *other}):
        inside = any(sum(move <= version for move in record) % 2 for record in (one, other))
        if inside != len(moves) % 2:
            moves.append(version)
    return moves


def _union(held: list[str], found: Iterable[str]) -> list[str]:
    """Return what was held and what is new, in this order."""
    return list(dict.fromkeys((*held, *found)))


def _distinct(entries: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return different entries in order."""
    return [list(entry) for entry in dict.fromkeys(map(tuple, entries))]


def _first(values: Iterable[str]) -> str:
    """Return the first filled value."""
    return next((value for value in values if value), "")


def _add_name(record: PersonRecord, rows: Sequence[Clean]) -> None:
    """Take the fullest name; among equals the one that is written most often, then the first."""
    held = Name(record.given, record.family, record.salutation)
    counted = Counter(row.name for row in rows if row.name.given or row.name.family)
    if not counted and not record.name:
        return
    best = max((held, *counted), key=lambda name: (_fullness(name), name == held, counted[name]))
    suffix = next((name.suffix for name in counted if name.suffix), "")
    whole = Name(best.given, best.family, "", best.suffix or suffix).whole
    record.name = record.name if best == held else whole
    record.given, record.family = best.given, best.family
    record.salutation = record.salutation or _first(name.salutation for name in counted)


def _fullness(name: Name) -> int:
    """Return how much of a name is there; an initial is less than a name."""
    return 2 * bool(name.family) + (2 if len(name.given.rstrip(".")) > 1 else bool(name.given))


def _add_identifiers(record: PersonRecord, rows: Sequence[Clean]) -> None:
    """Keep the identifiers, one a kind."""
    for kind, value in (
        ("customer", _first(r.customer_id for r in rows)),
        ("national", _first(r.national_id for r in rows)),
    ):
        if value:
            record.identifiers.setdefault(kind, value)


def _add_home(subject: Subject, rows: Sequence[Clean]) -> None:
    """Take the surest jurisdiction: stated before address before phone; a state before its country alone."""
    told = Counter((row.source, row.country, row.jurisdiction) for row in rows if row.country)
    if subject.country:
        told[(subject.source, subject.country, subject.jurisdiction)] += 1
    if not told:
        return
    order = list(told)
    source, country, found = min(order, key=lambda home: (SURE[home[0]], -told[home], order.index(home)))
    if "-" not in found:
        finer = [home for home in order if home[1] == country and "-" in home[2]]
        source, country, found = min(finer, key=lambda h: (SURE[h[0]], -told[h]), default=(source, country, found))
    subject.source, subject.country, subject.jurisdiction = source, country, found


def _add_address(subject: Subject, rows: Sequence[Clean]) -> None:
    """Take the fullest postal address, one in the person's own country first."""
    if len(subject.record.address) >= 2:
        return
    sent = [row for row in rows if row.address.reachable]
    if not sent:
        return
    best = max(
        sent, key=lambda row: (row.country == subject.country, bool(row.address.postcode), len(row.address.lines))
    )
    subject.record.address = list(best.address.lines)
    subject.record.postcode, subject.record.country = best.address.postcode, best.country or subject.country


def _add_counts(subject: Subject, rows: Sequence[Clean], today: date, texted: Texted) -> None:
    """Set the clear columns that are counted."""
    record = subject.record
    subject.age_class = age_class(record.birth_date, today)
    if subject.age_class == AgeClass.UNKNOWN and record.guardian:
        subject.age_class = AgeClass.CHILD
    subject.deceased = subject.deceased or any(row.deceased for row in rows)
    stated = _first(row.language for row in rows)
    subject.language = stated or subject.language or places.language_of(subject.jurisdiction)
    subject.elements = tuple(sorted({*subject.elements, *(code for row in rows for code in row.elements)}))
    consented = "email_consent" in subject.channels or any(row.email_consent for row in rows)
    subject.channels = channels_of(record, consented, texted)


def channels_of(record: PersonRecord, consented: bool, texted: Texted = contact.takes_sms) -> tuple[str, ...]:
    """Return the ways in which a person can be reached, in a fixed order; none is an answer, too."""
    ways = {
        "email": bool(record.emails), "voice": bool(record.phones), "fax": bool(record.faxes),
        "sms": any(map(texted, record.phones)), "letter": len(record.address) >= 2,
        "email_consent": consented,
    }  # fmt: skip
    return tuple(name for name in CHANNELS if ways[name])
