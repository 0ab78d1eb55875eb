"""The traits with who is one person so far, and those that share something and aren't one yet."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

import polars as pl

from forthwith.scoping.merging.coded import Coded, Coder
from forthwith.scoping.merging.forest import Forest

PART = 100_000
SHARED = ("email", "phone", "address", "customer", "national", "whole", "born", "first", "country")  # the telling first
EVERY = pl.col("node").is_not_null()
NAMED = (pl.col("given") != 0) & (pl.col("family") != 0)
FACTS = ("born", "national", "suffix")  # of these a person has one


def _several(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the rows of those keys that several people (`root`) share; a key is a small number, and zero is none.

    One of a key's people is noted by its number, and whoever has the key and is somebody else marks it.
    """
    rows = rows.filter(pl.col(key) != 0)
    if rows.is_empty():
        return rows
    keys, numbers = rows[key], int(rows[key].max()) + 1  # type: ignore[arg-type]
    one = pl.repeat(0, numbers, dtype=pl.UInt32(), eager=True).scatter(keys, rows["root"])
    more = keys.filter(one.gather(keys) != rows["root"])
    shared = pl.repeat(False, numbers, dtype=pl.Boolean(), eager=True).scatter(more, True)
    return rows.filter(shared.gather(keys))


def _several_of(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the rows (`at`, `root`) of those pairs of keys that several people share, with the first one's `start`."""
    pair = (pl.col(keys[0]).cast(pl.UInt64()) * 2**32 + pl.col(keys[-1])).alias("pair")  # each has 32 bits
    rows = rows.select("at", "root", pair).sort("pair", maintain_order=True)  # a hash of so many pairs takes longer
    begins = (pl.col("pair") != pl.col("pair").shift()).fill_null(True)
    rows = rows.select("at", "root", begins.alias("begins")).with_columns(run=pl.col("begins").cum_sum() - 1)
    other = rows.filter(~pl.col("begins") & (pl.col("root") != pl.col("root").shift()))["run"]
    firsts = rows["at"].filter(rows["begins"])  # by run
    shared = pl.repeat(False, len(firsts), dtype=pl.Boolean(), eager=True).scatter(other, True)
    found = rows.filter(shared.gather(rows["run"]))
    return found.select("at", "root", start=firsts.gather(found["run"])).sort("start", "at")


class Standing:
    """Coded traits, and the forest that grows over them while the rules are asked."""

    def __init__(self, traits: pl.DataFrame, coder: Coder, forest: Forest, nodes: int) -> None:
        self._traits, self.coder, self.forest = traits, coder, forest
        self.roots = pl.int_range(nodes, dtype=pl.UInt32(), eager=True)  # by node
        self._open: dict[str, pl.Series] = {}  # by key, the traits (`at`) that share it with somebody else still

    def forget(self, *names: str) -> None:
        """Let go of what no rule that is still to come compares."""
        self._traits = self._traits.drop(names)
        for name in names:
            self._open.pop(name, None)

    def traits(self) -> pl.DataFrame:
        """Return the traits, each with its person as of now (`root`)."""
        return self._traits.with_columns(root=self._roots().gather(self._traits["node"]))

    def _roots(self) -> pl.Series:
        """Return each node's person as of now."""
        before, now = (pl.Series(nodes, dtype=pl.UInt32()) for nodes in self.forest.moved())
        if len(before):
            changed = pl.int_range(len(self.roots), dtype=pl.UInt32(), eager=True).scatter(before, now)
            self.roots = changed.gather(self.roots)
        return self.roots

    def _sharing(self, key: str, roots: pl.Series) -> pl.DataFrame:
        """Return the traits (`at`, `root`, the key) of people who share a key with somebody else still.

        Who is one person stays one: a rule looks at those alone whom the rule before it by the same key left apart.
        """
        at = self._open.get(key)
        rows = self._traits if at is None else self._traits[at]
        shared = _several(rows.select("at", key, root=roots.gather(rows["node"])), key)
        self._open[key] = shared["at"]
        return shared

    def having(self, traits: pl.DataFrame, such: pl.Expr) -> pl.Series:
        """Return by node whether it stands for a person of whom some trait is such."""
        nobody = pl.repeat(False, len(self.roots), dtype=pl.Boolean(), eager=True)
        return nobody.scatter(traits.select(pl.col("root").filter(such)).to_series(), True)

    def open_groups(self, *keys: str, among: pl.Expr | None = None, columns: Sequence[str] = ()) -> pl.DataFrame:
        """Return the traits that share these keys, all of them known, where they are not one person yet.

        `start` tells the group, by its first trait; groups and traits stand in the order of their rows. `columns`:
        those that are needed, where not all.
        """
        lead, *others = sorted(keys, key=SHARED.index)
        shared = self._sharing(lead, self._roots())
        rows = self._traits[shared["at"]].select(*others, chosen=EVERY if among is None else among)
        mine = shared.hstack(rows).filter(pl.all_horizontal("chosen", *(pl.col(key) != 0 for key in others)))
        open_ = _several_of(mine, keys)
        found = self._traits[open_["at"]]
        starts = open_.select("start")
        return starts.hstack(found.select(columns) if columns else found.drop("at").with_columns(open_["root"]))

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
    known = traits.select("node", name).filter(pl.col(name) != 0).unique("node", keep="first", maintain_order=True)
    blank = pl.repeat(0, nodes, dtype=pl.UInt32(), eager=True)
    facts = blank.scatter(known["node"], known[name]) if len(known) else blank
    return array("I", chain.from_iterable(part.to_list() for part in slices(facts)))


def sure(names: Sequence[str] = FACTS) -> pl.Expr:
    """Return whether a trait says when somebody was born or of which generation they are (`sure`)."""
    return pl.any_horizontal(pl.col(name) != 0 for name in names).alias("sure")


def slices(column: pl.Series) -> Iterator[pl.Series]:
    """Yield a column in parts, so that it never stands in memory as objects."""
    return (column.slice(begin, PART) for begin in range(0, len(column), PART))
