"""From facts to obligations: verdicts, counts, homes that nobody knows, thresholds, exits."""

import time
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fakes.law_of_nowhere import LAW
from fakes.worlds import hidden_of, hide, world_of
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.assessment import assess, library, plain_yaml
from models import Refusal

Facts = Callable[..., dict[str, Any]]
Make = Callable[..., library.Loaded]
PERSON = {"jurisdiction": "US-ZZ", "count": 1, "elements": ["name", "ssn"]}


def by_duty(answer: Any) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in answer.obligations:
        found.setdefault(one["duty"], []).append(one)
    return found


def one(answer: Any, duty: str) -> dict[str, Any]:
    (found,) = by_duty(answer)[duty]
    return found


def asked(answer: Any) -> set[str]:
    return {question["id"] for question in answer.questions}


def test_an_obligation_carries_everything_that_later_stages_need(law: Make, facts: Facts) -> None:
    found = one(assess(facts(), laws=[law()]), "individuals")
    assert found["id"] == "us-zz.individuals:US-ZZ"
    assert (found["law"], found["audience"], found["recipient"], found["jurisdiction"]) == (
        "us-zz",
        "individuals",
        "residents",
        "US-ZZ",
    )
    assert (found["verdict"], found["count"], found["count_possible"], found["groups"]) == ("notify", 600, 600, [0])
    assert (found["due_on"], found["due_at"]) == ("2026-04-01", "2026-04-01T23:59:59-04:00")
    assert found["channels"] == ["letter", "email_consent"]
    assert found["content"]["require"] == ["what_happened", "cra_contacts"]
    assert found["content"]["forbid"] == ["number_of_residents"]
    assert found["content"]["headings"] == ["What Happened"]
    assert (found["citation"], found["confidence"], found["verified"]) == ("§ 1(d)", "high", True)
    assert found["law_sha256"] == law().sha256


def test_the_trace_names_clauses_and_facts(law: Make, facts: Facts) -> None:
    because = one(assess(facts(), laws=[law()]), "individuals")["because"]
    assert {"clause": "§ 1(b)", "says": "", "facts": {"breach.event.acquired": "yes"}, "holds": "yes"} in because
    assert any(step["facts"] == {"people.0.elements": "name, ssn"} for step in because)
    assert any(
        step["facts"] == {"breach.protection.unintelligible": "no"} and step["clause"] == "§ 1(c)" for step in because
    )


def test_acquisition_unknown_leads_to_review_and_a_question(law: Make, facts: Facts) -> None:
    answer = assess(facts(breach__event__acquired="unknown"), laws=[law()])
    assert {found["verdict"] for found in answer.obligations} == {"review"}
    (question,) = [found for found in answer.questions if found["id"] == "breach.event.acquired"]
    assert "us-zz.individuals:US-ZZ" in question["changes"]
    assert question["law"] == "us-zz"


def test_no_name_no_breach_of_this_law_and_it_says_so(law: Make, facts: Facts) -> None:
    answer = assess(facts(people=[{**PERSON, "elements": ["ssn"]}]), laws=[law()])
    assert answer.obligations == []
    (gone,) = answer.not_arising
    assert gone["law"] == "us-zz"
    assert gone["because"][0]["facts"] == {"people.0.elements": "ssn"}


@pytest.mark.parametrize(
    ("count", "verdict"),
    [(500, None), (501, "notify"), ({"at_least": 24}, "review"), ("unknown", "review"), ({"at_least": 501}, "notify")],
)
def test_more_than_five_hundred_means_more_than_five_hundred(
    law: Make, facts: Facts, count: Any, verdict: str | None
) -> None:
    answer = assess(facts(people=[{**PERSON, "count": count}]), laws=[law()])
    found = by_duty(answer).get("regulator", [])
    assert [entry["verdict"] for entry in found] == ([verdict] if verdict else [])
    if verdict == "review":
        assert "people.0.count" in asked(answer)
    if verdict is None:
        assert {"us-zz.regulator"} <= {f"{gone['law']}.{gone.get('duty')}" for gone in answer.not_arising}


