"""Whom a delivery goes to: the record is opened here, in memory, and nowhere else."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.dispatch.states import NO_ADDRESS, UNREADABLE
from forthwith.filling.codes import verification_codes, verify_url
from forthwith.filling.postal import with_country
from forthwith.keys import DataKey
from forthwith.settings import settings
from models import Fact, Incident, Medium, Party, Person, PersonRecord, Refusal
from models.base import id_texts

NONE: list[str] = []
ADDRESSES: dict[str, str] = {  # fields of a record
    Medium.EMAIL: "emails", Medium.SMS: "phones", Medium.VOICE: "phones", Medium.FAX: "faxes",
}  # fmt: skip


class Sealed(NamedTuple):
    """What addressing reads of a `PersonRecord`: a thousand are opened at once, and none is changed."""

    name: str
    guardian: str
    emails: list[str]
    phones: list[str]
    faxes: list[str]
    address: list[str]
    postcode: str
    country: str


class Addressed(NamedTuple):
    """One recipient as one delivery needs it. Holds personal data: never log it."""

    to: str
    name: str
    slots: Mapping[str, str]
    key: str | None = None  # blind index of medium, address and name
    envelope: Mapping[str, str] = MappingProxyType({})  # postcode and country of a letter
    large: bool = False  # they wish to be told in large print

    def __repr__(self) -> str:
        return "Addressed(...)"


@dataclass(frozen=True, slots=True)
class Unaddressed:
    """Why a delivery can't go. `lasting`: this medium will never do; else somebody must mend the record."""

    reason: str
    lasting: bool


def addresses(record: PersonRecord | Sealed, medium: str) -> list[str]:
    """Return a person's addresses of one medium, the first the best."""
    if field := ADDRESSES.get(medium):
        held: list[str] = getattr(record, field)
    else:
        held = ["\n".join(record.address)] if Medium(medium) == Medium.LETTER else []
    return held if len(held) == 1 and held[0].strip() else [address for address in held if address.strip()]


def address_key(key: DataKey, medium: str, address: str, name: str) -> str:
    """Return the blind index under which one addressee at one address is told once."""
    return key.blind("delivery", _addressee_at(medium, address, name))


def _addressee_at(medium: str, address: str, name: str) -> str:
    return f"{medium}\0{' '.join(address.casefold().split())}\0{name.casefold().strip()}"


class Due(NamedTuple):
    """A delivery that is due, locked until the transaction ends; ids as 16 bytes, the last three of a person alone."""

    id: bytes
    notice_id: bytes
    recipient_id: bytes
    address_index: int
    sealed: bytes | None
    sealed_sha256: str | None
    elements: str | None  # kinds of data, joined


