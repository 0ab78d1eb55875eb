"""The traits with who is one person so far, and those that share something and aren't one yet."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, islice

import polars as pl

from forthwith.scoping.merging.coded import Coded, Coder
from forthwith.scoping.merging.columns import Columns, shares
from forthwith.scoping.merging.forest import Forest, Known, Rare

PART = 20_000  # rows that stand in memory as objects
RARE = 20  # a fact that fewer than one in so many nodes have is looked up
SHARED = ("email", "phone", "address", "customer", "national", "whole", "born", "first", "country")  # the telling first
EVERY = pl.col("node").is_not_null()
NAMED = (pl.col("given") != 0) & (pl.col("family") != 0)
FACTS = ("born", "national", "suffix")  # of these a person has one


def _several(keys: pl.Series, roots: pl.Series) -> pl.Series:
    """Return of each row whether several people (`roots`) share its key; a key is a small number, and zero is none.

    One of a key's people is noted by its number, and whoever has the key and is somebody else marks it.
    """
    numbers = int(keys.max() or 0) + 1  # type: ignore[arg-type]
    one = pl.repeat(0, numbers, dtype=pl.UInt32(), eager=True).scatter(keys, roots)
    more = keys.filter(one.gather(keys) != roots)
    shared = pl.repeat(False, numbers, dtype=pl.Boolean(), eager=True).scatter(more, True)
    return shared.scatter(0, False).gather(keys)


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
    return found.select("at", "root", start=firsts.gather(found["run"]))


class Standing:
    """Coded traits, and the forest that grows over them while the rules are asked."""

    def __init__(self, columns: Columns, coder: Coder, forest: Forest, nodes: int) -> None:
        self.columns, self.coder, self.forest = columns, coder, forest
        self.roots = pl.int_range(nodes, dtype=pl.UInt32(), eager=True)  # by node
        self._open = Columns(columns.spool)  # by key, where the traits are that share it with somebody else still

    def forget(self, *names: str) -> None:
        """Let go of what no rule that is still to come compares."""
        self.columns.drop(*names)
        self._open.drop(*names)

    def traits(self, *names: str) -> pl.DataFrame:
        """Return these columns of all traits, with where each is (`at`) and its person as of now (`root`)."""
        own = self.columns.select(*names).with_columns(root=self.now().gather(self.columns.get("node")))
        return own.with_row_index("at")

    def now(self) -> pl.Series:
        """Return each node's person as of now."""
        before, now = (pl.Series(nodes, dtype=pl.UInt32()) for nodes in self.forest.moved())
        if len(before):
            changed = pl.int_range(len(self.roots), dtype=pl.UInt32(), eager=True).scatter(before, now)
            self.roots = changed.gather(self.roots)
        return self.roots

    def _sharing(self, key: str) -> pl.DataFrame:
        """Return the traits (`at`, `root`, the key) of people who share a key with somebody else still.

        Who is one person stays one: a rule looks at those alone whom the rule before it by the same key left apart.
        """
        before = self._open.get(key) if key in self._open else None
        keys, nodes = (
            column if before is None else column.gather(before) for column in map(self.columns.get, (key, "node"))
        )
        roots = self.now().gather(nodes)
        shared = _several(keys, roots).arg_true()
        at = (shared if before is None else before.gather(shared)).cast(pl.UInt32())
        self._open.put(at.alias(key))
        return pl.DataFrame({"at": at, "root": roots.gather(shared), key: keys.gather(shared)})

    def having(self, traits: pl.DataFrame, such: pl.Expr) -> pl.Series:
        """Return by node whether it stands for a person of whom some trait is such."""
        nobody = pl.repeat(False, len(self.roots), dtype=pl.Boolean(), eager=True)
        return nobody.scatter(traits.select(pl.col("root").filter(such)).to_series(), True)

    def open_groups(self, *keys: str, among: pl.Expr | None = None, columns: Sequence[str] = ()) -> pl.DataFrame:
        """Return where the traits are (`at`, `root`) that share these keys, all known, and are not one person yet.

        `start` tells the group, by its first trait; groups and traits stand in the order of their rows. `columns`:
        what else is needed of them.
        """
        lead, *others = sorted(keys, key=SHARED.index)
        such = [EVERY if among is None else among, *(pl.col(key) != 0 for key in others)]
        found = [_several_of(share.filter(such), keys) for share in self._shares(lead, others, such)]
        groups = pl.concat(found).sort("start", "at")
        return groups.hstack(self.columns.rows(groups["at"], columns)) if columns else groups

    def _shares(self, lead: str, others: Sequence[str], such: Sequence[pl.Expr]) -> Iterator[pl.DataFrame]:
        """Yield the traits that share the leading key, those of one key together, some at a time."""
        shared = self._sharing(lead)
        asked = {*others, *(name for one in such for name in one.meta.root_names())} - set(shared.columns)
        for mine in shares(shared, lead):
            yield mine.hstack(self.columns.rows(mine["at"], sorted(asked))) if asked else mine

    def viewed(self, groups: pl.DataFrame) -> Iterator[list[Coded]]:
        """Yield the traits of each group (`start`, `at`)."""
        rows = self.columns.rows(groups["at"])
        lengths = groups["start"].rle().struct.field("len").to_list()
        views = chain.from_iterable(map(self.coder.views, rows.iter_slices(PART)))
        return (list(islice(views, length)) for length in lengths)


def facts_of(columns: Columns, nodes: int) -> list[Known]:
    """Return by kind and node what a person has only one of: the first that is known."""
    return [_facts(columns.select("node", name), nodes) for name in FACTS]


def _facts(told: pl.DataFrame, nodes: int) -> Known:
    """Return one kind of fact by node, zero where it is unknown."""
    name = told.columns[-1]
    known = told.filter(pl.col(name) != 0).unique("node", keep="first", maintain_order=True)
    if len(known) * RARE < nodes:
        return Rare(known.iter_rows())
    blank = pl.repeat(0, nodes, dtype=pl.UInt32(), eager=True).scatter(known["node"], known[name])
    return array("I", chain.from_iterable(part.to_list() for part in slices(blank)))


def sure(names: Sequence[str] = FACTS) -> pl.Expr:
    """Return whether a trait says when somebody was born or of which generation they are (`sure`)."""
    return pl.any_horizontal(pl.col(name) != 0 for name in names).alias("sure")


def slices(column: pl.Series) -> Iterator[pl.Series]:
    """Yield a column in parts, so that it never stands in memory as objects."""
    return (column.slice(begin, PART) for begin in range(0, len(column), PART))
