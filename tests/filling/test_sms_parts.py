import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.filling.sms import BASIC, EXTENSION, count

# text, encoding, units, parts: worked out by hand from 3GPP TS 23.038 and 23.040
TABLE = [
    ("", "gsm-7", 0, 1),
    ("a" * 160, "gsm-7", 160, 1),
    ("a" * 161, "gsm-7", 161, 2),
    ("a" * 306, "gsm-7", 306, 2),
    ("a" * 307, "gsm-7", 307, 3),
    ("€" * 80, "gsm-7", 160, 1),
    ("€" * 81, "gsm-7", 162, 2),
    ("a" * 152 + "€" + "a" * 20, "gsm-7", 174, 2),
    ("a" * 152 + "€" + "a" * 151, "gsm-7", 305, 2),
    ("a" * 152 + "€" + "a" * 152, "gsm-7", 306, 3),  # the pair moves to the second part, which then is full
    ("{}[]~\\|^", "gsm-7", 16, 1),
    ("ÄÖÜäöüßàéèùìòÇØøÅåÆæÉÑñ¿¡§", "gsm-7", 26, 1),
    ("ç", "ucs-2", 1, 1),
    ("“", "ucs-2", 1, 1),
    ("é" * 70, "gsm-7", 70, 1),
    ("ç" * 70, "ucs-2", 70, 1),
    ("ç" * 71, "ucs-2", 71, 2),
    ("ç" * 134, "ucs-2", 134, 2),
    ("ç" * 135, "ucs-2", 135, 3),
    ("😀" * 35, "ucs-2", 70, 1),
    ("😀" * 36, "ucs-2", 72, 2),
    ("ç" * 66 + "😀" + "ç" * 10, "ucs-2", 78, 2),
    ("ç" * 66 + "😀" + "ç" * 66, "ucs-2", 134, 3),  # a surrogate pair is not cut in two
    ("Привет", "ucs-2", 6, 1),
    ("a\nb\rc", "gsm-7", 5, 1),
    ("`", "ucs-2", 1, 1),
    ("\f", "gsm-7", 2, 1),
]


@pytest.mark.parametrize(("text", "encoding", "units", "parts"), TABLE)
def test_a_text_costs_what_the_standard_says(text: str, encoding: str, units: int, parts: int) -> None:
    found = count(text)
    assert (found.encoding, found.units, found.parts) == (encoding, units, parts)


def test_the_alphabet_has_its_128_places() -> None:
    assert len(BASIC) == 127  # and the escape
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION


def test_the_characters_that_force_ucs2_are_named_once() -> None:
    assert count("“Hi” “you”").outside == "“”"


@given(st.text(max_size=400))
def test_more_text_never_costs_less(text: str) -> None:
    assert count(text + "a").parts >= count(text).parts


@given(st.text(st.sampled_from(sorted(BASIC | EXTENSION)), max_size=400))
def test_a_text_of_the_alphabet_is_never_ucs2(text: str) -> None:
    found = count(text)
    assert found.encoding == "gsm-7"
    assert found.outside == ""
    assert found.parts >= -(-found.units // 160)
