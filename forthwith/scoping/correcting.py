"""Somebody told us where they are really reached: their record takes it over, and what was known stays behind it."""

from dataclasses import dataclass, field

from sqlmodel import Session

from forthwith import clock, keys
from forthwith.scoping import gathering, storing
from forthwith.scoping.cohorts import form_cohorts
from forthwith.scoping.gathering import Subject
from forthwith.scoping.knowing import opened
from forthwith.scoping.normalising.contact import emails_in, phones_in
from forthwith.scoping.normalising.dates import age_class
from forthwith.scoping.numbered import named, refuse
from forthwith.scoping.suppressing import rematch
from forthwith.scoping.versions import next_version, settle
from forthwith.timeline import record
from models import Incident, Person, Refusal, ScopeChange


@dataclass(frozen=True, slots=True, repr=False)
class Correction:
    """Where somebody says that they are reached; what is blank stays as it was. Holds personal data."""

    address: list[str] = field(default_factory=list)  # lines as on an envelope, without the name
    postcode: str = ""
    country: str = ""  # ISO 3166-1
    email: str = ""
    phone: str = ""


def correct(
    session: Session, incident: Incident, number: int, told: Correction, *, reason: str, actor: str
) -> ScopeChange:  # fmt: skip
    """Take a correction over: the new address comes first, so what has not left yet goes there.

    A corrected record is another than legal approved, so approvals of what has not left yet are void until they look
    again. Raises Refusal where the person is unknown or out of scope, or nothing in it can be used.
    """
    version, (person,) = next_version(session, incident), named(session, incident, [number])
    refuse([number] if person.removed_at else [], "out of scope", "Take them back first, or answer the enquiry.")
    key = keys.unwrap(incident.id, incident.wrapped_key)
    subject = opened(person, key)
    took = _take_over(subject, told)
    if not took:
        raise Refusal("Nothing in this correction can be used.", "Ask the person again; answer the enquiry.")
    storing.change(session, key, [subject])
    form_cohorts(session, incident)
    rematch(session, incident)
    made = settle(session, incident, version, by=actor, what="correct", reason=reason, changed=1)
    record(
        session, incident.id, actor=actor, verb="corrected", object_type="scope", object_id=version,
        text=f"Person {number}: {', '.join(took)} corrected: {reason}",
        data={"numbers": [number], "what": took, "scope_version": version},
    )  # fmt: skip
    return made


def address_of(person: Person, incident: Incident) -> Correction:
    """Return where a person is reached as far as we know, for somebody who must compare. Holds personal data."""
    held = opened(person, keys.unwrap(incident.id, incident.wrapped_key)).record
    return Correction(
        held.address, held.postcode, held.country, next(iter(held.emails), ""), next(iter(held.phones), "")
    )


def _take_over(subject: Subject, told: Correction) -> list[str]:
    """Change a record; return what was changed, in words that name nobody."""
    held, took = subject.record, list[str]()
    if len(told.address) >= 2:
        held.address, held.postcode = list(told.address), told.postcode
        held.country = told.country or held.country or subject.country
        took.append("postal address")
    if found := emails_in(told.email):
        held.emails = list(dict.fromkeys((*found, *held.emails)))
        took.append("e-mail address")
    if numbers := phones_in(told.phone, told.country or held.country or subject.country):
        held.phones = list(dict.fromkeys((*numbers, *held.phones)))
        took.append("telephone number")
    subject.channels = gathering.channels_of(held, "email_consent" in subject.channels)
    subject.age_class = age_class(held.birth_date, clock.today()) if held.birth_date else subject.age_class
    return took
