"""Promise 5: the timeline can't be quietly changed, neither by a program, nor in the database, nor in an export."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select, update

from forthwith import db, keys
from forthwith.timeline import record
from forthwith.timeline.export import entries, to_json, verify_rows
from forthwith.timeline.verify import verify
from models import Entry, Incident, Refusal, new_id

Attack = Callable[[psycopg.Connection[tuple[object, ...]]], object]


@pytest.fixture
def told(session: Session, incident: Incident) -> Incident:
    for number in range(1, 6):
        record(session, incident.id, actor="ana", verb="stepped", text=f"Step {number}.", data={"people": number})
    return incident


@pytest.mark.parametrize(
    "attack",
    [
        "update entry set text = 'Nothing.'",
        "update entry set at = now()",
        "update entry set data = '{}'",
        "update entry set seq = seq + 100",
        "update entry set id = gen_random_uuid()",
        "update entry set text = text",
        "delete from entry",
        "delete from entry where seq = 5",
        "truncate entry",
        "truncate entry cascade",
        "with gone as (delete from entry returning *) select count(*) from gone",
        "insert into entry select * from entry on conflict (id) do update set text = 'Nothing.'",
        "merge into entry using entry as other on entry.id = other.id when matched then delete",
    ],
)
def test_the_database_refuses_every_change_of_an_entry(session: Session, told: Incident, attack: str) -> None:
    with pytest.raises(DBAPIError, match="never changed or deleted"):
        session.execute(text(attack))


def test_the_program_itself_is_refused(session: Session, told: Incident) -> None:
    entry = entries(session, told)[2]
    entry.text = "Nothing."
    with pytest.raises(DBAPIError, match="never changed"):
        session.flush()


def test_a_bulk_update_of_the_program_is_refused(session: Session, told: Incident) -> None:
    with pytest.raises(DBAPIError, match="never changed"):
        session.exec(update(Entry).where(col(Entry.seq) == 2).values(text="Nothing."))  # type: ignore[call-overload]


def test_an_incident_that_has_a_timeline_can_t_be_deleted(session: Session, told: Incident) -> None:
    with pytest.raises(DBAPIError, match="violates foreign key"):
        session.execute(text("delete from incident"))


def test_no_second_entry_takes_a_number(session: Session, told: Incident) -> None:
    last = entries(session, told)[-1]
    copy = last.model_dump(exclude={"id"}) | {"text": "Another."}
    session.add(Entry(**copy))
    with pytest.raises(DBAPIError, match="duplicate key"):
        session.flush()


def without_triggers(session: Session, attack: str) -> None:
    """Do what only somebody with all rights on the server can do."""
    session.execute(text("set local session_replication_role = replica"))
    session.execute(text(attack))
    session.execute(text("set local session_replication_role = origin"))
    session.expire_all()


@pytest.mark.parametrize(
    ("attack", "place"),
    [
        ("update entry set text = 'Nothing.' where seq = 3", "entry 3"),
        ("update entry set at = at - interval '1 microsecond' where seq = 1", "entry 1"),
        ("update entry set actor = 'eve' where seq = 5", "entry 5"),
        ("update entry set verb = 'approved' where seq = 2", "entry 2"),
        ("update entry set object_id = 'x' where seq = 2", "entry 2"),
        ("update entry set object_type = 'x' where seq = 4", "entry 4"),
        ("update entry set data = '{\"people\": 9}' where seq = 4", "entry 4"),
        ("update entry set data = data || '{\"more\": 1}' where seq = 4", "entry 4"),
        ("update entry set prev_sha256 = sha256 where seq = 2", "entry 2"),
        ("update entry set signature = '' where seq = 2", "entry 2"),
        ("delete from entry where seq = 1", "entry 1"),
        ("delete from entry where seq = 3", "entry 3"),
        ("update entry set seq = 9 where seq = 5", "entry 5"),
        ("update entry set seq = case seq when 2 then 3 else 2 end where seq in (2, 3)", "entry 2"),
    ],
)
def test_a_change_behind_the_database_s_back_is_found(
    session: Session, told: Incident, attack: str, place: str
) -> None:
    if "case seq" in attack:
        session.execute(text("alter table entry drop constraint entry_incident_id_seq_key"))
    without_triggers(session, attack)
    assert verify_rows(told, entries(session, told)).where == place


def test_a_changed_row_with_a_mended_hash_is_found_by_its_signature(session: Session, told: Incident) -> None:
    import hashlib

    from forthwith.timeline.record import body, canonical

    last = entries(session, told)[-1]
    forged = {**body(last), "text": "Nothing."}
    digest = hashlib.sha256(canonical(forged)).hexdigest()
    without_triggers(session, f"update entry set text = 'Nothing.', sha256 = '{digest}' where seq = 5")
    report = verify_rows(told, entries(session, told))
    assert (report.where, "signed" in report.what) == ("entry 5", True)


def test_an_unsound_timeline_is_not_handed_out(session: Session, told: Incident) -> None:
    without_triggers(session, "update entry set text = 'Nothing.' where seq = 3")
    with pytest.raises(Refusal, match=r"not sound: entry 3"):
        to_json(session, told)


def test_a_cut_tail_in_the_database_is_found_by_an_export_that_somebody_kept(session: Session, told: Incident) -> None:
    kept = to_json(session, told)
    without_triggers(session, "delete from entry where seq > 3")
    assert verify_rows(told, entries(session, told)).sound, "the rows alone can't tell: that is why exports are kept"
    assert verify(to_json(session, told), earlier=kept).where == "entry 4"


def test_rows_signed_with_a_key_of_somebody_else_are_found(
    session: Session, told: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    other = Ed25519PrivateKey.generate()
    with monkeypatch.context() as patched:
        patched.setattr(keys, "signing_key", lambda: other)
        record(session, told.id, actor="eve", verb="stepped", text="Slipped in.")
    assert verify_rows(told, entries(session, told)).where == "entry 6"


def test_a_backup_that_was_restored_verifies(fresh: str) -> None:
    ident = new_id()
    with db.session() as opened:
        incident = Incident(id=ident, ref="2026-001", title="Restored", opened_by="ana")
        opened.add(incident)
        opened.flush()
        for number in range(3):
            record(opened, ident, actor="ana", verb="stepped", text=f"Step {number}.", data={"share": 0.25})
    with psycopg.connect(fresh) as connection:
        rows = connection.execute("select to_jsonb(entry) from entry order by seq").fetchall()
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from entry")
        for (row,) in rows:
            connection.execute(
                "insert into entry select * from jsonb_populate_record(null::entry, %s)",
                (psycopg.types.json.Jsonb(row),),
            )
    with db.session() as opened:
        assert verify_rows(opened.get_one(Incident, ident), entries(opened, opened.get_one(Incident, ident))).sound


def test_the_timeline_outlives_the_end_of_the_session_in_order(session: Session, told: Incident) -> None:
    numbers = session.exec(select(Entry.seq).where(Entry.incident_id == told.id).order_by(col(Entry.seq))).all()
    assert numbers == [1, 2, 3, 4, 5]
