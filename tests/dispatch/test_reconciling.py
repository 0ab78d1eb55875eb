"""What is in doubt: asked of its own provider, after the lease, and never sent blindly."""

from collections import Counter
from datetime import timedelta

import pytest
from fakes.house import House, later
from fakes.provider import Provider, always
from sqlalchemy import text

from forthwith import clock, dispatch
from forthwith.dispatch.reconciling import NO_ANSWER, expire
from forthwith.settings import settings
from models import Delivery, Lease, Refusal, new_id

SOON = timedelta(seconds=40)  # past the lease of these tests and the provider's own time


def in_doubt(live: House, provider: Provider, *, people: int = 4, fault: str = "drop_after") -> None:
    """Send to people while every answer is lost."""
    live.people(people, ("email", "letter"))
    live.notice(live.duty(), media=("email", "letter"))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    provider.script = always(fault)
    dispatch.send(live.incident.id)
    provider.script = always("ok")
    assert states(live) == {"unknown": people}


def states(live: House) -> Counter[str]:
    live.session.rollback()
    return Counter(row.state for row in live.deliveries())


def reconcile(live: House) -> dispatch.ReconcileReport:
    with clock.frozen(clock.now() + SOON):
        return dispatch.reconcile(live.incident.id)


def test_what_the_provider_has_is_accepted(live: House, provider: Provider) -> None:
    in_doubt(live, provider)
    report = reconcile(live)
    assert (report.states, report.in_doubt) == ({"accepted": 4}, 0)
    assert [row.provider_ref for row in live.deliveries()] == [f"ref-{row.id}" for row in live.deliveries()]
    assert dispatch.send(live.incident.id).taken == 0
    assert set(provider.ledger.values()) == {1}


def test_what_it_never_got_goes_again_through_the_same_provider(live: House, provider: Provider) -> None:
    in_doubt(live, provider, fault="drop")
    report = reconcile(live)
    assert report.states == {"planned": 4}
    assert {row.channel for row in live.deliveries()} == {"askable"}
    dispatch.send(live.incident.id)
    assert states(live) == {"accepted": 4}
    assert set(provider.ledger.values()) == {1}
    assert {row.leg for row in live.deliveries()} == {1}


def test_nobody_is_asked_before_a_cut_off_call_can_no_longer_arrive(live: House, provider: Provider) -> None:
    in_doubt(live, provider)
    report = dispatch.reconcile(live.incident.id)
    assert (report.states, report.in_doubt) == ({}, 4)


