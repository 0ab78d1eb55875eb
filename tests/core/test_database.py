"""The database refuses what must never happen."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from forthwith import db, keys
from forthwith.timeline import record
from models import Incident, Person, Row, new_id


@pytest.mark.parametrize("attack", ["update entry set text = 'other'", "delete from entry", "truncate entry"])
def test_the_timeline_refuses_every_change(session: Session, incident: Incident, attack: str) -> None:
    record(session, incident.id, actor="ana", verb="opened", text="Opened.")
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(attack))


def test_a_changed_person_raises_the_scope_version(session: Session, incident: Incident) -> None:
    session.add(Person(incident_id=incident.id, number=1, jurisdiction="DE", country="DE", sealed_sha256="0" * 64))
    session.flush()
    session.refresh(incident)
    assert incident.scope_version == 1
    session.execute(text("update person set language = 'de'"))
    session.refresh(incident)
    assert incident.scope_version == 2


def test_a_sealed_record_opens_for_its_owner_alone(incident: Incident) -> None:
    key = keys.unwrap(incident.id, incident.wrapped_key)
    owner = new_id()
    assert key.open(owner, key.seal(owner, b"Ada")) == b"Ada"
    with pytest.raises(keys.Refusal):
        key.open(new_id(), key.seal(owner, b"Ada"))


def test_the_migrations_make_exactly_the_tables_of_the_models(fresh: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with db.engine().connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Row.metadata) == []
