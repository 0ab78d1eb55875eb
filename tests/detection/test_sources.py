"""Every source reads its tool's real format, is known by the shape, and lets no free text of a payload through."""

import base64
import contextlib
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.detection import sources as package
from forthwith.detection.attack import tactics
from forthwith.detection.facts import _read as read_fact
from forthwith.detection.intake import parse
from forthwith.detection.parsed import SEVERITIES, ParsedSignal
from forthwith.detection.sources import recognised, source, sources
from models import Refusal

FOLDERS = sorted(path for path in Path(package.__file__).parent.iterdir() if (path / "__init__.py").exists())
SAMPLES = [path for folder in FOLDERS for path in sorted(folder.glob("sample*.json"))]
NAMING = ("Lovelace", "lovelace@", "@example.com", "7946", "wJalrXUtnFEMI")
IDS = [f"{path.parent.name}/{path.name}" for path in SAMPLES]


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def shown(signal: ParsedSignal) -> dict[str, Any]:
    times = {name: getattr(signal, name) for name in ("occurred_at", "detected_at")}
    fields = ("source", "source_ref", "title", "severity", "open", "suggests", "details")
    return {
        **{name: getattr(signal, name) for name in fields},
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


def test_a_new_folder_is_found_by_itself() -> None:
    assert list(sources()) == [folder.name for folder in FOLDERS]
    assert len(FOLDERS) >= 13


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_source_has_a_sample_and_says_what_it_reads_from_it(folder: Path) -> None:
    expected = load(folder / "expected.json")
    assert (folder / "sample.json").exists()
    assert sorted(expected) == sorted(path.name for path in folder.glob("sample*.json"))


@pytest.mark.parametrize("path", SAMPLES, ids=IDS)
def test_a_sample_is_read_as_expected(path: Path) -> None:
    expected = load(path.parent / "expected.json")[path.name]
    assert [shown(signal) for signal in parse(load(path))] == expected


@pytest.mark.parametrize("path", SAMPLES, ids=IDS)
def test_a_sample_is_known_by_its_shape_and_by_its_source_alone(path: Path) -> None:
    knowing = [name for name, one in sources().items() if one.recognises(load(path))]
    assert knowing == [path.parent.name]


@pytest.mark.parametrize("path", SAMPLES, ids=IDS)
def test_a_sample_names_somebody_and_the_signal_does_not(path: Path) -> None:
    assert any(word in path.read_text() for word in NAMING), "plant a name, so that this test can fail"
    for signal in parse(load(path)):
        kept = json.dumps([signal.title, signal.severity, signal.hints()])
        assert [word for word in NAMING if word in kept] == []


@pytest.mark.parametrize("path", SAMPLES, ids=IDS)
def test_what_a_source_states_or_suggests_is_in_the_vocabulary(path: Path) -> None:
    for signal in parse(load(path)):
        facts = {**signal.hints()["facts"], **signal.suggests}
        facts.pop("elements", None)
        assert [name for name, value in facts.items() if read_fact(name, value) is None] == []
        assert signal.severity in SEVERITIES


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        yield path
        for step, inner in steps:
            yield from leaves(inner, (*path, step))
    else:
        yield path


def with_value(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


PLANTED = "Grace Hopper <grace.hopper@example.org> +44 20 7946 0999"


@pytest.mark.parametrize("path", SAMPLES, ids=IDS)
def test_a_name_planted_in_any_field_never_shows(path: Path) -> None:
    document = load(path)
    shown_in = []
    for place in leaves(document):
        if place:
            forged = with_value(document, place, PLANTED)
            for signal in read_or_refuse(forged, path.parent.name):
                if "Hopper" in json.dumps([signal.title, signal.source_ref, signal.hints()], default=str):
                    shown_in.append(place)
    assert shown_in == []


def read_or_refuse(document: Any, name: str | None = None) -> list[ParsedSignal]:
    try:
        return source(name).parse(document) if name else parse(document)
    except Refusal:
        return []


JUNK = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
SHAPES = st.recursive(
    JUNK, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)


@pytest.mark.parametrize("path", SAMPLES, ids=IDS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_no_payload_of_another_shape_breaks_a_source(path: Path, data: st.DataObject) -> None:
    document = load(path)
    place = data.draw(st.sampled_from([place for place in leaves(document) if place]))
    forged = with_value(document, place, data.draw(SHAPES))
    for signal in [*read_or_refuse(forged, path.parent.name), *read_or_refuse(forged)]:
        assert signal.title
        assert signal.source_ref
        json.dumps(signal.hints())


@pytest.mark.parametrize("name", sources())
def test_a_payload_without_end_is_refused_or_read_beside_it(name: str) -> None:
    deep: Any = []
    for _ in range(5000):
        deep = {"detail": [deep]}
    endless = {**sample(name), "detail": deep, "data": deep, "findings": [deep], "value": [deep]}
    found: list[ParsedSignal] = []
    with contextlib.suppress(Refusal):
        found = parse(endless, source_name=name)
    assert all(signal.source == name for signal in found)


def pushed(message: Any) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(message).encode()).decode()
    return {"message": {"data": data, "messageId": "1"}, "subscription": "projects/brightmere/subscriptions/alerts"}


def test_an_alert_pushed_by_pub_sub_is_unwrapped() -> None:
    alert = sample("google_workspace")
    assert parse(pushed(alert)) == parse(alert)
    with pytest.raises(Refusal, match="No known tool"):
        parse({"message": {"data": "no base 64"}, "subscription": "x"})


def test_the_command_line_spells_a_finding_otherwise_and_it_is_the_same() -> None:
    finding = sample("aws_guardduty")["detail"]

    def spelled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key[:1].upper() + key[1:]: spelled(inner) for key, inner in value.items()}
        return [spelled(inner) for inner in value] if isinstance(value, list) else value

    assert parse({"Findings": [spelled(finding)]}) == parse(finding)


def test_the_search_that_names_its_owner_is_kept_as_a_hash_alone() -> None:
    [signal] = parse(sample("splunk"))
    assert len(signal.source_ref) == 64
    assert parse({**sample("splunk"), "sid": "another"})[0].source_ref != signal.source_ref


@pytest.mark.parametrize(("word", "meant"), [
    ("credential-access", "CredentialAccess"), ("TA0010", "Exfiltration"), ("Command and Control", "CommandAndControl"),
    ("Ada Lovelace", None), (7, None),
])  # fmt: skip
def test_a_tactic_is_known_in_each_tool_s_spelling_and_no_other_word_passes(word: Any, meant: str | None) -> None:
    assert tactics([word]) == ([meant] if meant else [])


@pytest.mark.parametrize("payload", [{}, {"alert": None}, {"detail": {}}, {"value": []}, {"object": {}}, {"type": 7}])
def test_an_unknown_shape_is_refused_with_the_way_out(payload: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="No known tool") as refused:
        recognised(payload)
    assert "--mapping" in refused.value.do


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refusal, match="No source is called 'nagios'") as refused:
        source("nagios")
    assert "amazon_macie" in refused.value.do


