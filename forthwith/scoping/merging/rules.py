"""The rules in the order in which they are asked, from the surest to the weakest.

Each is asked of those alone who share something and are not one person yet: the rest is found in columns.
"""

from collections.abc import Callable, Iterable
from itertools import chain, combinations, pairwise

import polars as pl
from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.alike import families_alike
from forthwith.scoping.merging.coded import Coded
from forthwith.scoping.merging.forest import Forest
from forthwith.scoping.merging.standing import Standing, slices

MOST_PAIRS = 40  # distinct names in a block up to which all pairs are compared


def national_ids(standing: Standing) -> None:
    """Join rows with the same national id unless their names contradict: a typing error gives a stranger's number."""
    for group in standing.viewed(standing.open_groups("national")):
        for one, other in pairwise(group):
            if _not_contrary(one, other):
                standing.forest.join(one.node, other.node, "same national id, compatible name")


def _not_contrary(one: Coded, other: Coded) -> bool:
    """Tell whether two names may be one person's: either name agrees, or one row has none."""
    first = not (one.first and other.first) or JaroWinkler.similarity(one.first, other.first) >= 0.8
    last = bool(one.family and other.family) and JaroWinkler.similarity(one.family, other.family) >= 0.9
    short = bool(one.given and other.given) and one.given[0] == other.given[0]
    return first or (last and short) or (one.whole != 0 and one.whole == other.whole)


def contradictions(one: Coded, other: Coded) -> set[str]:
    """Return what is known of both rows and differs. Customer numbers differ only within one company."""
    differ = {
        name
        for name in ("email", "phone", "address")
        if (a := getattr(one, name)) and (b := getattr(other, name)) and a != b
    }
    same_company = one.customer and other.customer and one.company == other.company
    return differ | {"customer"} if same_company and one.customer != other.customer else differ


def _colleagues(one: Coded, other: Coded) -> bool:
    """Tell whether two of one first name at one phone are two: another family name, and what else is known differs.

    Where the family names are nearly one, a single difference (a second e-mail address) is not enough.
    """
    if one.family == other.family or not (one.family and other.family):
        return False
    return len(contradictions(one, other)) >= (2 if families_alike(one.family, other.family) else 1)


def strangers(one: Coded, other: Coded) -> bool:
    """Tell whether namesakes born on one day are two: they live in two countries, or all else that is known differs."""
    if one.country and other.country and one.country != other.country:
        return True
    known = sum(bool(getattr(one, name) and getattr(other, name)) for name in ("email", "phone", "address"))
    return known >= 2 and len(contradictions(one, other) - {"customer"}) == known


EXACT: tuple[tuple[str, tuple[str, str], Callable[[Coded, Coded], bool] | None], ...] = (
    ("same customer number, same first name", ("customer", "first"), None),
    ("same e-mail, same first name", ("email", "first"), None),
    ("same phone, same name", ("phone", "whole"), None),
    ("same address, same name", ("address", "whole"), None),
    ("same e-mail, same name", ("email", "whole"), None),
    ("same customer number, same name", ("customer", "whole"), None),
    ("same phone, same first name", ("phone", "first"), _colleagues),
    ("same name, same birth date", ("born", "whole"), strangers),
)


def exact(standing: Standing) -> None:
    """Join rows that share an identifier and the first name, or an address or birth date and the whole name."""
    for reason, names, unless in EXACT:
        if unless is None:
            for nodes in _sure_first(standing.open_groups(*names, columns=("node", "sure"))):
                standing.forest.join_all(nodes, reason)
            continue
        for group in standing.viewed(standing.open_groups(*names)):
            _join_unless(standing.forest, group[:MOST_PAIRS], unless, reason)


def _join_unless(
    forest: Forest, group: list[Coded], unless: Callable[[Coded, Coded], bool], reason: str
) -> None:  # fmt: skip
    """Join each pair of a group that nothing speaks against."""
    for one, other in combinations(group, 2):
        if forest.root(one.node) != forest.root(other.node) and not unless(one, other):
            forest.join(one.node, other.node, reason)


def _sure_first(groups: pl.DataFrame) -> Iterable[list[int]]:
    """Return each group's nodes, those that say when they were born or of which generation before those that don't."""
    unsure = ~pl.col("sure").alias("unsure")
    ordered = groups.select("start", unsure, "node").sort("start", "unsure", "node", maintain_order=True)
    lists = ordered.group_by("start", maintain_order=True).agg("node")["node"]
    return chain.from_iterable(part.to_list() for part in slices(lists))


def far(what: str, one: Coded, other: Coded) -> bool:
    """Tell whether two whose names are only alike differ in two other ways: neighbours at one phone or address."""
    return what != "same e-mail" and len(contradictions(one, other)) >= 2


def weak(what: str, one: Coded, other: Coded) -> bool:
    """Tell whether names that are only short for each other are contradicted by what else is known."""
    differ = contradictions(one, other)
    return "customer" in differ or ("email" in differ and what != "same e-mail")
