"""Rows beside one another: each two of a group as two places, and what is asked of both at once."""

from functools import reduce
from operator import add

import polars as pl

AT_ONCE = 400_000  # pairs that are looked at together
IDENTIFIERS = ("email", "phone", "address")


def pairs_of(starts: pl.Series) -> pl.DataFrame:
    """Return the places of each two rows of one start (`position`, `position_`), in their order."""
    ends = starts.rle().struct.field("len").cum_sum().cast(pl.UInt32()).gather(starts.rle_id())
    places = pl.DataFrame({"position": pl.int_range(len(starts), dtype=pl.UInt32(), eager=True), "end": ends})
    others = pl.int_ranges(pl.col("position") + 1, "end", dtype=pl.UInt32()).alias("position_")
    return places.filter(pl.col("position") + 1 < pl.col("end")).select("position", others).explode("position_")


def kept(side: pl.DataFrame, ends: pl.DataFrame, such: pl.Expr) -> pl.DataFrame:
    """Return the pairs that are such; the second one's columns end in `_`."""
    if ends.is_empty():
        return ends.select("position", "position_")
    return ends.select("position", "position_").filter(beside(side, ends, such).to_series())


def beside(side: pl.DataFrame, ends: pl.DataFrame, *asked: pl.Expr) -> pl.DataFrame:
    """Return what is asked of pairs; of both rows those columns alone are brought together that this needs."""
    names = {name for one in asked for name in one.meta.root_names()}
    mine = side.select(name for name in side.columns if name in names)[ends["position"]]
    theirs = side.select(name for name in side.columns if f"{name}_" in names)[ends["position_"]]
    both = [ends.drop("position", "position_"), mine, theirs.rename(lambda name: f"{name}_")]
    return pl.concat(both, how="horizontal").lazy().select(*asked).collect()  # what is asked twice is computed once


def known(name: str) -> pl.Expr:
    """Return whether something is known of both."""
    return (pl.col(name) != 0) & (pl.col(f"{name}_") != 0)


def differs(name: str) -> pl.Expr:
    """Return whether something is known of both and differs."""
    return known(name) & (pl.col(name) != pl.col(f"{name}_"))


def counted(such: "list[pl.Expr]") -> pl.Expr:
    """Return how many of these hold."""
    return reduce(add, (each.cast(pl.UInt8()) for each in such))


def contradictions() -> pl.Expr:
    """Return in how many ways two differ: `rules.contradictions` of each pair."""
    same_company = pl.col("company") == pl.col("company_")
    return counted([*map(differs, IDENTIFIERS), differs("customer") & same_company])
