"""The command line of sending: one clear line, an exit code, or one JSON document."""

from functools import partial
from pathlib import Path

import orjson
import pytest
from fakes.house import House
from fakes.provider import Provider, always
from fakes.typing_commands import Run
from sqlalchemy import text

from forthwith import dispatch
from models import Obligation


@pytest.fixture
def run(provider: Provider, typed: Run) -> Run:
    """Run a command of `forthwith send`; return exit code, output and errors."""
    return partial(typed, "send")


def people(live: House, count: int = 3) -> None:
    live.people(count, ("email", "letter"))
    live.notice(live.duty(), media=("email", "letter"))


def test_plan_go_and_status_tell_the_story(live: House, run: Run) -> None:
    people(live)
    code, out, err = run("plan", "2026-001")
    assert (code, err) == (0, "")
    assert out.startswith("planned 3, held 0, changed 0, cancelled 0\n")
    assert "1    email   askable     3       the law's 1st channel, address held" in out
    assert "2    letter  print_file  3" in out
    assert "no price set" in out
    assert run("go", "2026-001") == (0, "3 accepted\n", "")
    code, out, _ = run("status", "2026-001")
    assert code == 0
    assert "scope 3 = duties 3 = attempts 3 = outcomes 3" in out
    assert "no gaps" in out


def test_json_is_one_document_with_the_names_of_the_contract(live: House, run: Run) -> None:
    people(live)
    assert orjson.loads(run("plan", "2026-001", "--json")[1])["planned"] == 3
    assert orjson.loads(run("go", "2026-001", "--json")[1])["states"] == {"accepted": 3}
    state = orjson.loads(run("status", "2026-001", "--json")[1])
    assert {"people", "duties", "deliveries", "gaps"} <= set(state)
    assert state["deliveries"]["accepted"] == 3
    assert state["gaps"] == []


def test_a_gap_is_shown_by_name(live: House, run: Run) -> None:
    live.people(2)
    live.duty()
    _, out, _ = run("status", "2026-001")
    assert "test-law.individuals:DE" in out
    assert "no notice is drafted for it" in out


def test_what_may_not_leave_is_named_and_exits_with_one(live: House, run: Run) -> None:
    people(live)
    run("plan", "2026-001")
    live.duty_type  # noqa: B018
    for variant in live.every(__import__("models").Variant):
        live.approve(variant, "reject")
    code, _, err = run("go", "2026-001")
    assert code == 1
    assert "rejected" in err
    assert err.count("\n") == 1


def test_wrong_credentials_are_one_line_and_exit_with_one(live: House, run: Run, provider: Provider) -> None:
    people(live)
    run("plan", "2026-001")
    provider.script = always("401")
    code, _, err = run("go", "2026-001")
    assert code == 1
    assert err.count("\n") == 1
    assert "does not accept our credentials" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words", [("plan",), ("go",), ("status",), ("reconcile",), ("filed", "--reference", "X"), ("restored",)]
)
def test_an_unknown_incident_is_refused_the_same_way_everywhere(run: Run, words: tuple[str, ...]) -> None:
    command, *rest = words
    extra = ["some.duty"] if command == "filed" else []
    code, out, err = run(command, "2099-999", *extra, *rest)
    assert (code, out) == (1, "")
    assert err == "forthwith: No incident is called '2099-999'. `forthwith incident list` shows them.\n"


def test_doubts_are_asked_and_settled_by_hand(live: House, run: Run, provider: Provider) -> None:
    people(live)
    run("plan", "2026-001")
    provider.script = always("drop_after")
    run("go", "2026-001")
    over = "update delivery set claimed_until = now() + interval '{} minute'"
    live.session.execute(text(over.format(1)))
    live.session.commit()
    assert run("reconcile", "2026-001")[1] == "nothing became clear; 3 in doubt\n"
    live.session.execute(text(over.format(-1)))
    live.session.commit()
    first = str(live.deliveries()[0].id)
    assert (
        run("resolve", "2026-001", "--sent", "--reason", "log", "--delivery", first)[1]
        == "1 deliveries resolved as sent\n"
    )
    assert run("resolve", "2026-001", "--not-sent", "--reason", "log")[1] == "2 deliveries resolved as not sent\n"
    assert [row.state for row in live.deliveries()].count("planned") == 2


@pytest.mark.parametrize("delivery", ["x", "00000000-0000-7000-8000-000000000000"])
def test_a_delivery_that_isnt_there_is_refused(live: House, run: Run, delivery: str) -> None:
    code, _, err = run("resolve", "2026-001", "--sent", "--reason", "x", "--delivery", delivery)
    assert code == 1
    assert "No such delivery" in err


def test_a_filing_is_noted(live: House, run: Run) -> None:
    duty = live.duty(audience="regulator", recipient="dpa", key="test-law.regulator:DE")
    live.notice(duty, media=("filing",), party_id=live.party().id)
    assert run("filed", "2026-001", duty.key, "--reference", "DPA-1")[0] == 1
    run("plan", "2026-001")
    run("go", "2026-001")
    assert run("filed", "2026-001", duty.key, "--reference", "DPA-1", "--at", "yesterday")[0] == 1
    code, out, _ = run("filed", "2026-001", duty.key, "--reference", "DPA-1", "--at", "2026-01-02T10:00")
    assert (code, out) == (0, "test-law.regulator:DE is met: DPA-1\n")
    assert live.every(Obligation)[0].met_at is not None
    assert [row.state for row in live.deliveries()] == ["delivered"]


def test_a_return_file_is_loaded(live: House, run: Run, tmp_path: Path) -> None:
    live.people(2, ("letter",))
    live.notice(live.duty(), media=("letter",))
    run("plan", "2026-001")
    run("go", "2026-001")
    file = tmp_path / "returns.csv"
    assert run("settle-letters", "2026-001", str(file))[0] == 1
    file.write_text(f"delivery,status\n{live.deliveries()[0].id},returned\n")
    assert run("settle-letters", "2026-001", str(file))[1] == "1 lines, 1 new: 1 returned\n"
    file.write_text("delivery,status\nx,vanished\n")
    code, _, err = run("settle-letters", "2026-001", str(file))
    assert code == 1
    assert "Line 2" in err


def test_after_a_restored_backup_the_way_out_is_named(live: House, run: Run) -> None:
    from sqlalchemy import text

    people(live)
    run("plan", "2026-001")
    run("go", "2026-001")
    live.session.execute(text("delete from attempt"))
    live.session.execute(text("update delivery set state = 'planned', claimed_by = null"))
    code, _, err = run("go", "2026-001")
    assert code == 1
    assert "forthwith send restored 2026-001" in err
    assert run("restored", "2026-001")[1].startswith("3 deliveries are in doubt")
    assert run("go", "2026-001") == (0, "nothing was due\n", "")
    assert dispatch.status(live.session, live.incident)["deliveries"]["unknown"] == 3


def test_who_waits_is_said_with_the_time_and_not_as_nothing(live: House, provider: Provider, run: Run) -> None:
    people(live)
    run("plan", "2026-001")
    provider.script = always("401")
    assert run("go", "2026-001")[0] == 1
    provider.script = always("ok")
    code, out, _ = run("go", "2026-001")
    assert code == 0
    assert "nothing was due; 3 wait, the first until " in out