def test_a_provider_that_cant_tell_leaves_the_doubt(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_doubt(live, provider)
    monkeypatch.setattr("fakes.askable.Askable.look_up", lambda self, key: None)
    report = reconcile(live)
    assert (report.states, report.in_doubt) == ({}, 4)
    assert states(live) == {"unknown": 4}
    assert provider.ledger.total() == 4


def test_a_provider_that_answers_nonsense_leaves_the_doubt(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_doubt(live, provider)
    monkeypatch.setattr("fakes.provider.Handler.do_GET", lambda self: self.answer(500, {}))
    assert reconcile(live).in_doubt == 4


def test_a_channel_that_is_no_longer_set_up_is_named(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_doubt(live, provider)
    live.session.execute(text("update delivery set channel = 'twilio'"))
    live.session.commit()
    monkeypatch.delenv("FORTHWITH_TWILIO_FROM")
    settings.cache_clear()
    report = reconcile(live)
    assert len(report.lines) == 1
    assert "FORTHWITH_TWILIO_FROM" in report.lines[0]
    assert report.in_doubt == 4


def cut_off(live: House) -> list[Delivery]:
    """Leave deliveries as a killed sender would: claimed, on the wire, no answer."""
    live.people(3, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.execute(
        text("update delivery set state = 'sending', claimed_by = 'gone', claimed_until = :until"),
        {"until": later(seconds=5)},
    )
    rows = [row.id for row in live.deliveries()]
    live.session.add(Lease(incident_id=live.incident.id, until=later(seconds=5), deliveries=rows))
    live.session.commit()
    return live.deliveries()


def test_a_killed_senders_rows_are_in_doubt_only_when_the_lease_is_over(live: House, provider: Provider) -> None:
    cut_off(live)
    assert expire(live.session) == {}
    with clock.frozen(later(seconds=6)):
        assert expire(live.session, live.incident.id) == {live.incident.id: 3}
    assert {(row.state, row.reason) for row in live.deliveries()} == {("unknown", NO_ANSWER)}


def test_expiring_leaves_other_incidents_alone_when_asked_for_one(live: House, provider: Provider) -> None:
    cut_off(live)
    with clock.frozen(later(seconds=6)):
        assert expire(live.session, new_id()) == {}


def test_a_killed_senders_rows_find_their_end(live: House, provider: Provider) -> None:
    rows = cut_off(live)
    provider.take([(str(rows[0].id), "x")], {})
    with clock.frozen(later(seconds=60)):
        report = dispatch.reconcile(live.incident.id)
    assert (report.expired, report.states) == (3, {"accepted": 1, "planned": 2})
    dispatch.send(live.incident.id)
    assert provider.ledger == {str(row.id): 1 for row in rows}


def test_a_stale_answer_never_moves_a_row_that_was_tried_again(live: House, provider: Provider) -> None:
    """One reconciler asks; before it writes, another one answered and the row was sent again, in doubt again."""
    in_doubt(live, provider, people=1, fault="drop")

    def meanwhile(_self: object, key: str) -> object:
        from models import Refused

        live.session.execute(text(
            "insert into attempt (id, created_at, incident_id, delivery_id, n, channel, started_at, request_sha256) "
            "select gen_random_uuid(), now(), incident_id, id, 9, channel, now(), '' from delivery"
        ))  # fmt: skip
        live.session.commit()
        return Refused("never came", permanent=False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fakes.askable.Askable.look_up", meanwhile)
        report = reconcile(live)
    assert report.states == {}
    assert states(live) == {"unknown": 1}


def test_a_sender_that_wakes_up_late_still_reports_what_was_accepted(live: House, provider: Provider) -> None:
    """The lease is over and the row was put back; the slow sender then learns that it was accepted."""
    live.people(1, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()

    def overtaken() -> float:
        live.session.execute(text("update delivery set state = 'planned', claimed_by = null, claimed_until = null"))
        live.session.commit()
        provider.delay = lambda: 0.0
        return 0.0

    provider.delay = overtaken
    dispatch.send(live.incident.id)
    assert states(live) == {"accepted": 1}
    assert provider.ledger.total() == 1


def test_a_person_may_settle_what_nobody_can_tell(live: House, provider: Provider) -> None:
    in_doubt(live, provider)
    first, young = live.deliveries()[0], live.deliveries()[1]
    with clock.frozen(clock.now() + SOON):
        young.claimed_until = clock.now()  # its call may still arrive: whoever looked can't have seen it
        assert dispatch.resolve(live.session, live.incident, sent=True, reason="log", actor="ana", only=first.id) == 1
        assert dispatch.resolve(live.session, live.incident, sent=False, reason="never left", actor="ana") == 2
    with clock.frozen(clock.now() + 2 * SOON):
        assert dispatch.resolve(live.session, live.incident, sent=False, reason="never left", actor="ana") == 1
    live.session.commit()
    assert states(live) == {"accepted": 1, "planned": 3}
    assert [entry.data["deliveries"] for entry in live.entries("resolved")] == [1, 2, 1]


def test_settling_by_hand_needs_a_reason_and_a_doubt(live: House, provider: Provider) -> None:
    with pytest.raises(Refusal, match="Nothing is in doubt"):
        dispatch.resolve(live.session, live.incident, sent=True, reason="x", actor="ana")
    with pytest.raises(Refusal, match="how this was established"):
        dispatch.resolve(live.session, live.incident, sent=True, reason=" ", actor="ana")


def test_the_timeline_tells_what_became_clear(live: House, provider: Provider) -> None:
    in_doubt(live, provider)
    reconcile(live)
    reconcile(live)
    (entry,) = live.entries("reconciled")
    assert entry.data == {"expired": 0, "states": {"accepted": 4}, "in_doubt": 0}


def test_the_file_outbox_always_knows(live: House, own_law: object) -> None:
    live.people(2, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    dispatch.send(live.incident.id)
    kept, gone = live.deliveries()
    (settings().outbox / "email" / f"{gone.id}.eml").unlink()
    live.session.execute(text("update delivery set state = 'unknown', claimed_until = now()"))
    live.session.commit()
    assert reconcile(live).states == {"accepted": 1, "planned": 1}
    told = {row.id: row.state for row in live.deliveries()}
    assert (told[kept.id], told[gone.id]) == ("accepted", "planned")
