import pypdfium2
import pytest
from fakes.worded import SLOTS, letter, wording
from hypothesis import given
from hypothesis import strategies as st

from forthwith.filling import tree
from forthwith.filling.content import fill, prepared, slot
from forthwith.filling.exposed import in_words, joined, one_a_line
from forthwith.filling.labels import labels, languages, shipped
from forthwith.filling.letters import typeset
from forthwith.filling.sample import sample
from models import Refusal

LIST = f"<p>This was involved:</p><ul><li>{slot('elements')}</li></ul><p>After.</p>"
THREE = ["contact", "name", "ssn"]
MINE = {**SLOTS, "elements": joined(THREE)}
CODES = sorted(labels("en")["elements"])


def listed(**fields: object) -> bytes:
    """Return a wording whose list is the recipient's own."""
    nodes = tree.parse(LIST)
    html = f'<ul style="margin:0"><li style="margin:1px">{slot("elements")}</li></ul>'
    return wording(text=tree.plain(nodes), html=html, elements=THREE, **fields)


def test_each_kind_of_data_is_an_item_of_its_own_in_plain_text() -> None:
    lines = fill(listed(), MINE).text.splitlines()
    assert [line for line in lines if line.startswith("- ")] == [
        "- name", "- Social Security number", "- contact data (address, e-mail or phone)",
    ]  # fmt: skip
    assert lines[-1] == "After."


def test_each_kind_of_data_is_an_item_of_its_own_in_html_in_the_items_style() -> None:
    html = fill(listed(), MINE).html
    assert html.count('<li style="margin:1px"><bdi>') == html.count("</bdi></li>") == 3
    assert "\n" not in html


def test_each_kind_of_data_is_an_item_of_its_own_on_paper() -> None:
    pdf = typeset([(letter(LIST, elements=THREE), MINE)])
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert [line.strip("• ") for line in page.splitlines() if line.startswith("•")] == [
        "name", "Social Security number", "contact data (address, e-mail or phone)",
    ]  # fmt: skip


def test_a_german_reads_them_in_german() -> None:
    text = fill(listed(language="de"), MINE).text
    assert f"- {labels('de')['elements']['ssn']}\n" in text


def test_data_that_legal_did_not_read_in_the_wording_is_held() -> None:
    with pytest.raises(Refusal, match="not approved for"):
        fill(listed(), {**MINE, "elements": joined(["name", "genetic"])})


@pytest.mark.parametrize("language", languages())
def test_who_has_nothing_stated_is_told_so(language: str) -> None:
    assert one_a_line("", [], labels(language)) == labels(language)["elements_unknown"]


def test_a_code_without_words_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="no en words for shoe_size"):
        in_words(["shoe_size", "name"], labels("en"))


@given(st.sets(st.sampled_from(CODES), min_size=1), st.sampled_from(languages()))
def test_all_of_a_persons_data_and_nothing_else_is_named(elements: set[str], language: str) -> None:
    fixed = {"language": language, "elements": CODES}
    said = prepared(fixed, {**SLOTS, "elements": joined(elements)})["elements"].split("\n")
    assert sorted(said) == sorted(labels(language)["elements"][code] for code in elements)


def test_the_invented_recipient_has_all_of_the_data_that_a_wording_may_name() -> None:
    shown = fill(listed(), sample(listed(), "2026-001"))
    assert all(labels("en")["elements"][code] in shown.text for code in THREE)


@pytest.mark.parametrize(
    ("asked", "given"),
    [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("fr", "en"), ("en-GB", "en"), ("", "en"), ("layout", "en")],
)
def test_readers_get_their_language_where_it_is_shipped_else_english(asked: str, given: str) -> None:
    assert shipped(asked) == given


def test_english_and_german_are_shipped() -> None:
    assert languages() == ["de", "en"]
