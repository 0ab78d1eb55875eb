"""Anybody with the address reports in two minutes; nobody without it, and nothing readable is left behind."""

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fakes.browser import Browser
from fakes.web_house import House
from sqlalchemy import text
from sqlmodel import Session, select

from forthwith import clock, db
from forthwith.detection import attach, close_incident, links, open_incident
from forthwith.detection.sealing import opened
from forthwith.review import users
from forthwith.settings import settings
from forthwith.timeline.known import latest
from forthwith.timeline.retention import shred
from forthwith.web import reporting
from forthwith.web.app import create_app
from models import IncidentRole, Refusal, ReportLink, Signal

WHAT = 'Ada Lovelace\'s file went to bo@example.org =HYPERLINK("x") <script>alert(1)</script>'
GIVEN = {"what": WHAT, "contact": "Grace Hopper, +44 20 7946 0999", "people": "1 200", "ongoing": "no",
         "kinds": ["contact", "health"], "noticed": "2026-11-17", "happened": "2026-11"}  # fmt: skip


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_NOW", "2026-11-18T12:00:00+00:00")


@pytest.fixture
def house(fresh: str) -> House:
    """The application alone: nothing is laid in it, so that each test begins at once."""
    return House(create_app())


def address(**how: Any) -> str:
    with db.session() as session:
        if "party" in how:
            links.partner(session, how["party"], "Nordwind Logistik GmbH")
        return f"/report/{links.make(session, by='Ola', **how)[1]}"


def report(house: House, path: str, **told: Any) -> httpx.Response:
    return house.browser().send(path, path, {**GIVEN, **told})


def signals() -> list[Signal]:
    with db.session() as session:
        return list(session.exec(select(Signal)).all())


def test_a_report_becomes_a_sealed_signal_with_proposals(house: House) -> None:
    answer = report(house, address())
    assert answer.status_code == 200
    [signal] = signals()
    assert str(signal.id)[-8:].upper() in answer.text
    assert (signal.source, signal.title) == ("report", "Report by an employee: contact, health")
    assert signal.hints["facts"] == {}
    assert signal.hints["suggests"] == {
        "clocks.detected_at": "2026-11-17", "clocks.occurred_from": "2026-11-01", "clocks.occurred_to": "2026-11-18",
        "elements": ["contact", "medical", "name"],
    }  # fmt: skip
    assert signal.hints["details"] == {"kinds": ["contact", "health"], "people": 1200, "ongoing": "no"}
    with db.session() as session:
        assert opened(session, signal)["what"] == WHAT


def test_nothing_that_somebody_wrote_stands_readable_in_the_database(house: House) -> None:
    report(house, address())
    with db.session() as session:
        rows = session.execute(text("select row_to_json(signal)::text, row_to_json(report_link)::text "
                                    "from signal, report_link")).all()  # fmt: skip
    assert rows
    assert [word for word in ("Lovelace", "example.org", "Hopper", "7946") if word in str(rows)] == []


def test_the_report_ends_with_the_incident_that_it_belongs_to(house: House) -> None:
    report(house, address())
    with db.session() as session:
        signal = session.exec(select(Signal)).one()
        incident = open_incident(session, title="A file went astray", actor="Rio", signal=signal)
        assert signal.wrapped_key is None
        assert opened(session, signal)["contact"] == GIVEN["contact"]
        close_incident(session, incident, actor="Rio", gaps=(), reason="a drill")
        shred(session, incident, actor="Ola")
        session.refresh(signal)
        assert signal.sealed is None
        assert opened(session, signal) == {}


def test_the_same_form_sent_twice_is_one_report(house: House) -> None:
    path = address()
    browser = house.browser()
    form = {**GIVEN, **hidden(browser, path)}
    numbers = [re.findall(r"<strong>([0-9A-F]{8})</strong>", browser.post(path, form).text) for _ in range(2)]
    assert numbers[0] == numbers[1] != []
    [signal] = signals()
    with db.session() as session:
        assert (signal.seen, session.exec(select(ReportLink)).one().uses) == (2, 1)


