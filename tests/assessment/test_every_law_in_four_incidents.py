"""Each record meets four incidents; whatever comes out, some things hold always and some never."""

import copy
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fakes.worlds import LAWS, PLACES, RECORDS, place_of

from forthwith.assessment import assess

pytestmark = pytest.mark.sweep

ARISING = [name for name in LAWS if RECORDS[name].law.status not in ("pending", "not_in_force")]
CLOCKS = {"aware_at": "2026-06-01T08:00:00+00:00", "discovered_at": "2026-06-01T07:30:00+00:00"}
SENSITIVE = ["name", "ssn", "health", "medical"]
MUST_HAVE = {
    "id", "law", "duty", "audience", "recipient", "jurisdiction", "verdict", "count", "due_at", "due_on", "target_at",
    "clocks", "channels", "substitute", "content", "citation", "confidence", "verified", "because", "groups",
    "law_sha256", "sequence", "met_at",
}  # fmt: skip


def everywhere(count: Any, elements: Any = SENSITIVE, **row: Any) -> list[dict[str, Any]]:
    return [{"jurisdiction": place, "count": count, "elements": elements, "age": "adult", **row} for place in PLACES]


def entity(**changed: Any) -> dict[str, Any]:
    return {"name": "Example Ltd", "role": "controller", "home": "DE", "regimes": [], **changed}


INCIDENTS: dict[str, dict[str, Any]] = {
    "theft": {
        "entity": entity(), "clocks": CLOCKS, "people": everywhere(1200), "notice": {"cost_usd": 600_000},
        "breach": {
            "properties": ["confidentiality"], "cause": "hacking", "actor": "external_malicious", "source": "own",
            "exfiltration": "confirmed", "recipients": "attacker", "media": ["electronic"], "misuse": "occurred",
            "event": {"acquired": "yes", "accessed": "yes", "used": "yes", "disclosed": "yes"},
            "protection": {"unintelligible": "no", "key_compromised": "yes"},
        },
    },
    "ciphered": {
        "entity": entity(), "clocks": CLOCKS, "people": everywhere(40),
        "breach": {
            "properties": ["confidentiality"], "cause": "device_theft", "actor": "external_malicious", "source": "own",
            "exfiltration": "possible", "recipients": "thief", "media": ["electronic"],
            "event": {"acquired": "yes", "accessed": "no", "used": "no", "disclosed": "no"},
            "protection": {"unintelligible": "yes", "key_compromised": "no", "standards": ["nist"]},
        },
    },
    "at_a_processor": {
        "entity": entity(role="processor", home="US-TX"), "clocks": CLOCKS,
        "people": everywhere({"at_least": 3}),
        "breach": {
            "properties": ["confidentiality", "availability"], "cause": "ransomware", "actor": "external_malicious",
            "source": "own", "exfiltration": "likely", "recipients": "attacker", "media": ["electronic"],
            "event": {"acquired": "yes", "accessed": "yes"}, "protection": {"unintelligible": "no"},
        },
    },
    "hardly_known": {
        "entity": {"role": "controller"}, "clocks": {"detected_at": "2026-06-01"},
        "breach": {"properties": ["confidentiality"]},
        "people": [*everywhere("unknown", "unknown"), {"jurisdiction": "unknown", "count": 7, "elements": SENSITIVE}],
    },
}  # fmt: skip


def incident_for(law: str, name: str) -> dict[str, Any]:
    """Return an incident in which a record is looked at: the entity is of the kind that it is about."""
    facts = copy.deepcopy(INCIDENTS[name])
    near = {place_of(law), "DE", "US-CA", "unknown"}
    facts["people"] = [row for row in facts["people"] if row["jurisdiction"] in near]
    law_ = RECORDS[law].law
    asked = [one for root in (law_.reach.considered_when, law_.binds.when) if root for one in root.walk()]
    regimes = {
        code for one in asked if one.fact == "entity.regimes" for code in (*(one.has or []), *(one.has_all or []))
    }
    if regimes and name != "hardly_known":
        facts["entity"]["regimes"] = sorted(regimes | set(facts["entity"]["regimes"]))
    facts["entity"].setdefault("establishments", [place_of(law).split("-")[0]])
    return facts


@lru_cache
def answered(law: str, name: str) -> Any:
    return assess(incident_for(law, name), laws=[RECORDS[law]])


def zone_of(one: dict[str, Any]) -> ZoneInfo:
    """Return where the time of a duty is counted: at its authority, else as the record says."""
    law = RECORDS[one["law"]].law
    to = law.recipients.get(one["recipient"])
    local = [to] if to else [seat for seat in law.recipients.values() if seat.jurisdiction == one["jurisdiction"]]
    return ZoneInfo(next((seat.zone for seat in local if seat.zone), law.zone))


