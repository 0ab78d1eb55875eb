"""What was told to a person, for their own page: what left, in the languages that legal approved, naming nobody."""

from dataclasses import replace

import pytest
from fakes.review_desk import Desk, add_delivery, add_variant, folders, in_review, lay
from sqlmodel import Session

from forthwith import dispatch, review
from forthwith.review import users
from models import Notice, Person


@pytest.fixture
def desk(session: Session, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    laid = lay(session, in_review(session), *folders(monkeypatch, tmp_path))
    laid.duty.verdict = "notify"
    return laid


def first(desk: Desk) -> Person:
    from sqlmodel import select

    return desk.session.exec(select(Person).order_by(Person.number)).first()


def approve(desk: Desk, variant) -> None:
    name = f"Lea {variant.language} {variant.medium} {variant.version}"
    user, _ = users.add(desk.session, name, role="legal")
    review.decide(desk.session, desk.incident, variant, verdict="approve", user=user)


@pytest.mark.parametrize("state", ["planned", "held", "cancelled", "failed", "sending"])
def test_what_never_left_is_told_to_nobody(desk: Desk, state: str) -> None:
    add_delivery(desk.session, desk, first(desk), state=state, medium="email")
    assert dispatch.told_to(desk.session, first(desk), "en") == []


def test_the_wording_that_was_sent_is_told_and_names_nobody(desk: Desk) -> None:
    add_delivery(desk.session, desk, first(desk), medium="email")
    (told,) = dispatch.told_to(desk.session, first(desk), "en")
    assert "Your data left the house." in told.text
    assert "Person 1" not in told.text
    assert (told.language, told.media, told.remedy) == ("en", ("email",), "")


def test_another_language_is_shown_once_legal_said_yes_to_it(desk: Desk) -> None:
    german = add_variant(desk.session, desk.incident, desk.notice, language="de", text="Ihre Daten sind weg.")
    add_delivery(desk.session, desk, first(desk), medium="email")
    assert dispatch.told_to(desk.session, first(desk), "de")[0].language == "en"
    approve(desk, german)
    (told,) = dispatch.told_to(desk.session, first(desk), "de")
    assert (told.language, "Ihre Daten sind weg." in told.text) == ("de", True)
    assert dispatch.languages_of(desk.session, first(desk)) == ["de"]


def test_the_fullest_wording_is_shown(desk: Desk) -> None:
    letter = add_variant(desk.session, desk.incident, desk.notice, medium="letter", text="The whole letter.")
    approve(desk, letter)
    delivery = add_delivery(desk.session, desk, first(desk), medium="email")
    delivery.variant_id = letter.id
    desk.session.add(delivery)
    desk.session.flush()
    (told,) = dispatch.told_to(desk.session, first(desk), "en")
    assert told.tree


def test_two_notices_are_two(desk: Desk) -> None:
    add_delivery(desk.session, desk, first(desk), medium="email")
    other = Notice(incident_id=desk.incident.id, key="n2", title="A second one", audience="individuals")
    desk.session.add(other)
    desk.session.flush()
    variant = add_variant(desk.session, desk.incident, other, text="One thing more.")
    add_delivery(desk.session, replace(desk, notice=other, variant=variant), first(desk), medium="letter")
    assert len(dispatch.told_to(desk.session, first(desk), "en")) == 2


def test_data_are_told_in_the_readers_words(desk: Desk) -> None:
    person = first(desk)
    person.elements = ["ssn", "name"]
    assert dispatch.elements_in_words(person, "en")[0] == "name"
    assert dispatch.elements_in_words(person, "fr") == dispatch.elements_in_words(person, "en")
