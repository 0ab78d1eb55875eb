"""An affected person's own page: who gets in, what it tells, what they can ask, and what becomes of it."""

import re
import time
from datetime import timedelta

import orjson
import pytest
from fakes.browser import Browser
from fakes.own_code import told_by_mail
from fakes.web_house import House
from sqlmodel import select

from forthwith import clock, db, keys
from forthwith.web import public
from models import Delivery, Enquiry, Entry, Incident, Person, PersonRecord, Refusal

NAME = "Person"  # every person of the laid desk is called so, and a number


def sent(house: House, number: int = 1, *, state: str = "delivered") -> str:
    """Send a person's notice; return the code in it."""
    return told_by_mail(house, number, state=state)[0]


def entered(house: House, code: str, name: str = NAME, address: str = "10.0.0.9") -> Browser:
    """Return the browser of somebody who typed code and name."""
    browser = house.browser(address=address)
    browser.last = browser.send("/verify", "/mine", {"code": code, "name": name})
    return browser


def inside(house: House, number: int = 1) -> Browser:
    browser = entered(house, sent(house, number))
    assert browser.last.status_code == 303
    return browser


def asked(browser: Browser, kind: str, **told: str):
    return browser.send("/mine", "/mine/ask", {"kind": kind, "lang": "en", **told})


def enquiries() -> list[Enquiry]:
    with db.session() as session:
        return list(session.exec(select(Enquiry).order_by(Enquiry.number)).all())


def entries(verb: str) -> list[Entry]:
    with db.session() as session:
        return list(session.exec(select(Entry).where(Entry.verb == verb).order_by(Entry.seq)).all())


def test_code_and_name_open_the_page_and_it_names_nobody(house: House) -> None:
    page = inside(house).get("/mine")
    assert page.status_code == 200
    assert "Your data and what happened" in page.text
    for secret in ("Person 1", "example.org", house.ids["incident"]):
        assert secret not in page.text


@pytest.mark.parametrize(
    ("code", "name"),
    [("", NAME), ("ABCD-EFGH", NAME), ("REAL", "Nobody"), ("REAL", ""), ("REAL", f"Ana Eva Kim Max Tom {NAME}")],
)
def test_a_wrong_code_and_a_wrong_name_get_the_same_answer(house: House, code: str, name: str) -> None:
    real = sent(house)
    answer = entered(house, real if code == "REAL" else code, name).last
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert real not in answer.text
    blank = entered(house, "0000-0000", "x", address="10.0.0.12").last
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", answer.text) == strip.sub("", blank.text)


@pytest.mark.parametrize("state", ["planned", "held", "failed", "cancelled"])
def test_nobody_gets_in_by_a_notice_that_never_left(house: House, state: str) -> None:
    assert "can&#39;t be opened" in entered(house, sent(house, state=state)).last.text


def test_a_wrong_name_and_a_wrong_code_take_the_same_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "ANSWERED_AFTER", 0.4)
    real, spent = sent(house), []
    for code, name in ((real, "Nobody"), ("ABCD-EFGH", NAME), (real, NAME), ("x", "")):
        browser = house.browser(address=f"10.2.2.{len(spent)}")
        form = {"form_token": browser.token("/verify"), "code": code, "name": name}
        begun = time.monotonic()
        browser.post("/mine", form)
        spent.append(time.monotonic() - begun)
    assert min(spent) >= 0.4
    assert max(spent) - min(spent) < 0.25


def test_guesses_are_limited(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public.asks, "every", 600.0)  # on a slow machine more would be allowed meanwhile
    browser = house.browser(address="10.0.0.77")
    token = browser.token("/verify")
    codes = [browser.post("/mine", {"form_token": token, "code": f"AAAA-000{n}", "name": "x"}).status_code
             for n in range(12)]  # fmt: skip
    assert 429 in codes


def test_the_page_closes_after_half_an_hour_and_by_its_button(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = inside(house)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=31))
    assert browser.get("/mine").headers["location"].startswith("/verify")
    monkeypatch.undo()
    assert browser.send("/mine", "/mine/leave").headers["location"] == "/verify"
    assert browser.get("/mine").status_code == 303


