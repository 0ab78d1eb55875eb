"""Twilio: one POST a message and never a second, whatever comes back."""

import uuid
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes.provider import Provider, always
from fakes.signing import twilio_call

from forthwith.channels import channel
from forthwith.channels.twilio_sms import TwilioSms
from forthwith.channels.twilio_sms.callbacks import MEANING, callback_url, public
from forthwith.channels.twilio_sms.errors import LATER, NEVER, STOP, refusal
from forthwith.settings import settings
from models import Accepted, DeliveryState, Message, Refusal, Refused, Unknown

KEY = str(uuid.UUID(int=9))
SID = "SM" + "0" * 31 + "1"
PUBLIC = "https://notice.example.org"


@pytest.fixture
def twilio(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioSms]:
    monkeypatch.setenv("FORTHWITH_PROVIDER_TIMEOUT", "0.5")
    monkeypatch.setenv("FORTHWITH_PUBLIC_URL", PUBLIC)
    settings.cache_clear()
    made = channel("twilio")
    assert isinstance(made, TwilioSms)
    yield made
    made.close()


def text(medium: str = "sms") -> Message:
    return Message(key=KEY, medium=medium, to="+491511234567", text="You were affected. <&>", language="de")


def test_a_text_message_carries_its_delivery_in_the_callback(twilio: TwilioSms, provider: Provider) -> None:
    assert twilio.send(text()) == Accepted(SID)
    (sent,) = provider.requests
    assert sent["To"] == "+491511234567"
    assert sent["From"] == "+15005550006"
    assert sent["StatusCallback"] == f"{PUBLIC}/hooks/twilio?delivery={KEY}"
    assert provider.invalid == []
    assert provider.ledger == {KEY: 1}


def test_a_call_is_never_sent_as_a_text_message(twilio: TwilioSms, provider: Provider) -> None:
    outcome = twilio.send(text("voice"))
    assert isinstance(outcome, Refused)
    assert (outcome.stop, outcome.permanent) == (True, False)
    assert provider.count == 0


@pytest.mark.parametrize("fault", ["500_after", "drop_after", "hang_after", "garbage_after"])
def test_one_message_in_doubt_stays_one_message(twilio: TwilioSms, provider: Provider, fault: str) -> None:
    provider.script = always(fault)
    assert isinstance(twilio.send(text()), Unknown)
    assert provider.ledger == {KEY: 1}
    assert provider.count == 1, "a retried POST would be a second text message"


@pytest.mark.parametrize("code", sorted(NEVER))
def test_numbers_that_cant_take_it_are_refused_for_good(code: int) -> None:
    outcome = refusal(code)
    assert outcome is not None
    assert (outcome.permanent, outcome.stop) == (True, False)
    assert str(code) in outcome.reason


@pytest.mark.parametrize("code", sorted(STOP))
def test_faults_of_our_account_stop_the_channel(code: int) -> None:
    outcome = refusal(code)
    assert outcome is not None
    assert (outcome.permanent, outcome.stop) == (False, True)


@pytest.mark.parametrize("code", sorted(LATER))
def test_a_full_queue_is_tried_later(code: int) -> None:
    outcome = refusal(code)
    assert outcome is not None
    assert (outcome.permanent, outcome.stop) == (False, False)
    assert outcome.retry_after > 0


def test_an_unknown_code_is_judged_by_its_status(twilio: TwilioSms, provider: Provider) -> None:
    assert refusal(99999) is None
    provider.script = always("400")
    outcome = twilio.send(text())
    assert isinstance(outcome, Refused)
    assert outcome.permanent


def test_an_opted_out_number_takes_the_next_channel_not_the_same_again(
    twilio: TwilioSms, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        __import__("fakes.provider").provider.BEFORE, "stop",
        lambda handler: handler.answer(400, {"code": 21610, "message": "p1@example.org said STOP", "status": 400}),
    )  # fmt: skip
    provider.script = always("stop")
    outcome = twilio.send(text())
    assert outcome == Refused("the person stopped messages from our number (21610)", permanent=True)


