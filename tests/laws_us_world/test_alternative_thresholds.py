"""A threshold with an alternative: so many people, or a kind of data that counts whatever the number."""

from itertools import product
from typing import Any

import pytest

from forthwith.assessment import assess, library

SLIP = {
    "properties": ["confidentiality"],
    "cause": "misdirected_message",
    "actor": "internal_error",
    "event": {"accessed": "yes", "acquired": "yes"},
    "exfiltration": "none",
    "recipients": "known_one",
    "media": ["electronic"],
    "protection": {"unintelligible": "no"},
}
PLAIN, GRAVE, OPEN = ["name", "contact"], ["name", "medical"], ["online_credentials"]


def japan(*rows: tuple[Any, list[str]]) -> list[dict[str, Any]]:
    document = {
        "entity": {"role": "controller", "home": "US-WI", "regimes": []},
        "clocks": {"aware_at": "2026-03-02"},
        "breach": SLIP,
        "people": [{"jurisdiction": "JP", "count": count, "elements": elements} for count, elements in rows],
    }
    record = library.load(library.LAWS / "jp" / "appi" / "law.yaml")
    return assess(document, laws=[record]).obligations


def told(found: list[dict[str, Any]], duty: str) -> dict[str, list[int]]:
    """Which groups a duty reaches, by verdict."""
    return {one["verdict"]: one["groups"] for one in found if one["duty"] == duty}


def test_the_number_brings_in_every_group_and_the_class_only_its_own() -> None:
    assert told(japan((1001, PLAIN)), "individuals") == {"notify": [0]}
    assert told(japan((999, PLAIN), (1, GRAVE)), "individuals") == {"notify": [1]}
    assert told(japan((1000, PLAIN), (1, GRAVE)), "individuals") == {"notify": [0, 1]}


def test_an_authority_hears_of_everybody_once_one_group_is_of_the_class() -> None:
    found = [one for one in japan((999, PLAIN), (1, GRAVE)) if one["duty"] == "preliminary"]
    assert [(one["verdict"], one["count"]) for one in found] == [("notify", 1000)]


def test_neither_the_number_nor_the_class_brings_nobody_in() -> None:
    assert japan((1000, PLAIN)) == []


def test_a_class_that_is_not_known_leaves_its_own_group_to_a_person() -> None:
    found = japan((5, GRAVE), (5, PLAIN), (5, OPEN))
    assert told(found, "individuals") == {"notify": [0], "review": [2]}
    assert told(japan((5, OPEN), (5, PLAIN)), "preliminary") == {"review": [0, 1]}


def test_a_number_that_is_not_known_leaves_plain_data_to_a_person_and_grave_data_not() -> None:
    found = japan(("unknown", PLAIN), (1, GRAVE))
    assert told(found, "individuals") == {"notify": [1], "review": [0]}
    assert told(found, "preliminary") == {"notify": [0, 1]}


@pytest.mark.parametrize(("plain", "grave"), list(product((0, 1, 999, 1000, 1001), (0, 1, 2))))
def test_every_pair_of_numbers_gives_the_same_answer_to_authority_and_people(plain: int, grave: int) -> None:
    rows = [(plain, PLAIN), (grave, GRAVE)] if grave else [(plain, PLAIN)]
    found = japan(*rows)
    reportable = plain + grave > 1000 or grave > 0
    assert bool(told(found, "preliminary")) is reportable
    assert bool(told(found, "individuals")) is reportable
