"""From traits to people: all rules in their order, and what was kept apart."""

from collections.abc import Iterable
from dataclasses import dataclass

from whole_set import rules
from whole_set.forest import Forest
from whole_set.traits import Trait


@dataclass(frozen=True, slots=True)
class Merged:
    """Who is one person: groups of nodes in order of appearance, and why each node but the first belongs."""

    groups: list[list[int]]
    reasons: dict[int, str]
    kept_apart: int  # pairs that a rule wanted to join and a contradiction kept apart


def resolve(traits: list[Trait], nodes: int, *, held: Iterable[int] = ()) -> Merged:
    """Return the people behind `nodes` rows. `held`: nodes of people who already have a delivery and stay two."""
    forest = Forest(nodes, traits, held)
    usable = rules.without_crowds(traits)
    rules.national_ids(forest, usable)
    rules.exact(forest, usable)
    rules.similar(forest, usable)
    rules.family_alone(forest, usable)
    rules.same_birth_date(forest, usable)
    rules.nameless(forest, usable)
    apart = {(forest.root(a), forest.root(b)) for a, b in forest.refused}
    return Merged(forest.groups(), forest.reasons(), sum(a != b for a, b in apart))
