"""The signed things: cookies and form tokens, their secret, and what never passes for them."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from forthwith import clock
from forthwith.settings import settings
from forthwith.web import secret, visits
from forthwith.web.signing import local

VALUE = visits.new_value()


def request(cookie: str) -> Request:
    headers = [(b"cookie", f"forthwith={cookie}".encode("latin-1", "replace"))]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""})


def test_the_secret_is_made_once_and_for_its_owner_alone() -> None:
    first = secret.server_secret()
    path = settings().home / "keys" / "web"
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    secret.server_secret.cache_clear()
    assert secret.server_secret() == first


def test_another_servers_secret_signs_nothing_for_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = visits.cookie_value(VALUE)
    assert visits.signed(request(ours)) == VALUE
    monkeypatch.setattr(settings(), "home", tmp_path)
    secret.server_secret.cache_clear()
    assert visits.signed(request(ours)) == ""


def test_two_sessions_of_one_user_are_never_alike() -> None:
    assert len({visits.new_value() for _ in range(50)}) == 50


@given(st.text(max_size=200))
def test_no_made_up_cookie_is_taken_for_ours(cookie: str) -> None:
    assert visits.signed(request(cookie)) == ""


@given(st.integers(0, 400), st.characters(codec="ascii", categories=["L", "N"]))
def test_no_changed_letter_of_a_cookie_passes(place: int, letter: str) -> None:
    ours = visits.cookie_value(VALUE)
    place %= len(ours)
    changed = ours[:place] + letter + ours[place + 1 :]
    assert (visits.signed(request(changed)) == "") == (changed != ours)


@given(st.text(max_size=120))
def test_no_made_up_form_token_passes(token: str) -> None:
    assert not visits.form_fits("nonce", token)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_a_form_token_fits_its_own_session_alone(one: str, other: str) -> None:
    token = visits.form_token(one)
    assert visits.form_fits(one, token)
    assert visits.form_fits(other, token) == (one == other)


@pytest.mark.parametrize(("passed", "fits"), [
    (timedelta(hours=11, minutes=59), True), (timedelta(hours=12), False), (timedelta(days=300), False),
    (timedelta(seconds=-5), False),
])  # fmt: skip
def test_a_form_token_ends_with_its_hours(passed: timedelta, fits: bool) -> None:
    token = visits.form_token("nonce")
    with clock.frozen(clock.now() + passed):
        assert visits.form_fits("nonce", token) == fits


def test_a_signature_of_one_purpose_fits_no_other() -> None:
    assert secret.fits("form", "x", secret.signature("form", "x"))
    assert not secret.fits("session", "x", secret.signature("form", "x"))
    assert not secret.fits("form", "y", secret.signature("form", "x"))


@given(st.text(max_size=80))
def test_a_sign_in_leads_only_to_our_own_pages(path: str) -> None:
    led = local(path)
    assert led in ("/incidents", "/account", "/users") or led.startswith("/incidents/")
    assert "//" not in led
    assert "\n" not in led
    assert ".." not in led


@given(st.lists(st.sampled_from(["", "a", "..", "2026-001", "review", "//", "evil.example", "?x", "#y"]), max_size=5))
def test_no_path_made_of_dangerous_parts_leads_astray(parts: list[str]) -> None:
    led = local("/incidents/" + "/".join(parts))
    assert "evil.example" not in led
    assert not led.startswith("//")
