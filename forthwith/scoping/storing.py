"""People of whom more is known now, or whose rows were moved, written back: sealed anew, counted anew."""

from collections.abc import Sequence

import polars as pl
from sqlmodel import Session, col, select

from forthwith import clock
from forthwith.filling.codes import own_index
from forthwith.keys import DataKey
from forthwith.scoping import copying, wire
from forthwith.scoping.gathering import Subject
from forthwith.scoping.knowing import in_columns
from forthwith.scoping.person_fields import clear, protected
from forthwith.scoping.wire import BESIDE
from models import Incident, Person

EMAILS = pl.Struct({"emails": pl.List(pl.String())})


def change(session: Session, key: DataKey, subjects: Sequence[Subject]) -> None:
    """Replace what is known of people who are there already."""
    change_all(session, key, in_columns(subjects))


def change_all(session: Session, key: DataKey, people: pl.DataFrame) -> None:
    """Replace what is known of people (`knowing.PEOPLE`) who are there already."""
    copying.change_people(session, _columns(key, people), len(people))


def add(session: Session, incident: Incident, key: DataKey, subject: Subject) -> None:
    """Add a person."""
    own = wire.word(own_index(key, subject.id))
    fixed: wire.Columns = {
        "created_at": wire.instant(clock.now()), "incident_id": wire.identity(incident.id), "code_index": own,
        "number": wire.number(subject.number), "kind": wire.word(subject.kind),
        "party_id": wire.identity(subject.party_id),
    }  # fmt: skip
    wire.append(session, "person", {**fixed, **_columns(key, in_columns([subject]))}, 1)


def next_number(session: Session, incident: Incident) -> int:
    """Return the number of the next new person."""
    last = select(Person.number).where(Person.incident_id == incident.id).order_by(col(Person.number).desc())
    return (session.exec(last.limit(1)).first() or 0) + 1


def _columns(key: DataKey, people: pl.DataFrame) -> wire.Columns:
    """Return people as columns, `id` and `copying.CHANGED`: what is personal is sealed or blinded."""
    ids = people["id"].to_list()
    firsts = people["record"].str.json_decode(EMAILS).struct.field("emails").list.first()
    return {
        "id": wire.even(ids, wire.ID), **clear(people), **protected(key, ids, people["record"], firsts),
        "moves": _versions(people["moves"]), "changes": _versions(people["changes"]),
    }  # fmt: skip


def _versions(lists: pl.Series) -> list[bytes]:
    """Return lists of versions, of which few differ, as fields."""
    texts = lists.cast(pl.List(pl.String())).list.join(BESIDE)
    return wire.few(texts, lambda joined: wire.versions(list(map(int, filter(None, joined.split(BESIDE))))))
