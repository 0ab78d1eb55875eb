"""Plain lines that go in blocks to Polars give the rows that Python's csv gives; no line is lost between them."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forthwith.scoping.reading import ROW, BadRow, Sheet
from forthwith.scoping.reading.delimited_columns import rows_of
from forthwith.scoping.reading.delimited_records import Feed, records
from forthwith.scoping.reading.sheet import frame_of

HEADS = ["a", "b", "c"]
PIECES = st.sampled_from(
    [
        "x",
        "é",
        "𝒳",
        '"',
        '""',
        ",",
        ",",
        ",",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\u00a0",
        ",,",
        '"x"',
        '"x,y"',
        '"x\ny"',
        "x,y,z\n",
    ]
)
LINES = st.sampled_from(
    [
        "x,y,z\n",
        'x,"y ""q""",z\r\n',
        "x,y\n",
        "\n",
        '"x\ny",y,z\n',
        '"x,y,z\n',
        "x,y,z,\n",
        "x,y,z,w\n",
        'x"y,y,z\n',
        " ,,\n",
    ]
)


def record_by_record(text: str, heads: list[str], delimiter: str) -> Sheet:
    good, numbers, bad = [], [], []
    for row, (fields, torn) in enumerate(records(Feed([text]), delimiter, len(heads))):
        extra = any(field.strip() for field in fields[len(heads) :])
        reason = torn or ("more" if extra else "fewer" if len(fields) < len(heads) else "")
        if reason:
            bad.append(BadRow(row, reason, " | ".join(fields)))
        else:
            good.append(fields[: len(heads)])
            numbers.append(row)
    return Sheet.of("", frame_of(heads, good, numbers), bad)


def cut(text: str, size: int) -> list[str]:
    return [text[begin : begin + size] for begin in range(0, len(text), size)]


def assert_same(text: str, heads: list[str], delimiter: str = ",", size: int = 10**9) -> None:
    expected = record_by_record(text, heads, delimiter)
    made = rows_of(Feed(cut(text, size)), heads, delimiter, len(heads))
    assert made.frame.rows() == expected.frame.rows()
    assert made.frame.schema == expected.frame.schema
    assert [(bad.row, bad.text) for bad in made.bad] == [(bad.row, bad.text) for bad in expected.bad]
    assert made.frame[ROW].is_sorted()


@settings(max_examples=300)
@given(
    st.one_of(st.lists(PIECES, max_size=40), st.lists(LINES, max_size=12)).map("".join),
    st.integers(1, 3),
    st.integers(1, 60),
)
@example('x,y,z\nx,"y\nx,y,z\nx,y,z\n', 3, 1)
@example("x,y,z\r\r\nx,y,z", 3, 5)
@example('"x\nx,y,z\n\nx,y,z\ny",y,z\nx,y,z\n', 3, 60)
def test_any_text_in_pieces_of_any_size(text: str, width: int, size: int) -> None:
    assert_same(text, HEADS[:width], size=size)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "#"])
def test_any_delimiter(delimiter: str) -> None:
    lines = ['x,"y,y",z\n', "x,y,z\n", "x,y\n", "\n", '"x\ny",y,z\n'] * 3
    assert_same("".join(lines).replace(",", delimiter), HEADS, delimiter)


def test_a_record_that_goes_on_past_its_piece_is_one_record() -> None:
    text = "x,y,z\n" * 3 + '"' + "line\n" * 40 + '",y,z\n' + "x,y,z\n" * 3
    assert_same(text, HEADS, size=10)
    assert rows_of(Feed(cut(text, 10)), HEADS, ",", 3).rows_in == 7


def test_wide_lines_with_quotes_are_left_to_csv() -> None:
    heads = [f"h{at}" for at in range(300)]
    line = ",".join(['"x"', *["y"] * 299])
    assert_same(f"{line}\n" * 4 + line.replace('"', ""), heads)
