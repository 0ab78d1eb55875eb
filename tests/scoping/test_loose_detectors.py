"""What stands in loose files is found, what only looks so is not, and the figures are kept."""

from collections import Counter

import pytest
from loose_corpus import KINDS, Doc, compact, corpus

from forthwith.scoping.loose.detectors import announces, detect
from forthwith.scoping.loose.text import opened
from forthwith.scoping.loose.walking import Raw

pytestmark = pytest.mark.sweep

FLOORS = {
    "email": (0.99, 0.99),
    "iban": (0.99, 0.99),
    "card": (0.85, 0.98),
    "phone": (0.95, 0.9),
    "national_id": (0.9, 0.95),
    "birth_date": (0.95, 0.95),
    "ssn": (0.9, 0.95),
    "passport": (0.9, 0.95),
}


def found_in(doc: Doc) -> set[tuple[str, str]]:
    """Return the compact values that the detectors find in a file, by kind."""
    found, label, block = set(), "", -1
    for file in opened(Raw(doc.name, doc.data)):
        assert file.disposition == "parsed", (doc.name, file.note)
        for line in file.lines:
            for hit in detect(line.text, label if line.block == block else ""):
                found.add((hit.kind, compact(line.text[hit.start : hit.end])))
            label, block = announces(line.text), line.block
    return found


@pytest.fixture(scope="module")
def tallies() -> dict[str, Counter[str]]:
    """Count what was found rightly, wrongly and not at all, by kind."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in FLOORS}
    docs = corpus()
    assert len(docs) >= 150
    assert {doc.name.rpartition(".")[2] for doc in docs} == set(KINDS)
    for doc in docs:
        found = found_in(doc)
        for state, values in (
            ("right", found & doc.truth),
            ("wrong", found - doc.truth),
            ("missed", doc.truth - found),
        ):
            for kind, _ in values:
                counts.setdefault(kind, Counter())[state] += 1
    return counts


@pytest.mark.parametrize("kind", FLOORS)
def test_each_detector_keeps_its_floor(tallies: dict[str, Counter[str]], kind: str) -> None:
    count = tallies[kind]
    precision = count["right"] / max(1, count["right"] + count["wrong"])
    recall = count["right"] / max(1, count["right"] + count["missed"])
    print(f"{kind}: precision {precision:.3f}, recall {recall:.3f}, {dict(count)}")
    least = FLOORS[kind]
    assert count["right"] >= 40
    assert precision >= least[0]
    assert recall >= least[1]
