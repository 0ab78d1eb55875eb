"""Affected people check a notice: real ones are known, others are not, and nothing else is told."""

import time

import pytest
from fakes.review_desk import add_delivery
from fakes.web_house import House, desk_of
from fakes.web_house import check_code as checked
from sqlmodel import Session, select

from forthwith import clock, db, keys
from forthwith.filling.codes import verification_code
from forthwith.web import public
from forthwith.web.limits import Limit
from forthwith.web.verifying import real
from forthwith.web.wording import FOLDER, best_language, languages, words
from models import Attempt, Incident, Person


def code_of(session: Session, person: Person) -> str:
    incident = session.get(Incident, person.incident_id)
    return verification_code(keys.unwrap(incident.id, incident.wrapped_key), person.id)


def sent(house: House, *, state: str = "delivered", medium: str = "letter") -> str:
    """Send the first person's notice; return the code in it."""
    with db.session() as session:
        person = session.exec(select(Person).order_by(Person.number)).first()
        delivery = add_delivery(session, desk_of(session, house), person, state=state, medium=medium)
        session.add(Attempt(
            incident_id=person.incident_id, delivery_id=delivery.id, n=1, channel="print_file",
            started_at=clock.now(), request_sha256="0" * 64,
        ))  # fmt: skip
        return code_of(session, person)


def test_a_real_notice_is_known_by_its_code(house: House) -> None:
    text = checked(house, sent(house))
    assert "This notice is real" in text
    assert "by letter" in text
    assert "Example Ltd" in text


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_code_is_known_however_it_is_typed(house: House, change) -> None:
    assert "This notice is real" in checked(house, change(sent(house)))


@pytest.mark.parametrize("state", ["accepted", "delivered", "bounced", "returned", "unknown"])
def test_a_notice_that_left_is_real_whatever_became_of_it(house: House, state: str) -> None:
    assert "This notice is real" in checked(house, sent(house, state=state))


@pytest.mark.parametrize("state", ["planned", "held", "cancelled", "failed", "sending"])
def test_a_code_of_a_notice_that_never_left_is_unknown(house: House, state: str) -> None:
    assert "don't know" in checked(house, sent(house, state=state)).replace("&#39;", "'")


def test_nothing_of_the_person_is_told(house: House) -> None:
    code = sent(house)
    text = checked(house, code)
    for secret in ("Person 1", "example.org", "2026-001", "A drill", house.ids["incident"]):
        assert secret not in text


def test_known_and_unknown_codes_take_the_same_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "ANSWERED_AFTER", 0.4)
    known = sent(house)
    spent = []
    for code in (known, "ABCD-EFGH", "x"):
        browser = house.browser(address=f"10.1.1.{len(spent)}")
        data = {"form_token": browser.token("/verify"), "code": code}
        begun = time.monotonic()
        browser.post("/verify", data)
        spent.append(time.monotonic() - begun)
    assert all(one >= 0.4 for one in spent)
    assert max(spent) - min(spent) < 0.25


def test_after_the_retention_the_code_is_unknown(house: House) -> None:
    code = sent(house)
    with db.session() as session:
        incident = session.exec(select(Incident)).one()
        incident.wrapped_key = None
        session.add(incident)
    assert "This notice is real" not in checked(house, code)


def test_one_key_that_can_not_be_opened_hides_no_other_incident(house: House) -> None:
    code = sent(house)
    with db.session() as session:
        session.add(Incident(ref="2026-000", title="Older", opened_by="ana", wrapped_key=b"x" * 60))
    assert "This notice is real" in checked(house, code)


def test_a_drill_says_that_it_is_one(house: House) -> None:
    code = sent(house)
    with db.session() as session:
        incident = session.exec(select(Incident)).one()
        incident.drill = True
        session.add(incident)
    assert "This was an exercise" in checked(house, code)


def test_a_code_finds_no_person_of_another_incident(session: Session, incident: Incident) -> None:
    assert real(session, "ABCD-EFGH") is None
    assert real(session, "") is None


@pytest.mark.parametrize(("chosen", "accepted", "best"), [
    ("de", "", "de"), ("", "de-CH,de;q=0.9,en;q=0.8", "de"), ("", "xx,fr;q=0.5", "fr"), ("zz", "", "en"),
    ("", "", "en"),
    ("../../etc/passwd", "", "en"), ("", "x" * 10_000, "en"),
])  # fmt: skip
def test_the_page_speaks_the_readers_language(chosen: str, accepted: str, best: str) -> None:
    assert best_language(chosen, accepted) == best


def test_every_language_has_every_word() -> None:
    expected = set(words("en"))
    assert len(languages()) == len(list(FOLDER.glob("*.yaml"))) >= 4
    for name in languages():
        assert set(words(name)) == expected, name
        assert all(str(word).strip() for word in words(name).values())


def test_a_limit_gives_back_with_time_and_forgets_the_oldest() -> None:
    limit = Limit(times=2, every=10)
    assert [limit.take("a", now=0), limit.take("a", now=0), limit.take("a", now=0)] == [True, True, False]
    assert not limit.take("a", now=9)
    assert limit.take("a", now=20)
    assert limit.take("b", now=0)
    for number in range(20_100):
        limit.take(str(number), now=1)
    assert len(limit._buckets) == 20_000
