"""The traits with who is one person so far, and those that share something and aren't one yet."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

import polars as pl

from forthwith.scoping.merging.coded import Coded, Coder
from forthwith.scoping.merging.forest import Forest

PART = 100_000
NAMED = (pl.col("given") != 0) & (pl.col("family") != 0)
FACTS = ("born", "national", "suffix")  # of these a person has one


class Standing:
    """Coded traits, and the forest that grows over them while the rules are asked."""

    def __init__(self, traits: pl.DataFrame, coder: Coder, forest: Forest, nodes: int) -> None:
        self._traits, self.coder, self.forest = traits, coder, forest
        self.roots = pl.int_range(nodes, dtype=pl.UInt32(), eager=True)  # by node

    def traits(self) -> pl.DataFrame:
        """Return the traits, each with its person as of now (`root`)."""
        moved = list(self.forest.moved())
        if moved:
            before, now = zip(*moved, strict=True)
            changed = pl.int_range(len(self.roots), dtype=pl.UInt32(), eager=True).scatter(list(before), list(now))
            self.roots = changed.gather(self.roots)
        return self._traits.with_columns(root=self.roots.gather(self._traits["node"]))

    def having(self, traits: pl.DataFrame, such: pl.Expr) -> pl.Series:
        """Return by node whether it stands for a person of whom some trait is such."""
        nobody = pl.repeat(False, len(self.roots), dtype=pl.Boolean(), eager=True)
        return nobody.scatter(traits.select(pl.col("root").filter(such)).to_series(), True)

    def open_groups(self, *keys: str, among: pl.Expr | None = None, columns: Sequence[str] = ()) -> pl.DataFrame:
        """Return the traits that share these keys, all of them known, where they are not one person yet.

        `start` tells the group, by its first trait; groups and traits stand in the order of their rows. `columns`:
        those that are needed, where not all.
        """
        known = pl.all_horizontal(pl.col(key) != 0 for key in keys)
        traits = self.traits()
        held = traits.lazy().filter(known if among is None else known & among).select(*keys, "at", "root")
        several = (
            held.group_by(keys)
            .agg(pl.col("at").min().alias("start"), low=pl.col("root").min(), high=pl.col("root").max())
            .filter(pl.col("low") != pl.col("high"))
            .select(*keys, "start")
        )
        open_ = held.join(several, on=keys).select("start", "at").sort("start", "at").collect()
        rows = traits.select(columns) if columns else traits.drop("at")
        return open_.hstack(rows[open_["at"]])

    def viewed(self, rows: pl.DataFrame) -> Iterator[list[Coded]]:
        """Yield the traits of each group."""
        views, lengths = self.coder.views(rows), rows.group_by("start", maintain_order=True).len()["len"].to_list()
        end = 0
        for length in lengths:
            begin, end = end, end + length
            yield views[begin:end]


def facts_of(traits: pl.DataFrame, nodes: int) -> list[array[int]]:
    """Return by kind and node what a person has only one of: the first that is known."""
    return [_facts(traits, nodes, name) for name in FACTS]


def _facts(traits: pl.DataFrame, nodes: int, name: str) -> array[int]:
    """Return one kind of fact by node, zero where it is unknown."""
    known = traits.filter(pl.col(name) != 0).unique("node", keep="first", maintain_order=True)
    blank = pl.repeat(0, nodes, dtype=pl.UInt64(), eager=True)
    facts = blank.scatter(known["node"], known[name].cast(pl.UInt64())) if len(known) else blank
    return array("Q", chain.from_iterable(part.to_list() for part in slices(facts)))


def slices(column: pl.Series) -> Iterator[pl.Series]:
    """Yield a column in parts, so that it never stands in memory as objects."""
    return (column.slice(begin, PART) for begin in range(0, len(column), PART))
