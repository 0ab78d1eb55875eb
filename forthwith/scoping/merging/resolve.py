"""From traits to people: all rules in their order, and what was kept apart."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from forthwith.scoping.merging import owners, rules
from forthwith.scoping.merging.alike import Compare
from forthwith.scoping.merging.blocks import common, similar
from forthwith.scoping.merging.coded import NAME, WHOLE, Coder, ranked, shelved, together
from forthwith.scoping.merging.columns import Columns
from forthwith.scoping.merging.crowds import without_crowds
from forthwith.scoping.merging.forest import Forest
from forthwith.scoping.merging.standing import Standing, facts_of, sure
from forthwith.scoping.merging.traits import Trait, in_columns
from forthwith.scoping.spool import Spool


@dataclass(frozen=True)
class Merged:
    """Who is one person: by node the lowest node of its person, and why each node but that one belongs."""

    roots: pl.Series
    why: pl.Series  # by node, a position in `told`
    told: list[str]
    crowded: int  # groups that share something, with too many names to compare each with each
    kept_apart: int  # pairs that a rule wanted to join and a contradiction kept apart

    @cached_property
    def groups(self) -> list[list[int]]:
        """The nodes of each person, both in order of first appearance."""
        found: dict[int, list[int]] = defaultdict(list)
        for node, root in enumerate(self.roots.to_list()):
            found[root].append(node)
        return list(found.values())

    @cached_property
    def reasons(self) -> dict[int, str]:
        """For each node but a person's first the reason that ties it on."""
        return {node: self.told[why] for node, why in enumerate(self.why.to_list()) if why}


def resolve(
    traits: Iterable[Trait], nodes: int, *, held: Iterable[int] = (), apart: Iterable[tuple[int, int]] = ()
) -> Merged:  # fmt: skip
    """Return the people behind `nodes` rows.

    `held`: nodes of people who already have a delivery, any two of whom stay two; `apart`: pairs of nodes that a
    reviewer told apart, who stay two whatever a third row says.
    """
    coder, spool = Coder(), Spool()
    columns = together(([part] for part in shelved(coder.coded(in_columns(traits)))), spool)
    return resolve_coded(columns, coder, nodes, held=held, apart=apart)


def resolve_coded(
    traits: Columns, coder: Coder, nodes: int, *, held: Iterable[int] = (), apart: Iterable[tuple[int, int]] = ()
) -> Merged:  # fmt: skip
    """Return the people behind `nodes` rows, from coded traits, which are used up; see `resolve`."""
    forest = Forest(nodes, facts_of(traits, nodes), held, apart)
    traits.put(traits.computed(sure()))
    for both_names in (WHOLE, NAME):
        traits.put(ranked(traits.computed(both_names)))
    traits.drop("suffix")
    without_crowds(traits, coder.words)
    standing = Standing(traits, coder, forest, nodes)
    rules.national_ids(standing)
    standing.forget("national")
    rules.exact(standing)
    standing.forget("sure", "whole")
    compare = Compare(common(standing))
    crowded = similar(standing, compare)
    standing.forget("country")
    owners.family_alone(standing, compare)
    owners.same_birth_date(standing)
    owners.nameless(standing)
    whys = pl.Series(forest.why, dtype=pl.UInt32())
    return Merged(standing.now(), whys, forest.told, crowded, standing.kept_apart())
