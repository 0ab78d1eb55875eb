"""Whoever mails an answer may be killed at any point: nothing is sent twice by itself, and nothing stays hidden."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.web_house import House
from sqlmodel import Session, select

from flows import minute
from forthwith import clock, db, hearing
from forthwith.hearing import Answered
from forthwith.timeline import export
from forthwith.web.enquiries import mail_out
from models import Accepted, Enquiry, Entry, Incident, Message, Person, Wish

WIRE = "forthwith.hearing.mailing.channel"
LATER = timedelta(seconds=41)  # past what one mail may take


class Wire:
    """A mail channel that keeps what it took in a file, which outlives whoever is killed."""

    def __init__(self, ledger: Path, *, kills: str = "") -> None:
        self.ledger, self.kills = ledger, kills

    def send(self, message: Message) -> Accepted:
        if self.kills == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        with self.ledger.open("a") as out:
            out.write(f"{message.to}\n")
        if self.kills == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return Accepted("kept")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "mails"


def mails(ledger: Path) -> list[str]:
    return ledger.read_text().splitlines() if ledger.exists() else []


def incident_of(session: Session, house: House) -> Incident:
    return session.get_one(Incident, house.ids["incident"])


def one() -> Enquiry:
    with db.session() as session:
        return session.exec(select(Enquiry)).one()


def answered(house: House) -> Answered:
    """Ask and answer one enquiry; the mail is committed as on its way, and not handed over yet."""
    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        hearing.ask(session, person, "question", Wish(text="When?", reply_to="ada@example.org"), language="en")
    with db.session() as session:
        mail = hearing.answer(session, incident_of(session, house), 1, "Today.", actor="Lea")
    assert mail
    return mail


def killed(mail: Answered) -> None:
    """Mail in a process of its own, which is killed by kill -9 on the way."""
    child = os.fork()
    if child == 0:
        db.engine().dispose(close=False)  # the connections are the parent's
        mail_out(mail)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.mark.parametrize(("kills", "left"), [("before", []), ("after", ["ada@example.org"])])
def test_a_killed_mailing_comes_into_doubt_and_a_person_decides(
    house: House, monkeypatch: pytest.MonkeyPatch, ledger: Path, kills: str, left: list[str]
) -> None:
    mail = answered(house)
    monkeypatch.setattr(WIRE, lambda _: Wire(ledger, kills=kills))
    killed(mail)
    assert (one().mailed, mails(ledger)) == ("sending", left)
    monkeypatch.setattr(WIRE, lambda _: Wire(ledger))
    rio, queue = house.browser("responder"), house.path("/enquiries")
    assert "Did these answers leave" not in rio.get(queue).text, "it may be on the wire still"
    with clock.frozen(clock.now() + LATER):
        assert "Did these answers leave" in rio.get(queue).text
        assert "1 answer whose mail may not have left" in rio.get("/incidents").text
        minute.tidy()
        assert (one().mailed, mails(ledger)) == ("unknown", left), "nothing goes twice by itself"
        form = {"form_token": rio.token(queue), "act": "again"}
        assert rio.post(f"{queue}/1/mail", form).status_code == 303
        assert rio.post(f"{queue}/1/mail", form).status_code == 400, "pressed twice, it goes once"
    assert (one().mailed, mails(ledger)) == ("accepted", [*left, "ada@example.org"])
    with db.session() as session:
        rows = list(session.exec(select(Entry).order_by(Entry.seq)))
        assert [row.verb for row in rows][-4:] == ["settled", "in_doubt", "resent", "answered"]
        assert export.verify_rows(incident_of(session, house), rows).where == ""


def test_what_never_left_the_house_is_found_by_the_minute_and_may_be_left(house: House, ledger: Path) -> None:
    answered(house)
    assert minute.tidy() == 0
    with clock.frozen(clock.now() + LATER):
        assert [minute.tidy() for _ in range(2)] == [1, 0]
        lea, queue = house.browser("legal"), house.path("/enquiries")
        assert lea.send(queue, f"{queue}/1/mail", {"act": "leave"}).status_code == 303
        assert "Did these answers leave" not in lea.get(queue).text
    assert one().mailed == "left"


def test_a_late_outcome_settles_the_doubt_and_that_of_an_earlier_mailing_changes_nothing(house: House) -> None:
    first = answered(house)
    with clock.frozen(clock.now() + LATER), db.session() as session:
        assert hearing.cut_off(session) == 1
        hearing.noted(session, first, "refused")
    assert one().mailed == "refused"
    with db.session() as session:
        second = hearing.again(session, incident_of(session, house), 1, actor="Rio")
    with db.session() as session:
        hearing.noted(session, first, "accepted")
        hearing.noted(session, second, "unknown")
    assert (one().mailed, second.message == first.message) == ("unknown", True)


def test_only_who_answers_may_decide_about_a_mail(house: House) -> None:
    answered(house)
    with clock.frozen(clock.now() + LATER):
        for role in ("operator", "auditor", "approver"):
            browser, queue = house.browser(role), house.path("/enquiries")
            assert "Send it again" not in browser.get(queue).text
            assert browser.send("/account", f"{queue}/1/mail", {"act": "again"}).status_code == 403
    assert one().mailed == "unknown"
