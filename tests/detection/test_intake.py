"""The same alert is one signal, and one incident, however often and from however many places it comes."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from forthwith import db
from forthwith.detection import detect, read_payload
from forthwith.detection import sources as package
from forthwith.timeline.export import entries, verify_rows
from forthwith.timeline.known import latest
from models import Incident, Refusal, Signal

ROOT = Path(package.__file__).parent


def sample(name: str = "amazon_macie", file: str = "sample.json") -> dict[str, Any]:
    document: dict[str, Any] = json.loads((ROOT / name / file).read_text(encoding="utf-8"))
    return document


def signals(session: Session) -> list[Signal]:
    return list(session.exec(select(Signal).order_by(Signal.source_ref)).all())


def incidents(session: Session) -> list[Incident]:
    return list(session.exec(select(Incident)).all())


def test_an_alert_becomes_a_signal_and_nothing_is_opened(session: Session) -> None:
    found = detect(session, sample(), actor="ana")
    assert (found.new, found.incident, found.opened) == (1, None, False)
    [signal] = signals(session)
    assert (signal.source, signal.severity, signal.seen, signal.incident_id) == ("amazon_macie", "high", 1, None)


def test_the_same_alert_again_is_counted_and_is_no_second_signal(session: Session) -> None:
    for number in range(1, 6):
        found = detect(session, sample(), actor="ana")
        assert found.new == (1 if number == 1 else 0)
        assert [signal.seen for signal in signals(session)] == [number]


def test_the_order_of_a_payload_s_keys_makes_no_other_alert(session: Session) -> None:
    shuffled = dict(reversed(list(sample("github_secret_scanning").items())))
    first = detect(session, sample("github_secret_scanning"), actor="ana").signals[0].payload_sha256
    assert detect(session, shuffled, actor="ana").signals[0].payload_sha256 == first
    assert len(signals(session)) == 1


def test_an_alert_in_another_wrapping_is_the_same_alert(session: Session) -> None:
    detect(session, sample(), actor="ana")
    detect(session, sample()["detail"], actor="ana")
    detect(session, {"Type": "Notification", "Message": json.dumps(sample())}, actor="ana")
    assert [signal.seen for signal in signals(session)] == [3]


def test_one_payload_that_holds_an_alert_twice_counts_once(session: Session) -> None:
    detect(session, [sample(), sample()], actor="ana")
    assert [signal.seen for signal in signals(session)] == [1]


def test_open_opens_one_incident_with_what_the_alert_states(session: Session) -> None:
    found = detect(session, sample("microsoft_sentinel"), actor="ana", open=True)
    assert found.opened
    assert found.incident
    assert found.incident.title == "Sentinel incident 3177: Exfiltration, CredentialAccess"
    assert latest(session, found.incident) == {
        "clocks.detected_at": "2026-11-18T06:05:01.389123Z", "clocks.occurred_from": "2026-11-15T21:29:12.244689Z",
    }  # fmt: skip
    assert [entry.verb for entry in entries(session, found.incident)] == ["opened", "detected", "stated"]


def test_what_an_alert_only_suggests_is_not_stated(session: Session) -> None:
    found = detect(session, sample("microsoft_sentinel"), actor="ana", open=True)
    assert found.incident
    assert "breach.exfiltration" not in latest(session, found.incident)
    assert found.signals[0].hints["suggests"] == {"breach.exfiltration": "likely"}


def test_awareness_is_never_taken_from_a_machine(session: Session) -> None:
    found = detect(session, sample(), actor="ana", open=True)
    assert found.incident
    assert found.incident.aware_at is None


def test_a_repeated_alert_never_opens_a_second_incident(session: Session) -> None:
    first = detect(session, sample(), actor="ana", open=True)
    again = detect(session, sample(), actor="ben", open=True)
    assert (again.opened, again.incident) == (False, first.incident)
    assert len(incidents(session)) == 1


def test_an_alert_that_was_only_taken_in_can_be_opened_later(session: Session) -> None:
    detect(session, sample(), actor="ana")
    found = detect(session, sample(), actor="ana", open=True)
    assert (found.new, found.opened) == (0, True)


def test_several_new_alerts_of_one_payload_share_an_incident(session: Session) -> None:
    payload = {"findings": [sample()["detail"], sample("amazon_macie", "sample_policy.json")]}
    found = detect(session, payload, actor="ana", open=True)
    assert found.incident
    assert {signal.incident_id for signal in found.signals} == {found.incident.id}
    assert found.incident.title.endswith("and 1 more")
    assert len(incidents(session)) == 1


def test_an_alert_that_its_tool_has_closed_opens_nothing(session: Session) -> None:
    found = detect(session, sample("github_secret_scanning", "sample_rest.json"), actor="ana", open=True)
    assert (found.opened, found.incident, found.new) == (False, None, 1)


def test_of_a_list_only_what_is_still_open_is_opened(session: Session) -> None:
    found = detect(session, sample("microsoft_sentinel", "sample_list.json"), actor="ana", open=True)
    assert [signal.incident_id is not None for signal in found.signals] == [True, False]
    assert found.incident
    assert found.incident.title == "Sentinel incident 3178: Impact"


def test_the_worst_severity_is_kept(session: Session) -> None:
    payload = sample("github_secret_scanning", "sample_rest.json")
    detect(session, payload, actor="ana")
    detect(session, sample("github_secret_scanning"), actor="ana")
    assert [signal.severity for signal in signals(session)] == ["critical"]
    detect(session, payload, actor="ana")
    assert [signal.severity for signal in signals(session)] == ["critical"]


def test_two_sources_may_use_the_same_reference(session: Session) -> None:
    from forthwith.detection.mapping import Fields, Mapping

    mapping = Mapping(source="other_tool", fields=Fields(source_ref="id", kind="type"))
    detect(session, sample()["detail"], actor="ana", mapping=mapping)
    detect(session, sample()["detail"], actor="ana")
    assert [signal.seen for signal in signals(session)] == [1, 1]


@pytest.mark.parametrize("payload", ["text", 7, None, [1], ["a"], [{}, 1]])
def test_what_is_no_object_is_refused(session: Session, payload: object) -> None:
    with pytest.raises(Refusal, match="JSON object"):
        detect(session, payload, actor="ana")
    assert signals(session) == []


@pytest.mark.parametrize("payload", [[], {"findings": []}, {"source": "aws.macie", "detail": {"type": "Other"}}])
def test_a_payload_without_an_alert_is_refused(session: Session, payload: object) -> None:
    with pytest.raises(Refusal):
        detect(session, payload, actor="ana")
    assert signals(session) == []


def test_of_a_list_with_one_unknown_alert_nothing_is_kept(session: Session) -> None:
    with pytest.raises(Refusal, match="No known tool"):
        detect(session, [sample(), {"other": 1}], actor="ana")
    assert signals(session) == []


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"not json ada@example.com", b"\xff\xfe", b'{"a": NaN}', b"[" * 5000 + b"]" * 5000]
)
def test_what_is_no_json_is_refused_and_not_repeated(raw: bytes) -> None:
    with pytest.raises(Refusal, match="not JSON") as refused:
        read_payload(raw)
    assert "ada" not in str(refused.value)


def test_an_alert_without_end_is_refused() -> None:
    with pytest.raises(Refusal, match="larger than 20 MB"):
        read_payload(b" " * 20_000_001)


def test_no_text_of_the_payload_is_kept_in_the_database(session: Session) -> None:
    for name, file in (("microsoft_sentinel", "sample.json"), ("github_secret_scanning", "sample_location.json")):
        found = detect(session, sample(name, file), actor="ana", open=True)
        assert found.incident
        kept = json.dumps(
            [entry.model_dump(mode="json") for entry in entries(session, found.incident)]
            + [[signal.title, signal.hints] for signal in found.signals]
        )
        assert "Lovelace" not in kept
        assert "@example.com" not in kept


def take_in(times: int) -> list[bool]:
    opened = []
    for _ in range(times):
        with db.session() as own:
            opened.append(detect(own, sample(), actor="ana", open=True).opened)
    return opened


def test_many_threads_that_report_the_same_alert_open_one_incident(fresh: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        opened = [one for found in pool.map(take_in, [5] * 6) for one in found]
    with db.session() as session:
        [incident] = incidents(session)
        assert sum(opened) == 1
        assert [signal.seen for signal in signals(session)] == [30]
        assert verify_rows(incident, entries(session, incident)).sound


PROCESS = """
import json, sys
from forthwith import db
from forthwith.detection import detect
payload = json.load(open(sys.argv[1]))
sys.stdin.readline()
for _ in range(8):
    with db.session() as session:
        print(detect(session, payload, actor="ana", open=True).opened)
