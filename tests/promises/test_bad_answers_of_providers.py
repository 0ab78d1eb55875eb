"""A provider that refuses, breaks off, talks nonsense or keeps silent: no notice is lost, none is sent twice."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.house import House, later
from fakes.provider import Provider, always, in_turn

import forthwith.cli
from forthwith import clock
from forthwith.settings import settings

REF = "2026-001"
COUNT = 3
CHANNELS = {"sendgrid": "email", "twilio": "sms", "twilio_voice": "voice"}
Go = Callable[..., tuple[int, str, str]]


@pytest.fixture(params=CHANNELS)
def medium(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, provider: Provider) -> str:
    """A medium whose provider is the one on loopback."""
    name = CHANNELS[request.param]
    monkeypatch.setenv(f"FORTHWITH_{name.upper()}_CHANNEL", request.param)
    monkeypatch.setenv("FORTHWITH_PROVIDER_TIMEOUT", "0.3")
    monkeypatch.setenv(
        "FORTHWITH_RATES", '{"twilio_voice": 1000}'
    )  # one call a second is what the rate's own test waits for
    settings.cache_clear()
    return name


@pytest.fixture
def go(live: House, medium: str, capfd: pytest.CaptureFixture[str]) -> Go:
    """Three people to tell, planned; call it to run a command of `forthwith send`."""

    def called(*words: str) -> tuple[int, str, str]:
        live.session.commit()
        capfd.readouterr()
        code = 0
        try:
            forthwith.cli.main(["send", *(words or ("go",)), REF])
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capfd.readouterr()
        live.session.rollback()
        assert "Traceback" not in said.err
        assert [secret for secret in ("example.org", "+4915", "Person") if secret in said.out + said.err] == []
        return code, said.out, said.err

    live.people(COUNT, (medium,))
    live.notice(live.duty(), media=(medium,))
    assert called("plan")[0] == 0
    return called


def states(live: House) -> Counter[str]:
    return Counter(str(row.state) for row in live.deliveries())


def taken_once(live: House, provider: Provider) -> bool:
    """Return whether the provider took each delivery exactly once."""
    return provider.ledger == Counter({str(row.id): 1 for row in live.deliveries()})


@pytest.mark.parametrize("fault", ["401", "403"])
def test_credentials_that_are_refused_are_one_clear_line_and_nothing_is_lost(
    live: House, provider: Provider, go: Go, fault: str
) -> None:
    provider.script = always(fault)
    code, _, err = go()
    assert code == 1
    assert err.startswith("forthwith: ")
    assert err.count("\n") == 1
    assert f"then `forthwith send go {REF}` again" in err
    assert states(live) == {"planned": COUNT}
    assert provider.ledger == {}
    provider.script = always("ok")
    with clock.frozen(later(hours=1)):
        assert go()[0] == 0
    assert states(live) == {"accepted": COUNT}
    assert taken_once(live, provider)


def test_too_many_requests_keep_all_planned_and_they_go_later_once(live: House, provider: Provider, go: Go) -> None:
    provider.script = always("429")
    go()
    assert states(live) == {"planned": COUNT}
    assert provider.ledger == {}
    provider.script = always("ok")
    with clock.frozen(later(seconds=60)):
        assert go()[0] == 0
    assert states(live) == {"accepted": COUNT}
    assert taken_once(live, provider)


@pytest.mark.parametrize("fault", ["500", "503", "garbage", "hang", "drop"])
def test_an_answer_that_tells_nothing_leaves_all_in_doubt_and_nothing_goes_blindly_again(
    live: House, provider: Provider, go: Go, fault: str
) -> None:
    provider.script = always(fault)
    code, _, err = go()
    assert (code, err.count("\n")) in ((0, 0), (1, 1))
    left = states(live)
    assert set(left) <= {"planned", "unknown"}
    assert left["unknown"] >= 1
    assert left.total() == COUNT
    asked, provider.script = provider.count, always("ok")
    in_doubt = {str(row.id) for row in live.deliveries(state="unknown")}
    with clock.frozen(later(hours=2)):
        go()
    assert not in_doubt & set(provider.ledger)
    assert provider.count - asked <= COUNT
    assert max(provider.ledger.values(), default=0) <= 1
    assert states(live).total() == COUNT


@pytest.mark.parametrize("fault", ["500_after", "garbage_after", "hang_after", "drop_after"])
def test_what_a_provider_took_before_it_failed_is_never_given_to_it_twice(
    live: House, provider: Provider, go: Go, fault: str
) -> None:
    provider.script = in_turn(fault)
    go()
    first = dict(provider.ledger)
    assert first
    assert live.deliveries(state="unknown")
    assert {str(row.id) for row in live.deliveries() if row.state in ("unknown", "accepted")} >= set(first)
    for hours in (1, 2, 3):
        with clock.frozen(later(hours=hours)):
            go()
            go("reconcile")
    assert max(provider.ledger.values()) == 1
    assert states(live).total() == COUNT
    assert set(states(live)) <= {"accepted", "unknown", "planned"}


@pytest.mark.parametrize("fault", ["400", "404"])
def test_a_request_that_is_refused_ends_with_a_written_reason(
    live: House, provider: Provider, go: Go, fault: str
) -> None:
    provider.script = always(fault)
    go()
    assert provider.ledger == {}
    told = {row.recipient_id for row in live.deliveries()}
    assert len(told) == COUNT
    assert "unknown" not in states(live)
    assert all(row.reason for row in live.deliveries() if row.state in ("failed", "held"))


def test_a_provider_that_is_not_there_loses_nothing(
    live: House, provider: Provider, go: Go, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SENDGRID_HOST", "TWILIO_HOST"):
        monkeypatch.setenv(f"FORTHWITH_{name}", "http://127.0.0.1:9")
    settings.cache_clear()
    code, _, err = go()
    assert (code, err.count("\n")) in ((0, 0), (1, 1))
    assert states(live).total() == COUNT
    assert set(states(live)) <= {"planned", "unknown"}
    assert provider.ledger == {}


def test_every_try_is_written_down_without_an_address(live: House, provider: Provider, go: Go, own_law: Path) -> None:
    provider.script = always("500")
    go()
    tries = live.attempts()
    assert len(tries) == COUNT
    assert all("example.org" not in repr(row) and "+4915" not in repr(row) for row in tries)
    assert not list((own_law / "home").glob("outbox/**/*.eml"))
