"""What a processor promised hangs on what the laws ask of the controller that it works for."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from forthwith import approval
from forthwith.approval import hashes
from forthwith.assessment import assess, behalf, library, run
from forthwith.assessment.facts import facts_of
from models import Cohort, Fact, Incident, Notice, NoticeDuty, Obligation, Question, utc_now

SOME = [one for one in library.all_laws() if one.law.id in ("eu.gdpr", "us-ca", "contracts.click-and-resolve")]
PROMISE = "contracts.click-and-resolve.individuals"
PARTNERS = "contracts.click-and-resolve.partners"
GERMANS = {"jurisdiction": "DE", "count": 12, "elements": ["name", "health"], "age": "adult"}
CALIFORNIANS = {"jurisdiction": "US-CA", "count": 9, "elements": ["name", "ssn"], "age": "adult"}
BRAZILIANS = {"jurisdiction": "PK", "count": 5, "elements": ["name", "health"], "age": "adult"}


def processor(*people: dict[str, Any], home: str = "PK", **breach: Any) -> dict[str, Any]:
    """Return facts of a theft from the Company, where it works for somebody else."""
    return {
        "entity": {"name": "Click and Resolve", "role": "processor", "home": home},
        "clocks": {"aware_at": "2026-06-01T08:00:00+00:00", "discovered_at": "2026-06-01T08:00:00+00:00"},
        "breach": {
            "properties": ["confidentiality"], "source": "own", "actor": "external_malicious",
            "exfiltration": "confirmed", "recipients": "attacker", "media": ["electronic"], "cause": "hacking",
            "event": {"acquired": "yes", "accessed": "yes"},
            "protection": {"unintelligible": "no", "key_compromised": "yes"}, **breach,
        },
        "people": list(people),
    }  # fmt: skip


def ask(document: dict[str, Any]) -> Any:
    return assess(document, laws=SOME)


def of_duty(answer: Any, name: str) -> list[dict[str, Any]]:
    return [one for one in answer.obligations if f"{one['law']}.{one['duty']}" == name]


def only(answer: Any, name: str) -> dict[str, Any]:
    (found,) = of_duty(answer, name)
    return found


def asked(answer: Any) -> dict[str, dict[str, Any]]:
    return {question["id"]: question for question in answer.questions}


def demand(**changed: Any) -> dict[str, Any]:
    """Return what a law demands of the notice to the people of group 0."""
    return {
        "id": "xx.people:XX", "law": "xx", "citation": "XX § 1", "audience": "individuals", "recipient": "people",
        "verdict": "notify", "groups": [0], "channels": ["letter", "email"], "because": [],
        "content": {"require": ["what_happened"], "forbid": [], "headings": [], "form": ""}, **changed,
    }  # fmt: skip


def content(**changed: Any) -> dict[str, Any]:
    return {"require": [], "forbid": [], "headings": [], "form": "", **changed}


def test_a_processor_owes_the_people_nothing_but_what_it_promised() -> None:
    answer = ask(processor(GERMANS, home="DE"))
    told = [one for one in answer.obligations if one["audience"] == "individuals"]
    assert {one["law"] for one in told} == {"contracts.click-and-resolve"}
    assert only(answer, "eu.gdpr.controller")["verdict"] == "notify"
    assert "eu.gdpr.individuals" in {f"{gone['law']}.{gone.get('duty')}" for gone in answer.not_arising}


def test_the_promise_takes_over_what_the_law_says_must_stand_in_the_notice() -> None:
    found = only(ask(processor(GERMANS)), PROMISE)
    as_controller = processor(GERMANS)
    as_controller["entity"]["role"] = "controller"
    law = only(ask(as_controller), "eu.gdpr.individuals")
    assert found["adopted"] == ["eu.gdpr"]
    assert law["content"]["require"]
    assert set(law["content"]["require"]) <= set(found["content"]["require"])
    assert law["citation"] in {step["clause"] for step in found["because"] if "of the controller" in step["says"]}


def test_each_place_takes_over_its_own_laws_and_no_others() -> None:
    answer = ask(processor(GERMANS, CALIFORNIANS))
    adopted = {one["jurisdiction"]: one["adopted"] for one in of_duty(answer, PROMISE)}
    assert adopted["DE"] == ["eu.gdpr"]
    assert "us-ca" in adopted["US-CA"]
    assert "eu.gdpr" not in adopted["US-CA"]


def test_headings_that_a_law_prescribes_reach_the_promises_notice() -> None:
    found = {one["jurisdiction"]: one for one in of_duty(ask(processor(GERMANS, CALIFORNIANS)), PROMISE)}
    assert "What Happened" in found["US-CA"]["content"]["headings"]
    assert "What Happened" not in found["DE"]["content"]["headings"]


def test_the_promises_channels_keep_their_order_and_lose_what_the_law_does_not_admit() -> None:
    found = {one["jurisdiction"]: one["channels"] for one in of_duty(ask(processor(GERMANS, CALIFORNIANS)), PROMISE)}
    policy = ["email", "fax", "sms", "voice", "letter", "web"]
    assert found["DE"] == [medium for medium in policy if medium in found["DE"]]
    assert "fax" not in found["DE"]
    assert "email" not in found["US-CA"], "California wants consent to e-mail"
    assert found["US-CA"] == ["email_consent", "letter"]


def test_leaked_mail_credentials_close_mail_on_the_controllers_behalf_too() -> None:
    leaked = {**GERMANS, "elements": ["name", "health", "email_credentials"]}
    found = only(ask(processor(leaked)), PROMISE)
    assert not {"email", "email_consent"} & set(found["channels"])
    assert "letter" in found["channels"]


def test_where_no_law_would_require_it_of_the_controller_the_promise_gives_nothing() -> None:
    safe = processor(GERMANS, protection={"unintelligible": "yes", "key_compromised": "no"})
    answer = ask(safe)
    assert of_duty(answer, PROMISE) == []
    assert "contracts.click-and-resolve" in {gone["law"] for gone in answer.not_arising}


def test_people_beyond_every_law_are_told_only_where_the_company_decided_so() -> None:
    answer = ask(processor(GERMANS, BRAZILIANS))
    assert {one["jurisdiction"] for one in of_duty(answer, PROMISE)} == {"DE"}
    further = processor(GERMANS, BRAZILIANS)
    further["answers"] = {"contracts.click-and-resolve.beyond_the_law": "yes"}
    told = {one["jurisdiction"]: one for one in of_duty(ask(further), PROMISE)}
    assert set(told) == {"DE", "PK"}
    assert "adopted" not in told["PK"], "no law stands behind it"
    assert told["PK"]["channels"] == ["email", "fax", "sms", "voice", "letter", "web"]


def test_an_open_law_leaves_the_promise_in_review_and_asks_what_the_law_asks() -> None:
    mild = {**GERMANS, "elements": ["name", "contact"]}
    answer = ask(processor(mild))
    assert only(answer, PROMISE)["verdict"] == "review"
    assert only(answer, PROMISE)["adopted"] == ["eu.gdpr"]
    question = asked(answer)["eu.gdpr.risk"]
    assert question["changes"] == [only(answer, PROMISE)["id"]], "only the promise that hangs on it"


def test_a_question_names_only_the_promises_to_the_same_people() -> None:
    french = {**GERMANS, "jurisdiction": "FR", "elements": ["name", "contact"]}
    answer = ask(processor(GERMANS, french, CALIFORNIANS))
    verdicts = {one["jurisdiction"]: one["verdict"] for one in of_duty(answer, PROMISE)}
    assert (verdicts["DE"], verdicts["FR"]) == ("notify", "review")
    assert asked(answer)["eu.gdpr.risk"]["changes"] == [f"{PROMISE}:FR"]


@pytest.mark.parametrize(("said", "verdicts"), [("high_risk", ["notify"]), ("risk", []), ("unlikely", [])])
def test_an_answer_to_the_laws_question_settles_the_promise(said: str, verdicts: list[str]) -> None:
    mild = processor({**GERMANS, "elements": ["name", "contact"]})
    answer = ask({**mild, "answers": {"eu.gdpr.risk": said}})
    assert "eu.gdpr.risk" not in asked(answer)
    assert [one["verdict"] for one in of_duty(answer, PROMISE)] == verdicts


def test_a_controller_hears_no_second_asking() -> None:
    as_controller = processor(GERMANS)
    as_controller["entity"]["role"] = "controller"
    answer = ask(as_controller)
    assert only(answer, PROMISE)["verdict"] == "notify"
    assert "adopted" not in only(answer, PROMISE), "its own duty under the law says it already"
    assert len({question["id"] for question in answer.questions}) == len(answer.questions)


def test_partners_are_told_not_later_than_the_people() -> None:
    answer = ask(processor(GERMANS, home="DE"))
    partners, people = only(answer, PARTNERS), only(answer, PROMISE)
    assert partners["sequence"] == "not_later_than_individuals"
    assert partners["target_at"] < people["target_at"]
    assert (partners["due_at"], people["due_at"]) == (None, None), "promptly is no number"


def test_who_did_not_promise_is_not_bound() -> None:
    other = processor(GERMANS)
    other["entity"]["name"] = "Example Ltd"
    answer = ask(other)
    assert of_duty(answer, PROMISE) == []
    assert "contracts.click-and-resolve" not in {law["id"] for law in answer.laws}


@pytest.mark.parametrize("role", ["controller", "joint_controller", "unknown", None])
def test_only_who_works_for_others_asks_as_the_controller(role: str | None) -> None:
    calls: list[Any] = []
    document = {"entity": {"role": role} if role else {}}
    assert behalf.asked_of_controller(facts_of(document), calls.append) is None
    assert calls == []


@pytest.mark.parametrize("role", ["processor", "holder"])
def test_the_second_asking_changes_the_role_and_nothing_else(role: str) -> None:
    document = processor(GERMANS)
    document["entity"]["role"] = role
    seen = behalf.asked_of_controller(facts_of(document), lambda asked_with: asked_with)
    assert seen == {**document, "entity": {**document["entity"], "role": "controller"}}
    assert document["entity"]["role"] == role, "the facts themselves stay as they are"


@pytest.mark.parametrize(
    ("verdicts", "kept"),
    [
        (["notify"], True), (["review"], None), (["do_not_notify"], False), (["do_not_notify", "review"], None),
        (["review", "notify"], True), (["notify", "do_not_notify"], True), (["review", "do_not_notify"], None),
    ],
)  # fmt: skip
def test_of_several_laws_the_strongest_demand_is_remembered(verdicts: list[str], kept: bool | None) -> None:
    required: behalf.Required = {}
    behalf.remember([demand(verdict=verdict) for verdict in verdicts], required, behalf.OF)
    assert required == {"controller:individuals": {0: kept}, "controller:people": {0: kept}}


def test_what_several_laws_demand_is_joined_once_each_in_order() -> None:
    ours = demand(id="promise", channels=["email", "sms", "letter"], content=content(require=["contact_point"]))
    first = demand(law="aa", content=content(require=["what_happened", "contact_point"], form="plain language"))
    second = demand(law="bb", content=content(require=["mitigation"], forbid=["numbers"], headings=["What Happened"]))
    found = behalf.adopt(ours, [first, second])
    assert found["content"] == {
        "require": ["contact_point", "what_happened", "mitigation"], "forbid": ["numbers"],
        "headings": ["What Happened"], "form": "plain language",
    }  # fmt: skip
    assert found["adopted"] == ["aa", "bb"]
    assert ours["content"]["require"] == ["contact_point"], "nothing is changed in place"


@pytest.mark.parametrize(
    ("ours", "theirs", "left"),
    [
        (["email", "sms", "letter"], [["letter", "email"]], ["email", "letter"]),
        (["email", "letter"], [["letter", "email_consent"]], ["email_consent", "letter"]),
        (["email", "letter"], [["email", "letter"], ["letter"]], ["letter"]),
        (["fax", "web"], [["letter", "email"]], ["letter", "email"]),
        (["fax", "web"], [["letter"], ["email"]], ["fax", "web"]),
        (["email"], [["email", "email_consent"]], ["email"]),
        (["web", "letter", "email"], [["email", "letter", "web"]], ["web", "letter", "email"]),
    ],
)
def test_the_channels_are_those_that_each_law_admits(ours: list[str], theirs: list[list[str]], left: list[str]) -> None:
    laws = [demand(law=f"law{n}", channels=channels) for n, channels in enumerate(theirs)]
    assert behalf.adopt(demand(channels=ours), laws)["channels"] == left


@pytest.mark.parametrize(
    "other", [{"groups": [1]}, {"verdict": "do_not_notify"}, {"audience": "regulator"}, {"groups": []}]
)
def test_what_concerns_other_people_or_nobody_is_not_adopted(other: dict[str, Any]) -> None:
    ours = demand(id="promise", channels=["fax"])
    assert behalf.adopt(ours, [demand(**other)]) is ours


def test_a_question_touches_the_promises_that_share_a_group_with_what_it_changes() -> None:
    laws = [demand(id="xx:1", groups=[0, 1]), demand(id="xx:2", groups=[2])]
    ours = [demand(id="a", groups=[1, 5]), demand(id="b", groups=[2]), demand(id="c", groups=[3])]
    assert behalf.touched(ours, {"changes": ["xx:1"]}, laws) == ["a"]
    assert behalf.touched(ours, {"changes": ["xx:1", "xx:2"]}, laws) == ["a", "b"]
    assert behalf.touched(ours, {"changes": ["elsewhere"]}, laws) == []


@pytest.fixture
def promised(session: Session, incident: Incident) -> Incident:
    """An incident at the Company as a processor of German people's health data."""
    facts = processor(home="PK")
    stated = {f"{part}.{name}": value for part in ("entity", "breach", "clocks") for name, value in facts[part].items()}
    for name, value in stated.items():
        session.add(Fact(incident_id=incident.id, name=name, value=value, known_at=utc_now(), stated_by="ana"))
    for place, elements in (("DE", ["name", "health"]), ("FR", ["name", "contact"])):
        session.add(Cohort(
            incident_id=incident.id, fingerprint=place, jurisdiction=place, country=place, elements=elements,
            age_class="adult", language="de", channels=["email"], count=3,
        ))  # fmt: skip
    session.flush()
    return incident


