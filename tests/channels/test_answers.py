import socket
import urllib.error

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import SecretStr

from forthwith.channels.answers import LONGEST_WAIT, by_failure, by_status, needed, secret, wait_of
from models import Refusal, Refused, Unknown


@given(some.integers(100, 999))
def test_only_a_clear_4xx_is_a_refusal_and_everything_else_is_in_doubt(status: int) -> None:
    outcome = by_status("The provider", status)
    refused = 400 <= status < 500 and status != 408
    assert isinstance(outcome, Refused if refused else Unknown)
    assert str(status) in outcome.reason


@given(some.integers(100, 999), some.floats(0, 1000))
def test_a_refusal_either_stops_or_is_for_good_or_may_be_tried_later(status: int, wait: float) -> None:
    outcome = by_status("The provider", status, wait)
    if isinstance(outcome, Refused):
        assert outcome.stop + outcome.permanent <= 1
        assert (outcome.retry_after > 0) == (status == 429)


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_what_is_wrong_with_the_channel_is_never_held_against_the_message(status: int) -> None:
    outcome = by_status("The provider", status)
    assert isinstance(outcome, Refused)
    assert (outcome.stop, outcome.permanent) == (True, False)


@pytest.mark.parametrize(
    "failure",
    [ConnectionRefusedError(), urllib.error.URLError(ConnectionRefusedError()), socket.gaierror(),
     urllib.error.URLError(socket.gaierror())],
)  # fmt: skip
def test_no_byte_left_means_refused_for_now(failure: Exception) -> None:
    outcome = by_failure("The provider", failure)
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.stop) == (False, False)


@pytest.mark.parametrize(
    "failure",
    [TimeoutError(), urllib.error.URLError(TimeoutError()), ConnectionResetError(), BrokenPipeError(),
     urllib.error.URLError(ConnectionResetError()), ValueError("p1@example.org"), OSError("p1@example.org")],
)  # fmt: skip
def test_whatever_may_have_left_is_in_doubt_and_quotes_nothing(failure: Exception) -> None:
    outcome = by_failure("The provider", failure)
    assert isinstance(outcome, Unknown)
    assert "example.org" not in outcome.reason


def test_a_refused_connection_is_found_under_any_wrapping() -> None:
    outer = RuntimeError("wrapped")
    outer.__cause__ = ValueError(ConnectionRefusedError())
    assert isinstance(by_failure("X", outer), Refused)


def test_causes_that_point_at_each_other_end() -> None:
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert isinstance(by_failure("X", first), Unknown)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [(None, 0), ({}, 0), ({"Retry-After": "7"}, 7), ({"Retry-After": "soon"}, 0), ({"Retry-After": "-3"}, 0),
     ({"Retry-After": "99999999"}, LONGEST_WAIT), ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0)],
)  # fmt: skip
def test_a_provider_may_ask_for_a_wait_but_not_for_ever(stated: dict[str, str] | None, seconds: float) -> None:
    assert wait_of(stated) == seconds


def test_a_missing_credential_names_its_setting_and_the_safe_choice() -> None:
    with pytest.raises(Refusal, match="FORTHWITH_X is not set") as refused:
        needed(None, "FORTHWITH_X")
    assert "outbox" in refused.value.do
    assert needed("yes", "FORTHWITH_X") == "yes"


def test_a_secret_is_read_only_on_purpose() -> None:
    assert secret(None) is None
    assert secret(SecretStr("open")) == "open"
