"""At the end of retention nothing of anybody can be read again, and what proves the work stays."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from fakes.duties import NOON, add_duty
from fakes.people import add_people, add_quarantined
from sqlmodel import Session, select

from forthwith import clock, db, keys
from forthwith.settings import settings
from forthwith.timeline import record
from forthwith.timeline.export import entries, to_json, verify_rows
from forthwith.timeline.retention import discard, expired, run, scrub, shred
from forthwith.timeline.verify import verify
from models import Cohort, Delivery, Incident, Notice, Obligation, Person, Phase, Quarantine, Refusal, new_id

YEAR = timedelta(days=365)


@pytest.fixture(autouse=True)
def a_year_later() -> Iterator[None]:
    with clock.frozen(NOON + YEAR):
        yield


@pytest.fixture
def closed(session: Session, incident: Incident) -> Incident:
    add_people(session, incident, 3)
    add_quarantined(session, incident)
    record(session, incident.id, actor="ana", verb="opened", text="Opened.")
    incident.phase, incident.closed_at = Phase.CLOSED, NOON
    session.flush()
    return incident


def people(session: Session) -> list[Person]:
    return list(session.exec(select(Person)).all())


@pytest.mark.parametrize(("days", "found"), [(0, 1), (364, 1), (365, 1), (366, 0), (10_000, 0)])
def test_an_incident_is_due_so_many_days_after_it_was_closed(
    session: Session, closed: Incident, days: int, found: int
) -> None:
    assert len(expired(session, after=timedelta(days=days))) == found


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase != Phase.CLOSED])
def test_an_open_incident_is_never_due(session: Session, closed: Incident, phase: Phase) -> None:
    closed.phase = phase
    session.flush()
    assert expired(session, after=timedelta(0)) == []
    with pytest.raises(Refusal, match="not closed"):
        shred(session, closed, actor="ana")
    assert closed.wrapped_key is not None


def test_a_closed_incident_without_a_closing_time_is_not_due(session: Session, closed: Incident) -> None:
    closed.closed_at = None
    session.flush()
    assert expired(session, after=timedelta(0)) == []


def test_a_negative_retention_is_refused(session: Session, closed: Incident) -> None:
    with pytest.raises(Refusal, match="shorter than nothing"):
        run(session, after=timedelta(days=-1), actor="ana")


def test_before_it_the_records_can_be_read(session: Session, closed: Incident) -> None:
    key = keys.unwrap(closed.id, closed.wrapped_key)
    names = [json.loads(key.open(person.id, person.sealed or b""))["name"] for person in people(session)]
    assert names == ["Ada Lovelace 0", "Ada Lovelace 1", "Ada Lovelace 2"]


def test_after_it_no_record_and_no_index_is_left(session: Session, closed: Incident) -> None:
    run(session, after=YEAR, actor="ana")
    assert [(one.sealed, one.email_index, one.code_index) for one in people(session)] == [(None, None, None)] * 3
    assert [row.sealed for row in session.exec(select(Quarantine))] == [None]
    assert closed.wrapped_key is None


def test_after_it_even_a_copy_of_the_sealed_bytes_can_t_be_opened(session: Session, closed: Incident) -> None:
    copies = {person.id: person.sealed for person in people(session)}
    run(session, after=YEAR, actor="ana")
    with pytest.raises(Refusal, match="destroyed at the end of retention"):
        keys.unwrap(closed.id, session.get_one(Incident, closed.id).wrapped_key)
    other = keys.unwrap(closed.id, keys.new_data_key(closed.id))
    for ident, sealed in copies.items():
        with pytest.raises(Refusal):
            other.open(ident, sealed or b"")


def test_counts_cohorts_duties_and_the_timeline_stay(session: Session, closed: Incident) -> None:
    add_duty(session, closed, met_at=NOON)
    before = [(one.count, one.fingerprint) for one in session.exec(select(Cohort))]
    sums = [person.sealed_sha256 for person in people(session)]
    run(session, after=YEAR, actor="ana")
    assert [(one.count, one.fingerprint) for one in session.exec(select(Cohort))] == before
    assert [person.sealed_sha256 for person in people(session)] == sums
    assert session.exec(select(Obligation)).one().met_at == NOON
    assert verify_rows(closed, entries(session, closed)).sound


def test_the_timeline_tells_that_and_how_much_was_destroyed(session: Session, closed: Incident) -> None:
    [done] = run(session, after=YEAR, actor="ana")
    last = entries(session, closed)[-1]
    assert (done.ref, done.people, done.quarantined, done.files) == ("2026-001", 3, 1, 0)
    assert (last.verb, last.actor, last.data) == ("shredded", "ana", {"people": 3, "quarantined": 1, "files": 0})


def test_an_export_from_before_still_fits_the_timeline_after(session: Session, closed: Incident) -> None:
    kept = to_json(session, closed)
    run(session, after=YEAR, actor="ana")
    assert verify(to_json(session, closed), earlier=kept).sound


def test_a_second_run_finds_nothing_and_writes_nothing(session: Session, closed: Incident) -> None:
    run(session, after=YEAR, actor="ana")
    count = len(entries(session, closed))
    assert run(session, after=YEAR, actor="ana") == []
    assert len(entries(session, closed)) == count


def test_only_the_incident_that_is_due_loses_its_key(session: Session, closed: Incident) -> None:
    ident = new_id()
    other = Incident(id=ident, ref="2026-002", title="Open", opened_by="ana", wrapped_key=keys.new_data_key(ident))
    session.add(other)
    session.flush()
    add_people(session, other, 2)
    run(session, after=timedelta(0), actor="ana")
    key = keys.unwrap(other.id, session.get_one(Incident, ident).wrapped_key)
    left = [person for person in people(session) if person.incident_id == ident]
    assert all(b"Ada" in key.open(person.id, person.sealed or b"") for person in left)
    assert len(left) == 2


# --- files that were written for sending


def delivery_of(session: Session, incident: Incident) -> str:
    notice = Notice(incident_id=incident.id, key=str(new_id()), title="Notice", audience="individuals")
    session.add(notice)
    session.flush()
    made = Delivery(
        incident_id=incident.id, notice_id=notice.id, recipient_kind="person", recipient_id=new_id(), medium="email",
        channel="outbox",
    )  # fmt: skip
    session.add(made)
    session.flush()
    return str(made.id)


def put(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_files_of_the_incident_s_deliveries_are_deleted_and_no_others(session: Session, closed: Incident) -> None:
    outbox = settings().outbox
    mine, other = delivery_of(session, closed), str(new_id())
    gone = [
        put(outbox / "email" / f"{mine}.eml", "Dear Ada Lovelace"),
        put(outbox / "print" / "letters-1" / "manifest.csv", f"seq,key\n1,{mine}\n"),
        put(outbox / "print" / "letters-1" / "letters.pdf", "Ada Lovelace"),
    ]
    kept = [
        put(outbox / "email" / f"{other}.eml", "Dear Grace"),
        put(outbox / "print" / "letters-2" / "manifest.csv", f"seq,key\n1,{other}\n"),
        put(outbox / "print" / "letters-2" / "letters.pdf", "Grace"),
    ]
    [done] = run(session, after=YEAR, actor="ana")
    assert done.files == 3
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in kept)
    for path in kept:
        path.unlink()


def test_no_outbox_means_no_files(tmp_path: Path) -> None:
    assert discard(tmp_path / "absent", {str(new_id())}) == 0


# --- the bytes on disk


def test_after_the_tables_were_rewritten_no_page_holds_the_wrapped_key(fresh: str) -> None:
    ident = new_id()
    wrapped = keys.new_data_key(ident)
    with db.session() as opened:
        opened.add(
            Incident(
                id=ident,
                ref="2026-001",
                title="Gone",
                opened_by="ana",
                wrapped_key=wrapped,
                phase=Phase.CLOSED,
                closed_at=NOON,
            )
        )
        opened.flush()
        record(opened, ident, actor="ana", verb="opened", text="Opened.")
    assert pages(fresh).find(wrapped) >= 0
    with db.session() as opened:
        run(opened, after=timedelta(0), actor="ana")
    scrub(db.engine())
    assert pages(fresh).find(wrapped) == -1


def pages(url: str) -> bytes:
    """Return the bytes of the incident table as they lie on the server's disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("checkpoint")
        [row] = connection.execute("select pg_read_binary_file(pg_relation_filepath('incident'))")
        return bytes(row[0])


def test_the_codes_of_a_remedy_are_destroyed_as_well(session: Session, closed: Incident) -> None:
    from models import RemedyCode, RemedyPool

    pool = RemedyPool(
        incident_id=closed.id, provider="Watch", until=NOON.date(), codes=1, file_sha256="0", loaded_by="ana"
    )
    session.add(pool)
    session.flush()
    session.add(RemedyCode(incident_id=closed.id, pool_id=pool.id, sealed=b"sealed", code_index="i"))
    session.flush()
    shred(session, closed, actor="ana")
    session.expire_all()
    assert [one.sealed for one in session.exec(select(RemedyCode)).all()] == [None]
