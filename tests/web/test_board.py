"""The board: who must act, what blocks, clocks in two zones, duties on an axis, calendars by a secret address."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from fakes.own_code import told_by_mail
from fakes.web_house import House, review_form
from sqlmodel import select

from forthwith import clock, db
from forthwith.detection import open_incident
from forthwith.review import users
from forthwith.timeline.deadlines import Deadline
from forthwith.web import counting, spoken
from forthwith.web.chart import chart, same
from models import Incident, SendPause

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def deadline(**told) -> Deadline:
    return Deadline(**({
        "incident": "2026-001", "key": "k", "law": "a", "duty": "d", "audience": "individuals", "recipient": "r",
        "jurisdiction": "DE", "count": 5, "verdict": "notify", "citation": "Art. 1", "starts_at": NOW,
        "due_at": NOW + timedelta(hours=72), "met_at": None, "late": False, "left_seconds": 1,
    } | told))  # fmt: skip


def test_the_board_says_who_must_act_and_what_blocks(house: House) -> None:
    text = house.browser("legal").get("/incidents").text
    assert "wording" in text
    assert "blocks" in text
    assert "legal (you)" in text


def test_what_is_done_is_asked_of_nobody(house: House) -> None:
    legal = house.browser("legal")
    form = review_form(legal, house)
    before = legal.get("/incidents").text
    legal.post(house.path(f"/review/variants/{house.ids['variant']}"), form | {"verdict": "approve"})
    after = legal.get("/incidents").text
    counts = [
        int(found[1]) if (found := re.search(r"(\d+) wordings? to read", text)) else 0 for text in (before, after)
    ]
    assert counts[1] == counts[0] - 1


def test_the_nearest_deadline_stands_first_and_without_one_last(house: House) -> None:
    with db.session() as session:
        quiet = open_incident(session, title="Nothing is due here", actor="Rio").ref
    text = house.browser("legal").get("/incidents").text
    assert text.index(house.ref) < text.index(quiet)
    assert "No deadline runs." in text


def test_a_deadline_is_told_by_the_authoritys_clock_too() -> None:
    assert spoken.authority("2026-11-25T13:11:01+01:00") == "2026-11-25 13:11 UTC+0100"
    assert spoken.authority("2026-11-25T13:11:01+00:00") == spoken.authority(None) == ""


def test_duties_that_differ_in_place_alone_are_one_line() -> None:
    lines = same([deadline(), deadline(key="k2", jurisdiction="FR", count=None), deadline(key="k3", recipient="other")])
    assert [(line.places, line.people) for line in lines] == [(["DE", "FR"], 5), (["DE"], 5)]


def test_bars_stand_where_their_time_is() -> None:
    drawn = chart([
        deadline(), deadline(law="b", due_at=NOW - timedelta(hours=1), starts_at=NOW - timedelta(hours=73), late=True),
        deadline(law="c", met_at=NOW), deadline(law="d", due_at=NOW + timedelta(hours=5)),
        deadline(law="e", due_at=None),
    ], NOW)  # fmt: skip
    assert drawn is not None
    assert [(bar.law, bar.state) for bar in drawn.bars] == [("b", "late"), ("d", "soon"), ("a", "open"), ("c", "met")]
    assert all(bar.begin >= 0 and bar.begin + bar.length <= 100.01 for bar in drawn.bars)
    assert drawn.bars[0].begin == 0
    assert drawn.bars[0].begin + drawn.bars[0].length < drawn.now
    assert chart([deadline(due_at=None)], NOW) is None


def calendar_of(house: House, role: str, page: str) -> str:
    text = house.browser(role).get(page).text
    return re.search(r'value="http://[^/]+(/calendar/[^"]+)"', text)[1]


def test_a_calendar_opens_by_its_secret_address_alone(house: House) -> None:
    for page in ("/incidents", house.path()):
        address = calendar_of(house, "responder", page)
        answer = house.browser().get(address)
        assert answer.headers["content-type"].startswith("text/calendar")
        assert b"BEGIN:VCALENDAR" in answer.content
        for wrong in (
            address.replace(".ics", "0.ics"),
            address[:-6] + "00.ics",
            address.replace("/all/", "/2026-001/"),
        ):
            if wrong != address:
                assert house.browser().get(wrong).status_code == 404


def test_a_calendar_ends_with_the_token_and_with_the_access(house: House) -> None:
    address = calendar_of(house, "legal", "/incidents")
    with db.session() as session:
        users.renew(session, "Lea")
    assert house.browser().get(address).status_code == 404
    other = calendar_of(house, "responder", "/incidents")
    with db.session() as session:
        users.remove(session, "Rio")
    assert house.browser().get(other).status_code == 404


def test_the_deliveries_page_proves_it(house: House) -> None:
    told_by_mail(house)
    text = house.browser("operator").get(house.path("/deliveries")).text
    assert re.search(r"scope \d+ . duties \d+ . attempts \d+ . outcomes \d+", text)
    assert "Is everybody told?" in text
    assert "delivered 1" in text
    assert "delivered 1" in house.browser("legal").get(house.path("/progress")).text


@pytest.mark.parametrize(("role", "name"), [("responder", "Rio"), ("legal", "Lea")])
def test_who_may_stops_the_sending_and_lets_it_go_on(house: House, role: str, name: str) -> None:
    rio, desk = house.browser(role), house.path("/deliveries")
    assert "Stop all sending" in rio.get(desk).text
    assert "Stop and go" not in house.browser("auditor").get(desk).text
    assert rio.send(desk, f"{desk}/pause", {"reason": ""}).status_code == 400
    assert rio.send(desk, f"{desk}/pause", {"reason": "a wrong date"}).status_code == 303
    assert "a wrong date" in rio.get(desk).text
    assert rio.send(desk, f"{desk}/resume").status_code == 303
    with db.session() as session:
        assert session.exec(select(SendPause)).one().ended_by == name


def test_many_people_are_counted_aside_and_the_page_never_waits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", 0)
    begun: list[object] = []
    monkeypatch.setattr(counting, "_begin", lambda *told: begun.append(told))
    legal = house.browser("legal")
    assert "counted aside" in legal.get(house.path("/deliveries")).text
    assert "worked out aside" in legal.get(house.path("/review")).text
    for place, make in begun:
        counting.find(place, make)
    assert "Counted" in legal.get(house.path("/deliveries")).text
    assert "worked out aside" not in legal.get(house.path("/review")).text


def test_closed_incidents_are_paged_by_their_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forthwith.web.board.CLOSED_AT_ONCE", 2)
    with db.session() as session:
        for _ in range(3):
            made = open_incident(session, title="Old", actor="Rio")
            made.phase, made.closed_at = "closed", clock.now()
            session.add(made)
        refs = [
            one.ref for one in session.exec(select(Incident).where(Incident.phase == "closed").order_by(Incident.ref))
        ]
    first = house.browser("legal").get("/incidents").text
    more = re.search(r'href="(/incidents\?before=[^"]+)"', first)[1]
    second = house.browser("legal").get(more).text
    assert [ref in first for ref in refs] == [False, True, True]
    assert [ref in second.split('id="closed"')[1] for ref in refs] == [True, False, False]
