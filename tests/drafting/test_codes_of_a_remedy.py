"""Where each person has a code of their own, the words leave a place for it; a page for everybody says where to ask."""

import pytest
from drafted import variants, words
from fakes.noticed import add_cohort, people_duty, state
from sqlmodel import Session

from forthwith.drafting import draft
from forthwith.filling.content import fill, slot
from forthwith.filling.sample import sample
from models import Incident


@pytest.mark.parametrize(
    ("own", "has", "lacks"), [("yes", slot("remedy_code"), "FIXED-1"), ("no", "FIXED-1", slot("remedy_code"))]
)
def test_a_wording_tells_each_person_a_code_of_their_own_where_there_are_such(
    session: Session, incident: Incident, own: str, has: str, lacks: str
) -> None:
    state(session, incident)
    state(session, incident, {"words.offer.code": "FIXED-1", "words.offer.own_codes": own})
    cohort = add_cohort(session, incident, "US-MA")
    people_duty(session, incident, [cohort], law="us-ma", jurisdiction="US-MA", require=["idtheft_services_offer"])
    draft(session, incident, actor="ana")
    for medium in ("email", "letter"):
        told = words(session, medium=medium)
        assert has in told
        assert lacks not in told
        assert ("remedy_code" in variants(session, medium=medium)[0].slots) is (own == "yes")


def test_a_page_for_everybody_shows_no_code_but_where_to_ask(session: Session, incident: Incident) -> None:
    state(session, incident)
    state(session, incident, {"words.offer.own_codes": "yes"})
    cohort = add_cohort(session, incident, "US-MA")
    people_duty(session, incident, [cohort], law="us-ma", jurisdiction="US-MA", require=["idtheft_services_offer"])
    draft(session, incident, actor="ana")
    (email,) = variants(session, medium="email")
    filled = fill(email.content, {**sample(email.content, "2026-001"), "remedy_code": ""})
    assert "Your own code: ask us for it." in filled.text
