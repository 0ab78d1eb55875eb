"""The page for legal says what the records say, and nothing else."""

from pathlib import Path

import pytest

from forthwith.assessment import library, overview
from forthwith.cli import law as command

PAGE = Path(library.LAWS).parent / "docs" / "legal" / "laws.md"


def test_the_page_in_the_documentation_is_the_one_that_the_records_give() -> None:
    assert PAGE.read_text() == overview.markdown(), "run: forthwith law list --markdown > docs/legal/laws.md"


def test_the_command_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    command.list_(markdown=True)
    assert capsys.readouterr().out == overview.markdown()


def test_the_page_names_every_record_every_duty_and_every_clause_that_nobody_read() -> None:
    page = overview.markdown()
    for loaded in library.all_laws():
        law = loaded.law
        assert f"**{law.id}**" in page
        assert all(duty.id in page for duty in law.duties)
        assert all(f"- `{path}`: {clause.citation}" in page for path, clause in overview.unread(law))
        assert all(text in page for text in [*law.from_memory, *(one.text for one in law.unmodelled)])


def test_a_record_is_verified_only_if_nothing_in_it_comes_from_memory() -> None:
    for law in (loaded.law for loaded in library.all_laws()):
        clean = law.verified and not law.from_memory and not overview.unread(law)
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
