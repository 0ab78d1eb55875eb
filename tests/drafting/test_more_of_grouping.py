"""Grouping as a pure function: everybody who is owed a notice is in one, once a duty, whatever the order."""

import itertools
import random
import uuid
from collections import Counter
from typing import Any

import pytest
from fakes.noticed import GDPR, add_cohort, people_duty, state
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from forthwith.drafting import draft, grouping
from forthwith.drafting.grouping import Content, Group, asked, compatible, joint, people_groups
from models import Cohort, Incident, Notice, NoticeCohort, NoticeDuty, Obligation, ObligationCohort, Party, new_id

CODES = (
    "what_happened", "measures_taken", "data_types", "number_of_residents", "nature_of_breach", "data_types_specific",
)  # fmt: skip
FEW = settings(max_examples=30, deadline=None)
PLACES = ("DE", "FR", "GB", "US-CA", "US-MA", "unknown")


def duty(law: str = "eu.gdpr", place: str = "DE", **fields: Any) -> Obligation:
    """Return a duty that no database holds."""
    content = {name: fields.pop(name, []) for name in ("require", "forbid", "headings")}
    usual = {
        "id": new_id(), "incident_id": new_id(), "assessment": 1, "key": f"{law}.individuals:{place}", "law": law,
        "duty": "individuals", "law_sha256": "0" * 64, "audience": "individuals", "recipient": "data_subjects",
        "jurisdiction": place, "verdict": "notify", "citation": "§ 1", "channels": ["email", "letter"],
        "detail": {"content": content},
    }  # fmt: skip
    return Obligation(**{**usual, **fields})


def cohort(place: str = "DE", **fields: Any) -> Cohort:
    """Return people that no database holds."""
    usual = {
        "id": new_id(), "incident_id": new_id(), "fingerprint": new_id().hex, "jurisdiction": place,
        "country": place.split("-")[0], "elements": ["name", "contact"], "age_class": "adult", "language": "en",
        "channels": ["email"], "count": 10,
    }  # fmt: skip
    return Cohort(**{**usual, **fields})


def groups(reach: dict[Obligation, list[Cohort]] | list[tuple[Obligation, list[Cohort]]], *parties: Party):
    """Return the notices for these duties and whom each reaches."""
    pairs = list(reach.items()) if isinstance(reach, dict) else reach
    return people_groups([one for one, _ in pairs], {one.id: people for one, people in pairs},
                         {party.id: party for party in parties})  # fmt: skip


def told(found: list[Group]) -> Counter[tuple[uuid.UUID, uuid.UUID]]:
    """Return how often each pair of duty and people is covered, as the rows will join them."""
    return Counter((one.id, people.id) for group in found for one in group.duties for people in group.cohorts)


def sane(**asks: Any) -> Obligation:
    """Return a duty that does not forbid what it demands itself: no law does."""
    barred = Content(forbid=tuple(asks["forbid"])).bars()
    return duty(**{**asks, "require": [code for code in asks["require"] if code not in barred]})


DUTIES = st.builds(
    sane, law=st.sampled_from(["eu.gdpr", "us-ma", "us-ca", "uk.gdpr"]), place=st.sampled_from(PLACES),
    require=st.lists(st.sampled_from(CODES), unique=True, max_size=4),
    forbid=st.lists(st.sampled_from(["nature_of_breach", "number_of_residents"]), unique=True, max_size=1),
    headings=st.sampled_from([[], ["A", "B"], ["C"]]),
    channels=st.sampled_from([["email"], ["letter"], ["email", "letter"]]),
)  # fmt: skip
COHORTS = st.builds(
    cohort, st.sampled_from(PLACES), age_class=st.sampled_from(["adult", "child", "unknown"]),
    deceased=st.booleans(), elements=st.sampled_from([["name"], ["name", "ssn"], ["contact"]]),
    count=st.integers(1, 500),
)  # fmt: skip
REACHES = st.tuples(st.lists(DUTIES, min_size=1, max_size=5), st.lists(COHORTS, min_size=1, max_size=5), st.randoms())


def dealt(
    duties: list[Obligation], people: list[Cohort], chance: random.Random
) -> list[tuple[Obligation, list[Cohort]]]:
    """Deal people out to duties. Who lives in one place is reached by a law's duty for that one place only."""
    reach: list[tuple[Obligation, list[Cohort]]] = []
    for one in duties:
        taken = {who.id for other, there in reach if (other.law, other.duty) == (one.law, one.duty) for who in there}
        reach.append((one, [who for who in people if who.id not in taken and chance.random() < 0.6]))
    return reach


@FEW
@given(REACHES)
def test_each_duty_covers_each_of_its_people(drawn: Any) -> None:
    reach = dealt(*drawn)
    owed = {(one.id, who.id) for one, people in reach for who in people}
    assert owed <= set(told(groups(reach)))


