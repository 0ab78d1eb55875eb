"""Facts are appended, checked against the vocabulary, and told in the timeline without anybody's data."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from forthwith import clock, db
from forthwith.detection.facts import state
from forthwith.detection.values import instant
from forthwith.detection.vocabulary import ANSWERS, NAMES, kind_of
from forthwith.timeline.export import entries
from forthwith.timeline.known import current, latest, moment
from models import Fact, Incident, Phase, Refusal, new_id

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)

# the facts file as it is promised to users: every path of it must be statable
PROMISED = [
    "entity.name", "entity.role", "entity.home", "entity.sector", "entity.establishments", "entity.regimes",
    "entity.acts_for", "clocks.occurred_from", "clocks.occurred_to", "clocks.detected_at", "clocks.discovered_at",
    "clocks.aware_at", "clocks.determined_at", "clocks.confirmed_at", "clocks.scope_identified_at",
    "clocks.classified_at", "clocks.materiality_determined_at", "clocks.contained_at",
    "clocks.individuals_notified_at", "clocks.owner_notified_at", "clocks.regulator_order_at",
    "clocks.regulators_notified_at.hhs_secretary", "breach.properties", "breach.cause", "breach.actor",
    "breach.source", "breach.processor.agent", "breach.processor.discovered_at", "breach.event.accessed",
    "breach.event.acquired", "breach.event.used", "breach.event.disclosed", "breach.exfiltration",
    "breach.recipients", "breach.media", "breach.protection.unintelligible", "breach.protection.key_compromised",
    "breach.protection.method", "breach.protection.standards", "breach.availability.backup",
    "breach.availability.restored_after_hours", "breach.availability.service_effect", "breach.mitigations",
    "breach.misuse", "breach.systemic", "breach.law_enforcement_hold.agency",
    "breach.law_enforcement_hold.requested_at", "breach.law_enforcement_hold.until",
    "breach.law_enforcement_hold.written", "notice.cost_usd", "notice.uncontactable", "answers.us-fl.harm",
    "answers.eu.gdpr.risk", "answers.us-ca.anything", "own_duties",
]  # fmt: skip


def said(session: Session, incident: Incident, name: str, value: object) -> object:
    state(session, incident, {name: value}, by="ana")
    return latest(session, incident)[name]


@pytest.mark.parametrize("name", PROMISED)
def test_every_promised_fact_can_be_stated(name: str) -> None:
    assert kind_of(name) is not None


def test_no_fact_is_known_that_is_not_promised() -> None:
    assert {name for name in NAMES if not name.startswith("words.")} - set(PROMISED) == set()


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("breach.casue", "breach.cause"), ("clocks.aware", "clocks.aware_at"), ("entity.rol", "entity.role"),
        ("breach.event.acessed", "breach.event.accessed"), ("notice.cost", "notice.cost_usd"),
    ],
)  # fmt: skip
def test_a_wrong_name_is_refused_with_what_is_near(session: Session, incident: Incident, name: str, near: str) -> None:
    with pytest.raises(Refusal, match="No fact is called") as refused:
        state(session, incident, {name: "x"}, by="ana")
    assert near in refused.value.do


@pytest.mark.parametrize(
    "name",
    ["", "people", "people.0.count", "as_of", "breach", "clocks.", "answers.", "answers.a b", "breach.cause.x",
     "clocks.regulators_notified_at.", "clocks.regulators_notified_at.a-b", "__class__", "answers.'; drop table fact"],
)  # fmt: skip
def test_no_other_name_is_a_fact(session: Session, incident: Incident, name: str) -> None:
    with pytest.raises(Refusal):
        state(session, incident, {name: "x"}, by="ana")
    assert latest(session, incident) == {}


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("breach.cause", "phishing", "phishing"),
        ("breach.event.accessed", True, "yes"),
        ("breach.event.accessed", False, "no"),
        ("breach.event.accessed", "unknown", "unknown"),
        ("breach.media", "paper", ["paper"]),
        ("breach.media", ["electronic", "paper", "electronic"], ["electronic", "paper"]),
        ("entity.regimes", [], []),
        ("entity.name", "  Example \n Ltd ", "Example Ltd"),
        ("entity.establishments", ["IE", "DE"], ["IE", "DE"]),
        ("entity.establishments", "IE", ["IE"]),
        ("notice.cost_usd", "250000", 250000),
        ("notice.cost_usd", "1.5", 1.5),
        ("notice.uncontactable", 0, 0),
        ("breach.availability.restored_after_hours", 3.0, 3),
        ("clocks.aware_at", "2026-11-18T07:40:00+01:00", "2026-11-18T06:40:00Z"),
        ("clocks.aware_at", NOON, "2026-11-18T12:00:00Z"),
        ("clocks.occurred_from", date(2026, 11, 15), "2026-11-15"),
        ("clocks.occurred_from", "2026-11-15", "2026-11-15"),
        ("clocks.regulators_notified_at.hhs_secretary", False, "no"),
        ("clocks.regulators_notified_at.hhs_secretary", "no", "no"),
        ("answers.us-fl.harm", "no_harm_likely", "no_harm_likely"),
        ("answers.us-xx.told", True, "yes"),
        ("answers.us-xx.number", 7, 7),
        ("answers.us-xx.list", ["a"], ["a"]),
        ("answers.us-xx.day", date(2026, 1, 2), "2026-01-02"),
        ("answers.us-fl.harm", {"value": "harm_likely", "decided_at": "2026-08-20", "consulted": ["law_enforcement"]},
         {"value": "harm_likely", "decided_at": "2026-08-20", "consulted": ["law_enforcement"]}),
        ("own_duties", ["contracts.click-and-resolve"], ["contracts.click-and-resolve"]),
        ("breach.cause", None, None),
    ],
)  # fmt: skip
def test_a_value_is_kept_in_its_one_form(
    session: Session, incident: Incident, name: str, value: object, kept: object
) -> None:
    assert said(session, incident, name, value) == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("breach.cause", "fishing"), ("breach.cause", ""), ("breach.cause", 7), ("breach.cause", ["phishing"]),
        ("breach.cause", {"a": 1}), ("breach.media", "air"), ("breach.media", {"paper": 1}),
        ("breach.media", [["paper"]]),
        ("breach.event.used", "maybe"), ("entity.name", ""), ("entity.name", 7), ("entity.name", "x" * 201),
        ("entity.establishments", 7), ("notice.cost_usd", -1), ("notice.cost_usd", True), ("notice.cost_usd", "many"),
        ("notice.cost_usd", float("nan")), ("notice.cost_usd", float("inf")), ("notice.cost_usd", 1e300),
        ("clocks.aware_at", "2026-11-18T07:40:00"), ("clocks.aware_at", datetime(2026, 11, 18, 7, 40)),  # noqa: DTZ001
        ("clocks.aware_at", "yesterday"), ("clocks.aware_at", "2026-13-01"), ("clocks.aware_at", "P"),
        ("clocks.aware_at", "-PT"),
        ("clocks.aware_at", 7), ("clocks.aware_at", True), ("clocks.aware_at", "P99999999999D"),
        ("answers.us-fl.harm", "none"),
        ("answers.us-fl.harm", {"decided_at": "2026-08-20"}),
        ("answers.us-fl.harm", {"value": "harm_likely", "by": "x"}),
        ("answers.eu.gdpr.risk", {"value": "tiny"}), ("own_duties", "x"), ("own_duties", ["../../etc"]),
        ("own_duties", [7]),
    ],
)  # fmt: skip
def test_a_value_that_its_name_can_t_have_is_refused_and_nothing_is_stated(
    session: Session, incident: Incident, name: str, value: object
) -> None:
    with pytest.raises(Refusal, match=r"can't say that"):
        state(session, incident, {"breach.systemic": "no", name: value}, by="ana")
    assert latest(session, incident) == {}
    assert entries(session, incident) == []


@pytest.mark.parametrize(
    ("value", "near"), [("fishing", "phishing"), ("Ransomware", "ransomware"), ("miscofiguration", "misconfiguration")]
)
def test_a_word_that_is_nearly_right_is_answered_with_the_right_one(
    session: Session, incident: Incident, value: str, near: str
) -> None:
    with pytest.raises(Refusal, match=f"Did you mean {near}"):
        state(session, incident, {"breach.cause": value}, by="ana")


def test_a_refusal_never_repeats_free_text(session: Session, incident: Incident) -> None:
    with pytest.raises(Refusal) as refused:
        state(session, incident, {"breach.cause": "ada@example.com clicked"}, by="ana")
    assert "ada" not in str(refused.value)


@pytest.mark.parametrize(
    ("duration", "delta"),
    [
        ("-P2DT3H", timedelta(days=-2, hours=-3)), ("PT30M", timedelta(minutes=30)), ("-P1W", timedelta(weeks=-1)),
        ("+P1D", timedelta(days=1)), ("-PT90S", timedelta(seconds=-90)),
    ],
)  # fmt: skip
def test_a_duration_counts_from_now(session: Session, incident: Incident, duration: str, delta: timedelta) -> None:
    with clock.frozen(NOON):
        said(session, incident, "clocks.detected_at", duration)
    assert moment(latest(session, incident)["clocks.detected_at"]) == NOON + delta


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_a_stated_instant_is_the_same_instant_in_utc(at: datetime) -> None:
    read = instant(at.isoformat())
    assert isinstance(read, datetime)
    assert abs(read - at.astimezone(UTC)) < timedelta(seconds=1)


# --- appended, never edited


def test_a_correction_supersedes_and_the_older_fact_stays(session: Session, incident: Incident) -> None:
    [first] = state(session, incident, {"breach.cause": "phishing"}, by="ana")
    [second] = state(session, incident, {"breach.cause": "insider"}, by="ben", reason="The log shows a badge.")
    assert second.supersedes == first.id
    assert latest(session, incident) == {"breach.cause": "insider"}
    assert len(session.exec(select(Fact)).all()) == 2
    assert (second.stated_by, second.reason) == ("ben", "The log shows a badge.")


def test_what_is_known_already_is_not_said_twice(session: Session, incident: Incident) -> None:
    state(session, incident, {"breach.cause": "phishing"}, by="ana")
    assert state(session, incident, {"breach.cause": "phishing"}, by="ben") == []
    assert len(entries(session, incident)) == 1


def test_a_fact_can_be_taken_back(session: Session, incident: Incident) -> None:
    state(session, incident, {"breach.cause": "phishing"}, by="ana")
    state(session, incident, {"breach.cause": None}, by="ana")
    assert latest(session, incident) == {"breach.cause": None}
    assert entries(session, incident)[-1].text == "Stated: cause taken back."


def test_the_database_refuses_to_edit_a_fact(session: Session, incident: Incident) -> None:
    state(session, incident, {"breach.cause": "phishing"}, by="ana")
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("update fact set value = '\"insider\"'"))


def test_when_a_fact_was_known_is_kept(session: Session, incident: Incident) -> None:
    [fact] = state(session, incident, {"breach.cause": "phishing"}, by="ana", known_at=NOON)
    assert fact.known_at == NOON


def test_awareness_is_kept_with_the_incident(session: Session, incident: Incident) -> None:
    state(session, incident, {"clocks.aware_at": "2026-11-18T07:40:00+01:00"}, by="ana")
    assert incident.aware_at == datetime(2026, 11, 18, 6, 40, tzinfo=UTC)
    state(session, incident, {"clocks.aware_at": None}, by="ana")
    assert incident.aware_at is None


def test_awareness_on_a_bare_day_begins_with_that_day_here(
    session: Session, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forthwith.settings import settings

    monkeypatch.setenv("FORTHWITH_TIMEZONE", "Europe/Berlin")
    settings.cache_clear()
    state(session, incident, {"clocks.aware_at": "2026-07-01"}, by="ana")
    monkeypatch.undo()
    settings.cache_clear()
    assert incident.aware_at == datetime(2026, 6, 30, 22, 0, tzinfo=UTC)


def test_a_closed_incident_learns_nothing_more(session: Session, incident: Incident) -> None:
    incident.phase = Phase.CLOSED
    with pytest.raises(Refusal, match="is closed"):
        state(session, incident, {"breach.cause": "phishing"}, by="ana")


# --- what the timeline tells


def test_the_timeline_tells_words_and_times_for_people(session: Session, incident: Incident) -> None:
    state(
        session, incident,
        {"breach.cause": "phishing", "clocks.aware_at": NOON, "breach.media": ["paper", "oral"], "entity.regimes": []},
        by="ana",
    )  # fmt: skip
    [entry] = entries(session, incident)
    assert entry.text == "Stated: cause phishing; aware at 2026-11-18 12:00 UTC; media paper, oral; regimes none."
    assert entry.data["facts"]["breach.cause"] == "phishing"


@pytest.mark.parametrize(
    "name", ["entity.name", "breach.protection.method", "breach.law_enforcement_hold.agency", "answers.us-xx.note"]
)
def test_free_text_never_stands_in_the_timeline(session: Session, incident: Incident, name: str) -> None:
    state(session, incident, {name: "Ada Lovelace did it"}, by="ana")
    [entry] = entries(session, incident)
    assert "Lovelace" not in entry.text + str(entry.data)
    assert name in entry.data["facts"]


def test_the_timeline_tells_that_there_is_a_reason_and_not_which(session: Session, incident: Incident) -> None:
    state(session, incident, {"breach.cause": "insider"}, by="ana", reason="Ada Lovelace said so")
    [entry] = entries(session, incident)
    assert entry.data["with_reason"] is True
    assert "Lovelace" not in entry.text + str(entry.data)


def test_nothing_stated_writes_nothing(session: Session, incident: Incident) -> None:
    assert state(session, incident, {}, by="ana") == []
    assert entries(session, incident) == []


def test_two_who_state_at_once_make_one_chain_of_corrections(fresh: str) -> None:
    ident = new_id()
    with db.session() as opened:
        opened.add(Incident(id=ident, ref="2026-001", title="Busy", opened_by="ana"))

    def work(number: int) -> None:
        with db.session() as own:
            state(own, own.get_one(Incident, ident), {"notice.uncontactable": number}, by=f"writer {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    with db.session() as opened:
        rows = opened.exec(select(Fact)).all()
        superseded = {row.supersedes for row in rows} - {None}
        assert len(rows) == 24
        assert len(superseded) == 23, "each corrects another one"
        [last] = [row for row in rows if row.id not in superseded]
        assert current(opened, opened.get_one(Incident, ident))["notice.uncontactable"].id == last.id


def test_the_word_for_answers_is_offered_where_nothing_is_nearer(session: Session, incident: Incident) -> None:
    with pytest.raises(Refusal) as refused:
        state(session, incident, {"answer.us-fl": "x"}, by="ana")
    assert ANSWERS in refused.value.do
