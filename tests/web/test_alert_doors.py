"""Alerts over the web: what proves itself becomes a signal, once; what does not leaves no trace."""

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fakes.alert_tools import TOPIC, Sns, Tool, sample
from fakes.web_house import House
from sqlmodel import select

from forthwith import clock, db
from forthwith.detection import doors
from forthwith.web.app import create_app
from models import AlertCall, AlertDoor, Incident, Refusal, Signal

MACIE = "amazon_macie"


@pytest.fixture
def house(fresh: str) -> House:
    """The application alone: nothing is laid in it, so that each test begins at once."""
    return House(create_app())


def tool(house: House, source: str = MACIE, **how: Any) -> Tool:
    with db.session() as session:
        return Tool(house, source, doors.make(session, source, by="Ola", **how)[1])


def kept(table: type[Any] = Signal) -> list[Any]:
    with db.session() as session:
        return list(session.exec(select(table)).all())


def test_a_signed_alert_becomes_a_signal_and_opens_nothing(house: House) -> None:
    answer = tool(house).call(sample(MACIE))
    assert (answer.status_code, answer.json()) == (200, {"taken": 1, "again": False})
    [signal] = kept()
    assert (signal.source, signal.incident_id) == (MACIE, None)
    assert kept(Incident) == []


def test_a_door_that_opens_gives_each_new_alert_its_incident_once(house: House) -> None:
    made = tool(house, open=True)
    for number in range(3):
        assert made.call(sample(MACIE), ident=f"msg_{number}").status_code == 200
    [signal] = kept()
    assert (len(kept(Incident)), signal.seen) == (1, 3)
    assert signal.incident_id is not None


def test_the_same_call_again_is_answered_as_the_same_and_counts_once(house: House) -> None:
    made = tool(house)
    assert [made.call(sample(MACIE)).json()["again"] for _ in range(3)] == [False, True, True]
    assert [signal.seen for signal in kept()] == [1]
    assert [call.signals for call in kept(AlertCall)] == [1]


def test_the_same_call_at_once_from_many_sides_is_taken_once(house: House) -> None:
    made = tool(house, open=True)
    body = json.dumps(sample(MACIE)).encode()
    headers = made.signed(body)
    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(lambda _: made.post(body, headers).json(), range(4)))
    assert sorted(answer["again"] for answer in answers) == [False, True, True, True]
    assert ([signal.seen for signal in kept()], len(kept(Incident))) == ([1], 1)


def test_an_alert_whose_title_looks_like_a_card_is_not_lost(house: House) -> None:
    alert = sample(MACIE)
    alert["detail"]["resourcesAffected"]["s3Bucket"]["name"] = "copy-4111111111111111"
    assert tool(house, open=True).call(alert).status_code == 200
    assert "Alert of amazon_macie" in [incident.title for incident in kept(Incident)]


def test_an_id_that_comes_again_with_something_else_is_refused(house: House) -> None:
    made = tool(house)
    made.call(sample(MACIE))
    assert made.call(sample(MACIE, "sample_policy.json")).status_code == 403
    assert len(kept()) == 1


@pytest.mark.parametrize(
    "forge", ["no headers", "other key", "other body", "other id", "late", "early", "empty", "odd time", "no mark"]
)
def test_a_forged_late_or_early_call_is_refused_and_nothing_is_stored(
    house: House, forge: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = tool(house)
    body = json.dumps(sample(MACIE)).encode()
    headers = made.signed(body)
    match forge:
        case "no headers":
            headers = {}
        case "other key":
            headers = Tool(house, MACIE, "whsec_" + "A" * 44).signed(body)
        case "other body":
            body += b" "
        case "other id":
            headers["webhook-id"] = "msg_2"
        case "late" | "early":
            off = timedelta(minutes=6 if forge == "early" else -6)
            headers = made.signed(body, at=clock.now() + off)
        case "empty":
            body = b""
        case "odd time":
            headers["webhook-timestamp"] = "9" * 40
        case "no mark":
            headers["webhook-signature"] = "v1, v2,x"
    caplog.set_level("INFO", "forthwith.web")
    assert made.post(body, headers).status_code == 403
    assert (kept(), kept(AlertCall)) == ([], [])
    [line] = [record.getMessage() for record in caplog.records if record.name == "forthwith.web"]
    assert line.startswith("a call with alerts was refused: The call ")


def test_a_call_at_the_edge_of_the_window_is_taken(house: House) -> None:
    assert tool(house).call(sample(MACIE), at=clock.now() - timedelta(minutes=4)).status_code == 200


def test_what_is_taken_is_logged_without_a_word_of_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "forthwith.web")
    tool(house).call(sample(MACIE))
    assert [record.getMessage() for record in caplog.records if record.name == "forthwith.web"] == [
        "amazon_macie handed in 1 alerts, 1 of them new"
    ]


def test_a_signed_call_that_is_no_alert_stores_nothing_and_may_be_sent_again_mended(house: House) -> None:
    made = tool(house)
    assert made.call({"hello": "Ada Lovelace"}).status_code == 422
    assert (kept(), kept(AlertCall)) == ([], [])
    assert made.call(sample(MACIE)).status_code == 200


def test_an_alert_larger_than_two_megabytes_is_refused_unread(house: House) -> None:
    made = tool(house)
    assert made.call({**sample(MACIE), "x": "y" * 2 * 1024 * 1024}).status_code == 413
    assert kept() == []


