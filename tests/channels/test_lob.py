"""Lob: one letter under one key, whatever comes back; and events that only Lob can have signed."""

import time
import uuid
from collections.abc import Iterator

import pytest
from fakes import lob as fake
from fakes.paper import blank
from fakes.provider import SPECS, Provider, always, in_turn
from fakes.published import lob_at_hand
from hypothesis import given
from hypothesis import strategies as some

from forthwith.channels import channel
from forthwith.channels.lob import Lob
from forthwith.channels.lob.addresses import LINE, NAME, from_lines
from forthwith.channels.lob.events import MEANING
from forthwith.settings import settings
from models import Accepted, DeliveryState, Message, Refusal, Refused, Unknown

KEY = str(uuid.UUID(int=9))
LETTER = fake.id_of(KEY)
US = (612, 792)
HOME = "12 High Street\nApt 4\nSPRINGFIELD, IL 62701-1234"
SECRET = "whsec"


@pytest.fixture
def lob(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lob]:
    lob_at_hand(SPECS)
    monkeypatch.setenv("FORTHWITH_PROVIDER_TIMEOUT", "0.5")
    monkeypatch.setenv("FORTHWITH_LOB_WEBHOOK_SECRET", SECRET)
    settings.cache_clear()
    made = channel("lob")
    assert isinstance(made, Lob)
    yield made
    made.close()


def letter(to: str = HOME, *, size: tuple[int, int] = US, **extra: str) -> Message:
    return Message(key=KEY, medium="letter", to=to, to_name="Ada Lovelace", attachment=blank(2, size), extra=extra)


def test_a_letter_is_uploaded_with_its_address_and_its_delivery(lob: Lob, provider: Provider) -> None:
    assert lob.send(letter(country="US", postcode="62701-1234")) == Accepted(LETTER)
    (sent,) = provider.requests
    assert provider.invalid == []
    assert sent["to"] == {
        "name": "Ada Lovelace", "address_line1": "12 High Street", "address_line2": "Apt 4", "address_state": "IL",
        "address_city": "SPRINGFIELD", "address_zip": "62701-1234", "address_country": "US",
    }  # fmt: skip
    assert sent["use_type"] == "operational"
    assert sent["metadata"] == {"delivery": KEY}
    assert (sent["color"], sent["double_sided"], sent["file"]) == (False, True, "letter.pdf")
    assert sent["address_placement"] == "insert_blank_page", "the approved pages stay as they are"


def test_paper_and_ink_are_as_the_settings_say(provider: Provider, monkeypatch: pytest.MonkeyPatch, lob: Lob) -> None:
    monkeypatch.setenv("FORTHWITH_PRINT_COLOUR", "true")
    monkeypatch.setenv("FORTHWITH_PRINT_DUPLEX", "false")
    settings.cache_clear()
    other = channel("lob")
    other.send(letter())
    other.close()  # type: ignore[attr-defined]
    assert (provider.requests[0]["color"], provider.requests[0]["double_sided"]) == (True, False)


def test_the_same_key_again_is_the_same_letter(lob: Lob, provider: Provider) -> None:
    assert lob.send(letter()) == lob.send(letter()) == Accepted(LETTER)
    assert provider.ledger == {KEY: 1}


@pytest.mark.parametrize("fault", ["500_after", "drop_after", "hang_after", "garbage_after"])
def test_a_doubt_is_settled_by_asking_and_nothing_is_printed_twice(lob: Lob, provider: Provider, fault: str) -> None:
    provider.script = in_turn(fault)
    assert isinstance(lob.send(letter()), Unknown)
    assert provider.count == 1, "a channel never tries again by itself"
    assert lob.look_up(KEY) == Accepted(LETTER)
    assert lob.send(letter()) == Accepted(LETTER)
    assert provider.ledger == {KEY: 1}


def test_what_lob_never_got_it_says_so(lob: Lob, provider: Provider) -> None:
    provider.script = in_turn("drop")
    assert isinstance(lob.send(letter()), Unknown)
    assert lob.look_up(KEY) == Refused("Lob has no letter of this delivery", permanent=False)
    assert lob.look_up(str(uuid.UUID(int=10))) == Refused("Lob has no letter of this delivery", permanent=False)


