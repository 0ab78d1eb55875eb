"""The calendar of deadlines is iCalendar to the letter, keeps its events' names, and tells of nobody."""

import re
from datetime import timedelta

import pytest
from fakes.calendar_reader import Component, read, unescaped, unfolded
from fakes.duties import NOON, add_duty
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from forthwith.timeline.feed import escaped, folded, sequence, to_ics
from models import Incident, Obligation, Phase, new_id

DAY = timedelta(days=1)


def events(session: Session, incident: Incident | None = None) -> list[Component]:
    return read(to_ics(session, incident, now=NOON)).inside


def event(session: Session, incident: Incident) -> dict[str, str]:
    [found] = events(session, incident)
    return found.properties


def again(session: Session, duty: Obligation, **changes: object) -> Obligation:
    """Assess once more: the old row stays as history."""
    duty.current = False
    copy = duty.model_dump(exclude={"id", "created_at", "met_at", "decided_verdict"}) | {"current": True}
    made = Obligation(**{**copy, "assessment": duty.assessment + 1, **changes})
    session.add(made)
    session.flush()
    return made


def test_an_empty_calendar_is_a_calendar(session: Session, incident: Incident) -> None:
    assert events(session) == []


def test_a_deadline_is_an_event_in_utc_with_two_alarms(session: Session, incident: Incident) -> None:
    add_duty(session, incident, due_at=NOON + 3 * DAY)
    [found] = events(session, incident)
    assert found.properties["DTSTART"] == "20261121T120000Z"
    assert found.properties["STATUS"] == "CONFIRMED"
    assert [alarm.properties["TRIGGER"] for alarm in found.inside] == ["-P1D", "-PT1H"]


def test_an_event_says_which_law_and_whom_and_no_number_of_people(session: Session, incident: Incident) -> None:
    add_duty(session, incident, due_at=NOON + DAY, count=4711)
    content = to_ics(session, incident, now=NOON)
    assert event(session, incident)["SUMMARY"] == "2026-001 eu.gdpr: regulator (lead_supervisory_authority)"
    assert event(session, incident)["DESCRIPTION"].endswith("Regulation (EU) 2016/679 Art. 33(1).")
    assert b"4711" not in content
    assert incident.title.encode() not in content


def test_a_duty_without_a_number_is_not_in_a_calendar(session: Session, incident: Incident) -> None:
    add_duty(session, incident, due_at=None)
    assert events(session, incident) == []


def test_the_same_state_gives_the_same_event(session: Session, incident: Incident) -> None:
    add_duty(session, incident, due_at=NOON + DAY)
    assert to_ics(session, incident, now=NOON) == to_ics(session, incident, now=NOON)


def test_the_name_of_an_event_stays_and_its_sequence_rises_when_the_time_moves(
    session: Session, incident: Incident
) -> None:
    duty = add_duty(session, incident, due_at=NOON + 3 * DAY)
    before = event(session, incident)
    again(session, duty, due_at=NOON + 2 * DAY)
    after = event(session, incident)
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert after["DTSTART"] == "20261120T120000Z"


def test_a_new_assessment_with_the_same_answer_changes_nothing(session: Session, incident: Incident) -> None:
    duty = add_duty(session, incident, due_at=NOON + 3 * DAY)
    before = event(session, incident)
    again(session, duty)
    assert event(session, incident) == before


def test_a_duty_that_fell_away_is_cancelled_and_rings_no_more(session: Session, incident: Incident) -> None:
    duty = add_duty(session, incident, due_at=NOON + 3 * DAY)
    before = event(session, incident)
    again(session, duty, verdict="do_not_notify")
    [found] = events(session, incident)
    assert (found.properties["STATUS"], found.inside) == ("CANCELLED", [])
    assert int(found.properties["SEQUENCE"]) > int(before["SEQUENCE"])


def test_a_duty_that_no_newer_assessment_knows_is_cancelled(session: Session, incident: Incident) -> None:
    duty = add_duty(session, incident, due_at=NOON + 3 * DAY)
    duty.current = False
    session.flush()
    assert event(session, incident)["STATUS"] == "CANCELLED"


def test_a_duty_that_lost_its_number_is_cancelled_at_its_last_time(session: Session, incident: Incident) -> None:
    duty = add_duty(session, incident, due_at=NOON + 3 * DAY)
    again(session, duty, due_at=None)
    found = event(session, incident)
    assert (found["STATUS"], found["DTSTART"]) == ("CANCELLED", "20261121T120000Z")


