"""What programs may not send, and what is never told back: odd bodies are refused in one line."""

import pytest
from fakes.program import Program
from fakes.web_house import House, decisions
from pydantic import TypeAdapter, ValidationError
from sqlmodel import func, select

from forthwith import db
from forthwith.web import bearing
from forthwith.web.metering import family
from forthwith.web.people import numbers_in, stated
from forthwith.web.programs.words import Anything, Line, Reason, Words
from models import Entry, Fact, Incident, Refusal, ScopeChange, Signal

SECRET = "Zelda Quarles"
VARIANT = "00000000-0000-0000-0000-000000000007"
HERE = "/incidents/2026-001"
ODD = [
    ("/incidents", {}),
    ("/incidents", {"title": 7}),
    ("/incidents", {"title": f"{SECRET}\0"}),
    ("/incidents", {"title": "x" * 301}),
    ("/incidents", {"title": "A loss", "drill": "perhaps"}),
    ("/incidents", {"title": "A loss", "facts": []}),
    ("/incidents", {"title": "A loss", "facts": {"breach.cause": f"{SECRET}\0"}}),
    ("/incidents", {"title": "A loss", "unknown": SECRET}),
    ("/incidents", [SECRET]),
    ("/incidents", SECRET),
    ("/signals", {}),
    ("/signals", {"payload": {SECRET: "\0"}}),
    ("/signals", {"payload": [[["\0"]]]}),
    ("/signals", {"payload": {}, "source": 7}),
    ("/signals", {"payload": {}, "open": "perhaps"}),
    (f"/signals/{SECRET}/open", {}),
    (f"/signals/{VARIANT}/attach", {}),
    (f"/signals/{VARIANT}/attach", {"incident": "x" * 301}),
    (f"/signals/{VARIANT}/aside", {"why": SECRET}),
    (f"{HERE}/facts", {}),
    (f"{HERE}/facts", {"facts": {}}),
    (f"{HERE}/facts", {"facts": {"x" * 301: 1}}),
    (f"{HERE}/facts", {"facts": {"breach.cause": "x"}, "reason": "x" * 1001}),
    (f"{HERE}/facts", {"facts": {f"n{number}": number for number in range(201)}}),
    (f"{HERE}/close", {"reason": 7}),
    (f"{HERE}/people/remove", {"numbers": [], "reason": "a test account"}),
    (f"{HERE}/people/remove", {"numbers": [0], "reason": "a test account"}),
    (f"{HERE}/people/remove", {"numbers": [2**31], "reason": "a test account"}),
    (f"{HERE}/people/remove", {"numbers": ["1; drop"], "reason": "a test account"}),
    (f"{HERE}/people/remove", {"numbers": list(range(1, 502)), "reason": "a test account"}),
    (f"{HERE}/people/remove", {"numbers": [1]}),
    (f"{HERE}/people/restore", {"numbers": 1, "reason": "a test account"}),
    (f"{HERE}/people/foresee", {"numbers": None, "reason": SECRET}),
    (f"{HERE}/people/0", {"reason": "to look"}),
    (f"{HERE}/people/{2**31}", {"reason": "to look"}),
    (f"{HERE}/people/1", {"reason": f"{SECRET}\0"}),
    (f"{HERE}/people/1", {"reason": SECRET, "more": SECRET}),
    (f"{HERE}/people/near/{VARIANT}", {"verdict": "perhaps", "reason": "x"}),
    (f"{HERE}/people/near/{VARIANT}", {"verdict": "same"}),
    (f"{HERE}/evidence", {"file": SECRET}),
    (f"{HERE}/evidence/{VARIANT}/load", {"columns": {"a": 7}}),
    (f"{HERE}/evidence/{VARIANT}/load", {"kind": ["customer"]}),
    (f"{HERE}/evidence/{VARIANT}/preview", {"columns": {f"c{number}": "x" for number in range(501)}}),
    (f"{HERE}/deliveries/pause", {}),
    (f"{HERE}/deliveries/pause", {"reason": "a doubt", "channel": 7}),
    (f"{HERE}/deliveries/resume", {"channel": []}),
    (f"{HERE}/questions/{VARIANT}", {"value": []}),
    (f"{HERE}/questions/{VARIANT}", {"value": [SECRET] * 51}),
    (f"{HERE}/questions/{VARIANT}", {"value": [SECRET], "consulted": "all"}),
    (f"{HERE}/enquiries/0", {"reason": "to answer it"}),
    (f"{HERE}/enquiries/1/answer", {}),
    (f"{HERE}/enquiries/1/answer", {"text": "x" * 8001}),
]
ASKED_ODDLY = [
    "/incidents?limit=0",
    "/incidents?limit=201",
    "/incidents?before=%00",
    "/incidents?before=' or 1=1",
    f"{HERE}/people?after=-1",
    f"{HERE}/people?after={2**31}",
    f"{HERE}/people?limit=9999",
    f"{HERE}/people/near?after=7",
    f"{HERE}/people/difference?first=-1",
    f"{HERE}/people/difference?last=x",
    f"{HERE}/timeline?after=x",
    f"{HERE}/timeline?limit=0",
    f"{HERE}/enquiries?after={2**31}",
    f"{HERE}/wordings/7",
    f"{HERE}/timeline/export?kind=xlsx",
]


