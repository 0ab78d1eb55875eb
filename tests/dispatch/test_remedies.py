"""Codes of a remedy: sealed, one a person, kept by that person, never given twice."""

from collections import Counter
from datetime import date, timedelta

import pytest
from fakes.house import House, later, slot, wording
from fakes.provider import Provider, always, in_turn
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as some
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from forthwith import clock, dispatch, keys
from forthwith.dispatch import remedies
from forthwith.dispatch.forecast import forecast
from forthwith.dispatch.states import NO_CODE
from models import Notice, Refusal, RemedyCode, Variant

UNTIL = date(2030, 6, 30)


def pool(house: House, count: int, *, start: int = 0, until: date = UNTIL) -> remedies.Loaded:
    body = "\n".join(f"CODE-{n:06d}" for n in range(start, start + count)).encode()
    return remedies.load(house.session, house.incident, body, provider="Watch", until=until, actor="ana")


def telling(medium: str) -> bytes:
    return wording(medium, text=f"Your own code: {slot('remedy_code')}.")


def ready(house: House, people: int, media: tuple[str, ...] = ("email",), *, key: str = "n1") -> Notice:
    """Plan a notice whose words tell each person a code."""
    if not house.numbers:
        house.people(people, media)
    notice = house.notice(house.duty(key=f"law:{key}"), media=media, key=key, approved=False)
    for variant in [one for one in house.every(Variant) if one.notice_id == notice.id]:
        variant.content = telling(variant.medium)
        house.add(variant)
        house.approve(variant)
    dispatch.plan(house.session, house.incident, actor="ana")
    return notice


def given_codes(house: House) -> list[RemedyCode]:
    house.session.rollback()
    house.session.expire_all()
    return [one for one in house.every(RemedyCode) if one.person_id]


def test_everybody_gets_a_code_of_their_own(live: House, provider: Provider) -> None:
    pool(live, 10)
    ready(live, 7)
    live.session.commit()
    assert dispatch.send(live.incident.id).states == {"accepted": 7}
    codes = given_codes(live)
    assert len(codes) == len({one.person_id for one in codes}) == len({one.code_index for one in codes}) == 7


@budget(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.lists(some.integers(0, 11), max_size=6), max_size=5), some.integers(0, 9))
def test_no_code_goes_to_two_people_and_nobody_gets_two(house: House, asked: list[list[int]], stock: int) -> None:
    house.session.execute(text("delete from remedy_code"))
    house.session.execute(text("delete from remedy_pool"))
    while house.numbers < 12:
        house.person(("email",))
    people = [row.id for row in house.session.execute(text("select id from person order by number"))]
    if stock:
        pool(house, stock)
    key, told = keys.unwrap(house.incident.id, house.incident.wrapped_key), dict[object, str]()
    for some_of_them in asked:
        for person, code in remedies.give(
            house.session, house.incident.id, [people[i] for i in some_of_them], key
        ).items():
            assert told.setdefault(person, code) == code, "kept for ever"
    assert len(set(told.values())) == len(told)
    everybody = {i for some_of_them in asked for i in some_of_them}
    assert len(told) == min(stock, len(everybody))


def test_a_code_stays_with_its_person_on_a_retry_and_on_the_next_leg(live: House, provider: Provider) -> None:
    pool(live, 5)
    ready(live, 1, ("email", "sms"))
    live.session.commit()
    provider.script = in_turn("409", "400")
    dispatch.send(live.incident.id)
    (first,) = given_codes(live)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        dispatch.send(live.incident.id)
    assert [(row.leg, row.state) for row in live.deliveries()] == [(1, "failed"), (2, "accepted")]
    assert [one.id for one in given_codes(live)] == [first.id]


def test_two_notices_of_one_person_tell_the_same_code(live: House, provider: Provider) -> None:
    pool(live, 9)
    ready(live, 3)
    ready(live, 3, key="n2")
    live.session.commit()
    assert dispatch.send(live.incident.id).states == {"accepted": 6}
    assert len(given_codes(live)) == 3


