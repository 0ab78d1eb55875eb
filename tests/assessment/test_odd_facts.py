"""Facts in odd shapes: a clear answer or one clear line, and never a crash."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.assessment import assess
from models import Refusal

FACTS: dict[str, Any] = {
    "entity": {"role": "controller", "home": "DE", "establishments": ["DE"], "regimes": []},
    "clocks": {"aware_at": "2026-06-01T10:00:00+02:00"},
    "breach": {
        "properties": ["confidentiality"], "cause": "hacking", "actor": "external_malicious", "recipients": "attacker",
        "exfiltration": "confirmed", "event": {"acquired": "yes"}, "protection": {"unintelligible": "no"},
    },
    "people": [{"jurisdiction": "DE", "count": 6, "elements": ["name", "ssn"]}],
    "as_of": "2026-06-10",
}  # fmt: skip
REPORT = "eu.gdpr.regulator:DE:de_supervisory_authority"


def facts(**changed: Any) -> dict[str, Any]:
    """Return the facts with others: `clocks__aware_at=..`, `people__0__count=..`."""
    out = copy.deepcopy(FACTS)
    for path, value in changed.items():
        *steps, last = path.split("__")
        node: Any = out
        for step in steps:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        node[last] = value
    return out


def due(answer: Any) -> str:
    return next(str(one["due_at"]) for one in answer.obligations if one["id"] == REPORT)


def asked(answer: Any) -> dict[str, str]:
    return {one["id"]: one["text"] for one in answer.questions}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"people__0__jurisdiction": "Narnia"}, "no ISO 3166 code"),
        ({"people__0__count": -1}, "no number of people"), ({"people__0__count": 2.5}, "no number of people"),
        ({"people__0__count": "many"}, "no number of people"),
        ({"people__0__count": {"at_least": -5}}, "no number of people"),
        ({"people__0__elements": ["shoe_size"]}, "a code that is not known"),
        ({"clocks__aware_at": "2026-02-30"}, "no date or time"),
        ({"clocks__aware_at": "01.06.2026"}, "no date or time"), ({"clocks__aware_at": True}, "no date or time"),
        ({"clocks__aware_at": "9999-12-31"}, "1990 to 2200"),
        ({"people": {"jurisdiction": "DE"}}, "not a list"), ({"breach": "bad"}, "not a mapping"),
        ({"breach__cause": "magic"}, "a value that is not known"),
        ({"people__0__jurisdiction": "JP", "clocks__aware_at": "2031-06-01"}, "does not reach 2031"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_refused_in_one_line_that_names_it(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        assess(facts(**change))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("place", "question"), [("XX", "coverage.XX"), ("PK", "coverage.PK"), ("US-ZZ", "coverage.US-ZZ")]
)
def test_a_place_that_no_record_is_about_is_said_aloud(place: str, question: str) -> None:
    assert question in asked(assess(facts(people__0__jurisdiction=place)))


def test_a_time_without_zone_is_local_at_the_authority() -> None:
    assert due(assess(facts(clocks__aware_at="2026-06-01T10:00:00"))) == "2026-06-04T10:00:00+02:00"


def test_nobody_is_nobody() -> None:
    """A group of no people gives no duty, beside others it changes none, and it is named as left aside."""
    empty = assess(facts(people__0__count=0))
    assert (empty.obligations, empty.ignored) == ([], ["people.0 (nobody)"])
    two = facts()
    two["people"] = [{"jurisdiction": "US-TX", "count": 0, "elements": ["name", "ssn"]}, FACTS["people"][0]]
    with_nobody, alone = assess(two), assess(facts())
    assert [(one["id"], one["count"]) for one in with_nobody.obligations] == [
        (one["id"], one["count"]) for one in alone.obligations
    ]
    assert {index for one in with_nobody.obligations for index in one["groups"]} == {1}


@pytest.mark.parametrize(
    ("change", "question", "words"),
    [
        ({"clocks__aware_at": "2027-01-01"}, "clocks.aware_at", "in the future"),
        ({"clocks__occurred_from": "2026-06-05"}, "clocks.aware_at", "occurred_from is stated to lie after"),
        ({"clocks__occurred_from": "2026-05-05", "clocks__occurred_to": "2026-05-01"}, "clocks.occurred_to", "Which"),
        ({"clocks__discovered_at": "2026-06-02", "clocks__determined_at": "2026-05-01"},
         "clocks.determined_at", "Which"),
        ({"clocks__discovered_at": "2026-06-02T10:00Z", "clocks__individuals_notified_at": "2026-06-02T09:00Z"},
         "clocks.individuals_notified_at", "Which"),
    ],
)  # fmt: skip
def test_times_that_contradict_each_other_are_asked(change: dict[str, Any], question: str, words: str) -> None:
    answer = assess(facts(**change))
    assert words in asked(answer)[question]
    assert any(one["id"] == REPORT for one in answer.obligations), "the duty stands meanwhile"
    ids = [one["id"] for one in answer.questions]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "change",
    [
        {}, {"clocks__discovered_at": "2026-06-01"}, {"clocks__occurred_from": "2026-06-01"},
        {"clocks__occurred_to": "no"}, {"clocks__individuals_notified_at": "2026-07-01"},
    ],
)  # fmt: skip
def test_what_may_well_be_right_is_not_asked(change: dict[str, Any]) -> None:
    assert not [key for key in asked(assess(facts(**change))) if key.startswith("clocks.")]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["yes", "no", "unknown", "2026-06-01", "DE", "hacking", "name"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["role", "home", "regimes", "cause", "event", "acquired", "count", "at_least", "elements", "aware_at", "value"]
    ), inner, max_size=3), max_leaves=6,
)  # fmt: skip


@given(st.dictionaries(
    st.sampled_from(["entity", "clocks", "breach", "people", "notice", "answers", "as_of", "other"]), ANYTHING
))  # fmt: skip
def test_no_facts_whatever_break_the_engine(document: dict[str, Any]) -> None:
    refused, verdicts = "", set()
    try:
        verdicts = {one["verdict"] for one in assess(document).obligations}
    except Refusal as refusal:
        refused = str(refusal)
    assert "\n" not in refused
    assert verdicts <= {"notify", "do_not_notify", "review"}
