"""Responders open an incident and hand in evidence; nothing half done, nothing readable left behind."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.browser import Browser
from fakes.web_house import House
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from forthwith import clock, db
from forthwith.settings import settings
from forthwith.web import safekeeping
from models import ColumnMapping, Evidence, Fact, Incident, Person, Quarantine

CSV = (
    "First name,Last name,E-mail,Street,City,ZIP,Country,SSN\n"
    "Ada,Muster,ada.muster@example.org,Weg 1,Berlin,10115,DE,\n"
    "Bo,Beispiel,bo@example.org,1 Main St,Springfield,62701,US,123-45-6789\n"
)
TITLE = "Support export sent to the wrong partner"


@pytest.fixture(autouse=True)
def empty_inbox() -> None:
    shutil.rmtree(settings().home / "inbox", ignore_errors=True)


def opened(browser: Browser, **told: object) -> str:
    answer = browser.send("/incidents/new", "/incidents/new", {"title": TITLE, **told})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def hand_in(browser: Browser, path: str, content: bytes = CSV.encode(), name: str = "people.csv"):
    form = {"form_token": browser.token(f"{path}/evidence")}
    return browser.post(f"{path}/evidence", form, files={"file": (name, content, "text/csv")})


def fields_of(text: str) -> dict[str, list[str]]:
    """Return the mapping form as a browser would send it unchanged."""
    columns = re.findall(r'name="column" value="([^"]*)"', text)
    selects = re.findall(r'<select id="field\d+" name="field">(.*?)</select>', text, re.S)
    chosen = [(re.search(r'value="([^"]*)" selected', one) or re.match(r"()", one))[1] for one in selects]
    token = re.search(r'name="form_token" value="([^"]+)"', text)[1]
    return {"form_token": [token], "column": columns, "field": chosen}


def target(text: str) -> str:
    return re.search(r'action="(/incidents/[^"]+/evidence/[^"]+)"', text)[1]


def inbox() -> list[Path]:
    return [path for path in (settings().home / "inbox").rglob("*") if path.is_file()]


def test_the_form_opens_an_incident_with_what_is_known_and_no_more(house: House) -> None:
    browser = house.browser("responder")
    path = opened(
        browser, aware_at="2026-11-18T07:40", properties=["confidentiality"], answers=["phishing", "", "attacker"],
        drill="true",
    )  # fmt: skip
    with db.session() as session:
        incident = session.exec(select(Incident).where(Incident.ref == path.rsplit("/", 1)[1])).one()
        facts = {f.name: f.value for f in session.exec(select(Fact).where(Fact.incident_id == incident.id))}
    assert (incident.opened_by, incident.drill, incident.title) == ("Rio", True, TITLE)
    assert facts == {
        "breach.cause": "phishing", "breach.recipients": "attacker", "breach.properties": ["confidentiality"],
        "clocks.aware_at": "2026-11-18T07:40:00Z",
    }  # fmt: skip
    assert "2026-11-18 07:40 UTC" in browser.get(path).text


@pytest.mark.parametrize("told", [
    {"title": ""}, {"title": "Mail of ada@example.org lost"}, {"title": "x" * 201}, {"aware_at": "the other day"},
    {"aware_at": "2199-01-01"},
    {"answers": ["alien_invasion"]}, {"properties": ["secrecy"]},
])  # fmt: skip
def test_a_bad_form_opens_nothing(house: House, told: dict[str, object]) -> None:
    answer = house.browser("responder").send("/incidents/new", "/incidents/new", {"title": TITLE, **told})
    assert answer.status_code == 400
    with db.session() as session:
        assert [incident.ref for incident in session.exec(select(Incident))] == [house.ref]
        assert session.exec(select(Fact)).all() == []


@pytest.mark.parametrize(("aware", "occurred", "stated"), [
    ("unknown", "", {}), ("?", "unbekannt", {}),
    ("2026-10", "2026-09", {"clocks.aware_at": "2026-10-01", "clocks.occurred_from": "2026-09-01",
                            "clocks.occurred_to": "2026-09-30"}),
    ("2026-10-02", "2026-10-01", {"clocks.aware_at": "2026-10-02", "clocks.occurred_from": "2026-10-01"}),
])  # fmt: skip
def test_a_time_may_be_known_in_part_or_not_at_all(
    house: House, aware: str, occurred: str, stated: dict[str, str]
) -> None:
    path = opened(house.browser("responder"), aware_at=aware, occurred_from=occurred)
    with db.session() as session:
        incident = session.exec(select(Incident).where(Incident.ref == path.rsplit("/", 1)[1])).one()
        facts = list(session.exec(select(Fact).where(Fact.incident_id == incident.id)))
    assert {fact.name: fact.value for fact in facts} == stated
    wide = "said as: 2026-10; 2026-09; the first day is taken"
    assert {fact.reason for fact in facts} <= {wide if aware == "2026-10" else None}


def test_a_file_is_shown_masked_and_loaded_only_when_confirmed(house: House) -> None:
    browser = house.browser("responder")
    page = hand_in(browser, house.path())
    assert page.status_code == 200
    assert "E-mail" in page.text
    for secret in ("ada.muster@example.org", "123-45-6789", "Muster", "Main St"):
        assert secret not in page.text
    with db.session() as session:
        assert session.exec(select(Evidence)).all() == []
    answer = browser.post(target(page.text), {**fields_of(page.text), "act": "load"})
    assert answer.status_code == 303, answer.text
    with db.session() as session:
        (file,) = session.exec(select(Evidence)).all()
        assert (file.name, file.rows_in, file.handed_in_by) == ("people.csv", 2, "Rio")
        assert len(session.exec(select(Person)).all()) == 4  # two were there before
        assert session.exec(select(ColumnMapping)).one().confirmed_by == "Rio"
        assert session.exec(select(Quarantine)).all() == []
    assert inbox() == []
    assert "people.csv" in browser.get(answer.headers["location"]).text


def test_a_kept_file_is_unreadable_on_disk(house: House) -> None:
    hand_in(house.browser("responder"), house.path())
    (kept,) = inbox()
    content = kept.read_bytes()
    for secret in (b"Muster", b"example.org", b"people.csv"):
        assert secret not in content
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_columns_may_be_set_otherwise_before_loading(house: House) -> None:
    browser = house.browser("responder")
    page = hand_in(browser, house.path(), b"Who,Where to write\nAda Muster,ada@example.org\nBo B,bo@example.org\n")
    form = fields_of(page.text)
    form["field"] = ["full_name", "email"]
    again = browser.post(target(page.text), {**form, "act": "look"})
    assert again.status_code == 200
    assert fields_of(again.text)["field"] == ["full_name", "email"]
    assert browser.post(target(again.text), {**fields_of(again.text), "act": "load"}).status_code == 303
    with db.session() as session:
        assert session.exec(select(Evidence)).one().rows_loaded == 2


@pytest.mark.parametrize(("content", "said"), [
    (b"", "empty"), (b"%PDF-1.7 x", "PDF"), (b"a,b\n", "row"), (b"\x7fELF\x00", "program"),
])  # fmt: skip
def test_a_file_that_is_no_evidence_is_refused_and_not_kept(house: House, content: bytes, said: str) -> None:
    answer = hand_in(house.browser("responder"), house.path(), content)
    assert answer.status_code == 400
    assert said in answer.text
    assert inbox() == []


def test_a_mapping_that_can_not_be_loads_nothing_and_keeps_the_file_for_another_try(house: House) -> None:
    browser = house.browser("responder")
    page = hand_in(browser, house.path())
    form = fields_of(page.text)
    bad = {**form, "field": ["no_such_field"] * len(form["column"]), "act": "load"}
    assert browser.post(target(page.text), bad).status_code == 400
    assert browser.post(target(page.text), {**form, "act": "load", "party": "nobody"}).status_code == 400
    with db.session() as session:
        assert session.exec(select(Evidence)).all() == []
        assert session.exec(select(ColumnMapping)).all() == []
    assert browser.post(target(page.text), {**form, "act": "load"}).status_code == 303


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x.csv", "..\\..\\x.csv", "/etc/passwd.csv", "a\x00b.csv", "..csv"]
)
def test_a_file_name_never_leads_out_of_the_inbox(house: House, name: str) -> None:
    browser = house.browser("responder")
    page = hand_in(browser, house.path(), name=name)
    assert page.status_code == 200
    assert browser.post(target(page.text), {**fields_of(page.text), "act": "load"}).status_code == 303
    with db.session() as session:
        kept = session.exec(select(Evidence)).one().name
    assert "/" not in kept
    assert "\\" not in kept
    assert not kept.startswith(".")
    assert inbox() == []


@given(st.text(max_size=300))
def test_a_safe_name_is_one_plain_component(name: str) -> None:
    safe = safekeeping.safe_name(name)
    assert safe
    assert len(safe) <= safekeeping.LONGEST
    assert Path(safe).name == safe
    assert safe.isprintable()
    assert not safe.startswith(".")


def test_a_file_of_one_incident_is_not_found_under_another(house: House) -> None:
    browser = house.browser("responder")
    other = opened(browser)
    page = hand_in(browser, house.path())
    stolen = target(page.text).replace(house.path(), other)
    assert browser.post(stolen, {**fields_of(page.text), "act": "load"}).status_code == 404


def test_a_file_that_nobody_loads_is_gone_after_a_day(house: House) -> None:
    browser = house.browser("responder")
    hand_in(browser, house.path())
    (old,) = inbox()
    with db.session() as session, clock.frozen(clock.now() + timedelta(hours=25)):
        incident = session.exec(select(Incident)).one()
        safekeeping.keep(incident, "new.csv", b"x")
    assert old not in inbox()
    assert len(inbox()) == 1


def test_a_stranger_can_not_hand_in_even_a_small_large_file(house: House) -> None:
    files = {"file": ("x.csv", b"x" * 200_000, "text/csv")}
    assert house.browser().post(house.path("/evidence"), {"form_token": "x"}, files=files).status_code == 413
    assert inbox() == []


def test_a_closed_incident_offers_no_form_for_files(house: House) -> None:
    with db.session() as session:
        incident = session.exec(select(Incident)).one()
        incident.phase = "closed"
        session.add(incident)
    assert 'type="file"' not in house.browser("responder").get(house.path("/evidence")).text


def test_legal_may_look_at_evidence_and_not_hand_it_in(house: House) -> None:
    browser = house.browser("legal")
    page = browser.get(house.path("/evidence"))
    assert page.status_code == 200
    assert 'type="file"' not in page.text
    assert hand_in_with_token(browser, house).status_code == 403


def hand_in_with_token(browser: Browser, house: House):
    form = {"form_token": browser.token(house.path("/evidence"))}
    return browser.post(house.path("/evidence"), form, files={"file": ("x.csv", CSV.encode(), "text/csv")})
