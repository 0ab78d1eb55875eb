"""Records are checked when they are read: what is wrong is said in one line that names the file."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.law_of_nowhere import LAW

from forthwith.assessment import library, plain_yaml
from forthwith.settings import settings
from models import Refusal

WRONG = [
    (("citation: § 1(b)\n  says", "says"), "a clause without citation"),
    (("    citation: § 1(c)\n", ""), "exits.0.citation: a clause without citation"),
    (("- {citation: § 2, with_duty", "- {with_duty"), "a clause without citation"),
    (("citation: ZZ Code § 1\n", ""), "a clause without citation"),
    (("citation: § 1(b)", "citation: ''"), "citation"),
    (("all_of: [name]", "all_of: [nmae]"), "unknown element code nmae"),
    (("forbid: [number_of_residents]", "forbid: [numbers]"), "unknown content code numbers"),
    (("code: cra_contacts", "code: cra_phone"), "unknown content code cra_phone"),
    (("fact: breach.event.acquired", "fact: breach.event.aquired"), "unknown fact breach.event.aquired"),
    (("fact: clocks.individuals_notified_at", "fact: clocks.someday"), "unknown fact clocks.someday"),
    (("{judge: harm, is: no_harm_likely}", "{judge: harm, is: none}"), "harm has no value none"),
    (("{judge: harm, consulted", "{judge: hurt, consulted"), "no judgement is called hurt"),
    (("zone: America/New_York", "zone: America/Nowhere"), "unknown time zone"),
    (("calendar: us\n", "calendar: mars\n"), "no calendar is called mars"),
    (("territory: [US-ZZ]", "territory: [Texas]"), "unknown place Texas"),
    (("waives: [individuals]", "waives: [people]"), "no duty is called people"),
    (("with_duty: individuals", "with_duty: owner"), "must stand before it"),
    (("    follows: individuals\n    sequence: not", "    follows: sample\n    sequence: not"), "must stand before it"),
    (("- id: owner\n", "- id: sample\n"), "the id sample stands twice"),
    (("audience: owner", "audience: everybody"), "audience"),
    (("medium: letter", "medium: pigeon"), "medium"),
    (("days: 30,", "days: 30, hours: 2,"), "exactly one of"),
    (("days: 30,", ""), "exactly one of"),
    (("verified: true", "verified: perhaps"), "verified"),
    (("checked: \"2026-11-21\"", "checked: soon"), "checked"),
    (("title: A law of nowhere", "titel: A law of nowhere"), "title"),
    (("when: {always: true}", "when: {python: os}"), "exactly one operator|extra"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "why"), WRONG, ids=[f"{n}: {why}" for n, (_, why) in enumerate(WRONG)])
def test_a_faulty_record_is_refused_with_one_line_that_names_the_file(
    law: Callable[..., Any], change: tuple[str, str], why: str
) -> None:
    with pytest.raises(Refusal, match=why) as refused:
        law(change)
    assert refused.value.what.startswith("us/zz/law.yaml: ")
    assert "\n" not in refused.value.what


def test_the_law_of_nowhere_is_sound_as_it_stands(law: Callable[..., Any]) -> None:
    assert law().law.id == "us-zz"


@pytest.mark.parametrize(
    "definitions",
    ["{a: {citation: § 1, when: {defined: a}}}",
     "{a: {citation: § 1, when: {defined: b}}, b: {citation: § 1, when: {not: {all: [{defined: a}]}}}}"],
)  # fmt: skip
def test_a_definition_that_needs_itself_is_refused(law: Callable[..., Any], definitions: str) -> None:
    with pytest.raises(Refusal, match="needs itself"):
        law(("judgements:\n", f"definitions: {definitions}\njudgements:\n"))


def test_a_judgement_that_presumes_itself_is_refused(law: Callable[..., Any]) -> None:
    own = "presumptions: [{value: harm_likely, citation: § 1, when: {judge: harm, is: harm_likely}}]"
    with pytest.raises(Refusal, match="judgement harm needs itself"):
        law(("values: [no_harm_likely, harm_likely]}", f"values: [no_harm_likely, harm_likely], {own}}}"))


def test_every_record_on_disk_is_sound_and_in_the_folder_that_its_id_names() -> None:
    found = library.all_laws()
    assert len(found) == len(library.paths()) >= 5
    assert {"eu.gdpr", "uk.gdpr", "ch.fadp", "contracts.click-and-resolve"} <= {one.law.id for one in found}


def test_every_clause_on_disk_is_cited_and_every_recipient_of_the_gdpr_is_known() -> None:
    gdpr = next(one.law for one in library.all_laws() if one.law.id == "eu.gdpr")
    seats = {to.jurisdiction for to in gdpr.recipients.values()}
    assert seats == library.vocabulary().regions["EEA"]
    for one in library.all_laws():
        assert all(clause.citation.strip() for _, clause in one.law.clauses())


@pytest.fixture
def own_laws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a user's own duties."""
    monkeypatch.setenv("FORTHWITH_LAWS", f'["{tmp_path.as_posix()}"]')
    settings.cache_clear()
    yield tmp_path
    monkeypatch.delenv("FORTHWITH_LAWS")
    settings.cache_clear()


def put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "law.yaml").write_text(text)
    return folder / "law.yaml"


def test_a_users_own_folder_is_read_beside_ours(own_laws: Path) -> None:
    put(own_laws / "us" / "zz", LAW)
    assert "us-zz" in {one.law.id for one in library.all_laws()}


def test_a_record_in_another_folder_than_its_id_names_is_refused(own_laws: Path) -> None:
    put(own_laws / "us" / "yy", LAW)
    with pytest.raises(Refusal, match="belongs in us/zz"):
        library.all_laws()


def test_a_changed_file_is_read_again(own_laws: Path) -> None:
    path = put(own_laws / "us" / "zz", LAW)
    before = library.load(path)
    path.write_text(LAW.replace("A law of nowhere", "The amended law of nowhere"))
    os.utime(path, ns=(1, 1))
    after = library.load(path)
    assert after.law.title == "The amended law of nowhere"
    assert after.sha256 != before.sha256


def test_the_vocabulary_is_one_and_refers_only_to_itself() -> None:
    words = library.vocabulary()
    for code, kinds in [*words.is_a.items(), *words.may_be.items()]:
        assert kinds <= set(words.elements), code
    assert not set(words.elements) & set(words.content) - {"location"}
    facts = library.known_facts()
    assert all(f"clocks.{name}" in facts for assumed in words.start_events.values() for name in assumed)
    assert all(fact.ask.endswith("?") for fact in facts.values())


def test_every_code_of_every_law_has_words_in_the_vocabulary() -> None:
    for one in library.all_laws():
        for duty in one.law.duties:
            assert set(duty.content.codes() if duty.content else []) <= set(library.vocabulary().content)


def test_the_readme_names_every_key_of_the_schema() -> None:
    from models.law import Clock, Condition, Duty, Exit, Law, Substitute

    text = (library.LAWS / "README.md").read_text()
    names = {
        field.alias or name
        for model in (Law, Duty, Clock, Exit, Condition, Substitute)
        for name, field in model.model_fields.items()
    }
    assert not {name for name in names if name not in text}


def test_the_records_are_plain_data_that_our_reader_takes() -> None:
    for path in library.paths():
        assert isinstance(plain_yaml.read_file(path), dict)
