"""The pages of affected people: counts and numbers for readers, a person for a reason, and a hand on the scope."""

import re
from pathlib import Path

import pytest
from fakes.browser import Browser
from fakes.web_house import House, decisions, desk_of, review_form
from sqlmodel import select

from forthwith import clock, db, scoping
from models import Delivery, Entry, Evidence, NearMatch, Notice, Person, ScopeChange

CSV = (
    "first name,last name,email,date of birth,ssn,country,state\n"
    "Zelda,Quarles,zelda.quarles@example.net,1970-01-02,078-05-1120,US,WI\n"
    "Zelda,Quarles,zelda.quarles@example.net,1970-01-02,078-05-1120,US,WI\n"
    "Zelda,Quarles,zelda.quarles@example.net,1971-03-04,,US,WI\n"
    "Otmar,Venn,otmar.venn@example.net,1981-05-06,219-09-9999,US,CA\n"
)
PERSONAL = ("Zelda", "Quarles", "zelda.quarles", "Otmar", "078-05", "1970-01-02", "Person 1", "p1@example.org")


def looked() -> list[Entry]:
    with db.session() as session:
        return list(session.exec(select(Entry).where(Entry.verb == "revealed").order_by(Entry.seq)).all())


def changes() -> list[ScopeChange]:
    with db.session() as session:
        return list(session.exec(select(ScopeChange).order_by(ScopeChange.version)).all())


@pytest.fixture
def loaded(house: House, tmp_path: Path) -> House:
    """The house with a file in it: one person of two rows, one who may be the same, one in another state."""
    path = tmp_path / "crm.csv"
    path.write_text(CSV, encoding="utf-8")
    with db.session() as session:
        scoping.load(session, desk_of(session, house).incident, [path], actor="ana")
    return house


def personal(text: str) -> list[str]:
    return [word for word in PERSONAL if word in text]


def approved(house: House) -> None:
    lea = house.browser("legal")
    form = {**review_form(lea, house), "verdict": "approve"}
    assert lea.post(house.path(f"/review/variants/{house.ids['variant']}"), form).status_code == 303
    assert [one.verdict for one in decisions()] == ["approve"]


def numbers(path: str, browser: Browser) -> list[int]:
    return [int(one) for one in re.findall(r'<tr><th scope="row">(\d+)', browser.get(path).text.split('id="list"')[1])]


def test_the_page_counts_and_names_nobody(loaded: House) -> None:
    for role in ("responder", "legal", "approver", "auditor"):
        text = loaded.browser(role).get(loaded.path("/people")).text
        for told in ("US-WI", "US-CA", "Social Security number", "load", "ana", "in scope"):
            assert told in text, role
        assert personal(text) == [], role
    assert loaded.browser("operator").get(loaded.path("/people")).status_code == 403
    assert looked() == []


def test_a_person_opens_for_a_reason_alone_and_that_is_an_entry(loaded: House) -> None:
    rio, path = loaded.browser("responder"), loaded.path("/people/3")
    assert rio.get(path).status_code == 405, "no address shows a person"
    for reason in ("", "  ", "for zelda@example.net", "call +49 30 1234567"):
        answer = rio.send(loaded.path("/people"), path, {"reason": reason})
        assert (answer.status_code, personal(answer.text)) == (400, [])
    assert looked() == []
    text = rio.send(loaded.path("/people"), path, {"reason": "to check a merge"}).text
    for told in ("Zelda Quarles", "zelda.quarles@example.net", "crm.csv, row 0", "crm.csv, row 1"):
        assert told in text
    (entry,) = looked()
    assert (entry.actor, entry.object_id, entry.data["reason"]) == ("Rio", "person 3", "to check a merge")
    assert personal(entry.text + str(entry.data)) == []


