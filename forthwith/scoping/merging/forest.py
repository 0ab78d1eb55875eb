"""Union-find that remembers why, and refuses what can't be one person."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeAlias

import polars as pl

from forthwith.scoping.merging.columns import PART, bytes_of, slices

TOLD = 128  # the bit of those who have a delivery or were told apart
FEW = 1_000_000  # pairs that are remembered before the same are looked for


class Rare(dict[int, int]):
    """What few nodes have; zero of all others."""

    def __missing__(self, node: int) -> int:
        return 0


Known: TypeAlias = "array[int] | Rare"  # a fact by node, zero where it is unknown


class Forest:
    """Nodes, and which of them are one person so far. A person stands under the lowest node."""

    def __init__(
        self, nodes: int, facts: Sequence[Known] = (), held: Iterable[int] = (),
        apart: Iterable[tuple[int, int]] = (),
    ) -> None:  # fmt: skip
        """Plant `nodes` trees. `facts`: by kind and node, of which a person has one (zero: unknown).

        `apart`: pairs of nodes that a reviewer told apart: they never become one, by no way round.
        """
        self._parent = array("I", range(nodes))
        self._facts = list(facts)
        self._apart: dict[int, set[int]] = defaultdict(set)
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)
        self._held = set(held)  # people who already have a delivery: two of them stay two
        self._speaks = self._spoken(nodes)
        # why each node belongs: its neighbour towards the lowest node, and the reason; see `_tell`
        self.beside = array("I", range(nodes))
        self.why = array("H", bytes(2 * nodes))  # reasons are few: words, and scores of two digits
        self.told: list[str] = [""]  # the reasons by number
        self._numbers: dict[str, int] = {}
        self._joined = array("I")
        self.refused = array("Q")  # pairs of roots, packed
        self._most_refused = FEW

    def _spoken(self, nodes: int) -> bytearray:
        """Return by node, a bit each, what may speak against joining it; two that share no bit can't differ."""
        common = [(known != 0).cast(pl.UInt8()) * (1 << kind) for kind, known in self.common_facts()]
        speaks = bytes_of(sum(common, start=pl.repeat(0, nodes, dtype=pl.UInt8(), eager=True)))
        for kind, known in enumerate(self._facts):
            for node in known if isinstance(known, Rare) else ():
                speaks[node] |= 1 << kind
        for node in (*self._apart, *self._held):
            speaks[node] |= TOLD
        return speaks

    def root(self, node: int) -> int:
        """Return the node that stands for this one's person."""
        parent = self._parent
        while (above := parent[node]) != node:
            parent[node] = node = parent[above]
        return node

    def conflict(self, one: int, other: int) -> bool:
        """Tell whether two roots can't be one person: they differ in what one has once, or somebody told them apart."""
        for known in self._facts:
            if (b := known[other]) and (a := known[one]) and a != b:
                return True
        if self._apart and other in self._apart.get(one, ()):
            return True
        return bool(self._held) and one in self._held and other in self._held

    def join(self, one: int, other: int, reason: str) -> bool:
        """Make two nodes one person and remember why. Returns whether they are one now."""
        first, second = self.root(one), self.root(other)
        if first == second:
            return True
        if second < first:
            first, second, one, other = second, first, other, one
        if (speaks := self._speaks[second]) and speaks & self._speaks[first] and self.conflict(first, second):
            self._refuse(first, second)
            return False
        self._parent[second] = first
        self._joined.append(second)
        self._tell(one, other, second, self._numbers.get(reason) or self._number(reason))
        if speaks:
            self._inherit(first, second)
        return True

    def _refuse(self, first: int, second: int) -> None:
        """Remember a pair of roots that can't be one person; the same is refused by many rules."""
        self.refused.append(first << 32 | second)
        if len(self.refused) > self._most_refused:
            pairs = pl.Series(self.refused, dtype=pl.UInt64()).unique()
            self.refused = array("Q", chain.from_iterable(part.to_list() for part in slices(pairs)))
            self._most_refused = 2 * len(self.refused) + FEW

    def _inherit(self, first: int, second: int) -> None:
        """Let a root know what the one that it took in knew."""
        self._speaks[first] |= self._speaks[second]
        for known in self._facts:
            if (fact := known[second]) and not known[first]:
                known[first] = fact
        if self._held and second in self._held:
            self._held.add(first)
        for stranger in self._apart.pop(second, ()):
            self._apart[stranger].discard(second)
            self._apart[stranger].add(first)
            self._apart[first].add(stranger)

    def _tell(self, one: int, other: int, second: int, why: int) -> None:
        """Hang `other` on `one`, and turn the reasons on the way from `other` to its old root, `second`, around."""
        above = one
        while other != second:
            next_above, next_why = self.beside[other], self.why[other]
            self.beside[other], self.why[other] = above, why
            above, why, other = other, next_why, next_above
        self.beside[second], self.why[second] = above, why

    def _number(self, reason: str) -> int:
        """Return the number of a reason that is told for the first time."""
        number = self._numbers[reason] = len(self.told)
        self.told.append(reason)
        return number

    def common_facts(self) -> Iterator[tuple[int, pl.Series]]:
        """Yield the facts by node that many have, each with its kind."""
        for kind, known in enumerate(self._facts):
            if not isinstance(known, Rare):
                yield kind, pl.Series(known, dtype=pl.UInt32())

    def peculiar(self) -> pl.Series:
        """Return the roots, among other nodes, of whom something is known that few have."""
        few = chain.from_iterable(known for known in self._facts if isinstance(known, Rare))
        return pl.Series([*few, *self._apart, *self._held], dtype=pl.UInt32())

    def hang(self, joins: pl.DataFrame, reason: str) -> None:
        """Join roots, each to a node of a lower root (`node`, `head`, `first`), where nothing speaks against it."""
        why = 0 if joins.is_empty() else self._numbers.get(reason) or self._number(reason)
        for part in joins.iter_slices(PART):
            for node, head, root in part.iter_rows():
                self._parent[node], self.beside[node], self.why[node] = root, head, why
            self._joined.extend(part["node"].to_list())

    def learn(self, kind: int, roots: pl.Series, facts: pl.Series) -> None:
        """Let roots know facts that aren't known of them yet; zero is none."""
        known = self._facts[kind]
        for root, fact in pl.DataFrame({"root": roots, "fact": facts}).filter(facts != 0).iter_rows():
            if not known[root]:
                known[root] = fact
                self._speaks[root] |= 1 << kind

    def join_groups(self, nodes: Iterable[int], lengths: Iterable[int], reason: str) -> None:
        """Join the nodes of each group, which stand one after the other; most are two."""
        rest = iter(nodes)
        for length in lengths:
            if length == 2:
                self.join(next(rest), next(rest), reason)
            else:
                self.join_all(islice(rest, length), reason)

    def join_all(self, nodes: Iterable[int], reason: str) -> None:
        """Join nodes that share a key; where some can't be one person, each joins the first that it can."""
        head, *others = dict.fromkeys(nodes)
        heads = [head]
        for node in others:
            for head in heads:
                if self.join(head, node, reason):
                    break
            else:
                heads.append(node)

    def moved(self) -> tuple[array[int], array[int]]:
        """Return the roots that are none any more since this was last asked, and the new one of each."""
        joined, self._joined = self._joined, array("I")
        return joined, array("I", map(self.root, joined))
