"""How single people want to be told: sealed beside their records, opened here, in memory alone.

Beside, not inside: an approval is bound to the records of its recipients, and a wish changes neither who is told nor
what. See docs/decisions/0016.
"""

import uuid
from collections.abc import Collection, Iterable

import orjson
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from forthwith import keys
from forthwith.keys import DataKey
from models import Incident, Medium, PersonWish, Wishes

SET_LARGE = (Medium.LETTER, Medium.FAX)  # media that we set ourselves; on a screen everybody chooses their own size


def wishes_of(
    session: Session, incident: Incident, people: Collection[uuid.UUID] | None = None
) -> dict[uuid.UUID, Wishes]:
    """Return what people of an incident wish (by default all of them), by person; who wishes nothing is not in it."""
    rows = list(session.exec(_wishing(incident.id, people)))
    return _opened(keys.unwrap(incident.id, incident.wrapped_key), rows) if rows and incident.wrapped_key else {}


def keep(session: Session, incident: Incident, person_id: uuid.UUID, wishes: Wishes) -> None:
    """Seal what a person wishes, in place of what they wished before."""
    row = session.exec(select(PersonWish).where(PersonWish.person_id == person_id)).first()
    row = row or PersonWish(incident_id=incident.id, person_id=person_id)
    key = keys.unwrap(incident.id, incident.wrapped_key)
    row.sealed = key.seal(row.id, wishes.model_dump_json(exclude_defaults=True).encode())
    session.add(row)
    session.flush()


def large(
    session: Session, key: DataKey, incident_id: uuid.UUID, medium: str, people: Collection[uuid.UUID]
) -> set[uuid.UUID]:  # fmt: skip
    """Return who of these people wants large print, where the medium is one that we set."""
    if medium not in SET_LARGE:
        return set()
    wishes = _opened(key, session.exec(_wishing(incident_id, people)))
    return {person for person, one in wishes.items() if one.large_print}


def _wishing(incident_id: uuid.UUID, people: Collection[uuid.UUID] | None) -> SelectOfScalar[PersonWish]:
    found = select(PersonWish).where(PersonWish.incident_id == incident_id)
    return found if people is None else found.where(col(PersonWish.person_id).in_(people))


def _opened(key: DataKey, rows: Iterable[PersonWish]) -> dict[uuid.UUID, Wishes]:
    held = [row for row in rows if row.sealed]
    opened = key.open_all([row.id.bytes for row in held], [row.sealed for row in held])
    return {row.person_id: Wishes(**orjson.loads(one)) for row, one in zip(held, opened, strict=True) if one}