@pytest.mark.parametrize("role", ["approver", "auditor", "operator"])
def test_who_only_reads_opens_nobody(loaded: House, role: str) -> None:
    browser = loaded.browser(role)
    answer = browser.send("/incidents", loaded.path("/people/3"), {"reason": "to look"})
    assert (answer.status_code, personal(answer.text)) == (403, [])
    assert 'aria-label="Open person' not in browser.get(loaded.path("/people")).text
    assert looked() == []


def test_legal_opens_and_moves_nobody(loaded: House) -> None:
    lea = loaded.browser("legal")
    text = lea.send(loaded.path("/people"), loaded.path("/people/3"), {"reason": "to answer the authority"}).text
    assert "Zelda Quarles" in text
    assert "Take out of scope" not in text
    form = {"numbers": "3", "reason": "a test account", "act": "remove", "sure": "true"}
    assert lea.send("/incidents", loaded.path("/people/scope"), form).status_code == 403
    assert [one.what for one in changes()] == ["load"]


def test_what_falls_is_said_before_anybody_goes(house: House) -> None:
    approved(house)
    rio, path = house.browser("responder"), house.path("/people/scope")
    form = {"numbers": "2", "reason": "a test account", "act": "remove"}
    text = rio.send(house.path("/people"), path, form).text
    assert "1 approval will fall" in text
    assert "Notice to customers" in text
    assert "approved by Lea" in text
    assert changes() == [], "the first click changes nothing"
    assert rio.send(house.path("/people"), path, {**form, "sure": "true"}).status_code == 303
    (made,) = changes()
    assert (made.what, made.by, made.removed, made.reason) == ("remove", "Rio", 1, "a test account")
    text = rio.get(house.path("/people")).text
    assert "1 taken out of it" in text
    assert "out of scope</span>" in text
    assert rio.send(house.path("/people"), path, {**form, "act": "restore", "sure": "true"}).status_code == 303
    assert [one.what for one in changes()] == ["remove", "restore"]


@pytest.mark.parametrize("typed", ["", "2; drop", "-1", "two", "9" * 12, "1.5"])
def test_odd_numbers_move_nobody(house: House, typed: str) -> None:
    rio = house.browser("responder")
    form = {"numbers": typed, "reason": "a test account", "act": "remove", "sure": "true"}
    assert rio.send(house.path("/people"), house.path("/people/scope"), form).status_code == 400
    assert changes() == []


def test_a_reason_that_names_somebody_moves_nobody(house: House) -> None:
    rio = house.browser("responder")
    for reason in ("", "ask p1@example.org", "Person left us"):
        form = {"numbers": "1", "reason": reason, "act": "remove", "sure": "true"}
        assert rio.send(house.path("/people"), house.path("/people/scope"), form).status_code == 400, reason
    assert changes() == []


def test_the_list_goes_on_by_number_and_shows_who_is_out(loaded: House) -> None:
    rio = loaded.browser("responder")
    assert numbers(loaded.path("/people"), rio) == [1, 2, 3, 4, 5]
    assert numbers(loaded.path("/people?after=3"), rio) == [4, 5]
    assert numbers(loaded.path("/people?after=99999999999999999999"), rio) == [1, 2, 3, 4, 5]
    form = {"numbers": "4", "reason": "a test account", "act": "remove", "sure": "true"}
    rio.send(loaded.path("/people"), loaded.path("/people/scope"), form)
    assert numbers(loaded.path("/people?out=true"), rio) == [4]


def test_two_versions_are_compared_in_counts(loaded: House) -> None:
    rio = loaded.browser("responder")
    form = {"numbers": "5", "reason": "a test account", "act": "remove", "sure": "true"}
    rio.send(loaded.path("/people"), loaded.path("/people/scope"), form)
    first, last = (one.version for one in changes())
    text = rio.get(loaded.path(f"/people/difference?first={first}&last={last}")).text
    row = re.search(r'<th scope="row">US-CA</th>(.*?)</tr>', text)[1]
    assert re.findall(r">(\d+)<", row) == ["1", "0", "1", "0", "0"]
    assert rio.get(loaded.path("/people/difference?first=0&last=99")).status_code == 400


