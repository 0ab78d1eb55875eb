"""Legal's forms on the page: duties decided, questions answered, and what is drafted again after them."""

import re
import uuid

import pytest
from fakes.browser import Browser
from fakes.review_desk import add_duty, add_question, add_variant
from fakes.web_house import House, desk_of
from sqlmodel import select

from forthwith import db
from models import Entry, Fact, Obligation, Question, Refusal


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The ledger of stages that were run again, and by whom; the desk's invented law is unknown to the real ones."""
    ledger: list[tuple[str, str]] = []
    monkeypatch.setattr("forthwith.assessment.run", lambda *_, actor: ledger.append(("assessed", actor)), raising=False)
    monkeypatch.setattr("forthwith.drafting.draft", lambda *_, actor: ledger.append(("drafted", actor)))
    return ledger


def asked(house: House, key: str) -> str:
    with db.session() as session:
        return str(add_question(session, desk_of(session, house).incident, key=key).id)


def undecided(house: House) -> str:
    with db.session() as session:
        return str(add_duty(session, desk_of(session, house).incident, key="test-law.media:DE", verdict="review").id)


def answer(browser: Browser, house: House, ident: str, **told: object):
    return browser.send(house.path("/review"), house.path(f"/review/questions/{ident}"), told)


def decide(browser: Browser, house: House, ident: str, **told: object):
    return browser.send(house.path("/review"), house.path(f"/review/duties/{ident}"), told)


def facts() -> dict[str, object]:
    with db.session() as session:
        return {fact.name: fact.value for fact in session.exec(select(Fact))}


def duty(ident: str) -> Obligation:
    with db.session() as session:
        return session.get_one(Obligation, uuid.UUID(ident))


def test_a_judgement_is_answered_and_the_program_assesses_and_drafts_again(house: House, stages: list) -> None:
    ident = asked(house, "test-law.harm")
    reply = answer(
        house.browser("legal"), house, ident, value="harm_likely", reason="Bank data.", consulted="law_enforcement, dpo"
    )
    assert reply.status_code == 303
    kept = facts()["answers.test-law.harm"]
    assert (kept["value"], kept["consulted"]) == ("harm_likely", ["law_enforcement", "dpo"])
    assert stages == [("assessed", "forthwith"), ("drafted", "forthwith")]  # never in the reviewer's own name


@pytest.mark.parametrize("told", [
    {"value": "harm_likely", "reason": ""}, {"value": "perhaps", "reason": "Not sure."},
    {"value": "<script>", "reason": "x"}, {"value": "harm_likely", "reason": "Ask ada@example.org"},
])  # fmt: skip
def test_a_judgement_that_can_not_stand_is_refused_whole(house: House, stages: list, told: dict[str, str]) -> None:
    ident = asked(house, "test-law.harm")
    assert answer(house.browser("legal"), house, ident, **told).status_code == 400
    assert facts() == {}
    assert stages == []


def test_a_responder_answers_facts_and_no_judgement(house: House, stages: list) -> None:
    browser = house.browser("responder")
    assert answer(browser, house, asked(house, "test-law.harm"), value="harm_likely", reason="x").status_code == 403
    assert facts() == {}
    assert answer(browser, house, asked(house, "breach.systemic"), value="no").status_code == 303
    assert facts() == {"breach.systemic": "no"}


def test_several_words_are_ticked_and_kept_as_a_list(house: House, stages: list) -> None:
    ident = asked(house, "breach.mitigations")
    browser = house.browser("legal")
    page = browser.get(house.path("/review")).text
    assert re.search(r'type="checkbox" id="q\d-1" name="value" value="deletion_confirmed"', page)
    assert answer(browser, house, ident, value=["remote_wipe", "access_disabled"]).status_code == 303
    assert facts() == {"breach.mitigations": ["remote_wipe", "access_disabled"]}


@pytest.mark.parametrize(("key", "value"), [
    ("breach.mitigations", "magic"), ("breach.cause", "aliens"), ("clocks.contained_at", "soon"),
    ("notice.cost_usd", "-1"),
])  # fmt: skip
def test_a_fact_says_only_what_its_name_allows(house: House, stages: list, key: str, value: str) -> None:
    assert answer(house.browser("legal"), house, asked(house, key), value=value).status_code == 400
    assert facts() == {}


def test_a_question_without_a_fact_shows_the_way_and_no_form(house: House, stages: list) -> None:
    ident = asked(house, "people.jurisdiction")
    browser = house.browser("legal")
    page = browser.get(house.path("/review")).text
    assert "Load evidence that tells" in page
    assert f"/review/questions/{ident}" not in page
    assert answer(browser, house, ident, value="DE", reason="x").status_code == 400


def test_the_choices_of_a_judgement_are_those_of_the_law(house: House, stages: list) -> None:
    asked(house, "test-law.harm")
    page = house.browser("legal").get(house.path("/review")).text
    assert '<option value="no_harm_likely">no harm likely</option>' in page
    assert "cannot_be_determined" not in page  # this law doesn't know it


