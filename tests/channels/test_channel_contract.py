"""What every channel must keep, ours and an outside one: told by walking the registry."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.mailserver import MailServer, mail_server
from fakes.paper import blank
from fakes.provider import SPECS, Provider, always, closed_port
from fakes.published import lob_at_hand

from forthwith.channels import BUILT_IN, Batching, Closing, Merging, Returning, channel, known
from forthwith.settings import settings
from models import Accepted, Channel, Medium, Message, Refusal, Refused, Unknown

NAMES = (*sorted(BUILT_IN), "askable")
SECRETS = ("p7@example.org", "+491517777777", "+4930123456", "Ada Lovelace", "You were affected", "SG.test", "KEY.test")
PRINTED = ("letter", "fax")


def message(medium: str, pdf: bytes, **more: object) -> Message:
    to = {
        "email": "p7@example.org", "sms": "+491517777777", "voice": "+491517777777", "fax": "+4930123456",
    }.get(medium, "1 Long Street\nSPRINGFIELD IL 62701")  # fmt: skip
    told: dict[str, object] = {
        "key": str(uuid.uuid4()), "medium": medium, "to": to, "to_name": "Ada Lovelace", "subject": "About your data",
        "text": "You were affected", "html": "<p>You were affected</p>",
        "attachment": pdf if medium in PRINTED else b"", "extra": {},
    }  # fmt: skip
    return Message(**{**told, **more})  # type: ignore[arg-type]


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def pdf(name: str) -> bytes:
    """A letter on the paper that the channel takes."""
    return blank(size=(612, 792) if name == "lob" else (595, 842))


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ready(
    name: str, provider: Provider, mail: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Channel]]:
    """A maker of the channel, set up against peers on loopback; what it makes is closed in the end."""
    if name == "lob":
        lob_at_hand(SPECS)
    monkeypatch.setenv("FORTHWITH_HOME", str(tmp_path))
    monkeypatch.setenv("FORTHWITH_SMTP_PORT", str(mail.port))
    monkeypatch.setenv("FORTHWITH_SMTP_TLS", "false")
    monkeypatch.setenv("FORTHWITH_PROVIDER_TIMEOUT", "0.5")
    settings.cache_clear()
    made: list[Channel] = []

    def make() -> Channel:
        made.append(channel(name))
        return made[-1]

    yield make
    for one in made:
        if isinstance(one, Closing):
            one.close()


def test_a_channel_names_itself_and_its_media(ready: Callable[[], Channel], name: str) -> None:
    made = ready()
    assert made.name == name
    assert made.media
    assert made.media <= set(Medium)


def test_a_good_message_is_accepted_with_a_reference(ready: Callable[[], Channel], pdf: bytes) -> None:
    made = ready()
    for medium in sorted(made.media):
        outcome = made.send(message(medium, pdf))
        assert isinstance(outcome, Accepted), outcome
        assert outcome.reference
        assert not any(secret in outcome.reference for secret in SECRETS)


def test_a_channel_that_can_tell_tells_the_truth(ready: Callable[[], Channel], pdf: bytes) -> None:
    made = ready()
    sent = message(min(made.media), pdf)
    before = made.look_up(sent.key)
    assert before is None or isinstance(before, Refused), "it claims to have what it never got"
    accepted = made.send(sent)
    assert isinstance(accepted, Accepted)
    after = made.look_up(sent.key)
    assert after is None or isinstance(after, Accepted), "it denies what it took"


def test_batches_answer_in_order_and_one_for_one(ready: Callable[[], Channel], pdf: bytes) -> None:
    made = ready()
    if not isinstance(made, Batching):
        assert not isinstance(made, Merging)
        return
    medium = min(made.media)
    batch = [message(medium, pdf, to=f"p{i}@example.org") for i in range(3)]
    bad = message(medium, b"", to="nobody")
    outcomes = made.send_many([batch[0], bad, *batch[1:]])
    alone = Accepted if made.name == "outbox" else Refused  # a file can be written for anybody
    assert [type(outcome) for outcome in outcomes] == [Accepted, alone, Accepted, Accepted]


def test_an_unsigned_webhook_is_refused_in_one_line(ready: Callable[[], Channel]) -> None:
    for body, headers in ((b"", {}), (b"[]", {"X-Twilio-Signature": "="}), (b"\xff\x00", {"X-Secret": "no"})):
        with pytest.raises(Refusal) as refused:
            ready().receipts(body, headers, "/hooks/x?delivery=1")
        assert "\n" not in refused.value.what
        assert refused.value.do


FAULTS = ("401", "429", "500", "garbage", "drop", "hang", "204", "302", "nonsense", "null")
MEANT = {"401": Refused, "429": Refused}
SPOKEN_TO = {"sendgrid": "email", "twilio": "sms", "twilio_voice": "voice", "lob": "letter", "askable": "email"}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_on_the_wire_gives_one_clear_line_without_a_secret(
    ready: Callable[[], Channel], name: str, provider: Provider, pdf: bytes, fault: str
) -> None:
    if name not in SPOKEN_TO or (name == "askable" and fault in ("nonsense", "null")):
        assert name in known()  # the others have faults of their own, in their own tests
        return
    provider.script = always(fault)
    outcome = ready().send(message(SPOKEN_TO[name], pdf))
    assert isinstance(outcome, MEANT.get(fault, Unknown)), outcome
    assert "\n" not in outcome.reason
    assert 5 < len(outcome.reason) < 120
    assert not any(secret in repr(outcome) for secret in SECRETS)
    assert provider.ledger.total() == 0
    assert provider.count == 1, "a channel never tries again by itself"


def test_bad_credentials_stop_the_channel_and_a_crowd_does_not(
    ready: Callable[[], Channel], name: str, provider: Provider, pdf: bytes
) -> None:
    if name not in (*SPOKEN_TO, "fax_http") or name == "askable":
        assert name in known()
        return
    one = message(SPOKEN_TO.get(name, "fax"), pdf)
    provider.script = always("401")
    stopped = ready().send(one)
    assert isinstance(stopped, Refused)
    assert (stopped.stop, stopped.permanent) == (True, False)
    provider.script = always("429")
    later = ready().send(one)
    assert isinstance(later, Refused)
    assert (later.stop, later.permanent, later.retry_after) == (False, False, 7.0)


def test_a_provider_that_is_not_there_refuses_for_now(
    ready: Callable[[], Channel], name: str, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, nowhere = closed_port(), "http://127.0.0.1:{}"
    for setting in ("FORTHWITH_SENDGRID_HOST", "FORTHWITH_TWILIO_HOST", "FORTHWITH_FAX_HOST", "FORTHWITH_LOB_HOST",
                    "ASKABLE_URL"):  # fmt: skip
        monkeypatch.setenv(setting, nowhere.format(port))
    monkeypatch.setenv("FORTHWITH_SMTP_PORT", str(port))
    settings.cache_clear()
    made = ready()
    outcome = made.send(message(min(made.media), pdf))
    if name in ("outbox", "print_file", "web_notice"):
        assert isinstance(outcome, Accepted)
        return
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (False, False)
    assert outcome.retry_after > 0


@pytest.mark.parametrize(
    ("name", "setting"),
    [("sendgrid", "FORTHWITH_SENDGRID_API_KEY"), ("twilio", "FORTHWITH_TWILIO_AUTH_TOKEN"),
     ("twilio", "FORTHWITH_TWILIO_ACCOUNT_SID"), ("twilio", "FORTHWITH_TWILIO_FROM"),
     ("fax_http", "FORTHWITH_FAX_API_KEY"), ("fax_http", "FORTHWITH_FAX_APPLICATION"),
     ("fax_http", "FORTHWITH_FAX_FROM"), ("fax_gateway", "FORTHWITH_FAX_GATEWAY"),
      ("lob", "FORTHWITH_LOB_API_KEY")],
)  # fmt: skip
def test_a_missing_credential_is_named(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, name: str, setting: str
) -> None:
    monkeypatch.delenv(setting)
    settings.cache_clear()
    with pytest.raises(Refusal, match=setting):
        channel(name)


def test_an_unknown_channel_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refusal, match="No channel is called 'pigeon'") as refused:
        channel("pigeon")
    assert "outbox" in refused.value.do


def test_an_installed_package_adds_a_channel_but_never_replaces_ours(provider: Provider, tmp_path: Path) -> None:
    info = tmp_path / "site" / "askable-1.0.dist-info" / "entry_points.txt"
    info.write_text("[forthwith.channels]\naskable = fakes.askable\noutbox = fakes.askable\n")
    assert known()["askable"] == "fakes.askable"
    assert known()["outbox"] == BUILT_IN["outbox"]
    assert channel("outbox").name == "outbox"


def test_only_a_print_file_comes_back_as_a_file(provider: Provider) -> None:
    returning = [one for one in BUILT_IN if isinstance(channel(one), Returning)]
    assert returning == ["print_file"]
