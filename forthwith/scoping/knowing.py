"""The people whom an incident has already, opened for merging with a later load: in columns, or one by one."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from forthwith.scoping.wire import BESIDE
from models import Incident, Person, PersonRecord

HELD = text("select distinct recipient_id from delivery where incident_id = :incident and recipient_kind = 'person'")
SEALED = (
    "select uuid_send(id), number, sealed from person where incident_id = %s and sealed is not null order by number"
)
AT_ONCE = 20_000  # people that are open at the same time
KEY = '"seen":'
TEXTS = pl.List(pl.String())
PEOPLE = pl.Schema({
    "id": pl.Binary(), "number": pl.Int32(), "removed": pl.Boolean(),  # out of scope
    "jurisdiction": pl.String(), "country": pl.String(), "source": pl.String(), "age_class": pl.String(),
    "deceased": pl.Boolean(), "language": pl.String(), "elements": TEXTS, "channels": TEXTS,
    "moves": pl.List(pl.Int32()), "changes": pl.List(pl.Int32()), "record": pl.String(),  # a PersonRecord as JSON
})  # fmt: skip
# of each id asked for, in this order; lists as text, of which one is read where many are alike
OPENED = """
select uuid_send(p.id), p.number, p.removed_at is not null, p.jurisdiction, replace(p.country, 'unknown', ''),
       p.jurisdiction_source, p.age_class, p.deceased, p.language, array_to_string(p.elements, e'\\x1f'),
       array_to_string(p.channels, e'\\x1f'), array_to_string(p.moves, e'\\x1f'), array_to_string(p.changes, e'\\x1f'),
       p.sealed
  from unnest(%s::uuid[]) with ordinality asked(id, at) join person p using (id) order by at
"""
SEEN = pl.Struct({"seen": pl.List(pl.List(pl.String()))})


@dataclass(slots=True, repr=False)
class Known:
    """Who is known already (ids as bytes), in order of number: that is a person's node. `last`: the highest number."""

    ids: list[bytes] = field(default_factory=list)
    last: int = 0


def known_traits(
    session: Session, incident: Incident, key: DataKey, put: Callable[[pl.DataFrame], None]
) -> Known:  # fmt: skip
    """Return who the incident's people are; `put` gets their traits for comparing, of some thousands at once."""
    known = Known()
    with connection(session).cursor("known", binary=True) as cursor:
        cursor.execute(SEALED, [incident.id])
        while people := cursor.fetchmany(AT_ONCE):
            ids, numbers, sealed = zip(*people, strict=True)
            put(_traits(key.open_known(ids, sealed), len(known.ids)))
            known.ids += ids
            known.last = numbers[-1]
    return known


def _traits(records: list[str], begin: int) -> pl.DataFrame:
    """Return what opened records keep of their rows for comparing; `begin`: the first one's node.

    It stands at a record's end. Inside a text of JSON no quote stands bare, so the first such key is the record's own.
    """
    tails = pl.Series(records, dtype=pl.String()).str.splitn(KEY, 2).struct.field("field_1")
    known = pl.DataFrame({"tail": tails}).with_row_index("node", begin).drop_nulls()
    json = known.select(pl.concat_str(pl.lit("{" + KEY), "tail")).to_series()
    each = known.select("node", seen=json.str.json_decode(SEEN).struct.field("seen")).explode("seen").drop_nulls()
    return each.select("node", *(pl.col("seen").list.get(at, null_on_oob=True).fill_null("").alias(name)
                                 for at, name in enumerate(KEPT))).cast(TRAITS)  # fmt: skip


def people_in_columns(session: Session, key: DataKey, ids: Sequence[bytes]) -> pl.DataFrame:
    """Return these people (`PEOPLE`; ids as bytes), in this order, with their records open."""
    with connection(session).cursor(binary=True) as cursor:
        rows = cursor.execute(OPENED, [[uuid.UUID(bytes=one) for one in ids]]).fetchall()
    if len(rows) != len(ids):
        raise AssertionError(f"of {len(ids)} people {len(rows)} are there")
    *clear, sealed = zip(*rows, strict=True) if rows else [()] * len(PEOPLE)
    told = zip((*clear, key.open_known(ids, sealed)), PEOPLE.items(), strict=True)
    return pl.DataFrame([_column(values, name, kind) for values, (name, kind) in told])


def _column(values: Sequence[Any], name: str, kind: pl.DataType) -> pl.Series:
    """Return what the database told of one column."""
    if not isinstance(kind, pl.List):
        return pl.Series(name, values, dtype=kind)
    texts = pl.Series(name, values, dtype=pl.String())
    return texts.set(texts == "", None).str.split(BESIDE).fill_null([]).cast(kind)


def in_columns(subjects: Iterable[Subject]) -> pl.DataFrame:
    """Return people who are open one by one in columns (`PEOPLE`)."""
    entries = [
        (
            one.id.bytes, one.number, one.removed, one.jurisdiction, one.country, one.source, str(one.age_class),
            one.deceased, one.language, list(one.elements), list(one.channels), one.moves, one.changes,
            one.record.model_dump_json(exclude_defaults=True),
        )
        for one in subjects
    ]  # fmt: skip
    return pl.DataFrame(entries, schema=PEOPLE, orient="row")


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
