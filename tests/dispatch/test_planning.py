"""From approved notices to rows: everybody once, by the best lawful medium, or with a reason."""

from collections import Counter
from datetime import timedelta

import pytest
from fakes.house import DUE, House
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as some

from forthwith import dispatch
from forthwith.dispatch.states import LIFTABLE, NO_CHANNEL, NO_WORDING, OUT_OF_SCOPE, WITHDRAWN
from models import Attempt, Delivery, Obligation, ObligationCohort, Variant, new_id


def plan(house: House) -> dispatch.PlanReport:
    return dispatch.plan(house.session, house.incident, actor="ana")


def media(house: House) -> Counter[tuple[str, str]]:
    return Counter((row.medium, row.state) for row in house.deliveries())


def test_each_person_gets_the_first_lawful_medium_that_they_hold(house: House) -> None:
    by = {name: house.person((name,)) for name in ("email", "letter", "sms")}
    house.notice(house.duty(), media=("email", "letter"))
    report = plan(house)
    told = {row.recipient_id: row for row in house.deliveries()}
    assert (told[by["email"].id].medium, told[by["letter"].id].medium) == ("email", "letter")
    assert (told[by["sms"].id].state, told[by["sms"].id].reason) == ("held", NO_CHANNEL)
    assert (report.planned, report.held) == (2, 1)


def test_the_order_of_the_media_is_the_notices_own(house: House) -> None:
    house.person(("email", "letter"))
    house.notice(house.duty(), media=("letter", "email"))
    plan(house)
    assert media(house) == {("letter", "planned"): 1}


def test_email_on_consent_goes_only_to_those_who_agreed(house: House) -> None:
    agreed, silent = house.person(("email", "email_consent", "letter")), house.person(("email", "letter"))
    house.notice(house.duty(), media=("email_consent", "letter"))
    plan(house)
    told = {row.recipient_id: row.medium for row in house.deliveries()}
    assert told == {agreed.id: "email", silent.id: "letter"}


@pytest.mark.parametrize(
    ("reader", "languages", "gets"),
    [("de", ("en", "de"), "de"), ("de-AT", ("en", "de"), "de"), ("fr", ("de", "en"), "en"), ("fr", ("de",), "de")],
)
def test_each_reads_their_own_language_where_there_is_one(
    house: House, reader: str, languages: tuple[str, ...], gets: str
) -> None:
    house.person(("email",), language=reader)
    house.notice(house.duty(), media=("email",), languages=languages)
    plan(house)
    (row,) = house.deliveries()
    assert house.session.get_one(Variant, row.variant_id).language == gets


def test_planning_twice_adds_nothing(house: House) -> None:
    house.people(5)
    house.notice(house.duty())
    plan(house)
    before = [(row.id, row.state) for row in house.deliveries()]
    report = plan(house)
    assert (report.planned, report.held, report.changed, report.cancelled) == (0, 0, 0, 0)
    assert [(row.id, row.state) for row in house.deliveries()] == before
    assert len(house.entries("planned")) == 1


def test_nothing_is_planned_before_every_wording_of_the_notice_stands(house: House) -> None:
    house.people(2)
    notice = house.notice(house.duty(), media=("email",))
    house.variant(notice, "letter", approved=False)
    report = plan(house)
    assert house.deliveries() == []
    assert report.blocked == ["“Notice n1”: en letter: not approved"]


def test_a_notice_without_a_wording_is_named(house: House) -> None:
    house.people(1)
    house.notice(house.duty(), media=())
    assert plan(house).blocked == ["“Notice n1”: it has no wording"]


def test_a_duty_that_legal_waived_reaches_nobody(house: House) -> None:
    house.people(2)
    duty = house.duty()
    house.notice(duty)
    duty.decided_verdict, duty.decided_by, duty.decided_reason = "do_not_notify", "lena", "no risk"
    house.session.flush()
    plan(house)
    assert house.deliveries() == []


def test_people_whose_only_duty_was_waived_are_left_out_of_a_shared_notice(house: House) -> None:
    told, spared = house.person(("email",)), house.person(("letter",))
    first = house.duty(reaches=[house.cohorts[("en", "email")]])
    waived = house.duty(key="test-law.individuals:NL", reaches=[house.cohorts[("en", "letter")]])
    house.notice(first, waived)
    waived.decided_verdict = "do_not_notify"
    house.session.flush()
    plan(house)
    assert {row.recipient_id for row in house.deliveries()} == {told.id} != {spared.id}


def test_an_undecided_duty_reaches_nobody_yet(house: House) -> None:
    house.people(2)
    house.notice(house.duty(verdict="review"))
    plan(house)
    assert house.deliveries() == []


