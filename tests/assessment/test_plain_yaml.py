"""YAML as data alone, whoever wrote it."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.assessment import plain_yaml
from models import Refusal


def test_norway_stays_norway_and_dates_stay_text() -> None:
    found = plain_yaml.read("country: NO\non: yes\nday: 2026-08-20\nat: 12:30\nversion: 1.10.2\nzip: 01234\n")
    assert found == {
        "country": "NO",
        "on": "yes",
        "day": "2026-08-20",
        "at": "12:30",
        "version": "1.10.2",
        "zip": "01234",
    }


def test_numbers_truth_and_nothing_are_read_and_quotes_keep_text() -> None:
    found = plain_yaml.read("a: 12\nb: -3.5\nc: true\nd: null\ne:\nf: '12'\ng: \"true\"\nh: ~\n")
    assert found == {"a": 12, "b": -3.5, "c": True, "d": None, "e": None, "f": "12", "g": "true", "h": None}


def test_json_is_read_too() -> None:
    assert plain_yaml.read('{"people": [{"count": 3, "elements": ["ssn"]}]}') == {
        "people": [{"count": 3, "elements": ["ssn"]}]
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &x [1]\nb: *x\n", "anchors"),
        ("a: &a [*a]\n", "anchors"),
        ("a: !!python/object/apply:os.system [id]\n", "tags"),
        ("a: !secret x\n", "tags"),
        ("a: 1\na: 2\n", "twice"),
        ("? [1, 2]\n: 3\n", "key|word|bad"),
        ("a: 1\n---\nb: 2\n", "more than one"),
        ("a: [1, 2\n", "bad YAML, line"),
        ("a: \x07\n", "bad YAML"),
        ("[" * 100 + "]" * 100, "nested deeper"),
        ("- " * 100 + "x", "nested deeper"),
        ("a: '" + "x" * 1_000_001 + "'", "larger"),
    ],
    ids=["alias", "cycle", "python tag", "tag", "double", "complex key", "documents", "broken", "control", "deep flow",
         "deep block", "huge"],
)  # fmt: skip
def test_what_is_no_plain_data_is_refused(text: str, why: str) -> None:
    with pytest.raises(plain_yaml.Unreadable, match=why):
        plain_yaml.read(text)


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    levels = [f"l{n}: &l{n} [{', '.join(f'*l{n - 1}' for _ in range(10))}]" for n in range(1, 30)]
    begun = time.process_time()
    with pytest.raises(plain_yaml.Unreadable):
        plain_yaml.read("\n".join(["l0: &l0 [x]", *levels]))
    assert time.process_time() - begun < 10  # unfolded, it would never end


def test_deep_nesting_is_refused_without_exhausting_the_stack() -> None:
    with pytest.raises(plain_yaml.Unreadable, match="nested deeper"):
        plain_yaml.read("{a: " * 200_000)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    try:
        read = plain_yaml.read(text)
    except plain_yaml.Unreadable:
        return
    assert read is None or isinstance(read, str | int | float | bool | list | dict)


WORDS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | WORDS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
        max_leaves=12,
    )
)
def test_what_json_can_say_is_read_as_it_was_said(value: object) -> None:
    assert plain_yaml.read(json.dumps(value, ensure_ascii=False)) == value


def test_a_refusal_names_the_file_and_never_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("name: Erika Mustermann\nname: [Erika")
    with pytest.raises(Refusal) as refused:
        plain_yaml.read_file(path)
    assert "facts.yaml" in str(refused.value)
    assert "Erika" not in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80abc"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    with pytest.raises(Refusal, match="UTF-8"):
        plain_yaml.read_file(tmp_path / "x.yaml")
    with pytest.raises(Refusal, match="can't be read"):
        plain_yaml.read_file(tmp_path / "absent.yaml")
