"""Fax by e-mail: one message to the number's address at the gateway, with the ends of any e-mail."""

from collections.abc import Iterator

import pytest
from fakes.mailserver import MailServer, mail_server
from fakes.paper import blank

from forthwith.channels import channel
from forthwith.channels.fax_gateway import FaxGateway, patterned
from forthwith.settings import settings
from models import Accepted, Message, Refusal, Refused, Unknown, new_id


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def gateway(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaxGateway]:
    for name, value in {
        "SMTP_PORT": str(server.port), "SMTP_TLS": "false", "FAX_GATEWAY": "{digits}@fax.example.org", "FAX_PAGES": "2",
        "SMTP_USER": "us", "SMTP_PASSWORD": "pw",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"FORTHWITH_{name}", value)
    settings.cache_clear()
    made = channel("fax_gateway")
    assert isinstance(made, FaxGateway)
    yield made
    made.close()
    settings.cache_clear()


def fax(pdf: bytes, **more: object) -> Message:
    told: dict[str, object] = {
        "key": str(new_id()), "medium": "fax", "to": "+49 (30) 123456", "to_name": "Ada Lovelace", "subject": "Notice",
        "text": "Dear Ada Lovelace, you were affected.", "html": "<p>affected</p>", "attachment": pdf,
    }  # fmt: skip
    return Message(**{**told, **more})  # type: ignore[arg-type]


def test_a_fax_is_an_e_mail_to_the_number_with_the_document_attached(
    gateway: FaxGateway, server: MailServer, pdf: bytes
) -> None:
    sent = fax(pdf)
    assert gateway.send(sent) == Accepted(f"<{sent.key}@example.com>")
    ((to, mail),) = server.taken
    assert to == ["4930123456@fax.example.org"]
    assert mail["Subject"] == "Notice"
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()}
    assert parts["application/pdf"] == pdf
    assert set(parts) == {"application/pdf", "text/plain"}


def test_the_mail_around_it_names_nobody(gateway: FaxGateway, server: MailServer, pdf: bytes) -> None:
    gateway.send(fax(pdf))
    mail = server.taken[0][1]
    bodies = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "text/plain"]
    assert bodies == [b"Notice\r\n"]
    assert "Lovelace" not in "".join(mail.values())


@pytest.mark.parametrize(("pattern", "to"), [("{number}@fax.example.org", "+4930123456@fax.example.org"),
                                             ("fax-{digits}@example.org", "fax-4930123456@example.org")])  # fmt: skip
def test_a_gateways_own_form_of_address_is_a_setting(
    gateway: FaxGateway, server: MailServer, pdf: bytes, pattern: str, to: str
) -> None:
    gateway.pattern = patterned(pattern)
    gateway.send(fax(pdf))
    assert server.taken[0][0] == [to]


@pytest.mark.parametrize(
    "pattern",
    ["fax@example.org", "{digits}", "{name}@x.org", "{digits.x}@x.org", "{0}@x.org", "{@x", "{digits}@x y.org"],
)
def test_a_pattern_that_makes_no_address_is_refused(pattern: str) -> None:
    with pytest.raises(Refusal, match="FORTHWITH_FAX_GATEWAY"):
        patterned(pattern)


@pytest.mark.parametrize(
    "more", [{"to": "030 123456"}, {"to": "4930123456@x.org, y"}, {"attachment": b""}, {"attachment": b"no pdf"}]
)
def test_what_can_be_no_fax_needs_no_server(
    gateway: FaxGateway, server: MailServer, pdf: bytes, more: dict[str, object]
) -> None:
    outcome = gateway.send(fax(pdf, **more))
    assert isinstance(outcome, Refused)
    assert outcome.permanent
    assert (server.logins, server.taken) == (0, [])


def test_a_fax_with_too_many_pages_is_refused(gateway: FaxGateway, server: MailServer) -> None:
    assert gateway.send(fax(blank(3))) == Refused("the fax has 3 pages, at most 2 may go", permanent=True)
    assert server.taken == []


@pytest.mark.parametrize(("code", "permanent"), [("550", True), ("452", False)])
def test_a_gateway_that_refuses_a_number_is_a_refusal(
    gateway: FaxGateway, server: MailServer, pdf: bytes, code: str, permanent: bool
) -> None:
    server.replies["rcpt"] = f"{code} 4930123456 is barred"
    outcome = gateway.send(fax(pdf))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (permanent, False)
    assert "4930123456" not in outcome.reason


def test_hanging_up_after_the_final_dot_leaves_doubt(gateway: FaxGateway, server: MailServer, pdf: bytes) -> None:
    server.replies["data"] = "take_and_hang_up"
    sent = fax(pdf)
    assert isinstance(gateway.send(sent), Unknown)
    assert server.ledger == {sent.key: 1}
    assert gateway.look_up(sent.key) is None


def test_it_never_shows_its_password(gateway: FaxGateway) -> None:
    assert "'pw'" not in repr(gateway)
