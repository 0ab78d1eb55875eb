"""What somebody typed before the second factor was asked for comes back to its form, sealed meanwhile, and unsent."""

import html
import re
from datetime import timedelta

import pytest
from fakes.browser import Browser
from fakes.keyring import enrol
from fakes.review_desk import add_person
from fakes.web_house import House, decisions, desk_of, review_form
from sqlmodel import select

from forthwith import clock, db
from forthwith.access import typed
from models import Remark, WebSession

LATER = timedelta(minutes=6)  # past the five minutes that a proof counts
WORDS = 'The hotline is "open" until <nine>.'


def kept() -> list[bytes]:
    with db.session() as session:
        return [row.typed for row in session.exec(select(WebSession)).all() if row.typed]


def room(house: House) -> str:
    return house.path(f"/review/variants/{house.ids['variant']}")


def comments(text: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'name="comment"[^>]*>([^<]*)</textarea>', text)]


def sent_to_the_factor(lea: Browser, house: House, **told: str) -> str:
    """Approve with a comment; return where the page of the factor leads back to."""
    data = {**review_form(lea, house), "verdict": "approve", "comment": WORDS, **told}
    answer = lea.post(room(house), data)
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert where.startswith("/account/confirm?after=")
    assert "hotline" not in where + str(answer.headers) + str(lea.cookies)
    return re.search(r'name="after" value="([^"]+)"', lea.get(where).text)[1]


@pytest.mark.parametrize(("told", "page"), [({}, "/review"), ({"room": "true"}, "/review/variants/")])
def test_a_comment_typed_before_the_factor_stands_in_its_form_again(house: House, told: dict, page: str) -> None:
    lea = house.browser("legal")
    app, _ = enrol(lea)
    with clock.frozen(clock.now() + LATER):
        after = sent_to_the_factor(lea, house, **told)
        assert page in after
        assert "hotline" not in repr(kept())
        back = lea.send("/account/confirm", "/account/confirm", {"code": app.code(), "after": after})
        assert back.headers["location"] == after
        shown = lea.get(after.partition("#")[0]).text
        assert comments(shown) == [WORDS]
        assert "You were about to approve." in shown
        assert f'id="{after.partition("#")[2]}"' in shown
        assert decisions() == []
        lea.post(room(house), {**review_form(lea, house), "verdict": "approve", "comment": WORDS})
        assert comments(lea.get(room(house)).text) == [""]
    assert [made.comment for made in decisions()] == [WORDS]
    assert kept() == []


@pytest.mark.parametrize("verdict", ["reject", "ask"])
def test_what_was_refused_stands_in_its_form_again_too(house: House, verdict: str) -> None:
    lea = house.browser("legal")
    told = {**review_form(lea, house), "verdict": verdict, "comment": f"{WORDS} Ask ada@example.org."}
    assert lea.post(room(house), told).status_code == 400
    assert comments(lea.get(room(house)).text) == [told["comment"]]
    assert decisions() == []


def test_a_remark_that_was_refused_stands_at_its_paragraph_again(house: House) -> None:
    lea = house.browser("legal")
    paragraph = re.search(r'name="paragraph" value="([0-9a-f]{64})"', lea.get(room(house)).text)[1]
    told = {"paragraph": paragraph, "text": "Call +44 20 7946 0999 first", "privileged": "true"}
    assert lea.send(room(house), f"{room(house)}/remarks", told).status_code == 400
    shown = lea.get(room(house)).text
    assert shown.count(told["text"]) == 1
    assert len(re.findall(r'name="privileged" value="true" checked', shown)) == 1
    assert lea.send(room(house), f"{room(house)}/remarks", {**told, "text": "Call first"}).status_code == 303
    with db.session() as session:
        assert [one.text for one in session.exec(select(Remark)).all()] == ["Call first"]
    assert kept() == []


def test_who_comes_back_is_told_that_the_people_changed_meanwhile(house: House) -> None:
    lea = house.browser("legal")
    enrol(lea)
    with clock.frozen(clock.now() + LATER):
        sent_to_the_factor(lea, house)
        assert "changed meanwhile" not in lea.get(room(house)).text
        with db.session() as session:
            desk = desk_of(session, house)
            add_person(session, desk.incident, desk.cohort_id, number=3, name="Eve Late")
        assert "changed meanwhile" in lea.get(room(house)).text


def test_what_was_typed_is_nobody_elses_and_does_not_wait_long(house: House) -> None:
    lea, again = house.browser("legal"), house.browser("legal")
    enrol(lea)
    with clock.frozen(clock.now() + LATER):
        sent_to_the_factor(lea, house)
        assert comments(again.get(room(house)).text) == [""], "another session of the same person"
        assert comments(house.browser("approver").get(room(house)).text) == [""]
        with clock.frozen(clock.now() + timedelta(minutes=15)):
            assert comments(lea.get(room(house)).text) == [""]
            with db.session() as session:
                assert typed.expire(session) == 1
    assert kept() == []


def test_signing_out_leaves_nothing_that_was_typed(house: House) -> None:
    lea = house.browser("legal")
    enrol(lea)
    with clock.frozen(clock.now() + LATER):
        sent_to_the_factor(lea, house)
        lea.send("/incidents", "/sign-out")
        with db.session() as session:
            typed.expire(session)
    assert kept() == []


def test_a_new_user_and_a_token_typed_before_the_factor_stand_there_again(house: House) -> None:
    ola = house.browser("operator")
    enrol(ola)
    for page, path, told, wanted in [
        ("/users", "/users", {"name": "Ines", "role": "auditor"}, ('"Ines"', '<option value="auditor" selected>')),
        ("/account", "/account/tokens", {"name": "monitor", "scope": "operate"}, ('"monitor"', '"operate" checked')),
    ]:
        with clock.frozen(clock.now() + LATER):
            assert ola.send(page, path, told).headers["location"].startswith("/account/confirm")
            shown = ola.get(page).text
            assert [one for one in wanted if one not in shown] == []