def test_people_whose_home_is_unknown_may_lift_a_count_over_the_threshold(law: Make, facts: Facts) -> None:
    people = [{**PERSON, "count": 499}, {**PERSON, "jurisdiction": "unknown", "count": 2}]
    answer = assess(facts(people=people), laws=[law()])
    assert one(answer, "regulator")["verdict"] == "review"
    assert one(answer, "individuals")["verdict"] == "notify"
    assert (one(answer, "individuals")["count"], one(answer, "individuals")["groups"]) == (499, [0])
    assert "us-zz.residents" in asked(answer)


@pytest.mark.parametrize(("said", "verdicts"), [("no", []), ("yes", ["notify"])])
def test_where_the_unknown_live_can_be_answered_law_by_law(
    law: Make, facts: Facts, said: str, verdicts: list[str]
) -> None:
    people = [{**PERSON, "count": 400}, {**PERSON, "jurisdiction": "US", "count": 300}]
    answer = assess(facts(people=people, answers={"us-zz.residents": said, "us-zz.harm": "harm_likely"}), laws=[law()])
    assert [entry["verdict"] for entry in by_duty(answer).get("regulator", [])] == verdicts
    assert "us-zz.residents" not in asked(answer)


def test_a_law_that_only_unknown_homes_may_touch_gives_a_question_and_no_duty(law: Make, facts: Facts) -> None:
    answer = assess(facts(entity__home="FR", people=[{**PERSON, "jurisdiction": "US"}]), laws=[law()])
    assert answer.obligations == []
    assert asked(answer) == {"us-zz.residents"}
    assert answer.questions[0]["changes"] == ["us-zz.individuals", "us-zz.regulator", "us-zz.sample", "us-zz.owner"]


def test_nothing_known_at_all_is_a_question_for_every_law() -> None:
    answer = assess({})
    named = {law for question in answer.questions for law in question["laws"]}
    gone = {entry["law"] for entry in answer.not_arising}
    laws = {loaded.law.id for loaded in library.all_laws() if loaded.law.kind == "law"}
    assert laws <= named | gone | {entry["law"] for entry in answer.obligations}
    assert not [entry for entry in answer.obligations if entry["verdict"] == "do_not_notify"]


def test_encryption_with_the_key_safe_says_do_not_notify_and_with_the_key_unknown_review(
    law: Make, facts: Facts
) -> None:
    safe = assess(facts(breach__protection__unintelligible="yes"), laws=[law()])
    assert {found["verdict"] for found in safe.obligations} == {"do_not_notify"}
    assert one(safe, "individuals")["due_at"] is None
    open_key = assess(facts(breach__protection={"unintelligible": "yes"}), laws=[law()])
    assert {found["verdict"] for found in open_key.obligations} == {"review"}
    assert "breach.protection.key_compromised" in asked(open_key)


@pytest.mark.parametrize("where", ["exit", "record"])
def test_a_ground_not_to_tell_that_nobody_read_at_a_source_never_silences(law: Make, facts: Facts, where: str) -> None:
    change = (
        ("kind: encryption\n", "kind: encryption\n    verified: false\n")
        if where == "exit"
        else ("verified: true", "verified: false")
    )
    answer = assess(facts(breach__protection__unintelligible="yes"), laws=[law(change)])
    assert {found["verdict"] for found in answer.obligations} == {"review"}
    assert "us-zz.exit.encryption" in asked(answer)


@pytest.mark.parametrize(
    ("answer", "verdict", "question"),
    [
        (None, "review", "us-zz.harm"),
        ("harm_likely", "notify", None),
        ("no_harm_likely", "review", "us-zz.harm.consulted"),
        ({"value": "no_harm_likely", "consulted": []}, "notify", None),
        (
            {"value": "no_harm_likely", "consulted": ["law_enforcement"], "decided_at": "2026-08-20"},
            "do_not_notify",
            None,
        ),
    ],
)
def test_the_harm_exit_needs_its_precondition(
    law: Make, facts: Facts, answer: Any, verdict: str, question: str | None
) -> None:
    found = assess(facts(answers={"us-zz.harm": answer} if answer else {}), laws=[law()])
    people = one(found, "individuals")
    assert people["verdict"] == verdict
    assert question is None or question in asked(found)
    assert people["side"] == ("keep for five years" if verdict == "do_not_notify" else "")
    assert {entry["verdict"] for entry in found.obligations} == {verdict}, "the authority follows the people"