def test_a_responder_sees_no_form_for_a_judgement(house: House, stages: list) -> None:
    ident = asked(house, "test-law.harm")
    assert f"/review/questions/{ident}" not in house.browser("responder").get(house.path("/review")).text


def test_an_answered_question_of_an_older_assessment_is_refused(house: House, stages: list) -> None:
    ident = asked(house, "breach.systemic")
    with db.session() as session:
        question = session.get_one(Question, uuid.UUID(ident))
        question.current = False
        session.add(question)
    assert answer(house.browser("legal"), house, ident, value="no").status_code == 400
    assert facts() == {}


def test_a_duty_is_decided_with_its_reason_and_drafted_again(house: House, stages: list) -> None:
    ident = undecided(house)
    reply = decide(house.browser("legal"), house, ident, verdict="do_not_notify", reason="Fewer than 500 people.")
    assert reply.status_code == 303
    assert (duty(ident).effective, duty(ident).decided_by) == ("do_not_notify", "Lea")
    assert stages == [("drafted", "forthwith")]
    page = house.browser("legal").get(house.path("/review")).text
    assert "Decided by Lea, where the law said review: Fewer than 500 people." in page


@pytest.mark.parametrize("told", [
    {"verdict": "do_not_notify"}, {"verdict": "do_not_notify", "reason": " "}, {"verdict": "review", "reason": "x"},
    {"verdict": "approve", "reason": "x"},
])  # fmt: skip
def test_a_duty_is_not_waived_without_reason_or_otherwise(house: House, stages: list, told: dict[str, str]) -> None:
    ident = undecided(house)
    assert decide(house.browser("legal"), house, ident, **told).status_code == 400
    assert duty(ident).effective == "review"
    assert stages == []


def test_a_responder_decides_no_duty(house: House, stages: list) -> None:
    ident = undecided(house)
    assert decide(house.browser("responder"), house, ident, verdict="notify").status_code == 403
    assert duty(ident).effective == "review"


def test_a_missing_fact_of_the_words_undoes_no_answer(
    house: House, stages: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacks(*_: object, actor: str) -> None:
        raise Refusal("The block needs breach.mitigations.", "State: breach.mitigations.")

    monkeypatch.setattr("forthwith.drafting.draft", lacks)
    reply = answer(house.browser("legal"), house, asked(house, "breach.systemic"), value="no")
    assert reply.status_code == 200
    assert "Your word is kept" in reply.text
    assert "State: breach.mitigations." in reply.text
    assert facts() == {"breach.systemic": "no"}


def test_a_failing_assessment_undoes_the_answer_with_it(
    house: House, stages: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, actor: str) -> None:
        raise Refusal("A law's record can't be read.", "Mend it.")

    monkeypatch.setattr("forthwith.assessment.run", fails, raising=False)
    assert answer(house.browser("legal"), house, asked(house, "breach.systemic"), value="no").status_code == 400
    assert facts() == {}


def test_the_waived_last_duty_opens_the_gate_and_wakes_the_flow(
    house: House, stages: list, woken: list[uuid.UUID]
) -> None:
    assert decide(
        house.browser("legal"), house, house.ids["duty"], verdict="do_not_notify", reason="Encrypted, key safe."
    ).status_code == 303  # fmt: skip
    assert [str(one) for one in woken] == [house.ids["incident"]]


def test_reasons_stand_in_the_timeline_page_as_text(house: House, stages: list) -> None:
    decide(house.browser("legal"), house, undecided(house), verdict="notify", reason="<b>Bold</b> reason.")
    page = house.browser("operator").get(house.path("/timeline")).text
    assert "&lt;b&gt;Bold&lt;/b&gt; reason." in page
    with db.session() as session:
        assert [e.data["reason"] for e in session.exec(select(Entry)) if e.verb == "decided"] == ["<b>Bold</b> reason."]


def test_a_letter_is_shown_as_the_pdf_that_will_be_printed(house: House) -> None:
    from pypdfium2 import PdfDocument

    with db.session() as session:
        desk = desk_of(session, house)
        letter = add_variant(session, desk.incident, desk.notice, medium="letter").id
    browser = house.browser("legal")
    assert f"{letter}/preview.pdf" in browser.get(house.path("/review")).text
    reply = browser.get(house.path(f"/review/variants/{letter}/preview.pdf"))
    assert reply.headers["content-type"] == "application/pdf"
    document = PdfDocument(reply.content)
    text = document[0].get_textpage().get_text_bounded()
    assert "Alex Sample" in text
    document.close()


def test_a_wording_that_never_goes_onto_paper_has_no_pdf(house: House) -> None:
    browser = house.browser("legal")
    assert "preview.pdf" not in browser.get(house.path("/review")).text
    assert browser.get(house.path(f"/review/variants/{house.ids['variant']}/preview.pdf")).status_code == 400
