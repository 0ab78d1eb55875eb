"""Identifiers that identify nobody: what too many people share, and the customer numbers of unlike systems."""

from collections import Counter

import polars as pl
from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.columns import Columns

IDENTIFIERS = {"email": "e-mail", "phone": "phone", "customer": "customer number"}
MOST_NAMES = 8  # an address or number that more first names share identifies nobody
AGREE = 0.5  # share of a company's customer numbers whose rows must agree on the first name
VOTES = 5  # numbers that must have been compared before a company's are not believed


def without_crowds(traits: Columns, words: list[str]) -> None:
    """Blank those identifiers that too many people share, or that agree on nobody."""
    numbers = traits.select("customer", "company", "node", "first")
    disagreeing = pl.Series(_disagreeing(numbers, words), dtype=pl.UInt32())
    for name in IDENTIFIERS:
        held = traits.select(name, "given", "first")
        gone = held.select(pl.col(name).is_in(_crowds(held, name).implode())).to_series()
        if name == "customer":
            gone |= numbers["company"].is_in(disagreeing.implode()) & (numbers["customer"] != 0)
            traits.put(_blanked(numbers["company"], gone))
        traits.put(_blanked(held[name], gone))


def _blanked(column: pl.Series, gone: pl.Series) -> pl.Series:
    """Return a column with zero where it is gone."""
    return pl.select(pl.when(gone).then(pl.lit(0, pl.UInt32())).otherwise(column).alias(column.name)).to_series()


def _crowds(traits: pl.DataFrame, name: str) -> pl.Series:
    """Return the values of an identifier that too many first names share."""
    named = traits.lazy().filter((pl.col(name) != 0) & (pl.col("given") != 0)).select(name, "first")
    many = named.group_by(name).len().filter(pl.col("len") > MOST_NAMES).select(name)
    firsts = named.join(many, on=name, how="semi").group_by(name).agg(pl.col("first").n_unique())
    return firsts.filter(pl.col("first") > MOST_NAMES).collect()[name]


def _disagreeing(traits: pl.DataFrame, words: list[str]) -> list[int]:
    """Return the companies whose customer numbers mostly join different first names: numbers of unlike systems."""
    numbers = traits.lazy().filter(pl.col("customer") != 0).group_by("customer", maintain_order=True)
    shared = numbers.agg(
        pl.col("company").first(), nodes=pl.col("node").n_unique(),
        firsts=pl.col("first").filter(pl.col("first") != 0).head(2),
    ).filter((pl.col("nodes") > 1) & (pl.col("firsts").list.len() > 1))  # fmt: skip
    compared = shared.group_by("company", "firsts").len().collect()
    votes: dict[int, Counter[bool]] = {}
    for company, (one, other), times in compared.iter_rows():
        votes.setdefault(company, Counter())[_near(words[one], words[other])] += times
    return [company for company, count in votes.items() if _wrong(count)]


def _wrong(votes: Counter[bool]) -> bool:
    """Tell whether so few of a company's numbers agree that they are not believed."""
    return votes.total() >= VOTES and votes[True] < AGREE * votes.total()


def _near(one: str, other: str) -> bool:
    """Tell whether two first names may be one person's."""
    return JaroWinkler.similarity(one, other) >= 0.8 or one[0] == other[0]
