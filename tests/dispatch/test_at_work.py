"""A process behaves differently while it sends, and as before when it is done, however that ends."""

import gc
import sys

import pytest

from forthwith.dispatch.working import SWITCH, SendReport, at_work
from models import DeliveryState


def behaviour() -> tuple[object, ...]:
    return sys.getswitchinterval(), gc.get_threshold(), gc.get_freeze_count()


def test_threads_change_quickly_while_it_sends() -> None:
    before = behaviour()
    with at_work():
        assert sys.getswitchinterval() == pytest.approx(SWITCH)
        assert gc.get_threshold() != before[1]
        assert gc.get_freeze_count() > 0
    assert behaviour() == before


def test_a_run_that_fails_leaves_the_process_as_it_was() -> None:
    before = behaviour()

    def run() -> None:
        with at_work():
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run()
    assert behaviour() == before


def test_a_report_counts_what_moved_on_and_says_what_somebody_must_mend() -> None:
    report = SendReport(halted={"sms": "401"}, blocked=["n1: not approved"])
    report.states.update({DeliveryState.ACCEPTED: 3, DeliveryState.PLANNED: 2, DeliveryState.FAILED: 1})
    assert report.taken == 4
    assert report.lines == ["Channel sms is halted: 401.", "Not sent: n1: not approved."]
