"""Webhooks: a signed call moves its delivery; a forged one leaves no trace."""

import pytest
from fakes.fax_service import FaxSigner, fax_event
from fakes.review_desk import add_delivery
from fakes.signing import SendGridSigner, sendgrid_event, twilio_call
from fakes.web_house import House, desk_of
from pydantic import SecretStr
from sqlmodel import select

from forthwith import db
from forthwith.settings import settings
from models import Delivery, Person, Receipt


@pytest.fixture
def signer(house: House, monkeypatch: pytest.MonkeyPatch) -> SendGridSigner:
    made = SendGridSigner()
    monkeypatch.setattr(settings(), "sendgrid_webhook_key", made.public)
    monkeypatch.setattr(settings(), "sendgrid_api_key", SecretStr("SG.test"))
    monkeypatch.setattr(settings(), "twilio_auth_token", SecretStr("secret"))
    monkeypatch.setattr(settings(), "twilio_account_sid", "AC" + "0" * 32)
    monkeypatch.setattr(settings(), "twilio_from", "+15550001111")
    return made


def delivery(house: House, medium: str = "email", channel: str = "sendgrid") -> str:
    with db.session() as session:
        person = session.exec(select(Person)).first()
        made = add_delivery(session, desk_of(session, house), person, state="accepted", medium=medium)
        made.channel = channel
        session.add(made)
        return str(made.id)


def receipts() -> list[Receipt]:
    with db.session() as session:
        return list(session.exec(select(Receipt)).all())


def state_of(key: str) -> str:
    with db.session() as session:
        return session.get_one(Delivery, key).state


def test_a_signed_event_moves_its_delivery(house: House, signer: SendGridSigner) -> None:
    key = delivery(house)
    body, headers = signer.call([sendgrid_event(key, "delivered")])
    answer = house.browser().ask("POST", "/hooks/sendgrid", content=body, headers=headers)
    assert answer.status_code == 200
    assert state_of(key) == "delivered"
    assert len(receipts()) == 1


def test_the_same_call_twice_is_one_receipt(house: House, signer: SendGridSigner) -> None:
    key = delivery(house)
    body, headers = signer.call([sendgrid_event(key, "delivered")])
    for _ in range(2):
        assert house.browser().ask("POST", "/hooks/sendgrid", content=body, headers=headers).status_code == 200
    assert len(receipts()) == 1


@pytest.mark.parametrize("forge", ["no headers", "other key", "other body", "empty"])
def test_a_forged_event_is_refused_and_nothing_is_stored(house: House, signer: SendGridSigner, forge: str) -> None:
    key = delivery(house)
    body, headers = signer.call([sendgrid_event(key, "bounce", type="bounce")])
    match forge:
        case "no headers":
            headers = {}
        case "other key":
            body, headers = SendGridSigner().call([sendgrid_event(key, "bounce", type="bounce")])
        case "other body":
            body += b" "
        case "empty":
            body = b""
    answer = house.browser().ask("POST", "/hooks/sendgrid", content=body, headers=headers)
    assert answer.status_code == 403
    assert receipts() == []
    assert state_of(key) == "accepted"


def test_a_signed_status_of_a_text_message_is_taken_at_its_public_address(house: House, signer: SendGridSigner) -> None:
    key = delivery(house, "sms", "twilio")
    query = f"?delivery={key}"
    fields = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered", "AccountSid": settings().twilio_account_sid}
    url = f"{settings().public_url}/hooks/twilio{query}"
    body, headers = twilio_call("secret", url, fields)
    headers["content-type"] = "application/x-www-form-urlencoded"
    answer = house.browser().ask("POST", f"/hooks/twilio{query}", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert len(receipts()) == 1


def test_a_text_messages_status_signed_for_another_address_is_refused(house: House, signer: SendGridSigner) -> None:
    fields = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered"}
    body, headers = twilio_call("secret", "https://elsewhere.example/hooks/twilio", fields)
    headers["content-type"] = "application/x-www-form-urlencoded"
    assert house.browser().ask("POST", "/hooks/twilio", content=body, headers=headers).status_code == 403
    assert receipts() == []


def test_a_signed_end_of_a_call_moves_its_delivery(house: House, signer: SendGridSigner) -> None:
    key = delivery(house, "voice", "twilio_voice")
    query = f"?delivery={key}&least=3"
    fields = {"CallSid": "CA" + "1" * 32, "CallStatus": "completed", "AnsweredBy": "human", "CallDuration": "30"}
    body, headers = twilio_call("secret", f"{settings().public_url}/hooks/twilio_voice{query}", fields)
    headers["content-type"] = "application/x-www-form-urlencoded"
    answer = house.browser().ask("POST", f"/hooks/twilio_voice{query}", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert state_of(key) == "delivered"


@pytest.fixture
def fax_key(house: House, monkeypatch: pytest.MonkeyPatch) -> FaxSigner:
    made = FaxSigner()
    for name, value in {
        "fax_webhook_key": made.public, "fax_api_key": SecretStr("KEY.test"), "fax_application": "1",
        "fax_from": "+15550001111",
    }.items():  # fmt: skip
        monkeypatch.setattr(settings(), name, value)
    return made


def test_a_signed_event_of_a_fax_moves_its_delivery_once(house: House, fax_key: FaxSigner) -> None:
    key = delivery(house, "fax", "fax_http")
    body, headers = fax_key.call(fax_event(key, "fax.delivered"))
    for _ in range(2):
        assert house.browser().ask("POST", "/hooks/fax_http", content=body, headers=headers).status_code == 200
    assert state_of(key) == "delivered"
    assert len(receipts()) == 1


@pytest.mark.parametrize("forge", ["no headers", "other key", "other body", "played again", "empty"])
def test_a_forged_event_of_a_fax_is_refused_and_logged_without_a_number(
    house: House, fax_key: FaxSigner, caplog: pytest.LogCaptureFixture, forge: str
) -> None:
    key = delivery(house, "fax", "fax_http")
    event = fax_event(key, "fax.failed", failure_reason="user_busy")
    body, headers = fax_key.call(event)
    match forge:
        case "no headers":
            headers = {}
        case "other key":
            body, headers = FaxSigner().call(event)
        case "other body":
            body += b" "
        case "played again":
            body, headers = fax_key.call(event, at=1_790_000_000 - 86_400)
        case "empty":
            body = b""
    caplog.set_level("WARNING", "forthwith.web")
    assert house.browser().ask("POST", "/hooks/fax_http", content=body, headers=headers).status_code == 403
    assert (receipts(), state_of(key)) == ([], "accepted")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "forthwith.web"]
    assert line.startswith("a webhook of fax_http was refused: The webhook's signature is ")
    assert "4930" not in line
    assert key not in line


@pytest.mark.parametrize("provider", ["outbox", "smtp", "fax_gateway", "print_file", "..", "SendGrid", "x" * 500])
def test_other_providers_have_no_door(house: House, provider: str) -> None:
    assert house.browser().ask("POST", f"/hooks/{provider}", content=b"[]").status_code in (404, 405)
    assert receipts() == []


def test_a_large_call_is_refused_unread(house: House, signer: SendGridSigner) -> None:
    body, headers = signer.call([{"x": "y" * (2 * 1024 * 1024)}])
    assert house.browser().ask("POST", "/hooks/sendgrid", content=body, headers=headers).status_code == 413
    assert receipts() == []


def test_a_webhook_needs_no_session_and_gets_none(house: House, signer: SendGridSigner) -> None:
    body, headers = signer.call([])
    answer = house.browser().ask("POST", "/hooks/sendgrid", content=body, headers=headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