def sample(name: str, file: str = "sample.json") -> dict[str, Any]:
    return load(Path(package.__file__).parent / name / file)


def test_the_event_and_the_finding_itself_are_the_same_alert() -> None:
    event = sample("amazon_macie")
    [by_event], [by_finding] = parse(event), parse(event["detail"])
    assert by_event.source_ref == by_finding.source_ref
    assert by_event.payload_sha256 == by_finding.payload_sha256


def test_an_event_delivered_twice_under_another_id_is_the_same_alert() -> None:
    event = sample("amazon_macie")
    [first], [second] = parse(event), parse({**event, "id": "other", "time": "2026-11-18T06:09:00Z"})
    assert (first.source_ref, first.payload_sha256) == (second.source_ref, second.payload_sha256)


def test_an_answer_of_the_api_holds_several_findings() -> None:
    findings = [sample("amazon_macie")["detail"], sample("amazon_macie", "sample_policy.json")]
    assert [one.title.split(" ")[0] for one in parse({"findings": findings})] == [
        "SensitiveData:S3Object/Multiple", "Policy:IAMUser/S3BucketPublic",
    ]  # fmt: skip


def test_an_event_wrapped_by_amazon_sns_is_unwrapped() -> None:
    wrapped = {"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": json.dumps(sample("amazon_macie"))}
    assert parse(wrapped)[0].source_ref == parse(sample("amazon_macie"))[0].source_ref