def test_a_list_that_was_not_asked_for_our_letter_proves_nothing(
    lob: Lob, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    lob.send(letter())
    monkeypatch.setattr(fake, "listed", lambda *_: (200, {"data": [{"id": LETTER, "metadata": {"delivery": "x"}}]}))
    assert lob.look_up(KEY) is None
    for broken in ({"data": {}}, {}, [], {"data": [7]}):
        monkeypatch.setattr(fake, "listed", lambda *_, broken=broken: (200, broken))
        assert lob.look_up(KEY) is None
    monkeypatch.setattr(fake, "listed", lambda *_: (503, {}))
    assert lob.look_up(KEY) is None


@pytest.mark.parametrize(
    ("fault", "permanent", "stop"),
    [("401", False, True), ("403", False, True), ("422", True, False), ("429", False, False), ("404", False, True)],
)
def test_a_clear_refusal_is_one(lob: Lob, provider: Provider, fault: str, permanent: bool, stop: bool) -> None:
    provider.script = always(fault)
    outcome = lob.send(letter())
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (permanent, stop)
    assert "p1@example.org" not in outcome.reason
    assert provider.ledger.total() == 0


@pytest.mark.parametrize("fault", ["409", "503", "302", "204"])
def test_an_unclear_answer_is_a_doubt(lob: Lob, provider: Provider, fault: str) -> None:
    provider.script = always(fault)
    assert isinstance(lob.send(letter()), Unknown)


def test_the_wrong_paper_stops_the_channel_and_not_the_person(lob: Lob, provider: Provider) -> None:
    outcome = lob.send(letter(size=(595, 842)))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (False, True)
    broken = Message(key=KEY, medium="letter", to=HOME, to_name="A", attachment=b"%PDF-1.7 nothing")
    assert lob.send(broken) == Refused("there is no letter that can be printed", permanent=True)
    assert provider.count == 0


@pytest.mark.parametrize(
    ("to", "post", "why"),
    [("12 High Street", {}, "city, state and ZIP"), ("1 High Street\nLONDON\nN1 1AA", {"country": "US"}, "city, state"),
     ("12 High Street\nLONDON", {"country": "GB"}, "no postcode"), ("x" * 65 + "\nX IL 62701", {}, "longer than Lob")],
)  # fmt: skip
def test_an_address_that_lob_cant_print_whole_is_refused(
    lob: Lob, provider: Provider, to: str, post: dict[str, str], why: str
) -> None:
    outcome = lob.send(letter(to, **post))
    assert isinstance(outcome, Refused)
    assert why in outcome.reason
    assert outcome.permanent
    assert provider.count == 0


def test_an_address_abroad_keeps_its_lines(lob: Lob, provider: Provider) -> None:
    lob.send(letter("12 High Street\nFlat 4\nLONDON\nN1 1AA", country="GB", postcode="N1 1AA"))
    assert provider.invalid == []
    assert provider.requests[0]["to"] == {
        "name": "Ada Lovelace", "address_line1": "12 High Street", "address_line2": "Flat 4, LONDON, N1 1AA",
        "address_zip": "N1 1AA", "address_country": "GB",
    }  # fmt: skip


@given(some.text(max_size=60), some.lists(some.text(max_size=80), max_size=5), some.sampled_from(["", "US", "FR"]))
def test_no_address_is_ever_cut(name: str, lines: list[str], country: str) -> None:
    made = from_lines(name, [*lines, "SPRINGFIELD IL 62701"], {"country": country, "postcode": "1"})
    if isinstance(made, Refused):
        assert made.permanent
        return
    assert made["name"] == name
    assert len(made["name"]) <= NAME
    held = " ".join(made.values())
    assert all(word in held for line in lines for word in line.split())
    assert country == "FR" or len(made["address_line1"]) <= LINE


def test_a_sender_at_home_does_without_an_id(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_LOB_FROM", "")
    monkeypatch.setenv("FORTHWITH_ORGANISATION_ADDRESS", '["1 Main Street", "Madison, WI 53703"]')
    settings.cache_clear()
    ours = channel("lob")
    ours.send(letter())
    ours.close()  # type: ignore[attr-defined]
    assert provider.invalid == []
    assert provider.requests[0]["from"]["address_state"] == "WI"
    monkeypatch.setenv("FORTHWITH_ORGANISATION_ADDRESS", '["Musterweg 1", "12345 Musterstadt"]')
    settings.cache_clear()
    with pytest.raises(Refusal, match="sender in the US"):
        channel("lob")


@pytest.mark.parametrize("kind", sorted(MEANING))
@pytest.mark.parametrize("service", ["letter.", "letter.certified."])
def test_each_event_means_one_state(lob: Lob, kind: str, service: str) -> None:
    (event,) = lob.receipts(*fake.call(SECRET, service + kind, KEY))
    assert (event.key, event.message_ref, event.state) == (KEY, LETTER, MEANING[kind])
    assert MEANING[kind] in set(DeliveryState)


def test_what_came_back_is_returned_and_what_is_on_its_way_has_not_arrived(lob: Lob) -> None:
    states = {kind: lob.receipts(*fake.call(SECRET, f"letter.{kind}", KEY))[0].state for kind in MEANING}
    assert states["returned_to_sender"] == DeliveryState.RETURNED
    assert states["processed_for_delivery"] == states["in_transit"] == states["re-routed"] == DeliveryState.ACCEPTED


@pytest.mark.parametrize("kind", ["letter.viewed", "postcard.delivered", "letter.return_envelope.delivered", ""])
def test_events_of_other_things_are_passed_over(lob: Lob, kind: str) -> None:
    assert lob.receipts(*fake.call(SECRET, kind, KEY)) == []
    assert lob.receipts(*fake.call(SECRET, "letter.mailed", "not ours")) == []


@pytest.mark.parametrize("seconds", [True, False])
def test_a_signature_has_its_time(lob: Lob, seconds: bool) -> None:
    assert lob.receipts(*fake.call(SECRET, "letter.mailed", KEY, seconds=seconds))
    for at in (time.time() - 90_000, time.time() + 900):
        with pytest.raises(Refusal, match="too old"):
            lob.receipts(*fake.call(SECRET, "letter.mailed", KEY, at=at, seconds=seconds))


def test_a_changed_body_or_time_or_secret_is_refused(lob: Lob) -> None:
    body, headers = fake.call(SECRET, "letter.mailed", KEY)
    forged = [
        (body.replace(b"mailed", b"delivered"), headers), (body, {**headers, "Lob-Signature-Timestamp": "1"}),
        fake.call("other", "letter.mailed", KEY), (body, {"Lob-Signature": "é"}), (body, {}),
    ]  # fmt: skip
    for wrong in forged:
        with pytest.raises(Refusal, match="signature is wrong"):
            lob.receipts(*wrong)


def test_without_a_secret_no_webhook_is_taken(provider: Provider) -> None:
    ours = channel("lob")
    with pytest.raises(Refusal, match="FORTHWITH_LOB_WEBHOOK_SECRET"):
        ours.receipts(*fake.call(SECRET, "letter.mailed", KEY))
    ours.close()  # type: ignore[attr-defined]


def test_it_shows_no_secret(lob: Lob) -> None:
    assert SECRET not in repr(lob)
    assert "test_lob" not in repr(lob)
