"""The desk shows what waits and what may be the same; each signal is dealt with once, and the timeline says so."""

import uuid
from typing import Any

import httpx
import pytest
from fakes.alert_tools import sample
from fakes.web_house import House
from sqlmodel import select

from forthwith import clock, db
from forthwith.detection import detect, links, reports
from forthwith.detection.alike import likenesses
from forthwith.detection.when import read_when
from forthwith.timeline.export import entries
from forthwith.timeline.known import latest
from models import Entry, Incident, Signal, new_id

GUARD = "aws_guardduty"


def taken(source: str, name: str = "sample.json") -> str:
    with db.session() as session:
        return str(detect(session, sample(source, name), actor="ana").signals[0].id)


def reported(**told: Any) -> str:
    with db.session() as session:
        link, _ = links.make(session, by="Ola")
        report = reports.Report(**{"what": "<b>Ada Lovelace</b> left a bag", "contact": "=1+1", **told})
        return str(reports.receive(session, link, report, uuid.uuid4().hex).id)


def act(house: House, ident: str, **form: Any) -> httpx.Response:
    return house.browser("responder").send("/signals", f"/signals/{ident}", form)


def verbs(ref: str) -> list[str]:
    with db.session() as session:
        return [one.verb for one in entries(session, session.exec(select(Incident).where(Incident.ref == ref)).one())]


def signal(ident: str) -> Signal:
    with db.session() as session:
        return session.get_one(Signal, uuid.UUID(ident))


def test_the_desk_shows_what_waits_with_what_it_suggests(house: House) -> None:
    assert "Nothing waits" in house.browser("responder").get("/signals").text
    taken(GUARD)
    text = house.browser("responder").get("/signals").text
    assert "Exfiltration:S3/AnomalousBehavior on S3Bucket" in text
    assert "likely" in text
    assert "Nothing waits" not in text


def test_what_its_tool_has_closed_waits_behind_a_link_and_people_come_first(house: House) -> None:
    reported()
    with db.session() as session:
        detect(session, sample("okta"), actor="ana")
    text = house.browser("responder").get("/signals").text
    assert text.index("Report by an employee") < text.index("report_suspicious_activity_by_enduser</h2>")
    assert "user.session.start" not in text
    assert "Show 1 more" in text
    behind = house.browser("responder").get("/signals?closed=true").text
    assert "user.session.start" in behind
    assert "report_suspicious" not in behind


def test_what_a_person_wrote_is_shown_as_text_to_responders_alone(house: House) -> None:
    ident, rio = reported(), house.browser("responder")
    assert "Lovelace" not in rio.get("/signals").text
    assert rio.send("/signals", f"/signals/{ident}/written", {"reason": " "}).status_code == 400
    text = rio.send("/signals", f"/signals/{ident}/written", {"reason": "to find out what happened"}).text
    assert "&lt;b&gt;Ada Lovelace&lt;/b&gt; left a bag" in text
    assert "<b>Ada" not in text
    for role in ("legal", "operator"):
        assert house.browser(role).get("/signals").status_code == 403


def test_who_read_what_was_written_enters_the_timeline_with_the_signal(house: House) -> None:
    ident, rio = reported(), house.browser("responder")
    rio.send("/signals", f"/signals/{ident}/written", {"reason": "to find out what happened"})
    ref = act(house, ident, act="open", title="A bag was left").headers["location"].rsplit("/", 1)[1]
    with db.session() as session:
        incident = session.exec(select(Incident).where(Incident.ref == ref)).one()
        entries = session.exec(select(Entry).where(Entry.incident_id == incident.id, Entry.verb == "revealed")).all()
    assert [(one.actor, one.data["reason"]) for one in entries] == [("Rio", "to find out what happened")]


def test_opening_states_what_was_confirmed_and_no_more(house: House) -> None:
    ident = reported(noticed=read_when("2026-10-17"), happened=read_when("2026-09"))
    path = act(house, ident, act="open", title="A bag was left", confirm=["clocks.detected_at", "elements", "x"])
    assert path.status_code == 303
    ref = path.headers["location"].rsplit("/", 1)[1]
    with db.session() as session:
        incident = session.exec(select(Incident).where(Incident.ref == ref)).one()
        assert (incident.title, incident.opened_by) == ("A bag was left", "Rio")
        assert latest(session, incident) == {"clocks.detected_at": "2026-10-17"}
    assert verbs(ref) == ["opened", "detected", "stated"]


