"""What providers say later: once, in any order, forged or real; and the late hard answer that reopens a duty."""

import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from fakes.house import House
from fakes.provider import Provider, always
from fakes.signing import SendGridSigner, sendgrid_event
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as some

from forthwith import clock, dispatch
from forthwith.dispatch.receipts import take
from forthwith.dispatch.states import RANK, UNREACHED, later
from forthwith.settings import settings
from models import Delivery, DeliveryState, Phase, ProviderEvent, Receipt, Refusal

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OPEN = {"X-Secret": "open"}


def told(live: House, people: int = 1, channels: tuple[str, ...] = ("email", "letter")) -> list[Delivery]:
    """Send a notice to people; return the deliveries."""
    live.people(people, channels)
    live.notice(live.duty(), media=("email", "letter"))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    dispatch.send(live.incident.id)
    return live.deliveries()


def say(*events: dict[str, object]) -> dispatch.ReceiveReport:
    """Let the askable provider call back."""
    told = [{"at": AT.isoformat(), "ref": "", "event": one["state"], **one} for one in events]
    return dispatch.receive("askable", json.dumps(told).encode(), OPEN)


def state_of(live: House, delivery: Delivery) -> str:
    live.session.rollback()
    return next(row.state for row in live.deliveries() if row.id == delivery.id)


def test_a_delivered_receipt_moves_its_delivery(live: House, provider: Provider) -> None:
    (row,) = told(live)
    report = say({"key": str(row.id), "state": "delivered"})
    assert (report.events, report.new, report.states) == (1, 1, {"delivered": 1})
    assert state_of(live, row) == "delivered"


def test_the_same_receipt_again_changes_nothing(live: House, provider: Provider) -> None:
    (row,) = told(live)
    event = {"key": str(row.id), "state": "bounced"}
    say(event)
    report = say(event, event)
    assert (report.events, report.new) == (2, 0)
    assert len(live.every(Receipt)) == 1
    assert [one.leg for one in live.deliveries()] == [1, 2], "one bounce, one next leg"


def test_a_receipt_without_our_id_is_found_by_the_providers(live: House, provider: Provider) -> None:
    (row,) = told(live)
    say({"ref": row.provider_ref, "state": "delivered"})
    assert state_of(live, row) == "delivered"


def test_a_reference_that_two_deliveries_share_tells_nothing(live: House, provider: Provider) -> None:
    rows = told(live, 2)
    for row in rows:
        row.provider_ref = "shared"
    live.session.commit()
    report = say({"ref": "shared", "state": "bounced"})
    assert (report.new, report.unmatched) == (1, 1)
    assert {row.state for row in live.deliveries()} == {"accepted"}


@pytest.mark.parametrize("key", ["", "nonsense", "00000000-0000-7000-8000-000000000000"])
def test_a_receipt_of_nobody_is_kept_and_moves_nobody(live: House, provider: Provider, key: str) -> None:
    (row,) = told(live)
    assert say({"key": key, "state": "bounced"}).unmatched == 1
    assert state_of(live, row) == "accepted"


def test_a_forged_webhook_leaves_no_trace(live: House, provider: Provider) -> None:
    (row,) = told(live)
    body = json.dumps([{"key": str(row.id), "state": "delivered", "ref": "", "event": "x", "at": AT.isoformat()}])
    with pytest.raises(Refusal, match="signature"):
        dispatch.receive("askable", body.encode(), {"X-Secret": "guess"})
    assert live.every(Receipt) == []
    assert state_of(live, row) == "accepted"


def test_a_bounce_after_delivered_reopens_the_duty(live: House, provider: Provider) -> None:
    (row,) = told(live)
    say({"key": str(row.id), "state": "delivered"})
    dispatch.sweep(AT)
    live.session.rollback()
    duty = live.every(live.duty_type)[0]
    assert duty.met_at is not None
    live.session.rollback()
    live.incident.phase = Phase.CLOSED
    live.session.commit()
    report = say({"key": str(row.id), "state": "bounced"})
    assert report.reopened == [duty.key]
    live.session.rollback()
    live.session.expire_all()
    assert live.every(live.duty_type)[0].met_at is None
    assert live.incident.phase == Phase.NOTIFYING
    assert [(one.leg, one.medium, one.state) for one in live.deliveries()] == [
        (1, "email", "bounced"), (2, "letter", "planned")
    ]  # fmt: skip
    assert live.entries("reopened")[0].data["next_legs"] == 1


