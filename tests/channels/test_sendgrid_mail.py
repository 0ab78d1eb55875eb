"""SendGrid: the payload as its published contract wants it, and each answer for what it is."""

import logging
import uuid

import pytest
from fakes.provider import Provider, always, in_turn
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as some

from forthwith.channels import channel
from forthwith.channels.sendgrid_mail import SendGridMail
from forthwith.channels.sendgrid_mail.payload import AT_ONCE, payload, requests
from forthwith.settings import settings
from models import Accepted, Message, Outcome, Refused, Unknown


@pytest.fixture
def sendgrid(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> SendGridMail:
    monkeypatch.setenv("FORTHWITH_PROVIDER_TIMEOUT", "0.5")
    settings.cache_clear()
    made = channel("sendgrid")
    assert isinstance(made, SendGridMail)
    return made


def mail(number: int = 1, **more: object) -> Message:
    told: dict[str, object] = {
        "key": str(uuid.UUID(int=number)), "medium": "email", "to": f"p{number}@example.org", "to_name": f"P {number}",
        "subject": "About your data", "text": "Dear -tag-", "html": "<p>Dear -tag-</p>",
        "extra": {"-tag-": f"P {number}"},
    }  # fmt: skip
    return Message(**{**told, **more})  # type: ignore[arg-type]


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [type(one).__name__ for one in outcomes]


def test_a_thousand_people_are_one_request_that_keeps_the_published_contract(
    sendgrid: SendGridMail, provider: Provider
) -> None:
    outcomes = sendgrid.send_many([mail(i) for i in range(AT_ONCE)])
    assert {type(one) for one in outcomes} == {Accepted}
    assert (provider.count, provider.invalid) == (1, [])
    assert set(provider.ledger.values()) == {1}
    assert len(provider.ledger) == AT_ONCE


def test_each_person_gets_their_own_values_and_an_opaque_id(sendgrid: SendGridMail, provider: Provider) -> None:
    sendgrid.send_many([mail(1), mail(2)])
    (sent,) = provider.requests
    first, second = sent["personalizations"]
    assert first["substitutions"] == {"-tag-": "P 1"}
    assert second["to"] == [{"email": "p2@example.org", "name": "P 2"}]
    assert first["custom_args"] == {"delivery": str(uuid.UUID(int=1))}
    assert "custom_args" not in sent


def test_tracking_is_off_and_marketing_opt_outs_dont_stop_a_legal_notice(
    sendgrid: SendGridMail, provider: Provider
) -> None:
    sendgrid.send(mail())
    sent = provider.requests[0]
    assert sent["mail_settings"] == {"bypass_list_management": {"enable": True}}
    assert all(one["enable"] is False for one in sent["tracking_settings"].values())
    assert set(sent["tracking_settings"]) == {"click_tracking", "open_tracking", "subscription_tracking", "ganalytics"}
    assert sent["headers"] == {"Auto-Submitted": "auto-generated"}


def test_one_address_never_stands_twice_in_a_request(sendgrid: SendGridMail, provider: Provider) -> None:
    family = [mail(1, to="home@example.org"), mail(2, to="Home@Example.org"), mail(3), mail(4, to="home@example.org")]
    assert kinds(sendgrid.send_many(family)) == ["Accepted"] * 4
    addresses = [[one["to"][0]["email"].casefold() for one in sent["personalizations"]] for sent in provider.requests]
    assert all(len(set(some)) == len(some) for some in addresses)
    assert [len(some) for some in addresses] == [2, 1, 1]


@budget(max_examples=60, deadline=None)
@given(some.lists(some.tuples(some.integers(0, 5), some.integers(0, 2)), max_size=40))
def test_requests_hold_everybody_once_with_one_body_and_no_address_twice(shape: list[tuple[int, int]]) -> None:
    messages = [mail(i, to=f"p{to}@example.org", text=f"body {body}") for i, (to, body) in enumerate(shape)]
    cut = list(requests(messages))
    assert sorted(one.key for some in cut for one in some) == sorted(one.key for one in messages)
    for batch in cut:
        assert len({one.text for one in batch}) == 1
        assert len({one.to for one in batch}) == len(batch)


def test_more_than_a_thousand_are_cut() -> None:
    assert [len(batch) for batch in requests([mail(i) for i in range(AT_ONCE + 1)])] == [AT_ONCE, 1]


def test_what_can_be_no_address_is_refused_without_a_call(sendgrid: SendGridMail, provider: Provider) -> None:
    outcomes = sendgrid.send_many([mail(1, to="nobody"), mail(2)])
    assert outcomes[0] == Refused("the address can't be an e-mail address", permanent=True)
    assert isinstance(outcomes[1], Accepted)
    assert provider.ledger == {str(uuid.UUID(int=2)): 1}


def test_a_refused_request_is_one_unit_and_its_people_may_try_alone(sendgrid: SendGridMail, provider: Provider) -> None:
    provider.script = always("400")
    outcomes = sendgrid.send_many([mail(1), mail(2)])
    assert {(one.permanent, one.stop) for one in outcomes if isinstance(one, Refused)} == {(False, False)}
    alone = sendgrid.send(mail(1))
    assert isinstance(alone, Refused)
    assert alone.permanent, "alone there is nobody else to blame"


def test_after_a_crowd_or_a_wrong_key_no_further_request_is_made(sendgrid: SendGridMail, provider: Provider) -> None:
    provider.script = always("429")
    outcomes = sendgrid.send_many([mail(1, text="a"), mail(2, text="b"), mail(3, text="c")])
    assert kinds(outcomes) == ["Refused"] * 3
    assert provider.count == 1
    provider.script = always("401")
    assert all(isinstance(one, Refused) and one.stop for one in sendgrid.send_many([mail(1, text="a"), mail(2)]))
    assert provider.count == 2


def test_a_lost_answer_leaves_only_its_own_request_in_doubt(sendgrid: SendGridMail, provider: Provider) -> None:
    provider.script = in_turn("drop_after", "ok")
    outcomes = sendgrid.send_many([mail(1, text="a"), mail(2, text="a"), mail(3, text="b")])
    assert kinds(outcomes) == ["Unknown", "Unknown", "Accepted"]
    assert len(provider.ledger) == 3


@pytest.mark.parametrize("fault", ["500_after", "drop_after", "garbage_after", "hang_after"])
def test_taken_but_unanswered_is_in_doubt(sendgrid: SendGridMail, provider: Provider, fault: str) -> None:
    provider.script = always(fault)
    assert isinstance(sendgrid.send(mail()), Unknown)
    assert provider.ledger.total() == 1


def test_a_reference_is_what_events_will_carry(sendgrid: SendGridMail) -> None:
    assert sendgrid.send(mail()) == Accepted("sg-1")


def test_nothing_personal_and_no_key_reaches_the_log(sendgrid: SendGridMail, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("python_http_client.client").debug("PAYLOAD p1@example.org")
        sendgrid.send(mail())
    assert "example.org" not in caplog.text
    assert "SG.test" not in caplog.text


def test_the_activity_feed_settles_a_doubt_but_its_silence_settles_nothing(
    sendgrid: SendGridMail, provider: Provider
) -> None:
    provider.script = always("drop_after")
    lost = mail(9)
    assert isinstance(sendgrid.send(lost), Unknown)
    assert sendgrid.look_up(lost.key) == Accepted(f"msg-{lost.key}")
    assert sendgrid.look_up(mail(10).key) is None


def test_without_the_activity_feed_nobody_is_asked_again(
    sendgrid: SendGridMail, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(self: object) -> None:
        asked.append(1)
        self.answer(403, {"errors": []})  # type: ignore[attr-defined]

    monkeypatch.setattr("fakes.provider.Handler.do_GET", refuse)
    assert [sendgrid.look_up(mail(i).key) for i in range(3)] == [None, None, None]
    assert len(asked) == 1


def test_a_pdf_goes_along_for_an_organisation() -> None:
    sent = payload([mail(attachment=b"%PDF-1")])
    assert sent["attachments"] == [{"content": "JVBERi0x", "type": "application/pdf", "filename": "notice.pdf"}]


def test_an_attachment_keeps_the_published_contract(sendgrid: SendGridMail, provider: Provider) -> None:
    assert isinstance(sendgrid.send(mail(attachment=b"%PDF-1", extra={}, html="")), Accepted)
    assert provider.invalid == []
    assert [part["type"] for part in provider.requests[0]["content"]] == ["text/plain"]
