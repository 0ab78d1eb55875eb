import re
from pathlib import Path
from typing import Any

import pytest
from fakes.noticed import FACTS

from forthwith.drafting.body import compose
from forthwith.drafting.contents import content
from forthwith.drafting.context import Speaker
from forthwith.drafting.grouping import Content, Group
from forthwith.drafting.known import ours
from forthwith.drafting.lint import HEDGES, NO_EVIDENCE, as_read
from forthwith.drafting.readability import english, german, score
from forthwith.filling import sms, tree
from forthwith.filling.content import SENTINEL, fill
from forthwith.filling.labels import TEMPLATES, labels, languages, layout
from forthwith.filling.letters import typeset
from models import Cohort, new_id

LANGUAGES = languages()
CODES = (
    "what_happened", "date_of_breach", "date_discovered", "data_types", "consequences", "measures_taken", "mitigation",
    "protective_steps", "vigilance_advice", "dpo_contact", "entity_contact", "complaint_rights", "remedies",
)  # fmt: skip


def group(
    elements: tuple[str, ...] = ("name", "contact"), *, trait: str = "adult", place: str = "DE", **content_: Any
) -> Group:
    cohort = Cohort(
        incident_id=new_id(), fingerprint="f", jurisdiction=place, country=place[:2], elements=list(elements), count=3
    )
    return Group("individuals", (), Content(**{"require": CODES, **content_}), trait, elements, (cohort,))


def facts(**changed: Any):  # type: ignore[no-untyped-def]
    return ours("2026-001", {**FACTS, **{name.replace("__", "."): value for name, value in changed.items()}})