@pytest.mark.parametrize("state", ["bounced", "returned", "failed"])
def test_delivered_after_unreached_changes_nothing(live: House, provider: Provider, state: str) -> None:
    (row,) = told(live)
    say({"key": str(row.id), "state": state})
    assert say({"key": str(row.id), "state": "delivered"}).states == {}
    assert state_of(live, row) == state


def test_a_marketing_opt_out_neither_blocks_nor_reopens(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = SendGridSigner()
    monkeypatch.setenv("FORTHWITH_EMAIL_CHANNEL", "sendgrid")
    monkeypatch.setenv("FORTHWITH_SENDGRID_WEBHOOK_KEY", signer.public)
    settings.cache_clear()
    live.person(("email", "letter"), marketing_opt_out=True)
    live.notice(live.duty(), media=("email", "letter"))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    dispatch.send(live.incident.id)
    (row,) = live.deliveries()
    assert row.state == "accepted"
    dispatch.receive("sendgrid", *signer.call([sendgrid_event(str(row.id), "unsubscribe")]))
    assert state_of(live, row) == "delivered"
    assert len(live.deliveries()) == 1


def test_a_drop_by_an_opt_out_moves_the_person_to_the_next_lawful_channel(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = SendGridSigner()
    monkeypatch.setenv("FORTHWITH_EMAIL_CHANNEL", "sendgrid")
    monkeypatch.setenv("FORTHWITH_SENDGRID_WEBHOOK_KEY", signer.public)
    settings.cache_clear()
    (row,) = told(live)
    dispatch.receive("sendgrid", *signer.call([sendgrid_event(str(row.id), "dropped", reason="Unsubscribed Address")]))
    assert [(one.medium, one.state) for one in live.deliveries()] == [("email", "failed"), ("letter", "planned")]


def test_an_event_before_the_answer_is_safe(live: House, provider: Provider) -> None:
    live.people(1, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    (row,) = live.deliveries()
    live.session.rollback()

    def early() -> float:
        say({"key": str(row.id), "state": "delivered"})
        return 0.0

    provider.delay = early
    dispatch.send(live.incident.id)
    (row,) = live.deliveries()
    assert (row.state, row.provider_ref) == ("delivered", f"ref-{row.id}")
    assert [one.outcome for one in live.attempts()] == ["accepted"]


def test_an_event_that_knows_only_the_reference_waits_for_the_answer(live: House, provider: Provider) -> None:
    live.people(1, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    (row,) = live.deliveries()
    live.session.rollback()

    def early() -> float:
        assert say({"ref": f"ref-{row.id}", "state": "delivered"}).unmatched == 1
        return 0.0

    provider.delay = early
    dispatch.send(live.incident.id)
    assert state_of(live, row) == "delivered"
    assert live.every(Receipt)[0].delivery_id == row.id


def test_an_event_settles_what_was_in_doubt(live: House, provider: Provider) -> None:
    provider.script = always("drop_after")
    (row,) = told(live)
    assert row.state == "unknown"
    say({"key": str(row.id), "state": "accepted"})
    assert state_of(live, row) == "accepted"
    assert dispatch.send(live.incident.id).taken == 0
    assert provider.ledger.total() == 1


def test_a_late_event_stops_what_a_person_had_put_back(live: House, provider: Provider) -> None:
    provider.script = always("drop_after")
    (row,) = told(live)
    with clock.frozen(clock.now() + timedelta(seconds=40)):
        dispatch.resolve(live.session, live.incident, sent=False, reason="the provider said so", actor="ana")
    live.session.commit()
    say({"key": str(row.id), "state": "delivered"})
    provider.script = always("ok")
    assert dispatch.send(live.incident.id).taken == 0
    assert provider.ledger.total() == 1


def test_one_call_with_many_events_makes_one_entry_in_the_timeline(live: House, provider: Provider) -> None:
    rows = told(live, 5)
    say(*({"key": str(row.id), "state": "delivered"} for row in rows))
    (entry,) = live.entries("received")
    assert entry.data["states"] == {"delivered": 5}
    assert not any(str(row.recipient_id) in repr(entry.data) for row in rows)


STEPS = [("accepted", 1), ("delivered", 2), ("bounced", 3)]


@pytest.mark.parametrize("order", list(itertools.permutations(STEPS)))
def test_in_every_order_the_end_is_the_same(
    live: House, provider: Provider, order: tuple[tuple[str, int], ...]
) -> None:
    (row,) = told(live)
    for state, minute in order:
        say({"key": str(row.id), "state": state, "at": (AT + timedelta(minutes=minute)).isoformat()})
    assert [(one.leg, one.state) for one in live.deliveries()] == [(1, "bounced"), (2, "planned")]


@budget(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.tuples(some.sampled_from(["accepted", "delivered", "bounced", "returned", "failed"]),
                              some.integers(0, 3)), min_size=1, max_size=8))  # fmt: skip
def test_duplicated_and_shuffled_events_never_move_a_delivery_down(house: House, events: list[tuple[str, int]]) -> None:
    with house.session.begin_nested() as inner:
        case = House.new(house.session, ref="case")
        person = case.person(("email",))
        notice = case.notice(case.duty(), media=("email",))
        row = case.add(Delivery(
            incident_id=case.incident.id, notice_id=notice.id, recipient_kind="person", recipient_id=person.id,
            medium="email", channel="askable", state="accepted",
        ))  # fmt: skip
        ranks = [RANK[DeliveryState(row.state)]]
        for state, minute in events:
            take(
                case.session, [ProviderEvent("askable", "", str(row.id), state, AT + timedelta(minutes=minute), state)]
            )
            ranks.append(RANK[DeliveryState(case.deliveries(leg=1)[0].state)])
        assert ranks == sorted(ranks)
        unreached = any(state in UNREACHED for state, _ in events)
        assert len(case.deliveries()) == (2 if unreached else 1)
        inner.rollback()


@given(some.sampled_from(list(DeliveryState)), some.sampled_from(list(DeliveryState)))
def test_news_is_never_news_in_both_directions(one: DeliveryState, other: DeliveryState) -> None:
    assert not (later(one, other) and later(other, one))
    assert not later(one, one)


def test_letters_that_come_back_lead_to_the_next_lawful_medium(live: House) -> None:
    live.people(3, ("letter", "email"))
    live.notice(live.duty(), media=("letter", "email"))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    dispatch.send(live.incident.id)
    first, second, third = live.deliveries()
    body = f"delivery,status,reason\n{first.id},mailed,\n{second.id},returned,moved\n{third.id},undeliverable,\n"
    report = dispatch.settle_letters(live.session, live.incident, body.encode())
    live.session.commit()
    assert (report.events, report.new, report.states) == (3, 3, {"returned": 2})
    assert Counter((row.leg, row.medium, row.state) for row in live.deliveries()) == {
        (1, "letter", "accepted"): 1, (1, "letter", "returned"): 2, (2, "email", "planned"): 2,
    }  # fmt: skip


def test_a_return_file_of_another_incident_is_refused_whole(live: House) -> None:
    (row, *_) = told(live, 2, ("letter",))
    body = f"delivery,status\n{row.id},returned\n00000000-0000-7000-8000-000000000000,returned\n"
    with pytest.raises(Refusal, match="1 lines"):
        dispatch.settle_letters(live.session, live.incident, body.encode())
    live.session.rollback()
    assert live.every(Receipt) == []


def test_a_channel_without_return_files_says_so(live: House) -> None:
    with pytest.raises(Refusal, match="no return files"):
        dispatch.settle_letters(live.session, live.incident, b"", channel="outbox")
