"""A wording in paragraphs, as legal reads it: what is new, what was said about it, what its checks found in it."""

import difflib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from forthwith.filling.content import CLOSE, OPEN
from models import Variant

RULE = re.compile(r"\n[=-]{3,}(?=\n|$)")  # the line under a heading of plain text
WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph. `sha256` finds its remarks again in the next version."""

    text: str
    sha256: str
    heading: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """One row of two versions beside each other: pieces of each side, `True` where they differ."""

    kind: str  # same changed new gone
    before: list[tuple[str, bool]]
    after: list[tuple[str, bool]]


def paragraphs(variant: Variant) -> list[Paragraph]:
    """Return a wording's subject and text in paragraphs, its open places shown as ‹name›."""
    content: dict[str, Any] = orjson.loads(variant.content)
    whole = f"{content.get('subject') or ''}\n\n{content.get('text') or ''}"
    shown = whole.replace(OPEN, "‹").replace(CLOSE, "›")
    return [_paragraph(part) for part in re.split(r"\n\s*\n", shown) if part.strip()]


def _paragraph(part: str) -> Paragraph:
    text = RULE.sub("", part).strip()
    return Paragraph(text, hashlib.sha256(" ".join(text.split()).encode()).hexdigest(), text != part.strip())


def side_by_side(older: Variant, newer: Variant) -> list[Beside]:
    """Return two versions paragraph by paragraph, with the words that differ marked."""
    left, right = [one.text for one in paragraphs(older)], [one.text for one in paragraphs(newer)]
    rows: list[Beside] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        rows += _rows(kind, left[a:b], right[c:d])
    return rows


def _rows(kind: str, left: Sequence[str], right: Sequence[str]) -> list[Beside]:
    """Return the rows of one stretch."""
    if kind == "equal":
        return [Beside("same", [(text, False)], [(text, False)]) for text in right]
    both = min(len(left), len(right))
    changed = [Beside("changed", *_words(left[i], right[i])) for i in range(both)]
    gone = [Beside("gone", [(text, True)], []) for text in left[both:]]
    return [*changed, *gone, *(Beside("new", [], [(text, True)]) for text in right[both:])]


def _words(left: str, right: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return two paragraphs in pieces that are the same and pieces that differ."""
    one, other = WORDS.findall(left), WORDS.findall(right)
    found = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return (
        [("".join(one[a:b]), kind != "equal") for kind, a, b, _, _ in found if b > a],
        [("".join(other[c:d]), kind != "equal") for kind, _, _, c, d in found if d > c],
    )
