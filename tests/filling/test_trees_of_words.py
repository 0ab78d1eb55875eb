import pytest

from forthwith.filling.content import slot
from forthwith.filling.tree import parse, plain


def test_a_tree_keeps_the_words_and_the_slots() -> None:
    nodes = parse(f"<h1>T</h1><p>Dear {slot('name')},<br>read <b>this</b> &amp; that.</p>")
    assert nodes == [
        {"t": "h1", "c": ["T"]},
        {"t": "p", "c": ["Dear ", {"s": "name"}, ",", {"t": "br"}, "read ", {"t": "b", "c": ["this"]}, " & that."]},
    ]


def test_what_looks_like_a_tag_in_data_is_text() -> None:
    assert parse("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>") == [{"t": "p", "c": ["<script>alert(1)</script>"]}]


@pytest.mark.parametrize(
    "broken", ["<p>a", "<p><b>a</p></b>", "<script>x</script>", "<img src=x>", "</p>", "<p>a</p><style>"]
)
def test_a_block_that_is_not_well_formed_is_refused(broken: str) -> None:
    with pytest.raises(ValueError):
        parse(broken)


def test_plain_text_has_headings_lists_and_lines() -> None:
    nodes = parse("<h1>T</h1><p>a</p><ul><li>x</li><li>y</li></ul><h2>S</h2><address>b<br>c</address>")
    assert plain(nodes) == "T\n=\n\na\n\n- x\n- y\n\nS\n-\n\nb\nc\n"


def test_a_table_in_plain_text_has_a_line_a_row() -> None:
    nodes = parse("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>")
    assert plain(nodes) == "A  B\n1  2\n"


def test_a_link_in_plain_text_shows_where_it_leads_unless_its_words_do() -> None:
    nodes = parse('<p><a href="https://a.example/x">here</a> <a href="https://b.example">b.example</a></p>')
    assert plain(nodes) == "here (https://a.example/x) b.example\n"


def test_slots_stay_open_in_plain_text() -> None:
    assert plain(parse(f"<p>{slot('code')}</p>")) == f"{slot('code')}\n"
