"""A law that doesn't exist, with everything that a record can say; and a way to change it."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.law_of_nowhere import LAW

from forthwith.assessment import library, plain_yaml

FACTS: dict[str, Any] = {
    "entity": {"role": "controller", "home": "US-ZZ"},
    "clocks": {"discovered_at": "2026-03-02"},
    "breach": {
        "event": {"acquired": "yes"},
        "protection": {"unintelligible": "no", "key_compromised": "no"},
    },
    "answers": {"us-zz.harm": "harm_likely"},
    "people": [{"jurisdiction": "US-ZZ", "count": 600, "elements": ["name", "ssn"]}],
}

Make = Callable[..., library.Loaded]


@pytest.fixture
def law() -> Make:
    """Return a maker of records: the law of nowhere, with texts replaced."""

    def make(*replaced: tuple[str, str], text: str = LAW) -> library.Loaded:
        for old, new in replaced:
            assert old in text, f"the record has no {old!r}"
            text = text.replace(old, new)
        parsed = library.parse(plain_yaml.read(text), "us/zz/law.yaml")
        return library.Loaded(parsed, hashlib.sha256(text.encode()).hexdigest(), Path("law.yaml"))

    return make


def with_facts(**changed: Any) -> dict[str, Any]:
    """Return the facts of nowhere with dotted paths (`breach__event__acquired`) set; None takes one away."""
    facts = plain_copy(FACTS)
    for path, value in changed.items():
        at = facts
        *steps, last = path.split("__")
        for step in steps:
            at = at.setdefault(step, {})
        at.pop(last, None)
        if value is not None:
            at[last] = value
    return facts


def plain_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain_copy(inner) for key, inner in value.items()}
    return [plain_copy(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture
def facts() -> Callable[..., dict[str, Any]]:
    return with_facts
