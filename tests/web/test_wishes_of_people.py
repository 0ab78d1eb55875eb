"""A wish from somebody's own page: what it does by itself, what is left to a person, and what each of them reads."""

import orjson
import pytest
from fakes.own_code import told_by_mail
from fakes.program import Program
from fakes.web_house import House
from sqlmodel import select

from forthwith import db
from forthwith.filling.wishes import wishes_of
from models import Enquiry, Entry, Incident, Person, Wishes

ACTS = {"channel": "goes this way first", "format": "set in large print", "other_language": "comes in this language"}
NOT = "a person reads it and answers here"


def wished(house: House, kind: str, **told: str) -> str:
    """State a wish as person 1; return their page."""
    code, name = told_by_mail(house)
    browser = house.browser(address="10.0.0.9")
    browser.send("/verify", "/mine", {"code": code, "name": name})
    answer = browser.send("/mine", "/mine/ask", {"kind": kind, "lang": "en", **told})
    assert answer.status_code == 303, answer.text
    return browser.get("/mine?lang=en").text


def kept() -> Wishes:
    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        return wishes_of(session, session.get_one(Incident, person.incident_id)).get(person.id, Wishes())


def test_of_two_wishes_the_newer_one_acts_and_the_page_says_so(house: House) -> None:
    wished(house, "channel", choice="email")
    page = wished(house, "channel", choice="letter")
    assert kept().medium == "letter"
    assert ("By e-mail" in page, "By letter" in page) == (True, True)
    assert (ACTS["channel"] in page, NOT in page) == (False, True)


def enquiry() -> Enquiry:
    with db.session() as session:
        return session.exec(select(Enquiry)).one()


@pytest.mark.parametrize(("kind", "choice", "text", "state", "left"), [
    ("channel", "email", "", "done", "nothing is left to do"),
    ("channel", "email", "And who are you?", "open", "They wrote something besides"),
    ("channel", "letter", "", "open", "No address for it is held"),
    ("format", "large_print", "", "open", "whether they need what left already"),
    ("format", "braille", "", "open", "no such form by ourselves"),
    ("other_language", "en", "", "done", "nothing is left to do"),
    ("other_language", "es", "", "open", "have one drafted"),
    ("other_language", "other", "Türkçe", "open", "in their own words"),
])  # fmt: skip
def test_a_wish_says_what_it_does_and_what_is_left(
    house: House, kind: str, choice: str, text: str, state: str, left: str
) -> None:
    page, one = wished(house, kind, choice=choice, text=text), enquiry()
    assert one.state == state
    assert (ACTS[kind] in page, NOT in page) == (one.by_itself, not one.by_itself)
    lea, desk = house.browser("legal"), house.path("/enquiries")
    assert ("taken up by itself" in lea.get(f"{desk}?all=true").text) == one.by_itself
    assert left in lea.send(desk, f"{desk}/1", {"reason": "to answer it"}).text
    api = Program(house, "Lea", "read", "people")
    assert api.get("/enquiries?all=true")["enquiries"][0]["by_itself"] == one.by_itself
    assert left in api.post("/enquiries/1", {"reason": "to answer it"}).json()["left"]


def test_what_is_wished_stands_in_no_entry(house: House) -> None:
    wished(house, "format", choice="large_print", text="I see badly")
    assert kept().large_print
    with db.session() as session:
        told = orjson.dumps([one.model_dump(mode="json") for one in session.exec(select(Entry))]).decode()
        verbs = session.exec(select(Entry.verb).order_by(Entry.seq)).all()
    assert verbs[-2:] == ["asked", "wish_taken_up"]
    assert not any(word in told for word in ("large", "badly", "Person 1"))


def test_a_wish_that_is_refused_acts_no_longer(house: House) -> None:
    wished(house, "format", choice="large_print")
    lea = Program(house, "Lea", "read", "people")
    assert lea.post("/enquiries/1/close", {"act": "refuse"}).status_code == 400, "the person is told why"
    assert kept().large_print
    assert lea.post("/enquiries/1/close", {"act": "refuse", "text": "We print no letters."}).status_code == 200
    assert kept() == Wishes()


def test_another_language_must_be_named(house: House) -> None:
    code, name = told_by_mail(house)
    browser = house.browser(address="10.0.0.9")
    browser.send("/verify", "/mine", {"code": code, "name": name})
    for choice in ("other", "", "<b>", "12"):
        answer = browser.send("/mine", "/mine/ask", {"kind": "other_language", "lang": "en", "choice": choice})
        assert answer.status_code == 422, choice
    assert kept() == Wishes()
