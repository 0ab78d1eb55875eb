"""The committed examples: made by the committed script, read whole, and merged to the people who are really there."""

import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from make_evidence import NOBODY, Made, leak, misdirected
from scoping_help import people_of
from sqlmodel import Session

from forthwith import scoping
from forthwith.scoping.reading import read
from models import Incident, Party, Refusal

pytestmark = pytest.mark.sweep

EXAMPLES = Path(__file__).parents[2] / "examples"
LEAK, MAIL = EXAMPLES / "support-processor-leak", EXAMPLES / "mis-sent-spreadsheet"
LOST, EXTRA = 0.007, 0.08  # of the true people


@pytest.fixture(scope="module")
def made() -> dict[str, Made]:
    return {file.name: file for file in [*leak(), misdirected()]}


def test_the_committed_files_are_what_the_script_makes(made: dict[str, Made], tmp_path: Path) -> None:
    for path in [*(LEAK / "evidence").iterdir(), *(MAIL / "evidence").iterdir()]:
        if path.suffix == ".parquet":  # its bytes depend on the library's version, its rows don't
            again = tmp_path / path.name
            again.write_bytes(made[path.name].data)
            assert read(path).sheets[0].frame.equals(read(again).sheets[0].frame)
        else:
            assert path.read_bytes() == made[path.name].data, path.name


def test_the_examples_are_small_and_every_listed_file_is_there() -> None:
    listed = [file for folder in (LEAK, MAIL) for file in scoping.evidence_of(folder)]
    assert sum(file.path.stat().st_size for file in listed) < 3_000_000
    assert [file.party_code for file in listed] == ["nordwind", "brightmere", "lakeshore", "lakeshore", None]
    for folder in (LEAK, MAIL):
        stated = yaml.load((folder / "incident.yaml").read_text("utf-8"), yaml.CSafeLoader)
        assert {file.party_code for file in scoping.evidence_of(folder)} - {None} <= {
            p["code"] for p in stated.get("parties", [])
        }
        assert stated["drill"] is True


def test_there_are_ten_thousand_people_in_six_countries(made: dict[str, Made]) -> None:
    files = [file for file in made.values() if file.name != "termine.xlsx"]
    assert len({person for file in files for person in file.truth} - {NOBODY}) == 10_000
    for file in files:
        assert read(LEAK / "evidence" / file.name).rows_in == len(file.truth)


NUMBERS = {"Kundennummer", "Customer ID", "customer.id", "user_id"}


def truth_of(made: dict[str, Made]) -> dict[tuple[str, int], str]:
    """Return which person each row of the leak is."""
    return {(name, row): person for name, row, person in rows_of_truth(made) if name != "termine.xlsx"}


def load_all(session: Session, incident: Incident, *, numbers: bool) -> list[scoping.LoadReport]:
    """Load the four sources, with their customer numbers or without."""
    parties: dict[str, Party] = {}
    for entry in yaml.load((LEAK / "incident.yaml").read_text("utf-8"), yaml.CSafeLoader)["parties"]:
        parties[entry["code"]] = Party(name=entry["name"], code=entry["code"])
    session.add_all(parties.values())
    session.flush()
    reports = []
    for file in scoping.evidence_of(LEAK):
        heads = {column["column"] for column in scoping.preview(session, file.path).columns}
        blind = {} if numbers else dict.fromkeys(NUMBERS & heads, "other")
        owner = parties[file.party_code or ""]
        reports.append(scoping.load(session, incident, [file.path], actor="rita", party=owner, columns=blind))
    return reports


def measured(
    session: Session, incident: Incident, truth: dict[tuple[str, int], str]
) -> tuple[set[str], int, dict[str, Counter[str]]]:
    """Return the true people who are nobody's main person, the clusters beyond one each, and all clusters."""
    clusters: dict[str, Counter[str]] = defaultdict(Counter)
    for link in scoping.links(session, incident):
        if link["person_id"]:
            clusters[link["person_id"]][truth[(link["source"], link["row"])]] += 1
    main = Counter(counted.most_common(1)[0][0] for counted in clusters.values())
    everybody = set(truth.values()) - {NOBODY}
    return everybody - set(main), len(clusters) - len(set(main)), clusters


