"""Groups that need no rule to look at them row by row: none touches another, and nothing speaks against joining it.

Most are such. They are found in columns, and become people all at once, as `Forest.join_groups` would have it.
"""

from collections.abc import Iterator

import polars as pl

from forthwith.scoping.merging.columns import PART, marked, pieces
from forthwith.scoping.merging.forest import Forest
from forthwith.scoping.merging.standing import Standing

WORTH = 5_000  # rows from which on columns are quicker than asking of each


def join_groups(standing: Standing, starts: pl.Series, nodes: pl.Series, reason: str) -> None:
    """Join the nodes of each group (`starts`), which stand together."""
    if len(nodes) >= WORTH:
        starts, nodes = _rest(standing, starts, nodes, reason)
    for begin, length in pieces(starts, PART):
        lengths = starts.slice(begin, length).rle().struct.field("len").to_list()
        standing.forest.join_groups(nodes.slice(begin, length).to_list(), lengths, reason)


def _rest(standing: Standing, starts: pl.Series, nodes: pl.Series, reason: str) -> tuple[pl.Series, pl.Series]:
    """Join the plain groups; return the others."""
    lengths, now = starts.rle().struct.field("len"), standing.now()
    heads = nodes.gather(lengths.cum_sum() - lengths)
    rows = pl.DataFrame({"group": starts.rle_id(), "node": nodes, "root": now.gather(nodes)})
    rows = rows.with_columns(head=heads.gather(rows["group"]), first=now.gather(heads).gather(rows["group"]))
    facts = dict(_facts(standing.forest, rows))
    odd = marked(len(heads), rows["group"].filter(_odd(standing, rows, facts))).gather(rows["group"])
    joined = ~odd & (rows["root"] != rows["first"])
    for kind, fact in facts.items():
        standing.forest.learn(kind, rows["first"].filter(joined), fact.filter(joined))
    standing.forest.hang(rows.filter(joined).select("node", "head", "first"), reason)
    return starts.filter(odd), nodes.filter(odd)


def _facts(forest: Forest, rows: pl.DataFrame) -> Iterator[tuple[int, pl.Series]]:
    """Yield by kind of fact, of those that many have, what is known of one person of each row's group."""
    for kind, known in forest.common_facts():
        mine = known.gather(rows["root"])
        told = mine != 0
        one = pl.repeat(0, len(rows), dtype=pl.UInt32(), eager=True)
        yield kind, one.scatter(rows["group"].filter(told), mine.filter(told)).gather(rows["group"])


def _odd(standing: Standing, rows: pl.DataFrame, facts: dict[int, pl.Series]) -> pl.Series:
    """Return of each row whether its group must be looked at: there the order may matter, or somebody be refused."""
    node, root, first, group = (rows[name] for name in ("node", "root", "first", "group"))
    nodes = len(standing.roots)
    turned = (root != first) & ((node != root) | (node < first))  # reasons on the way would turn around
    somewhere = pl.repeat(0, nodes, dtype=pl.UInt32(), eager=True).scatter(root, group)
    elsewhere = root.filter(somewhere.gather(root) != group)
    odd = turned | marked(nodes, elsewhere).gather(root) | marked(nodes, standing.forest.peculiar()).gather(root)
    for kind, known in standing.forest.common_facts():
        mine = known.gather(root)
        odd |= (mine != 0) & (mine != facts[kind])
    return odd