def test_a_forged_cookie_opens_nothing(house: House) -> None:
    browser = inside(house)
    whole = browser.cookies["forthwith_own"]
    browser.cookies.clear()
    for forged in (whole[:-1] + ("0" if whole[-1] != "0" else "1"), "x." + whole.split(".")[1], "", "..."):
        browser.cookies.set("forthwith_own", forged, path="/mine")
        assert browser.get("/mine").status_code == 303
        browser.cookies.clear()


def test_a_notice_is_a_pdf_in_two_sizes(house: House) -> None:
    browser = inside(house)
    plain, large = (browser.get(f"/mine/notice-1.pdf?size={size}") for size in ("plain", "large"))
    assert plain.content.startswith(b"%PDF")
    assert large.content.startswith(b"%PDF")
    assert plain.content != large.content
    assert browser.get("/mine/notice-2.pdf").status_code == 404


def test_a_question_waits_sealed_and_its_answer_comes_back_to_the_page(house: House) -> None:
    browser = inside(house)
    secret = "Is my account at the Lake Bank safe?"
    assert asked(browser, "question", text=secret).headers["location"] == "/mine?lang=en&said=question#wishes"
    assert secret not in orjson.dumps([one.model_dump(mode="json", exclude={"sealed"}) for one in enquiries()]).decode()
    assert secret.encode() not in enquiries()[0].sealed
    legal = house.browser("legal")
    desk = house.path("/enquiries")
    assert secret not in legal.get(desk).text
    assert secret in legal.send(desk, f"{desk}/1", {"reason": "to answer it"}).text
    assert entries("revealed")[0].data == {"what": "enquiry 1", "reason": "to answer it"}
    assert legal.send(desk, f"{desk}/1/answer", {"text": "Yes: no bank data left."}).status_code == 303
    assert "Yes: no bank data left." in browser.get("/mine").text
    assert enquiries()[0].mailed == "not mailed"
    assert all(secret not in one.text and "bank" not in one.text for one in entries("asked") + entries("settled"))


def test_an_answer_goes_out_once_to_the_address_that_was_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, ledger = inside(house), []
    monkeypatch.setattr("forthwith.hearing.mailing.channel", lambda name: Ledger(ledger))
    asked(browser, "question", text="When?", reply_to="ada@example.org")
    legal, desk = house.browser("legal"), house.path("/enquiries/1/answer")
    token = legal.token(house.path("/enquiries"))
    first = legal.post(desk, {"form_token": token, "text": "Today."})
    again = legal.post(desk, {"form_token": token, "text": "Today."})
    assert (first.status_code, again.status_code) == (303, 400)
    assert [(one.to, "Today." in one.text, "When?" in one.text) for one in ledger] == [("ada@example.org", True, False)]
    assert enquiries()[0].mailed == "accepted"


def test_an_answer_stands_on_the_page_where_mail_is_not_set_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_name: str) -> None:
        raise Refusal("SendGrid has no key.", "Set it.")

    monkeypatch.setattr("forthwith.hearing.mailing.channel", absent)
    browser = inside(house)
    asked(browser, "question", text="When?", reply_to="ada@example.org")
    legal = house.browser("legal")
    legal.send(house.path("/enquiries"), house.path("/enquiries/1/answer"), {"text": "Today."})
    assert enquiries()[0].mailed == "refused"
    assert "Today." in browser.get("/mine").text


class Ledger:
    """A mail channel that keeps what it took."""

    def __init__(self, ledger: list) -> None:
        self.ledger = ledger

    def send(self, message):
        from models import Accepted

        self.ledger.append(message)
        return Accepted("kept")


