"""An incident file is read as people mean it; what is wrong in it is named, and nothing is half opened."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from forthwith import clock
from forthwith.detection import open_from_file
from forthwith.detection.files import load_yaml, parse, read
from forthwith.timeline.export import entries
from forthwith.timeline.known import latest
from models import Incident, IncidentRole, Party, Refusal

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
WHOLE = """
title: Support desk export copied
drill: true
own_duties: [contracts.click-and-resolve]
clocks:
  detected_at: 2026-11-18T07:40:00Z
  aware_at: -P2DT3H
  occurred_from: 2026-11-15
facts:
  entity: {name: Example Ltd, role: processor, home: US-WI, establishments: [NO, IE], regimes: [], acts_for: []}
  clocks: {aware_at: 2020-01-01, contained_at: 2026-11-18T09:00:00+01:00, regulators_notified_at: {hhs_secretary: no}}
  breach:
    properties: [confidentiality]
    cause: phishing
    event: {accessed: yes, acquired: no, used: unknown}
    protection: {unintelligible: no, standards: []}
    law_enforcement_hold: {}
  answers: {us-fl.harm: {value: no_harm_likely, consulted: [law_enforcement]}, eu.gdpr.risk: risk}
parties:
  - {name: Brightmere Retail Ltd, code: brightmere, role: controller, email: privacy@brightmere.example,
     postal: [1 High Street, Leeds], country: NO, language: no}
  - {name: Data Authority, code: dpa, role: authority, kind: authority}
evidence:
  - {file: evidence/customers.csv, party: brightmere}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "incident.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def opened(session: Session, tmp_path: Path) -> Incident:
    with clock.frozen(NOON):
        return open_from_file(session, read(written(tmp_path, WHOLE)), "ana")


def test_every_fact_of_a_file_is_stated_by_its_name(session: Session, opened: Incident) -> None:
    assert latest(session, opened) == {
        "own_duties": ["contracts.click-and-resolve"],
        "entity.name": "Example Ltd",
        "entity.role": "processor",
        "entity.home": "US-WI",
        "entity.establishments": ["NO", "IE"],
        "entity.regimes": [],
        "entity.acts_for": [],
        "clocks.detected_at": "2026-11-18T07:40:00Z",
        "clocks.aware_at": "2026-11-16T09:00:00Z",
        "clocks.occurred_from": "2026-11-15",
        "clocks.contained_at": "2026-11-18T08:00:00Z",
        "clocks.regulators_notified_at.hhs_secretary": "no",
        "breach.properties": ["confidentiality"],
        "breach.cause": "phishing",
        "breach.event.accessed": "yes",
        "breach.event.acquired": "no",
        "breach.event.used": "unknown",
        "breach.protection.unintelligible": "no",
        "breach.protection.standards": [],
        "answers.us-fl.harm": {"value": "no_harm_likely", "consulted": ["law_enforcement"]},
        "answers.eu.gdpr.risk": "risk",
    }


def test_the_incident_is_a_drill_and_knows_when_it_became_aware(opened: Incident) -> None:
    assert (opened.title, opened.drill) == ("Support desk export copied", True)
    assert opened.aware_at == datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def test_parties_are_made_with_their_roles(session: Session, opened: Incident) -> None:
    party = session.exec(select(Party).where(Party.code == "brightmere")).one()
    assert (party.country, party.language, party.postal) == ("NO", "no", ["1 High Street", "Leeds"])
    roles = session.exec(select(IncidentRole).where(IncidentRole.incident_id == opened.id)).all()
    assert sorted(role.role for role in roles) == ["authority", "controller"]


def test_a_party_that_is_known_is_found_again_and_never_overwritten(session: Session, tmp_path: Path) -> None:
    session.add(Party(name="Brightmere Retail Ltd", code="brightmere", email="dpo@brightmere.example"))
    session.flush()
    open_from_file(session, read(written(tmp_path, WHOLE)), "ana")
    [party] = session.exec(select(Party).where(Party.code == "brightmere")).all()
    assert party.email == "dpo@brightmere.example"


