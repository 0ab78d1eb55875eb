"""The condition language in three values: what is not known is never a no."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from forthwith.assessment import library
from forthwith.assessment.conditions import Context, Interval, evaluate, has_elements, lies_within, within
from forthwith.assessment.facts import facts_of
from models.law import Condition, CountTest, ElementTest, Law

YES, NO, UNKNOWN = {"always": True}, {"always": False}, {"fact": "breach.cause", "is": "phishing"}
GDPR = library.load(library.LAWS / "eu" / "gdpr" / "law.yaml").law


def value(condition: dict[str, Any], document: dict[str, Any] | None = None, **more: Any) -> bool | None:
    facts = facts_of(document or {})
    group = facts.groups[0] if facts.groups else None
    return evaluate(
        Condition.model_validate(condition), Context(facts, more.pop("law", GDPR), "§ 1", group, **more)
    ).value


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ({"all": [YES, UNKNOWN]}, None), ({"all": [NO, UNKNOWN]}, False), ({"all": [YES, YES]}, True),
        ({"any": [YES, UNKNOWN]}, True), ({"any": [NO, UNKNOWN]}, None), ({"any": [NO, NO]}, False),
        ({"not": UNKNOWN}, None), ({"not": YES}, False), ({"not": NO}, True), ({"all": []}, True), ({"any": []}, False),
    ],
)  # fmt: skip
def test_the_connectives_are_kleenes(condition: dict[str, Any], wanted: bool | None) -> None:
    assert value(condition) is wanted


@pytest.mark.parametrize(
    ("condition", "facts", "wanted"),
    [
        ({"fact": "entity.role", "is": "controller"}, {"entity": {"role": "controller"}}, True),
        ({"fact": "entity.role", "is": ["controller", "holder"]}, {"entity": {"role": "processor"}}, False),
        ({"fact": "entity.role", "is": "controller"}, {"entity": {"role": "unknown"}}, None),
        ({"fact": "breach.event.acquired", "is": "yes"}, {"breach": {"event": {"acquired": True}}}, True),
        ({"fact": "breach.event.acquired", "is": "no"}, {"breach": {"event": {"acquired": False}}}, True),
        ({"fact": "entity.regimes", "has": ["glba"]}, {"entity": {"regimes": []}}, False),
        ({"fact": "entity.regimes", "has": ["glba"]}, {"entity": {}}, None),
        ({"fact": "entity.regimes", "has": ["glba"]}, {"entity": {"regimes": ["bank", "unknown"]}}, None),
        ({"fact": "entity.regimes", "has_all": ["glba", "bank"]}, {"entity": {"regimes": ["bank", "glba"]}}, True),
        ({"fact": "breach.properties", "only": ["availability"]}, {"breach": {"properties": ["availability"]}}, True),
        ({"fact": "breach.properties", "only": ["integrity"]}, {"breach": {"properties": ["availability"]}},
         False),
        ({"fact": "notice.cost_usd", "over": 250000}, {"notice": {"cost_usd": 250000}}, False),
        ({"fact": "notice.cost_usd", "at_least": 250000}, {"notice": {"cost_usd": 250000}}, True),
        ({"fact": "notice.cost_usd", "over": 1, "under": 5}, {"notice": {"cost_usd": 3}}, True),
        ({"fact": "notice.uncontactable", "at_least": 1}, {"notice": {"uncontactable": True}}, True),
        ({"fact": "notice.cost_usd", "over": 1}, {"notice": {"cost_usd": "much"}}, None),
        ({"fact": "entity.home", "within": ["EEA"]}, {"entity": {"home": "NO"}}, True),
        ({"fact": "entity.home", "within": ["US"]}, {"entity": {"home": "US-WI"}}, True),
        ({"fact": "entity.home", "within": ["EEA"]}, {"entity": {"home": "CH"}}, False),
        ({"fact": "clocks.aware_at", "stated": True}, {}, False),
        ({"fact": "clocks.aware_at", "stated": True}, {"clocks": {"aware_at": "2026-01-01"}}, True),
        ({"fact": "clocks.individuals_notified_at", "stated": False}, {"clocks": {"individuals_notified_at": "no"}},
         True),
        ({"group": "age", "is": "child"}, {"people": [{"age": "child"}]}, True),
        ({"group": "age", "is": "child"}, {"people": [{"age": "unknown"}]}, None),
        ({"group": "special", "has": ["deceased"]}, {"people": [{"special": []}]}, False),
        ({"elements": {"any_of": ["health"]}}, {"people": [{"elements": ["medical"]}]}, True),
        ({"elements": {"any_of": ["medical"]}}, {"people": [{"elements": ["health"]}]}, None),
        ({"elements": {"any_of": ["ssn"]}}, {"people": [{"elements": ["name"]}]}, False),
        ({"elements": {"any_of": ["ssn"]}}, {"people": [{"count": 3}]}, None),
        ({"elements": {"none_of": ["ssn"]}}, {"people": [{"elements": []}]}, True),
    ],
)  # fmt: skip
def test_a_fact_that_is_not_stated_is_unknown(
    condition: dict[str, Any], facts: dict[str, Any], wanted: bool | None
) -> None:
    assert value(condition, facts) is wanted


def test_an_unknown_names_the_fact_and_asks_for_it() -> None:
    facts = facts_of({"people": [{"count": 3}]})
    context = Context(facts, GDPR, "Art. 1", facts.groups[0])
    found = evaluate(Condition.model_validate({"all": [UNKNOWN, {"elements": {"any_of": ["ssn"]}}]}), context)
    assert [ask.id for ask in found.asks] == ["breach.cause", "people.0.elements"]
    assert all(ask.citation == "Art. 1" and ask.text.endswith("?") for ask in found.asks)
    assert {name for reason in found.because for name, _ in reason.facts} == {"breach.cause", "people.0.elements"}


def test_what_another_arm_settles_is_not_asked() -> None:
    context = Context(facts_of({}), GDPR, "§ 1")
    assert evaluate(Condition.model_validate({"any": [YES, UNKNOWN]}), context).asks == ()
    assert evaluate(Condition.model_validate({"all": [NO, UNKNOWN]}), context).asks == ()


@pytest.mark.parametrize(
    ("exposed", "test", "wanted"),
    [
        ({"name", "payment_card"}, {"all_of": ["name"], "any_of": ["fin_account_with_code"]}, None),
        ({"name", "card_number_alone"}, {"any_of": ["fin_account_with_code"]}, False),
        ({"payment_card"}, {"all_of": ["name"], "any_of": ["fin_account_with_code"]}, False),
        ({"email_credentials"}, {"any_of": ["online_credentials"]}, True),
        ({"ssn", "dob"}, {"any_of": ["ssn"], "also_any_of": ["dob", "name"]}, True),
        ({"name", "contact"}, {"only": ["name", "contact", "purchase"]}, True),
        ({"name", "ssn"}, {"only": ["name", "contact"]}, False),
        ({"dob"}, {"only": ["identity"]}, True),
        ({"financial"}, {"none_of": ["tax_info"]}, None),
    ],
)
def test_families_of_data_are_asked_apart(exposed: set[str], test: dict[str, Any], wanted: bool | None) -> None:
    assert has_elements(ElementTest.model_validate(test), frozenset(exposed)) is wanted


@pytest.mark.parametrize(
    ("low", "high", "test", "wanted"),
    [
        (501, 501, {"over": 500}, True), (500, 500, {"over": 500}, False), (500, 500, {"at_least": 500}, True),
        (499, 502, {"over": 500}, None), (600, None, {"over": 500}, True), (24, None, {"over": 500}, None),
        (0, 499, {"under": 500}, True), (10, None, {"under": 500}, None), (700, None, {"at_most": 500}, False),
        (300, 400, {"at_least": 250, "under": 350}, None), (300, 400, {"at_least": 250, "under": 300}, False),
    ],
)  # fmt: skip
def test_counts_within_bounds_meet_a_threshold_surely_perhaps_or_not(
    low: int, high: int | None, test: dict[str, int], wanted: bool | None
) -> None:
    assert within(Interval(low, high), CountTest.model_validate(test)) is wanted


@given(
    st.integers(0, 50),
    st.integers(0, 50),
    st.integers(0, 50),
    st.sampled_from(["over", "at_least", "under", "at_most"]),
)
def test_a_threshold_is_sure_only_where_every_possible_count_agrees(low: int, more: int, bound: int, name: str) -> None:
    test = CountTest.model_validate({name: bound})
    single = {within(Interval(count, count), test) for count in range(low, low + more + 1)}
    assert within(Interval(low, low + more), test) is (single.pop() if len(single) == 1 else None)


def test_territories_hold_their_parts() -> None:
    assert lies_within("US-CA", ["US"])
    assert lies_within("DE", ["EEA"])
    assert lies_within("BR", ["any"])
    assert not lies_within("US", ["US-CA"])
    assert not lies_within("GB", ["EEA"])
    assert not lies_within("US-CAX", ["US-CA"])


@pytest.mark.parametrize(
    "condition",
    [
        {}, {"always": True, "fact": "breach.cause", "is": "x"}, {"fact": "breach.cause"}, {"judge": "risk"},
        {"group": "shoe_size", "is": 40}, {"eval": "1"}, {"fact": "breach.cause", "is": "x", "matches": ".*"},
        {"all": [{"any": [{}]}]},
    ],
)  # fmt: skip
def test_the_language_is_closed(condition: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(condition)


PRESUMING = {
    "citation": "§ 9", "question": "What is it?", "values": ["low", "mid", "high"],
    "presumptions": [
        {"value": "high", "citation": "§ 9(1)", "when": {"fact": "breach.systemic", "is": "yes"}},
        {"value": ["mid", "high"], "citation": "§ 9(2)", "when": {"fact": "breach.cause", "is": "phishing"}},
        {"value": "low", "citation": "§ 9(3)", "when": {"fact": "breach.recipients", "is": "trusted"}},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def judging() -> Law:
    return Law.model_validate(
        GDPR.model_dump(by_alias=True) | {"judgements": {"level": PRESUMING}, "exits": [], "duties": []}
    )


@pytest.mark.parametrize(
    ("breach", "answer", "wanted", "result"),
    [
        ({"systemic": "yes"}, None, ["high"], True),
        ({"systemic": "no", "cause": "phishing"}, None, ["high"], None),
        ({"systemic": "no", "cause": "phishing"}, None, ["mid", "high"], True),
        ({"systemic": "no", "cause": "phishing"}, None, ["low"], False),
        ({"cause": "phishing"}, None, ["low"], False),
        ({"systemic": "no", "cause": "theft"}, None, ["low"], None),
        ({"systemic": "no", "cause": "theft", "recipients": "trusted"}, None, ["low"], True),
        ({"systemic": "no", "cause": "theft", "recipients": "public"}, None, ["low"], None),
        ({"systemic": "yes"}, "low", ["low"], True),
        ({"systemic": "yes"}, {"value": "mid", "decided_at": "2026-01-01"}, ["high"], False),
        ({}, {"decided_at": "2026-01-01"}, ["high"], None),
        ({}, "unknown", ["high"], None),
    ],
)
def test_an_answer_counts_before_presumptions_and_these_in_their_order(
    judging: Law, breach: dict[str, str], answer: Any, wanted: list[str], result: bool | None
) -> None:
    facts = {"breach": breach, "answers": {"eu.gdpr.level": answer} if answer else {}}
    assert value({"judge": "level", "is": wanted}, facts, law=judging) is result


def test_an_answer_that_no_value_allows_settles_nothing_in_favour_of_silence(judging: Law) -> None:
    facts = {"answers": {"eu.gdpr.level": "whatever"}}
    assert value({"judge": "level", "is": ["low"]}, facts, law=judging) is not True


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [({"value": "low", "consulted": ["police"]}, True), ({"value": "low", "consulted": "police"}, True),
     ({"value": "low", "consulted": []}, False), ("low", None)],
)  # fmt: skip
def test_who_was_consulted_must_be_said(judging: Law, answer: Any, wanted: bool | None) -> None:
    facts = {"answers": {"eu.gdpr.level": answer}}
    assert value({"judge": "level", "consulted": ["police", "regulator"]}, facts, law=judging) is wanted


LEAVES = st.sampled_from([
    {"fact": "entity.role", "is": "controller"}, {"fact": "breach.cause", "is": ["phishing", "theft"]},
    {"fact": "breach.event.acquired", "is": "yes"}, {"fact": "breach.properties", "has": ["confidentiality"]},
    {"fact": "notice.cost_usd", "over": 10}, {"elements": {"any_of": ["ssn", "medical"]}},
    {"group": "age", "is": "child"},
    {"judge": "level", "is": "high"}, {"judge": "level", "is": ["low", "mid"]},
    {"fact": "entity.home", "within": ["EEA"]},
])  # fmt: skip
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"all": found}),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"any": found}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=6,
)
KNOWN = {
    ("entity", "role"): ["controller", "processor"], ("entity", "home"): ["DE", "US"],
    ("breach", "cause"): ["phishing", "theft", "loss"], ("breach", "event"): [{"acquired": "yes"}, {"acquired": "no"}],
    ("breach", "properties"): [["confidentiality"], []], ("breach", "systemic"): ["yes", "no"],
    ("breach", "recipients"): ["trusted", "public"], ("notice", "cost_usd"): [5, 50],
    ("people", "elements"): [["ssn"], ["name"], ["health"]], ("people", "age"): ["adult", "child"],
}  # fmt: skip
WORLDS = st.fixed_dictionaries({key: st.sampled_from(values) for key, values in KNOWN.items()})


def document(world: dict[tuple[str, str], Any], stated: set[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {"people": [{}]}
    for (part, name), known in world.items():
        if (part, name) in stated:
            target = found["people"][0] if part == "people" else found.setdefault(part, {})
            target[name] = known
    return found


@settings(max_examples=300)
@given(CONDITIONS, WORLDS, st.sets(st.sampled_from(sorted(KNOWN))))
def test_what_is_settled_by_some_facts_stays_settled_by_more(
    judging: Law, condition: dict[str, Any], world: dict[tuple[str, str], Any], stated: set[tuple[str, str]]
) -> None:
    """Elements that are a family stay open, so `health` may leave a full world unknown: never the other way round."""
    some = value(condition, document(world, stated), law=judging)
    full = value(condition, document(world, set(KNOWN)), law=judging)
    if some is not None:
        assert full is some


def test_reading_a_record_leaves_nothing_open_that_the_schema_must_close() -> None:
    assert isinstance(GDPR, Law)
    assert Path(library.LAWS / "eu" / "gdpr" / "law.yaml").exists()
    with pytest.raises(ValidationError):
        Law.model_validate(GDPR.model_dump(by_alias=True) | {"surprise": 1})
