"""A person's hand on the sending: pause, resume, call off; and a test that reaches nobody but the house itself."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import orjson
import pytest
from fakes.house import House
from fakes.provider import Provider, in_turn
from fakes.typing_commands import Run

from forthwith import dispatch
from forthwith.dispatch import trial
from forthwith.dispatch.control import paused, wordings
from forthwith.review import users
from forthwith.settings import settings
from models import Attempt, Delivery, Message, Receipt, Refusal, Variant

OWN = "lena@legal.example"


@pytest.fixture
def run(provider: Provider, typed: Run) -> Run:
    """Run a command of `forthwith send`; return exit code, output and errors."""
    return partial(typed, "send")


@pytest.fixture
def token(live: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sign in with a role."""

    def signed_in(role: str) -> None:
        _, made = users.add(live.session, f"Somebody {role}", role=role)
        live.session.commit()
        monkeypatch.setenv("FORTHWITH_TOKEN", made)

    return signed_in


def planned(live: House, people: int = 4) -> None:
    live.people(people, ("email", "letter"))
    live.notice(live.duty(), media=("email", "letter"))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()


def states(live: House) -> Counter[str]:
    live.session.rollback()
    return Counter(row.state for row in live.deliveries())


def test_what_is_paused_does_not_leave_and_goes_on_where_it_stopped(live: House, run: Run, provider: Provider) -> None:
    planned(live)
    assert run("pause", "2026-001", "--reason", "a wrong date in the letter")[0] == 0
    assert run("go", "2026-001")[1] == "nothing was due\n"
    assert provider.count == 0
    assert "a wrong date in the letter" in run("status", "2026-001")[1]
    assert run("resume", "2026-001")[0] == 0
    assert run("go", "2026-001")[1] == "4 accepted\n"
    assert [entry.verb for verb in ("paused", "resumed") for entry in live.entries(verb)] == ["paused", "resumed"]


def test_a_pause_in_the_middle_of_sending_stops_the_next_batch(live: House, provider: Provider) -> None:
    planned(live, 60)
    calls = []

    def hand() -> float:
        calls.append(1)
        if len(calls) == 3:
            from forthwith import db

            with db.session() as other:
                incident = other.get_one(type(live.incident), live.incident.id)
                dispatch.pause(other, incident, reason="stop", actor="ana")
        return 0.0

    provider.delay = hand
    dispatch.send(live.incident.id)
    assert len(provider.ledger) == 25, "the batch that was on the wire, and not one more"
    assert states(live) == {"accepted": 25, "planned": 35}


def test_one_channel_is_paused_and_the_others_go(live: House, run: Run) -> None:
    planned(live, 2)
    live.person(("letter",))
    dispatch.plan(live.session, live.incident, actor="ana")
    run("pause", "2026-001", "--channel", "askable", "--reason", "the provider is being moved")
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    assert paused(live.session, live.incident.id, "askable")
    assert not paused(live.session, live.incident.id, "print_file")


@pytest.mark.parametrize(("words", "said"), [
    (("pause", "--reason", "x", "--channel", "pigeon"), "No channel is called 'pigeon'"),
    (("pause", "--reason", "ask p1@example.org"), "personal data"), (("pause", "--reason", " "), "A reason is needed"),
    (("resume",), "Nothing is paused"), (("cancel", "--reason", "x"), "It isn't clear"),
    (("cancel", "--reason", "x", "--all", "--variant", "abcd"), "It isn't clear"),
    (("cancel", "--reason", "x", "--all"), "FORTHWITH_TOKEN is not set"),
    (("test", "--to", "nobody"), "no e-mail address"), (("test", "--to", OWN), "your own house"),
])  # fmt: skip
def test_what_cannot_be_done_is_one_line(live: House, run: Run, words: tuple[str, ...], said: str) -> None:
    planned(live, 1)
    code, out, err = run(words[0], "2026-001", *words[1:])
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err
    assert states(live) == {"planned": 1}


def test_pausing_twice_is_refused(house: House) -> None:
    dispatch.pause(house.session, house.incident, reason="stop", actor="ana")
    with pytest.raises(Refusal, match="paused already"):
        dispatch.pause(house.session, house.incident, reason="stop", actor="ana")
    dispatch.pause(house.session, house.incident, reason="stop", actor="ana", channel="outbox")
    assert dispatch.resume(house.session, house.incident, actor="ana") == ["", "outbox"]


def test_a_paused_incident_wakes_no_run(live: House) -> None:
    from forthwith import clock

    planned(live)
    assert dispatch.sweep(clock.now()).to_send == [live.incident.id]
    dispatch.pause(live.session, live.incident, reason="stop", actor="ana")
    live.session.commit()
    assert dispatch.sweep(clock.now()).to_send == []


def test_calling_off_leaves_what_is_on_the_wire(
    live: House, run: Run, token: Callable[[str], None], provider: Provider
) -> None:
    planned(live, 3)
    provider.script = in_turn("drop_after", "ok", "409")
    dispatch.send(live.incident.id)
    token("legal")
    told = orjson.loads(run("cancel", "2026-001", "--all", "--reason", "not owed after all", "--json")[1])
    assert told == {"cancelled": 1, "on_the_wire": 1}
    assert states(live) == {"accepted": 1, "unknown": 1, "cancelled": 1}
    assert live.deliveries(state="cancelled")[0].reason == "called off: not owed after all"
    assert len(live.entries("cancelled")) == 1


