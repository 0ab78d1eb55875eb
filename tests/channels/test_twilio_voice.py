"""Calls: the approved words, said twice as data; one POST each; told is only who stayed on the line."""

import traceback
import uuid
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from fakes.provider import BEFORE, Provider, always, closed_port
from fakes.published import problems
from fakes.signing import twilio_call
from hypothesis import given
from hypothesis import strategies as some

from forthwith.channels import channel
from forthwith.channels.twilio_voice import TwilioVoice
from forthwith.channels.twilio_voice.callbacks import MACHINES, UNANSWERED, UNDER_WAY, callback_url, meaning
from forthwith.channels.twilio_voice.errors import LATER, NEVER, STOP, refusal
from forthwith.channels.twilio_voice.script import LONGEST, SPOKEN, lines, locale, script
from forthwith.settings import settings
from models import Accepted, DeliveryState, Message, ProviderEvent, Refusal, Refused, Unknown

KEY = str(uuid.UUID(int=9))
SID = "CA" + "0" * 31 + "1"
PUBLIC = "https://notice.example.org"
WORDS = "This is a message from Example Ltd. <&>\nPlease name the reference 2026-001."


@pytest.fixture
def voice(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioVoice]:
    monkeypatch.setenv("FORTHWITH_PROVIDER_TIMEOUT", "0.5")
    monkeypatch.setenv("FORTHWITH_PUBLIC_URL", PUBLIC)
    monkeypatch.setenv("FORTHWITH_TWILIO_CALLER", "+15005550009")
    settings.cache_clear()
    made = channel("twilio_voice")
    assert isinstance(made, TwilioVoice)
    yield made
    made.close()


def call(**more: object) -> Message:
    told = {"key": KEY, "medium": "voice", "to": "+491511234567", "text": WORDS, "language": "de", **more}
    return Message(**told)  # type: ignore[arg-type]


def said(twiml: str) -> list[str]:
    """Return what a script says; fails where it holds anything but speech and pauses."""
    root = ElementTree.fromstring(twiml)
    assert root.tag == "Response"
    assert {one.tag for one in root.iter()} <= {"Response", "Say", "Pause"}
    assert not [one for child in root for one in child]
    return [child.text or "" for child in root if child.tag == "Say"]


def test_a_call_says_the_approved_words_twice_and_carries_its_delivery(voice: TwilioVoice, provider: Provider) -> None:
    assert voice.send(call()) == Accepted(SID)
    (sent,) = provider.requests
    assert said(sent["Twiml"]) == lines(WORDS) * 2
    assert (sent["To"], sent["From"]) == ("+491511234567", "+15005550009")
    assert sent["MachineDetection"] == "DetectMessageEnd"
    assert sent["StatusCallback"] == callback_url(PUBLIC, call())
    assert provider.ledger == {KEY: 1}


def test_the_caller_id_is_the_sender_of_text_messages_where_no_other_is_set(
    voice: TwilioVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORTHWITH_TWILIO_CALLER")
    settings.cache_clear()
    made = channel("twilio_voice")
    assert isinstance(made, TwilioVoice)
    assert made.caller == "+15005550006"
    monkeypatch.delenv("FORTHWITH_TWILIO_FROM")
    settings.cache_clear()
    with pytest.raises(Refusal, match="FORTHWITH_TWILIO_CALLER"):
        channel("twilio_voice")


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("en", "en-US"), ("de", "de-DE"), ("pt-BR", "pt-BR"), ("fr-BE", "fr-FR"), ("EN-gb", "en-GB")],
)
def test_each_line_is_said_in_the_notices_language(language: str, spoken: str) -> None:
    root = ElementTree.fromstring(script(call(language=language)))
    assert {one.get("language") for one in root.iter("Say")} == {spoken}
    assert locale(language) in SPOKEN


