"""Readings that many laws share: `laws/patterns.yaml`, put in place of their names before a record is checked."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import laws
from forthwith.assessment import plain_yaml
from models import Refusal

FILE = Path(laws.__file__).parent / "patterns.yaml"
NAME = "pattern"
PLACE = "{citation}"


@lru_cache
def _patterns() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = plain_yaml.read_file(FILE)
    return found


def expanded(node: Any, name: str) -> Any:
    """Return a document with each pattern in its place. Raises Refusal where record `name` names an unknown one."""
    if isinstance(node, list):
        return [expanded(one, name) for one in node]
    if not isinstance(node, dict):
        return node
    beside = {key: expanded(value, name) for key, value in node.items() if key != NAME}
    if NAME not in node:
        return beside
    if node[NAME] not in _patterns():
        raise Refusal(f"{name}: no pattern is called {str(node[NAME])[:60]!r}.", "laws/patterns.yaml holds them.")
    return {**_cited(_patterns()[node[NAME]], str(beside.get("citation", ""))), **beside}


def _cited(node: Any, citation: str) -> Any:
    """Return a pattern with the citation of the record that takes it over."""
    if isinstance(node, dict):
        return {key: _cited(value, citation) for key, value in node.items()}
    if isinstance(node, list):
        return [_cited(one, citation) for one in node]
    return citation if node == PLACE else node
