"""A mail server: what is refused before the final dot is clear, what breaks after it is in doubt."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fakes.mailserver import MailServer, mail_server

from forthwith.channels.smtp_mail import SmtpMail
from models import Accepted, Message, Refused, Unknown

Connect = Callable[..., tuple[SmtpMail, MailServer]]


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as stack:

        def made(user: str | None = None, **replies: str) -> tuple[SmtpMail, MailServer]:
            server = stack.enter_context(mail_server(**replies))
            line = SmtpMail("127.0.0.1", server.port, user, "pw", False, 2.0, "notices@example.com")
            stack.callback(line.close)
            return line, server

        yield made


def mail(**more: object) -> Message:
    told: dict[str, object] = {
        "key": str(uuid.uuid4()), "medium": "email", "to": "ada@example.org", "to_name": "Ada", "subject": "About",
        "text": "You were affected.", "html": "<p>You were affected.</p>",
    }  # fmt: skip
    return Message(**{**told, **more})  # type: ignore[arg-type]


def test_a_message_arrives_with_its_delivery_as_message_id(connect: Connect) -> None:
    line, server = connect()
    sent = mail()
    assert line.send(sent) == Accepted(f"<{sent.key}@example.com>")
    ((to, arrived),) = server.taken
    assert to == ["ada@example.org"]
    assert arrived["Message-ID"] == f"<{sent.key}@example.com>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Date"]


def test_many_messages_share_a_connection(connect: Connect) -> None:
    line, server = connect(user="us")
    sent = [mail() for _ in range(5)]
    assert [type(line.send(one)) for one in sent] == [Accepted] * 5
    assert server.logins == 1
    assert server.ledger == {one.key: 1 for one in sent}


def test_a_server_that_went_away_between_two_messages_is_found_again(connect: Connect) -> None:
    line, server = connect()
    line.send(mail())
    assert line._line is not None
    line._line.sock.close()  # type: ignore[union-attr]
    assert isinstance(line.send(mail()), Accepted)
    assert len(server.taken) == 2


@pytest.mark.parametrize("step", ["rcpt", "data"])
@pytest.mark.parametrize(("code", "permanent"), [("550", True), ("452", False), ("421", False), ("554", True)])
def test_a_clear_reply_is_a_refusal(connect: Connect, step: str, code: str, permanent: bool) -> None:
    line, server = connect(**{step: f"{code} said p1@example.org"})
    outcome = line.send(mail())
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (permanent, False)
    assert code in outcome.reason
    assert "example.org" not in outcome.reason
    assert server.taken == []


def test_a_refused_sender_stops_the_channel(connect: Connect) -> None:
    line, _ = connect(mail="553 sender not allowed")
    outcome = line.send(mail())
    assert isinstance(outcome, Refused)
    assert (outcome.stop, outcome.permanent) == (True, False)


def test_a_wrong_login_stops_the_channel(connect: Connect) -> None:
    line, server = connect(user="us", login="no")
    outcome = line.send(mail())
    assert isinstance(outcome, Refused)
    assert outcome.stop
    assert server.taken == []


def test_after_a_refused_recipient_the_next_one_goes(connect: Connect) -> None:
    line, server = connect(rcpt="550 no such user")
    assert isinstance(line.send(mail()), Refused)
    server.replies.clear()
    assert isinstance(line.send(mail()), Accepted)
    assert len(server.taken) == 1


@pytest.mark.parametrize("step", ["mail", "rcpt"])
def test_hanging_up_before_the_message_is_a_refusal_for_now(connect: Connect, step: str) -> None:
    line, server = connect(**{step: "hang_up"})
    outcome = line.send(mail())
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (False, False)
    assert server.taken == []


def test_hanging_up_after_the_final_dot_leaves_doubt(connect: Connect) -> None:
    line, server = connect(data="take_and_hang_up")
    assert isinstance(line.send(mail()), Unknown)
    assert len(server.taken) == 1
    server.replies.clear()
    assert isinstance(line.send(mail()), Accepted), "the next message gets a new connection"


def test_a_strange_reply_after_the_message_says_nothing(connect: Connect) -> None:
    line, _ = connect(data="354 go on and on")
    assert isinstance(line.send(mail()), Unknown)


def test_what_can_be_no_address_needs_no_server(connect: Connect) -> None:
    line, server = connect()
    assert line.send(mail(to="a@b@c.org, x")) == Refused("the address can't be an e-mail address", permanent=True)
    assert server.taken == []


def test_an_address_outside_ascii_goes_only_where_the_server_takes_it(connect: Connect) -> None:
    line, server = connect()
    assert isinstance(line.send(mail(to="jörg@example.org")), Accepted)
    assert server.taken[0][0] == ["jörg@example.org"]
    plain, _ = connect(no_utf8="yes")
    outcome = plain.send(mail(to="jörg@example.org"))
    assert isinstance(outcome, Refused)
    assert outcome.permanent


def test_it_never_shows_its_password(connect: Connect) -> None:
    line, _ = connect(user="us")
    assert "pw" not in repr(line)
    assert line.look_up("x") is None