def facts_to_forget(name: str) -> Iterator[tuple[str, ...]]:
    for key, value in INCIDENTS[name]["breach"].items():
        yield from ((key, inner) for inner in value) if isinstance(value, dict) else [(key,)]


def without(law: str, name: str, path: tuple[str, ...]) -> dict[str, Any]:
    """Return an incident in which one fact of the breach is not known any more."""
    facts = incident_for(law, name)
    at = facts["breach"]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = "unknown"
    return facts


def silenced(answer: Any) -> set[tuple[str, int]]:
    return told(answer, "do_not_notify")


def told(answer: Any, *verdicts: str) -> set[tuple[str, int]]:
    """Return which groups of people have one of these verdicts, each with its duty."""
    return {
        (one["duty"], index)
        for one in answer.obligations
        if one["verdict"] in verdicts and one["audience"] == "individuals"
        for index in one["groups"]
    }


def a_law_that_is_looked_at_is_named_with_its_hash_and_never_passed_over(law: str, name: str) -> None:
    answer = answered(law, name)
    assert [(one["id"], one["sha256"]) for one in answer.laws] == [(law, RECORDS[law].sha256)]
    named = {one["law"] for one in (*answer.obligations, *answer.not_arising)}
    named |= {one for question in answer.questions for one in question["laws"]}
    assert law in named
    assert not answer.ignored


def every_duty_says_where_it_stands_and_why(law: str, name: str) -> None:
    answer = answered(law, name)
    assert len({one["id"] for one in answer.obligations}) == len(answer.obligations)
    for one in answer.obligations:
        assert set(one) >= MUST_HAVE, one["id"]
        assert one["citation"].strip()
        assert one["because"], one["id"]
        assert all(step["clause"].strip() and step["holds"] in ("yes", "no", "unknown") for step in one["because"])
        assert one["groups"] == sorted(set(one["groups"]))
        assert one["groups"], "a duty is owed for somebody"
        assert one["law_sha256"] == RECORDS[law].sha256
    for gone in answer.not_arising:
        assert gone["because"], gone
        assert all(step["clause"].strip() for step in gone["because"])


def the_last_day_is_the_day_of_the_last_instant_where_the_authority_sits(law: str, name: str) -> None:
    for one in answered(law, name).obligations:
        assert (one["due_at"] is None) is (one["due_on"] is None)
        if one["due_at"]:
            end = datetime.fromisoformat(one["due_at"])
            assert end.astimezone(zone_of(one)).date().isoformat() == one["due_on"], one["id"]
            assert end.utcoffset() == end.astimezone(zone_of(one)).utcoffset(), one["id"]
        for clock in one["clocks"]:
            assert datetime.fromisoformat(clock["instant"]).date().isoformat() >= clock["due_on"]


def a_deadline_is_one_of_the_clocks_that_are_shown_and_each_clock_is_cited(law: str, name: str) -> None:
    for one in answered(law, name).obligations:
        used = {clock["instant"] for clock in one["clocks"] if clock["used"]}
        assert used == {end for end in (one["due_at"], one["target_at"]) if end}, one["id"]
        assert all(clock["citation"].strip() and clock["label"] for clock in one["clocks"])
        assert not [clock for clock in one["clocks"] if clock["used"] and clock["kind"] == "contested"]
        if one["due_at"] and one["target_at"]:
            due, target = (datetime.fromisoformat(one[key]) for key in ("due_at", "target_at"))
            assert target < due, "an aim of our own is never later than the law"


def who_is_not_told_has_no_deadline_and_who_may_be_has_a_clock_or_a_wait(law: str, name: str) -> None:
    for one in answered(law, name).obligations:
        if one["verdict"] == "do_not_notify":
            assert (one["due_at"], one["target_at"], one["clocks"]) == (None, None, [])
        else:
            waits = bool({"clocks.individuals_notified_at"} & starts(one))
            assert one["clocks"] or waits or hangs_on_people(one), f"{one['id']} has no clock at all"


def starts(one: dict[str, Any]) -> set[str]:
    duty = next(duty for duty in RECORDS[one["law"]].law.duties if duty.id == one["duty"])
    return {start.fact for clock in duty.clocks for start in clock.starts}


def hangs_on_people(one: dict[str, Any]) -> bool:
    duty = next(duty for duty in RECORDS[one["law"]].law.duties if duty.id == one["duty"])
    return any(clock.with_duty or clock.when for clock in duty.clocks) or "clocks.aware_at" not in starts(one)


