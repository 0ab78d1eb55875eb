"""Rows go to PostgreSQL by COPY, inside the session's own transaction."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from forthwith.scoping.appending import copy, cursor
from forthwith.scoping.expiring import forget

PERSON = {
    "id": "uuid", "created_at": "timestamptz", "incident_id": "uuid", "number": "int4", "jurisdiction": "varchar",
    "country": "varchar", "jurisdiction_source": "varchar", "age_class": "varchar", "kind": "varchar",
    "deceased": "bool", "language": "varchar", "elements": "varchar[]", "channels": "varchar[]", "party_id": "uuid",
    "sealed": "bytea", "sealed_sha256": "varchar", "email_index": "varchar", "code_index": "varchar",
    "moves": "int4[]", "changes": "int4[]",
}  # fmt: skip
PERSON_SOURCE = {
    "id": "uuid", "created_at": "timestamptz", "incident_id": "uuid", "person_id": "uuid", "evidence_id": "uuid",
    "row": "int4", "reason": "varchar", "elements": "varchar[]",
}  # fmt: skip
QUARANTINE = {
    "id": "uuid", "created_at": "timestamptz", "incident_id": "uuid", "evidence_id": "uuid", "row": "int4",
    "reason": "varchar", "sealed": "bytea",
}  # fmt: skip
CHANGED = [
    name
    for name in PERSON
    if name not in ("id", "created_at", "incident_id", "number", "party_id", "kind", "code_index")
]


def change_people(session: Session, rows: Sequence[Sequence[Any]]) -> None:
    """Replace what is known of people who are there already, in one statement."""
    if not rows:
        return
    with cursor(session) as opened:
        opened.execute("create temp table changed_person (like person) on commit drop")
    copy(session, "changed_person", PERSON, rows)
    sets = ", ".join(f"{name} = changed.{name}" for name in CHANGED)
    with cursor(session) as opened:
        opened.execute(f"update person set {sets} from changed_person changed where person.id = changed.id")
        opened.execute("drop table changed_person")
    forget(session)


def absorb(session: Session, pairs: Sequence[tuple[uuid.UUID, uuid.UUID, str]]) -> None:
    """Give absorbed people's source rows to those who are kept, and remove them: (kept, absorbed, reason) each."""
    with cursor(session) as opened:
        for kept, absorbed, reason in pairs:
            opened.execute(
                "update person_source set reason = %s where person_id = %s and reason = 'first'", (reason, absorbed)
            )
            opened.execute("update person_source set person_id = %s where person_id = %s", (kept, absorbed))
        if pairs:
            opened.execute("delete from person where id = any(%s)", ([absorbed for _, absorbed, _ in pairs],))