def test_a_file_may_be_opened_twice_as_two_incidents(session: Session, tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    first, second = (open_from_file(session, read(path), "ana") for _ in range(2))
    assert first.ref != second.ref
    assert len(session.exec(select(Party)).all()) == 2


def test_the_same_party_may_play_two_parts(session: Session) -> None:
    parts = "".join(f"- {{name: X, code: x, role: {role}}}\n" for role in ("controller", "owner", "owner"))
    incident = open_from_file(session, parse(load_yaml(f"title: A\nparties:\n{parts}", "f")), "ana")
    roles = session.exec(select(IncidentRole).where(IncidentRole.incident_id == incident.id)).all()
    assert sorted(role.role for role in roles) == ["controller", "owner"]


def test_the_timeline_tells_opening_facts_and_parts_without_a_party_s_name(session: Session, opened: Incident) -> None:
    rows = entries(session, opened)
    assert [row.verb for row in rows] == ["opened", "stated", "involved"]
    assert rows[-1].text == "2 parties involved: authority, controller."
    assert "Brightmere" not in " ".join(row.text + str(row.data) for row in rows)


def test_a_title_is_enough(session: Session) -> None:
    incident = open_from_file(session, parse({"title": "Laptop lost on a train"}), "ana")
    assert latest(session, incident) == {}


def test_evidence_is_named_and_not_read(tmp_path: Path) -> None:
    file = read(written(tmp_path, WHOLE))
    assert [(part.file, part.party, part.kind) for part in file.evidence] == [
        ("evidence/customers.csv", "brightmere", "customer")
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("drill: true\n", "incident.yaml: title: Field required"),
        ("title: A\nclock: {}\n", "incident.yaml: clock: "),
        ("title: A\nfacts: {people: []}\n", "incident.yaml: facts.people: "),
        ("title: A\nfacts: {breach: 7}\n", "incident.yaml: facts.breach: "),
        ("title: A\nparties: [{name: X, code: x, role: boss}]\n", "incident.yaml: parties.0.role: "),
        ("title: A\nparties: [{name: X, code: 'X Y', role: owner}]\n", "incident.yaml: parties.0.code: "),
        ("title: A\nparties: [{name: X, code: x, role: owner, phone: 1}]\n", "incident.yaml: parties.0.phone: "),
        ("title: A\nevidence: [{party: x}]\n", "incident.yaml: evidence.0.file: "),
        ("title: [A]\n", "incident.yaml: title: "),
        ("- title: A\n", "incident.yaml is not an incident file"),
        ("just words\n", "incident.yaml is not an incident file"),
        ("", "incident.yaml is not an incident file"),
        ("title: A\ntitle: B\n", "incident.yaml, line 2: a key stands twice"),
        ("title: &a A\ndrill: *a\n", "incident.yaml, line 2: references are not allowed"),
        ("title: 'A\n", "incident.yaml, line "),
        ("title: A\n\tdrill: true\n", "incident.yaml, line 2: "),
        ("title: !!python/object/apply:os.system [id]\n", "incident.yaml, line 1: "),
        ("title: A\nclocks: {detected_at: 2026-13-45}\n", "incident.yaml, "),
    ],
)
def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(written(tmp_path, text))
    assert refused.value.what.startswith(told)
    assert "\n" not in refused.value.what


def test_a_wrong_file_is_not_repeated_in_the_refusal(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read(written(tmp_path, "title: A\nparties: [{name: Ada Lovelace, code: ada@example.com, role: owner}]\n"))
    assert "ada" not in str(refused.value).lower()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("title: A\nfacts: {breach: {cause: fishing}}\n", "breach.cause"),
        ("title: A\nclocks: {aware_at: 2026-11-18 07:40:00}\n", "clocks.aware_at"),
        ("title: A\nfacts: {breach: {event: {seen: yes}}}\n", "breach.event.seen"),
        ("title: A\nown_duties: ['../x']\n", "own_duties"),
    ],
)
def test_a_wrong_fact_is_refused_by_its_name(session: Session, tmp_path: Path, text: str, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        open_from_file(session, read(written(tmp_path, text)), "ana")
    assert name in refused.value.what


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"title: \xe4\n", b"\x00"])
def test_what_is_not_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "incident.yaml"
    path.write_bytes(content)
    with pytest.raises(Refusal):
        read(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "incident.yaml"
    path.write_bytes(b"\xef\xbb\xbftitle: A\n")
    assert read(path).title == "A"


def test_a_file_that_is_not_there_or_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"absent.yaml can't be read"):
        read(tmp_path / "absent.yaml")
    with pytest.raises(Refusal, match="larger than a megabyte"):
        read(written(tmp_path, "title: A\n#" + "x" * 1_000_000))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a: yes", "yes"), ("a: no", "no"), ("a: NO", "NO"), ("a: on", "on"), ("a: off", "off"), ("a: y", "y"),
        ("a: true", True), ("a: False", False), ("a: 7", 7), ("a: null", None), ("a: ~", None),
        ("a: 2026-11-15T07:40:00Z", datetime(2026, 11, 15, 7, 40, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_yaml_is_read_as_people_mean_it(text: str, meant: object) -> None:
    assert load_yaml(text, "f") == {"a": meant}


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader_otherwise_than_by_a_refusal(text: str) -> None:
    with suppress(Refusal):
        assert parse(load_yaml(text, "f"), "f").title


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(Refusal):
        load_yaml("[" * 1200, "f")