def callback(twilio: TwilioSms, fields: dict[str, str], *, url: str = "", seen: str = "") -> list[object]:
    signed = url or callback_url(PUBLIC, KEY)
    parts = urlsplit(signed)
    body, headers = twilio_call("tok", signed, fields)
    return list(twilio.receipts(body, headers, seen or f"{parts.path}?{parts.query}"))


@pytest.mark.parametrize("status", sorted(MEANING))
def test_each_status_means_one_state(twilio: TwilioSms, status: str) -> None:
    (event,) = callback(twilio, {"MessageSid": SID, "MessageStatus": status})
    assert (event.key, event.message_ref, event.state) == (KEY, SID, MEANING[status])  # type: ignore[attr-defined]
    assert MEANING[status] in set(DeliveryState)


def test_only_the_code_of_an_error_is_kept(twilio: TwilioSms) -> None:
    fields = {"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30005", "To": "+491511234567"}
    (event,) = callback(twilio, fields)
    assert event.detail == {"code": "30005"}  # type: ignore[attr-defined]
    assert "+4915" not in repr(event)


def test_behind_a_proxy_the_public_address_is_what_was_signed(twilio: TwilioSms) -> None:
    seen = f"http://10.0.0.5:8700/hooks/twilio?delivery={KEY}"
    (event,) = callback(twilio, {"MessageSid": SID, "MessageStatus": "sent"}, seen=seen)
    assert event.key == KEY  # type: ignore[attr-defined]
    assert public(seen, PUBLIC + "/") == f"{PUBLIC}/hooks/twilio?delivery={KEY}"


@pytest.mark.parametrize("other", [str(uuid.UUID(int=10)), "", "x"])
def test_a_callback_moved_to_another_delivery_is_refused(twilio: TwilioSms, other: str) -> None:
    with pytest.raises(Refusal, match="signature is wrong"):
        callback(twilio, {"MessageSid": SID, "MessageStatus": "sent"}, seen=f"/hooks/twilio?delivery={other}")


def test_a_changed_status_is_refused(twilio: TwilioSms) -> None:
    signed = callback_url(PUBLIC, KEY)
    body, headers = twilio_call("tok", signed, {"MessageSid": SID, "MessageStatus": "failed"})
    with pytest.raises(Refusal, match="signature is wrong"):
        twilio.receipts(body.replace(b"failed", b"delivered"), headers, signed)


def test_another_accounts_token_is_refused(twilio: TwilioSms) -> None:
    signed = callback_url(PUBLIC, KEY)
    body, headers = twilio_call("other", signed, {"MessageSid": SID, "MessageStatus": "sent"})
    with pytest.raises(Refusal, match="signature is wrong"):
        twilio.receipts(body, headers, signed)


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "é"},
     {"X-Twilio-Signature": "x", "X-Twilio-Webhooks-Signature-Settings": "algorithm=HMAC_MD5"}],
)  # fmt: skip
def test_malformed_signatures_are_refused(twilio: TwilioSms, headers: dict[str, str]) -> None:
    with pytest.raises(Refusal, match="signature is wrong"):
        twilio.receipts(b"MessageSid=SM1&MessageStatus=sent", headers, callback_url(PUBLIC, KEY))


@pytest.mark.parametrize(
    "fields", [{"MessageSid": "x", "MessageStatus": "sent"}, {"MessageSid": SID, "MessageStatus": "flying"}, {"A": "b"}]
)
def test_signed_but_strange_callbacks_are_passed_over(twilio: TwilioSms, fields: dict[str, str]) -> None:
    assert callback(twilio, fields) == []


def test_the_callback_is_a_plain_address() -> None:
    assert parse_qs(urlsplit(callback_url(PUBLIC + "/", KEY)).query) == {"delivery": [KEY]}
    assert len(callback_url(PUBLIC, KEY)) < 200


def test_it_cant_be_asked_and_doesnt_show_its_token(twilio: TwilioSms) -> None:
    assert twilio.look_up(KEY) is None
    assert "'tok'" not in repr(twilio)
