"""Union-find that remembers why, and refuses what can't be one person."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from whole_set.traits import Trait

ONLY_ONE = ("born", "national", "suffix")  # of these a person has one


@dataclass(frozen=True, slots=True)
class Edge:
    """Two nodes that were joined, and the rule that did it."""

    one: int
    other: int
    reason: str


class Forest:
    """Nodes, and which of them are one person so far."""

    def __init__(self, nodes: int, traits: Iterable[Trait], held: Iterable[int] = ()) -> None:
        self._parent = list(range(nodes))
        self._facts: dict[str, dict[int, str]] = {name: {} for name in ONLY_ONE}
        for trait in traits:
            for name in ONLY_ONE:
                if value := getattr(trait, name):
                    self._facts[name].setdefault(trait.node, value)
        self._held = set(held)  # people who already have a delivery: two of them stay two
        self.edges: list[Edge] = []
        self.refused: set[tuple[int, int]] = set()

    def root(self, node: int) -> int:
        """Return the node that stands for this one's person."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def conflict(self, one: int, other: int) -> bool:
        """Tell whether two roots can't be one person: different birth dates, national ids or generations."""
        if one in self._held and other in self._held:
            return True
        return any((a := facts.get(one)) and (b := facts.get(other)) and a != b for facts in self._facts.values())

    def join(self, one: int, other: int, reason: str) -> bool:
        """Make two nodes one person and remember why. Returns whether they are one now."""
        first, second = self.root(one), self.root(other)
        if first == second:
            return True
        if self.conflict(first, second):
            self.refused.add((min(first, second), max(first, second)))
            return False
        first, second = min(first, second), max(first, second)
        self._parent[second] = first
        for facts in self._facts.values():
            if second in facts:
                facts.setdefault(first, facts[second])
        if second in self._held:
            self._held.add(first)
        self.edges.append(Edge(one, other, reason))
        return True

    def join_all(self, nodes: Iterable[int], reason: str) -> None:
        """Join nodes that share a key; where some can't be one person, each joins the first that it can."""
        heads: list[int] = []
        for node in dict.fromkeys(nodes):
            if not any(self.join(head, node, reason) for head in heads):
                heads.append(node)

    def groups(self) -> list[list[int]]:
        """Return the nodes of each person, both in order of first appearance."""
        found: dict[int, list[int]] = defaultdict(list)
        for node in range(len(self._parent)):
            found[self.root(node)].append(node)
        return list(found.values())

    def reasons(self) -> dict[int, str]:
        """Return for each node but a person's first the reason that ties it on."""
        beside: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for edge in self.edges:
            beside[edge.one].append((edge.other, edge.reason))
            beside[edge.other].append((edge.one, edge.reason))
        told: dict[int, str] = {}
        for group in self.groups():
            walked, ahead = {group[0]}, [group[0]]
            while ahead:
                for other, reason in beside[ahead.pop()]:
                    if other not in walked:
                        told[other] = reason
                        walked.add(other)
                        ahead.append(other)
        return told
