"""The closed lists of words in data/words.yaml."""

from functools import lru_cache
from pathlib import Path

import yaml

SPACED = ("placeholders", "no_data")


@lru_cache
def words(name: str) -> frozenset[str]:
    """Return a list of words; `_` inside a word stands for a space."""
    text = (Path(__file__).parent / "data" / "words.yaml").read_text("utf-8")
    words = yaml.load(text, yaml.CSafeLoader)[name].split()
    return frozenset(word.replace("_", " ") if name in SPACED else word for word in words)