def test_the_message_holds_the_code(live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_EMAIL_CHANNEL", "outbox")
    from forthwith.settings import settings

    settings.cache_clear()
    pool(live, 1)
    ready(live, 1)
    live.session.commit()
    dispatch.send(live.incident.id)
    files = [path.read_bytes() for path in settings().outbox.rglob("*") if path.is_file()]
    assert any(b"CODE-000000" in content for content in files)


def test_whoever_finds_no_code_is_held_with_that_reason_until_more_are_loaded(live: House, provider: Provider) -> None:
    pool(live, 2)
    ready(live, 5)
    live.session.commit()
    assert dispatch.send(live.incident.id).states == {"accepted": 2, "held": 3}
    assert {row.reason for row in live.deliveries(state="held")} == {NO_CODE}
    state = dispatch.status(live.session, live.incident)
    assert state["gaps"] == [{"duty": "", "people": 3, "why": NO_CODE}]
    assert not state["equal"], "nobody is written off for want of a code"
    dispatch.plan(live.session, live.incident, actor="ana")
    assert pool(live, 2, start=100).released == 3
    live.session.commit()
    assert dispatch.send(live.incident.id).states == {"accepted": 2, "held": 1}
    assert set(provider.ledger.values()) == {1}


def test_the_plan_says_that_the_codes_are_too_few(house: House) -> None:
    pool(house, 2)
    ready(house, 5)
    told = forecast(house.session, house.incident)
    assert told.remedy is not None
    assert (told.remedy["needed"], told.remedy["free"], told.remedy["short"]) == (5, 2, 3)
    assert any("3 short" in line for line in told.warnings)


def test_a_wording_without_the_slot_takes_no_code(live: House, provider: Provider) -> None:
    pool(live, 3)
    live.people(2, ("email",))
    live.notice(live.duty(), media=("email",))
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()
    dispatch.send(live.incident.id)
    assert given_codes(live) == []


def test_codes_that_ran_out_of_time_are_not_handed_out(house: House) -> None:
    pool(house, 3, until=clock.today())
    house.person(("email",))
    people = [row.id for row in house.session.execute(text("select id from person"))]
    key = keys.unwrap(house.incident.id, house.incident.wrapped_key)
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert remedies.give(house.session, house.incident.id, people, key) == {}
    assert len(remedies.give(house.session, house.incident.id, people, key)) == 1
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert len(remedies.give(house.session, house.incident.id, people, key)) == 1, "what is given stays"


@pytest.mark.parametrize(("body", "codes", "aside"), [
    (b"AAAA-1\nBBBB-2\n", 2, {}), (b"\xef\xbb\xbfcode,note\nAAAA-1,x\n\nBBBB-2,y\n", 2, {}),
    (b"AAAA-1\nAAAA-1\n!!\nBBBB-2", 2, {"twice in the file": 1, "no code": 1}), (b'"AAAA-1"\r\n"BBBB-2"\r\n', 2, {}),
])  # fmt: skip
def test_rows_in_are_codes_loaded_and_rows_set_aside(
    house: House, body: bytes, codes: int, aside: dict[str, int]
) -> None:
    done = remedies.load(house.session, house.incident, body, provider="Watch", until=UNTIL, actor="ana")
    assert (done.codes, dict(done.aside), done.rows) == (codes, aside, codes + sum(aside.values()))
    assert len(house.every(RemedyCode)) == codes
    (entry,) = house.entries("remedy_loaded")
    assert "AAAA" not in repr((entry.text, entry.data))


@pytest.mark.parametrize(("body", "more", "said"), [
    (b"", {}, "no new code"), (b"!!\n", {}, "no new code"), (b"\xff\xfe\x00A", {}, "no text"),
    (b"AAAA-1", {"until": date(2020, 1, 1)}, "run out already"), (b"AAAA-1", {"provider": " "}, "provider's name"),
])  # fmt: skip
def test_a_file_that_is_none_is_refused_in_one_line(
    house: House, body: bytes, more: dict[str, object], said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        remedies.load(house.session, house.incident, body, **{"provider": "W", "until": UNTIL, "actor": "ana", **more})  # type: ignore[arg-type]
    assert house.every(RemedyCode) == []


def test_a_file_is_loaded_once_and_a_code_of_another_file_is_set_aside(house: House) -> None:
    pool(house, 3)
    with pytest.raises(Refusal, match="loaded before"):
        pool(house, 3)
    again = pool(house, 5)
    assert (again.codes, dict(again.aside)) == (2, {"loaded before": 3})


def test_codes_are_sealed_and_shown_nowhere(house: House) -> None:
    pool(house, 3)
    rows = house.session.execute(text("select sealed, code_index from remedy_code")).all()
    assert all(b"CODE" not in bytes(row.sealed) and "CODE" not in row.code_index for row in rows)
    (stock,) = remedies.stock(house.session, house.incident)
    assert (stock["codes"], stock["given"], stock["free"]) == (3, 0, 3)


def test_the_database_itself_refuses_a_second_code(house: House) -> None:
    pool(house, 2)
    person = house.person(("email",))
    with pytest.raises(IntegrityError), house.session.begin_nested():
        house.session.execute(text("update remedy_code set person_id = :who"), {"who": person.id})


def test_a_lost_answer_spends_no_second_code(live: House, provider: Provider) -> None:
    pool(live, 9)
    ready(live, 3)
    live.session.commit()
    provider.script = always("drop_after")
    dispatch.send(live.incident.id)
    provider.script = always("ok")
    with clock.frozen(later(hours=1)):
        assert dispatch.resolve(live.session, live.incident, sent=False, reason="log", actor="ana") == 3
        live.session.commit()
        dispatch.send(live.incident.id)
    assert Counter(row.state for row in live.deliveries()) == {"accepted": 3}
    assert len(given_codes(live)) == 3
