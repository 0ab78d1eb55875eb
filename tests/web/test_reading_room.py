"""One wording by itself: clauses ticked off, hedges marked, versions beside each other, remarks, what is covered."""

import io
import re

import pytest
from fakes.review_desk import add_variant
from fakes.web_house import House, decisions, desk_of
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlmodel import select

from forthwith import db
from forthwith.filling import sms
from forthwith.review import paragraphs
from forthwith.web.reading_room import marked
from models import Entry, Obligation, Person, Remark, Variant


def room(house: House, variant: object = "") -> str:
    return house.path(f"/review/variants/{variant or house.ids['variant']}")


def added(house: House, **told: object) -> str:
    with db.session() as session:
        desk = desk_of(session, house)
        return str(add_variant(session, desk.incident, desk.notice, **told).id)


def first_paragraph(text: str) -> str:
    return re.search(r'name="paragraph" value="([0-9a-f]{64})"', text)[1]


def test_it_says_what_an_approval_covers_before_the_click(house: House) -> None:
    text = house.browser("legal").get(room(house)).text
    assert "What an approval covers" in text
    assert "<strong>2</strong>" in text
    assert "test-law" in text
    assert "Approve for 2 recipients" in text


def test_it_says_what_changed_when_an_approval_is_void(house: House) -> None:
    legal = house.browser("legal")
    seal = re.search(r'name="seal" value="([^"]+)"', legal.get(room(house)).text)[1]
    assert legal.send(room(house), room(house), {"verdict": "approve", "seal": seal}).status_code == 303
    stands = legal.get(room(house)).text
    assert "The approval by" not in stands
    assert "It is approved and stands" in stands
    assert 'value="approve"' not in stands
    with db.session() as session:
        desk_of(session, house).person(number=3, name="Eve Late")
    text = legal.get(room(house)).text
    assert "The approval by Lea" in text
    assert re.search(r"the people</strong>: approved 2, now [23]", text)
    assert len(decisions()) == 1


def test_what_the_law_demands_is_ticked_off_with_who_says_so(house: House) -> None:
    with db.session() as session:
        duty = session.get(Obligation, house.ids["duty"])
        duty.detail = {
            **duty.detail,
            "content": {"require": ["what_happened", "data_types"], "forbid": ["advertising"]},
        }
        variant = session.get(Variant, house.ids["variant"])
        variant.lint = {**variant.lint, "codes": ["what_happened", "advertising"]}
        session.add_all([duty, variant])
    rows = re.findall(
        r'<tr><th scope="row">([^<]+)</th><td><span class="mark \w+">(\w+)',
        house.browser("legal").get(room(house)).text,
    )
    assert ("what happened", "said") in rows
    assert ("data types", "missing") in rows
    assert ("not advertising", "present") in rows


def test_hedges_and_claims_are_marked_where_they_stand() -> None:
    pieces = marked("We have no evidence of misuse, but data may have been copied.", "en")
    assert [piece for piece in pieces if piece[1]] == [("no evidence", "claim"), ("may have", "hedge")]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), st.sampled_from(["en", "de", "fr"]))
def test_marking_loses_no_letter(text: str, language: str) -> None:
    assert "".join(piece for piece, _ in marked(text, language)) == text


@given(st.text(st.sampled_from("ab€ä中😀\n"), min_size=1, max_size=700))
def test_the_parts_of_a_text_message_are_cut_where_the_wire_cuts(text: str) -> None:
    parts = sms.split(text)
    assert "".join(parts) == text
    assert len(parts) == sms.count(text).parts


def test_two_versions_stand_beside_each_other_word_by_word(house: House) -> None:
    with db.session() as session:
        desk = desk_of(session, house)
        session.get(Variant, desk.variant.id).current = False
        newer = add_variant(
            session, desk.incident, desk.notice, version=2, text="Dear reader,\n\nYour data were copied."
        )
        rows = paragraphs.side_by_side(session.get(Variant, desk.variant.id), newer)
        ident = newer.id
    assert {"changed", "same"} & {row.kind for row in rows}
    text = house.browser("legal").get(room(house, ident)).text
    assert "Beside version 1" in text
    assert "<ins>" in text
    assert "<del>" in text


