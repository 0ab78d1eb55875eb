"""The operator's corner and the measures for a monitor: counts alone, to whom they are for."""

import re
from pathlib import Path

import pytest
from fakes.browser import Browser
from fakes.program import Program
from fakes.review_desk import add_delivery
from fakes.web_house import House, desk_of
from sqlmodel import select

import models
from flows import minute
from forthwith import clock, db, examining
from forthwith.web import gauges
from forthwith.web.metering import Meter, template
from models import ChannelState, Incident, Person

LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? -?[0-9.]+')


@pytest.fixture(autouse=True)
def uncounted() -> None:
    gauges._kept.clear()


def measures(house: House) -> dict[str, str]:
    """Return what `/metrics` says, and check that each line has the form that Prometheus reads."""
    secret = Program(house, "Ola", "operate").secret
    answer = Browser(house.app).ask("GET", "/metrics", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.text.endswith("\n")
    lines = [line for line in answer.text.splitlines() if not line.startswith("# ")]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return dict(line.rsplit(" ", 1) for line in lines)


def busy(house: House) -> None:
    with db.session() as session:
        desk = desk_of(session, house)
        one, other = session.exec(select(Person).order_by(Person.number)).all()
        add_delivery(session, desk, one, state="unknown")
        add_delivery(session, desk, other, state="planned")
        session.add(ChannelState(channel="print_file", failures=3, why="no answer", open_until=clock.now()))


def test_measures_count_what_waits_and_what_is_late(house: House) -> None:
    busy(house)
    found = measures(house)
    assert found['forthwith_deliveries{channel="print_file",state="unknown"}'] == "1"
    assert found['forthwith_deliveries{channel="print_file",state="planned"}'] == "1"
    assert found['forthwith_channel_shut{channel="print_file"}'] == "1"
    names = ("attempts_in_doubt", "deadlines_open", "deadlines_late", "signals_waiting", "enquiries_open")
    assert [found[f"forthwith_{name}"] for name in names] == ["1", "1", "0", "0", "0"]
    assert float(found["forthwith_oldest_planned_seconds"]) >= 0


def test_measures_name_no_incident_and_nobody(house: House) -> None:
    busy(house)
    house.browser("legal").get(house.path("/review"))
    house.browser().get("/somebody@example.org/2026-001")
    Browser(house.app).ask("BREW", "/verify")
    text = "\n".join(measures(house))
    for word in (house.ref, house.ids["incident"], "A drill", "Person 1", "example.org", "BREW", "Lea"):
        assert word not in text
    assert 'forthwith_http_requests_total{method="GET",route="/incidents/{ref}/review",status="200"}' in text
    assert 'route="unmatched",status="404"' in text
    assert 'method="other"' in text


@pytest.mark.parametrize(("name", "scope", "status"), [("Ola", "read", 403), ("Rio", "respond", 403)])
def test_measures_take_the_scope(still: House, name: str, scope: str, status: int) -> None:
    secret = Program(still, name, scope).secret
    answer = Browser(still.app).ask("GET", "/metrics", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == status
    assert "forthwith_" not in answer.text


def test_measures_take_a_token(still: House) -> None:
    for browser in (still.browser(), still.browser("operator")):
        answer = browser.ask("GET", "/metrics", headers={"accept": "*/*"})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "forthwith_" not in answer.text


def test_a_histogram_counts_each_request_in_every_bucket_above_it() -> None:
    meter = Meter()
    for seconds in (0.004, 0.02, 0.2, 60.0):
        meter.note("GET", "/x", 200, seconds)
    lines = list(meter.lines())
    counted = [int(line.rsplit(" ", 1)[1]) for line in lines if "_bucket{" in line]
    assert counted == [1, 2, 2, 2, 3, 3, 3, 3, 4]
    assert 'forthwith_http_request_seconds_count{method="GET",route="/x"} 4' in lines
    assert 'forthwith_http_request_seconds_sum{method="GET",route="/x"} 60.224000' in lines


def test_a_root_that_a_caller_made_up_is_no_label() -> None:
    assert template({"root_path": "/evil"}) == "unmatched"


def test_the_minutes_questions_leave_a_sign_of_life(house: House) -> None:
    ola = house.browser("operator")
    assert "has asked yet what is due" in ola.get("/operator").text
    minute.deadlines()
    minute.sweep()
    gauges._kept.clear()
    text = ola.get("/operator").text
    assert "what comes due" in text
    assert "silent" not in text
    assert float(measures(house)['forthwith_pulse_age_seconds{name="sweep"}']) >= 0


def test_the_operators_page_shows_how_it_runs_and_nobodys_incident(house: House) -> None:
    busy(house)
    text = house.browser("operator").get("/operator").text
    for told in ("print file", "breaker open", "no answer", f"schema {newest()}", "data folder", "GiB free"):
        assert told in text
    for word in (house.ref, "A drill", "Person 1", "Notice to customers"):
        assert word not in text


def test_others_are_asked_by_the_button_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def prefect() -> examining.Finding:
        asked.append("prefect")
        return "note", "no server"

    monkeypatch.setitem(examining.CHECKS, "prefect", prefect)
    ola = house.browser("operator")
    ola.get("/operator")
    assert asked == []
    text = ola.send("/operator", "/operator/checks").text
    assert asked == ["prefect"]
    assert "no server" in text


def test_no_secret_of_the_set_up_is_shown(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from pydantic import SecretStr

    from forthwith.settings import settings

    monkeypatch.setattr(settings(), "email_channel", "sendgrid")
    monkeypatch.setattr(settings(), "sendgrid_api_key", SecretStr("SG.very-secret"))
    ola = house.browser("operator")
    for text in (ola.get("/operator").text, ola.send("/operator", "/operator/checks").text):
        assert "very-secret" not in text
        assert "sendgrid lacks FORTHWITH_SENDGRID_WEBHOOK_KEY" in text


@pytest.mark.parametrize("role", ["responder", "legal", "approver", "auditor"])
def test_the_corner_is_the_operators(still: House, role: str) -> None:
    browser = still.browser(role)
    assert browser.get("/operator").status_code == 403
    assert ">Operator<" not in browser.get("/incidents").text


def test_counts_are_kept_for_some_seconds(house: House) -> None:
    assert gauges.gauges().incidents == 1
    with db.session() as session:
        session.add(Incident(ref="2026-009", title="Another", opened_by="ana"))
    assert gauges.gauges().incidents == 1
    gauges._kept.clear()
    assert gauges.gauges().incidents == 2


def newest() -> str:
    """Return the number of the newest migration."""
    folder = Path(models.__file__).parent / "migrations" / "versions"
    return max(path.name[:4] for path in folder.glob("[0-9]*.py"))