def test_a_persons_deliveries_stand_on_their_page(house: House) -> None:
    with db.session() as session:
        person = session.exec(select(Person).where(Person.number == 1)).one()
        notice = session.exec(select(Notice)).one()
        session.add(Delivery(incident_id=notice.incident_id, notice_id=notice.id, recipient_kind="person", leg=2,
                             recipient_id=person.id, medium="letter", channel="print_file", state="returned",
                             reason="unknown there", state_at=clock.now()))  # fmt: skip
    rio = house.browser("responder")
    text = rio.send(house.path("/people"), house.path("/people/1"), {"reason": "to follow a letter"}).text
    assert "letter, leg 2" in text
    assert "unknown there" in text
    text = rio.send(house.path("/people"), house.path("/people/2"), {"reason": "to follow a letter"}).text
    assert "unknown there" not in text


def test_near_pairs_are_found_opened_and_decided(loaded: House) -> None:
    rio, path = loaded.browser("responder"), loaded.path("/people/near")
    assert "Nobody has searched yet" in rio.get(path).text
    assert rio.send(path, path).status_code == 303
    text = rio.get(path).text
    assert personal(text) == []
    (pair,) = re.findall(r'action="[^"]+/people/near/([0-9a-f-]{36})"', text)
    assert rio.get(f"{path}/{pair}").status_code == 405
    answer = rio.send(path, f"{path}/{pair}", {"reason": ""})
    assert (answer.status_code, personal(answer.text)) == (400, [])
    text = rio.send(path, f"{path}/{pair}", {"reason": "to tell whether they are one"}).text
    assert "Zelda Quarles" in text
    assert "1971-03-04" in text
    assert looked()[-1].object_id == "people 3 and 4"
    decided = {"verdict": "same", "reason": "one customer, misspelt"}
    assert loaded.browser("legal").send(path, f"{path}/{pair}/decide", decided).status_code == 403
    assert rio.send(path, f"{path}/{pair}/decide", decided).status_code == 303
    assert [one.what for one in changes()] == ["load", "same"]
    assert "one customer, misspelt" in rio.get(f"{path}?decided=true").text
    assert rio.send(path, f"{path}/{pair}", {"reason": "again"}).status_code == 404


def test_a_pair_of_another_incident_is_none(loaded: House) -> None:
    rio = loaded.browser("responder")
    rio.send(loaded.path("/people/near"), loaded.path("/people/near"))
    with db.session() as session:
        pair = session.exec(select(NearMatch.id)).one()
    other = loaded.confined("Kim", {"2026-002": "responder"})
    kim = loaded.browser(other)
    answer = kim.send("/incidents", f"/incidents/2026-002/people/near/{pair}", {"reason": "to look"})
    assert (answer.status_code, personal(answer.text)) == (404, [])
    assert looked() == []


def test_a_merge_is_taken_back_with_the_file_given_again(loaded: House) -> None:
    rio, path = loaded.browser("responder"), loaded.path("/people/3/part")
    token = rio.token(loaded.path("/people"))
    form = {"rows": ["1 crm.csv"], "reason": "two customers of one name", "form_token": token}
    wrong = {"files": ("other.csv", b"email\nx@example.org\n")}
    assert rio.post(path, form, files=wrong).status_code == 400
    assert [one.what for one in changes()] == ["load"]
    assert rio.post(path, form, files={"files": ("crm.csv", CSV.encode())}).status_code == 303
    assert [one.what for one in changes()] == ["load", "part"]
    with db.session() as session:
        assert session.exec(select(Evidence)).one().name == "crm.csv"
        assert [one.number for one in session.exec(select(Person).order_by(Person.number))] == [1, 2, 3, 4, 5, 6]


def test_no_address_of_the_pages_carries_a_value(loaded: House) -> None:
    rio = loaded.browser("responder")
    rio.send(loaded.path("/people"), loaded.path("/people/3"), {"reason": "to check"})
    assert personal(" ".join(path for _, path, _ in rio.ledger)) == []
