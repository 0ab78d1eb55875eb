import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import laws
from forthwith.detection.vocabulary import CAUSES, NAMES
from forthwith.drafting import wording
from forthwith.drafting.filing import FIELDS, field_words
from forthwith.filling.labels import TEMPLATES, labels, languages, layout
from models import Audience, Medium

pytestmark = pytest.mark.sweep

LAWS = Path(laws.__file__).parent
VOCABULARY: dict[str, Any] = yaml.load((LAWS / "vocabulary.yaml").read_text(), yaml.CSafeLoader)
RECORDS = sorted(LAWS.rglob("law.yaml"))
LANGUAGES = languages()
FOR_PEOPLE = {"individuals", "public", "media"}


@cache
def document(record: Path) -> dict[str, Any]:
    """Return a record as it is written; each is looked at many times, and read once."""
    return yaml.load(record.read_text("utf-8"), yaml.CSafeLoader)


def shape(value: Any) -> Any:
    """Return the keys of nested labels, and what a text leaves open."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return sorted(re.findall(r"\{\w*\}", value)) if isinstance(value, str) else type(value).__name__


def demanded(record: Path, audiences: set[str]) -> set[tuple[str, str]]:
    """Return what a record requires of notices to some audiences: (duty, code)."""
    found = set()
    for duty in document(record).get("duties", []):
        if duty["audience"] in audiences:
            for entry in (duty.get("content") or {}).get("require") or []:
                found.add((duty["id"], entry if isinstance(entry, str) else entry["code"]))
    return found


@cache
def block_codes(language: str) -> set[str]:
    return {code for section in layout("notices")["sections"] for code in wording.blocks(language, section)}


def test_there_are_laws_to_write_for() -> None:
    assert len(RECORDS) > 5


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.parent.relative_to(LAWS).as_posix())
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_that_a_law_requires_for_people_has_a_block(record: Path, language: str) -> None:
    lacking = {one for one in demanded(record, FOR_PEOPLE) if one[1] not in block_codes(language)}
    assert not lacking


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.parent.relative_to(LAWS).as_posix())
def test_no_law_forbids_what_it_requires_itself(record: Path) -> None:
    table = layout("notices")["forbidden"]
    for duty in document(record).get("duties", []):
        content = duty.get("content") or {}
        forbidden = {entry if isinstance(entry, str) else entry["code"] for entry in content.get("forbid") or []}
        barred = forbidden | {code for one in forbidden for code in table.get(one, [])}
        required = {entry if isinstance(entry, str) else entry["code"] for entry in content.get("require") or []}
        assert not barred & required, duty["id"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.parent.relative_to(LAWS).as_posix())
def test_every_forbidden_code_is_known_to_the_words(record: Path) -> None:
    for duty in document(record).get("duties", []):
        for entry in (duty.get("content") or {}).get("forbid") or []:
            code = entry if isinstance(entry, str) else entry["code"]
            assert code in layout("notices")["forbidden"] or code in block_codes("en"), (duty["id"], code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_vocabulary_has_a_field_and_a_label_in_reports(language: str) -> None:
    fields = set(wording.template(FIELDS.format(language)).blocks)
    assert fields == set(VOCABULARY["content"])
    assert set(field_words(language)["fields"]) == set(VOCABULARY["content"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_block_for_people_is_a_code_of_the_vocabulary(language: str) -> None:
    assert block_codes(language) - {"closing"} <= set(VOCABULARY["content"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_element_of_the_vocabulary_has_words(language: str) -> None:
    assert set(labels(language)["elements"]) == set(VOCABULARY["elements"])


@pytest.mark.parametrize("section", ["opening", *layout("notices")["sections"]])
def test_the_languages_have_the_same_blocks_in_the_same_order(section: str) -> None:
    assert len({tuple(wording.blocks(language, section)) for language in LANGUAGES}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_languages_have_the_same_labels_with_the_same_open_places(language: str) -> None:
    theirs, ours = shape(labels(language)), shape(labels("en"))
    for one in (theirs, ours):
        one.pop("who"), one.pop("consequences")  # German needs one more form of the person, and no pronoun
    assert theirs == ours
    assert shape(field_words(language)) == shape(field_words("en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_languages_use_the_same_facts_in_each_block(language: str) -> None:
    for name in ("what_happened", "what_information", "what_we_are_doing", "what_you_can_do", "more_information"):
        theirs, ours = (facts_of(f"{one}/{name}.html") for one in (language, "en"))
        for code in ours:
            same = {"who.you" if fact == "who.of" else fact for fact in theirs[code]}  # one more form of the person
            assert same == ours[code], (name, code)


def facts_of(name: str) -> dict[str, set[str]]:
    """Return what each block of a file prints or asks."""
    source = (TEMPLATES / name).read_text("utf-8")
    found = re.findall(r"{% block (\w+) -?%}(.*?){%-? endblock %}", source, re.DOTALL)
    return {
        code: set(re.findall(r"\b(?:slot|org|offer|when|who|hold|authority|ftc)\.\w+", inner)) for code, inner in found
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", ["causes", "losses", "actors", "actors_who", "recipients", "measures", "misuse"])
def test_every_value_of_a_fact_has_its_sentence(language: str, table: str) -> None:
    facts = {
        "causes": "breach.cause", "losses": "breach.exfiltration", "actors": "breach.actor", "misuse": "breach.misuse",
        "actors_who": "breach.actor", "recipients": "breach.recipients", "measures": "breach.mitigations",
    }  # fmt: skip
    allowed = set(NAMES[facts[table]].words) - {"unknown"}
    assert allowed <= set(labels(language)[table])


def test_the_causes_are_those_of_the_facts_file() -> None:
    assert set(labels("en")["causes"]) == set(CAUSES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_family_has_words_for_what_follows_and_for_what_helps(language: str) -> None:
    families = set(layout("notices")["families"]) | {"other"}
    assert families - {"identity_document"} <= set(labels(language)["consequences"])  # identity theft says it
    assert families <= set(labels(language)["steps"])


def test_every_element_that_calls_for_words_is_in_the_vocabulary() -> None:
    table = layout("notices")
    named = {
        code
        for name in ("with_elements", "with_elements_us", "families")
        for codes in table[name].values()
        for code in codes
    }
    assert named <= set(VOCABULARY["elements"])


def test_every_exposed_element_has_a_family_or_the_common_advice() -> None:
    grouped = {code for codes in layout("notices")["families"].values() for code in codes}
    assert set(VOCABULARY["elements"]) <= grouped


def test_every_block_that_is_named_in_the_table_exists() -> None:
    table = layout("notices")
    named = {*table["always"], *table["with_elements"], *table["with_elements_us"], *table["covers"]}
    named |= {code for codes in table["covers"].values() for code in codes}
    assert named <= block_codes("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_have_a_title_and_first_words_for_every_audience(language: str) -> None:
    asked = set(map(str, Audience)) - {"individuals"}
    assert set(field_words(language)["titles"]) == asked
    assert set(field_words(language)["openings"]) == asked
    assert set(field_words(language)["media"]) == set(map(str, Medium))


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")) + sorted(TEMPLATES.rglob("*.txt")), ids=lambda p: p.name
)
def test_every_template_is_well_formed_and_only_prints_its_slots(path: Path) -> None:
    assert wording.template(path.relative_to(TEMPLATES).as_posix()).name


def test_public_bodies_have_all_that_a_law_asks_of_them() -> None:
    table = layout("contacts")
    for body in (*table["bureaus"], table["ftc"], *table["attorneys_general"].values()):
        assert set(body) == {"name", "phone", "address", "web"}
        assert re.fullmatch(r"1-\d{3}-\d{3}-\d{4}", body["phone"])
    assert [body["name"] for body in table["bureaus"]] == ["Equifax", "Experian", "TransUnion"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.parent.relative_to(LAWS).as_posix())
def test_where_a_law_asks_for_an_attorney_general_we_know_one(record: Path) -> None:
    codes = {code for _, code in demanded(record, FOR_PEOPLE)}
    jurisdiction = document(record)["jurisdiction"]
    asked = codes & {"attorney_general_contact", "state_federal_agency_contacts"}
    assert not asked or jurisdiction in layout("contacts")["attorneys_general"]