def test_attaching_is_an_entry_of_the_incident(house: House) -> None:
    ident = taken(GUARD)
    before = verbs(house.ref)
    assert act(house, ident, act="attach", incident=house.ref).headers["location"] == house.path()
    assert verbs(house.ref)[len(before) :] == ["detected", "stated"]
    assert str(signal(ident).incident_id) == house.ids["incident"]


def test_what_is_set_aside_leaves_the_desk_and_opens_nothing_when_it_comes_again(house: House) -> None:
    ident = taken(GUARD)
    assert act(house, ident, act="aside", reason="A test of ours").status_code == 303
    found = signal(ident)
    assert (found.set_aside_by, found.set_aside_reason) == ("Rio", "A test of ours")
    assert "Nothing waits" in house.browser("responder").get("/signals").text
    with db.session() as session:
        assert detect(session, sample(GUARD), actor="ana", open=True).incident is None


def test_what_comes_again_worse_lies_on_the_desk_again(house: House) -> None:
    ident = taken(GUARD)
    act(house, ident, act="aside", reason="A test of ours")
    worse = sample(GUARD)
    worse["detail"]["severity"] = 9.5
    with db.session() as session:
        detect(session, worse, actor="ana")
    assert signal(ident).set_aside_at is None


@pytest.mark.parametrize("form", [
    {"act": "aside", "reason": ""}, {"act": "aside", "reason": "Ask ada@example.org"}, {"act": "burn"}, {},
    {"act": "attach", "incident": "1999-001"}, {"act": "aside", "reason": "x" * 301},
    {"act": "open", "title": "Mail of ada@example.org"},
])  # fmt: skip
def test_what_can_t_be_done_changes_nothing(house: House, form: dict[str, str]) -> None:
    ident = taken(GUARD)
    assert act(house, ident, **form).status_code == 400
    found = signal(ident)
    assert (found.incident_id, found.set_aside_at) == (None, None)


def test_a_signal_is_dealt_with_once(house: House) -> None:
    ident = taken(GUARD)
    assert [act(house, ident, act="open").status_code for _ in range(2)] == [303, 400]
    assert act(house, str(uuid.uuid4()), act="open").status_code == 400


def test_an_alert_on_the_same_bucket_is_offered_with_the_reason(house: House) -> None:
    with db.session() as session:
        detect(session, sample("amazon_macie"), actor="ana", open=True)
    taken(GUARD)
    text = house.browser("responder").get("/signals").text
    assert "May be the same" in text
    assert "both name bucket brightmere-support-exports; 0 hours apart" in text
    assert '<option value="2026-002" selected>' in text


def made(source: str, reference: str, **details: Any) -> Signal:
    return Signal(
        id=new_id(), source=source, source_ref=reference, title="x", payload_sha256="0", detected_at=clock.now(),
        hints={"details": details},
    )  # fmt: skip


@pytest.mark.parametrize(("one", "other", "alike"), [
    (made("github_secret_scanning", "brightmere/support-desk#42"),
     made("github_secret_scanning", "brightmere/support-desk#43"), True),
    (made("microsoft_defender", "alert/1", incident="28282"), made("microsoft_defender", "incident/28282",
     incident="28282"), True),
    (made("microsoft_defender", "incident/1"), made("microsoft_defender", "incident/2"), False),
    (made("aws_security_hub", "arn:aws:securityhub:eu-west-1:1:finding/1"),
     made("aws_security_hub", "arn:aws:securityhub:eu-west-1:1:finding/2"), False),
    (made("ocsf", "a", account="1", region="x"), made("ocsf", "b", account="1", region="x"), False),
    (made("ocsf", "a", agent=""), made("ocsf", "b", agent=""), False),
])  # fmt: skip
def test_signals_are_alike_by_what_names_one_thing(one: Signal, other: Signal, alike: bool) -> None:
    assert (one.id in likenesses([one], [one, other])) is alike