@FEW
@given(REACHES)
def test_nobody_hears_twice_of_the_same_duty(drawn: Any) -> None:
    reach = dealt(*drawn)
    owed = {(one.id, who.id) for one, people in reach for who in people}
    assert {count for pair, count in told(groups(reach)).items() if pair in owed} <= {1}


@FEW
@given(REACHES)
def test_nobody_is_told_whom_no_duty_reaches(drawn: Any) -> None:
    reach = dealt(*drawn)
    reached = {who.id for _, people in reach for who in people}
    assert {who.id for group in groups(reach) for who in group.cohorts} == reached


@FEW
@given(REACHES)
def test_people_of_one_notice_share_one_voice_and_one_partner(drawn: Any) -> None:
    for group in groups(dealt(*drawn)):
        assert len({grouping.voice(who, group.duties) for who in group.cohorts}) == 1
        assert len({who.party_id for who in group.cohorts}) == 1


@FEW
@given(REACHES)
def test_americans_never_share_a_notice_with_others(drawn: Any) -> None:
    for group in groups(dealt(*drawn)):
        assert len({who.country in grouping.AMERICAN for who in group.cohorts}) == 1


@FEW
@given(REACHES)
def test_no_two_notices_have_the_same_key(drawn: Any) -> None:
    keys = [group.key for group in groups(dealt(*drawn))]
    assert len(keys) == len(set(keys))


@FEW
@given(st.lists(DUTIES, max_size=7))
def test_every_duty_is_in_one_document(duties: list[Obligation]) -> None:
    placed = [one.id for members in compatible(duties) for one in members]
    assert sorted(placed) == sorted(one.id for one in duties)


@FEW
@given(st.lists(DUTIES, max_size=7))
def test_documents_never_say_what_a_law_behind_them_forbids(duties: list[Obligation]) -> None:
    for members in compatible(duties):
        together = joint(members)
        assert together.bars() & set(together.require) == set()


@FEW
@given(st.lists(DUTIES, max_size=7))
def test_a_document_has_one_form_of_headings(duties: list[Obligation]) -> None:
    for members in compatible(duties):
        assert len({asked(one).headings for one in members if asked(one).headings}) <= 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_people_changes_no_key(order: tuple[int, ...]) -> None:
    people, one = [cohort("DE"), cohort("FR"), cohort("GB")], duty(require=GDPR)
    (group,) = groups([(one, [people[i] for i in order])])
    (usual,) = groups([(one, people)])
    assert group.key == usual.key
    assert group.count == 30


@pytest.mark.parametrize(("first", "second", "count"), [
    ({}, {}, 1), ({}, {"age_class": "child"}, 2), ({}, {"age_class": "unknown"}, 1), ({}, {"deceased": True}, 2),
    ({}, {"language": "de"}, 1), ({}, {"channels": ["letter"]}, 1), ({}, {"elements": ["ssn"]}, 1),
    ({}, {"kind": "employee"}, 1), ({"age_class": "child"}, {"age_class": "child", "deceased": True}, 2),
])  # fmt: skip
def test_what_divides_people_and_what_does_not(first: dict[str, Any], second: dict[str, Any], count: int) -> None:
    assert len(groups([(duty(require=GDPR), [cohort(**first), cohort(**second)])])) == count


@pytest.mark.parametrize(("fields", "voice"), [
    ({}, "adult"), ({"age_class": "unknown"}, "adult"), ({"age_class": "child"}, "child"),
    ({"deceased": True}, "deceased"), ({"deceased": True, "age_class": "child"}, "deceased"),
])  # fmt: skip
def test_who_is_spoken_to(fields: dict[str, Any], voice: str) -> None:
    assert grouping.voice(cohort(**fields), [duty()]) == voice


def test_a_duty_to_the_next_of_kin_speaks_to_the_family() -> None:
    assert grouping.voice(cohort(), [duty(), duty(recipient="next_of_kin")]) == "deceased"


def test_laws_against_each_other_make_two_notices_for_the_same_people() -> None:
    people = [cohort("US-MA")]
    tells = duty("us-ca", "US-CA", require=["what_happened"])
    hides = duty("us-ma", "US-MA", forbid=["nature_of_breach"])
    found = groups([(tells, people), (hides, people)])
    assert sorted(len(group.duties) for group in found) == [1, 1]
    assert {group.count for group in found} == {10}


def test_laws_that_agree_make_one_notice() -> None:
    people = [cohort("US-CA")]
    found = groups(
        [(duty(require=["what_happened"]), people), (duty("us-ca", "US-CA", require=["data_types"]), people)]
    )
    (group,) = found
    assert group.content.require == ("what_happened", "data_types")
    assert [one.law for one in group.duties] == ["eu.gdpr", "us-ca"]


