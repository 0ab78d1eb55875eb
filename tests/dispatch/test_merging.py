"""A thousand people in one request: the provider fills the places, and each place is written as it needs to be."""

import itertools
import threading
import time
import uuid
from collections import Counter
from typing import Any

import pytest
from fakes.house import House, later, wording
from fakes.provider import Provider, always, in_turn
from fakes.worded import wording as worded
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as some
from sqlmodel import update

from forthwith import clock, db, dispatch
from forthwith.channels.sendgrid_mail import SendGridMail
from forthwith.dispatch import sending
from forthwith.dispatch.addressing import Addressed
from forthwith.dispatch.claiming import Claimed
from forthwith.dispatch.messages import MERGED_BYTES, Merger
from forthwith.dispatch.states import NOT_HANDED_OVER
from forthwith.filling.content import fill, slot
from forthwith.settings import settings
from models import Incident, Message, Outcome, Person, Refusal

CONTENT = wording("email")
SLOTS = {
    "addressee": "", "address": "1 Road\nTown", "code": "ABCD-EFGH", "verify_url": "https://x.example/verify#ABCD-EFGH",
    "date": "2026-11-21", "reference": "2026-001",
}  # fmt: skip


def claimed(name: str, **slots: str) -> Claimed:
    to = Addressed(to="a@example.org", name=name, slots={**SLOTS, "name": name, **slots})
    ident = uuid.uuid4()
    return Claimed(str(ident), ident.bytes, ident.bytes, 1, to)


def as_the_provider_does(message: Message) -> tuple[str, str, str]:
    """Replace each tag by its value, once, as SendGrid's substitutions do."""
    bodies = [message.subject, message.text, message.html]
    for tag, value in message.extra.items():
        bodies = [body.replace(tag, value) for body in bodies]
    return bodies[0], bodies[1], bodies[2]


NAMES = some.text(max_size=40).filter(lambda text: "\ue000" not in text and "\ue001" not in text)


@budget(max_examples=300, deadline=None)
@given(NAMES)
def test_merging_by_the_provider_gives_the_bytes_that_filling_gives(name: str) -> None:
    one = claimed(name)
    filled = fill(CONTENT, one.to.slots)
    subject, text, html = as_the_provider_does(Merger(CONTENT, "email").message(one))
    assert (text, html) == (filled.text, filled.html)
    assert " ".join(subject.split()) == filled.subject


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{code}}", "-tag-", "O'Brien & Söhne", "\u202eevil", "a\nb"]
)
def test_no_name_is_ever_more_than_a_name(name: str) -> None:
    one = claimed(name)
    _, _, html = as_the_provider_does(Merger(CONTENT, "email").message(one))
    assert "<script>" not in html
    assert html == fill(CONTENT, one.to.slots).html


def test_no_name_can_be_a_tag() -> None:
    first = Merger(CONTENT, "email")
    tag = next(iter(first.tags))
    second = Merger(CONTENT, "email")
    assert tag not in second.tags, "the tags of each batch are new"
    assert tag in as_the_provider_does(second.message(claimed(tag)))[1]


@pytest.mark.parametrize("elements", ["", "name", "name,ssn,contact"])
def test_each_reads_the_list_of_their_own_data(elements: str) -> None:
    item = f"<ul><li style='margin:0'>{slot('elements')}</li></ul>"
    content = worded("email", text=f"Exposed:\n- {slot('elements')}\nThe end.", html=item,
                     elements=["name", "ssn", "contact"])  # fmt: skip
    one = claimed("Ana", elements=elements)
    _, text, html = as_the_provider_does(Merger(content, "email").message(one))
    filled = fill(content, one.to.slots)
    assert (text, html) == (filled.text, filled.html)
    assert html.count("<li style='margin:0'>") == max(1, len(elements.split(",")))


def test_all_share_one_body(house: House) -> None:
    merger = Merger(CONTENT, "email")
    made = [merger.message(claimed(f"P {i}")) for i in range(5)]
    assert len({(one.subject, one.text, one.html) for one in made}) == 1
    assert not any("P 1" in one.text for one in made)


def test_a_reserved_character_stops_that_person(house: House) -> None:
    with pytest.raises(Refusal, match="reserved"):
        Merger(CONTENT, "email").message(claimed("\ue000code\ue001"))


