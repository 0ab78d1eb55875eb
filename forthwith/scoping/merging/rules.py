"""The rules in the order in which they are asked, from the surest to the weakest.

Each is asked of those alone who share something and are not one person yet: the rest is found in columns.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import polars as pl
from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.alike import families_alike
from forthwith.scoping.merging.coded import Coded
from forthwith.scoping.merging.columns import begun, packed, pieces, unpacked
from forthwith.scoping.merging.pairs import AT_ONCE as PAIRS_AT_ONCE
from forthwith.scoping.merging.pairs import IDENTIFIERS, beside, counted, differs, kept, known, pairs_of
from forthwith.scoping.merging.pairs import contradictions as contradictions_of_pairs
from forthwith.scoping.merging.plain import join_groups
from forthwith.scoping.merging.standing import VIEWED, Standing

MOST_PAIRS = 40  # distinct names in a block up to which all pairs are compared
PAIRED = ("node", "family", "country", *IDENTIFIERS, "customer", "company")  # of two who may be one
JOINED = ("node", "node_", "family", "family_")
UNSURE = 2**31  # a load has fewer nodes


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
    differ = {name for name in IDENTIFIERS if (a := getattr(one, name)) and (b := getattr(other, name)) and a != b}
    same_company = one.customer and other.customer and one.company == other.company
    return differ | {"customer"} if same_company and one.customer != other.customer else differ


class Unless(NamedTuple):
    """What speaks against two rows of one name: who is two people for certain, and who is unless families are alike."""

    two: pl.Expr
    ask: pl.Expr


def _colleagues() -> Unless:
    """Tell two of one first name at one phone apart: another family name, and what else is known differs.

    Where the family names are nearly one, a single difference (a second e-mail address) is not enough.
    """
    family, differences = differs("family"), contradictions_of_pairs()
    return Unless(family & (differences >= 2), family & (differences == 1))


def _strangers() -> Unless:
    """Tell namesakes born on one day apart: `strangers` of each pair."""
    both, apart = counted([known(name) for name in IDENTIFIERS]), counted([differs(name) for name in IDENTIFIERS])
    return Unless(differs("country") | ((both >= 2) & (apart == both)), pl.lit(False))


def strangers(one: Coded, other: Coded) -> bool:
    """Tell whether namesakes born on one day are two: they live in two countries, or all else that is known differs."""
    if one.country and other.country and one.country != other.country:
        return True
    both = sum(bool(getattr(one, name) and getattr(other, name)) for name in IDENTIFIERS)
    return both >= 2 and len(contradictions(one, other) - {"customer"}) == both


EXACT: tuple[tuple[str, tuple[str, str], Unless | None], ...] = (
    ("same customer number, same first name", ("customer", "first"), None),
    ("same e-mail, same first name", ("email", "first"), None),
    ("same phone, same name", ("phone", "whole"), None),
    ("same address, same name", ("address", "whole"), None),
    ("same e-mail, same name", ("email", "whole"), None),
    ("same customer number, same name", ("customer", "whole"), None),
    ("same phone, same first name", ("phone", "first"), _colleagues()),
    ("same name, same birth date", ("born", "whole"), _strangers()),
)


def exact(standing: Standing) -> None:
    """Join rows that share an identifier and the first name, or an address or birth date and the whole name."""
    for reason, names, unless in EXACT:
        if unless:
            _join_unless(standing, standing.open_groups(*names), unless, reason)
        else:
            join_groups(standing, *_sure_first(standing, names), reason)


def _join_unless(standing: Standing, groups: pl.DataFrame, unless: Unless, reason: str) -> None:
    """Join each two of a group that nothing speaks against."""
    groups = groups.filter(begun(groups["start"]) < MOST_PAIRS)
    for begin, length in pieces(groups["start"], VIEWED):
        piece = groups.slice(begin, length)
        side = standing.traits(piece["at"], *PAIRED)
        for place, size in pieces(piece["start"], PAIRS_AT_ONCE, power=2):
            _join_pairs(standing, side.slice(place, size), piece["start"].slice(place, size), unless, reason)


def _join_pairs(standing: Standing, side: pl.DataFrame, starts: pl.Series, unless: Unless, reason: str) -> None:
    """Join each two rows of one start that nothing speaks against."""
    apart = kept(side, pairs_of(starts), pl.col("root") != pl.col("root_"))
    ends = kept(side, apart, ~unless.two)
    asked = beside(side, ends, *map(pl.col, JOINED), unless.ask.alias("ask"))
    words = standing.coder.words
    for one, other, family, another, ask in asked.iter_rows():
        if not ask or families_alike(words[family], words[another]):
            standing.forest.join(one, other, reason)


def _sure_first(standing: Standing, names: Sequence[str]) -> tuple[pl.Series, pl.Series]:
    """Return groups (`start`) and their nodes, those that say when they were born or of which generation first."""
    groups = pl.concat([rows.select("start", "at") for rows in standing.sharing(*names)], rechunk=True)
    told = standing.columns.rows(groups["at"], ("node", "sure"))
    last = (~pl.col("sure")).cast(pl.UInt64()) * UNSURE + pl.col("node")
    start, node = unpacked(told.hstack(groups.select("start")).select(packed(pl.col("start"), last)).to_series().sort())
    return start, node % UNSURE


def far(what: str, one: Coded, other: Coded) -> bool:
    """Tell whether two whose names are only alike differ in two other ways: neighbours at one phone or address."""
    return what != "same e-mail" and len(contradictions(one, other)) >= 2


def weak(what: str, one: Coded, other: Coded) -> bool:
    """Tell whether names that are only short for each other are contradicted by what else is known."""
    differ = contradictions(one, other)
    return "customer" in differ or ("email" in differ and what != "same e-mail")