def substitute_notice_is_offered_where_it_is_surely_lawful_and_nowhere_else(law: str, name: str) -> None:
    for one in answered(law, name).obligations:
        lawful = one["substitute"]["lawful"] if one["substitute"] else "no"
        assert ("substitute" in one["channels"]) is (lawful == "yes"), one["id"]
        assert one["substitute"] is None or one["substitute"]["citation"].strip()
        assert len(one["channels"]) == len(set(one["channels"]))


def a_doubt_is_a_question_that_names_the_duty_that_hangs_on_it(law: str, name: str) -> None:
    answer = answered(law, name)
    changes = {change for question in answer.questions for change in question["changes"]}
    assert {one["id"] for one in answer.obligations if one["verdict"] == "review"} <= changes
    for question in answer.questions:
        assert question["text"].strip().endswith("?") or "?" in question["text"]
        assert question["citation"].strip()


CHECKS = (
    a_law_that_is_looked_at_is_named_with_its_hash_and_never_passed_over,
    every_duty_says_where_it_stands_and_why,
    the_last_day_is_the_day_of_the_last_instant_where_the_authority_sits,
    a_deadline_is_one_of_the_clocks_that_are_shown_and_each_clock_is_cited,
    who_is_not_told_has_no_deadline_and_who_may_be_has_a_clock_or_a_wait,
    substitute_notice_is_offered_where_it_is_surely_lawful_and_nowhere_else,
    a_doubt_is_a_question_that_names_the_duty_that_hangs_on_it,
)


@pytest.mark.parametrize("law", LAWS)
def test_what_holds_of_every_law_in_every_incident(law: str) -> None:
    for name in INCIDENTS:
        for check in CHECKS:
            check(law, name)


@pytest.mark.parametrize("law", ARISING)
def test_what_is_hardly_known_never_ends_in_silence(law: str) -> None:
    answer = answered(law, "hardly_known")
    assert not [one for one in answer.obligations if one["verdict"] == "do_not_notify"]
    assert answer.questions, "so little is known that something must be asked"


@pytest.mark.parametrize("law", ARISING)
def test_forgetting_a_fact_silences_nobody_who_was_owed_a_notice_or_a_question(law: str) -> None:
    for name in ("theft", "ciphered"):
        owed = told(answered(law, name), "notify", "review")
        for path in facts_to_forget(name):
            lost = owed & silenced(assess(without(law, name, path), laws=[RECORDS[law]]))
            assert not lost, f"{law}: not to know {'.'.join(path)} silenced {lost}"


@pytest.mark.parametrize("law", LAWS)
def test_a_key_that_nobody_knows_to_be_safe_silences_nobody_for_encryption(law: str) -> None:
    ids = {(exit.citation, exit.says or exit.kind) for exit in RECORDS[law].law.exits if exit.kind == "encryption"}
    answer = assess(without(law, "ciphered", ("protection", "unintelligible")), laws=[RECORDS[law]])
    told_not = [one for one in answer.obligations if one["verdict"] == "do_not_notify"]
    used = {(step["clause"], step["says"]) for one in told_not for step in one["because"] if step["holds"] == "yes"}
    assert not ids & used


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_laws_together_say_what_each_says_alone(name: str) -> None:
    """But for laws that hang on what the others require."""
    together = assess(INCIDENTS[name], laws=[RECORDS[law] for law in LAWS])
    for law in LAWS:
        if not RECORDS[law].hangs:
            answer = assess(INCIDENTS[name], laws=[RECORDS[law]])
            alone = sorted((one["id"], one["verdict"], one["due_at"]) for one in answer.obligations)
            assert alone == sorted(
                (one["id"], one["verdict"], one["due_at"]) for one in together.obligations if one["law"] == law
            )


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_order_of_records_and_of_people_changes_no_verdict(name: str) -> None:
    laws = [RECORDS[law] for law in LAWS]
    plain = assess(INCIDENTS[name], laws=laws)
    turned = assess({**INCIDENTS[name], "people": INCIDENTS[name]["people"][::-1]}, laws=laws[::-1])
    assert {(one["id"], one["verdict"], one["due_at"], one["count"]) for one in plain.obligations} == {
        (one["id"], one["verdict"], one["due_at"], one["count"]) for one in turned.obligations
    }


def test_the_theft_is_told_under_most_laws_and_the_cipher_silences_some() -> None:
    """The incidents are no empty ones."""
    told = {law for law in LAWS if any(one["verdict"] == "notify" for one in answered(law, "theft").obligations)}
    silent = {law for law in LAWS if silenced(answered(law, "ciphered"))}
    owners = {law for law in LAWS if any(one["audience"] in ("owner", "controller")
                                         for one in answered(law, "at_a_processor").obligations)}  # fmt: skip
    assert len(told) >= len(ARISING) // 2
    assert len(silent) >= 10, "the rest says: ask, as what waives was not read at its own source"
    assert len(owners) >= len(ARISING) // 2