def test_a_letter_is_shown_page_by_page(house: House) -> None:
    letter = added(house, medium="letter")
    legal = house.browser("legal")
    assert f"{letter}/page-1.png" in legal.get(room(house, letter)).text
    image = Image.open(io.BytesIO(legal.get(room(house, letter) + "/page-1.png").content))
    assert image.size[0] > 900
    assert len(image.convert("L").getcolors(256) or []) > 10  # it isn't blank
    for number in ("0", "9", "-1"):
        assert legal.get(f"{room(house, letter)}/page-{number}.png").status_code == 404
    assert legal.get(room(house) + "/page-1.png").status_code == 404


def test_a_remark_stands_at_its_paragraph_until_it_is_settled(house: House) -> None:
    legal, rio = house.browser("legal"), house.browser("responder")
    paragraph = first_paragraph(legal.get(room(house)).text)
    assert (
        legal.send(
            room(house), room(house) + "/remarks", {"paragraph": paragraph, "text": "Say it shorter."}
        ).status_code
        == 303
    )
    text = rio.get(room(house)).text
    assert "Say it shorter." in text
    assert "1 remark is not settled" in text
    with db.session() as session:
        ident = session.exec(select(Remark.id)).one()
    assert rio.send(room(house), f"{room(house)}/remarks/{ident}").status_code == 303
    assert "settled by Rio" in legal.get(room(house)).text
    assert rio.send(room(house), f"{room(house)}/remarks/{ident}").status_code == 400


def test_a_remark_follows_its_paragraph_into_the_next_version(house: House) -> None:
    legal = house.browser("legal")
    with db.session() as session:
        subject, body = paragraphs.paragraphs(session.get(Variant, house.ids["variant"]))
    for one in (subject, body):
        legal.send(room(house), room(house) + "/remarks", {"paragraph": one.sha256, "text": f"On {one.text[:5]}."})
    with db.session() as session:
        desk = desk_of(session, house)
        session.get(Variant, desk.variant.id).current = False
        newer = add_variant(session, desk.incident, desk.notice, version=2, text="All new.").id
    text = legal.get(room(house, newer)).text
    assert "On About." in text
    assert "On Dear" not in text


def test_what_is_privileged_stands_in_no_export_and_in_no_timeline(house: House) -> None:
    legal = house.browser("legal")
    told = {"paragraph": first_paragraph(legal.get(room(house)).text), "text": "We doubt this.", "privileged": "true"}
    legal.send(room(house), room(house) + "/remarks", told)
    assert "privileged" in legal.get(room(house)).text
    for kind in ("json", "csv"):
        assert "We doubt this." not in legal.get(house.path(f"/timeline.{kind}")).text
    with db.session() as session:
        assert any(entry.verb == "remarked" for entry in session.exec(select(Entry)))


@pytest.mark.parametrize(
    "told", [{"paragraph": "0" * 64, "text": "x y"}, {"text": ""}, {"text": "Ask ada@example.org"}]
)
def test_a_remark_that_can_not_stand_is_refused(house: House, told: dict[str, str]) -> None:
    legal = house.browser("legal")
    form = {"paragraph": first_paragraph(legal.get(room(house)).text), **told}
    assert legal.send(room(house), room(house) + "/remarks", form).status_code == 400
    with db.session() as session:
        assert session.exec(select(Remark)).all() == []


def test_many_wordings_stand_on_a_list_and_are_approved_as_it_shows_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forthwith.web.reviewing.FEW", 1)
    letter = added(house, medium="letter")
    legal = house.browser("legal")
    text = legal.get(house.path("/review")).text
    assert f'variants/{letter}"' in text
    assert "Alex Sample" not in text
    seen = re.findall(r'name="seen" value="([^"]+)"', text)
    assert len(seen) == 2
    assert legal.send(house.path("/review"), house.path("/review/variants"), {"seen": seen}).status_code == 303
    assert "not approved" not in legal.get(house.path("/review")).text
    with db.session() as session:
        person = session.exec(select(Person)).first()
        person.sealed_sha256 = "0" * 64
        session.add(person)
    assert "the approval is void" in legal.get(house.path("/review")).text
