"""Times in words, colours that can be read, names of pages that published notices have."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from fakes.web_house import House
from hypothesis import given
from hypothesis import strategies as st

from forthwith import clock
from forthwith.channels import web_notice
from forthwith.web import spoken
from forthwith.web.frame import HERE
from forthwith.web.shields import limit
from models import Message

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("due", "said"), [
    (NOW + timedelta(days=2, hours=4, minutes=5), "2 days 4 hours left"), (NOW + timedelta(hours=1), "1 hour left"),
    (NOW + timedelta(minutes=61), "1 hour 1 minute left"), (NOW, "less than a minute left"),
    (NOW - timedelta(days=1), "1 day late"), (NOW - timedelta(seconds=30), "less than a minute late"),
    (None, "no number of hours: without undue delay"),
])  # fmt: skip
def test_a_deadline_is_told_in_words(due: datetime | None, said: str) -> None:
    assert spoken.countdown(due, NOW) == said


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_a_span_in_words_never_says_more_than_is_left(length: timedelta) -> None:
    units = {"day": 1440, "hour": 60, "minute": 1}
    found = re.findall(r"(\d+) (day|hour|minute)", spoken.span(length))
    told = sum(int(count) * units[unit] for count, unit in found)
    assert told <= length.total_seconds() / 60 < told + 61


@pytest.mark.parametrize(("at", "said"), [
    (NOW, "2026-11-21 12:00 UTC"), ("2026-11-21T12:00:00+01:00", "2026-11-21 11:00 UTC"), (None, "–"), ("", "–"),
    ("2026-11-21", "2026-11-21"),
])  # fmt: skip
def test_a_moment_is_told_in_the_zone_of_the_house(at: datetime | str | None, said: str) -> None:
    assert spoken.moment(at) == said


def test_a_value_is_told_in_its_parts() -> None:
    assert spoken.value({"a_b": [1, 2], "c": None, "d": True}) == "a b: 1, 2; d: yes"
    assert spoken.plain("do_not_notify") == "do not notify"
    assert spoken.plain(None) == ""


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    """Return the colours by day and by night: what a night leaves unsaid is as by day."""
    css = (HERE / "static" / "style.css").read_text()
    day, night = (css.partition("@media (prefers-color-scheme: dark)")[at] for at in (0, 2))
    found = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", part.partition("header {")[0])) for part in (day, night)]
    full = [{name: c if len(c) == 7 else "#" + "".join(2 * x for x in c[1:]) for name, c in part.items()}
            for part in found]  # fmt: skip
    return {"day": full[0], "night": full[0] | full[1]}


@pytest.mark.parametrize("when", ["day", "night"])
@pytest.mark.parametrize(("ink", "ground"), [
    ("ink", "ground"), ("ink", "paper"), ("soft", "ground"), ("soft", "paper"), ("soft", "plain-ground"),
    ("link", "ground"), ("link", "paper"), ("link", "warn-ground"), ("good", "good-ground"), ("warn", "warn-ground"),
    ("bad", "bad-ground"), ("bad", "paper"), ("on-deep", "deep"), ("note", "note-ground"), ("ink", "field"),
    ("ink", "warn-ground"), ("ink", "good-ground"), ("ink", "note-ground"), ("deep", "paper"),
])  # fmt: skip
def test_every_pair_of_colours_can_be_read(ink: str, ground: str, when: str) -> None:
    colours = palettes()[when]
    assert contrast(colours[ink], colours[ground]) >= 4.5  # WCAG 2.2, 1.4.3 level AA


def test_targets_are_large_enough_and_focus_is_seen() -> None:
    css = (HERE / "static" / "style.css").read_text()
    assert "min-height: 2.75rem" in css  # 44 px; WCAG 2.2, 2.5.8 asks for 24
    assert ":focus-visible" in css
    assert "outline: none" not in css.replace("main:focus { outline: none; }", "")


def publish(key: str = "0193-notice") -> None:
    html = "<!doctype html><html lang='de'><title>t</title><p>Published.</p><script>alert(1)</script></html>"
    message = Message(key=key, medium="web", to="", subject="About data", text="Published.", html=html, language="de")
    web_notice.channel().send(message)


def test_a_published_notice_is_shown_to_everybody_without_any_script(still: House) -> None:
    publish()
    answer = still.browser().get("/notices/0193-notice")
    assert answer.status_code == 200
    assert "Published." in answer.text
    assert answer.headers["content-language"] == "de"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "key", ["none", "..%2f..%2fkeys%2fkek", "%2e%2e/keys/web", "0193-notice.html", "x" * 3000, "%00"]
)
def test_nothing_but_published_notices_is_shown_there(still: House, key: str) -> None:
    publish()
    answer = still.browser().get(f"/notices/{key}")
    assert answer.status_code == 404
    assert "PRIVATE KEY" not in answer.text


def test_limits_fit_the_door() -> None:
    def scope(path: str) -> dict[str, object]:
        return {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}

    assert limit(scope("/hooks/sendgrid")) == 2 * 1024 * 1024
    assert limit(scope("/incidents/2026-001/evidence")) == 128 * 1024  # nobody is signed in
    assert limit(scope("/verify")) == 128 * 1024


def test_a_dead_database_is_said_by_the_health_page(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from models import Refusal

    def dead() -> None:
        raise Refusal("The database can't be reached.", "Start it.")

    monkeypatch.setattr("forthwith.db.session", dead)
    answer = still.browser().get("/health")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False}


def test_the_words_of_time_come_from_the_one_clock() -> None:
    with clock.frozen(NOW):
        assert spoken.countdown(NOW + timedelta(hours=3)) == "3 hours left"


def test_the_response_is_started_by_a_responder_alone(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr("forthwith.runs.start", lambda one: started.append(str(one)) or "run")
    assert still.browser("responder").send(still.path(), still.path("/respond")).status_code == 303
    assert still.browser("legal").send(still.path(), still.path("/respond")).status_code == 403
    assert started == [still.ids["incident"]]
