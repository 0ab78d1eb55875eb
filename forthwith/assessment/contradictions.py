"""Times that can't all be right: each becomes a question, as a deadline may hang on the wrong one."""

from collections.abc import Iterator
from typing import Any

from forthwith.assessment.facts import Facts, Moment

# of each pair the first can't lie after the second
ORDER = (
    ("occurred_from", "occurred_to"), ("occurred_from", "detected_at"), ("occurred_from", "discovered_at"),
    ("occurred_from", "aware_at"), ("detected_at", "determined_at"), ("discovered_at", "determined_at"),
    ("discovered_at", "confirmed_at"), ("discovered_at", "scope_identified_at"), ("occurred_from", "contained_at"),
    ("discovered_at", "individuals_notified_at"), ("discovered_at", "owner_notified_at"),
)  # fmt: skip
PAST = ("occurred_from", "detected_at", "discovered_at", "aware_at", "determined_at", "confirmed_at")


def questions(facts: Facts) -> Iterator[dict[str, Any]]:
    """Yield a question for each pair of clocks that contradict each other, and for each that lies in the future."""
    for first, second in ORDER:
        one, other = _moment(facts, first), _moment(facts, second)
        if one and other and _after(one, other):
            text = f"clocks.{first} is stated to lie after clocks.{second}. Which of the two is right?"
            yield _question(second, text)
    for name in PAST:
        moment = _moment(facts, name)
        if moment and facts.as_of and moment.start > facts.as_of:
            yield _question(name, f"clocks.{name} is stated to lie in the future. What is right?")


def _moment(facts: Facts, name: str) -> Moment | None:
    return facts.moment(f"clocks.{name}", "UTC")


def _after(one: Moment, other: Moment) -> bool:
    """Return whether a moment surely lies after another: of a day alone nobody knows the hour."""
    exact = one.exact and other.exact
    return one.start > other.start if exact else one.day > other.day


def _question(name: str, text: str) -> dict[str, Any]:
    return {
        "id": f"clocks.{name}", "law": "none", "citation": "the facts contradict each other", "text": text,
        "changes": [], "laws": [],
    }  # fmt: skip
