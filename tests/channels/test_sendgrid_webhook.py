"""SendGrid's events: only signed ones count, and each for what it says."""

import base64
import time
import uuid
from datetime import timedelta

import pytest
from fakes.provider import Provider
from fakes.signing import SendGridSigner, sendgrid_event

from forthwith import clock
from forthwith.channels import channel
from forthwith.settings import settings
from models import Channel, Refusal

KEY = str(uuid.UUID(int=7))


@pytest.fixture
def signer() -> SendGridSigner:
    return SendGridSigner()


@pytest.fixture
def sendgrid(provider: Provider, signer: SendGridSigner, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setenv("FORTHWITH_SENDGRID_WEBHOOK_KEY", signer.public)
    settings.cache_clear()
    return channel("sendgrid")


@pytest.mark.parametrize(
    ("event", "state"),
    [("processed", "accepted"), ("deferred", "accepted"), ("delivered", "delivered"), ("bounce", "bounced"),
     ("dropped", "failed"), ("spamreport", "delivered"), ("unsubscribe", "delivered")],
)  # fmt: skip
def test_each_event_means_one_state(sendgrid: Channel, signer: SendGridSigner, event: str, state: str) -> None:
    (read,) = sendgrid.receipts(*signer.call([sendgrid_event(KEY, event)]))
    assert (read.key, read.state, read.event, read.message_ref) == (KEY, state, event, "sg-1")


@pytest.mark.parametrize("event", ["open", "click", "group_resubscribe", "new_thing", ""])
def test_what_says_nothing_of_delivery_is_passed_over(sendgrid: Channel, signer: SendGridSigner, event: str) -> None:
    assert sendgrid.receipts(*signer.call([sendgrid_event(KEY, event)])) == []


@pytest.mark.parametrize("key", ["", "x", "00000000000000000000000000000007", "{" + KEY + "}", None, 7])
def test_events_of_other_mail_of_the_account_are_passed_over(
    sendgrid: Channel, signer: SendGridSigner, key: object
) -> None:
    assert sendgrid.receipts(*signer.call([{**sendgrid_event(KEY, "bounce"), "delivery": key}])) == []


def test_no_address_is_kept(sendgrid: Channel, signer: SendGridSigner) -> None:
    told = sendgrid_event(KEY, "bounce", reason="550 no such user p1@example.org", type="bounce", status="5.1.1")
    (read,) = sendgrid.receipts(*signer.call([told]))
    assert "example.org" not in repr(read)
    assert (read.detail["type"], read.detail["status"]) == ("bounce", "5.1.1")


def test_a_changed_body_is_refused(sendgrid: Channel, signer: SendGridSigner) -> None:
    body, headers = signer.call([sendgrid_event(KEY, "delivered")])
    with pytest.raises(Refusal, match="signature is wrong"):
        sendgrid.receipts(body.replace(b"delivered", b"bounce"), headers)


def test_another_key_is_refused(sendgrid: Channel) -> None:
    with pytest.raises(Refusal, match="signature is wrong"):
        sendgrid.receipts(*SendGridSigner().call([sendgrid_event(KEY, "delivered")]))


@pytest.mark.parametrize("signature", ["", "not base64 !", "AAAA", "=", "é", base64.b64encode(b"x" * 70).decode()])
def test_a_malformed_signature_is_refused_like_a_wrong_one(
    sendgrid: Channel, signer: SendGridSigner, signature: str
) -> None:
    body, headers = signer.call([sendgrid_event(KEY, "delivered")])
    headers["X-Twilio-Email-Event-Webhook-Signature"] = signature
    with pytest.raises(Refusal, match="signature is wrong"):
        sendgrid.receipts(body, headers)


def test_a_replayed_call_is_refused_but_a_late_retry_is_taken(sendgrid: Channel, signer: SendGridSigner) -> None:
    call = signer.call([sendgrid_event(KEY, "delivered")], at=time.time() - 4 * 24 * 3600)
    with pytest.raises(Refusal, match="too old"):
        sendgrid.receipts(*call)
    retried = signer.call([sendgrid_event(KEY, "delivered")], at=time.time() - 20 * 3600)
    assert len(sendgrid.receipts(*retried)) == 1


def test_a_call_from_the_future_is_refused(sendgrid: Channel, signer: SendGridSigner) -> None:
    with pytest.raises(Refusal, match="too old"):
        sendgrid.receipts(*signer.call([], at=time.time() + 3600))


def test_a_stamp_that_is_no_time_is_refused(sendgrid: Channel, signer: SendGridSigner) -> None:
    body, headers = signer.call([])
    headers["X-Twilio-Email-Event-Webhook-Timestamp"] = "soon"
    with pytest.raises(Refusal):
        sendgrid.receipts(body, headers)


def test_header_names_may_be_written_in_any_case(sendgrid: Channel, signer: SendGridSigner) -> None:
    body, headers = signer.call([sendgrid_event(KEY, "delivered")])
    assert len(sendgrid.receipts(body, {name.lower(): value for name, value in headers.items()})) == 1


def test_signed_nonsense_is_refused_or_passed_over(sendgrid: Channel, signer: SendGridSigner) -> None:
    assert sendgrid.receipts(*signer.call([1, None, "x", []])) == []
    assert sendgrid.receipts(*signer.call({"event": "bounce"})) == []
    body, headers = signer.call("x")
    assert sendgrid.receipts(body, headers) == []


def test_a_body_that_is_no_text_is_refused(sendgrid: Channel, signer: SendGridSigner) -> None:
    _, headers = signer.call([])
    with pytest.raises(Refusal, match="signature is wrong"):
        sendgrid.receipts(b"\xff\xfe", headers)


def test_without_the_public_key_the_setting_is_named(provider: Provider, signer: SendGridSigner) -> None:
    with pytest.raises(Refusal, match="FORTHWITH_SENDGRID_WEBHOOK_KEY"):
        channel("sendgrid").receipts(*signer.call([]))


def test_the_clock_that_judges_is_ours(sendgrid: Channel, signer: SendGridSigner) -> None:
    call = signer.call([sendgrid_event(KEY, "delivered")])
    with clock.frozen(clock.now() + timedelta(days=5)), pytest.raises(Refusal, match="too old"):
        sendgrid.receipts(*call)
