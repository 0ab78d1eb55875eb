"""Whole ways of people through the pages, in a real browser: what they type, press and read."""

import re
import uuid

import pytest
from fakes.own_code import told_by_mail
from fakes.review_desk import add_person, add_question
from fakes.seen import PHONE, Seen
from fakes.web_house import desk_of
from sqlmodel import select

from forthwith import db
from forthwith.detection import links
from forthwith.web import own_page, public
from models import Cohort, Decision, Enquiry, Fact, Incident, Signal


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's invented law is unknown to the real stages, and no orchestrator runs; nobody asked before."""
    monkeypatch.setattr("forthwith.assessment.run", lambda *_, actor: None, raising=False)
    monkeypatch.setattr("forthwith.drafting.draft", lambda *_, actor: None)
    monkeypatch.setattr("forthwith.runs.wake", lambda _: True)
    for limit in (public.asks, own_page.asks):
        limit._buckets.clear()
    monkeypatch.setattr(public, "ANSWERED_AFTER", 0.05)


def test_a_report_becomes_an_incident(seen: Seen) -> None:
    with db.session() as session:
        _, secret = links.make(session, by="Ola")
    seen.window(width=PHONE, scripts=False)
    seen.goto(f"/report/{secret}?lang=de")
    seen.page.fill("#what", "Ein Laptop mit der Kundenliste ist weg.")
    seen.page.fill("#noticed", "heute")
    seen.page.fill("#happened", "2026-11")
    seen.page.check("#kind-contact")
    seen.page.fill("#people", "300")
    seen.page.click("main button")
    number = seen.page.inner_text(".answer strong")
    assert re.fullmatch(r"[0-9A-F]{8}", number)
    assert seen.sideways() <= 0

    seen.window()
    seen.sign_in("responder")
    seen.goto("/signals")
    card = seen.page.locator("article", has_text=number)
    card.locator("input[name=title]").fill("Laptop with a list of customers gone")
    card.locator("button[value=open]").click()
    seen.page.wait_for_url("**/incidents/2026-*")
    assert "Laptop with a list of customers gone" in seen.page.inner_text("h1")
    assert "hand in lists of the affected people" in seen.page.inner_text("main")
    with db.session() as session:
        signal = session.exec(select(Signal).where(Signal.source == "report")).one()
        assert session.get(Incident, signal.incident_id).opened_by == "Rio"
    assert seen.wrong == []


def decided() -> list[str]:
    with db.session() as session:
        return [made.verdict for made in session.exec(select(Decision).order_by(Decision.created_at))]


def test_legal_answers_approves_sees_it_void_and_approves_again(seen: Seen) -> None:
    with db.session() as session:
        add_question(session, desk_of(session, seen.house).incident)
    seen.sign_in("legal")
    seen.goto(seen.house.path("/review"))
    seen.page.select_option("#q1", "harm_likely")
    seen.page.fill("#q1r", "Names with numbers of accounts can be misused.")
    seen.page.click("text=Answer and assess again")
    seen.page.wait_for_url("**/review#questions")
    assert "Stated since: " in seen.page.inner_text("main")

    room = seen.house.path(f"/review/variants/{seen.house.ids['variant']}")
    seen.goto(room)
    assert "Approve for 2 recipients" in seen.page.inner_text("#decide ~ form, main")
    seen.page.click("button[value=approve]")
    seen.page.wait_for_url("**/review#notice-*")
    seen.goto(room)
    assert seen.page.inner_text("h2 .mark") == "approved"

    with db.session() as session:
        desk = desk_of(session, seen.house)
        add_person(session, desk.incident, desk.cohort_id, number=3, name="Eve Late")
        cohort = session.exec(select(Cohort)).one()
        cohort.count = 3
        session.add(cohort)
    seen.goto(room)
    assert "is void" in seen.page.inner_text("#void")
    assert "the people: approved 2, now 3" in seen.page.inner_text(".problem")
    assert seen.violations() == []
    seen.page.click("button[value=approve]")
    seen.page.wait_for_url("**/review#notice-*")
    assert decided() == ["approve", "approve"]
    with db.session() as session:
        assert session.exec(select(Fact).where(Fact.name == "answers.test-law.harm")).one().stated_by == "Lea"
    assert seen.wrong == []


def tab_to(seen: Seen, wanted: str) -> None:
    """Press Tab until the focus stands on an element, as somebody does who uses no mouse."""
    for _ in range(60):
        seen.page.keyboard.press("Tab")
        if seen.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            box = seen.page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth] }"
            )
            assert box[0] != "none", f"nobody sees the focus on {wanted}"
            return
    raise AssertionError(f"no Tab leads to {wanted}")


def test_a_person_checks_and_reads_their_notice_on_a_phone_by_keyboard_alone(seen: Seen) -> None:
    code, name = told_by_mail(seen.house)
    page = seen.window(width=PHONE, dark=True)
    seen.goto("/verify")
    tab_to(seen, "#code")
    page.keyboard.type(code.lower())
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.real")
    tab_to(seen, "#own-name")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/mine*")
    assert "Your data and what happened" in page.inner_text("h1")
    assert seen.sideways() <= 0
    tab_to(seen, "#question summary")
    page.keyboard.press("Enter")
    tab_to(seen, "#question-text")
    page.keyboard.type("What shall I do first?")
    tab_to(seen, "#question button")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=question*")
    assert "We have your request." in page.inner_text("main")
    assert code not in page.url
    with db.session() as session:
        assert session.exec(select(Enquiry)).one().kind == "question"
    assert seen.wrong == []


def test_the_page_of_ones_own_works_without_scripts_and_styles(seen: Seen) -> None:
    code, name = told_by_mail(seen.house)
    page = seen.window(width=PHONE, scripts=False)
    page.route("**/style.css", lambda route: route.abort())
    seen.goto("/verify")
    page.fill("#own-code", code)
    page.fill("#own-name", name)
    page.click("form[action='/mine'] button")
    page.wait_for_url("**/mine*")
    text = page.inner_text("main")
    order = [text.index(told) for told in ("Which of your data", "What we told you", "What you want of us")]
    assert order == sorted(order)


def test_a_guesser_gets_nowhere(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public.asks, "every", 600.0)  # on a slow machine more tries would be allowed meanwhile
    told_by_mail(seen.house)
    page = seen.window()
    answers = []
    for n in range(12):
        seen.goto("/verify")
        page.fill("#own-code", f"AAAA-00{n:02}")
        page.fill("#own-name", "Person")
        page.click("form[action='/mine'] button")
        page.wait_for_load_state()
        answers.append(page.inner_text("main"))
    assert {"can't be opened" in answer for answer in answers[:8]} == {True}
    assert "too often" in answers[-1]
    assert page.context.cookies() == []
    assert all("Person 1" not in answer for answer in answers)


def test_a_printed_page_holds_the_notice_and_no_form(seen: Seen) -> None:
    code, name = told_by_mail(seen.house)
    page = seen.page
    seen.goto(f"/verify#{code}")
    page.fill("#own-name", name)
    page.click("form[action='/mine'] button")
    page.wait_for_url("**/mine*")
    page.emulate_media(media="print")
    assert page.is_visible("article.notice")
    assert not page.is_visible("form")
    assert not page.is_visible("header")
    assert uuid.UUID(seen.house.ids["incident"]).hex not in page.content()
