"""Fax by HTTP: the document first, then one order, never made twice; signed webhooks and the list tell more."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from fakes.fax_service import FaxSigner, fax_event
from fakes.paper import blank
from fakes.provider import Provider, always, in_turn
from hypothesis import given
from hypothesis import strategies as some

from forthwith.channels import channel
from forthwith.channels.fax_http import FaxHttp
from forthwith.channels.fax_http.webhook import MEANING, event
from forthwith.settings import settings
from models import Accepted, DeliveryState, Message, ProviderEvent, Refusal, Refused, Unknown, new_id

PUBLIC = "https://notice.example.org"


@pytest.fixture(scope="module")
def signer() -> FaxSigner:
    return FaxSigner()


@pytest.fixture
def fax(provider: Provider, signer: FaxSigner, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaxHttp]:
    for name, value in {
        "PROVIDER_TIMEOUT": "0.8", "PUBLIC_URL": f"{PUBLIC}/", "FAX_WEBHOOK_KEY": signer.public, "FAX_PAGES": "3",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"FORTHWITH_{name}", value)
    settings.cache_clear()
    made = channel("fax_http")
    assert isinstance(made, FaxHttp)
    yield made
    made.close()


@pytest.fixture
def page(pdf: bytes) -> Message:
    return Message(key=str(new_id()), medium="fax", to="+49 30 123456", to_name="Ada", attachment=pdf, text="Affected")


def test_a_fax_is_its_document_and_one_order_that_carries_its_delivery(
    fax: FaxHttp, provider: Provider, page: Message, pdf: bytes
) -> None:
    outcome = fax.send(page)
    assert isinstance(outcome, Accepted)
    assert outcome.reference == provider.faxes[0]["id"]
    assert list(provider.documents.values()) == [pdf]
    order = provider.requests[-1]
    assert order["to"] == "+4930123456"
    assert order["webhook_url"] == f"{PUBLIC}/hooks/fax_http"
    assert "Ada" not in repr(provider.requests)
    assert "Affected" not in repr(provider.requests)
    assert provider.invalid == []
    assert provider.ledger == {page.key: 1}


@pytest.mark.parametrize(
    ("more", "why"),
    [({"to": "030 123456"}, "dialled"), ({"to": "p7@example.org"}, "dialled"), ({"attachment": b""}, "no document"),
     ({"attachment": b"%PDF-1.7 but not really"}, "no document"), ({"medium": "letter"}, "carries no letter")],
)  # fmt: skip
def test_what_can_be_no_fax_is_refused_before_anything_is_asked(
    fax: FaxHttp, provider: Provider, page: Message, more: dict[str, object], why: str
) -> None:
    outcome = fax.send(replace(page, **more))  # type: ignore[arg-type]
    assert isinstance(outcome, Refused)
    assert outcome.permanent != outcome.stop
    assert why in outcome.reason
    assert "example.org" not in outcome.reason
    assert provider.count == 0


def test_a_fax_with_too_many_pages_is_refused(fax: FaxHttp, provider: Provider, page: Message) -> None:
    assert isinstance(fax.send(replace(page, attachment=blank(3))), Accepted)
    assert fax.send(replace(page, attachment=blank(4))) == Refused(
        "the fax has 4 pages, at most 3 may go", permanent=True
    )
    assert len(provider.faxes) == 1


@pytest.mark.parametrize("fault", ["500", "503", "drop", "hang", "garbage", "204", "302", "nonsense", "null"])
def test_a_failure_before_the_order_is_in_doubt_about_nothing(
    fax: FaxHttp, provider: Provider, page: Message, fault: str
) -> None:
    provider.script = always(fault)
    outcome = fax.send(page)
    assert isinstance(outcome, Refused), outcome
    assert (outcome.permanent, outcome.stop) == (False, False)
    assert outcome.retry_after > 0
    assert provider.count == 1
    assert provider.faxes == []


@pytest.mark.parametrize("fault", ["500_after", "drop_after", "hang_after", "garbage_after"])
def test_an_order_in_doubt_stays_one_order_and_the_list_tells_of_it(
    fax: FaxHttp, provider: Provider, page: Message, fault: str
) -> None:
    provider.script = in_turn("ok", fault)
    assert isinstance(fax.send(page), Unknown)
    assert provider.count == 2
    assert len(provider.faxes) == 1
    assert fax.look_up(page.key) == Accepted(provider.faxes[0]["id"])
    assert len(provider.faxes) == 1, "to ask is not to send"


@pytest.mark.parametrize("fault", ["500", "drop", "hang", "garbage", "204", "302", "nonsense", "null"])
def test_an_order_without_a_clear_answer_is_in_doubt(
    fax: FaxHttp, provider: Provider, page: Message, fault: str
) -> None:
    provider.script = in_turn("ok", fault)
    outcome = fax.send(page)
    assert isinstance(outcome, Unknown), outcome
    assert fax.look_up(page.key) is None, "finding nothing proves nothing"


@pytest.mark.parametrize(
    ("fault", "permanent", "stop"),
    [("422", True, False), ("401", False, True), ("404", False, True), ("429", False, False)],
)
@pytest.mark.parametrize("before", [(), ("ok",)])
def test_a_clear_no_is_a_refusal_of_either_request(
    fax: FaxHttp, provider: Provider, page: Message, fault: str, permanent: bool, stop: bool, before: tuple[str, ...]
) -> None:
    provider.script = in_turn(*before, fault)
    outcome = fax.send(page)
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (permanent, stop)
    assert "example.org" not in outcome.reason
    assert provider.faxes == []


def test_the_list_is_read_page_by_page(
    fax: FaxHttp, provider: Provider, page: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forthwith.channels.fax_http.PAGE", 2)
    first = fax.send(page)
    for _ in range(4):
        fax.send(replace(page, key=str(new_id())))
    assert fax.look_up(page.key) == first
    assert fax.look_up(str(new_id())) is None


@pytest.mark.parametrize("key", ["", "nonsense", "60d2627b-f556-46c3-a8f6-7172e36b9d00"])
def test_it_cant_tell_of_what_is_no_id_of_ours(fax: FaxHttp, key: str) -> None:
    assert fax.look_up(key) is None


def told(fax: FaxHttp, signer: FaxSigner, said: object, **more: float) -> list[ProviderEvent]:
    return list(fax.receipts(*signer.call(said, **more)))


@pytest.mark.parametrize("kind", sorted(MEANING))
def test_each_event_means_one_state(fax: FaxHttp, signer: FaxSigner, kind: str) -> None:
    key = str(new_id())
    (read,) = told(fax, signer, fax_event(key, kind, page_count=2, failure_reason="user_busy"))
    assert (read.provider, read.key, read.state) == ("fax_http", key, MEANING[kind])
    assert read.message_ref == str(uuid.UUID(int=7))
    assert read.detail == {"code": "user_busy", "pages": "2"}
    assert "+49" not in repr(read)


@pytest.mark.parametrize(
    "reason", ["account_disabled", "no_outbound_profile", "user_channel_limit_exceeded", "carrier_lost"]
)
def test_what_no_fax_machine_is_to_blame_for_is_a_failure_of_ours(reason: str) -> None:
    read = event(fax_event(None, "fax.failed", failure_reason=reason))
    assert read is not None
    assert (read.state, read.key) == (DeliveryState.FAILED, None)


@pytest.mark.parametrize(
    "reason", ["receiver_no_answer", "user_busy", "receiver_unallocated_number", "fax_signaling_error"]
)
def test_a_machine_that_took_nothing_is_bounced(reason: str) -> None:
    read = event(fax_event(None, "fax.failed", failure_reason=reason))
    assert read is not None
    assert (read.state, read.detail["code"]) == (DeliveryState.BOUNCED, reason)


def test_an_event_without_its_frame_is_read_alike() -> None:
    framed = fax_event(str(new_id()), "fax.delivered")
    assert event(framed["data"]) == event(framed)


def test_a_reason_that_is_no_code_is_not_kept() -> None:
    read = event(fax_event(None, "fax.failed", failure_reason="+4930123456 said no"))
    assert read is not None
    assert read.detail == {}


@pytest.mark.parametrize(
    "said",
    [[], 7, None, {"data": []}, {"data": {"payload": 1}}, fax_event(None, "fax.received"),
     fax_event(None, "call.answered"), fax_event(None, "fax.failed", direction="inbound"),
     fax_event(None, "fax.delivered", fax="x")],
)  # fmt: skip
def test_signed_but_strange_events_are_passed_over(fax: FaxHttp, signer: FaxSigner, said: object) -> None:
    assert told(fax, signer, said) == []


def test_a_webhook_that_another_signed_is_refused(fax: FaxHttp) -> None:
    with pytest.raises(Refusal, match="signature is wrong"):
        told(fax, FaxSigner(), fax_event(None, "fax.delivered"))


@pytest.mark.parametrize("age", [-3600, -301, 301, 10**9])
def test_an_old_webhook_that_is_played_again_is_refused(fax: FaxHttp, signer: FaxSigner, age: int) -> None:
    with pytest.raises(Refusal, match="too old"):
        told(fax, signer, fax_event(None, "fax.delivered"), at=time.time() + age)


@pytest.mark.parametrize("part", ["body", "time"])
def test_a_changed_webhook_is_refused(fax: FaxHttp, signer: FaxSigner, part: str) -> None:
    body, headers = signer.call(fax_event(str(new_id()), "fax.failed"))
    if part == "body":
        body = body.replace(b"fax.failed", b"fax.delivered")
    else:
        headers["Telnyx-Timestamp"] = str(int(headers["Telnyx-Timestamp"]) + 1)
    with pytest.raises(Refusal, match="signature is wrong"):
        fax.receipts(body, headers)


def test_a_signed_body_that_is_no_json_is_refused(fax: FaxHttp, signer: FaxSigner) -> None:
    stamp = str(int(time.time()))
    import base64

    signature = base64.b64encode(signer.key.sign(f"{stamp}|".encode() + b"\xff{")).decode()
    with pytest.raises(Refusal, match="no JSON"):
        fax.receipts(b"\xff{", {"telnyx-signature-ed25519": signature, "TELNYX-TIMESTAMP": stamp})


@given(some.binary(max_size=100), some.text(max_size=100), some.text(max_size=20), some.text(max_size=60))
def test_forged_and_malformed_webhooks_are_refused_in_one_line(
    body: bytes, signature: str, stamp: str, key: str
) -> None:
    made = FaxHttp(None, "1", "+1", PUBLIC, key or "x")  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="signature is wrong") as refused:
        made.receipts(body, {"telnyx-signature-ed25519": signature, "telnyx-timestamp": stamp})
    assert "\n" not in str(refused.value)


def test_without_the_public_key_no_webhook_is_taken(fax: FaxHttp, signer: FaxSigner) -> None:
    fax.webhook_key = None
    with pytest.raises(Refusal, match="FORTHWITH_FAX_WEBHOOK_KEY"):
        told(fax, signer, fax_event(None, "fax.delivered"))


def test_its_key_shows_nowhere(
    fax: FaxHttp, provider: Provider, page: Message, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    fax.send(page)
    provider.script = always("401")
    outcome = fax.send(page)
    shown = repr(fax) + repr(outcome) + caplog.text
    assert "KEY.test" not in shown
    assert "4930123456" not in shown


def test_a_request_that_breaks_the_contract_is_found_out(fax: FaxHttp, provider: Provider, page: Message) -> None:
    fax.sender = "nobody"
    assert isinstance(fax.send(page), Refused)
    assert provider.invalid
    assert httpx.post(f"{provider.url}/v2/faxes", json={}).status_code == 400
