"""Seven sources tell of people whom we know; what the load makes of them is held against the truth, and printed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.evidence import DAY, NOBODY, SOURCES, Evidence, made
from fakes.evidence.scoring import Score, exposed, score
from fakes.evidence.sources import BIT
from sqlalchemy import Engine
from sqlmodel import Session

from forthwith import clock, keys, scoping
from forthwith.scoping import FileReport
from models import Incident, Party, new_id

pytestmark = pytest.mark.slow

ROWS, SEED = 4_000, 20261121
LOST, TWICE = 0.004, 0.05  # of the people; in evidence of which a part of the rows has nothing to be known again by
RIGHT = 0.999
JUNK = {"ssn", "gov_id_other", "tax_id", "contact"}  # what a cell that only holds a place may still claim


class Loaded:
    """The evidence, loaded once for all tests of this file."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.evidence: Evidence = made(folder, ROWS, SEED)
        self.session, key = session, new_id()
        wrapped = keys.new_data_key(key)
        self.incident = Incident(id=key, ref="2026-077", title="A drill", opened_by="ana", wrapped_key=wrapped)
        session.add(self.incident)
        session.flush()
        self.parties = {name: Party(name=name, code=name) for name in ("shop", "nordwind", "lakeshore")}
        session.add_all(self.parties.values())
        session.flush()
        self.files = self.load()
        self.links = {(link["source"], link["row"]): link for link in scoping.links(session, self.incident)}
        self.lines = {line["person_id"]: line for line in scoping.people_lines(session, self.incident)}
        self.score: Score = score(self.evidence, self.links.values())

    def load(self) -> list[FileReport]:
        """Load each party's files, as they come in."""
        reports: list[FileReport] = []
        for party in ("", *self.parties):
            paths = [self.evidence.folder / source.name for source in SOURCES if source.party == party]
            owner = self.parties.get(party)
            reports += scoping.load(self.session, self.incident, paths, actor="ana", party=owner).files
        return reports


@pytest.fixture(scope="module")
def loaded(rolled_back: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    november = clock.frozen(datetime(DAY.year, DAY.month, DAY.day, 10, tzinfo=UTC))
    with november, rolled_back.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield Loaded(session, tmp_path_factory.mktemp("evidence"))
        outer.rollback()


def test_nobody_is_lost_and_few_are_there_twice(loaded: Loaded) -> None:
    found = loaded.score
    print(f"\n{len(loaded.links):,} rows, {found.people:,} people, {found.clusters:,} found")
    print(f"{'':34}{'people':>8}{'lost':>8}{'twice':>8}")
    for name, people, lost, twice in found.table(loaded.evidence.humans):
        print(f"{name:34}{people:8,}{lost:8,}{twice:8,}")
    assert len(found.lost) <= LOST * found.people
    assert found.extra <= TWICE * found.people


def test_every_row_is_somebodys_or_set_aside_and_none_is_wrong(loaded: Loaded) -> None:
    for file in loaded.files:
        whose = loaded.evidence.whose[file.name]
        assert (file.rows_in, file.rows_quarantined) == (len(whose), sum(number == NOBODY for number in whose))
        assert file.rows_in == file.rows_loaded + file.rows_quarantined
    assert len(loaded.links) == loaded.evidence.rows
    assert (loaded.score.wrongly_aside, loaded.score.wrongly_in) == (0, 0)


def test_the_country_is_right_and_so_are_states_and_provinces(loaded: Loaded) -> None:
    homes = [(loaded.lines[person], human) for person, human in loaded.score.main.items()]
    stated = [(line, human) for line, human in homes if line["country"] != "unknown"]
    right = sum(line["country"] == human.country.code for line, human in stated)
    assert right >= RIGHT * len(stated)
    assert len(stated) >= 0.95 * len(homes)
    parts = [(line, human) for line, human in stated if "-" in line["jurisdiction"]]
    fixed = [(line, human) for line, human in parts if not human.old_home]  # who moved lives where the surest row says
    assert sum(line["jurisdiction"] == human.jurisdiction for line, human in fixed) >= RIGHT * len(fixed)
    assert len(parts) >= 0.8 * sum(human.country.code in ("US", "CA") for _, human in stated)
    print(f"\n{right:,} of {len(stated):,} countries right, {len(parts):,} states or provinces known")


def test_minors_are_known_where_a_row_tells_their_age(loaded: Loaded) -> None:
    known = [
        (loaded.lines[person], human)
        for person, human in loaded.score.main.items()
        if loaded.lines[person]["age_class"] != "unknown" and person in loaded.score.pure
    ]
    assert sum((line["age_class"] == "child") == human.minor for line, human in known) >= RIGHT * len(known)
    minors = sum(human.minor for _, human in known)
    assert minors >= 100
    print(f"\n{minors:,} minors seen, of {len(known):,} people whose age is known")


def test_whoever_is_linked_whole_has_exactly_the_elements_that_the_files_expose(loaded: Loaded) -> None:
    whole = {person: (set(loaded.lines[person]["elements"]), human) for person, human in loaded.score.whole.items()}
    missing = [human for told, human in whole.values() if set(exposed(human)) - told]
    assert missing == []
    over = [told - set(exposed(human)) for told, human in whole.values()]
    assert set().union(*over) <= JUNK & set(BIT)
    # a placeholder (`N/A`) in a column of social security numbers counts as one
    assert sum(map(bool, over)) <= 0.03 * len(whole)
    assert len(whole) >= 0.85 * loaded.score.people


def test_loading_the_same_files_again_changes_nothing(loaded: Loaded) -> None:
    before = loaded.incident.scope_version
    again = loaded.load()
    assert all(file.already_loaded for file in again)
    assert list(scoping.links(loaded.session, loaded.incident)) == list(loaded.links.values())
    assert {line["person_id"]: line for line in scoping.people_lines(loaded.session, loaded.incident)} == loaded.lines
    assert loaded.incident.scope_version == before


def test_the_same_seed_makes_the_same_evidence(tmp_path: Path) -> None:
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        folder.mkdir()
    one, other = (made(folder, 300, 7) for folder in folders)
    assert one.whose == other.whose
    for path in one.paths:
        assert path.read_bytes() == (other.folder / path.name).read_bytes(), path.name
    assert made(tmp_path, 300, 8).whose != one.whose
