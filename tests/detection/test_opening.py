"""An incident is opened with its number, its key and its first entry, and closed only when all is done."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from fakes.duties import add_duty
from sqlmodel import Session, select

from forthwith import clock, db, keys
from forthwith.detection import close_incident, open_incident
from forthwith.settings import settings
from forthwith.timeline.deadlines import explain_delay
from forthwith.timeline.export import entries, verify_rows
from models import Incident, Phase, Refusal, new_id

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def test_an_incident_begins_with_a_number_a_key_and_an_entry(session: Session) -> None:
    with clock.frozen(NOON):
        incident = open_incident(session, title="Laptop lost", actor="ana")
    assert (incident.ref, incident.phase, incident.opened_by) == ("2026-001", Phase.DETECTED, "ana")
    keys.unwrap(incident.id, incident.wrapped_key)
    [entry] = entries(session, incident)
    assert (entry.verb, entry.actor, entry.text) == ("opened", "ana", "Incident 2026-001 opened: Laptop lost.")


def test_a_drill_says_so_from_the_first_entry_on(session: Session) -> None:
    incident = open_incident(session, title="Laptop lost", actor="ana", drill=True)
    [entry] = entries(session, incident)
    assert incident.drill
    assert "opened as a drill" in entry.text


def test_each_incident_has_a_key_of_its_own(session: Session) -> None:
    first, second = (open_incident(session, title="Laptop lost", actor="ana") for _ in range(2))
    owner = new_id()
    sealed = keys.unwrap(first.id, first.wrapped_key).seal(owner, b"Ada")
    with pytest.raises(Refusal):
        keys.unwrap(second.id, second.wrapped_key).open(owner, sealed)


def test_numbers_count_up_within_a_year_and_begin_again_with_the_next(session: Session) -> None:
    refs = []
    for at in (NOON, NOON, NOON + timedelta(days=365), NOON):
        with clock.frozen(at):
            refs.append(open_incident(session, title="Laptop lost", actor="ana").ref)
    assert refs == ["2026-001", "2026-002", "2027-001", "2026-003"]


def test_the_year_is_that_of_the_installation_s_zone(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_TIMEZONE", "Pacific/Auckland")
    settings.cache_clear()
    with clock.frozen(datetime(2026, 12, 31, 12, 0, tzinfo=UTC)):
        ref = open_incident(session, title="Laptop lost", actor="ana").ref
    monkeypatch.undo()
    settings.cache_clear()
    assert ref == "2027-001"


def test_after_999_comes_1000_and_then_1001(session: Session) -> None:
    session.add(Incident(ref="2026-999", title="Many", opened_by="ana"))
    session.flush()
    with clock.frozen(NOON):
        refs = [open_incident(session, title="Laptop lost", actor="ana").ref for _ in range(2)]
    assert refs == ["2026-1000", "2026-1001"]


def test_many_who_open_at_once_get_numbers_without_a_gap(fresh: str) -> None:
    def work(number: int) -> str:
        with db.session() as own:
            return open_incident(own, title=f"Loss {number}", actor="ana").ref

    with ThreadPoolExecutor(8) as pool:
        refs = list(pool.map(work, range(24)))
    year = clock.today().year
    assert sorted(refs) == [f"{year}-{number:03d}" for number in range(1, 25)]
    with db.session() as opened:
        found = opened.exec(select(Incident)).all()
        assert all(verify_rows(one, entries(opened, one)).sound for one in found)


def opened_then_refused(session: Session) -> None:
    open_incident(session, title="Lost", actor="ana")
    open_incident(session, title="", actor="ana")


def test_an_opening_that_fails_leaves_no_gap(fresh: str) -> None:
    with pytest.raises(Refusal), db.session() as opened:
        opened_then_refused(opened)
    with db.session() as opened:
        assert open_incident(opened, title="Kept", actor="ana").ref.endswith("-001")


@pytest.mark.parametrize(
    "title",
    [
        "Mail of ada@example.com stolen",
        "Call +44 20 7946 0958",
        "SSN 078-05-1120 sent to a stranger",
        "Card 4111 1111 1111 1111 lost",
    ],
)
def test_a_title_that_names_somebody_is_refused_and_not_repeated(session: Session, title: str) -> None:
    with pytest.raises(Refusal, match="The title holds") as refused:
        open_incident(session, title=title, actor="ana")
    assert not re.search(r"ada|7946|078-05|4111", str(refused.value))
    assert session.exec(select(Incident)).all() == []


@pytest.mark.parametrize("title", ["", "   ", "\n", "x" * 201])
def test_a_title_without_words_or_without_end_is_refused(session: Session, title: str) -> None:
    with pytest.raises(Refusal, match="needs a title"):
        open_incident(session, title=title, actor="ana")


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Export of 2026-11-18 copied", "Export of 2026-11-18 copied"),
        (" two \n lines. ", "two lines"),
        ("Bucket 111122223333 open", "Bucket 111122223333 open"),
    ],
)
def test_a_title_is_kept_on_one_line(session: Session, title: str, kept: str) -> None:
    assert open_incident(session, title=title, actor="ana").title == kept


# --- closing


def test_an_incident_without_gaps_closes_and_says_so(session: Session, incident: Incident) -> None:
    add_duty(session, incident, due_at=NOON + timedelta(days=3), met_at=NOON)
    with clock.frozen(NOON):
        close_incident(session, incident, actor="jonas", gaps=[])
    assert (incident.phase, incident.closed_at) == (Phase.CLOSED, NOON)
    assert entries(session, incident)[-1].text == "Closed."


def test_an_incident_with_a_gap_stays_open(session: Session, incident: Incident) -> None:
    add_duty(session, incident)
    with pytest.raises(Refusal, match=r"has 2 gaps") as refused:
        close_incident(session, incident, actor="jonas", gaps=["a", "b"])
    assert "forthwith send status 2026-001" in refused.value.do
    assert incident.phase != Phase.CLOSED
    assert entries(session, incident) == []


def test_an_incident_with_an_unexplained_delay_stays_open_until_it_is_explained(
    session: Session, incident: Incident
) -> None:
    add_duty(session, incident, due_at=NOON, met_at=NOON + timedelta(hours=2))
    with pytest.raises(Refusal, match="needs a reason"):
        close_incident(session, incident, actor="jonas", gaps=[])
    explain_delay(session, incident, "eu.gdpr.authority", reason="The portal was down.", actor="jonas")
    assert close_incident(session, incident, actor="jonas", gaps=[]).phase == Phase.CLOSED


def test_an_incident_in_which_nothing_was_assessed_needs_a_reason(session: Session, incident: Incident) -> None:
    for reason in (None, "", "  "):
        with pytest.raises(Refusal, match="No law was assessed"):
            close_incident(session, incident, actor="ana", gaps=[], reason=reason)
    close_incident(session, incident, actor="ana", gaps=[], reason="False alarm: a test of the scanner.")
    assert entries(session, incident)[-1].text == "Closed: False alarm: a test of the scanner."


def test_a_reason_that_names_somebody_is_refused_and_the_incident_stays_open(
    session: Session, incident: Incident
) -> None:
    with pytest.raises(Refusal, match="The reason holds"):
        close_incident(session, incident, actor="ana", gaps=[], reason="ada@example.com was told by phone")
    assert incident.phase != Phase.CLOSED


def test_a_closed_incident_is_not_closed_again(session: Session, incident: Incident) -> None:
    close_incident(session, incident, actor="ana", gaps=[], reason="False alarm.")
    with pytest.raises(Refusal, match="closed already"):
        close_incident(session, incident, actor="ana", gaps=[], reason="False alarm.")
