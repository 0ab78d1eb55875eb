"""Whatever arrives, in whatever order: every row is accounted for, everybody keeps their id, nobody is two ages."""

import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoping_help import people_of
from sqlalchemy import text
from sqlmodel import Session, select

from forthwith import keys, scoping
from forthwith.scoping import work
from models import Evidence, Incident, Person, PersonSource, new_id

FIRST, LAST = ("Ana", "Anna", "Ben", "A", "", "n/a"), ("Ruiz", "Weber", "Rviz", "")
EMAIL, PHONE = (
    ("a@example.com", "b@example.org", "noreply@example.com", "x", ""),
    ("0171 3920011", "030 23125123", "0000", ""),
)
BORN, LAND = ("1980-01-01", "1990-02-02", "soon", ""), ("DE", "France", "")
rows = st.tuples(*[st.sampled_from(values) for values in (FIRST, LAST, EMAIL, PHONE, BORN, LAND)])
HEAD = "First Name,Last Name,Email,Phone,Date of Birth,Country"


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(loads=st.lists(st.lists(rows, min_size=1, max_size=8), min_size=1, max_size=4))
def test_any_sequence_of_loads_adds_up(session: Session, tmp_path: Path, loads: list[list[tuple[str, ...]]]) -> None:
    key = new_id()
    incident = Incident(id=key, ref=f"x-{uuid.uuid4()}", title="t", opened_by="a", wrapped_key=keys.new_data_key(key))
    session.add(incident)
    session.flush()
    known: dict[uuid.UUID, int] = {}
    for number, body in enumerate(loads):
        path = tmp_path / f"{uuid.uuid4()}.csv"
        path.write_text("\n".join([HEAD, *[",".join(row) for row in body], f"Load,{number},,,,"]) + "\n")
        report = scoping.load(session, incident, [path], actor="ana")
        people = people_of(session, incident)
        numbers = {person.id: person.number for person, _ in people}
        assert report.people == len(people)
        kept = set(known) & set(numbers)
        assert {key: known[key] for key in kept} == {key: numbers[key] for key in kept}
        assert len(set(known) - kept) == report.people_joined
        known = numbers
    for evidence in session.exec(select(Evidence).where(Evidence.incident_id == incident.id)):
        assert evidence.rows_in == evidence.rows_loaded + evidence.rows_quarantined
    every = [(link["source"], link["row"]) for link in scoping.links(session, incident)]
    assert len(every) == len(set(every)) == sum(len(body) + 1 for body in loads)
    for _, record in people_of(session, incident):
        assert len({trait[6] for trait in record.seen} - {""}) <= 1
    counted = "select coalesce(sum(count), 0) from cohort where incident_id = :i"
    assert session.execute(text(counted), {"i": incident.id}).scalar_one() == len(known)


def test_it_does_not_matter_how_many_people_are_open_at_once(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [f"Ana,Ruiz{chr(97 + n) * 3},a{n}@example.com,,,DE" for n in range(7)]
    told = [f"Ana,Ruiz{chr(97 + n) * 3},a{n}@example.com,0171 392001{n},1980-01-0{n + 1},FR" for n in (6, 0, 3, 9, 8)]
    tie = ["Ben,Weber,b@example.com,,,DE", "Ben,Weber,c@example.com,,,DE"]
    found = []
    for at_once in (10_000, 3, 1):
        monkeypatch.setattr(work, "KNOWN_AT_ONCE", at_once)
        monkeypatch.setattr(work, "PEOPLE_AT_ONCE", at_once)
        key = new_id()
        incident = Incident(id=key, ref=f"x-{key}", title="t", opened_by="a", wrapped_key=keys.new_data_key(key))
        session.add(incident)
        for number, lines in enumerate(([*tie, *first], [*told, "Ben,Weber,b@example.com; c@example.com,,,"])):
            path = tmp_path / f"{at_once}-{number}.csv"
            path.write_text("\n".join([HEAD, *lines]))
            report = scoping.load(session, incident, [path], actor="ana")
        told_of = session.exec(select(PersonSource).where(PersonSource.incident_id == key)).all()
        numbers = {person.id: person.number for person, _ in people_of(session, incident)}
        found.append((
            (report.people_new, report.people_changed, report.people_joined, report.cohorts),
            [(p.number, p.country, p.age_class, p.moves, p.changes, r) for p, r in people_of(session, incident)],
            sorted((numbers[row.person_id], row.row, row.reason, tuple(row.elements)) for row in told_of),
        ))  # fmt: skip
    assert found[0] == found[1] == found[2]
    assert found[0][0][:3] == (2, 4, 1)


def test_everybody_is_there_after_a_thousand_rows_of_one_household_each(
    session: Session, incident: Incident, tmp_path: Path
) -> None:
    lines = ["Name,Email,Phone,Street,PLZ,Ort,Land"]
    for home in range(250):
        for name in ("Ana", "Ben", "Cora", "Dirk"):
            lines.append(
                f"{name} Familie{home},familie{home}@example.com,0171 39200{home % 100:02},Weg {home},04107,Leipzig,DE"
            )
    path = tmp_path / "homes.csv"
    path.write_text("\n".join(lines) + "\n")
    assert scoping.load(session, incident, [path], actor="ana").people == 1000


def test_a_load_of_another_incident_touches_nobody_here(session: Session, incident: Incident, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Name,Email\nAna Ruiz,a@example.com\n")
    scoping.load(session, incident, [path], actor="ana")
    before = session.execute(text("select id, sealed_sha256, cohort_id from person order by id")).all()
    key = new_id()
    other = Incident(id=key, ref="2026-002", title="t", opened_by="a", wrapped_key=keys.new_data_key(key))
    session.add(other)
    session.flush()
    scoping.load(session, other, [path], actor="ana")
    after = session.execute(
        text("select id, sealed_sha256, cohort_id from person where incident_id = :i order by id"), {"i": incident.id}
    )
    assert after.all() == before
    assert len(session.exec(select(Person)).all()) == 2