def test_values_that_are_too_long_for_merging_are_filled_here() -> None:
    one = claimed("x" * (MERGED_BYTES // 2))
    made = Merger(CONTENT, "email").message(one)
    assert made.extra == {}
    assert made.text == fill(CONTENT, one.to.slots).text


@pytest.fixture
def sendgrid(live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FORTHWITH_EMAIL_CHANNEL", "sendgrid")
    settings.cache_clear()
    return live


def planned(live: House, people: int, **notice: object) -> None:
    live.people(people, ("email", "letter"))
    live.notice(live.duty(), media=("email", "letter"), **notice)
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()


def test_a_batch_is_one_request_and_each_reads_their_own_name(sendgrid: House, provider: Provider) -> None:
    planned(sendgrid, 40)
    dispatch.send(sendgrid.incident.id)
    assert provider.count == 1
    (sent,) = provider.requests
    read = []
    for one in sent["personalizations"]:
        text = sent["content"][0]["value"]
        for tag, value in one["substitutions"].items():
            text = text.replace(tag, value)
        read.append((one["to"][0]["email"], text.splitlines()[0]))
    assert sorted(read) == sorted((f"p{i}@example.org", f"Dear Person {i},") for i in range(1, 41))
    assert provider.invalid == []


def test_after_a_refusal_in_company_everybody_goes_alone_and_only_the_bad_one_changes_medium(
    sendgrid: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(sendgrid, 6)
    provider.script = in_turn("400", "ok", "400")
    for _ in range(2):
        dispatch.send(sendgrid.incident.id)
    told = Counter((row.leg, row.medium, row.state) for row in sendgrid.deliveries())
    assert told == {(1, "email", "accepted"): 5, (1, "email", "failed"): 1, (2, "letter", "accepted"): 1}
    assert set(provider.ledger.values()) == {1}


def test_a_lost_answer_leaves_the_whole_request_in_doubt_and_nobody_is_told_twice(
    sendgrid: House, provider: Provider
) -> None:
    planned(sendgrid, 20)
    provider.script = always("drop_after")
    dispatch.send(sendgrid.incident.id)
    assert Counter(row.state for row in sendgrid.deliveries()) == {"unknown": 20}
    provider.script = always("ok")
    dispatch.send(sendgrid.incident.id)
    assert set(provider.ledger.values()) == {1}


def test_a_family_at_one_address_gets_a_message_each(sendgrid: House, provider: Provider) -> None:
    for name in ("Ada", "Ben", "Cem"):
        sendgrid.person(("email",), name=name, emails=["home@example.org"])
    sendgrid.notice(sendgrid.duty(), media=("email",))
    dispatch.plan(sendgrid.session, sendgrid.incident, actor="ana")
    sendgrid.session.commit()
    dispatch.send(sendgrid.incident.id)
    assert provider.count == 3
    assert [address for _, address in provider.taken] == ["home@example.org"] * 3


@pytest.mark.parametrize("fault", ["401", "429"])
def test_what_was_claimed_ahead_is_given_back_uncalled_where_the_channel_is_shut(
    sendgrid: House, provider: Provider, fault: str
) -> None:
    planned(sendgrid, 30)
    provider.script = always(fault)
    dispatch.send(sendgrid.incident.id, batch=10)
    assert provider.count == 1
    assert Counter(row.state for row in sendgrid.deliveries()) == {"planned": 30}
    uncalled = [one for one in sendgrid.attempts() if one.detail == NOT_HANDED_OVER]
    assert len(uncalled) in (0, 10), "one batch at the most was claimed ahead"


@pytest.mark.parametrize("what", ["pause", "new people"])
def test_what_was_claimed_ahead_stays_here_where_somebody_stops_it_meanwhile(
    sendgrid: House, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The first call takes long; while it is on the wire the next batch is claimed, and then somebody says stop."""
    planned(sendgrid, 30)
    first = SendGridMail.send_many

    def slow(channel: SendGridMail, messages: list[Message]) -> list[Outcome]:
        told = first(channel, messages)
        time.sleep(0.5)  # the next batch is claimed by now
        with db.session() as session:
            incident = session.get_one(Incident, sendgrid.incident.id)
            if what == "pause":
                dispatch.pause(session, incident, reason="a wrong date", actor="Rio")
            else:
                session.exec(update(Person).values(sealed_sha256="0" * 64))
        return told

    monkeypatch.setattr(SendGridMail, "send_many", slow)
    dispatch.send(sendgrid.incident.id, batch=10)
    states = Counter(row.state for row in sendgrid.deliveries())
    assert states == {"accepted": 10, "planned": 20}


def test_batches_that_overlap_tell_nobody_twice(sendgrid: House, provider: Provider) -> None:
    planned(sendgrid, 30)
    dispatch.send(sendgrid.incident.id, batch=10)
    assert Counter(address for _, address in provider.taken).most_common(1)[0][1] == 1
    assert len(provider.taken) == 30


def test_a_settling_that_fails_ends_the_run_and_nobody_is_told_twice(
    sendgrid: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second batch can't be written down; the third is on the wire meanwhile, the fourth perhaps claimed."""
    planned(sendgrid, 80)
    real, settled = sending.settle, itertools.count()

    def fails(*told: Any) -> Counter[str]:
        if next(settled) == 1:
            raise ConnectionError("the disk is full")
        return real(*told)

    with monkeypatch.context() as patch:
        patch.setattr(sending, "settle", fails)
        with pytest.raises(ConnectionError):
            dispatch.send(sendgrid.incident.id, batch=10)
    states = Counter(row.state for row in sendgrid.deliveries())
    assert 10 <= states["sending"] <= 30, "three batches are under way at the most"
    assert states["accepted"] == len(provider.taken) - 10, "what was called meanwhile is written down"
    with clock.frozen(later(minutes=10)):
        dispatch.sweep(clock.now())
        dispatch.reconcile(sendgrid.incident.id)
        dispatch.send(sendgrid.incident.id, batch=10)
    assert {row.state for row in sendgrid.deliveries()} <= {"accepted", "unknown"}
    assert {str(row.id) for row in sendgrid.deliveries(state="accepted")} == set(provider.ledger)
    assert set(provider.ledger.values()) == {1}


def test_a_batch_is_settled_while_the_next_is_on_the_wire(
    sendgrid: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(sendgrid, 30)
    real, second = sending.settle, threading.Event()
    provider.delay = lambda: (second.set() if provider.count == 1 else None) or 0.0

    def waits(*told: Any) -> Counter[str]:
        assert second.wait(20), "the second call goes out though the first is not settled yet"
        return real(*told)

    monkeypatch.setattr(sending, "settle", waits)
    assert dispatch.send(sendgrid.incident.id, batch=10).states == {"accepted": 30}
