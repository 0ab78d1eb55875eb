"""The page for legal says what the records say, and nothing else."""

from pathlib import Path

import pytest

from forthwith.assessment import library, overview, reference, spoken
from forthwith.cli import law as command

pytestmark = pytest.mark.sweep

FOLDER = Path(library.LAWS).parent / "docs" / "legal"
PAGES = reference.pages()


def test_the_pages_in_the_documentation_are_those_that_the_records_give() -> None:
    here = {"laws.md": (FOLDER / "laws.md").read_text("utf-8")}
    here |= {f"laws/{path.name}": path.read_text("utf-8") for path in (FOLDER / "laws").iterdir()}
    stale = sorted(name for name in here.keys() | PAGES.keys() if here.get(name) != PAGES.get(name))
    assert stale == [], "run: forthwith law list --markdown --out docs/legal"


def test_the_command_prints_the_overview_and_writes_the_pages(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command.list_(markdown=True)
    assert capsys.readouterr().out == overview.markdown()
    (tmp_path / "laws").mkdir()
    (tmp_path / "laws" / "atlantis.md").write_text("a law that is gone")
    command.list_(markdown=True, out=tmp_path)
    assert {f"laws/{path.name}" for path in (tmp_path / "laws").iterdir()} == PAGES.keys() - {"laws.md"}


def test_the_overview_counts_what_is_verified_and_leads_to_each_page() -> None:
    found = overview.counts()
    laws = [loaded.law for loaded in library.all_laws()]
    assert sum(found["records"].values()) == len(laws)
    assert sum(found["clauses"].values()) == sum(len(law.clauses()) for law in laws)
    for law in laws:
        assert f"[{law.id}](laws/{law.jurisdiction.lower()}.md)" in PAGES["laws.md"]
        assert f"laws/{law.jurisdiction.lower()}.md" in PAGES


@pytest.mark.parametrize("loaded", library.all_laws(), ids=lambda one: one.law.id)
def test_a_page_shows_every_clause_with_its_citation_and_all_that_was_not_read(loaded: library.Loaded) -> None:
    law = loaded.law
    page = PAGES[f"laws/{law.jurisdiction.lower()}.md"]
    assert f"## {law.id}: {law.title}" in page
    for path, clause in law.clauses():
        assert clause.citation in page, path
    assert all(f"### Duty: {duty.id.replace('_', ' ')}\n" in page for duty in law.duties)
    assert all(f"- `{path}`: {clause.citation}" in page for path, clause in overview.unread(law))
    assert all(text in page for text in [*law.from_memory, *(one.text for one in law.unmodelled), *law.sources])
    assert all(page.count(f"`{key}`: {to.name}") for key, to in law.recipients.items())


@pytest.mark.parametrize("loaded", library.all_laws(), ids=lambda one: one.law.id)
def test_every_condition_is_a_sentence_that_names_what_it_asks(loaded: library.Loaded) -> None:
    for where, condition in library.conditions(loaded.law):
        said = spoken.condition(condition)
        assert said, where
        assert "None" not in said, where
        for one in condition.walk():
            assert (one.fact or "") in said, where
            assert all(code in said for code in (one.elements.codes() if one.elements else [])), where
            assert all(f"{bound:,g}" in said for _, bound in (one.count or one).bounds()), where


def test_a_record_is_verified_only_if_nothing_in_it_comes_from_memory() -> None:
    for law in (loaded.law for loaded in library.all_laws()):
        clean = law.verified is True and law.status != "stub" and not law.from_memory and not overview.unread(law)
        assert (overview.standing(law) == "verified") is clean, law.id


def test_a_record_that_nobody_read_is_unverified_in_all_its_clauses() -> None:
    law = library.load(library.LAWS / "us" / "ca" / "law.yaml").law
    rumour = law.model_copy(update={"verified": False})
    assert overview.standing(rumour) == "unverified"
    assert len(overview.unread(rumour)) == sum(not clause.verified for _, clause in law.clauses())


def test_what_each_us_and_world_record_has_not_read_at_a_source() -> None:
    unread = {
        loaded.law.id: {path for path, _ in overview.unread(loaded.law)}
        for loaded in library.all_laws()
        if loaded.law.id.startswith(("us-", "au.", "nz.", "ca.", "sg.", "jp."))
    }
    assert unread["us-ca"] == {"exits.good_faith"}
    assert unread["us-tx"] == set()
    assert unread["us-il"] >= {"duties.attorney_general_hipaa", "duties.attorney_general_hipaa.clocks.0"}
    assert unread["us-wa"] == {"definitions.medium", "exits.good_faith"}
    assert unread["jp.appi"] >= {"duties.preliminary.clocks.0", "duties.final.clocks.0"}
    assert unread["nz.privacy2020"] >= {"exits.under_16", "duties.commissioner.clocks.1"}