def hidden(browser: Browser, path: str) -> dict[str, str]:
    shown = browser.get(path).text
    return {name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1] for name in ("form_token", "once", "lang")}


def test_a_partner_s_report_states_that_it_lies_with_them_and_gives_them_their_part(house: House) -> None:
    path = address(audience="partner", party="nordwind")
    shown = house.browser().get(path).text
    assert "Nordwind Logistik GmbH" in shown
    assert 'name="contract"' in shown
    report(house, path, contract="DPA 2024-17")
    [signal] = signals()
    assert signal.hints["facts"] == {"breach.source": "processor", "breach.processor.discovered_at": "2026-11-17"}
    with db.session() as session:
        incident = open_incident(session, title="A partner lost a list", actor="Rio")
        attach(session, incident, session.get_one(Signal, signal.id), actor="Rio")
        assert latest(session, incident)["breach.source"] == "processor"
        assert [role.role for role in session.exec(select(IncidentRole))] == ["processor"]


def test_a_partner_who_is_not_sure_of_the_day_states_none(house: House) -> None:
    report(house, address(audience="partner", party="nordwind"), noticed="last week")
    [signal] = signals()
    assert "breach.processor.discovered_at" not in signal.hints["facts"]
    assert signal.hints["suggests"]["breach.processor.discovered_at"] == "2026-11-09"


@pytest.mark.parametrize(("told", "field"), [
    ({"what": "  "}, "what"), ({"what": "x" * 4001}, "what"), ({"noticed": "soon"}, "noticed"),
    ({"happened": "2031"}, "happened"), ({"people": "many"}, "people"), ({"kinds": ["secrets"]}, "what"),
    ({"ongoing": "perhaps"}, "what"),
])  # fmt: skip
def test_a_form_that_can_t_be_taken_is_shown_again_with_what_was_typed(
    house: House, told: dict[str, Any], field: str
) -> None:
    answer = report(house, address(), **told)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert 'role="alert"' in answer.text
    assert "Grace Hopper" in answer.text  # typed anew it would take another two minutes
    assert signals() == []


def test_a_sentence_alone_is_enough(house: House) -> None:
    path = address()
    browser = house.browser()
    assert browser.send(path, path, {"what": "x", "noticed": "soon"}).status_code == 400
    assert browser.send(path, path, {"what": "A bag was lost"}).status_code == 200
    [signal] = signals()
    assert signal.hints["suggests"] == {}
    assert signal.hints["details"] == {"kinds": [], "people": None, "ongoing": "unknown"}


def test_html_stays_text_when_the_form_is_shown_again(house: House) -> None:
    text = report(house, address(), noticed='"><script>x</script>').text
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("wrong", ["x", "A" * 43, "..%2fsign-in", "%00", "é" * 43])
def test_a_wrong_secret_is_no_page(house: House, wrong: str) -> None:
    assert house.browser().get(f"/report/{wrong}").status_code == 404
    assert signals() == []


def test_guessing_is_soon_refused_and_the_office_beside_is_not(house: House) -> None:
    reporting.guesses._buckets.clear()
    guesser = house.browser(address="10.9.9.9")
    answers = [guesser.get(f"/report/{number:043}").status_code for number in range(14)]
    assert answers == [404] * 10 + [429] * 4
    assert house.browser(address="10.1.1.1").get(address()).status_code == 200


@pytest.mark.parametrize("how", ["expired", "revoked"])
def test_an_ended_link_is_no_page(house: House, how: str) -> None:
    path = address(days=1)
    with db.session() as session:
        link = session.exec(select(ReportLink)).one()
        if how == "revoked":
            links.revoke(session, str(link.id)[-8:])
        else:
            link.expires_at = clock.now() - timedelta(seconds=1)
            session.add(link)
    assert house.browser().get(path).status_code == 404


