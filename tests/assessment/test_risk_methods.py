"""Risk methods: published scores come out, what is unknown leaves it to a person, and none of them ever decides."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from forthwith.assessment import assess, library, methods
from models import Refusal
from models.method import Method

pytestmark = pytest.mark.sweep

ENISA = next(one for one in methods.all_methods() if one.id == "enisa")
BASE = {"simple": 1, "behavioural": 2, "financial": 3, "sensitive": 4}
STEP = {-3: "minus_3", -2: "minus_2", -1: "minus_1", 0: "none", 1: "plus_1", 2: "plus_2", 3: "plus_3"}
# the examples of the methodology: case, category, published score of the data context
VECTORS = [
    ("supermarket customer list", "simple", 1), ("luxury goods seller list", "simple", 2),
    ("adult book store delivery addresses", "simple", 3), ("undercover officers list", "simple", 4),
    ("music store credentials", "simple", 1), ("helpdesk incoming calls", "behavioural", 1),
    ("one week call history", "behavioural", 2), ("one year call history", "behavioural", 3),
    ("calls to psychological support", "behavioural", 4), ("supermarket monthly purchases", "behavioural", 2),
    ("transport card locations of a year", "behavioural", 3), ("pharmacy purchases", "behavioural", 4),
    ("letter that a person is a bank customer", "financial", 1), ("one day of transactions", "financial", 2),
    ("one month of balances", "financial", 3), ("one year of statements", "financial", 4),
    ("very old invalid credit cards", "financial", 1), ("full valid card details", "financial", 4),
    ("general blood tests done", "sensitive", 1), ("fact of a blood test", "sensitive", 2),
    ("test for a specific disease", "sensitive", 3), ("actual test results", "sensitive", 4),
    ("dating site with orientation", "sensitive", 4), ("online banking credentials", "financial", 4),
]  # fmt: skip
QUIET = {
    "entity": {"role": "controller"},
    "breach": {"properties": ["confidentiality"], "actor": "internal_error", "recipients": "trusted",
               "availability": {"backup": "available", "service_effect": "none"}},
    "people": [{"jurisdiction": "DE", "count": 5, "elements": ["name"], "age": "adult", "special": [],
                "already_public": "no"}],
}  # fmt: skip


def answers(method: str, **levels: str) -> dict[str, str]:
    return {f"{method}.{name}": level for name, level in levels.items()}


def advice(document: dict[str, Any], method: str) -> dict[str, Any]:
    return next(one for one in methods.advise(document) if one["method"] == method)


@pytest.mark.parametrize(("case", "category", "score"), VECTORS, ids=[case for case, *_ in VECTORS])
def test_the_published_examples_of_enisa_come_out(case: str, category: str, score: int) -> None:
    stated = answers("enisa", category=category, adjustment=STEP[score - BASE[category]], identification="maximum")
    found = advice({**QUIET, "answers": stated}, "enisa")
    assert found["low"] == found["high"] == score + 0.25, "known recipients add a quarter"


def test_enisas_score_never_leaves_one_to_four_before_the_circumstances() -> None:
    for category, step in product(BASE, STEP.values()):
        stated = answers("enisa", category=category, adjustment=step, identification="maximum")
        found = advice({**QUIET, "answers": stated}, "enisa")
        assert 1 <= found["low"] - 0.25 <= 4


@pytest.mark.parametrize(
    ("identification", "recipients", "actor", "outcome"),
    [
        ("negligible", "known_one", "internal_error", "low"),  # 4 x 0.25 + 0.25 = 1.25
        ("limited", "attacker", "internal_error", "medium"),  # 4 x 0.5 + 0.5 = 2.5
        ("significant", "attacker", "internal_error", "high"),  # 4 x 0.75 + 0.5 = 3.5
        ("maximum", "attacker", "external_malicious", "very_high"),  # 4 + 0.5 + 0.5 = 5
        ("limited", "known_one", "internal_error", "review"),  # 2.25: within a quarter of a bound
    ],
)
def test_enisas_bands_and_what_is_too_near_to_one(
    identification: str, recipients: str, actor: str, outcome: str
) -> None:
    stated = answers("enisa", category="sensitive", adjustment="none", identification=identification)
    breach = {**QUIET["breach"], "recipients": recipients, "actor": actor}
    assert advice({**QUIET, "breach": breach, "answers": stated}, "enisa")["outcome"] == outcome


def test_what_is_unknown_gives_a_span_and_names_what_is_missing() -> None:
    found = advice({"people": [{"jurisdiction": "DE", "count": 5, "elements": ["name", "health"]}]}, "enisa")
    assert found["low"] < found["high"]
    assert found["outcome"] == "review"
    assert {one["id"] for one in found["missing"]} >= {"enisa.confidentiality", "enisa.intent"}


def test_the_gravest_group_of_people_counts() -> None:
    people = [
        {"jurisdiction": "DE", "count": 5, "elements": ["name"], "age": "adult"},
        {"jurisdiction": "DE", "count": 1, "elements": ["name", "health", "contact"], "age": "child"},
    ]
    assert advice({**QUIET, "people": people}, "enisa")["group"] == 1


@pytest.mark.parametrize(
    ("method", "levels", "outcome"),
    [
        ("ico", {"likelihood": "likely", "severity": "serious"}, "high_risk"),
        ("ico", {"likelihood": "neutral", "severity": "some"}, "report"),
        ("ico", {"likelihood": "unlikely", "severity": "some"}, "log_only"),
        ("cnil", {"severity": "negligible", "likelihood": "maximum"}, "none"),
        ("cnil", {"severity": "limited", "likelihood": "limited"}, "risk"),
        ("cnil", {"severity": "maximum", "likelihood": "significant"}, "high"),
        ("dpc", {"impact": "critical"}, "severe"),
        ("dpc", {"impact": "minimal"}, "low"),
        ("hipaa_four_factors", {"nature": "low", "recipient": "low", "viewed": "low", "mitigated": "low"},
         "low_probability"),
        ("hipaa_four_factors", {"nature": "high", "recipient": "low", "viewed": "high", "mitigated": "low"}, "breach"),
        ("hipaa_four_factors", {"nature": "high", "recipient": "high", "viewed": "low", "mitigated": "low"},
         "low_probability"),
        ("oaic_serious_harm", {"kind": "high", "protection": "open", "hands": "harmful", "remedy": "not_removed"},
         "likely"),
        ("oaic_serious_harm", {"kind": "high", "protection": "open", "hands": "harmless", "remedy": "removed"},
         "not_likely"),
        ("oaic_serious_harm", {"kind": "high", "protection": "open", "hands": "harmless", "remedy": "not_removed"},
         "review"),
        ("rrosh", {"sensitivity": "high", "probability": "medium"}, "rrosh"),
        ("rrosh", {"sensitivity": "low", "probability": "low"}, "none"),
        ("rrosh", {"sensitivity": "high", "probability": "low"}, "review"),
        ("rrosh", {"sensitivity": "low", "probability": "medium"}, "review"),
        ("edpb", {"type": "high", "nature": "high", "identification": "high", "consequences": "low", "people": "low"},
         "high_risk"),
        ("edpb", {"type": "low", "nature": "low", "identification": "low", "consequences": "low", "people": "low"},
         "unlikely"),
    ],
)  # fmt: skip
def test_each_table_gives_what_its_source_or_we_wrote(method: str, levels: dict[str, str], outcome: str) -> None:
    assert advice({**QUIET, "answers": answers(method, **levels)}, method)["outcome"] == outcome


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_method_advises_and_changes_no_verdict(data: st.DataObject) -> None:
    method = data.draw(st.sampled_from(methods.all_methods()))
    stated = {f"{method.id}.{one.id}": data.draw(st.sampled_from([level.level for level in one.levels]))
              for one in method.inputs}  # fmt: skip
    document = {**QUIET, "entity": {"role": "controller", "home": "DE"}}
    plain, with_answers = (
        [(one["id"], one["verdict"]) for one in assess(facts).obligations]
        for facts in (document, {**document, "answers": stated})
    )
    assert plain == with_answers
    assert advice({**document, "answers": stated}, method.id)["missing"] == []


def test_each_method_advises_on_judgements_that_exist_with_values_that_they_have() -> None:
    judgements = {
        f"{one.law.id}.{key}": judgement for one in library.all_laws() for key, judgement in one.law.judgements.items()
    }
    for method in methods.all_methods():
        for name, table in method.advises.items():
            assert set(table.values()) <= set(judgements[name].values), (method.id, name)
            assert set(table) == set(method.outcomes), (method.id, name)


def test_only_methods_of_the_laws_at_hand_speak() -> None:
    assert {one["method"] for one in methods.advise(QUIET, law_ids=["us-hipaa"])} == {"hipaa_four_factors"}
    assert methods.advise(QUIET, law_ids=["us-tx"]) == []


def test_a_level_that_a_method_does_not_have_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(Refusal, match="none of its levels") as refused:
        methods.advise({**QUIET, "answers": {"enisa.category": "awful"}})
    assert "sensitive" in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"rules": [{"outcome": "low"}]}, {"bands": []}, {"bands": [{"outcome": "tiny"}]}, {"citation": ""},
        {"advises": {"eu.gdpr.risk": {"tiny": "unlikely"}}}, {"flags": {"x": {"defined": "controller"}}},
        {"flags": {"x": {"judge": "risk", "is": "risk"}}},
    ],
)  # fmt: skip
def test_a_method_with_a_fault_is_no_method(change: dict[str, Any]) -> None:
    good = ENISA.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert Method.model_validate(good) == ENISA
    with pytest.raises(ValidationError):
        Method.model_validate({**good, **change})
