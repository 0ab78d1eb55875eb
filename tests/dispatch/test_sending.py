"""Claim, call, settle: each answer leads to its own state, and nothing goes twice."""

import re
from collections import Counter
from pathlib import Path

import pytest
from fakes.house import House, later, person_record
from fakes.provider import Provider, always, closed_port, in_turn
from sqlalchemy import text

from forthwith import clock, db, dispatch
from forthwith.dispatch.sending import digest, fitting
from forthwith.dispatch.settling import TRIES
from forthwith.dispatch.states import NOT_HANDED_OVER
from forthwith.settings import settings
from models import Accepted, Lease, Notice, Person, Refusal, Refused, new_id


def ready(live: House, people: int = 3, channels: tuple[str, ...] = ("email",), **notice: object) -> Notice:
    """Plan and commit a notice to people."""
    live.people(people, channels)
    made = live.notice(live.duty(), **{"media": ("email", "letter"), **notice})
    plan(live)
    return made


def plan(live: House) -> None:
    dispatch.plan(live.session, live.incident, actor="ana")
    live.session.commit()


def states(live: House) -> Counter[str]:
    live.session.rollback()
    return Counter(row.state for row in live.deliveries())


def due_again(live: House) -> None:
    """Let the waits after a refusal be over, those of the deliveries and that of the channel."""
    live.session.execute(text("update delivery set not_before = null"))
    live.session.execute(text("update channel_state set rests_until = null, open_until = null, failures = 0"))
    live.session.commit()


def test_everybody_is_told_once(live: House, provider: Provider) -> None:
    ready(live, 7)
    report = dispatch.send(live.incident.id)
    assert report.states == {"accepted": 7}
    assert report.taken == 7
    assert provider.ledger == {str(row.id): 1 for row in live.deliveries()}


def test_sending_again_sends_nothing(live: House, provider: Provider) -> None:
    ready(live)
    dispatch.send(live.incident.id)
    assert dispatch.send(live.incident.id).taken == 0
    assert provider.ledger.total() == 3


def test_a_batch_that_takes_longer_than_its_lease_is_halved() -> None:
    late, held_back = later(seconds=-1), Refused(NOT_HANDED_OVER, permanent=False)
    assert [fitting(n, [held_back], late) for n in (500, 3, 1)] == [250, 1, 1]
    assert fitting(500, [held_back, Accepted("ref")], late) == 500, "some of it went"
    assert fitting(500, [held_back], later(hours=1)) == 500, "the channel said no, not the time"


def test_the_attempt_is_durable_before_the_call(live: House, provider: Provider) -> None:
    ready(live, 1)
    seen = []

    def look() -> float:
        with db.session() as other:
            seen.append(
                other.execute(
                    text(
                        "select d.state, a.outcome, a.n, l.deliveries = array[d.id] and l.until = d.claimed_until"
                        "  from lease l, delivery d join attempt a on a.delivery_id = d.id"
                    )
                ).one()
            )
        return 0.0

    provider.delay = look
    dispatch.send(live.incident.id)
    assert [tuple(row) for row in seen] == [("sending", None, 1, True)]
    assert [(one.outcome, one.n) for one in live.attempts()] == [("accepted", 1)]
    assert live.every(Lease) == [], "what is settled is under no lease"


