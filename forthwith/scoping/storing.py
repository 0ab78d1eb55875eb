"""People of whom more is known now, or whose rows were moved, written back: sealed anew, counted anew."""

import hashlib
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.filling.codes import own_index
from forthwith.keys import DataKey
from forthwith.scoping import copying, wire
from forthwith.scoping.gathering import Subject
from forthwith.scoping.normalising.contact import email_key
from models import Incident, Person


def change(session: Session, key: DataKey, subjects: Sequence[Subject]) -> None:
    """Replace what is known of people who are there already."""
    copying.change_people(session, _columns(key, subjects), len(subjects))


def add(session: Session, incident: Incident, key: DataKey, subject: Subject) -> None:
    """Add a person."""
    own = wire.word(own_index(key, subject.id))
    fixed = {
        "created_at": wire.instant(clock.now()), "incident_id": wire.identity(incident.id), "code_index": own,
        "number": wire.number(subject.number), "kind": wire.word(subject.kind),
        "party_id": wire.identity(subject.party_id),
    }  # fmt: skip
    wire.append(session, "person", {**fixed, **_columns(key, [subject])}, 1)


def next_number(session: Session, incident: Incident) -> int:
    """Return the number of the next new person."""
    last = select(Person.number).where(Person.incident_id == incident.id).order_by(col(Person.number).desc())
    return (session.exec(last.limit(1)).first() or 0) + 1


def _columns(key: DataKey, subjects: Sequence[Subject]) -> dict[str, wire.Column]:
    """Return people as columns, `id` and `copying.CHANGED`: what is personal is sealed or blinded."""
    ids = [one.id.bytes for one in subjects]
    sealed = key.seal_all(ids, [one.record.model_dump_json(exclude_defaults=True) for one in subjects])
    return {
        "id": wire.fields(ids), "jurisdiction": _words(one.jurisdiction for one in subjects),
        "country": _words(one.country or "unknown" for one in subjects),
        "jurisdiction_source": _words(one.source for one in subjects),
        "age_class": _words(str(one.age_class) for one in subjects),
        "deceased": [wire.truth(one.deceased) for one in subjects],
        "language": _words(one.language for one in subjects),
        "elements": [wire.codes(one.elements) for one in subjects],
        "channels": [wire.codes(one.channels) for one in subjects], "sealed": wire.fields(sealed),
        "sealed_sha256": _words(hashlib.sha256(blob).hexdigest() for blob in sealed),
        "email_index": _blinded(key, subjects), "moves": [wire.versions(one.moves) for one in subjects],
        "changes": [wire.versions(one.changes) for one in subjects],
    }  # fmt: skip


def _words(values: Iterable[str]) -> list[bytes]:
    """Return texts as fields."""
    return list(map(wire.word, values))


def _blinded(key: DataKey, subjects: Sequence[Subject]) -> list[bytes]:
    """Return the blind indexes of their first e-mail addresses as fields; null where there is none."""
    firsts = (one.record.emails[0] for one in subjects if one.record.emails)
    indexes = iter(_words(key.blind_all("email", map(email_key, firsts))))
    return [next(indexes) if one.record.emails else wire.NULL for one in subjects]
