"""The people whom an incident has already, opened for merging with a later load."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl
from sqlalchemy import Row, select, text
from sqlmodel import Session, col

from forthwith.keys import DataKey
from forthwith.scoping.appending import connection
from forthwith.scoping.gathering import Subject
from forthwith.scoping.merging.traits import KEPT
from forthwith.scoping.merging.traits import SCHEMA as TRAITS
from models import Incident, Person, PersonRecord

HELD = text("select distinct recipient_id from delivery where incident_id = :incident and recipient_kind = 'person'")
SEALED = "select id, number, sealed from person where incident_id = %s and sealed is not null order by number"
AT_ONCE = 20_000  # people that are open at the same time
SEEN = pl.Struct({"seen": pl.List(pl.List(pl.String()))})


@dataclass(slots=True, repr=False)
class Known:
    """Who is known already, in order of number: that is a person's node. `last`: the highest number."""

    ids: list[uuid.UUID] = field(default_factory=list)
    last: int = 0


def known_traits(
    session: Session, incident: Incident, key: DataKey, put: Callable[[pl.DataFrame], None]
) -> Known:  # fmt: skip
    """Return who the incident's people are; `put` gets their traits for comparing, of some thousands at once."""
    known = Known()
    with connection(session).cursor("known", binary=True) as cursor:
        cursor.execute(SEALED, [incident.id])
        while people := cursor.fetchmany(AT_ONCE):
            records = [key.open(identity, sealed).decode() for identity, _, sealed in people]
            put(_traits(records, len(known.ids)))
            known.ids += [identity for identity, _, _ in people]
            known.last = people[-1][1]
    return known


def _traits(records: list[str], begin: int) -> pl.DataFrame:
    """Return what opened records keep of their rows for comparing; `begin`: the first one's node."""
    seen = pl.DataFrame({"seen": pl.Series(records).str.json_decode(SEEN).struct.field("seen")}).with_columns(
        node=pl.int_range(begin, begin + len(records), dtype=pl.UInt32(), eager=True)
    )
    each = seen.filter(pl.col("seen").list.len() > 0).explode("seen")
    return each.select("node", *(pl.col("seen").list.get(at, null_on_oob=True).fill_null("").alias(name)
                                 for at, name in enumerate(KEPT))).cast(TRAITS)  # fmt: skip


def known_people(
    session: Session, incident: Incident, key: DataKey, ids: Iterable[uuid.UUID] | None = None
) -> Iterator[Subject]:  # fmt: skip
    """Yield the incident's people by number, with their records open; `ids`: only these."""
    session.flush()
    columns = [col(getattr(Person, name)) for name in Person.model_fields]
    found = select(*columns).where(col(Person.incident_id) == incident.id).order_by(col(Person.number))
    if ids is not None:
        found = found.where(text("person.id = any(:ids)").bindparams(ids=list(ids)))
    for person in session.execute(found):
        if person.sealed is not None:
            yield opened(person, key)


def opened(person: Row[Any] | Person, key: DataKey) -> Subject:
    """Return one person open."""
    record = PersonRecord.model_construct(**orjson.loads(key.open(person.id, person.sealed or b"")))
    return Subject(
        id=person.id, number=person.number, record=record, jurisdiction=person.jurisdiction,
        country="" if person.country == "unknown" else person.country,
        source=person.jurisdiction_source, age_class=person.age_class, kind=person.kind, deceased=person.deceased,
        language=person.language, elements=tuple(person.elements), channels=tuple(person.channels),
        party_id=person.party_id, moves=person.moves, changes=person.changes,
        removed=person.removed_at is not None,
    )  # fmt: skip


def held_people(session: Session, incident: Incident) -> set[uuid.UUID]:
    """Return who has a delivery already, planned or sent: nobody may take such a person away."""
    return set(session.execute(HELD, {"incident": incident.id}).scalars())