def plan_again(live: House) -> None:
    for variant in live.every(Variant):
        live.approve(variant)
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()


def test_what_was_called_off_is_never_planned_again(live: House, run: Run, token: Callable[[str], None]) -> None:
    planned(live)
    token("legal")
    assert run("cancel", "2026-001", "--all", "--reason", "not owed after all")[0] == 0
    plan_again(live)
    assert states(live) == {"cancelled": 4}
    assert dispatch.send(live.incident.id).taken == 0
    assert dispatch.gaps(live.session, live.incident) == [], "each has a written reason"
    assert all(duty.met_at is None for duty in live.every(live.duty_type))


def test_one_wording_is_called_off_and_the_other_goes(live: House, run: Run, token: Callable[[str], None]) -> None:
    live.people(2, ("email",))
    live.people(3, ("letter",))
    live.notice(live.duty(), media=("email", "letter"))
    dispatch.plan(live.session, live.incident, actor="ana")
    token("legal")
    letter = next(one for one in live.every(Variant) if one.medium == "letter")
    assert run("cancel", "2026-001", "--variant", str(letter.id)[-12:], "--reason", "wrong page")[0] == 0
    assert Counter((row.medium, row.state) for row in live.deliveries()) == {
        ("email", "planned"): 2, ("letter", "cancelled"): 3,
    }  # fmt: skip


def test_only_legal_calls_off(live: House, run: Run, token: Callable[[str], None]) -> None:
    planned(live)
    token("responder")
    code, _, err = run("cancel", "2026-001", "--all", "--reason", "not owed")
    assert (code, states(live)) == (1, {"planned": 4})
    assert "Only the role legal" in err


@pytest.mark.parametrize(("role", "code"), [("responder", 0), ("legal", 0), ("operator", 1)])
def test_responders_and_legal_pause(live: House, run: Run, token: Callable[[str], None], role: str, code: int) -> None:
    planned(live)
    token(role)
    assert run("pause", "2026-001", "--reason", "wait")[0] == code
    assert [entry.actor for entry in live.entries("paused")] == ([f"Somebody {role}"] if code == 0 else [])


def test_a_wording_is_named_by_enough_of_its_id(house: House) -> None:
    house.people(1)
    house.notice(house.duty(), media=("email",))
    (variant,) = house.every(Variant)
    assert wordings(house.session, house.incident, str(variant.id)[:20]) == [variant.id]
    for named in ("", "abc", "ffff-ffff"):
        with pytest.raises(Refusal, match="wordings are called so"):
            wordings(house.session, house.incident, named)


@pytest.mark.parametrize("approved", [True, False])
def test_a_test_goes_the_real_way_to_the_house_and_leaves_no_delivery(
    live: House, run: Run, provider: Provider, monkeypatch: pytest.MonkeyPatch, approved: bool
) -> None:
    monkeypatch.setenv("FORTHWITH_TEST_ADDRESSES", '["@legal.example"]')
    settings.cache_clear()
    live.people(3, ("email",))
    live.notice(live.duty(), media=("email",), languages=("en", "de"), approved=approved)
    code, out, _ = run("test", "2026-001", "--to", OWN)
    assert (code, out) == (0, "de email by askable: accepted\nen email by askable: accepted\n")
    assert [address for _, address in provider.taken] == [OWN, OWN]
    assert live.every(Delivery) == live.every(Attempt) == live.every(Receipt) == []
    entries = live.entries("tested")
    assert len(entries) == 2
    assert OWN not in repr([(entry.text, entry.data) for entry in entries])


def test_a_test_says_that_it_is_one_in_every_part() -> None:
    made = trial.marked(Message(key="k", medium="email", to=OWN, subject="About you", text="Dear",
                                html="<html><body class='x'><p>Dear</p></body></html>"))  # fmt: skip
    assert made.subject == "[TEST] About you"
    assert made.text.startswith("TEST: ")
    assert made.html.startswith("<html><body class='x'><p><strong>TEST: ")
    assert trial.marked(Message(key="k", medium="email", to=OWN, html="<p>x</p>")).html.startswith("<p><strong>TEST")
    assert trial.marked(Message(key="k", medium="sms", to="+4915112345678", text="Hi")).html == ""


def test_a_test_by_text_takes_the_text_alone(
    live: House, run: Run, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORTHWITH_TEST_ADDRESSES", '["+4915112345678"]')
    monkeypatch.setenv("FORTHWITH_SMS_CHANNEL", "twilio")
    settings.cache_clear()
    live.people(1)
    live.notice(live.duty(), media=("email", "sms"))
    assert run("test", "2026-001", "--to", "+4915112345678")[1] == "en sms by twilio: accepted\n"
    (asked,) = provider.requests
    assert asked["Body"].startswith("TEST: ")
    assert "Alex Sample" in asked["Body"]


def test_a_test_that_is_refused_says_so(
    live: House, run: Run, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORTHWITH_TEST_ADDRESSES", f'["{OWN}"]')
    settings.cache_clear()
    live.people(1)
    live.notice(live.duty(), media=("email",))
    provider.script = in_turn("400")
    code, out, err = run("test", "2026-001", "--to", OWN)
    assert code == 1
    assert "refused" in out
    assert "Not every test was taken" in err


def test_a_test_of_an_incident_without_such_a_wording_is_refused(
    live: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORTHWITH_TEST_ADDRESSES", f'["{OWN}"]')
    settings.cache_clear()
    assert "no wording for email" in run("test", "2026-001", "--to", OWN)[2]
