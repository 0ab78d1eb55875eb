"""Whom a delivery goes to: the record is opened here, in memory, and nowhere else."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import orjson
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.dispatch.states import NO_ADDRESS, UNREADABLE
from forthwith.filling.codes import verification_code, verify_url
from forthwith.filling.exposed import joined
from forthwith.filling.postal import with_country
from forthwith.keys import DataKey
from forthwith.settings import settings
from models import Fact, Incident, Medium, Party, Person, PersonRecord, Refusal


@dataclass(frozen=True, slots=True, repr=False)
class Addressed:
    """One recipient as one delivery needs it. Holds personal data: never log it."""

    to: str
    name: str
    slots: Mapping[str, str]
    key: str | None = None  # blind index of medium, address and name
    envelope: Mapping[str, str] = field(default_factory=dict)  # postcode and country


@dataclass(frozen=True, slots=True)
class Unaddressed:
    """Why a delivery can't go. `lasting`: this medium will never do; else somebody must mend the record."""

    reason: str
    lasting: bool


def addresses(record: PersonRecord, medium: str) -> list[str]:
    """Return a person's addresses of one medium, the first the best."""
    held = {
        Medium.EMAIL: record.emails, Medium.SMS: record.phones, Medium.VOICE: record.phones,
        Medium.FAX: record.faxes, Medium.LETTER: ["\n".join(record.address)],
    }  # fmt: skip
    return [address for address in held.get(Medium(medium), []) if address.strip()]


def address_key(key: DataKey, medium: str, address: str, name: str) -> str:
    """Return the blind index under which one addressee at one address is told once."""
    return key.blind("delivery", f"{medium}\0{' '.join(address.casefold().split())}\0{name.casefold().strip()}")


@dataclass(frozen=True, slots=True)
class Addresser:
    """Opens records of one incident."""

    key: DataKey
    reference: str
    today: date = field(default_factory=clock.today)
    public_url: str = field(default_factory=lambda: settings().public_url)
    posted_from: str = ""  # ISO 3166-1: where letters are handed to the post; blank: unknown

    def record(self, person_id: uuid.UUID, sealed: bytes | None) -> PersonRecord:
        """Open a person's record. Raises Refusal where it was shredded or changed."""
        if sealed is None:
            raise Refusal("The record was destroyed at the end of retention.", "It can't be read again.")
        return PersonRecord(**orjson.loads(self.key.open(person_id, sealed)))

    def person(
        self, person_id: uuid.UUID, sealed: bytes | None, elements: Iterable[str], medium: str, index: int
    ) -> Addressed | Unaddressed:  # fmt: skip
        """Return a person as addressee of one medium. `elements`: which data of theirs was exposed."""
        try:
            record = self.record(person_id, sealed)
        except (Refusal, ValueError):
            return Unaddressed(UNREADABLE, lasting=False)
        held = addresses(record, medium)
        if index >= len(held):
            return Unaddressed(NO_ADDRESS, lasting=True)
        return Addressed(
            to=held[index], name=addressee(record), slots=self._slots(person_id, record, elements, medium),
            key=address_key(self.key, medium, held[index], record.name),
            envelope={"postcode": record.postcode, "country": record.country},
        )  # fmt: skip

    def _slots(
        self, person_id: uuid.UUID, record: PersonRecord, elements: Iterable[str], medium: str
    ) -> dict[str, str]:  # fmt: skip
        """Return what fills a wording's open places for a person."""
        code, address = verification_code(self.key, person_id), "\n".join(record.address)
        if medium == Medium.LETTER:
            address = with_country(address, record.country, self.posted_from)
        return {
            "addressee": addressee(record), "name": record.name, "address": address,
            "code": code, "verify_url": verify_url(self.public_url, code),
            "date": self.today.isoformat(), "reference": self.reference, "elements": joined(elements),
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


def addressee(record: PersonRecord) -> str:
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
