"""A wording's tree on a page of ours: known tags alone, every text escaped, links that lead where links may lead."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as some

from forthwith.web.drawing import INSTEAD, SAME, drawn

KNOWN = SAME | set(INSTEAD.values()) | {"a", "br", "div"}


class Tags(HTMLParser):
    """What a browser would make of it: tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.text = list[tuple[str, dict[str, str | None]]](), ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def node(kind: str, *inside: object, **more: str) -> dict[str, object]:
    return {"t": kind, "c": list(inside), **more}


def test_headings_stand_below_the_title_of_the_page() -> None:
    assert drawn([node("h1", "Notice"), node("h2", "What")], {}) == "<h2>Notice</h2><h3>What</h3>"


def test_words_and_fields_are_joined() -> None:
    tree = [node("p", "Dear ", {"s": "name"}, ",", node("br"), node("b", "read"))]
    assert drawn(tree, {"name": "Ada"}) == "<p>Dear Ada,<br><strong>read</strong></p>"


def test_a_field_that_is_a_whole_item_makes_an_item_of_each_line() -> None:
    assert drawn([node("ul", node("li", {"s": "elements"}))], {"elements": "name\nIBAN"}) == (
        "<ul><li>name</li><li>IBAN</li></ul>"
    )


def test_an_address_keeps_its_lines_and_an_unknown_field_is_nothing() -> None:
    assert drawn([node("address", {"s": "address"})], {"address": "1 Road\nTown"}) == (
        "<address>1 Road<br>Town</address>"
    )
    assert drawn([node("p", {"s": "address"})], {}) == "<p></p>"


@pytest.mark.parametrize("href", ["https://example.org/x", "mailto:dpo@example.org", "tel:+4930123"])
def test_a_link_leads_where_a_link_may_lead(href: str) -> None:
    made = Tags(drawn([node("p", node("a", "here", href=href))], {}))
    assert made.tags[1] == ("a", {"href": href, "rel": "noreferrer"})


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", "https://a b"])
def test_another_link_is_its_words_alone(href: str) -> None:
    assert drawn([node("p", node("a", "here", href=href))], {}) == "<p>here</p>"


WORDS = some.text(max_size=30)
LEAVES = some.one_of(WORDS, some.builds(lambda: {"s": "name"}), some.builds(lambda: {"t": "br"}))
KINDS = some.sampled_from([*sorted(SAME), *INSTEAD, "a", "script", "img", "iframe", "style", "onload"])
TREES = some.recursive(
    LEAVES, lambda inner: some.builds(
        lambda kind, inside, href: {"t": kind, "c": inside, "href": href}, KINDS, some.lists(inner, max_size=3), WORDS
    ), max_leaves=8,
)  # fmt: skip


@given(some.lists(TREES, max_size=4), WORDS)
def test_whatever_stands_in_it_no_tag_but_the_known_ones_comes_out(tree: list[object], name: str) -> None:
    made = Tags(drawn(tree, {"name": name}))
    assert {tag for tag, _ in made.tags} <= KNOWN
    assert all(set(told) <= {"href", "rel"} for _, told in made.tags)
    assert all((told.get("href") or "https:").startswith(("http", "mailto:", "tel:")) for _, told in made.tags)


@given(some.text(some.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_a_field_comes_out_as_it_was_written(name: str) -> None:
    assert Tags(drawn([node("p", {"s": "name"})], {"name": name})).text == name