@pytest.fixture(autouse=True)
def unhurried() -> None:
    bearing.asks._buckets.clear()


def held() -> list[int]:
    with db.session() as session:
        tables = (Incident, Fact, Signal, ScopeChange, Entry)
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def test_no_odd_body_is_understood_told_back_or_half_done(still: House) -> None:
    rio, before = Program(still, "Rio", "read", "respond", "people"), held()
    for path, body in ODD:
        answer = rio.ask("POST", path, body)
        assert answer.status_code == 422, (path, body, answer.text)
        assert set(answer.json()) == {"what", "do"}
        assert SECRET not in answer.text
    assert held() == before


def test_no_odd_question_is_understood(still: House) -> None:
    rio = Program(still, "Rio", "read")
    for path in ASKED_ODDLY:
        answer = rio.ask("GET", path)
        assert answer.status_code == 422, (path, answer.text)
        assert set(answer.json()) == {"what", "do"}


@pytest.mark.parametrize("body", [
    {}, {"verdict": "approve"}, {"verdict": "perhaps", "seal": "x"}, {"verdict": "approve", "seal": "x" * 301},
    {"verdict": "approve", "seal": 7}, {"verdict": "approve", "seal": "x", "comment": SECRET * 1000},
])  # fmt: skip
def test_no_odd_decision_is_one(still: House, body: dict[str, object]) -> None:
    lea = Program(still, "Lea", "review", proven=True)
    answer = lea.post(f"/wordings/{still.ids['variant']}/decision", body)
    assert answer.status_code == 422
    assert SECRET not in answer.text
    assert decisions() == []


@pytest.mark.parametrize("kind", [Line, Words, Reason, Anything])
@pytest.mark.parametrize("told", ["a\0b", "\ud800", "x\udfffy"])
def test_text_that_the_database_can_not_hold_is_none(kind: object, told: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(told)
    with pytest.raises(ValidationError):
        TypeAdapter(Anything).validate_python({"deep": [{"deeper": told}]})


def test_what_has_too_many_parts_is_refused() -> None:
    assert TypeAdapter(Anything).validate_python({"n": list(range(100))}) == {"n": list(range(100))}
    with pytest.raises(ValidationError):
        TypeAdapter(Anything).validate_python(list(range(20_001)))


@pytest.mark.parametrize(("typed", "wanted"), [
    ("7", [7]), ("12, 57", [12, 57]), ("57 12 12", [12, 57]), ("1;2\n3", [1, 2, 3]),
])  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, wanted: list[int]) -> None:
    assert numbers_in(typed) == wanted


def test_columns_are_stated_one_a_line() -> None:
    assert stated("a=email\n\n b c = d=name ") == {"a": "email", " b c = d".strip(): "name"}
    for wrong in ("email", "=email", "a="):
        with pytest.raises(Refusal):
            stated(wrong)


def test_a_label_is_escaped_as_prometheus_reads_it() -> None:
    lines = list(family("m", "gauge", "Words.", [({"why": 'a "b"\\\nc'}, 1.0), ({}, 0.5)]))
    assert lines[2:] == ['m{why="a \\"b\\"\\\\\\nc"} 1', "m 0.500"]
