"""A database that an earlier version filled: upgraded, it has lost nothing, and still refuses what it refused."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from alembic import command
from fakes.databases import dropped, forget
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from flows import minute
from forthwith import clock, db, keys
from forthwith.timeline import export, record
from models import ApiToken, Enquiry, Entry, Incident, Person, ReportLink, Row, Signal, User, WebSession, new_id

EARLIER, BETWEEN = "0011", "0017"  # what is filled in each is changed by what comes after it
COLUMNS = text("""
select column_name, data_type from information_schema.columns
 where table_schema = 'public' and table_name = :table and is_nullable = 'NO' and column_default is null
""")
FILLERS: dict[str, Any] = {
    "uuid": new_id, "timestamp with time zone": clock.now, "boolean": bool, "integer": lambda: 1, "bigint": lambda: 1,
    "bytea": lambda: b"sealed", "ARRAY": list, "jsonb": lambda: "{}", "json": lambda: "{}", "date": clock.today,
    "double precision": float, "character varying": lambda: f"x{uuid.uuid4().hex[:8]}", "text": lambda: "x",
}  # fmt: skip


@pytest.fixture
def empty(template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with nothing in it, set as ours."""
    name = f"old_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(template, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    url = template.replace("/postgres?", f"/{name}?")
    monkeypatch.setenv("FORTHWITH_DATABASE_URL", url)
    forget()
    yield url
    db.engine().dispose()
    forget()
    dropped(template, url)


def upgrade(to: str) -> None:
    with db.engine().begin() as connection:
        command.upgrade(db.alembic_config(connection), to)


def add(session: Session, table: str, **values: Any) -> uuid.UUID:
    """Insert a row as it was then, by SQL alone; what must have a value and was not named gets a made-up one."""
    needed = {name: FILLERS[kind]() for name, kind in session.execute(COLUMNS, {"table": table}).all()}
    row = {**needed, **values}
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    session.execute(text(f'insert into "{table}" ({names}) values ({places})'), row)
    return row["id"]


def filled_early(session: Session) -> uuid.UUID:
    """Fill what migrations after 0011 change, and the tables around it."""
    ident = new_id()
    add(session, "incident", id=ident, ref="2026-001", title="A list went astray", wrapped_key=keys.new_data_key(ident))
    for number in (1, 2):
        person = add(session, "person", incident_id=ident, number=number, jurisdiction="DE", country="DE")
        told = add(session, "notice", incident_id=ident, key=f"n{number}")
        words = add(session, "variant", incident_id=ident, notice_id=told)
        sent = add(session, "delivery", incident_id=ident, notice_id=told, variant_id=words, recipient_id=person,
                   recipient_kind="person", leg=number, state="delivered", provider_ref=f"p{number}")  # fmt: skip
        add(session, "attempt", incident_id=ident, delivery_id=sent, n=number)
    add(session, "signal", source="okta", incident_id=ident)
    add(session, "signal", source="wazuh")
    for name in ("Lea", "Rio"):
        add(session, "app_user", name=name, role="legal")
    for n in range(3):
        record(session, ident, actor="ana", verb="assessed", text=f"Assessed {n}.", data={"n": n})
    return ident


def filled_later(session: Session, incident_id: uuid.UUID) -> None:
    """Fill what the last migrations change and 0011 did not have."""
    user = session.execute(text("select id from app_user where name = 'Lea'")).scalar_one()
    person = session.execute(text("select id from person where number = 1")).scalar_one()
    add(session, "web_session", user_id=user, signed_in_by="token")
    add(session, "api_token", user_id=user, name="monitor")
    add(session, "report_link", audience="employee", uses=7)
    settled = clock.now() - timedelta(hours=1)
    for number, mailed in enumerate(("", "not mailed", "accepted", "sending"), 1):
        add(session, "enquiry", incident_id=incident_id, person_id=person, number=number, state="answered",
            mailed=mailed, settled_at=settled)  # fmt: skip


def contents(session: Session) -> dict[str, dict[str, dict[str, Any]]]:
    """Return every row of every table, by its id."""
    named = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"
    tables = session.execute(text(named)).scalars().all()
    return {
        table: {row["id"]: row for row in session.execute(text(f'select to_jsonb(t) from "{table}" t')).scalars()}
        for table in tables
    }  # fmt: skip


def lost(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return each value that is not what it was."""
    return [
        f"{table}.{name}"
        for table, rows in before.items() for ident, row in rows.items() for name, value in row.items()
        if after.get(table, {}).get(ident, {}).get(name, "lost") != value
    ]  # fmt: skip


def test_an_upgrade_of_a_filled_database_loses_nothing(empty: str) -> None:
    upgrade(EARLIER)
    with Session(db.engine()) as session:
        incident_id = filled_early(session)
        first = contents(session)
        session.commit()
    upgrade(BETWEEN)
    with Session(db.engine()) as session:
        assert lost(first, contents(session)) == []
        filled_later(session, incident_id)
        second = contents(session)
        session.commit()
    upgrade("head")
    with db.session() as session:
        assert lost(second, contents(session)) == []
        everything_reads(session, {table: len(rows) for table, rows in second.items()})
        what_is_new_has_a_meaning(session)
        the_timeline_still_holds(session, incident_id)
    assert minute.tidy() == 1, "an answer that an earlier version left on the wire comes into doubt"
    with db.session() as session:
        states = session.exec(select(Enquiry.mailed).order_by(Enquiry.number)).all()
        assert states == ["", "not mailed", "accepted", "unknown"]


def everything_reads(session: Session, counts: dict[str, int]) -> None:
    """Read each table by its model."""
    for mapper in Row.__subclasses__():
        assert len(session.exec(select(mapper)).all()) == counts.get(mapper.__tablename__, 0), mapper
    assert counts["person"] == counts["attempt"] == counts["signal"] == 2
    assert counts["entry"] == 3


def what_is_new_has_a_meaning(session: Session) -> None:
    assert [(user.confined, user.subject) for user in session.exec(select(User))] == [(False, None)] * 2
    assert [(one.sealed, one.set_aside_at) for one in session.exec(select(Signal))] == [(None, None)] * 2
    assert session.exec(select(ApiToken)).one().proven_at is None, "no old token approves"
    assert session.exec(select(WebSession)).one().typed is None
    link = session.exec(select(ReportLink)).one()
    assert (link.uses, link.counted, link.refused, link.refused_on) == (7, 0, 0, None)
    mailed = {one.number: (one.mailings, one.mailing_at == one.settled_at) for one in session.exec(select(Enquiry))}
    assert mailed == {1: (0, False), 2: (0, False), 3: (1, True), 4: (1, True)}


def the_timeline_still_holds(session: Session, incident_id: uuid.UUID) -> None:
    incident = session.get_one(Incident, incident_id)
    rows = list(session.exec(select(Entry).order_by(Entry.seq)))
    assert (export.verify_rows(incident, rows).where, len(rows)) == ("", 3)
    for attack in ("update entry set text = 'other'", "delete from entry", "truncate entry"):
        with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
            session.execute(text(attack))
    before = incident.scope_version
    person = session.exec(select(Person).where(Person.number == 2)).one()
    person.language = "de"
    session.add(person)
    session.flush()
    session.refresh(incident)
    assert incident.scope_version == before + 1
    record(session, incident_id, actor="ana", verb="closed", text="Closed.")
    rows = list(session.exec(select(Entry).order_by(Entry.seq)))
    assert (export.verify_rows(incident, rows).where, len(rows)) == ("", 4)
