"""The command line: one JSON document or one readable page, and refusals in one line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.law_of_nowhere import LAW
from sqlmodel import Session, select

from forthwith import db
from forthwith.assessment import library
from forthwith.cli import main
from forthwith.settings import settings
from models import Fact, Incident, Obligation, new_id, utc_now

FACTS = """
entity: {role: controller, home: DE}
clocks: {aware_at: 2026-11-20T16:30}
breach: {properties: [confidentiality], recipients: attacker, protection: {unintelligible: no}}
people:
  - {jurisdiction: DE, count: 100, elements: [name, health]}
  - {jurisdiction: "NO", count: {at_least: 5}, elements: [name, contact]}
as_of: 2026-11-21
"""
Out = pytest.CaptureFixture[str]


def call(*arguments: str) -> int:
    """Run one command and return its exit code."""
    try:
        main(list(arguments))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def facts(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str = FACTS) -> str:
        (tmp_path / "facts.yaml").write_text(text)
        return str(tmp_path / "facts.yaml")

    return write


def test_json_is_one_document_in_the_agreed_form(facts: Callable[..., str], capsys: Out) -> None:
    assert call("assess", facts(), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"as_of", "obligations", "questions", "not_arising"} <= set(answer)
    agreed = {
        "id", "law", "duty", "audience", "recipient", "jurisdiction", "count", "verdict", "due_at", "due_on", "clocks",
        "sequence", "channels", "content", "citation", "confidence", "verified", "because", "groups",
    }  # fmt: skip
    assert all(agreed <= set(one) for one in answer["obligations"])
    assert all({"id", "text", "law", "citation", "changes"} <= set(one) for one in answer["questions"])
    assert all({"law", "because"} <= set(one) for one in answer["not_arising"])
    norway = next(one for one in answer["obligations"] if one["jurisdiction"] == "NO")
    assert (norway["count"], norway["count_possible"]) == (5, None)


def test_people_read_duties_then_questions_then_what_does_not_arise(facts: Callable[..., str], capsys: Out) -> None:
    assert call("assess", facts()) == 0
    page = capsys.readouterr().out
    assert page.index("due") < page.index("Questions to answer")
    assert "2026-11-23 16:30+01:00" in page
    assert "individuals (DE)" in page
    assert "eu.gdpr.risk" in page
    assert max(map(len, page.splitlines()[:6])) <= 160


def test_as_of_of_the_command_counts_before_that_of_the_file(facts: Callable[..., str], capsys: Out) -> None:
    assert call("assess", facts(), "--json", "--as-of", "2026-11-22T10:00:00+00:00") == 0
    assert json.loads(capsys.readouterr().out)["as_of"] == "2026-11-22T10:00:00+00:00"


@pytest.mark.parametrize("text", ["a: [", "breach: {cause: Erika}", "people: [{count: -2}]", "- 1"])
def test_bad_facts_are_refused_in_one_line_without_their_content(
    facts: Callable[..., str], capsys: Out, text: str
) -> None:
    assert call("assess", facts(text)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "Erika" not in captured.err


def test_a_file_that_is_not_there_is_refused(capsys: Out) -> None:
    assert call("assess", "nowhere/facts.yaml") == 1
    assert "facts.yaml" in capsys.readouterr().err


def test_an_incident_is_assessed_and_the_result_is_kept(fresh: str, capsys: Out) -> None:
    with Session(db.engine()) as session:
        key = new_id()
        session.add(Incident(id=key, ref="2026-007", title="x", opened_by="ana"))
        session.flush()
        people = [{"jurisdiction": "DE", "count": 3, "elements": ["health"]}]
        session.add(Fact(incident_id=key, name="people", value=people, known_at=utc_now(), stated_by="ana"))
        session.commit()
    assert call("assess", "2026-007", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert {one["law"] for one in answer["obligations"]} >= {"eu.gdpr"}
    assert call("assess", "2026-999") == 1
    with Session(db.engine()) as session:
        kept = session.exec(select(Obligation.id)).all()
    assert call("assess", "2026-007", "--as-of", "2027-01-01", "--json") == 0
    assert json.loads(capsys.readouterr().out)["as_of"].startswith("2027-01-01")
    assert call("assess", "2026-007", "--if", "people=[]", "--json") == 0
    gone = json.loads(capsys.readouterr().out)["duties"]
    assert {one["state"] for one in gone} == {"goes"}
    with Session(db.engine()) as session:
        assert session.exec(select(Obligation.id)).all() == kept, "neither of them keeps anything"


def test_a_what_if_shows_what_comes_and_goes(facts: Callable[..., str], capsys: Out) -> None:
    assert call("assess", facts(), "--if", "breach.protection.unintelligible=yes", "--if", "people.0.count=1") == 0
    page = capsys.readouterr().out
    assert "changes" in page
    assert "eu.gdpr.individuals" in page


@pytest.mark.parametrize(
    "stated", ["breach.cause", "=theft", "people.9.count=1", "breach.cause=[", "breach.cause=Erik"]
)
def test_a_what_if_that_states_nothing_is_refused(facts: Callable[..., str], capsys: Out, stated: str) -> None:
    assert call("assess", facts(), "--if", stated) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert "Erika" not in captured.err


def test_risk_methods_are_shown_with_what_they_lack(facts: Callable[..., str], capsys: Out) -> None:
    assert call("assess", facts(), "--methods") == 0
    page = capsys.readouterr().out
    assert "they advise, the law's own presumption decides" in page
    assert "answers.enisa." in page
    assert call("assess", facts(), "--methods", "--json") == 0
    found = json.loads(capsys.readouterr().out)["methods"]
    assert {"enisa", "edpb", "cnil", "dpc"} <= {one["method"] for one in found}


def test_laws_are_listed_and_shown(capsys: Out) -> None:
    assert call("law", "list", "--json") == 0
    listed = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed["eu.gdpr"]["duties"] == ["regulator", "individuals", "controller"]
    assert call("law", "list") == 0
    assert "ch.fadp" in capsys.readouterr().out
    assert call("law", "show", "eu.gdpr", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["sha256"] == library.load(library.LAWS / "eu/gdpr/law.yaml").sha256
    assert shown["duties"][0]["citation"]
    assert call("law", "show", "eu.gdpr") == 0
    assert "[Art. 33(1)" in capsys.readouterr().out
    assert call("law", "show", "atlantis") == 1


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FORTHWITH_LAWS", json.dumps([str(tmp_path)]))
    settings.cache_clear()
    yield tmp_path
    monkeypatch.delenv("FORTHWITH_LAWS")
    settings.cache_clear()


def put(root: Path, text: str, folder: str = "us/zz") -> None:
    (root / folder).mkdir(parents=True)
    (root / folder / "law.yaml").write_text(text)


def test_check_says_that_all_is_sound(capsys: Out) -> None:
    assert call("law", "check") == 0
    assert "records are sound" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "why"),
    [(LAW.replace("  citation: § 1(b)\n", ""), "without citation"), (LAW.replace("[name]", "[nmae]"), "nmae"),
     ("a: [", "bad YAML"), ("a: &x [*x]", "aliases"), ("x: " + "y" * 1_100_000, "larger"),
     ("", "valid dictionary|input")],
)  # fmt: skip
def test_check_fails_with_one_line_a_record_that_names_the_file(own: Path, capsys: Out, text: str, why: str) -> None:
    import re

    put(own, text)
    assert call("law", "check") == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "us/zz/law.yaml" in line
    assert re.search(why, line)
    assert call("assess", "x.yaml") == 1


def test_check_finds_an_id_that_stands_twice(own: Path, capsys: Out) -> None:
    put(own, LAW)
    put(own, LAW, "copy/us/zz")
    assert call("law", "check") == 1
    assert "stands twice" in capsys.readouterr().out


def test_check_names_what_was_read_too_long_ago(capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORTHWITH_NOW", "2026-12-01T00:00:00+00:00")
    assert call("law", "check", "--stale", "180d") == 0
    capsys.readouterr()
    monkeypatch.setenv("FORTHWITH_NOW", "2027-12-01T00:00:00+00:00")
    assert call("law", "check", "--stale", "180d", "--json") == 1
    stale = json.loads(capsys.readouterr().out)["stale"]
    assert {"law": "eu.gdpr", "clause": "record", "checked": "2026-11-21"} in stale
    assert call("law", "check", "--stale", "soon") == 1
