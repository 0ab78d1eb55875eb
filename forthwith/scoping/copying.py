"""Rows go to PostgreSQL by COPY, inside the session's own transaction."""

import uuid
from collections.abc import Sequence

from sqlmodel import Session

from forthwith.scoping import wire
from forthwith.scoping.appending import cursor
from forthwith.scoping.expiring import forget

PERSON_SOURCE = {
    "id": "uuid", "created_at": "timestamptz", "incident_id": "uuid", "person_id": "uuid", "evidence_id": "uuid",
    "row": "int4", "reason": "varchar", "elements": "varchar[]",
}  # fmt: skip
QUARANTINE = {
    "id": "uuid", "created_at": "timestamptz", "incident_id": "uuid", "evidence_id": "uuid", "row": "int4",
    "reason": "varchar", "sealed": "bytea",
}  # fmt: skip
CHANGED = (
    "jurisdiction", "country", "jurisdiction_source", "age_class", "deceased", "language", "elements", "channels",
    "sealed", "sealed_sha256", "email_index", "moves", "changes",
)  # fmt: skip


def change_people(session: Session, columns: wire.Columns, height: int) -> None:
    """Replace what is known of that many people who are there already: their `id` and `CHANGED`, in one statement."""
    if not height:
        return
    names = ", ".join(("id", *CHANGED))
    with cursor(session) as opened:
        opened.execute(f"create temp table changed_person on commit drop as select {names} from person with no data")
    wire.append(session, "changed_person", columns, height)
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