def test_the_deadline_is_the_earliest_of_a_persons_own_duties(house: House) -> None:
    early, late = house.person(("email",)), house.person(("letter",))
    first = house.duty(reaches=[house.cohorts[("en", "email")]], due_at=DUE - timedelta(days=9))
    both = house.duty(key="test-law.individuals:NL")
    house.notice(first, both)
    plan(house)
    due = {row.recipient_id: row.due_at for row in house.deliveries()}
    assert due == {early.id: DUE - timedelta(days=9), late.id: DUE}


def test_a_person_who_came_late_is_added_and_nobody_else_touched(house: House) -> None:
    house.person(("email",))
    duty = house.duty()
    house.notice(duty, media=("email",))
    plan(house)
    (first,) = house.deliveries()
    late = house.person(("email",))
    for variant in house.every(Variant):
        house.approve(variant)
    assert plan(house).planned == 1
    assert {row.recipient_id for row in house.deliveries()} == {first.recipient_id, late.id}
    assert first.id in {row.id for row in house.deliveries()}


def test_a_held_person_is_lifted_when_an_address_is_found(house: House) -> None:
    person = house.person(())
    lists = house.cohort(("letter",))
    duty = house.duty()
    notice = house.notice(duty, media=("email", "letter"))
    plan(house)
    assert media(house) == {("none", "held"): 1}
    person.channels, person.cohort_id = ["letter"], lists.id
    house.session.flush()
    for variant in house.every(Variant):
        house.approve(variant)
    assert plan(house).changed == 1
    assert media(house) == {("letter", "planned"): 1}
    assert house.deliveries()[0].notice_id == notice.id
    assert house.deliveries()[0].reason is None


def test_a_newer_approved_wording_takes_over_what_was_not_sent(house: House) -> None:
    house.people(3, ("email",))
    notice = house.notice(house.duty(), media=("email",))
    plan(house)
    (old,) = house.every(Variant)
    old.current = False
    new = house.variant(notice, "email", version=2, content=old.content + b" ")
    plan(house)
    assert {row.variant_id for row in house.deliveries()} == {new.id}


def test_what_was_tried_keeps_its_medium_but_takes_the_newer_wording(house: House) -> None:
    house.people(1, ("email", "letter"))
    notice = house.notice(house.duty(), media=("email",))
    plan(house)
    (row,) = house.deliveries()
    house.add(Attempt(incident_id=house.incident.id, delivery_id=row.id, n=1, channel="x", started_at=DUE,
                      outcome="refused", request_sha256=""))  # fmt: skip
    (old,) = house.every(Variant)
    old.current = False
    new = house.variant(notice, "email", version=2, content=old.content + b" ")
    notice.media = ["letter", "email"]
    house.variant(notice, "letter")
    plan(house)
    (row,) = house.deliveries()
    assert (row.medium, row.variant_id) == ("email", new.id)


def test_who_left_the_scope_is_cancelled_with_a_reason_and_comes_back_with_it(house: House) -> None:
    person = house.person(("email",))
    duty = house.duty()
    house.notice(duty, media=("email",))
    plan(house)
    (reach,) = house.every(ObligationCohort)
    reach_id = reach.cohort_id
    house.session.delete(reach)
    house.session.flush()
    assert plan(house).cancelled == 1
    (row,) = house.deliveries()
    assert (row.state, row.reason) == ("cancelled", OUT_OF_SCOPE)
    house.add(ObligationCohort(obligation_id=duty.id, cohort_id=reach_id))
    plan(house)
    (row,) = house.deliveries()
    assert (row.state, row.reason, row.recipient_id) == ("planned", None, person.id)


def test_a_withdrawn_notice_cancels_only_what_nobody_tried(house: House) -> None:
    house.people(3, ("email",))
    notice = house.notice(house.duty(), media=("email",))
    plan(house)
    gone = house.deliveries()[0]
    gone.state = "accepted"
    notice.current = False
    house.session.flush()
    plan(house)
    assert media(house) == {("email", "cancelled"): 2, ("email", "accepted"): 1}
    assert {row.reason for row in house.deliveries()} == {WITHDRAWN, None}


def test_a_published_page_stands_in_for_those_whom_no_channel_reaches(house: House) -> None:
    house.person(("email",))
    lost = house.person(())
    notice = house.notice(house.duty(), media=("email", "web"), languages=("de", "en"))
    plan(house)
    pages = [row for row in house.deliveries() if row.recipient_kind == "public"]
    assert [(row.medium, row.state, row.recipient_id, row.leg) for row in pages] == [
        ("web", "planned", notice.id, 1), ("web", "planned", notice.id, 2)
    ]  # fmt: skip
    held = next(row for row in house.deliveries() if row.recipient_id == lost.id)
    assert (held.state, held.reason) == ("held", NO_CHANNEL)