def test_a_duty_that_was_met_says_so_and_rings_no_more(session: Session, incident: Incident) -> None:
    duty = add_duty(session, incident, due_at=NOON + 3 * DAY)
    before = int(event(session, incident)["SEQUENCE"])
    duty.met_at = NOON
    session.flush()
    [found] = events(session, incident)
    assert found.properties["SUMMARY"].startswith("met: ")
    assert found.inside == []
    assert int(found.properties["SEQUENCE"]) > before


def test_a_decision_of_legal_raises_the_sequence(session: Session, incident: Incident) -> None:
    duty = add_duty(session, incident, verdict="review", due_at=NOON + 3 * DAY)
    before = event(session, incident)
    assert "Legal must still decide" in before["DESCRIPTION"]
    duty.decided_verdict = "notify"
    session.flush()
    after = event(session, incident)
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert "Legal must still decide" not in after["DESCRIPTION"]


def test_a_drill_is_called_a_drill(session: Session, incident: Incident) -> None:
    incident.drill = True
    add_duty(session, incident, due_at=NOON + DAY)
    found = event(session, incident)
    assert found["SUMMARY"].startswith("[drill] ")
    assert found["CATEGORIES"] == "drill"


def test_the_calendar_of_all_leaves_closed_incidents_out(session: Session, incident: Incident) -> None:
    shut = Incident(id=new_id(), ref="2026-002", title="Shut", opened_by="ana", phase=Phase.CLOSED)
    session.add(shut)
    session.flush()
    add_duty(session, incident, due_at=NOON + DAY)
    add_duty(session, shut, due_at=NOON + DAY)
    assert [one.properties["SUMMARY"][:8] for one in events(session)] == ["2026-001"]


def test_two_incidents_with_the_same_duty_have_two_events(session: Session, incident: Incident) -> None:
    other = Incident(id=new_id(), ref="2026-002", title="Other", opened_by="ana")
    session.add(other)
    session.flush()
    add_duty(session, incident, due_at=NOON + DAY)
    add_duty(session, other, due_at=NOON + DAY)
    assert len({one.properties["UID"] for one in events(session)}) == 2


@pytest.mark.parametrize(
    "bad", ["a\r\nBEGIN:VALARM", "x\nEND:VCALENDAR", "semi;colon, comma \\ back", "\x00\x07bell", "é" * 80]
)
def test_no_word_of_a_law_can_break_the_calendar(session: Session, incident: Incident, bad: str) -> None:
    add_duty(session, incident, due_at=NOON + DAY, citation=bad.replace("\x00", ""), recipient=bad.replace("\x00", ""))
    [found] = events(session, incident)
    assert len(found.inside) == 2
    assert re.sub(r"[\x00-\x09\x0b-\x1f]", "", bad.replace("\r\n", "\n")) in found.properties["DESCRIPTION"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(TEXTS)
def test_a_folded_line_unfolds_to_itself_and_no_piece_is_longer_than_75_octets(text: str) -> None:
    line = "X:" + escaped(text)
    assert unfolded(folded(line)) == [line]


@given(TEXTS)
def test_escaped_text_means_what_it_meant(text: str) -> None:
    meant = "".join(
        sign for sign in text.replace("\r\n", "\n") if sign == "\n" or (ord(sign) > 31 and ord(sign) != 127)
    )
    assert unescaped(escaped(text)) == meant


STEP = st.tuples(st.integers(1, 3), st.sampled_from(["notify", "review"]), st.booleans(), st.booleans(), st.booleans())


@given(st.lists(STEP, min_size=1, max_size=6))
def test_the_sequence_never_falls(steps: list[tuple[int, str, bool, bool, bool]]) -> None:
    """A duty is assessed, perhaps decided, perhaps met, perhaps gone in the next assessment, and perhaps back."""
    history: list[Obligation] = []
    seen, number = [0], 0
    for days, verdict, decided, met, gone in steps:
        number += 1
        for row in history:
            row.current = False
        row = Obligation(due_at=NOON + days * DAY, verdict=verdict, current=True, assessment=number)
        history.append(row)
        seen.append(sequence(history))
        row.decided_verdict = "notify" if decided else None
        seen.append(sequence(history))
        row.met_at = NOON if met else None
        seen.append(sequence(history))
        if gone:
            number += 1
            row.current = False
            seen.append(sequence(history))
    assert seen == sorted(seen)


def test_a_duty_that_went_and_came_back_has_a_higher_sequence_each_time(session: Session, incident: Incident) -> None:
    duty = add_duty(session, incident, due_at=NOON + DAY)
    first = int(event(session, incident)["SEQUENCE"])
    duty.current = False
    session.flush()
    gone = int(event(session, incident)["SEQUENCE"])
    add_duty(session, incident, due_at=NOON + DAY, assessment=3)
    back = event(session, incident)
    assert first < gone < int(back["SEQUENCE"])
    assert back["STATUS"] == "CONFIRMED"