def test_other_data_makes_no_other_notice_for_each_reads_their_own() -> None:
    people = [cohort(elements=["name", "ssn"]), cohort(elements=["ssn", "name"]), cohort(elements=["name"])]
    found = groups([(duty(require=["data_types_specific"]), people)])
    assert [group.count for group in found] == [30]


def test_partners_people_are_told_apart_by_partner() -> None:
    ash, oak = Party(id=new_id(), name="Ash"), Party(id=new_id(), name="Oak")
    people = [cohort(party_id=ash.id), cohort(party_id=oak.id), cohort()]
    found = groups([(duty(), people)], ash, oak)
    assert sorted(group.party.name if group.party else "" for group in found) == ["", "Ash", "Oak"]


def test_data_of_all_is_told_apart_from_data_of_some() -> None:
    (group,) = groups([(duty(), [cohort(elements=["name", "ssn"]), cohort(elements=["name", "contact"])])])
    assert group.common == {"name"}
    assert group.elements == ("contact", "name", "ssn")


def test_readers_are_counted_where_the_duty_asks() -> None:
    (group,) = groups([(duty(place="DE"), [cohort("DE", count=7), cohort("FR", count=5)])])
    assert (group.count, group.local_count) == (12, 7)
    assert group.countries == ("DE", "FR")


def test_people_of_nowhere_have_no_country_and_are_not_american() -> None:
    (group,) = groups([(duty(), [cohort("unknown")])])
    assert group.countries == ()
    assert group.american is False


@pytest.mark.parametrize(("language", "written", "missing"), [
    ("en", ("en",), ()), ("de", ("de",), ()), ("de-AT", ("de",), ()), ("pt_BR", None, None), ("xx", ("en",), ("xx",)),
])  # fmt: skip
def test_who_reads_what_is_not_shipped_gets_english(language: str, written: Any, missing: Any) -> None:
    (group,) = groups([(duty(), [cohort(language=language)])])
    assert group.languages
    if written is not None:
        assert (group.languages, group.not_shipped) == (written, missing)
    else:  # its templates may be shipped or not, but never both written and missing
        assert (group.languages == ("en",)) == bool(group.not_shipped)


def test_content_codes_are_read_alone_or_as_a_record() -> None:
    one = duty(require=["what_happened", {"code": "data_types", "citation": "§ 2"}])
    assert asked(one) == Content(("what_happened", "data_types"))


def test_a_duty_without_content_asks_nothing() -> None:
    assert asked(duty(detail={})) == Content()
    assert asked(duty(detail={"content": None})) == Content()


def rows(session: Session, incident: Incident) -> Counter[tuple[uuid.UUID, uuid.UUID]]:
    """Return each pair of duty and people that stands in a current notice."""
    found = select(NoticeDuty.obligation_id, NoticeCohort.cohort_id).join(
        NoticeCohort, NoticeCohort.notice_id == NoticeDuty.notice_id
    )
    current = found.join(Notice, Notice.id == NoticeDuty.notice_id).where(Notice.incident_id == incident.id)
    return Counter(session.exec(current.where(Notice.current)).all())


def test_rows_cover_what_the_assessment_reaches(session: Session, incident: Incident) -> None:
    state(session, incident)
    german, french = add_cohort(session, incident, "DE"), add_cohort(session, incident, "FR", age_class="child")
    british = add_cohort(session, incident, "GB", language="en")
    people_duty(session, incident, [german, french])
    people_duty(session, incident, [british], law="uk.gdpr", jurisdiction="GB")
    draft(session, incident, actor="ana")
    owed = set(session.exec(select(ObligationCohort.obligation_id, ObligationCohort.cohort_id)).all())
    assert owed <= set(rows(session, incident))
    assert set(rows(session, incident).values()) == {1}


def test_empty_cohorts_get_no_notice(session: Session, incident: Incident) -> None:
    state(session, incident)
    some, none = add_cohort(session, incident), add_cohort(session, incident, "FR", count=0)
    people_duty(session, incident, [some, none])
    report = draft(session, incident, actor="ana")
    assert report.people == 10
    assert set(session.exec(select(NoticeCohort.cohort_id)).all()) == {some.id}


@pytest.mark.parametrize("verdict", ["do_not_notify", "no_duty"])
def test_duties_that_ask_for_nothing_are_not_owed(session: Session, incident: Incident, verdict: str) -> None:
    people_duty(session, incident, [add_cohort(session, incident)], verdict="review", decided_verdict=verdict)
    assert grouping.owed(session, incident) == []


def test_old_duties_are_not_owed(session: Session, incident: Incident) -> None:
    cohorts = [add_cohort(session, incident)]
    people_duty(session, incident, cohorts, current=False)
    newest = people_duty(session, incident, cohorts, assessment=2)
    assert grouping.owed(session, incident) == [newest]