def test_a_reference_of_a_whole_request_names_nobody(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORTHWITH_EMAIL_CHANNEL", "sendgrid")
    settings.cache_clear()
    ready(live, 2)
    dispatch.send(live.incident.id)
    assert [row.provider_ref for row in live.deliveries()] == [None, None]
    assert [one.provider_ref for one in live.attempts()] == ["sg-1", "sg-1"]


def test_a_settled_row_moves_in_no_index(house: House) -> None:
    found = "select indexdef from pg_indexes where tablename in ('delivery', 'attempt')"
    named = " ".join(house.session.execute(text(found)).scalars())
    assert "untold" in named
    changed = ("state", "reason", "claimed_by", "claimed_until", "not_before", "outcome", "ended_at", "detail")
    assert not set(re.findall(r"\w+", named)) & set(changed)


def test_no_transaction_is_open_while_the_provider_is_called(live: House, provider: Provider) -> None:
    ready(live, 2)
    idle = []

    def look() -> float:
        with db.session() as other:
            query = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'"
            idle.append(other.execute(text(query)).scalar_one())
        return 0.0

    live.session.rollback()
    provider.delay = look
    dispatch.send(live.incident.id)
    assert idle == [0, 0]


def test_the_hash_of_a_request_tells_nothing_but_changes_with_everything(live: House, provider: Provider) -> None:
    ready(live, 2)
    dispatch.send(live.incident.id)
    hashes = [one.request_sha256 for one in live.attempts()]
    assert len(set(hashes)) == 2
    assert all(len(one) == 64 for one in hashes)


@pytest.mark.parametrize(
    ("fault", "state"),
    [("drop_after", "unknown"), ("500_after", "unknown"), ("500", "unknown"), ("drop", "unknown"),
     ("garbage", "unknown"), ("hang", "unknown"), ("429", "planned"), ("401", "planned"), ("400", "failed")],
)  # fmt: skip
def test_each_answer_leads_to_its_state(live: House, provider: Provider, fault: str, state: str) -> None:
    ready(live, 1)
    provider.script = always(fault)
    dispatch.send(live.incident.id)
    first = live.deliveries(leg=1)
    assert [row.state for row in first] == [state]
    assert first[0].reason
    assert provider.count == 1


def test_what_is_in_doubt_is_never_sent_again_by_sending(live: House, provider: Provider) -> None:
    ready(live, 5)
    provider.script = always("drop_after")
    dispatch.send(live.incident.id)
    provider.script = always("ok")
    for _ in range(3):
        assert dispatch.send(live.incident.id).taken == 0
    assert set(provider.ledger.values()) == {1}
    assert states(live) == {"unknown": 5}


def test_a_crowd_stops_the_batch_and_the_rest_waits(live: House, provider: Provider) -> None:
    ready(live, 6)
    provider.script = in_turn("ok", "ok", "429")
    assert dispatch.send(live.incident.id).states["accepted"] >= 2
    rest = live.deliveries(state="planned")
    assert all(row.reason for row in rest)
    due_again(live)
    dispatch.send(live.incident.id)
    assert states(live) == {"accepted": 6}
    assert set(provider.ledger.values()) == {1}


def test_a_refused_delivery_waits_longer_each_time_and_then_takes_the_next_leg(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(live, 1, ("email", "letter"))
    provider.script = always("409")
    for _ in range(TRIES):
        assert [row.state for row in live.deliveries()] == ["planned"]
        dispatch.send(live.incident.id)
        due_again(live)
    assert [(row.leg, row.medium) for row in live.deliveries()] == [(1, "email"), (2, "letter")]
    assert len([one for one in live.attempts() if one.outcome == "refused"]) == TRIES


def test_a_permanent_refusal_takes_the_next_lawful_medium_in_the_same_run(live: House, provider: Provider) -> None:
    ready(live, 2, ("email", "letter"))
    provider.script = in_turn("400", "ok")
    dispatch.send(live.incident.id)
    told = Counter((row.leg, row.medium, row.state) for row in live.deliveries())
    assert told == {(1, "email", "failed"): 1, (1, "email", "accepted"): 1, (2, "letter", "accepted"): 1}


def test_wrong_credentials_halt_the_channel_in_one_line_and_lose_nobody(live: House, provider: Provider) -> None:
    ready(live, 60)
    provider.script = always("401")
    report = dispatch.send(live.incident.id)
    assert provider.count == 1, "one refusal is enough"
    assert len(report.lines) == 1
    assert "askable is halted" in report.lines[0]
    assert report.taken == 0, "nothing moved: a loop over this must end"
    assert states(live) == {"planned": 60}
    assert [entry.object_id for entry in live.entries("halted")] == ["askable"]
    assert {one.outcome for one in live.attempts()} == {"refused"}


@pytest.mark.parametrize("fault", ["401", "429", "nobody"])
def test_the_channels_own_faults_are_never_counted_against_the_people(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    ready(live, 1)
    provider.script = always(fault)
    if fault == "nobody":
        monkeypatch.setenv("ASKABLE_URL", f"http://127.0.0.1:{closed_port()}")
    for _ in range(TRIES + 2):
        dispatch.send(live.incident.id)
        due_again(live)
    assert states(live) == {"planned": 1}
    provider.script = always("ok")
    monkeypatch.setenv("ASKABLE_URL", provider.url)
    dispatch.send(live.incident.id)
    assert states(live) == {"accepted": 1}


def test_a_channel_that_isnt_set_up_is_named_and_the_others_go(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.person(("sms",))
    live.person(("letter",))
    live.notice(live.duty(), media=("sms", "letter"))
    monkeypatch.setenv("FORTHWITH_SMS_CHANNEL", "twilio")
    monkeypatch.delenv("FORTHWITH_TWILIO_FROM")
    settings.cache_clear()
    plan(live)
    report = dispatch.send(live.incident.id)
    assert "FORTHWITH_TWILIO_FROM" in report.lines[0]
    assert states(live) == {"planned": 1, "accepted": 1}


def test_a_lease_shorter_than_a_call_is_refused(
    live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(live)
    monkeypatch.setenv("FORTHWITH_LEASE_SECONDS", "1")
    monkeypatch.setenv("FORTHWITH_PROVIDER_TIMEOUT", "2")
    settings.cache_clear()
    with pytest.raises(Refusal, match="lease is shorter"):
        dispatch.send(live.incident.id)
    assert provider.count == 0


def test_a_batch_never_outlives_its_lease(live: House, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(live, 12)
    monkeypatch.setenv("FORTHWITH_LEASE_SECONDS", "1")
    settings.cache_clear()
    provider.delay = lambda: 0.15
    dispatch.send(live.incident.id)
    assert states(live) == {"accepted": 12}
    assert set(provider.ledger.values()) == {1}
    assert any(one.detail == "not handed over" for one in live.attempts())


def test_two_people_of_one_name_at_one_address_are_one_addressee(live: House, provider: Provider) -> None:
    same = {"emails": ["home@example.org"], "name": "Ada Muster"}
    live.person(("email",), **same)
    live.person(("email",), **{**same, "emails": ["Home@Example.org "]})
    live.person(("email",), **{**same, "name": "Ben Muster"})
    live.notice(live.duty(), media=("email",))
    plan(live)
    dispatch.send(live.incident.id)
    assert states(live) == {"accepted": 2, "cancelled": 1}
    (spared,) = live.deliveries(state="cancelled")
    other = str(spared.reason).removeprefix("the same addressee at the same address is told by delivery ")
    assert provider.ledger[other] == 1
    assert dispatch.status(live.session, live.incident)["gaps"] == []


def test_when_the_shared_address_bounces_both_get_a_next_leg(live: House, provider: Provider) -> None:
    for street in ("1 Road", "2 Road"):
        live.person(("email", "letter"), name="Ada Muster", emails=["home@example.org"], address=[street, "Town"])
    live.notice(live.duty(), media=("email", "letter"))
    plan(live)
    provider.script = always("400")
    dispatch.send(live.incident.id)
    assert Counter((row.leg, row.medium, row.state) for row in live.deliveries()) == {
        (1, "email", "failed"): 1, (1, "email", "cancelled"): 1, (2, "letter", "accepted"): 2,
    }  # fmt: skip


def test_a_record_that_is_not_the_approved_one_is_held_and_the_others_go(live: House, provider: Provider) -> None:
    ready(live, 3)
    (person, *_) = live.every(Person)
    approved = person.sealed_sha256
    live.seal(person, person_record(9, emails=["attacker@example.net"]))
    person.sealed_sha256 = approved
    live.session.commit()
    dispatch.send(live.incident.id)
    assert states(live) == {"accepted": 2, "held": 1}
    assert "attacker@example.net" not in {address for _, address in provider.taken}


def test_a_record_that_cant_be_read_is_held_with_a_reason(live: House, provider: Provider) -> None:
    live.people(2, ("email",))
    broken = live.person(("email",))
    broken.sealed = b"\x00" * 40
    live.notice(live.duty(), media=("email",))
    plan(live)
    dispatch.send(live.incident.id)
    assert states(live) == {"accepted": 2, "held": 1}
    assert live.deliveries(state="held")[0].reason == "the recipient's record can't be read"


def test_an_address_that_isnt_there_leads_to_the_next_leg(live: House, provider: Provider) -> None:
    live.person(("email", "letter"), emails=[])
    live.notice(live.duty(), media=("email", "letter"))
    plan(live)
    dispatch.send(live.incident.id)
    assert [(row.medium, row.state) for row in live.deliveries()] == [("email", "failed"), ("letter", "accepted")]
    assert provider.count == 0


def test_a_letter_that_cant_be_printed_is_refused_for_that_person_alone(live: House, provider: Provider) -> None:
    live.person(("letter",), address=["x"] * 12)
    live.person(("letter",))
    live.notice(live.duty(), media=("letter",))
    plan(live)
    dispatch.send(live.incident.id)
    assert states(live)["accepted"] == 1
    (bad,) = live.deliveries(state="failed")
    assert "window" in str(bad.reason)
    assert "\n" not in str(bad.reason)


def test_a_reserved_character_in_a_name_stops_that_person_alone(live: House, provider: Provider) -> None:
    live.person(("email",), name="Eve \ue000code\ue001")
    live.person(("email",))
    live.notice(live.duty(), media=("email",))
    plan(live)
    dispatch.send(live.incident.id)
    assert Counter(row.state for row in live.deliveries(leg=1)) == {"accepted": 1, "failed": 1}


def test_the_timeline_gets_one_entry_a_batch_with_a_hash_over_its_deliveries(live: House, provider: Provider) -> None:
    ready(live, 30)
    dispatch.send(live.incident.id)
    entries = live.entries("sent")
    assert [entry.data["states"]["accepted"] for entry in entries] == [25, 5]
    assert {entry.data["channel"] for entry in entries} == {"askable"}
    assert all(len(entry.data["deliveries_sha256"]) == 64 for entry in entries)
    assert not any("example.org" in repr((entry.text, entry.data)) for entry in entries)


def test_the_hash_is_of_the_ids_in_any_order() -> None:
    ids = [new_id().bytes for _ in range(5)]
    assert digest(ids) == digest(reversed(ids))
    assert digest(ids) != digest(ids[1:])


def test_the_default_channel_of_everything_is_the_file_outbox(live: House, own_law: Path) -> None:
    ready(live, 3, ("email", "letter"))
    dispatch.send(live.incident.id)
    written = sorted(path.suffix for path in settings().outbox.rglob("*") if path.is_file())
    assert written == [".eml"] * 3


def test_letters_become_one_print_file(live: House) -> None:
    live.people(4, ("letter",))
    live.notice(live.duty(), media=("letter",))
    plan(live)
    dispatch.send(live.incident.id)
    (manifest,) = settings().outbox.glob("print/letters-*/manifest.csv")
    lines = manifest.read_text().splitlines()
    assert len(lines) == 6
    assert all(str(row.id) in manifest.read_text() for row in live.deliveries())
    assert [row.provider_ref for row in live.deliveries()] == [
        f"{manifest.parent.name}#{1 + [line.split(',')[4] for line in lines[1:]].index(str(row.id))}"
        for row in live.deliveries()
    ]


def test_a_published_page_has_arrived_once_it_stands(live: House) -> None:
    live.notice(live.duty(audience="public", recipient="public"), media=("web",))
    plan(live)
    dispatch.send(live.incident.id)
    (row,) = live.deliveries()
    assert row.state == "delivered"
    assert str(row.provider_ref).endswith(f"/notices/{row.id}")


def test_a_filing_becomes_a_pdf_in_the_outbox(live: House) -> None:
    duty = live.duty(audience="regulator", recipient="dpa", key="test-law.regulator:DE")
    live.notice(duty, media=("filing",), party_id=live.party().id)
    plan(live)
    dispatch.send(live.incident.id)
    (row,) = live.deliveries()
    assert row.state == "accepted"
    assert (settings().outbox / "filing" / f"{row.id}.pdf").read_bytes().startswith(b"%PDF")
    assert live.every(type(duty))[0].met_at is None, "prepared is not handed in"


def test_two_senders_at_once_share_the_work_and_double_nothing(live: House, provider: Provider) -> None:
    from concurrent.futures import ThreadPoolExecutor

    ready(live, 120)
    provider.delay = lambda: 0.002
    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(lambda _: dispatch.send(live.incident.id, batch=10), range(3)))
    assert sum(report.states["accepted"] for report in reports) == 120
    assert sum(report.batches > 0 for report in reports) > 1
    assert set(provider.ledger.values()) == {1}
    assert len(provider.ledger) == 120


def test_two_senders_that_meet_at_one_address_tell_it_once(live: House, provider: Provider) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for _ in range(30):
        live.person(("email",), name="Ada", emails=["home@example.org"])
    live.notice(live.duty(), media=("email",))
    plan(live)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: dispatch.send(live.incident.id, batch=2), range(3)))
    assert provider.ledger.total() == 1
    assert states(live) == {"accepted": 1, "cancelled": 29}


def test_what_is_not_due_yet_waits(live: House, provider: Provider) -> None:
    ready(live, 2)
    row = live.deliveries()[0]
    row.not_before = later(hours=1)
    live.session.commit()
    assert dispatch.send(live.incident.id).states == {"accepted": 1}
    with clock.frozen(later(hours=2)):
        assert dispatch.send(live.incident.id).states == {"accepted": 1}


def test_an_incident_that_isnt_there_is_refused(live: House) -> None:
    with pytest.raises(Refusal, match="no such incident"):
        dispatch.send(new_id())


def test_after_the_retention_nothing_can_be_sent(live: House, provider: Provider) -> None:
    ready(live, 1)
    live.incident.wrapped_key = None
    live.session.commit()
    with pytest.raises(Refusal, match="destroyed"):
        dispatch.send(live.incident.id)
    assert provider.count == 0
