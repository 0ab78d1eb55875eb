"""A database restored from a backup: what left since is asked about, never sent again."""

import csv
from pathlib import Path

import pytest
from fakes.house import House, later
from fakes.provider import Provider, in_turn
from sqlalchemy import text

from forthwith import clock, dispatch
from forthwith.dispatch import watermark
from forthwith.dispatch.addressing import Addresser
from forthwith.dispatch.claiming import claim, groups
from forthwith.dispatch.leaving import Wording
from forthwith.dispatch.receipts import take
from forthwith.keys import unwrap
from forthwith.settings import settings
from models import Attempt, Delivery, ProviderEvent, Refusal, Variant, new_id


def ready(live: House, people: int, media: tuple[str, ...] = ("email",)) -> None:
    """Plan and commit a notice."""
    live.people(people, media)
    live.notice(live.duty(), media=media)
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()


def look(live: House) -> None:
    """Do what the documents say after a restore: put in doubt, reconcile once nothing can be on the wire."""
    dispatch.restored(live.session, live.incident, actor="ana")
    live.session.commit()
    reconcile(live)


def reconcile(live: House) -> dispatch.ReconcileReport:
    with clock.frozen(later(seconds=40)):
        return dispatch.reconcile(live.incident.id)


def forget(live: House, what: str) -> None:
    """Let the database forget, as a backup of then does."""
    live.session.rollback()
    live.session.execute(text(what))
    live.session.commit()
    live.session.expire_all()


def bounced(live: House, delivery: Delivery) -> None:
    """Let the provider report a bounce; the same one each time."""
    at = later(seconds=-3600).replace(microsecond=0)
    take(live.session, [ProviderEvent("askable", f"ref-{delivery.id}", str(delivery.id), "bounce", at, "bounced")])
    live.session.commit()


def letters() -> list[str]:
    """Return the postcode on each letter that was printed."""
    found = (settings().outbox / "print").glob("letters-*/manifest.csv")
    rows = [row for path in found for row in csv.DictReader(Path(path).read_text().splitlines())]
    return [row["postcode"] for row in rows if row["seq"].isdigit()]


def test_it_sends_nothing_until_a_person_has_looked(live: House, provider: Provider) -> None:
    ready(live, 6)
    dispatch.send(live.incident.id)
    forget(live, "delete from attempt")
    forget(live, "update delivery set state = 'planned', claimed_by = null, provider_ref = null")
    for _ in range(2):
        with pytest.raises(Refusal, match="restored from a backup"):
            dispatch.send(live.incident.id)
    assert provider.ledger.total() == 6, "a restored backup sends nothing"
    assert dispatch.restored(live.session, live.incident, actor="ana") == 6
    live.session.commit()
    assert dispatch.send(live.incident.id).taken == 0
    assert reconcile(live).states == {"accepted": 6}
    assert set(provider.ledger.values()) == {1}
    assert live.entries("restored")[0].data == {"deliveries": 6}


def test_a_next_leg_that_left_since_is_not_sent_again(live: House, provider: Provider) -> None:
    ready(live, 1, ("email", "letter"))
    dispatch.send(live.incident.id)
    (first,) = live.deliveries()
    bounced(live, first)
    dispatch.send(live.incident.id)
    assert len(letters()) == 1
    forget(live, "delete from attempt where channel = 'print_file'")
    forget(live, "delete from delivery where leg = 2")
    forget(live, "delete from receipt")
    forget(live, "update delivery set state = 'accepted', reason = null")
    look(live)
    bounced(live, first)  # sent once more, as an operator asks for
    assert [row.state for row in live.deliveries()] == ["bounced", "unknown"]
    assert reconcile(live).states == {"accepted": 1}
    dispatch.send(live.incident.id)
    assert len(letters()) == 1, "one letter, not two"


def test_what_was_planned_and_sent_since_is_not_sent_again(live: House, provider: Provider) -> None:
    ready(live, 3)
    dispatch.send(live.incident.id)
    known = {str(row.id) for row in live.deliveries()}
    forget(live, "delete from attempt")
    forget(live, "delete from delivery")
    look(live)
    report = dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    assert (report.planned, report.in_doubt) == (3, 3)
    assert {str(row.id) for row in live.deliveries(state="unknown")} == known, "under the keys that the provider has"
    dispatch.send(live.incident.id)
    assert reconcile(live).states == {"accepted": 3}
    assert set(provider.ledger.values()) == {1}


