"""A wish orders what the law allows: it drops no channel, adds none, makes nobody late, and nobody is told twice."""

import itertools
from datetime import timedelta

import pypdfium2
import pytest
from fakes.house import House
from hypothesis import HealthCheck, given
from hypothesis import Phase as Step
from hypothesis import settings as tuned
from hypothesis import strategies as st
from sqlmodel import Session, select

from forthwith import clock, db, dispatch, keys
from forthwith.approval import sha256, standing
from forthwith.dispatch.addressing import Addresser
from forthwith.dispatch.claiming import claim, groups
from forthwith.dispatch.leaving import Wording
from forthwith.dispatch.legs import plan_next_legs
from forthwith.dispatch.messages import make
from forthwith.dispatch.states import EXHAUSTED, WISHED
from forthwith.dispatch.wished import apply_all
from forthwith.filling.letters import LARGE
from forthwith.filling.wishes import keep, wishes_of
from forthwith.timeline import retention
from models import Delivery, DeliveryState, Incident, Person, PersonWish, Phase, Variant, Wishes

MEDIA = ("email", "letter", "sms", "voice", "fax")
SOON, LATER = timedelta(days=1), timedelta(days=60)
BRIEF = tuned(
    max_examples=12, phases=[Step.generate], derandomize=True, deadline=None, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
serial = itertools.count()


def wishing(house: House, person: Person, **wished: object) -> None:
    keep(house.session, house.incident, person.id, Wishes(**wished))


def of(house: House, person: Person) -> list[Delivery]:
    rows = [row for row in house.deliveries() if row.recipient_id == person.id]
    return sorted(rows, key=lambda row: row.leg)


def planned(house: House) -> dispatch.PlanReport:
    return dispatch.plan(house.session, house.incident, actor="ana")


def two(house: House, media: tuple[str, ...] = ("email", "letter", "sms"), **more: object) -> tuple[Person, Person]:
    """Return two people alike, of whom the notice reaches both."""
    people = house.person(MEDIA), house.person(MEDIA)
    house.notice(house.duty(**more), media=media)
    return people


def walked(house: House, person: Person) -> list[str]:
    """Let every leg of a person fail; return by which media they were tried."""
    while (row := of(house, person)[-1]).state == DeliveryState.PLANNED:
        row.state, row.reason = DeliveryState.BOUNCED, "no"
        house.session.flush()
        assert plan_next_legs(house.session, house.incident, only=[row.id]) == 1
    assert row.reason == EXHAUSTED
    return [one.medium for one in of(house, person)[:-1]]


ways = st.lists(st.sampled_from(MEDIA), unique=True, min_size=1)


@BRIEF
@given(
    lawful=ways, held=ways, wish=st.sampled_from((*MEDIA, "web", "")), spoken=st.sampled_from(("de", "en", "fr", "")),
    due=st.sampled_from((SOON, LATER)), when=st.sampled_from(("before", "after")),
)  # fmt: skip
def test_whatever_is_wished_each_lawful_channel_is_planned_and_none_twice(
    house: House, lawful: list[str], held: list[str], wish: str, spoken: str, due: timedelta, when: str
) -> None:
    """Two people are alike, one of them wishes: both are tried by the same channels, each once."""
    here = House.new(house.session, f"2026-{next(serial):04}")
    wisher, other = (here.person(held, faxes=[f"+4930{n}"]) for n in (1, 2))
    here.notice(here.duty(due_at=clock.now() + due), media=lawful, languages=("en", "de"))
    if when == "after":
        planned(here)
    wishing(here, wisher, medium=wish, language=spoken)
    apply_all(here.session, here.incident)
    planned(here)
    assert planned(here).changed == 0, "what was applied is what is planned"
    first, plain = of(here, wisher), of(here, other)
    assert (len(first), len(plain)) == (1, 1)
    if not set(lawful) & set(held):
        assert {row.state for row in first + plain} == {DeliveryState.HELD}
        return
    in_time = wish != "letter" or due == LATER
    if wish in set(lawful) & set(held) and in_time:
        assert first[0].medium == wish
    else:
        assert first[0].medium == plain[0].medium
    language = here.session.get_one(Variant, first[0].variant_id).language
    assert language == ("de" if spoken == "de" else "en")
    assert (first[0].reason == WISHED) == (first[0].variant_id != plain[0].variant_id)
    tried, usual = walked(here, wisher), walked(here, other)
    assert sorted(tried) == sorted(usual) == sorted(set(lawful) & set(held))


@pytest.mark.parametrize("state", ["sending", "accepted", "delivered", "unknown", "cancelled", "held"])
def test_what_left_or_is_decided_is_never_repeated_by_a_wish(house: House, state: str) -> None:
    person, _ = two(house)
    planned(house)
    (row,) = of(house, person)
    row.state, row.reason = state, "called off: no" if state in ("cancelled", "held") else None
    house.session.flush()
    house.session.refresh(row)  # with what the database makes of the state
    before = row.model_dump()
    wishing(house, person, medium="letter", language="de", large_print=True)
    assert apply_all(house.session, house.incident) == 0
    planned(house)
    assert [one.model_dump() for one in of(house, person)] == [before]


def test_a_wish_voids_no_approval(house: House) -> None:
    person, _ = two(house)
    wording = house.session.exec(select(Variant)).first()
    wishing(house, person, medium="letter", large_print=True)
    assert standing(house.session, wording).approved


def test_a_wish_for_the_next_leg_comes_first_and_gives_way_to_the_deadline(house: House) -> None:
    person, hurried = two(house, due_at=clock.now() + LATER)
    planned(house)
    for one in (person, hurried):
        wishing(house, one, medium="sms")
    for row in house.deliveries():
        row.state, row.reason = "bounced", "no"
    house.session.flush()
    plan_next_legs(house.session, house.incident)
    assert [(row.leg, row.medium, row.reason) for row in of(house, person)] == [
        (1, "email", "no"), (2, "sms", WISHED),
    ]  # fmt: skip
    wishing(house, person, medium="letter")
    assert apply_all(house.session, house.incident) == 1, "the second leg was not begun"
    assert [(row.leg, row.medium) for row in of(house, person)] == [(1, "email"), (2, "letter")]


def test_an_e_mail_without_consent_is_not_sent_for_a_wish(house: House) -> None:
    person = house.person(("email", "letter"))
    house.notice(house.duty(), media=("letter", "email_consent"))
    wishing(house, person, medium="email")
    planned(house)
    assert [row.medium for row in of(house, person)] == ["letter"]
    assert dispatch.left_to_do(house.session, house.incident, person, "channel", "email") == "not_lawful"


def test_what_is_left_to_a_person_is_said(house: House) -> None:
    person = house.person(("email", "letter"))
    house.notice(house.duty(), media=("email", "letter"))

    def left(kind: str, choice: str) -> str:
        return dispatch.left_to_do(house.session, house.incident, person, kind, choice)

    asked = (("channel", "letter"), ("channel", "sms"), ("other_language", "en"), ("other_language", "tr"),
             ("format", "large_print"), ("format", "braille"), ("question", ""))  # fmt: skip
    assert [left(*one) for one in asked] == ["", "no_address", "", "no_wording", "look", "no_setting", ""]


def test_nothing_of_a_wish_is_readable_in_the_database(house: House) -> None:
    person, _ = two(house)
    wishing(house, person, medium="letter", large_print=True)
    row = house.session.exec(select(PersonWish)).one()
    assert b"large" not in row.sealed
    assert b"letter" not in row.sealed


def test_a_letter_to_somebody_who_wished_so_is_set_large_with_the_approved_words(house: House) -> None:
    person, _ = two(house, media=("letter",))
    wishing(house, person, large_print=True)
    planned(house)
    key = keys.unwrap(house.incident.id, house.incident.wrapped_key)
    (group,) = groups(house.session, house.incident.id)
    content = house.session.get_one(Variant, group.variant_id).content
    taken = claim(
        house.session, house.incident.id, group, Wording(content, sha256(content)),
        addresser=Addresser(key, "2026-001"), size=10, worker="w", lease=30,
    )  # fmt: skip
    sizes = {one.to.to: one.to.large for one in taken.rows}
    assert sorted(sizes.values()) == [False, True]
    heights = {}
    for one in taken.rows:
        made = make([one], content=content, group=group, channel=Plain())
        with pypdfium2.PdfDocument(made.messages[0].attachment) as pdf:
            heights[one.to.large] = {round(size) for size in sizes_in(pdf)}
    assert LARGE in heights[True]
    assert LARGE not in heights[False]


class Plain:
    """A channel that takes letters one by one."""

    name, media = "plain", frozenset({"letter"})


def sizes_in(pdf: pypdfium2.PdfDocument) -> list[float]:
    """Return the sizes of letters that a PDF is set in, in points."""
    raw = pypdfium2.raw
    page = pdf[0].get_textpage()
    return [raw.FPDFText_GetFontSize(page.raw, n) for n in range(page.count_chars())]


def test_a_wish_that_came_while_a_plan_was_at_work_is_applied_before_anything_is_sent(live: House) -> None:
    person = live.person(("email", "letter"))
    live.notice(live.duty(), media=("email", "letter"))
    planned(live)
    wishing(live, person, medium="letter")
    live.session.commit()
    dispatch.send(live.incident.id)
    with db.session() as session:
        row = session.exec(select(Delivery)).one()
        assert (row.medium, row.channel, row.state) == ("letter", "print_file", "accepted")


def test_a_row_that_a_sender_holds_is_on_its_way_and_passed_over(live: House) -> None:
    person = live.person(("email", "letter"))
    live.notice(live.duty(), media=("email", "letter"))
    planned(live)
    wishing(live, person, medium="letter")
    live.session.commit()
    with Session(db.engine()) as sender:
        held = sender.exec(select(Delivery).with_for_update()).one()
        with db.session() as session:
            assert apply_all(session, session.get_one(Incident, live.incident.id)) == 0
        assert held.medium == "email"
        sender.rollback()
    with db.session() as session:
        assert apply_all(session, session.get_one(Incident, live.incident.id)) == 1


def test_nobody_waits_on_their_page_for_a_plan_that_is_at_work(live: House) -> None:
    live.session.commit()
    with Session(db.engine()) as planning, db.session() as own:
        assert dispatch.begin_wishes(planning, planning.get_one(Incident, live.incident.id))
        assert not dispatch.begin_wishes(own, own.get_one(Incident, live.incident.id))
        planning.rollback()
    with db.session() as own:
        assert dispatch.begin_wishes(own, own.get_one(Incident, live.incident.id))


def test_a_wish_that_is_taken_back_leaves_the_usual_way(house: House) -> None:
    person, _ = two(house)
    planned(house)
    wishing(house, person, medium="letter")
    assert apply_all(house.session, house.incident) == 1
    assert [(row.medium, row.reason) for row in of(house, person)] == [("letter", WISHED)]
    wishing(house, person)
    assert dispatch.apply_wishes(house.session, house.incident, [person.id]) == 1
    assert [(row.medium, row.reason) for row in of(house, person)] == [("email", None)]
    assert planned(house).changed == 0


def test_a_notice_without_an_approval_is_moved_by_no_wish(house: House) -> None:
    person = house.person(("email", "letter"))
    notice = house.notice(house.duty(), media=("email", "letter"))
    planned(house)
    for wording in house.session.exec(select(Variant).where(Variant.notice_id == notice.id)):
        house.approve(wording, "reject")
    wishing(house, person, medium="letter")
    assert apply_all(house.session, house.incident) == 0
    assert [row.medium for row in of(house, person)] == ["email"]


def test_a_wish_ends_with_the_retention(house: House) -> None:
    person, _ = two(house)
    wishing(house, person, medium="letter", large_print=True)
    house.incident.phase = Phase.CLOSED
    retention.shred(house.session, house.incident, actor="ola")
    house.session.expire_all()
    assert house.session.exec(select(PersonWish.sealed)).one() is None
    assert wishes_of(house.session, house.incident) == {}
