"""A letter abroad ends with its country, in capitals, in English; at home it doesn't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.filling.postal import with_country

MARSEILLE = "12 rue de la République\n13001 Marseille"


@pytest.mark.parametrize(
    ("country", "origin", "last"),
    [
        ("FR", "AU", "FRANCE"), ("fr", "AU", "FRANCE"), ("FR", "", "FRANCE"), ("FR", "FR", "13001 Marseille"),
        ("FR", "fr", "13001 Marseille"), ("", "AU", "13001 Marseille"), ("XX", "AU", "13001 Marseille"),
        ("GB", "DE", "UNITED KINGDOM"), ("US", "DE", "UNITED STATES"),
    ],
)  # fmt: skip
def test_the_country_is_the_last_line_of_a_letter_abroad_alone(country: str, origin: str, last: str) -> None:
    """Where nothing is known of the origin it stands too; an unknown destination gets no line."""
    assert with_country(MARSEILLE, country, origin).split("\n")[-1] == last


@pytest.mark.parametrize("said", ["France", "FRANCE", "Frankreich", "Francia", "FR"])
def test_a_country_that_the_address_names_already_stands_once(said: str) -> None:
    """In whatever language the source named it."""
    assert with_country(f"{MARSEILLE}\n{said}", "FR", "DE") == f"{MARSEILLE}\nFRANCE"


def test_without_an_address_there_is_no_country_either() -> None:
    """A country alone is no place for a letter."""
    assert with_country("", "FR", "DE") == ""


@given(
    st.lists(st.text(st.characters(categories=["L", "N"]), min_size=3), min_size=2), st.sampled_from(["FR", "DE", "US"])
)
def test_no_line_of_the_address_is_lost_or_changed(lines: list[str], country: str) -> None:
    """But the one that names the country."""
    sent = with_country("\n".join(lines), country, "AU").split("\n")
    assert sent[:-1] in (lines, lines[:-1])
