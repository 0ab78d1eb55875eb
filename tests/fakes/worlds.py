"""Random incidents for all laws: what may be stated, where people live, and what may be left unsaid."""

from typing import Any

from hypothesis import strategies as st

from forthwith.assessment import library

INSIDE = {"any": "DE", "EU": "DE", "EEA": "DE", "US": "US-TX", "CA": "CA-ON"}  # somewhere in a wide territory
RECORDS = {one.law.id: one for one in library.all_laws()}
LAWS = sorted(name for name, one in RECORDS.items() if one.law.kind == "law")


def place_of(law: str) -> str:
    """Return a place whose people a record is about."""
    first = RECORDS[law].law.reach.territory[0]
    return INSIDE.get(first, first)


PLACES = sorted({place_of(name) for name in LAWS})
REGIMES = library.known_facts()["entity.regimes"].values
Stated = dict[str, dict[str, list[Any]]]
STATED: Stated = {
    "entity": {
        "role": ["controller", "processor", "holder", "joint_controller"], "home": ["US-WI", "DE", "CH", "AU", "IN"],
        "establishments": [[], ["IE"], ["DE", "FR"], ["AU"], ["AE"]],
        "regimes": [[], *([code] for code in REGIMES)],
    },
    "clocks": {
        "aware_at": ["2026-06-01T08:00:00+00:00"], "discovered_at": ["2026-06-01"], "determined_at": ["2026-06-02"],
        "payment_made_at": ["2026-06-01"],
    },
    "breach": {
        "properties": [["confidentiality"], ["availability"], ["confidentiality", "integrity"]],
        "cause": ["hacking", "ransomware", "device_theft", "misdirected_message", "improper_disposal"],
        "actor": ["external_malicious", "internal_malicious", "internal_error"],
        "source": ["own", "processor"], "exfiltration": ["confirmed", "possible", "none"],
        "recipients": ["attacker", "thief", "trusted", "known_one", "public", "none"], "systemic": ["yes", "no"],
        "media": [["electronic"], ["paper"]], "misuse": ["none_likely", "likely", "occurred"],
        "mitigations": [[], ["deletion_confirmed"], ["logs_show_no_outflow"]],
        "event": [{"acquired": "yes", "accessed": "yes"}, {"acquired": "no", "accessed": "no"}, {"accessed": "yes"}],
        "protection": [{"unintelligible": "no"}, {"unintelligible": "yes", "key_compromised": "no"},
                       {"unintelligible": "yes", "key_compromised": "yes"}],
        "availability": [{"backup": "available", "service_effect": "none", "restored_after_hours": 3},
                         {"backup": "none", "service_effect": "safety", "restored_after_hours": 90}],
    },
}  # fmt: skip
GROUPS = st.lists(
    st.fixed_dictionaries({
        "jurisdiction": st.sampled_from(PLACES), "count": st.sampled_from([1, 250, 501, 1001, 12_000]),
        "elements": st.sampled_from(
            [["name", "ssn"], ["name"], ["name", "contact"], ["name", "health"], ["online_credentials"],
             ["name", "bank_account", "dob"], ["name", "medical", "drivers_license"]]
        ),
        "age": st.sampled_from(["adult", "child"]), "kind": st.sampled_from(["customer", "patient", "employee"]),
    }),
    min_size=1, max_size=4,
)  # fmt: skip


def world_of(stated: Stated, groups: Any) -> Any:
    """Return the strategy of incidents in which each of these facts has one of its values."""
    parts = {
        part: st.fixed_dictionaries({key: st.sampled_from(values) for key, values in facts.items()})
        for part, facts in stated.items()
    }
    return st.fixed_dictionaries({**parts, "people": groups})


def hidden_of(stated: Stated, *of_people: str, most: int | None = None) -> Any:
    """Return the strategy of which facts, and which fields of people, are left unsaid."""
    facts = [(part, key) for part, keys in stated.items() for key in keys]
    return st.sets(st.sampled_from(facts + [("people", key) for key in of_people]), max_size=most)


WORLD = world_of(STATED, GROUPS)
HIDDEN = hidden_of(STATED, "jurisdiction", "count", "elements", "age", "kind", most=12)


def hide(world: dict[str, Any], hidden: set[tuple[str, str]]) -> dict[str, Any]:
    """Return a world of which some facts are not stated."""
    found = {
        part: {key: value for key, value in facts.items() if (part, key) not in hidden}
        for part, facts in world.items() if part != "people"
    }  # fmt: skip
    people = [{key: value for key, value in row.items() if ("people", key) not in hidden} for row in world["people"]]
    return {**found, "people": people}