@pytest.mark.slow
def test_everybody_of_the_example_is_found_once(session: Session, incident: Incident, made: dict[str, Made]) -> None:
    reports = load_all(session, incident, numbers=True)
    truth = truth_of(made)
    links = {(link["source"], link["row"]): link for link in scoping.links(session, incident)}
    assert set(links) == set(truth)
    aside = {place for place, link in links.items() if not link["person_id"]}
    assert aside == {place for place, person in truth.items() if person == NOBODY}
    lost, extra, clusters = measured(session, incident, truth)
    assert len(lost) <= LOST * 10_000
    assert extra <= EXTRA * 10_000
    assert len(clusters) == reports[-1].people
    print(f"\n{len(clusters)} people found, {len(lost)} lost, {extra} twice; {len(aside)} rows are nobody's")
    check_places(session, incident, clusters)


@pytest.mark.slow
def test_without_customer_numbers_still_nobody_is_lost(
    session: Session, incident: Incident, made: dict[str, Made]
) -> None:
    load_all(session, incident, numbers=False)
    lost, extra, _ = measured(session, incident, truth_of(made))
    print(f"without customer numbers: {len(lost)} lost, {extra} twice")
    assert len(lost) <= LOST * 10_000
    assert extra <= EXTRA * 10_000


def check_places(session: Session, incident: Incident, clusters: dict[str, Counter[str]]) -> None:
    """Where a home is known, it is right for 999 of 1,000; elements and ages add up."""
    from make_evidence import Maker

    maker = Maker(20261116)
    maker.populate()
    home = {str(person.number): person for person in maker.people}
    people = {str(person.id): person for person, _ in people_of(session, incident)}
    countries = [
        people[key].country == home[counted.most_common(1)[0][0]].country
        for key, counted in clusters.items()
        if people[key].country != "unknown"
    ]
    assert sum(countries) >= 0.999 * len(countries)
    states = [
        people[key].jurisdiction == home[counted.most_common(1)[0][0]].place
        for key, counted in clusters.items()
        if "-" in people[key].jurisdiction
    ]
    assert sum(states) >= 0.999 * len(states)
    shown = scoping.overview(session, incident)
    assert sum(shown["age_classes"].values()) == shown["people"]
    assert shown["unreachable"] > 0
    assert {"credentials_hashed", "communications_content", "contact", "name"} <= set(shown["elements"])


def test_the_mis_sent_spreadsheet_has_three_patients_one_of_them_a_child(session: Session, incident: Incident) -> None:
    (file,) = scoping.evidence_of(MAIL)
    report = scoping.load(session, incident, [file.path], actor="rita", kind=file.kind)
    people = people_of(session, incident)
    assert (report.people, report.rows_quarantined) == (3, 0)
    assert [(p.jurisdiction, p.kind, p.language) for p, _ in people] == [("DE", "patient", "de")] * 3
    assert [p.age_class for p, _ in people] == ["elderly", "adult", "child"]
    assert people[2][1].guardian == "Katrin Schäfer"
    assert all({"medical", "health_insurance"} <= set(p.elements) for p, _ in people)
    assert [p.channels for p, _ in people] == [
        ["email", "sms", "voice", "letter"],
        ["sms", "voice", "letter"],
        ["email", "letter"],
    ]


@pytest.mark.parametrize("text", ["", "evidence: {a: b}\n", "evidence:\n  - party: x\n", "a: [\n", "- x\n"])
def test_an_incident_file_without_a_list_of_files_is_refused_or_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "incident.yaml").write_text(text)
    with pytest.raises(Refusal):
        scoping.evidence_of(tmp_path)


def test_a_missing_incident_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        scoping.evidence_of(tmp_path / "incident.yaml")


def rows_of_truth(made: dict[str, Made]) -> Iterator[tuple[str, int, Any]]:
    for file in made.values():
        yield from ((file.name, row, person) for row, person in enumerate(file.truth))


def test_the_truth_is_written_on_demand_and_not_kept_here(made: dict[str, Made], tmp_path: Path) -> None:
    import subprocess
    import sys

    out = tmp_path / "truth.csv"
    subprocess.run([sys.executable, str(EXAMPLES / "make_evidence.py"), str(tmp_path), "--truth", str(out)], check=True)
    with out.open(newline="") as file:
        written = [(row["source"], int(row["row"]), row["person"]) for row in csv.DictReader(file)]
    assert written == [entry for entry in rows_of_truth(made) if entry[0] != "termine.xlsx"]
    assert not list(EXAMPLES.rglob("*truth*"))
    assert (
        hashlib.sha256((tmp_path / LEAK.name / "evidence" / "nordwind_kunden.csv").read_bytes()).hexdigest()
        == hashlib.sha256(made["nordwind_kunden.csv"].data).hexdigest()
    )
