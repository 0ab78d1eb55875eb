import html
import unicodedata

import pytest
from fakes.worded import SLOTS, wording
from hypothesis import given
from hypothesis import strategies as st

from forthwith.filling.content import (
    CLOSE,
    HIDDEN,
    OPEN,
    Filled,
    attribute,
    clean,
    fill,
    isolated,
    one_line,
    prepared,
    slot,
    slots_of,
)
from models import Refusal

NAMES = st.text(st.characters(exclude_characters=OPEN + CLOSE), min_size=1, max_size=60)
ATTACKS = [
    "{{ 7*7 }}", "{% for x in y %}", "${7*7}", "#read(\"/etc/passwd\")", "<script>alert(1)</script>", "\"><img src=x>",
    "Robert'); drop table person;--", "%s%n{0}", "\\u{e000}name\\u{e001}", "&lt;b&gt;",
]  # fmt: skip


def visible(text: str) -> str:
    """Return what a reader sees of a text."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp") and c not in HIDDEN)


def test_a_wording_is_filled_in_subject_text_and_html() -> None:
    filled = fill(wording(), SLOTS)
    assert filled == Filled(
        "email", "en", "Notice 2026-001", "Dear Zoë O'Neil, your code is ABCD-EFGH.",
        '<p title="https://notice.example.com/verify#ABCD-EFGH">Dear <bdi>Zoë O&#x27;Neil</bdi>,<br>'
        "<bdi>12 High Street<br>Flat 4<br>LONDON<br>N1 1AA</bdi></p>",
    )  # fmt: skip


def test_a_filled_wording_shows_no_personal_data_in_its_repr() -> None:
    assert "Zoë" not in repr(fill(wording(), SLOTS))


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_name_is_text_in_every_medium(attack: str) -> None:
    filled = fill(wording(), {**SLOTS, "name": attack})
    assert f"Dear {attack}," in filled.text
    assert f"<bdi>{html.escape(attack)}</bdi>" in filled.html
    assert "49" not in filled.text.replace(attack, "")


@given(NAMES)
def test_any_name_survives_escaping_and_opens_no_tag(name: str) -> None:
    filled = fill(wording(), {**SLOTS, "name": name})
    plain = filled.html.split("Dear <bdi>")[1].split("</bdi>")[0]
    assert "<" not in plain.replace("<br>", "")
    shown = visible(name).strip()
    if shown:
        assert visible(html.unescape(plain.replace("<br>", ""))) == visible(clean(name).replace("\n", ""))
        assert visible(filled.text.removeprefix("Dear ")).startswith(visible(clean(name)))


@given(NAMES)
def test_cleaning_twice_is_cleaning_once(name: str) -> None:
    assert clean(clean(name)) == clean(name)


@pytest.mark.parametrize("sentinel", [OPEN, CLOSE, f"{OPEN}code{CLOSE}"])
def test_a_field_with_a_sentinel_is_refused_without_being_shown(sentinel: str) -> None:
    with pytest.raises(Refusal) as refused:
        fill(wording(), {**SLOTS, "name": f"Ana {sentinel}"})
    assert "Ana" not in str(refused.value)


def test_a_missing_field_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match="'code' of a notice has no value"):
        fill(wording(), {name: value for name, value in SLOTS.items() if name != "code"})


def test_a_field_that_the_wording_does_not_have_changes_nothing() -> None:
    assert fill(wording(), {**SLOTS, "iban": "DE00"}) == fill(wording(), SLOTS)


@pytest.mark.parametrize("breaking", ["\r\nBcc: all@example.com", "\nX: y", "\r", "\x0b", "\u2028", "\x00", "\x85"])
def test_a_subject_stays_one_line_whatever_a_field_holds(breaking: str) -> None:
    subject = fill(wording(), {**SLOTS, "reference": f"2026-001{breaking}"}).subject
    assert len(subject.splitlines()) == 1
    assert not any(unicodedata.category(c) == "Cc" for c in subject)


@pytest.mark.parametrize("override", sorted(HIDDEN))
def test_direction_controls_never_reach_a_reader(override: str) -> None:
    filled = fill(wording(), {**SLOTS, "name": f"Ana{override}evil"})
    assert override not in filled.text
    assert override not in filled.html


def test_a_right_to_left_name_is_isolated_and_a_latin_one_is_left_alone() -> None:
    assert isolated("דנה כהן") == "\u2068דנה כהן\u2069"
    assert isolated("محمد") == "\u2068محمد\u2069"
    assert isolated("Łukasz") == "Łukasz"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://a b", 'https://a"onclick=x', "", "//x"]
)
def test_a_link_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refusal, match="no web address"):
        attribute(url)


def test_a_link_is_escaped_in_its_attribute_and_gets_no_tag() -> None:
    filled = fill(wording(), {**SLOTS, "verify_url": "https://a.example/v?x=1&y=2"})
    assert 'title="https://a.example/v?x=1&amp;y=2"' in filled.html


@pytest.mark.parametrize(
    ("language", "american", "written"),
    [("en", False, "22 November 2026"), ("en", True, "November 22, 2026"), ("de", False, "22. November 2026")],
)
def test_an_iso_date_is_written_out_in_the_wordings_language(language: str, american: bool, written: str) -> None:
    fixed = {"language": language, "american": american, "addressing": "adult"}
    assert prepared(fixed, SLOTS)["date"] == written


def test_a_date_that_is_written_out_already_stays_as_it_is() -> None:
    assert prepared({"language": "en"}, {"date": "Sunday"})["date"] == "Sunday"


@pytest.mark.parametrize(
    ("addressing", "expected"),
    [
        ("adult", "Mia Lind"),
        ("child", "To the parent or guardian of Mia Lind"),
        ("deceased", "To the family of Mia Lind"),
    ],
)
def test_the_envelope_names_who_is_spoken_to(addressing: str, expected: str) -> None:
    slots = {**SLOTS, "name": "Mia Lind", "addressee": "Mia Lind"}
    assert prepared({"language": "en", "addressing": addressing}, slots)["addressee"] == expected


def test_a_known_guardian_stays_on_the_envelope() -> None:
    slots = {**SLOTS, "name": "Mia Lind", "addressee": "Eva Lind"}
    assert prepared({"language": "en", "addressing": "child"}, slots)["addressee"] == "Eva Lind"


@pytest.mark.parametrize(
    ("language", "instead"), [("en", "Sir or Madam"), ("de", "liebe Empfängerin, lieber Empfänger")]
)
def test_a_name_that_nobody_knows_has_a_stand_in(language: str, instead: str) -> None:
    slots = prepared({"language": language, "addressing": "adult"}, {**SLOTS, "name": " ", "addressee": ""})
    assert slots["name"] == instead
    assert slots["addressee"] == instead


def test_the_slots_of_a_wording_are_found_in_text_html_and_tree() -> None:
    content = wording(tree=[{"t": "p", "c": [{"s": "date"}]}])
    assert slots_of(content) == ["address", "code", "date", "name", "reference", "verify_url"]


def test_an_unknown_slot_can_not_be_made() -> None:
    with pytest.raises(AssertionError):
        slot("salary")


@given(st.text(max_size=80).filter(lambda text: OPEN not in text and CLOSE not in text))
def test_one_line_never_has_a_line_end(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