def test_groups_with_other_outcomes_are_told_apart_and_the_count_is_of_those_reached(law: Make, facts: Facts) -> None:
    people = [
        {**PERSON, "count": 7},
        {**PERSON, "count": 5, "elements": ["name", "payment_card"]},
        {**PERSON, "count": 3, "elements": ["name"]},
    ]
    answer = assess(facts(people=people, answers={"us-zz.harm": "harm_likely"}), laws=[law()])
    rows = by_duty(answer)["individuals"]
    assert [(row["id"], row["verdict"], row["count"], row["groups"]) for row in rows] == [
        ("us-zz.individuals:US-ZZ", "notify", 7, [0]),
        ("us-zz.individuals:US-ZZ:review", "review", 5, [1]),
    ]
    assert (rows[0]["count_possible"], rows[0]["count_exact"]) == (12, True)
    assert "people.1.elements" in asked(answer)


def test_a_processor_tells_the_owner_and_nobody_else(law: Make, facts: Facts) -> None:
    answer = assess(facts(entity__role="processor"), laws=[law()])
    assert set(by_duty(answer)) == {"owner"}
    assert one(answer, "owner")["audience"] == "owner"


def test_substitute_notice_stands_among_the_channels_only_where_it_is_lawful(law: Make, facts: Facts) -> None:
    plain = one(assess(facts(), laws=[law()]), "individuals")
    dear = one(assess(facts(notice={"cost_usd": 250001}), laws=[law()]), "individuals")
    many = one(assess(facts(people=[{**PERSON, "count": 1001}]), laws=[law()]), "individuals")
    assert "substitute" not in plain["channels"]
    assert plain["substitute"]["lawful"] == "unknown"
    assert "substitute" in dear["channels"]
    assert "substitute" in many["channels"]


def test_a_channel_whose_condition_is_not_known_to_hold_is_not_offered(law: Make, facts: Facts) -> None:
    change = ("{medium: letter}", "{medium: letter}, {medium: sms, when: {group: age, is: adult}}")
    assert "sms" not in one(assess(facts(), laws=[law(change)]), "individuals")["channels"]
    adult = facts(people=[{**PERSON, "age": "adult"}])
    assert "sms" in one(assess(adult, laws=[law(change)]), "individuals")["channels"]


def test_a_channel_that_only_a_person_may_use_is_named_as_such(law: Make, facts: Facts) -> None:
    change = ("{medium: letter}", "{medium: letter}, {medium: voice, by_person: true, citation: Test Law § 9}")
    told = one(assess(facts(), laws=[law(change)]), "individuals")
    assert "voice" in told["channels"]
    assert told["by_person"] == ["voice"]
    assert one(assess(facts(), laws=[law()]), "individuals")["by_person"] == []


def test_a_content_code_whose_condition_is_not_known_is_required(law: Make, facts: Facts) -> None:
    change = ("when: {elements: {any_of: [ssn]}}", "when: {fact: breach.misuse, is: occurred}")
    assert "cra_contacts" in one(assess(facts(), laws=[law(change)]), "individuals")["content"]["require"]
    known = facts(breach__misuse="none_likely")
    assert "cra_contacts" not in one(assess(known, laws=[law(change)]), "individuals")["content"]["require"]


@pytest.mark.parametrize(
    ("change", "day", "arises"),
    [
        (("verified: true\n", 'verified: true\nvalid_from: "2026-03-03"\n'), "2026-03-02", False),
        (("verified: true\n", 'verified: true\nvalid_from: "2026-03-02"\n'), "2026-03-02", True),
        (("verified: true\n", 'verified: true\nvalid_to: "2026-03-01"\n'), "2026-03-02", False),
        (("verified: true\n", "verified: true\nstatus: pending\n"), "2026-03-02", False),
    ],
)
def test_the_law_in_force_on_the_day_of_awareness_counts(
    law: Make, facts: Facts, change: tuple[str, str], day: str, arises: bool
) -> None:
    answer = assess(facts(clocks={"discovered_at": "2025-01-01", "aware_at": day}), laws=[law(change)])
    assert bool(answer.obligations) is arises
    assert bool(answer.not_arising and "duty" not in answer.not_arising[0]) is not arises