@pytest.mark.parametrize("source", ["nagios", "okta", "..", "x" * 300])
def test_a_source_without_a_door_is_refused_like_an_unknown_one(house: House, source: str) -> None:
    made = Tool(house, source, "whsec_" + "A" * 44)
    assert made.call(sample(MACIE)).status_code in (403, 404, 405)
    assert kept() == []


def test_a_new_secret_ends_the_old_one_and_a_shut_door_ends_both(house: House) -> None:
    old, new = tool(house), tool(house)
    assert [old.call(sample(MACIE)).status_code, new.call(sample(MACIE)).status_code] == [403, 200]
    with db.session() as session:
        doors.end(session, MACIE)
    assert new.call(sample(MACIE), ident="msg_9").status_code == 403


def test_a_secret_is_kept_sealed(house: House) -> None:
    made = tool(house)
    [door] = kept(AlertDoor)
    assert made.secret.encode() not in door.sealed + door.wrapped_key


@pytest.mark.parametrize(("name", "scheme"), [("authorization", "Bearer "), ("authorization", ""), ("x-api-key", "")])
def test_a_tool_that_sends_a_fixed_header_is_known_by_it(house: House, name: str, scheme: str) -> None:
    made = tool(house, "wazuh")
    body = json.dumps(sample("wazuh")).encode()
    assert made.post(body, {name: f"{scheme}{made.secret}x"}).status_code == 403
    assert made.post(body, {}).status_code == 403
    assert kept() == []
    assert made.post(body, {name: f"{scheme}{made.secret}"}).status_code == 200
    assert len(kept()) == 1


def test_okta_s_question_is_answered_only_where_its_door_stands(house: House) -> None:
    asked = {"x-okta-verification-challenge": "abc<script>"}
    assert house.browser().ask("GET", "/hooks/alerts/okta", headers=asked).status_code == 404
    tool(house, "okta")
    answer = house.browser().ask("GET", "/hooks/alerts/okta", headers=asked)
    assert (answer.status_code, answer.json()) == (200, {"verification": "abc<script>"})
    assert answer.headers["content-type"] == "application/json"
    assert house.browser().ask("GET", "/hooks/alerts/okta").status_code == 404


def test_github_signs_in_its_own_way(house: House) -> None:
    made = tool(house, "github_secret_scanning")
    body = json.dumps(sample("github_secret_scanning")).encode()
    mark = hmac.new(made.secret.encode(), body, hashlib.sha256).hexdigest()
    assert made.post(body + b" ", {"x-hub-signature-256": f"sha256={mark}"}).status_code == 403
    answers = [made.post(body, {"x-hub-signature-256": f"sha256={mark}"}).json()["again"] for _ in range(2)]
    assert (answers, len(kept())) == ([False, True], 1)


@pytest.fixture(scope="module")
def topic() -> Sns:
    return Sns()


def subscribed(house: House, topic: Sns) -> Tool:
    return tool(house, certificate=topic.certificate, topic=TOPIC)


def test_amazon_sns_is_taken_by_the_certificate_that_was_set(house: House, topic: Sns) -> None:
    made = subscribed(house, topic)
    body = json.dumps(topic.message(Message=json.dumps(sample(MACIE)))).encode()
    assert [made.post(body, {}).json() for _ in range(2)] == [{"taken": 1, "again": False}, {"taken": 1, "again": True}]
    assert made.secret == ""


@pytest.mark.parametrize("forge", ["other key", "changed", "other topic", "version 1", "old", "no mark", "odd type"])
def test_a_forged_message_of_sns_is_refused(house: House, topic: Sns, forge: str) -> None:
    made = subscribed(house, topic)
    told = {"Message": json.dumps(sample(MACIE))}
    message = topic.message(**told)
    match forge:
        case "other key":
            message = Sns().message(**told)
        case "changed":
            message["Message"] = json.dumps(sample(MACIE, "sample_policy.json"))
        case "other topic":
            message = topic.message(**told, TopicArn="arn:aws:sns:eu-west-1:999988887777:mine")
        case "version 1":
            message = topic.message(**told, SignatureVersion="1")
        case "old":
            message = topic.message(**told, Timestamp="2026-01-01T00:00:00.000Z")
        case "no mark":
            message["Signature"] = "x"
        case "odd type":
            message["Type"] = "Other"
    assert made.post(json.dumps(message).encode(), {}).status_code == 403
    assert kept() == []


def test_a_subscription_is_shown_to_a_person_and_never_fetched(house: House, topic: Sns) -> None:
    made = subscribed(house, topic)
    asks = {"Token": "t", "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"}
    assert made.post(json.dumps(topic.message("SubscriptionConfirmation", **asks)).encode(), {}).status_code == 200
    assert [door.confirm_url for door in kept(AlertDoor)] == [asks["SubscribeURL"]]
    elsewhere = topic.message("SubscriptionConfirmation", Token="t", SubscribeURL="https://evil.example/")
    assert made.post(json.dumps(elsewhere).encode(), {}).status_code == 200
    assert [door.confirm_url for door in kept(AlertDoor)] == [None]
    assert kept() == []


@pytest.mark.parametrize("how", [
    {"way": "magic"}, {"way": "sns"}, {"certificate": b"none", "topic": TOPIC}, {"way": "sns", "topic": TOPIC},
])  # fmt: skip
def test_a_door_that_could_prove_nothing_is_not_made(house: House, how: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        tool(house, **how)
    assert kept(AlertDoor) == []