def kept(session: Session, incident: Incident, key: str) -> Obligation:
    query = select(Obligation).where(
        Obligation.incident_id == incident.id, Obligation.key == key, col(Obligation.current)
    )
    return session.exec(query).one()


def test_the_kept_duty_rests_on_the_promise_and_on_the_laws_it_took_over(session: Session, promised: Incident) -> None:
    run(session, promised, actor="ana")
    row = kept(session, promised, f"{PROMISE}:DE")
    assert row.laws == ["contracts.click-and-resolve", "eu.gdpr"]
    assert row.channels == row.detail["channels"]
    assert "fax" not in row.channels
    assert kept(session, promised, f"{PARTNERS}:contract").laws == ["contracts.click-and-resolve"]


def test_the_kept_question_of_the_law_hangs_on_the_promise_alone(session: Session, promised: Incident) -> None:
    run(session, promised, actor="ana")
    query = select(Question).where(Question.incident_id == promised.id, Question.key == "eu.gdpr.risk")
    question = session.exec(query).one()
    assert question.changes == [f"{PROMISE}:FR"]
    assert (question.law, bool(question.citation)) == ("eu.gdpr", True)


def test_an_approval_hangs_on_the_hash_of_each_law_behind_the_promise(session: Session, promised: Incident) -> None:
    run(session, promised, actor="ana")
    row = kept(session, promised, f"{PROMISE}:DE")
    notice = Notice(incident_id=promised.id, key="individuals:DE", audience="individuals", title="To the people")
    session.add(notice)
    session.flush()
    session.add(NoticeDuty(notice_id=notice.id, obligation_id=row.id))
    session.flush()
    behind = approval.laws_behind(session, notice)
    assert sorted(behind) == ["contracts.click-and-resolve", "eu.gdpr"]
    assert hashes.laws_sha256(behind) != hashes.laws_sha256([row.law]), "a changed law undoes the approval, too"
    assert hashes.laws_sha256([*behind, *behind]) == hashes.laws_sha256(behind)


def test_the_same_promise_assessed_again_changes_nothing(session: Session, promised: Incident) -> None:
    first, second = (run(session, promised, actor="ana") for _ in range(2))
    assert (first.changed, second.changed) == (True, False)
    assert first.answer.as_dict()["obligations"] == second.answer.as_dict()["obligations"]
