"""Entries are numbered, chained and signed, whatever is put into them and whoever writes at the same time."""

import base64
import hashlib
import json
import math
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, select

from forthwith import clock, db, keys
from forthwith.timeline import record
from forthwith.timeline.export import entries, verify_rows
from forthwith.timeline.record import GENESIS, body, canonical, plain, stamp
from models import Entry, Incident, new_id

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def write(session: Session, incident: Incident, text_: str = "A step.", **fields: object) -> Entry:
    return record(session, incident.id, actor="ana", verb="stepped", text=text_, **fields)  # type: ignore[arg-type]


def test_the_first_entry_is_number_one_and_follows_on_nothing(session: Session, incident: Incident) -> None:
    entry = write(session, incident)
    assert (entry.seq, entry.prev_sha256) == (1, GENESIS)


def test_each_entry_follows_on_the_one_before(session: Session, incident: Incident) -> None:
    made = [write(session, incident, f"Step {number}.") for number in range(5)]
    assert [entry.seq for entry in made] == [1, 2, 3, 4, 5]
    assert [entry.prev_sha256 for entry in made[1:]] == [entry.sha256 for entry in made[:-1]]


def test_an_entry_is_signed_over_its_own_hash(session: Session, incident: Incident) -> None:
    entry = write(session, incident)
    assert entry.sha256 == hashlib.sha256(canonical(body(entry))).hexdigest()
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(keys.public_key()))
    public.verify(base64.b64decode(entry.signature), bytes.fromhex(entry.sha256))


def test_two_incidents_have_chains_of_their_own(session: Session, incident: Incident) -> None:
    other = Incident(id=new_id(), ref="2026-002", title="Another", opened_by="ana")
    session.add(other)
    session.flush()
    write(session, incident)
    assert write(session, other).seq == 1
    assert write(session, incident).seq == 2


def test_the_time_is_that_of_our_clock(session: Session, incident: Incident) -> None:
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    with clock.frozen(at):
        assert write(session, incident).at == at


@pytest.mark.parametrize("hours", [-11, -5, 0, 5.75, 14])
def test_a_time_is_written_in_utc_whatever_its_zone(hours: float) -> None:
    at = datetime(2026, 11, 18, 7, 40, 1, 20, tzinfo=timezone(timedelta(hours=hours)))
    assert stamp(at) == at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_the_hash_still_fits_when_the_server_shows_times_in_another_zone(session: Session, incident: Incident) -> None:
    write(session, incident)
    session.execute(text("set local time zone 'Asia/Kathmandu'"))
    assert verify_rows(incident, entries(session, incident)).sound


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(max_size=60), data=st.dictionaries(st.text(max_size=20), JSON, max_size=4))
def test_whatever_is_written_fits_its_hash_when_it_is_read_again(
    session: Session, incident: Incident, words: str, data: dict[str, object]
) -> None:
    write(session, incident, words, data=data)
    session.expire_all()
    rows = entries(session, incident)
    assert verify_rows(incident, rows).sound, rows[-1].data


@given(JSON)
def test_plain_is_json_that_does_not_change_any_more(value: object) -> None:
    once = plain(value)
    assert plain(once) == once
    assert json.loads(canonical(once)) == once


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.0, 3),
        (1e22, 10**22),
        (0.1, 0.1),
        (True, True),
        ("a\0b", "ab"),
        ("\ud800", "?"),
        ({1: "one"}, {"1": "one"}),
        ((1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_plain_turns_values_into_what_the_database_gives_back(value: object, shown: object) -> None:
    assert plain(value) == shown


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_without_end_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        plain({"n": value})


def test_a_word_of_a_vocabulary_is_kept_as_its_text() -> None:
    class Colour(StrEnum):
        RED = "red"

    assert type(plain(Colour.RED)) is str


def test_many_writers_at_once_leave_no_gap_and_no_fork(fresh: str) -> None:
    ident = new_id()
    with db.session() as opened:
        opened.add(Incident(id=ident, ref="2026-001", title="Busy", opened_by="ana"))

    def work(writer: int) -> None:
        for step in range(12):
            with db.session() as own:
                record(own, ident, actor=f"writer {writer}", verb="stepped", text=f"Step {step}.")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    with db.session() as opened:
        incident = opened.get_one(Incident, ident)
        rows = entries(opened, incident)
        assert [row.seq for row in rows] == list(range(1, 97))
        assert verify_rows(incident, rows).sound


def lost_then_broken(session: Session, ident: uuid.UUID) -> None:
    record(session, ident, actor="ana", verb="stepped", text="Lost.")
    record(session, ident, actor="ana", verb="stepped", text="Broken.", data={"n": math.nan})


def test_a_transaction_that_fails_leaves_no_gap(fresh: str) -> None:
    ident = new_id()
    with db.session() as opened:
        opened.add(Incident(id=ident, ref="2026-001", title="Crash", opened_by="ana"))
        opened.flush()
        record(opened, ident, actor="ana", verb="opened", text="Opened.")
    with pytest.raises(ValueError, match="finite"), db.session() as opened:
        lost_then_broken(opened, ident)
    with db.session() as opened:
        record(opened, ident, actor="ana", verb="stepped", text="Kept.")
    with db.session() as opened:
        assert [(row.seq, row.text) for row in opened.exec(select(Entry).order_by(Entry.seq))] == [  # type: ignore[arg-type]
            (1, "Opened."),
            (2, "Kept."),
        ]


def test_a_waiting_writer_sees_what_the_other_wrote(fresh: str) -> None:
    ident = new_id()
    with db.session() as opened:
        opened.add(Incident(id=ident, ref="2026-001", title="Two", opened_by="ana"))
    with ThreadPoolExecutor(1) as pool:
        with db.session() as first:
            record(first, ident, actor="a", verb="stepped", text="First.")

            def second() -> int:
                with db.session() as own:
                    return record(own, ident, actor="b", verb="stepped", text="Second.").seq

            waiting = pool.submit(second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        assert waiting.result(timeout=10) == 2