@dataclass(frozen=True, slots=True)
class Addresser:
    """Opens records of one incident."""

    key: DataKey
    reference: str
    today: date = field(default_factory=clock.today)
    public_url: str = field(default_factory=lambda: settings().public_url)
    posted_from: str = ""  # ISO 3166-1: where letters are handed to the post; blank: unknown
    _day: str = field(init=False, default="")
    _url: str = field(init=False, default="")  # of the page where a notice is checked, up to the code

    def __post_init__(self) -> None:
        object.__setattr__(self, "_day", self.today.isoformat())
        object.__setattr__(self, "_url", verify_url(self.public_url, " ").rstrip())

    def record(self, person_id: uuid.UUID, sealed: bytes | None) -> PersonRecord:
        """Open a person's record. Raises Refusal where it was shredded or changed."""
        if sealed is None:
            raise Refusal("The record was destroyed at the end of retention.", "It can't be read again.")
        return PersonRecord(**orjson.loads(self.key.open(person_id, sealed)))

    def people(self, rows: Sequence[Due], medium: str) -> list[Addressed | Unaddressed]:
        """Return people as addressees of one medium, in the order of the rows."""
        ids = id_texts([row.recipient_id for row in rows])
        records, codes = self._records(rows), verification_codes(self.key, ids)
        reached = [_reached(record, medium, row.address_index) for row, record in zip(rows, records, strict=True)]
        held = [one for one in reached if not isinstance(one, Unaddressed)]
        keys = iter(self.key.blind_all("delivery", [_addressee_at(medium, to, who.name) for who, to in held]))
        to = self._letter if medium == Medium.LETTER else self._message
        return [
            one if isinstance(one, Unaddressed) else to(*one, code, row.elements or "", next(keys))
            for row, one, code in zip(rows, reached, codes, strict=True)
        ]

    def _records(self, rows: Sequence[Due]) -> list[Sealed | None]:
        """Open records; None for each that can't be read. What opens was written by us: its fields are as we know."""
        opened = self.key.open_all([row.recipient_id for row in rows], [row.sealed for row in rows])
        if None not in opened:
            with suppress(ValueError):  # one of them is no record: which, shows below
                return list(map(_sealed, orjson.loads(b"[" + b",".join(opened) + b"]")))  # type: ignore[arg-type]
        return [_record(one) for one in opened]

    def _letter(self, record: Sealed, to: str, code: str, elements: str, key: str) -> Addressed:
        """Return whom a letter goes to: with the country's line where it leaves one, and what the post sorts by."""
        address = with_country("\n".join(record.address), record.country, self.posted_from)
        slots = self._slots(record, code, elements, address)
        envelope = {"postcode": record.postcode, "country": record.country}
        return Addressed(to, addressee(record), slots, key, envelope)

    def _message(self, record: Sealed, to: str, code: str, elements: str, key: str) -> Addressed:
        slots = self._slots(record, code, elements, "\n".join(record.address))
        return Addressed(to, slots["addressee"], slots, key)

    def _slots(self, record: Sealed, code: str, elements: str, address: str) -> dict[str, str]:
        """Return what fills a wording's open places for a person."""
        return {
            "addressee": record.guardian or record.name, "name": record.name, "address": address,
            "code": code, "verify_url": self._url + code, "date": self._day, "reference": self.reference,
            "elements": elements,
        }  # fmt: skip

    def party(self, party: Party, medium: str) -> Addressed | Unaddressed:
        """Return an organisation as addressee of one medium."""
        found = {Medium.EMAIL: party.email, Medium.FAX: party.fax, Medium.LETTER: "\n".join(party.postal)}
        to = party.portal_url or party.name if medium == Medium.FILING else found.get(Medium(medium))
        if not to:
            return Unaddressed(NO_ADDRESS, lasting=True)
        postal = with_country("\n".join(party.postal), (party.country or "").split("-")[0], self.posted_from)
        return Addressed(to=to, name=party.name, slots=self.public(party.name, postal))

    def public(self, name: str = "", postal: str = "") -> dict[str, str]:
        """Return the open places of a notice that is addressed to nobody in particular."""
        return {
            "addressee": name, "name": name, "address": postal, "code": "",
            "verify_url": verify_url(self.public_url), "date": self.today.isoformat(), "reference": self.reference,
            "remedy_code": "",  # a code is one person's: here stands where to ask for it
        }  # fmt: skip


def _sealed(held: Any) -> Sealed:
    """Return what addressing needs of a record. Raises ValueError where it is none."""
    if not isinstance(held, dict):
        raise ValueError("no record")
    of = held.get
    return Sealed(
        of("name", ""), of("guardian", ""), of("emails", NONE), of("phones", NONE), of("faxes", NONE),
        of("address", NONE), of("postcode", ""), of("country", ""),
    )  # fmt: skip


def _record(opened: bytes | None) -> Sealed | None:
    with suppress(ValueError):
        return _sealed(orjson.loads(opened)) if opened is not None else None
    return None


def _reached(record: Sealed | None, medium: str, index: int) -> tuple[Sealed, str] | Unaddressed:
    """Return a person with the address of a medium that is to be used, or why there is none."""
    if record is None:
        return Unaddressed(UNREADABLE, lasting=False)
    held = addresses(record, medium)
    return (record, held[index]) if index < len(held) else Unaddressed(NO_ADDRESS, lasting=True)


def addressee(record: Sealed) -> str:
    """Return whom the envelope names: for a child, the guardian that is known."""
    return record.guardian or record.name


def posted_from(session: Session, incident: Incident) -> str:
    """Return the country from which an incident's letters leave: as set, or the organisation's own by the facts."""
    if stated := settings().posted_from:
        return stated
    home = select(Fact.value).where(Fact.incident_id == incident.id, Fact.name == "entity.home")
    newest = session.exec(home.order_by(col(Fact.created_at).desc(), col(Fact.id).desc()).limit(1)).first()
    return newest if isinstance(newest, str) else ""


def people_of(session: Session, ids: list[uuid.UUID]) -> dict[uuid.UUID, Person]:
    """Return people by id."""
    found = session.exec(select(Person).where(col(Person.id).in_(ids))).all()
    return {person.id: person for person in found}
