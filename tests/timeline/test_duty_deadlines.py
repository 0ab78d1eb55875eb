"""What is due is shown in time, said once, and a delay must be explained."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from fakes.duties import NOON, add_duty
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from forthwith import clock, db
from forthwith.detection.facts import state
from forthwith.timeline.deadlines import due, explain_delay, thresholds, tick, unexplained
from forthwith.timeline.export import entries, verify_rows
from models import Entry, Incident, Phase, Refusal, new_id

HOUR = timedelta(hours=1)
WHY = "The portal of the authority was down until 10:20."


@pytest.fixture
def aware(incident: Incident) -> Incident:
    incident.aware_at = NOON
    return incident


def at(hours: float) -> datetime:
    return NOON + hours * HOUR


def said(session: Session, incident: Incident) -> list[tuple[str, str]]:
    rows = [entry for entry in entries(session, incident) if entry.verb == "deadline"]
    return [(entry.object_id, entry.data["threshold"]) for entry in rows]


# --- what is due


def test_a_duty_with_a_time_is_shown_with_what_is_left(session: Session, aware: Incident) -> None:
    add_duty(session, aware, due_at=at(72))
    [one] = due(session, aware, now=at(48))
    assert (one.key, one.left_seconds, one.late, one.incident) == ("eu.gdpr.authority", 24 * 3600, False, "2026-001")


def test_the_earliest_comes_first_and_what_has_no_number_last(session: Session, aware: Incident) -> None:
    for key, hours in (("b", 90), ("a", 30), ("none", None)):
        add_duty(session, aware, key, due_at=at(hours) if hours else None)
    assert [one.key for one in due(session, aware, now=NOON)] == ["a", "b", "none"]


@pytest.mark.parametrize(
    ("verdict", "decided", "shown"),
    [
        ("notify", None, True),
        ("review", None, True),
        ("do_not_notify", None, False),
        ("notify", "do_not_notify", False),
        ("review", "do_not_notify", False),
        ("review", "notify", True),
        ("do_not_notify", "notify", True),
    ],
)
def test_the_verdict_that_counts_decides(
    session: Session, aware: Incident, verdict: str, decided: str | None, shown: bool
) -> None:
    add_duty(session, aware, verdict=verdict, decided_verdict=decided, due_at=at(72))
    found = due(session, aware, now=NOON)
    assert [one.verdict for one in found] == ([decided or verdict] if shown else [])


def test_a_duty_of_an_older_assessment_is_not_due(session: Session, aware: Incident) -> None:
    add_duty(session, aware, current=False, due_at=at(72))
    assert due(session, aware, now=NOON) == []


def test_all_open_incidents_are_shown_together_and_closed_ones_are_not(session: Session, aware: Incident) -> None:
    other = Incident(id=new_id(), ref="2026-002", title="Other", opened_by="ana", aware_at=NOON)
    shut = Incident(id=new_id(), ref="2026-003", title="Shut", opened_by="ana", phase=Phase.CLOSED)
    session.add_all([other, shut])
    session.flush()
    for case in (aware, other, shut):
        add_duty(session, case, due_at=at(72))
    assert [one.incident for one in due(session, now=NOON)] == ["2026-001", "2026-002"]
    assert [one.incident for one in due(session, shut, now=NOON)] == ["2026-003"]


@pytest.mark.parametrize(("hours", "late"), [(71.99, False), (72, False), (72.01, True)])
def test_late_begins_after_the_last_lawful_instant(session: Session, aware: Incident, hours: float, late: bool) -> None:
    add_duty(session, aware, due_at=at(72))
    assert due(session, aware, now=at(hours))[0].late is late


@pytest.mark.parametrize(("met", "late"), [(71, False), (72, False), (73, True)])
def test_a_duty_that_was_met_is_late_only_if_it_was_met_late(
    session: Session, aware: Incident, met: int, late: bool
) -> None:
    add_duty(session, aware, due_at=at(72), met_at=at(met))
    [one] = due(session, aware, now=at(500))
    assert (one.late, one.demands_reason, one.left_seconds) == (late, late, (72 - met) * 3600)


def test_the_clock_s_own_start_counts_before_awareness(session: Session, aware: Incident) -> None:
    state(session, aware, {"clocks.determined_at": at(10)}, by="ana")
    clocks = [{"start": "clocks.determined_at", "used": True}, {"start": "clocks.aware_at", "used": False}]
    add_duty(session, aware, due_at=at(50), detail={"clocks": clocks})
    assert due(session, aware, now=at(11))[0].starts_at == at(10)


@pytest.mark.parametrize(
    "detail", [{}, {"clocks": None}, {"clocks": [{"start": "clocks.determined_at", "used": True}]}]
)
def test_without_a_stated_start_awareness_counts(session: Session, aware: Incident, detail: dict[str, object]) -> None:
    add_duty(session, aware, due_at=at(72), detail=detail)
    assert due(session, aware, now=at(1))[0].starts_at == NOON


def test_without_awareness_the_opening_counts(session: Session, incident: Incident) -> None:
    add_duty(session, incident, due_at=at(72))
    assert due(session, incident, now=at(1))[0].starts_at == incident.created_at


def test_a_deadline_as_json_holds_times_in_utc_and_no_object(session: Session, aware: Incident) -> None:
    add_duty(session, aware, due_at=at(72))
    shown = due(session, aware, now=at(80))[0].as_dict()
    assert shown["due_at"] == "2026-11-21T12:00:00.000000Z"
    assert (shown["late"], shown["demands_reason"], shown["met_at"]) == (True, True, None)


# --- thresholds


def test_a_deadline_of_three_days_has_four_thresholds_in_order() -> None:
    found = thresholds(NOON, at(72))
    assert found == [(at(48), "24h"), (at(54), "75%"), (at(71), "1h"), (at(72), "late")]


def test_a_short_deadline_skips_what_lies_before_its_start() -> None:
    assert thresholds(NOON, at(4)) == [(at(3), "1h"), (at(3), "75%"), (at(4), "late")]
    assert thresholds(NOON, at(0.5)) == [(at(0.375), "75%"), (at(0.5), "late")]


def test_a_deadline_before_its_own_start_is_only_late() -> None:
    assert thresholds(NOON, at(-5)) == [(at(-5), "late")]


@given(st.floats(-100, 5000, allow_nan=False))
def test_thresholds_rise_and_end_with_late(hours: float) -> None:
    found = thresholds(NOON, at(hours))
    assert [moment for moment, _ in found] == sorted(moment for moment, _ in found)
    assert found[-1] == (at(hours), "late")
    assert len({name for _, name in found}) == len(found)


# --- the tick


@pytest.mark.parametrize(
    ("hours", "threshold"), [(47, None), (48, "24h"), (53, "24h"), (54, "75%"), (71, "1h"), (72, "late"), (900, "late")]
)
def test_a_tick_says_the_newest_threshold(
    session: Session, aware: Incident, hours: float, threshold: str | None
) -> None:
    add_duty(session, aware, due_at=at(72))
    tick(session, at(hours))
    assert said(session, aware) == ([("eu.gdpr.authority", threshold)] if threshold else [])


def test_each_threshold_is_said_once_however_often_it_ticks(session: Session, aware: Incident) -> None:
    add_duty(session, aware, due_at=at(72))
    for minute in range(0, 80 * 60, 10):
        tick(session, at(minute / 60))
    assert [name for _, name in said(session, aware)] == ["24h", "75%", "1h", "late"]


def test_after_a_pause_only_the_newest_is_said_and_the_older_never_follow(session: Session, aware: Incident) -> None:
    add_duty(session, aware, due_at=at(72))
    tick(session, at(71.5))
    tick(session, at(71.6))
    assert [name for _, name in said(session, aware)] == ["1h"]


def test_a_tick_speaks_for_every_duty_of_every_open_incident(session: Session, aware: Incident) -> None:
    other = Incident(id=new_id(), ref="2026-002", title="Other", opened_by="ana", aware_at=NOON)
    session.add(other)
    session.flush()
    add_duty(session, aware, "a", due_at=at(72))
    add_duty(session, aware, "b", due_at=at(73))
    add_duty(session, other, "a", due_at=at(72))
    assert len(tick(session, at(72.5))) == 3
    assert said(session, other) == [("a", "late")]


def test_what_is_met_or_has_no_number_is_not_spoken_of(session: Session, aware: Incident) -> None:
    add_duty(session, aware, "met", due_at=at(72), met_at=at(60))
    add_duty(session, aware, "none", due_at=None)
    assert tick(session, at(100)) == []


def test_a_new_assessment_with_the_same_time_says_nothing_again(session: Session, aware: Incident) -> None:
    first = add_duty(session, aware, due_at=at(72))
    tick(session, at(48))
    first.current = False
    add_duty(session, aware, assessment=2, due_at=at(72))
    assert tick(session, at(49)) == []


def test_a_time_that_moved_is_spoken_of_again(session: Session, aware: Incident) -> None:
    duty = add_duty(session, aware, due_at=at(72))
    tick(session, at(48))
    duty.due_at = at(60)
    session.flush()
    assert [entry.data["threshold"] for entry in tick(session, at(49))] == ["75%"]


def test_an_entry_says_what_and_until_when_and_names_nobody(session: Session, aware: Incident) -> None:
    add_duty(session, aware, due_at=at(72))
    [entry] = tick(session, at(48))
    assert entry.text == "24 hours are left: eu.gdpr, authority, due 2026-11-21 12:00 UTC."
    assert (entry.actor, entry.object_type, entry.data["due_at"]) == ("clock", "duty", "2026-11-21T12:00:00.000000Z")


def test_the_present_is_that_of_our_clock(session: Session, aware: Incident) -> None:
    add_duty(session, aware, due_at=at(72))
    with clock.frozen(at(80)):
        assert due(session, aware)[0].late
        assert len(tick(session)) == 1


def test_several_processes_that_tick_at_once_say_it_once(fresh: str) -> None:
    ident = new_id()
    with db.session() as opened:
        incident = Incident(id=ident, ref="2026-001", title="Busy", opened_by="ana", aware_at=NOON)
        opened.add(incident)
        opened.flush()
        for number in range(5):
            add_duty(opened, incident, f"duty {number}", due_at=at(72))

    def work(_: int) -> int:
        with db.session() as own:
            return len(tick(own, at(80)))

    with ThreadPoolExecutor(6) as pool:
        counts = list(pool.map(work, range(12)))
    with db.session() as opened:
        incident = opened.get_one(Incident, ident)
        assert sum(counts) == len(said(opened, incident)) == 5
        assert verify_rows(incident, entries(opened, incident)).sound


# --- delays


def test_a_late_duty_demands_a_reason_until_it_has_one(session: Session, aware: Incident) -> None:
    add_duty(session, aware, due_at=at(72))
    with clock.frozen(at(80)):
        assert [one.key for one in unexplained(session, aware)] == ["eu.gdpr.authority"]
        explain_delay(session, aware, "eu.gdpr.authority", reason=WHY, actor="jonas")
        assert unexplained(session, aware) == []
        assert due(session, aware)[0].reason == WHY


def test_the_newest_reason_counts_and_the_older_stays_on_record(session: Session, aware: Incident) -> None:
    add_duty(session, aware, due_at=at(72))
    with clock.frozen(at(80)):
        explain_delay(session, aware, "eu.gdpr.authority", reason=WHY, actor="jonas")
        explain_delay(
            session, aware, "eu.gdpr.authority", reason="The facts were not clear before noon.", actor="jonas"
        )
        assert due(session, aware)[0].reason == "The facts were not clear before noon."
    reasons = session.exec(select(Entry).where(Entry.verb == "explained_delay")).all()
    assert len(reasons) == 2


@pytest.mark.parametrize("reason", ["", "   ", "late", "\n\n\n\n\n\n\n\n\n\n\n\n"])
def test_a_reason_that_says_nothing_is_refused(session: Session, aware: Incident, reason: str) -> None:
    add_duty(session, aware, due_at=at(72))
    with clock.frozen(at(80)), pytest.raises(Refusal, match="needs its reason"):
        explain_delay(session, aware, "eu.gdpr.authority", reason=reason, actor="jonas")


@pytest.mark.parametrize(
    "reason", ["ada@example.com did not answer us", "Call +44 20 7946 0958 for more", "SSN 078-05-1120 was unclear"]
)
def test_a_reason_that_names_somebody_is_refused_and_not_repeated(
    session: Session, aware: Incident, reason: str
) -> None:
    add_duty(session, aware, due_at=at(72))
    with clock.frozen(at(80)), pytest.raises(Refusal) as refused:
        explain_delay(session, aware, "eu.gdpr.authority", reason=reason, actor="jonas")
    assert not any(word in str(refused.value) for word in ("ada", "7946", "078"))


@pytest.mark.parametrize(("key", "hours"), [("eu.gdpr.authority", 10), ("no.such", 100)])
def test_what_is_not_late_needs_no_reason(session: Session, aware: Incident, key: str, hours: int) -> None:
    add_duty(session, aware, due_at=at(72))
    with clock.frozen(at(hours)), pytest.raises(Refusal, match="No late duty"):
        explain_delay(session, aware, key, reason=WHY, actor="jonas")


def test_times_of_another_zone_are_compared_as_instants(session: Session, aware: Incident) -> None:
    from datetime import timezone

    there = timezone(timedelta(hours=9))
    add_duty(session, aware, due_at=datetime(2026, 11, 21, 21, 0, tzinfo=there))
    session.expire_all()
    assert due(session, aware, now=datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC))[0].late
