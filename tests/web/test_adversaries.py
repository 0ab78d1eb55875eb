"""What must never happen on the web, tried."""

import re

import httpx
import pytest
from fakes.browser import HOST, Browser
from fakes.review_desk import add_question, add_variant
from fakes.web_house import House, decisions, desk_of, review_form

from forthwith import approval, db
from forthwith.review import users
from models import Incident, Notice, Obligation, Refusal

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def decide(browser: Browser, house: House, verdict: str = "approve", **more: str) -> httpx.Response:
    return browser.post(
        house.path(f"/review/variants/{house.ids['variant']}"),
        {**review_form(browser, house), "verdict": verdict, **more},
    )


def test_legal_approves_on_the_page_and_the_gate_opens(house: House) -> None:
    browser = house.browser("legal")
    answer = decide(browser, house)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(house.path("/review#"))
    (made,) = decisions()
    assert (made.by, made.verdict) == ("Lea", "approve")
    assert "The gate is open" in browser.get(house.path("/review")).text


def test_the_author_can_not_approve_on_the_page(house: House) -> None:
    with db.session() as session:
        desk = desk_of(session, house)
        desk.variant.drafted_by = "Lea"
        session.add(desk.variant)
    answer = decide(house.browser("legal"), house)
    assert answer.status_code == 403
    assert "may not approve" in answer.text
    assert decisions() == []


def test_a_removed_user_is_out_at_once(house: House) -> None:
    browser = house.browser("legal")
    form = review_form(browser, house)
    with db.session() as session:
        users.remove(session, "Lea")
    path = house.path(f"/review/variants/{house.ids['variant']}")
    assert browser.post(path, {**form, "verdict": "approve"}).status_code == 401
    assert browser.get("/incidents").status_code == 303
    assert browser.sign_in(house.tokens["legal"]).status_code == 403
    assert decisions() == []


def test_a_renewed_token_ends_the_sessions_of_the_old_one(house: House) -> None:
    browser = house.browser("legal")
    with db.session() as session:
        users.renew(session, "Lea")
    assert browser.get("/incidents").status_code == 303


def test_what_changed_after_the_page_was_read_is_not_approved(house: House) -> None:
    browser = house.browser("legal")
    form = review_form(browser, house)
    with db.session() as session:
        desk_of(session, house).person(number=9, name="Late Comer")
    answer = browser.post(house.path(f"/review/variants/{house.ids['variant']}"), {**form, "verdict": "approve"})
    assert answer.status_code == 400
    assert "changed since you read it" in answer.text
    assert decisions() == []


def test_titles_comments_reasons_and_traces_are_data_on_every_page(house: House) -> None:
    with db.session() as session:
        desk = desk_of(session, house)
        desk.incident.title, desk.notice.title = EVIL, EVIL
        desk.duty.decided_verdict, desk.duty.decided_by, desk.duty.decided_reason = "notify", "Lea", EVIL
        desk.duty.detail = {"because": [EVIL, {"x": EVIL}]}
        question = add_question(session, desk.incident)
        question.text = EVIL
        add_variant(session, desk.incident, desk.notice, medium="sms", text=EVIL)
        session.add_all([desk.incident, desk.notice, desk.duty, question])
    browser = house.browser("legal")
    for path in ("/incidents", house.path(), house.path("/review"), house.path("/timeline")):
        text = browser.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
    assert "&lt;script&gt;alert(1)" in browser.get(house.path("/review")).text


def test_a_comment_with_markup_comes_back_as_text(house: House) -> None:
    browser = house.browser("legal")
    assert decide(browser, house, "ask", comment=EVIL).status_code == 303
    text = browser.get(house.path("/review")).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_the_session_cookie_is_not_for_scripts_or_other_sites(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from forthwith.settings import settings

    browser = house.browser()
    said = browser.sign_in(house.tokens["legal"]).headers["set-cookie"]
    assert "HttpOnly" in said
    assert "SameSite=strict" in said
    assert "Secure" not in said
    monkeypatch.setattr(settings(), "public_url", "https://notices.example")
    answer = house.browser().sign_in(house.tokens["legal"])
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]