def test_what_is_new_after_it_is_in_no_doubt(live: House, provider: Provider) -> None:
    ready(live, 1, ("email", "letter"))
    look(live)
    with clock.frozen(later(seconds=60)):
        live.people(2, ("email", "letter"))
        for variant in live.every(Variant):
            live.approve(variant)
        dispatch.plan(live.session, live.incident, actor="ana")
        live.session.commit()
        assert dispatch.send(live.incident.id).states == {"accepted": 3}
        for row in live.deliveries():
            bounced(live, row)
    assert {row.state for row in live.deliveries(leg=2)} == {"planned"}, "their first leg left since, and is known"


def test_of_two_batches_at_once_the_backup_may_hold_the_later_alone(live: House, provider: Provider) -> None:
    ready(live, 2)
    dispatch.send(live.incident.id, batch=1)
    early, late = sorted(live.attempts(), key=lambda one: one.started_at)
    watermark.forget(live.incident.id)
    watermark.note(live.incident.id, late.id)
    watermark.note(live.incident.id, early.id)
    assert set(watermark.check(live.session, live.incident.id)) == {str(early.id), str(late.id)}
    live.session.delete(live.session.get_one(Attempt, early.id))
    with pytest.raises(Refusal, match="older than the last batch"):
        watermark.check(live.session, live.incident.id)
    live.session.rollback()


def test_a_sender_that_was_at_work_meanwhile_stops_too(live: House, provider: Provider) -> None:
    ready(live, 4)

    def restore(n: int) -> str:
        if n == 1:
            watermark.note(live.incident.id, new_id())  # another sender's batch, which the backup lacks
        return "ok"

    provider.script = restore
    with pytest.raises(Refusal, match="restored from a backup"):
        dispatch.send(live.incident.id, batch=1)
    assert provider.ledger.total() == 1


def test_the_note_stays_until_the_doubts_stand_for_good(live: House, provider: Provider) -> None:
    ready(live, 1)
    dispatch.send(live.incident.id)
    forget(live, "delete from attempt")
    dispatch.restored(live.session, live.incident, actor="ana")
    live.session.rollback()  # killed before it was done
    with pytest.raises(Refusal, match="restored from a backup"):
        dispatch.send(live.incident.id)
    look(live)
    assert watermark.check(live.session, live.incident.id) == []
    assert not list((settings().home / "sent").iterdir())


def test_the_note_holds_no_more_than_the_newest_attempts(live: House, provider: Provider) -> None:
    provider.script = in_turn("ok")
    ready(live, 3)
    dispatch.send(live.incident.id, batch=1)
    (file,) = (settings().home / "sent").iterdir()
    assert file.name == str(live.incident.id)
    assert file.read_text() in {f"{one.id}\n" for one in live.attempts()}


def test_what_is_no_note_of_ours_is_an_older_database(live: House) -> None:
    watermark.note(live.incident.id, new_id())
    (settings().home / "sent" / str(live.incident.id)).write_text("2026-11-21T10:00:00+00:00")
    with pytest.raises(Refusal, match="older than the last batch"):
        watermark.check(live.session, live.incident.id)


def test_an_attempt_is_on_disk_before_the_call_however_the_server_is_set(house: House) -> None:
    house.people(1, ("email",))
    house.notice(house.duty(), media=("email",))
    dispatch.plan(house.session, house.incident, actor="ana")
    house.session.execute(text("set local synchronous_commit = off"))
    (group,) = groups(house.session, house.incident.id)
    addresser = Addresser(unwrap(house.incident.id, house.incident.wrapped_key), house.incident.ref)
    wording = Wording(b"{}", "")
    claim(house.session, house.incident.id, group, wording, addresser=addresser, size=1, worker="w", lease=30)
    assert house.session.execute(text("show synchronous_commit")).scalar_one() == "on"