def test_no_page_is_published_while_everybody_can_be_told_directly(house: House) -> None:
    house.people(2, ("email",))
    house.notice(house.duty(), media=("email", "web"))
    plan(house)
    assert media(house) == {("email", "planned"): 2}


def test_a_notice_to_the_public_is_a_page(house: House) -> None:
    house.notice(house.duty(audience="public", recipient="public"), media=("web",))
    plan(house)
    assert media(house) == {("web", "planned"): 1}


@pytest.mark.parametrize(
    ("held", "media_", "gets"),
    [({"email": "a@b.example"}, ("email", "letter"), "email"),
     ({"email": None, "postal": ["1 Road"]}, ("email", "letter"), "letter"),
     ({"email": None}, ("filing",), "filing"), ({"email": None, "fax": "+491"}, ("email", "fax"), "fax")],
)  # fmt: skip
def test_an_organisation_gets_the_first_lawful_medium_that_it_has(
    house: House, held: dict[str, object], media_: tuple[str, ...], gets: str
) -> None:
    party = house.party(**held)
    house.notice(house.duty(audience="regulator", recipient="dpa"), media=media_, party_id=party.id)
    plan(house)
    (row,) = house.deliveries()
    assert (row.medium, row.state, row.recipient_kind, row.recipient_id) == (gets, "planned", "party", party.id)


def test_an_organisation_without_an_address_is_held_and_lifted_later(house: House) -> None:
    party = house.party(email=None)
    house.notice(house.duty(audience="controller", recipient="controller"), media=("email",), party_id=party.id)
    assert plan(house).held == 1
    assert plan(house).held == 0, "the second plan has no news"
    party.email = "desk@partner.example"
    house.session.flush()
    for variant in house.every(Variant):
        house.approve(variant)
    plan(house)
    assert media(house) == {("email", "planned"): 1}


def test_a_drills_notices_stay_in_files_whatever_the_settings_say(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forthwith.settings import settings

    monkeypatch.setenv("FORTHWITH_EMAIL_CHANNEL", "sendgrid")
    monkeypatch.setenv("FORTHWITH_LETTER_CHANNEL", "lob")
    settings.cache_clear()
    house.incident.drill = True
    house.person(("email",))
    house.person(("letter",))
    house.notice(house.duty())
    plan(house)
    assert {row.channel for row in house.deliveries()} == {"outbox", "print_file"}


def test_the_timeline_gets_one_entry_with_counts_alone(house: House) -> None:
    house.people(4)
    house.person(())
    house.notice(house.duty())
    plan(house)
    (entry,) = house.entries("planned")
    assert entry.text == "4 deliveries planned, 1 held with a reason"
    assert "Person 1" not in repr(entry.data)


def test_a_person_with_an_address_but_no_wording_for_it_is_told_apart(house: House) -> None:
    house.person(("sms",))
    notice = house.notice(house.duty(), media=("email",))
    notice.media = ["email", "sms"]
    house.session.flush()
    plan(house)
    assert [(row.state, row.reason) for row in house.deliveries()] == [("held", NO_WORDING)]


@budget(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=some.lists(
        some.sets(some.sampled_from(["email", "email_consent", "sms", "letter"])), min_size=1, max_size=12
    ),
    lawful=some.lists(some.sampled_from(["email", "email_consent", "sms", "letter"]), unique=True, min_size=1),
)
def test_every_person_ends_in_a_lawful_delivery_or_in_a_reason(
    house: House, people: list[set[str]], lawful: list[str]
) -> None:
    with house.session.begin_nested() as inner:
        case = House.new(house.session, ref=f"case-{new_id()}")
        known = {case.person(tuple(sorted(held))).id: held for held in people}
        case.notice(case.duty(), media=lawful)
        plan(case)
        rows = case.deliveries()
        assert Counter(row.recipient_id for row in rows) == dict.fromkeys(known, 1)
        for row in rows:
            _check_row(row, known[row.recipient_id], lawful)
        inner.rollback()


def _check_row(row: Delivery, held: set[str], lawful: list[str]) -> None:
    ways = [m for m in lawful if ({"email", "email_consent"} if m == "email_consent" else {m}) <= held]
    best = ways[0].removesuffix("_consent") if ways else "none"
    assert row.medium == best
    assert (row.state == "planned") == bool(ways)
    assert (row.reason in LIFTABLE) == (not ways)


def test_a_thousand_people_are_planned_in_three_statements_a_notice(house: House) -> None:
    from sqlalchemy import event

    house.people(1000, ("email",))
    house.notice(house.duty(), media=("email",))
    seen: list[str] = []
    engine = house.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    assert plan(house).planned == 1000
    assert sum("insert into delivery" in one.lower() for one in seen) == 1
    assert len(seen) < 40
    assert len(house.every(Obligation)) == 1
