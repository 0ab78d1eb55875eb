"""The traits with who is one person so far, and those that share something and aren't one yet."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

import polars as pl

from forthwith.scoping.merging.coded import Coded, Coder
from forthwith.scoping.merging.columns import PART, Columns, marked, packed, pieces, several, shares, slices, unpacked
from forthwith.scoping.merging.forest import Forest, Known, Rare

MANY = 10_000  # rows from which on it is worth while to leave some out before they are sorted
VIEWED = 500_000  # rows of which all columns are fetched at once
RARE = 20  # a fact that fewer than one in so many nodes have is looked up
SHARED = ("email", "phone", "address", "customer", "national", "whole", "born", "first", "country")  # the telling first
EVERY = pl.col("node").is_not_null()
NAMED = pl.col("name") != 0
FACTS = ("born", "national", "suffix")  # of these a person has one


def several_of(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the rows of those pairs of keys that several people (`root`) share, with the first one's `start`.

    They stand in the order of the pairs, and in theirs (`at`).
    """
    if rows.is_empty():
        return rows.select(pl.exclude(keys), start="at")
    pair = packed(pl.col(keys[0]), pl.col(keys[-1])).alias("pair")
    rows = rows.select(pl.exclude(keys), pair)
    if len(rows) > MANY:  # most that stand alone do so by a rough number of their pair, too
        rough = (rows["pair"] % (2 * len(rows) + 1) + 1).cast(pl.UInt32())
        rows = rows.filter(several(rough, rows["root"]))
    rows = rows.sort("pair", maintain_order=True)  # a hash of so many takes longer
    begins = (rows["pair"] != rows["pair"].shift()).fill_null(True)
    runs, roots = begins.cum_sum() - 1, rows["root"]
    firsts = rows["at"].filter(begins)
    shared = marked(len(firsts), runs.filter(~begins & (roots != roots.shift()))).gather(runs)
    return rows.drop("pair").filter(shared).with_columns(start=firsts.gather(runs.filter(shared)))


def in_order(found: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return groups of traits (`start`, `at`) in the order of their rows."""
    both = [rows.select(packed(pl.col("start"), pl.col("at"))) for rows in found]
    start, at = unpacked(pl.concat(both, rechunk=True).to_series().sort())
    return pl.DataFrame({"start": start, "at": at})


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

    def traits(self, at: pl.Series, *names: str) -> pl.DataFrame:
        """Return these columns of traits, with where each is (`at`) and its person as of now (`root`)."""
        return pl.DataFrame([at.alias("at"), self.roots_at(at).alias("root")]).hstack(self.columns.rows(at, names))

    def roots_at(self, at: pl.Series) -> pl.Series:
        """Return the people of these traits as of now."""
        return self.now().gather(self.columns.rows(at, ["node"]).to_series())

    def of_people(self, people: pl.Series) -> pl.Series:
        """Return of each trait whether it is one of these people's (true by root), as of now."""
        theirs = people.gather(self.now())  # by node
        return pl.concat([theirs.gather(part["node"]) for part in self.columns.parts("node")], rechunk=True)

    def among(self, name: str, values: pl.Series) -> pl.Series:
        """Return of each trait whether its key, a small number, is one of these."""
        column = self.columns.get(name)
        return marked(int(column.max() or 0) + 1, values).gather(column)  # type: ignore[arg-type]

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
        keys = self.columns.get(key) if before is None else self.columns.rows(before, [key]).to_series()
        roots = self.now().gather(self.columns.get("node")) if before is None else self.roots_at(before)
        shared = several(keys, roots)
        at = (shared.arg_true() if before is None else before.filter(shared)).cast(pl.UInt32()).alias(key)
        self._open.put(at)
        return pl.DataFrame({"at": at, "root": roots.filter(shared), key: keys.filter(shared)})

    def having(self, such: pl.Expr) -> pl.Series:
        """Return by node whether it stands for a person of whom some trait is such."""
        nodes = self.columns.filtered(such, "node").to_series()
        return marked(len(self.roots), self.now().gather(nodes))

    def sharing(self, *keys: str, among: Sequence[pl.Expr] = ()) -> Iterator[pl.DataFrame]:
        """Yield the traits (`at`, `root`) that share these keys, all known, and are not one person yet, some at a time.

        `start` tells the group, by its first trait. A group stands together, and its traits in the order of their
        rows. `among`: such traits alone, each said of a column, which comes along.
        """
        lead, *others = sorted(keys, key=SHARED.index)
        shared = self._sharing(lead)
        for such in (*among, *(pl.col(key) != 0 for key in others)):
            shared = shared.hstack(self.columns.rows(shared["at"], such.meta.root_names())).filter(such)
        yield from (several_of(share, keys) for share in shares(shared, lead))

    def open_groups(self, *keys: str) -> pl.DataFrame:
        """Return where the traits are (`start`, `at`) that share these keys, groups in the order of their rows."""
        return in_order(self.sharing(*keys))

    def viewed(self, groups: pl.DataFrame) -> Iterator[list[Coded]]:
        """Yield the traits of each group (`start`, `at`)."""
        for begin, size in pieces(groups["start"], VIEWED):
            piece = groups.slice(begin, size)
            views = self.views(piece["at"])
            for length in piece["start"].rle().struct.field("len").to_list():
                yield list(islice(views, length))

    def views(self, at: pl.Series) -> Iterator[Coded]:
        """Yield traits one by one, for the rules that look at two."""
        rows = self.columns.rows(at, [name for name in Coded._fields if name in self.columns])
        return chain.from_iterable(map(self.coder.views, rows.iter_slices(PART)))

    def kept_apart(self) -> int:
        """Return how many pairs of people a rule wanted to join and a contradiction kept apart."""
        roots = self.now()
        one, other = (roots.gather(end) for end in unpacked(pl.Series(self.forest.refused, dtype=pl.UInt64())))
        return pl.select(packed(pl.lit(one), pl.lit(other)).filter(one != other)).to_series().n_unique()


def facts_of(columns: Columns, nodes: int) -> list[Known]:
    """Return by kind and node what a person has only one of: the first that is known."""
    return [_facts(columns.filtered(pl.col(name) != 0, "node", name), nodes) for name in FACTS]


def _facts(known: pl.DataFrame, nodes: int) -> Known:
    """Return one kind of fact by node, zero where it is unknown."""
    node, fact = (column.reverse() for column in known)  # the first is the last, then, and stays
    if len(known) * RARE < nodes:
        return Rare(zip(node.to_list(), fact.to_list(), strict=True))
    blank = pl.repeat(0, nodes, dtype=pl.UInt32(), eager=True).scatter(node, fact)
    return array("I", chain.from_iterable(part.to_list() for part in slices(blank)))


def sure(names: Sequence[str] = FACTS) -> pl.Expr:
    """Return whether a trait says when somebody was born or of which generation they are (`sure`)."""
    return pl.any_horizontal(pl.col(name) != 0 for name in names).alias("sure")