def test_an_amended_clause_replaces_the_one_before_from_its_day_on(law: Make, facts: Facts) -> None:
    clock = "{citation: § 1(d), days: 30, starts: [{fact: clocks.discovered_at}]}"
    amended = (
        '{citation: § 1(d) old, days: 60, valid_to: "2026-03-01", starts: [{fact: clocks.discovered_at}]}, '
        '{citation: § 1(d) new, days: 30, valid_from: "2026-03-02", starts: [{fact: clocks.discovered_at}]}'
    )
    loaded = law((clock, amended))
    after, before = (
        one(assess(facts(clocks__discovered_at=day), laws=[loaded]), "individuals")
        for day in ("2026-03-02", "2026-03-01")
    )
    assert (after["due_on"], before["due_on"]) == ("2026-04-01", "2026-04-30")


def test_a_place_without_a_record_is_said_aloud() -> None:
    answer = assess({"people": [{"jurisdiction": "PK", "count": 4, "elements": ["name"]}]})
    (question,) = [found for found in answer.questions if found["id"] == "coverage.PK"]
    assert "PK" in question["text"]


def test_facts_that_are_no_facts_are_named_and_left_aside(law: Make, facts: Facts) -> None:
    answer = assess(facts(breach__aquired="yes", weather="fine", people=[{**PERSON, "shoe_size": 40}]), laws=[law()])
    assert set(answer.ignored) == {"breach.aquired", "weather", "people.shoe_size"}


@pytest.mark.parametrize(
    "document",
    [
        [], "text", {"people": {"a": 1}}, {"people": ["x"]}, {"entity": []}, {"breach": "yes"},
        {"people": [{"count": -1}]}, {"people": [{"count": "many"}]}, {"people": [{"count": True}]},
        {"people": [{"count": 1.5}]},
        {"people": [{"elements": ["secret"]}]}, {"people": [{"jurisdiction": "Erika Mustermann"}]},
        {"clocks": {"aware_at": "Erika"}}, {"clocks": {"aware_at": "0001-01-01"}}, {"clocks": {"aware_at": 12}},
        {"breach": {"cause": "Erika"}}, {"entity": {"role": "Erika"}}, {"breach": {"event": {"acquired": "ys"}}},
        {"as_of": "Erika"},
    ],
)  # fmt: skip
def test_facts_that_cannot_be_read_are_refused_without_showing_them(document: Any) -> None:
    with pytest.raises(Refusal) as refused:
        assess(document)
    assert "Erika" not in str(refused.value)
    assert refused.value.do


def test_everybody_wherever_they_live_is_reached_where_the_record_says_so(law: Make, facts: Facts) -> None:
    change = (
        "reach: {territory: [US-ZZ]}",
        "reach: {territory: [US-ZZ], everyone_when: {fact: entity.home, within: [US-ZZ]}}",
    )
    people = [PERSON, {**PERSON, "jurisdiction": "US-WI", "count": 3}]
    assert one(assess(facts(people=people), laws=[law(change)]), "individuals")["count"] == 4
    assert one(assess(facts(people=people, entity__home="US-WI"), laws=[law(change)]), "individuals")["count"] == 1
    unknown = assess(facts(people=[people[1]], entity__home=None), laws=[law(change)])
    assert unknown.obligations == []
    assert "entity.home" in asked(unknown)


def test_a_thousand_groups_are_assessed_in_a_moment(law: Make, facts: Facts) -> None:
    people = [{**PERSON, "count": n + 1, "kind": f"kind{n}"} for n in range(1000)]
    document = facts(people=people, answers={"us-zz.harm": "harm_likely"})
    begun = time.process_time()
    found = one(assess(document, laws=[law()]), "individuals")
    assert time.process_time() - begun < 30  # a rule that compares all with all takes minutes
    assert found["count"] == sum(range(1, 1001))
    assert len(found["because"]) < 400