def text(language: str, *, who: Group | None = None, **changed: Any) -> str:
    reader = who or group()
    words = tree.plain(tree.parse(compose(Speaker(facts(**changed), reader, language)).html))
    return as_read(words, reader.elements, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", sorted(labels("en")["causes"]))
def test_the_default_words_are_easy_and_hold_no_hedge(language: str, cause: str) -> None:
    for outflow in ("confirmed", "likely", "possible", "unlikely", "none", "unknown"):
        words = text(language, breach__cause=cause, breach__exfiltration=outflow)
        assert score(words, language).easy, score(words, language)
        assert not re.search(HEDGES[language], words, re.IGNORECASE)
        assert not re.search(NO_EVIDENCE[language], words, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("element", sorted(labels("en")["elements"]))
def test_every_exposed_element_gives_easy_words_that_name_it(language: str, element: str) -> None:
    words = text(language, who=group((element,), place="US-CA"))
    assert labels(language)["elements"][element] in words
    assert score(words, language).easy, score(words, language)
    assert not re.search(HEDGES[language], words, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trait", ["adult", "child", "deceased", "public"])
def test_every_voice_speaks_to_who_reads_it(language: str, trait: str) -> None:
    words = text(language, who=group(trait=trait))
    expected = {
        "en": {"adult": "Dear", "child": "parent or guardian", "deceased": "family", "public": "telling the public"},
        "de": {
            "adult": "Guten Tag",
            "child": "Eltern oder den Vormund",
            "deceased": "Angehörigen",
            "public": "nicht anschreiben",
        },
    }
    assert expected[language][trait] in words
    if trait != "adult":
        assert "your personal data" not in words
        assert "Er betrifft Ihre Daten" not in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_block_or_sentence_hedges(language: str) -> None:
    for path in sorted((TEMPLATES / language).iterdir()):
        assert not re.findall(HEDGES[language], without_comments(path), re.IGNORECASE), path.name
        assert not re.findall(NO_EVIDENCE[language], without_comments(path), re.IGNORECASE), path.name


def without_comments(path: Path) -> str:
    words = re.sub(r"(?m)^\s*#.*$|{%.*?%}", "", path.read_text("utf-8"))
    return re.sub(r"\[January.*?\]|(?m:^  possible: )", "", words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_message_fits_in_two_parts_of_the_gsm_alphabet(language: str) -> None:
    import orjson

    made, _ = content(facts(), group(), language, "sms")
    slots = {"code": "ABCD-EFGH", "verify_url": "https://notice.example.com/verify#ABCD-EFGH", "reference": "2026-001"}
    parts = sms.count(SENTINEL.sub(lambda match: slots[match[1]], orjson.loads(made)["text"]))
    assert parts.encoding == "gsm-7"
    assert parts.parts <= 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_script_says_no_code_and_no_name(language: str) -> None:
    import orjson

    made, _ = content(facts(), group(), language, "voice")
    assert set(SENTINEL.findall(orjson.loads(made)["text"])) == {"reference"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("medium", ["email", "sms", "letter", "fax", "web", "voice"])
@pytest.mark.parametrize("trait", ["adult", "child", "deceased"])
def test_every_voice_can_be_made_in_every_medium(language: str, medium: str, trait: str) -> None:
    made, body = content(
        facts(), group(("name", "ssn", "medical", "online_credentials"), trait=trait), language, medium
    )
    slots = {"name": "Mia Lind", "addressee": "Eva Lind", "address": "1 Road\nTown", "code": "ABCD-EFGH",
             "date": "2026-11-22", "elements": "name,ssn",
             "verify_url": "https://notice.example.com/verify#ABCD-EFGH", "reference": "2026-001"}  # fmt: skip
    filled = fill(made, slots)
    assert not SENTINEL.search(filled.text + filled.html + filled.subject)
    assert set(CODES) - {"mitigation"} <= set(body.codes)
    assert medium not in ("letter", "fax") or typeset([(made, slots)]).startswith(b"%PDF")


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_and_letter_say_the_same_words(language: str) -> None:
    import orjson

    mail, letter = (
        orjson.loads(content(facts(), group(), language, medium)[0])["text"] for medium in ("email", "letter")
    )
    assert letter.strip() in mail


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_loads_nothing_and_runs_nothing(language: str) -> None:
    import orjson

    page = orjson.loads(content(facts(), group(), language, "email")[0])["html"]
    assert "<style" not in page
    assert "style=" in page
    assert not re.search(r"<(script|img|link|iframe|form|input)\b|\bon\w+=|url\(|@import", page)
    assert len(re.findall(r"href=", page)) == 1


@pytest.mark.parametrize(
    ("word", "count"),
    [("notice", 2), ("breach", 1), ("data", 2), ("people", 2), ("used", 1), ("involved", 2), ("changed", 1),
     ("noted", 2),
     ("table", 2), ("security", 4), ("places", 2), ("I", 1), ("made", 1)],
)  # fmt: skip
def test_english_syllables_are_counted(word: str, count: int) -> None:
    assert english(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("Daten", 2),
        ("Mitteilung", 3),
        ("Auskunft", 2),
        ("Behörde", 3),
        ("Ihre", 2),
        ("zwei", 1),
        ("Häuser", 2),
        ("Bauer", 2),
    ],
)
def test_german_syllables_are_counted(word: str, count: int) -> None:
    assert german(word) == count


def test_hard_words_score_worse_than_easy_ones() -> None:
    hard = "Notwithstanding the aforementioned considerations, unauthorised individuals obtained identification."
    easy = "Somebody broke in. Your name was seen. Please take care."
    assert score(hard, "en").value > 15 > 5 > score(easy, "en").value
    assert not score("Die Datenschutzaufsichtsbehörde benachrichtigt unverzüglich Verantwortliche.", "de").easy
    assert score("Wir sagen Ihnen, was Sie tun. Das ist gut.", "de").easy


def test_the_score_of_a_known_text_is_the_formulas() -> None:
    found = score("The cat sat on the mat.", "en")  # 6 words, 1 sentence, 6 syllables
    assert found.value == round(0.39 * 6 + 11.8 * 1 - 15.59, 1)
    assert score("Das ist ein Haus.", "de").value == round(180 - 4 - 58.5, 1)  # 4 words, 4 syllables


def test_links_numbers_and_open_places_are_no_words() -> None:
    assert score("Call us.", "en") == score("Call us \ue000code\ue001 https://a.example/x 1-800-555-0199.", "en")


def test_a_text_without_words_has_a_score() -> None:
    assert score("", "en").words == 1


def test_forbidden_codes_take_with_them_what_tells_the_same() -> None:
    barred = layout("notices")["forbidden"]["nature_of_breach"]
    assert {"what_happened", "cause", "measures_taken", "perpetrator"} <= set(barred)