"""


def test_two_processes_that_report_the_same_alert_open_one_incident(fresh: str) -> None:
    command = [sys.executable, "-c", PROCESS, str(ROOT / "amazon_macie" / "sample.json")]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0], [errors for _, errors in ends]
    opened = "".join(out for out, _ in ends).split()
    assert (opened.count("True"), opened.count("False")) == (1, 15)
    with db.session() as session:
        assert len(incidents(session)) == 1
        assert [signal.seen for signal in signals(session)] == [16]


def test_alerts_in_opposite_orders_never_wait_for_each_other_for_ever(fresh: str) -> None:
    both = [sample()["detail"], sample("amazon_macie", "sample_policy.json")]

    def work(findings: list[dict[str, Any]]) -> int:
        for _ in range(6):
            with db.session() as own:
                detect(own, {"findings": findings}, actor="ana")
        return 6

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, [both, both[::-1]] * 2)) == 24
    with db.session() as session:
        assert [signal.seen for signal in signals(session)] == [24, 24]


def test_an_opening_that_fails_keeps_nothing(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from forthwith.detection import opening

    def fail(*_: object, **__: object) -> None:
        raise Refusal("The key is gone.", "Restore it.")

    monkeypatch.setattr(opening, "attach", fail)
    with pytest.raises(Refusal), db.session() as session:
        detect(session, sample(), actor="ana", open=True)
    with db.session() as session:
        assert (signals(session), incidents(session)) == ([], [])
