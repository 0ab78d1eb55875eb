"""Calls and faxes on their whole way: sent once, reported in any order and more than once, and reached or led on."""

import itertools
import uuid
from urllib.parse import urlsplit

import pytest
from fakes.fax_service import FaxSigner, fax_event
from fakes.house import House, later
from fakes.provider import Provider, in_turn
from fakes.signing import twilio_call

from forthwith import clock, dispatch
from forthwith.settings import settings
from models import Delivery, Receipt

FAXES = {"faxes": ["+4930123456"]}


@pytest.fixture
def signer(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> FaxSigner:
    """Voice and fax go to the provider on loopback, whose webhooks are signed by this."""
    made = FaxSigner()
    for name, value in {
        "VOICE_CHANNEL": "twilio_voice", "FAX_CHANNEL": "fax_http", "FAX_WEBHOOK_KEY": made.public,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"FORTHWITH_{name}", value)
    settings.cache_clear()
    return made


def go(live: House) -> None:
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    dispatch.send(live.incident.id)
    live.session.rollback()


def one(live: House, medium: str, **record: object) -> Delivery:
    """Send a notice to one person by a medium, with a letter as its next leg."""
    live.person((medium, "letter"), **record)
    live.notice(live.duty(), media=(medium, "letter"))
    go(live)
    (row,) = live.deliveries()
    return row


def called(url: str, *, sid: str, status: str, **more: str) -> dispatch.ReceiveReport:
    body, headers = twilio_call("tok", url, {"CallSid": sid, "CallStatus": status, **more})
    parts = urlsplit(url)
    return dispatch.receive("twilio_voice", body, headers, f"{parts.path}?{parts.query}")


def states(live: House) -> dict[int, str]:
    live.session.rollback()
    return {row.leg: str(row.state) for row in live.deliveries()}


def test_a_call_that_a_person_heard_is_delivered(live: House, provider: Provider, signer: FaxSigner) -> None:
    row = one(live, "voice")
    assert provider.ledger == {str(row.id): 1}
    (asked,) = provider.requests
    called(
        asked["StatusCallback"], sid=str(row.provider_ref), status="completed", AnsweredBy="human", CallDuration="60"
    )
    assert states(live) == {1: "delivered"}


def test_a_call_that_nobody_took_leads_to_the_next_lawful_medium(
    live: House, provider: Provider, signer: FaxSigner
) -> None:
    row = one(live, "voice")
    url = provider.requests[0]["StatusCallback"]
    report = called(url, sid=str(row.provider_ref), status="no-answer")
    assert report.new == 1
    assert states(live) == {1: "bounced", 2: "planned"}
    assert live.deliveries()[0].reason == "the provider reports bounced (no-answer)"
    assert live.deliveries()[1].medium == "letter"
    again = called(url, sid=str(row.provider_ref), status="no-answer")
    assert (again.new, len(live.every(Receipt))) == (0, 1)


def test_a_message_left_on_a_machine_stays_accepted(live: House, provider: Provider, signer: FaxSigner) -> None:
    row = one(live, "voice")
    url = provider.requests[0]["StatusCallback"]
    called(url, sid=str(row.provider_ref), status="completed", AnsweredBy="machine_end_beep", CallDuration="60")
    assert states(live) == {1: "accepted"}
    (kept,) = live.every(Receipt)
    assert kept.detail == {"code": "machine", "answered_by": "machine_end_beep", "seconds": "60"}


def test_a_call_in_doubt_is_settled_by_its_callback_and_never_made_again(
    live: House, provider: Provider, signer: FaxSigner
) -> None:
    provider.script = in_turn("drop_after")
    row = one(live, "voice")
    assert states(live) == {1: "unknown"}
    with clock.frozen(later(hours=1)):
        assert dispatch.reconcile(live.incident.id).in_doubt == 1
        dispatch.send(live.incident.id)
        called(provider.requests[0]["StatusCallback"], sid="CA" + "a" * 32, status="initiated")
    assert states(live) == {1: "accepted"}
    assert provider.ledger == {str(row.id): 1}


def test_a_fax_in_doubt_is_found_in_the_providers_list(live: House, provider: Provider, signer: FaxSigner) -> None:
    provider.script = in_turn("ok", "drop_after")
    row = one(live, "fax", **FAXES)
    assert states(live) == {1: "unknown"}
    with clock.frozen(later(hours=1)):
        report = dispatch.reconcile(live.incident.id)
        dispatch.send(live.incident.id)
    assert (report.in_doubt, report.states) == (0, {"accepted": 1})
    live.session.rollback()
    assert live.deliveries()[0].provider_ref == provider.faxes[0]["id"]
    assert provider.ledger == {str(row.id): 1}


def test_a_fax_whose_document_was_not_taken_goes_later_and_once(
    live: House, provider: Provider, signer: FaxSigner
) -> None:
    provider.script = in_turn("500_after")
    row = one(live, "fax", **FAXES)
    assert states(live) == {1: "planned"}
    assert provider.faxes == []
    with clock.frozen(later(seconds=60)):
        dispatch.send(live.incident.id)
    assert states(live) == {1: "accepted"}
    assert [fax["to"] for fax in provider.faxes] == ["+4930123456"]
    assert provider.ledger[str(row.id)] == 1


EVENTS = [("fax.queued", 1), ("fax.sending.started", 2), ("fax.delivered", 3), ("fax.delivered", 3)]


@pytest.mark.parametrize("with_key", [True, False])
def test_faxes_reported_in_any_order_and_twice_end_alike(
    live: House, provider: Provider, signer: FaxSigner, with_key: bool
) -> None:
    row = one(live, "fax", **FAXES)
    reference = str(row.provider_ref)
    for order in itertools.islice(itertools.permutations(EVENTS), 0, 24, 5):
        for kind, at in order:
            event = fax_event(str(row.id) if with_key else None, kind, fax=reference, at=at)
            dispatch.receive("fax_http", *signer.call(event))
    assert states(live) == {1: "delivered"}
    assert len(live.every(Receipt)) == 3


def test_a_fax_that_failed_leads_to_the_next_lawful_medium(live: House, provider: Provider, signer: FaxSigner) -> None:
    row = one(live, "fax", **FAXES)
    event = fax_event(str(row.id), "fax.failed", fax=str(row.provider_ref), failure_reason="receiver_no_answer")
    dispatch.receive("fax_http", *signer.call(event))
    assert states(live) == {1: "bounced", 2: "planned"}
    assert live.deliveries()[0].reason == "the provider reports bounced (receiver_no_answer)"


def test_an_event_before_the_answer_is_kept_and_fits_later(live: House, provider: Provider, signer: FaxSigner) -> None:
    provider.script = in_turn("ok", "drop_after")
    row = one(live, "fax", **FAXES)
    event = fax_event(str(row.id), "fax.delivered", fax=provider.faxes[0]["id"])
    dispatch.receive("fax_http", *signer.call(event))
    assert states(live) == {1: "delivered"}
    assert dispatch.reconcile(live.incident.id).in_doubt == 0
    assert provider.ledger == {str(row.id): 1}


def test_an_event_of_another_house_moves_nobody(live: House, provider: Provider, signer: FaxSigner) -> None:
    one(live, "fax", **FAXES)
    report = dispatch.receive("fax_http", *signer.call(fax_event(str(uuid.uuid4()), "fax.failed")))
    assert (report.new, report.unmatched) == (1, 1)
    assert states(live) == {1: "accepted"}


def test_no_number_stands_in_what_was_written_of_calls_and_faxes(
    live: House, provider: Provider, signer: FaxSigner
) -> None:
    row = one(live, "fax", **FAXES)
    event = fax_event(str(row.id), "fax.failed", failure_reason="+4930123456 is busy", at=9)
    dispatch.receive("fax_http", *signer.call(event))
    live.session.rollback()
    written = [*live.every(Receipt), *live.attempts(), *live.deliveries()]
    assert "4930123456" not in repr([vars(row) for row in written])
