"""Nothing that names a person crosses into Prefect."""

import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from flows.safe import IncidentId, SafeError, described, safe, whence
from forthwith.clock import frozen
from models import Refusal, new_id

CANARY = "Zyx Canary <zyx.canary@example.org>"


def fail(kind: type[Exception] = ValueError) -> None:
    raise kind(f"could not tell {CANARY}")


def caught(function: object) -> SafeError:
    with pytest.raises(SafeError) as told:
        safe(function)()  # type: ignore[arg-type]
    return told.value


def test_the_text_of_an_error_does_not_cross() -> None:
    error = caught(fail)
    assert "ValueError" in str(error)
    for shown in (str(error), repr(error), "".join(traceback.format_exception(error)), repr(pickle.dumps(error.args))):
        assert "Canary" not in shown


def test_what_prefect_pickles_holds_nothing_more_and_can_be_read_again() -> None:
    error = caught(fail)
    pickled = pickle.dumps(error)
    assert b"Canary" not in pickled
    again = pickle.loads(pickled)
    assert (str(again), again.code, again.ref) == (str(error), error.code, error.ref)


def test_no_cause_and_no_context_is_attached() -> None:
    error = caught(fail)
    assert error.__cause__ is None
    assert error.__context__ is None


@given(st.text(min_size=5))
def test_whatever_the_text_is_it_does_not_cross(words: str) -> None:
    def told() -> None:
        raise KeyError("name", words)

    error = caught(told)
    assert error.code == "KeyError"
    assert words not in error.code


def test_a_refusals_line_crosses_since_it_names_nobody() -> None:
    def refuse() -> None:
        raise Refusal("The incident is closed.", "Open a new one.")

    assert caught(refuse).code == "refused: The incident is closed. Open a new one."


def test_a_safe_error_passes_as_it_is() -> None:
    first = SafeError("KeyError", "abcd1234")

    def again() -> None:
        raise first

    assert caught(again) is first


def test_what_ends_a_process_is_not_held_up() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        safe(interrupted)()


def test_where_it_happened_is_told_in_our_own_code_alone() -> None:
    def deep() -> None:
        with frozen(None):  # type: ignore[arg-type]
            pass

    error = caught(deep)
    assert "forthwith/clock.py:" in str(error)
    assert "frozen" in str(error)


def test_outside_our_code_there_is_nothing_to_tell() -> None:
    with pytest.raises(ValueError) as told:
        int("x")
    assert whence(told.value) == ""


def test_two_failures_have_two_references() -> None:
    assert described(ValueError("x")).ref != described(ValueError("x")).ref


def test_the_wrapper_keeps_name_words_and_result() -> None:
    def answer(incident_id: IncidentId) -> int:
        """Say 42."""
        return 42

    wrapped = safe(answer)
    assert wrapped("x") == 42
    assert (wrapped.__name__, wrapped.__doc__) == ("answer", "Say 42.")


@given(st.one_of(st.text(), st.emails(), st.just(str(new_id()) + " "), st.just(str(new_id()).upper() + "x")))
def test_nothing_but_an_id_passes_as_an_id(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(IncidentId).validate_python(text)


def test_an_id_passes_as_an_id() -> None:
    key = str(new_id())
    assert TypeAdapter(IncidentId).validate_python(key) == key


def test_an_id_with_a_line_after_it_does_not_pass() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(IncidentId).validate_python(f"{new_id()}\nZyx Canary")