@pytest.mark.parametrize(
    ("kind", "suggested"),
    [
        ("Policy:IAMUser/S3BucketSharedExternally", "known_many"),
        ("Policy:IAMUser/S3BucketReplicatedExternally", "known_one"),
        ("Policy:IAMUser/S3BucketEncryptionDisabled", None),
    ],
)
def test_a_policy_finding_suggests_who_could_read(kind: str, suggested: str | None) -> None:
    finding = {**sample("amazon_macie", "sample_policy.json"), "type": kind}
    assert parse(finding)[0].suggests.get("breach.recipients") == suggested


def test_an_archived_finding_is_closed() -> None:
    finding = {**sample("amazon_macie")["detail"], "archived": True}
    assert not parse(finding)[0].open


def test_the_webhook_and_the_rest_api_name_the_same_alert_alike() -> None:
    [webhook] = parse(sample("github_secret_scanning"))
    [rest] = parse(sample("github_secret_scanning", "sample_rest.json"))
    assert webhook.source_ref == rest.source_ref == "brightmere/support-desk#42"


@pytest.mark.parametrize(
    ("action", "state", "still_open"),
    [("created", "open", True), ("reopened", "open", True), ("publicly_leaked", "open", True),
     ("validated", "open", True),
     ("resolved", "resolved", False), ("revoked", "open", False)],
)  # fmt: skip
def test_an_action_tells_whether_the_alert_is_open(action: str, state: str, still_open: bool) -> None:
    payload = sample("github_secret_scanning")
    payload["action"], payload["alert"]["state"] = action, state
    assert parse(payload)[0].open is still_open


@pytest.mark.parametrize(
    ("validity", "leaked", "severity"),
    [
        ("active", False, "critical"),
        ("unknown", True, "critical"),
        ("unknown", False, "high"),
        ("inactive", True, "medium"),
    ],
)
def test_a_secret_that_works_or_lies_in_public_is_critical(validity: str, leaked: bool, severity: str) -> None:
    payload = sample("github_secret_scanning")
    payload["alert"].update(validity=validity, publicly_leaked=leaked)
    assert parse(payload)[0].severity == severity


def test_an_enterprise_server_s_alert_is_known_too() -> None:
    payload = sample("github_secret_scanning", "sample_rest.json")
    payload["url"] = "https://git.example.com/api/v3/repos/Brightmere/Support-Desk/secret-scanning/alerts/42"
    assert parse(payload)[0].source_ref == "brightmere/support-desk#42"


def test_the_trigger_and_the_api_name_the_same_incident_alike() -> None:
    [trigger] = parse(sample("microsoft_sentinel"))
    listed = parse(sample("microsoft_sentinel", "sample_list.json"))
    assert trigger.source_ref == listed[0].source_ref


def test_the_trigger_s_whole_output_is_unwrapped() -> None:
    assert parse({"headers": {}, "body": sample("microsoft_sentinel")})[0].title.startswith("Sentinel incident 3177")


def test_seven_digits_of_a_second_are_read() -> None:
    [signal] = parse(sample("microsoft_sentinel"))
    assert signal.occurred_at
    assert signal.occurred_at.isoformat() == "2026-11-15T21:29:12.244689+00:00"