def test_a_corrected_address_is_taken_over_and_voids_what_was_approved(house: House) -> None:
    browser = inside(house)
    asked(browser, "address", address="2 Hill Road\nNewtown", postcode="NT1 1AA", country="gb", email="new@example.org")
    legal, desk = house.browser("responder"), house.path("/enquiries")
    opened = legal.send(desk, f"{desk}/1", {"reason": "to correct it"}).text
    assert "2 Hill Road" in opened
    assert legal.send(desk, f"{desk}/1/close", {"act": "correct", "text": ""}).status_code == 303
    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        incident = session.get(Incident, person.incident_id)
        key = keys.unwrap(incident.id, incident.wrapped_key)
        held = PersonRecord(**orjson.loads(key.open(person.id, person.sealed)))
    assert held.address == ["2 Hill Road", "Newtown"]
    assert (held.postcode, held.country, held.emails[0]) == ("NT1 1AA", "GB", "new@example.org")
    assert "Hill" not in orjson.dumps([one.model_dump(mode="json") for one in entries("corrected")]).decode()
    assert enquiries()[0].state == "done"


@pytest.mark.parametrize(("kind", "told", "what"), [
    ("question", {"text": "  "}, "There is no question yet."),
    ("address", {"address": "one line"}, "There is no address yet."),
    ("address", {"email": "not an address"}, "That is no e-mail address."),
    ("right", {"choice": "revenge"}, "Nothing was chosen."),
    ("channel", {}, "Nothing was chosen."),
    ("nonsense", {"text": "x"}, "There is no such request."),
    ("question", {"text": "x" * 4001}, "The text is too long."),
])  # fmt: skip
def test_an_unfit_request_is_said_so_and_nothing_is_kept(house: House, kind: str, told: dict, what: str) -> None:
    answer = asked(inside(house), kind, **told)
    assert answer.status_code == 422
    assert enquiries() == []
    assert kind == "nonsense" or what in answer.text


def test_nobody_fills_the_queue(house: House) -> None:
    browser = inside(house)
    answers = [asked(browser, "right", choice="access").status_code for _ in range(14)]
    assert answers[:12] == [303] * 12
    assert answers[12:] == [422] * 2
    assert len(enquiries()) == 12


def test_what_somebody_writes_is_data(house: House) -> None:
    browser = inside(house)
    asked(browser, "question", text="<script>alert(1)</script>{{ 7*7 }}")
    legal, desk = house.browser("legal"), house.path("/enquiries")
    shown = legal.send(desk, f"{desk}/1", {"reason": "to answer it"}).text
    assert "<script>alert" not in shown
    assert "{{ 7*7 }}" in shown
    legal.send(desk, f"{desk}/1/answer", {"text": "<b>No</b>"})
    assert "<b>No</b>" not in browser.get("/mine").text


def test_one_person_sees_nothing_of_another(house: House) -> None:
    first, second = inside(house, 1), inside(house, 2)
    asked(first, "question", text="Only mine")
    assert "waiting" in first.get("/mine").text
    assert "waiting" not in second.get("/mine").text


def test_after_the_retention_there_is_no_page(house: House) -> None:
    browser = inside(house)
    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        person.sealed = None
        session.add(person)
    assert browser.get("/mine").status_code == 404


def test_a_notice_that_found_no_way_goes_to_the_corrected_address(house: House) -> None:
    browser = inside(house)
    with db.session() as session:
        sent_one = session.exec(select(Delivery)).one()
        sent_one.state, sent_one.reason = "bounced", "550"
        held = Delivery(**{**sent_one.model_dump(exclude={"id", "created_at"}), "leg": 2, "medium": "none",
                           "channel": "none", "state": "held", "address_key": None,
                           "reason": "no further lawful channel: every address held was tried"})  # fmt: skip
        session.add_all([sent_one, held])
    asked(browser, "address", email="new@example.org")
    legal, desk = house.browser("legal"), house.path("/enquiries")
    assert legal.send(desk, f"{desk}/1/close", {"act": "correct"}).status_code == 303
    with db.session() as session:
        again = session.exec(select(Delivery).where(Delivery.leg == 2)).one()
        assert (again.state, again.medium, again.reason) == ("planned", "email", None)
