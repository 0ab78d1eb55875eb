"""Facts to start from, and how the answer is read, shared by the tests of this folder."""

from datetime import date
from functools import cache
from typing import Any

from forthwith.assessment import assess, library

Facts = dict[str, Any]
Found = dict[str, Any]

STATES = ("us-ca", "us-ny", "us-tx", "us-fl", "us-ma", "us-il", "us-wa")
WORLD = {"au.ndb": "AU", "nz.privacy2020": "NZ", "ca.pipeda": "CA", "sg.pdpa": "SG", "jp.appi": "JP"}
RECORDS = (*STATES, "us-hipaa", *WORLD)
HEALTH = ("name", "medical")
COVERED = {"regimes": ["hipaa_covered_entity"]}
ATTACK = {
    "properties": ["confidentiality"],
    "cause": "hacking",
    "actor": "external_malicious",
    "event": {"accessed": "yes", "acquired": "yes"},
    "exfiltration": "confirmed",
    "recipients": "attacker",
    "media": ["electronic"],
    "protection": {"unintelligible": "no"},
}
UNREADABLE = {
    "unintelligible": "yes",
    "key_compromised": "no",
    "method": "aes-256",
    "standards": ["fips_140_2"],
}


def people(jurisdiction: str, count: Any = 10, elements: tuple[str, ...] = ("name", "ssn"), **more: Any) -> Facts:
    return {"jurisdiction": jurisdiction, "count": count, "elements": list(elements), **more}


def facts(*rows: Facts, breach: Facts | None = None, **parts: Any) -> Facts:
    """An attack on an owner in Wisconsin that is under no special regime, with `parts` laid over it."""
    return {
        "entity": {"role": "controller", "home": "US-WI", "regimes": []} | parts.get("entity", {}),
        "clocks": {"discovered_at": "2026-03-02", "aware_at": "2026-03-02", "determined_at": "2026-03-02"}
        | parts.get("clocks", {}),
        "breach": ATTACK | (breach or {}),
        "people": list(rows),
        "notice": parts.get("notice", {}),
        "answers": parts.get("answers", {}),
    }


def answer(document: Facts, laws: list[library.Loaded] | None = None) -> dict[str, Any]:
    found = assess(document, laws=laws).as_dict()
    assert not found["ignored"], found["ignored"]
    return found


@cache
def enough_for(law: str) -> list[library.Loaded]:
    """A law alone, or all where it hangs on the others. That alone it says what it says among all is tested of each."""
    every = library.all_laws()
    (own,) = [one for one in every if one.law.id == law]
    return every if own.hangs else [own]


def duties(document: Facts, law: str) -> dict[str, Found]:
    """The obligations of one law by duty (the first, where a duty stands more than once)."""
    found: dict[str, Found] = {}
    for one in answer(document, enough_for(law))["obligations"]:
        if one["law"] == law:
            found.setdefault(one["duty"], one)
    return found


def verdicts(document: Facts, law: str) -> dict[str, str]:
    return {duty: one["verdict"] for duty, one in duties(document, law).items()}


def day(found: Found) -> date:
    assert found["due_on"], found["clocks"]
    return date.fromisoformat(found["due_on"])