@pytest.mark.parametrize("how", [
    {"audience": "press"}, {"days": 0}, {"days": 9999}, {"audience": "partner"}, {"audience": "employee", "party": "x"},
])  # fmt: skip
def test_a_link_that_makes_no_sense_is_refused(session: Session, how: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        links.make(session, by="Ola", **how)


def test_the_form_speaks_each_language_with_every_word(house: House) -> None:
    path = address()
    english = reporting.words("en")
    for language in reporting.languages():
        words = reporting.words(language)
        assert words.keys() == english.keys()
        assert all(isinstance(word, str) and word for word in words.values())
        answer = house.browser().get(f"{path}?lang={language}")
        assert answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
        assert words["what"] in html.unescape(answer.text)
    assert len(reporting.languages()) == 4


def test_each_field_has_its_label_and_no_script_is_needed(house: House) -> None:
    text = house.browser().get(address(audience="partner", party="nordwind")).text
    fields = re.findall(r'<(?:input|textarea|select)(?![^>]*type="hidden")[^>]* id="([^"]+)"', text)
    assert sorted(fields) == sorted(re.findall(r'<label for="([^"]+)"', text))
    assert set(re.findall(r'aria-describedby="([^"]+)"', text)) <= set(re.findall(r' id="([^"]+)"', text))
    assert "<script" not in text


def test_nothing_of_a_report_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    path = address()
    report(house, path)
    logged = json.dumps([record.getMessage() for record in caplog.records if not record.name.startswith("httpx")])
    assert [word for word in ("Lovelace", "Hopper", "7946", "example.org") if word in logged] == []


@pytest.fixture
def two_a_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "reports_per_day", 2)
    monkeypatch.setattr(settings(), "contact_phone", "+44 20 7946 0111")


@pytest.mark.usefixtures("two_a_day")
def test_a_link_takes_so_many_a_day_and_says_to_the_next_how_else_they_reach_us(house: House) -> None:
    path, other = address(), address()
    browser = house.browser()
    form = {**GIVEN, **hidden(browser, path)}
    assert [browser.post(path, form).status_code for _ in range(2)] == [200, 200], "the same form twice is one"
    assert report(house, path).status_code == 200
    late = report(house, path)
    assert late.status_code == 429
    for told in ("Your report could not be taken", "+44 20 7946 0111", settings().contact_email, "Grace Hopper"):
        assert told in late.text
    assert "Its number is" not in late.text
    assert "Your report could not be taken" in house.browser().get(path).text, "before somebody types for two minutes"
    assert browser.post(path, form).status_code == 200, "what was taken is not refused when it is sent again"
    assert report(house, other).status_code == 200
    assert len(signals()) == 3
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert report(house, path).status_code == 200


@pytest.mark.usefixtures("two_a_day")
def test_the_desk_is_told_for_a_week_what_a_link_refused(house: House) -> None:
    path = address()
    with db.session() as session:
        token = users.add(session, "Rio", role="responder")[1]
    rio = house.browser()
    rio.sign_in(token)
    for _ in range(5):
        report(house, path)
    said = "took 2 reports on 2026-11-18 and refused 3 more"
    assert said in rio.get("/signals").text
    with db.session() as session:
        assert session.exec(select(ReportLink.uses)).one() == 2
        assert [link.refused for link in links.overrun(session)] == [3]
        with clock.frozen(clock.now() + timedelta(days=7)):
            assert links.overrun(session) == []


@pytest.mark.usefixtures("two_a_day")
def test_of_many_reports_at_once_no_more_get_in(house: House) -> None:
    path = address()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: report(house, path).status_code, range(6)))
    assert sorted(answers) == [200, 200, 429, 429, 429, 429]
    with db.session() as session:
        link = session.exec(select(ReportLink)).one()
        assert (link.uses, link.counted, link.refused, len(signals())) == (2, 2, 4, 2)
