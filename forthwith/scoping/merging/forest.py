"""Union-find that remembers why, and refuses what can't be one person."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import TypeAlias


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
        # why each node belongs: its neighbour towards the lowest node, and the reason; see `_tell`
        self.beside = array("I", range(nodes))
        self.why = array("H", repeat(0, nodes))  # reasons are few: words, and scores of two digits
        self.told: list[str] = [""]  # the reasons by number
        self._numbers: dict[str, int] = {}
        self._joined = array("I")
        self.refused: set[tuple[int, int]] = set()

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
        if self.conflict(first, second):
            self.refused.add((first, second))
            return False
        self._parent[second] = first
        self._joined.append(second)
        self._tell(one, other, second, reason)
        self._inherit(first, second)
        return True

    def _inherit(self, first: int, second: int) -> None:
        """Let a root know what the one that it took in knew."""
        for known in self._facts:
            if (fact := known[second]) and not known[first]:
                known[first] = fact
        if self._held and second in self._held:
            self._held.add(first)
        for stranger in self._apart.pop(second, ()):
            self._apart[stranger].discard(second)
            self._apart[stranger].add(first)
            self._apart[first].add(stranger)

    def _tell(self, one: int, other: int, second: int, reason: str) -> None:
        """Hang `other` on `one`, and turn the reasons on the way from `other` to its old root, `second`, around."""
        above, why = one, self._number(reason)
        while True:
            next_above, next_why = self.beside[other], self.why[other]
            self.beside[other], self.why[other] = above, why
            if other == second:
                return
            above, why, other = other, next_why, next_above

    def _number(self, reason: str) -> int:
        """Return the number of a reason."""
        number = self._numbers.get(reason)
        if number is None:
            number = self._numbers[reason] = len(self.told)
            self.told.append(reason)
        return number

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

    def kept_apart(self) -> int:
        """Return how many pairs of people a rule wanted to join and a contradiction kept apart."""
        apart = {(self.root(one), self.root(other)) for one, other in self.refused}
        return sum(one != other for one, other in apart)