def test_a_failure_says_nothing_of_anybody(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("Ada Muster, ada@example.org")

    monkeypatch.setattr("forthwith.web.incidents.people_counts", fails)
    answer = house.browser("legal").get(house.path())
    assert answer.status_code == 500
    assert "Ada" not in answer.text
    assert "ada@" not in caplog.text
    assert "ValueError in fails" in caplog.text
    assert answer.headers["content-security-policy"]


def test_a_wording_of_another_incident_is_not_shown_under_this_one(house: House) -> None:
    with db.session() as session:
        other = Incident(ref="2026-002", title="Other", opened_by="ana")
        session.add(other)
        session.flush()
        notice = Notice(incident_id=other.id, key="k", title="t", audience="individuals")
        session.add(notice)
        session.flush()
        variant = add_variant(session, other, notice)
    browser = house.browser("legal")
    assert browser.get(house.path(f"/review/variants/{variant.id}/preview.html")).status_code == 404
    form = {**review_form(browser, house), "verdict": "approve"}
    assert browser.post(house.path(f"/review/variants/{variant.id}"), form).status_code == 404
    assert decisions() == []


def test_two_tabs_that_approve_the_same_make_one_decision(house: House) -> None:
    one, two = house.browser("legal"), house.browser("legal")
    assert decide(one, house).status_code == 303
    assert decide(two, house).status_code == 303
    assert len(decisions()) == 1


def test_an_approval_on_the_page_stands_for_the_sender(house: House) -> None:
    decide(house.browser("legal"), house)
    with db.session() as session:
        assert approval.standing(session, desk_of(session, house).variant).approved


def test_an_undecided_duty_is_said_on_the_page(house: House) -> None:
    with db.session() as session:
        duty = session.get(Obligation, house.ids["duty"])
        duty.verdict = "review"
        session.add(duty)
    answer = decide(house.browser("legal"), house)
    assert answer.status_code == 400
    assert "undecided" in answer.text
    assert decisions() == []


def test_the_pages_leave_no_code_or_token_in_an_address(house: House) -> None:
    browser = house.browser("legal")
    decide(browser, house)
    browser.send("/verify", "/verify", {"code": "ABCD-EFGH"})
    asked = [path for _, path, _ in browser.ledger]
    assert not any("fw_" in path or "ABCD" in path for path in asked)
    assert HOST not in asked


def everything_seen(browser: Browser, house: House) -> list[str]:
    return re.findall(r'name="seen" value="([^"]+)"', browser.get(house.path("/review")).text)


def approve_all(browser: Browser, house: House, seen: list[str]) -> httpx.Response:
    return browser.send(house.path("/review"), house.path("/review/variants"), {"seen": seen})


def with_letter(house: House, **told: str) -> None:
    with db.session() as session:
        desk = desk_of(session, house)
        add_variant(session, desk.incident, desk.notice, medium="letter", **told)


def test_all_wordings_that_were_read_are_approved_at_once(house: House) -> None:
    with_letter(house)
    browser = house.browser("legal")
    seen = everything_seen(browser, house)
    assert len(seen) == 2
    assert approve_all(browser, house, seen).status_code == 303
    assert {made.verdict for made in decisions()} == {"approve"}
    assert len(decisions()) == 2


def test_one_own_draft_among_many_leaves_none_approved(house: House) -> None:
    with_letter(house, drafted_by="Lea")
    browser = house.browser("legal")
    assert approve_all(browser, house, everything_seen(browser, house)).status_code == 403
    assert decisions() == []


@pytest.mark.parametrize("spoil", [lambda one: one.split()[0], lambda one: "none " + one, lambda one: one + "0"])
def test_one_wording_that_was_not_read_so_leaves_none_approved(house: House, spoil) -> None:
    with_letter(house)
    browser = house.browser("legal")
    first, second = everything_seen(browser, house)
    assert approve_all(browser, house, [first, spoil(second)]).status_code in (400, 404)
    assert decisions() == []


def test_the_button_for_all_is_not_there_while_a_duty_is_undecided(house: House) -> None:
    with_letter(house)
    with db.session() as session:
        duty = session.get(Obligation, house.ids["duty"])
        duty.verdict = "review"
        session.add(duty)
    assert everything_seen(house.browser("legal"), house) == []


def test_the_decision_that_opens_the_gate_wakes_the_flow_and_no_other_does(house: House, woken: list[object]) -> None:
    with_letter(house)
    browser = house.browser("legal")
    assert decide(browser, house).status_code == 303
    assert woken == []
    assert approve_all(browser, house, everything_seen(browser, house) or unapproved(browser, house)).status_code == 303
    assert [str(one) for one in woken] == [house.ids["incident"]]


def unapproved(browser: Browser, house: House) -> list[str]:
    """Return what the decision forms of the page send, as the form for all would."""
    text = browser.get(house.path("/review")).text
    return [" ".join(pair) for pair in re.findall(r'variants/([0-9a-f-]+)">.*?name="seal" value="([^"]+)"', text, re.S)]


def test_a_decision_stands_where_no_orchestrator_answers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_: object) -> bool:
        raise Refusal("No Prefect server answers.", "Start it.")

    monkeypatch.setattr("forthwith.runs.wake", unreachable)
    assert decide(house.browser("legal"), house).status_code == 303
    assert len(decisions()) == 1