STATED = {
    "entity": {
        "role": ["controller", "processor"], "home": ["US-ZZ", "DE", "CH"],
        "establishments": [[], ["IE"], ["IE", "FR"]],
    },
    "breach": {
        "properties": [["confidentiality"], ["availability"], ["confidentiality", "availability"]],
        "actor": ["external_malicious", "internal_error"], "exfiltration": ["confirmed", "none"],
        "recipients": ["attacker", "trusted", "known_one", "known_many"], "systemic": ["yes", "no"],
        "mitigations": [[], ["deletion_confirmed"]], "event": [{"acquired": "yes"}, {"acquired": "no"}],
        "protection": [{"unintelligible": "no", "key_compromised": "no"},
                       {"unintelligible": "yes", "key_compromised": "no"},
                       {"unintelligible": "yes", "key_compromised": "yes"}],
        "availability": [{"backup": "available", "service_effect": "none", "restored_after_hours": 3},
                         {"backup": "none", "service_effect": "safety", "restored_after_hours": 90}],
    },
}  # fmt: skip
GROUPS = st.lists(
    st.fixed_dictionaries({
        "jurisdiction": st.sampled_from(["US-ZZ", "DE", "CH", "GB"]), "count": st.sampled_from([1, 400, 501, 1200]),
        "elements": st.sampled_from(
            [["name", "ssn"], ["name"], ["name", "contact"], ["name", "health"], ["credentials_hashed"]]
        ),
    }),
    min_size=1, max_size=3,
)  # fmt: skip
WORLD = world_of(STATED, GROUPS)
HIDDEN = hidden_of(STATED, "jurisdiction", "count", "elements")


@settings(max_examples=150, deadline=None)
@given(WORLD, HIDDEN)
def test_more_knowledge_never_turns_silence_into_a_duty_unless_a_question_stood_there(
    world: dict[str, Any], hidden: set[tuple[str, str]]
) -> None:
    """For each law: told nobody and asked nothing with some facts, then no notice with all of them."""
    laws = [library.load(path) for path in library.paths() if path.parent.parent.name in ("eu", "uk", "ch")] + [
        nowhere()
    ]
    some, full = assess(hide(world, hidden), laws=laws), assess(world, laws=laws)
    for law in {loaded.law.id for loaded in laws}:
        told = [found for found in full.obligations if found["law"] == law and found["verdict"] == "notify"]
        quiet = not any(found["law"] == law and found["verdict"] != "do_not_notify" for found in some.obligations)
        looked_at = law in {found["id"] for found in some.laws}
        if quiet and looked_at and not any(law in question["laws"] for question in some.questions):
            assert not told, f"{law} was silent without a question"


@settings(max_examples=100, deadline=None)
@given(WORLD, HIDDEN)
def test_every_law_that_was_looked_at_is_named_and_every_review_has_a_question(
    world: dict[str, Any], hidden: set[tuple[str, str]]
) -> None:
    answer = assess(hide(world, hidden))
    named = {found["law"] for found in (*answer.obligations, *answer.questions, *answer.not_arising)}
    assert {found["id"] for found in answer.laws} <= named | {
        law for question in answer.questions for law in question["laws"]
    }
    changed = {change for question in answer.questions for change in question["changes"]}
    for found in answer.obligations:
        assert found["verdict"] in ("notify", "do_not_notify", "review")
        assert found["verdict"] != "review" or found["id"] in changed, f"{found['id']} hangs on no question"
        assert found["because"]
        assert found["citation"]
        assert len({one["id"] for one in answer.obligations}) == len(answer.obligations)


@settings(max_examples=60, deadline=None)
@given(
    WORLD,
    st.dates(min_value=date(2024, 1, 1), max_value=date(2027, 1, 1)),
    st.integers(0, 300),
)
def test_a_later_discovery_never_makes_a_deadline_earlier(world: dict[str, Any], day: Any, days: int) -> None:
    def dues(at: Any) -> dict[str, str]:
        clocks = {"aware_at": at.isoformat(), "discovered_at": at.isoformat()}
        answer = assess(
            {**world, "clocks": clocks}, laws=[nowhere(), library.load(library.LAWS / "eu" / "gdpr" / "law.yaml")]
        )
        return {found["id"]: found["due_on"] for found in answer.obligations if found["due_on"]}

    early, late = dues(day), dues(day + timedelta(days=days))
    assert early.keys() == late.keys()
    assert all(early[key] <= late[key] for key in early)


def nowhere() -> library.Loaded:
    return library.Loaded(
        library.parse(plain_yaml.read(LAW), "us/zz/law.yaml"), sha256(LAW.encode()).hexdigest(), Path("law.yaml")
    )


def test_the_same_facts_give_the_same_answer(law: Make, facts: Facts) -> None:
    assert assess(facts(), laws=[law()]).as_dict() == assess(facts(), laws=[law()]).as_dict()