def test_there_are_pauses_between_the_lines_and_before_all_is_said_again() -> None:
    tags = [one.tag for one in ElementTree.fromstring(script(call()))]
    assert tags == ["Pause", "Say", "Pause", "Say", "Pause"] * 2


NASTY = some.text() | some.sampled_from([
    "</Say><Dial>+19005550000</Dial>", '"/><Redirect>http://x</Redirect>', "<![CDATA[", "]]>", "&#0;", "<?xml?>",
    "\x00\x0b\ud800￾",
])  # fmt: skip


@given(some.lists(NASTY, min_size=1, max_size=4))
def test_no_name_can_break_out_of_the_script(names: list[str]) -> None:
    text = "Dear " + "\n".join(names)
    assert said(script(call(text=text))) == lines(text) * 2


@given(some.text(some.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_words_that_can_be_said_are_said_unchanged(word: str) -> None:
    assert said(script(call(text=f"Dear {word}.")))[0] == f"Dear {word}."


@pytest.mark.parametrize(
    ("more", "why"),
    [({"to": "p7@example.org"}, "dialled"), ({"to": "030 123456"}, "dialled"), ({"to": ""}, "dialled"),
     ({"language": "uk"}, "no voice"), ({"text": " \n\x00"}, "nothing to say"), ({"text": "word " * 500}, "too long")],
)  # fmt: skip
def test_what_can_be_no_call_is_refused_before_anything_is_asked(
    voice: TwilioVoice, provider: Provider, more: dict[str, object], why: str
) -> None:
    outcome = voice.send(call(**more))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (True, False)
    assert why in outcome.reason
    assert "example.org" not in outcome.reason
    assert provider.count == 0


def test_a_script_just_short_enough_goes(voice: TwilioVoice, provider: Provider) -> None:
    frame = len(script(call(text="a"))) - 2
    text = "a" * ((LONGEST - frame) // 2)
    assert LONGEST - 1 <= len(script(call(text=text))) <= LONGEST
    assert isinstance(voice.send(call(text=text)), Accepted)
    assert isinstance(voice.send(call(text=text + "a")), Refused)
    assert provider.count == 1


def test_a_text_message_is_never_made_a_call(voice: TwilioVoice, provider: Provider) -> None:
    outcome = voice.send(call(medium="sms"))
    assert isinstance(outcome, Refused)
    assert outcome.stop
    assert provider.count == 0


@pytest.mark.parametrize("fault", ["500_after", "drop_after", "hang_after", "garbage_after"])
def test_one_call_in_doubt_stays_one_call(voice: TwilioVoice, provider: Provider, fault: str) -> None:
    provider.script = always(fault)
    assert isinstance(voice.send(call()), Unknown)
    assert provider.ledger == {KEY: 1}
    assert provider.count == 1, "a retried POST would be a second call"


def test_a_slow_answer_within_the_deadline_is_an_answer(voice: TwilioVoice, provider: Provider) -> None:
    provider.delay = lambda: 0.2
    assert isinstance(voice.send(call()), Accepted)


@pytest.mark.parametrize("sid", [None, "", 7, "SM" + "0" * 32, "p1@example.org", "CA1"])
def test_an_answer_without_a_calls_id_tells_nothing(
    voice: TwilioVoice, provider: Provider, monkeypatch: pytest.MonkeyPatch, sid: object
) -> None:
    monkeypatch.setitem(BEFORE, "strange", lambda handler: handler.answer(201, {"sid": sid, "status": "queued"}))
    provider.script = always("strange")
    outcome = voice.send(call())
    assert isinstance(outcome, Unknown)
    assert "example.org" not in outcome.reason


@pytest.mark.parametrize("code", sorted([*NEVER, *STOP, *LATER]))
def test_each_code_of_an_error_is_for_good_for_now_or_for_all(code: int) -> None:
    outcome = refusal(code)
    assert outcome is not None
    assert (outcome.permanent, outcome.stop) == (code in NEVER, code in STOP)
    assert (outcome.retry_after > 0) == (code in LATER)
    assert str(code) in outcome.reason


def test_an_error_code_of_the_provider_is_read(
    voice: TwilioVoice, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_no = {"code": 21214, "message": "+491511234567 is out of reach", "status": 400}
    monkeypatch.setitem(BEFORE, "never", lambda handler: handler.answer(400, said_no))
    provider.script = always("never")
    assert voice.send(call()) == Refused("the number can't be reached (21214)", permanent=True)


def told(voice: TwilioVoice, fields: dict[str, str], *, url: str = "", seen: str = "") -> list[ProviderEvent]:
    signed = url or callback_url(PUBLIC, call())
    parts = urlsplit(signed)
    body, headers = twilio_call("tok", signed, {"CallSid": SID, **fields})
    return list(voice.receipts(body, headers, seen or f"{parts.path}?{parts.query}"))


def test_a_person_who_stayed_on_the_line_was_told(voice: TwilioVoice) -> None:
    (event,) = told(voice, {"CallStatus": "completed", "AnsweredBy": "human", "CallDuration": "40"})
    assert (event.provider, event.key, event.message_ref) == ("twilio_voice", KEY, SID)
    assert event.state == DeliveryState.DELIVERED
    assert event.detail == {"seconds": "40", "answered_by": "human"}


def test_a_person_who_hung_up_at_once_was_not_told(voice: TwilioVoice) -> None:
    (event,) = told(voice, {"CallStatus": "completed", "AnsweredBy": "human", "CallDuration": "1"})
    assert (event.state, event.detail["code"]) == (DeliveryState.ACCEPTED, "hung_up")


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_that_took_the_message_is_no_person(voice: TwilioVoice, machine: str) -> None:
    (event,) = told(voice, {"CallStatus": "completed", "AnsweredBy": machine, "CallDuration": "60"})
    assert (event.state, event.detail["code"], event.detail["answered_by"]) == ("accepted", "machine", machine)


@pytest.mark.parametrize("by", ["", "unknown", "martian"])
def test_where_nobody_can_say_who_answered_it_is_only_accepted(voice: TwilioVoice, by: str) -> None:
    (event,) = told(voice, {"CallStatus": "completed", "CallDuration": "60"} | ({"AnsweredBy": by} if by else {}))
    assert (event.state, event.detail["code"]) == ("accepted", "unknown")
    assert "martian" not in repr(event.detail)


@pytest.mark.parametrize(
    ("by", "state"), [("human", "delivered"), ("machine", "accepted"), ("fax", "bounced"), (None, "accepted")]
)
def test_where_the_callback_does_not_say_who_answered_the_call_itself_is_asked(
    voice: TwilioVoice, provider: Provider, by: str | None, state: str
) -> None:
    provider.answered_by = by
    (event,) = told(voice, {"CallStatus": "completed", "CallDuration": "60"})
    assert (event.state, provider.asked) == (state, 1)
    told(voice, {"CallStatus": "completed", "AnsweredBy": "human"})
    told(voice, {"CallStatus": "busy"})
    told(voice, {"CallStatus": "completed", "CallSid": "../Messages"})
    assert provider.asked == 1


def test_a_provider_that_cant_be_asked_who_answered_leaves_it_at_accepted(
    voice: TwilioVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice.transport.host = f"http://127.0.0.1:{closed_port()}"
    (event,) = told(voice, {"CallStatus": "completed", "CallDuration": "60"})
    assert (event.state, event.detail["code"]) == ("accepted", "unknown")


@pytest.mark.parametrize("status", UNANSWERED)
def test_a_call_that_nobody_took_is_bounced_with_its_reason(voice: TwilioVoice, status: str) -> None:
    (event,) = told(voice, {"CallStatus": status, "SipResponseCode": "486"})
    assert (event.state, event.detail) == ("bounced", {"code": status, "sip": "486"})


def test_a_fax_machine_heard_nothing() -> None:
    assert meaning("completed", "fax", 60, 0) == (DeliveryState.BOUNCED, "fax")


@pytest.mark.parametrize("status", UNDER_WAY)
def test_a_call_under_way_is_accepted_and_no_more(voice: TwilioVoice, status: str) -> None:
    (event,) = told(voice, {"CallStatus": status})
    assert (event.state, dict(event.detail)) == ("accepted", {})


def test_no_number_of_a_callback_is_kept(voice: TwilioVoice) -> None:
    fields = {"To": "+491511234567", "Called": "+491511234567", "CallStatus": "busy", "CallDuration": "+491511234567",
              "ErrorCode": "p1@example.org", "AnsweredBy": "+491511234567"}  # fmt: skip
    (event,) = told(voice, fields)
    assert "+4915" not in repr(event)
    assert "example" not in repr(event)


@pytest.mark.parametrize(
    "fields", [{"CallStatus": "flying"}, {"CallStatus": "completed", "CallSid": "SM" + "0" * 32}, {"CallStatus": ""}]
)
def test_signed_but_strange_callbacks_are_passed_over(voice: TwilioVoice, fields: dict[str, str]) -> None:
    assert told(voice, fields) == []


@pytest.mark.parametrize("query", ["", "?delivery=x", f"?delivery={uuid.UUID(int=3)}", f"?delivery={KEY}&least=0"])
def test_a_callback_moved_to_another_address_is_refused(voice: TwilioVoice, query: str) -> None:
    with pytest.raises(Refusal, match="signature is wrong"):
        told(voice, {"CallStatus": "completed"}, seen=f"/hooks/twilio_voice{query}")


def test_a_callback_of_a_text_message_is_none_of_a_call(voice: TwilioVoice) -> None:
    with pytest.raises(Refusal, match="signature is wrong"):
        told(
            voice, {"CallStatus": "completed"}, url=f"{PUBLIC}/hooks/twilio?delivery={KEY}", seen="/hooks/twilio_voice"
        )


@given(some.binary(max_size=200), some.text(max_size=40))
def test_forged_and_malformed_callbacks_are_refused_in_one_line(body: bytes, signature: str) -> None:
    made = TwilioVoice(None, None, "+15005550006", PUBLIC, "tok")  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="signature is wrong") as refused:
        made.receipts(body, {"X-Twilio-Signature": signature}, "/hooks/twilio_voice?delivery=1")
    assert "\n" not in str(refused.value)


def test_the_callbacks_address_tells_the_delivery_and_how_long_it_takes_to_hear_it() -> None:
    told_by = parse_qs(urlsplit(callback_url(PUBLIC + "/", call(text="a" * 410))).query)
    assert told_by == {"delivery": [KEY], "least": ["20"]}


def test_it_cant_be_asked_and_shows_its_token_nowhere(
    voice: TwilioVoice, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    assert voice.look_up(KEY) is None
    provider.script = always("401")
    voice.send(call())
    assert "'tok'" not in repr(voice)
    assert "+491511234567" not in caplog.text
    assert "Basic " not in caplog.text


def test_a_failure_on_the_way_shows_no_token_in_its_trace(
    voice: TwilioVoice, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(voice.transport, "request", breaks)
    with pytest.raises(RuntimeError) as failure:
        voice.send(call())
    shown = "".join(traceback.format_exception(failure.value))
    assert "tok'" not in shown
    assert "+4915" not in shown


def test_what_is_asked_of_twilio_is_what_its_contract_describes(voice: TwilioVoice, provider: Provider) -> None:
    from urllib.parse import urlencode

    from fakes.provider import SPECS

    voice.send(call())
    assert provider.invalid == []
    path = "/2010-04-01/Accounts/AC0/Calls.json"
    assert problems(path, urlencode(provider.requests[0]).encode(), SPECS) == ""
    assert len(provider.requests[0]["Twiml"]) <= LONGEST
