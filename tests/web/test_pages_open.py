"""The pages show what they must, to whom they may."""

from fakes.web_house import House

from forthwith import db
from models import Variant


def test_a_sms_is_shown_with_its_parts(house: House) -> None:
    from fakes.review_desk import add_variant
    from fakes.web_house import desk_of

    with db.session() as session:
        desk = desk_of(session, house)
        add_variant(session, desk.incident, desk.notice, medium="sms", text="word " * 60)
    text = house.browser("legal").get(house.path("/review")).text
    assert 'class="bubble"' in text
    assert "3 parts" in text


def test_a_new_version_is_shown_with_what_changed(house: House) -> None:
    from fakes.review_desk import add_variant
    from fakes.web_house import desk_of

    with db.session() as session:
        desk = desk_of(session, house)
        session.get(Variant, desk.variant.id).current = False
        add_variant(session, desk.incident, desk.notice, version=2, text="Your data were copied.")
    text = house.browser("legal").get(house.path("/review")).text
    assert "-Your data left the house." in text
    assert "+Your data were copied." in text


def test_an_unreadable_wording_is_said_and_hides_nothing_else(house: House) -> None:
    from fakes.review_desk import add_variant
    from fakes.web_house import desk_of

    with db.session() as session:
        desk = desk_of(session, house)
        add_variant(session, desk.incident, desk.notice, medium="letter", text="\ue000salary\ue001")
    text = house.browser("legal").get(house.path("/review")).text
    assert "has no value" in text
    assert "Alex Sample" in text


def test_a_fact_that_was_stated_twice_shows_its_newest_value(house: House) -> None:
    from fakes.web_house import desk_of

    from forthwith.detection.facts import state

    with db.session() as session:
        incident = desk_of(session, house).incident
        for cause in ("hacking", "phishing"):
            state(session, incident, {"breach.cause": cause}, by="ana")
    answer = house.browser("responder").get(house.path(""))
    assert answer.status_code == 200
    facts = answer.text.split("breach.cause")[1]
    assert "phishing" in facts[:200]


def test_legal_reads_how_the_notices_will_go_before_approving(house: House) -> None:
    from fakes.web_house import desk_of
    from sqlmodel import select

    from models import Cohort, ObligationCohort

    with db.session() as session:
        desk = desk_of(session, house)
        for cohort in session.exec(select(Cohort)).all():
            cohort.channels = ["email", "letter"]
            session.add(ObligationCohort(obligation_id=desk.duty.id, cohort_id=cohort.id))
    text = house.browser("legal").get(house.path("/review")).text
    plan = text.split('<h2 id="plan">')[1].split("</section>")[0]
    assert "no price set" in plan
    assert "1st channel, address held" in plan
    assert text.index('<h2 id="plan">') < text.index('<h2 id="notices">')
