"""The words before a number that tell what it is: the nearest one counts."""

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from re import compile as pattern

import yaml

WORD = pattern(r"[^\W\d_]+")
FAR = 60  # characters over which a word still tells what a number is
JOINING = frozenset(("and", "or", "und", "oder", "et", "ou", "y", "o", "e", "en", "of"))  # between two of a list
LONGEST = 4  # words of one label
SINGLE = {"\u00a0": " ", "\u2007": " ", "\u202f": " ", "\t": " ", "‐": "-", "‑": "-", "–": "-", "−": "-"}


def plain(text: str) -> str:
    """Return text in lower case without accents, each character in its place, so that positions stay true."""
    if text.isascii():
        return text.lower().replace("\t", " ")
    return "".join(map(_plain, text))


@lru_cache(maxsize=10_000)
def _plain(char: str) -> str:
    """Return one character for comparing."""
    return SINGLE.get(char) or unicodedata.normalize("NFD", char.lower())[0]


@lru_cache
def _labels() -> tuple[dict[tuple[str, ...], frozenset[str]], tuple[tuple[str, str], ...]]:
    """Return kinds by a label's words, and the beginnings of words with their kinds."""
    listed = yaml.load((Path(__file__).parent / "labels.yaml").read_text("utf-8"), yaml.CSafeLoader)
    whole: dict[tuple[str, ...], set[str]] = {}
    stems = []
    for kind, labels in listed.items():
        for label in map(str, labels):
            if label.endswith("*") and " " not in label:
                stems.append((label[:-1], kind))
            whole.setdefault(tuple(WORD.findall(label)), set()).add(kind)
    return {words: frozenset(kinds) for words, kinds in whole.items()}, tuple(stems)


@lru_cache(maxsize=50_000)
def _kinds(words: tuple[str, ...]) -> frozenset[str]:
    """Return what these words are a label of."""
    whole, stems = _labels()
    if words in whole or len(words) > 1:
        return whole.get(words, frozenset())
    return frozenset(kind for stem, kind in stems if words[0].startswith(stem))


@dataclass(frozen=True, slots=True)
class Label:
    """A label in a line: where it stands and what it announces."""

    start: int
    end: int
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Labels:
    """All labels of a line, in plain text."""

    text: str = field(repr=False)
    found: list[Label]

    def before(self, start: int, far: int = FAR) -> Label | None:
        """Return the last label before a position, if it is near."""
        at = bisect_right(self.found, start, key=lambda label: label.end) - 1
        return self.found[at] if at >= 0 and start - self.found[at].end <= far else None

    def kinds(self, start: int, far: int = FAR) -> frozenset[str]:
        """Return what the last label before a position announces."""
        label = self.before(start, far)
        return label.kinds if label else frozenset()

    def listed(self, start: int, far: int = FAR) -> frozenset[str]:
        """Return the same, where nothing stands between but words, or other numbers of the same list."""
        label = self.before(start, far)
        between = self.text[label.end : start] if label else ""
        alike = not any(map(str.isdigit, between)) or JOINING.issuperset(WORD.findall(between))
        return label.kinds if label and alike else frozenset()

    def directly(self, start: int, far: int) -> frozenset[str]:
        """Return the same, where no other number stands between."""
        label = self.before(start, far)
        return label.kinds if label and not any(map(str.isdigit, self.text[label.end : start])) else frozenset()


def labels_in(text: str) -> Labels:
    """Return the labels of a line of plain text; the longest at each word."""
    words = list(WORD.finditer(text))
    found, at = [], 0
    while at < len(words):
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            run = words[at : at + length]
            if any(map(str.isdigit, text[run[0].start() : run[-1].end()])):
                continue  # `id 123, card`: no `id card`
            if kinds := _kinds(tuple(word[0] for word in run)):
                found.append(Label(run[0].start(), run[-1].end(), kinds))
                break
        at += length
    return Labels(text, found)
