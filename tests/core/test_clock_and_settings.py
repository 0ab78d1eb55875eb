"""Time can be held still; settings come from the environment alone and send nothing by default."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from forthwith import clock
from forthwith.settings import Settings

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_frozen_clock_stands_still_and_goes_on_afterwards() -> None:
    with clock.frozen(NOON):
        assert clock.now() == clock.now() == NOON
    assert clock.now() != NOON


def test_clocks_can_be_frozen_inside_one_another() -> None:
    with clock.frozen(NOON):
        with clock.frozen(NOON + timedelta(hours=1)):
            assert clock.now() == NOON + timedelta(hours=1)
        assert clock.now() == NOON


def test_the_frozen_clock_lets_go_after_an_error() -> None:
    with pytest.raises(ValueError, match="boom"), clock.frozen(NOON):
        raise ValueError("boom")
    assert clock.now() != NOON


def test_the_environment_can_hold_the_time_of_a_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_NOW", "2026-11-21T13:00:00+01:00")
    assert clock.now() == NOON


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().utcoffset() == timedelta(0)
    with clock.frozen(NOON.astimezone(timezone(timedelta(hours=9)))):
        assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Tokyo", date(2026, 11, 22)), ("America/Los_Angeles", date(2026, 11, 21))]
)
def test_today_is_the_calendar_day_of_the_place(zone: str, day: date) -> None:
    with clock.frozen(datetime(2026, 11, 21, 18, tzinfo=UTC)):
        assert clock.today(ZoneInfo(zone)) == day


@pytest.mark.parametrize("medium", ["email", "sms", "voice", "fax"])
def test_a_new_installation_sends_nothing_by_accident(medium: str) -> None:
    assert getattr(Settings(), f"{medium}_channel") == "outbox"


def test_letters_of_a_new_installation_stay_files() -> None:
    assert Settings().letter_channel == "print_file"


@pytest.mark.parametrize("name", ["sendgrid_api_key", "twilio_auth_token", "smtp_password", "fax_api_key", "kek"])
def test_secrets_never_show_in_a_print_of_the_settings(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"FORTHWITH_{name.upper()}", "s3cr3t-value")
    assert "s3cr3t" not in repr(Settings()) + str(Settings().model_dump())
