"""What would be if; what was law and known then; what changed in a law since: none of it decides anything."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select, text

from forthwith import clock
from forthwith.assessment import assess, recording, run
from forthwith.assessment.incident_facts import incident_facts
from forthwith.assessment.whatif import what_if, with_facts
from forthwith.detection.facts import state
from forthwith.settings import settings
from models import Cohort, Entry, Incident, LawText, Refusal

AS_OF = "2026-06-10"
FACTS: dict[str, Any] = {
    "entity": {"role": "controller", "home": "US-WI", "regimes": []},
    "clocks": {"discovered_at": "2026-06-01", "aware_at": "2026-06-02", "determined_at": "2026-06-03"},
    "breach": {
        "cause": "hacking", "actor": "external_malicious", "event": {"accessed": "yes", "acquired": "yes"},
        "exfiltration": "confirmed", "recipients": "attacker", "media": ["electronic"],
        "protection": {"unintelligible": "no"},
    },
    "people": [{"jurisdiction": "US-TX", "count": 300, "elements": ["name", "ssn"]}],
}  # fmt: skip
LAW = """
id: test-statute
title: A statute of the test
citation: § 1
jurisdiction: XX
zone: UTC
confidence: high
verified: true
read_by: the test
checked: "2026-01-01"
sources: [https://law.example]
reach: {territory: [XX]}
binds: {citation: § 1, when: {always: true}}
trigger: {citation: § 1, when: {always: true}}
duties:
  - id: individuals
    audience: individuals
    recipient: people
    citation: § 2
    clocks: [{days: 30, citation: § 2, starts: [{fact: clocks.aware_at}]}]
    channels: [{medium: letter}]
"""


def test_a_change_of_a_fact_shows_what_comes_goes_and_changes() -> None:
    found = what_if(FACTS, {"people.0.count": 249, "breach.protection.unintelligible": "yes"}, AS_OF)
    states = {one["id"]: one["state"] for one in found["duties"]}
    assert states["us-tx.attorney_general:US-TX"] == "goes"
    assert "breach.protection.key_compromised" in found["questions"]["come"]
    back = what_if(with_facts(FACTS, {"people.0.count": 249}), {"people.0.count": 300}, AS_OF)
    assert [(one["id"], one["state"]) for one in back["duties"] if one["state"] == "comes"] == [
        ("us-tx.attorney_general:US-TX", "comes")
    ]


def test_the_same_fact_again_changes_nothing_and_the_document_stays_as_it_was() -> None:
    before = json.dumps(FACTS)
    assert what_if(FACTS, {"breach.cause": "hacking"}, AS_OF)["duties"] == []
    assert json.dumps(FACTS) == before


@given(st.sampled_from(["breach.cause", "people.0.count", "entity.role", "breach.recipients"]), st.data())
def test_what_if_says_just_what_two_assessments_say(path: str, data: st.DataObject) -> None:
    values = {"breach.cause": "theft", "people.0.count": 250, "entity.role": "processor", "breach.recipients": "none"}
    value = data.draw(st.sampled_from([values[path], None]))
    found = what_if(FACTS, {path: value}, AS_OF)
    first, second = ({one["id"] for one in assess(facts, AS_OF).obligations}
                     for facts in (FACTS, with_facts(FACTS, {path: value})))  # fmt: skip
    assert {one["id"] for one in found["duties"] if one["state"] == "comes"} == second - first
    assert {one["id"] for one in found["duties"] if one["state"] == "goes"} == first - second


@pytest.mark.parametrize("path", ["people.7.count", "people.x.count", "people.0"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(Refusal):
        with_facts(FACTS, {path: 1})


def stated(session: Session, incident: Incident) -> None:
    session.add(Cohort(
        incident_id=incident.id, fingerprint="f", jurisdiction="XX", country="XX", elements=["name"], count=3,
    ))  # fmt: skip
    state(session, incident, {"entity.role": "controller", "clocks.aware_at": "2026-06-02"}, by="ana")
    session.flush()


@pytest.fixture
def statute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "laws" / "test" / "statute"
    folder.mkdir(parents=True)
    (folder / "law.yaml").write_text(LAW, "utf-8")
    monkeypatch.setenv("FORTHWITH_LAWS", f'["{tmp_path / "laws"}"]')
    settings.cache_clear()
    yield folder / "law.yaml"
    settings.cache_clear()


def test_a_changed_law_shows_its_lines_and_reopens_what_was_decided(
    session: Session, incident: Incident, statute: Path
) -> None:
    stated(session, incident)
    first = run(session, incident, actor="ana")
    assert first.changed_laws == []
    statute.write_text(LAW.replace("days: 30", "days: 20"), "utf-8")
    (found,) = run(session, incident, actor="ana").changed_laws
    assert found["law"] == "test-statute"
    assert found["from"] == first.laws["test-statute"] != found["to"]
    assert [line[:1] for line in found["lines"]] == ["-", "+"]
    assert "days: 20" in found["lines"][1]
    entry = session.exec(select(Entry).where(Entry.verb == "assessed").order_by(Entry.seq.desc())).first()  # type: ignore[attr-defined]
    assert "another record now: test-statute" in entry.text
    assert entry.data["changed_laws"][0]["law"] == "test-statute"


def test_the_text_of_a_law_is_kept_once_and_never_changed(session: Session, incident: Incident, statute: Path) -> None:
    stated(session, incident)
    run(session, incident, actor="ana")
    run(session, incident, actor="ana")
    (kept,) = session.exec(select(LawText).where(LawText.law == "test-statute")).all()
    assert kept.text == LAW
    assert recording.difference(session, kept.sha256, "0" * 64) == []
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("update law_text set text = 'another'"))


def test_of_an_earlier_day_only_what_was_stated_until_then_counts(session: Session, incident: Incident) -> None:
    state(session, incident, {"breach.cause": "hacking"}, by="ana")
    session.flush()
    between = clock.now()
    state(session, incident, {"breach.cause": "theft"}, by="ana")
    session.flush()
    then, now, before = (
        incident_facts(session, incident, moment).document.get("breach", {}).get("cause")
        for moment in (between, None, between - timedelta(days=1))
    )
    assert (then, now, before) == ("hacking", "theft", None)
