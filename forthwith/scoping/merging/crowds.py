"""Identifiers that identify nobody: what too many people share, and the customer numbers of unlike systems."""

from collections import Counter, defaultdict

import polars as pl
from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.columns import Columns, shares

IDENTIFIERS = {"email": "e-mail", "phone": "phone", "customer": "customer number"}
MOST_NAMES = 8  # an address or number that more first names share identifies nobody
AGREE = 0.5  # share of a company's customer numbers whose rows must agree on the first name
VOTES = 5  # numbers that must have been compared before a company's are not believed


def without_crowds(traits: Columns, words: list[str]) -> None:
    """Blank those identifiers that too many people share, or that agree on nobody."""
    wrong = pl.Series(_disagreeing(traits, words), dtype=pl.UInt32())
    for name in IDENTIFIERS:
        column = traits.get(name)
        gone = column.is_in(_crowds(traits, name).implode())
        if name == "customer":
            company = traits.get("company")
            gone |= company.is_in(wrong.implode()) & (column != 0)
            traits.put(_blanked(company, gone))
        traits.put(_blanked(column, gone))


def _blanked(column: pl.Series, gone: pl.Series) -> pl.Series:
    """Return a column with zero where it is gone."""
    return pl.select(pl.when(gone).then(pl.lit(0, pl.UInt32())).otherwise(column).alias(column.name)).to_series()


def _crowds(traits: Columns, name: str) -> pl.Series:
    """Return the values of an identifier that too many first names share."""
    known = (pl.col(name) != 0) & (pl.col("given") != 0)
    named = traits.select(name, "first", "given").lazy().filter(known).select(name, "first").collect()
    return pl.concat([_crowds_of(share.lazy(), name) for share in shares(named, name)])


def _crowds_of(named: pl.LazyFrame, name: str) -> pl.Series:
    """Return the values that too many first names share, of rows that have both."""
    many = named.group_by(name).len().filter(pl.col("len") > MOST_NAMES).select(name)
    firsts = named.join(many, on=name, how="semi").group_by(name).agg(pl.col("first").n_unique())
    return firsts.filter(pl.col("first") > MOST_NAMES).collect()[name]


def _disagreeing(traits: Columns, words: list[str]) -> list[int]:
    """Return the companies whose customer numbers mostly join different first names: numbers of unlike systems."""
    numbers = traits.select("customer", "company", "node", "first").filter(pl.col("customer") != 0)
    votes = defaultdict[int, Counter[bool]](Counter)
    for share in shares(numbers, "customer"):
        for company, (one, other), times in _compared(share.lazy()).iter_rows():
            votes[company][_near(words[one], words[other])] += times
    return [company for company, count in votes.items() if _wrong(count)]


def _compared(numbers: pl.LazyFrame) -> pl.DataFrame:
    """Return how often (`len`) two first names (`firsts`) share a customer number of a company."""
    shared = numbers.group_by("customer", maintain_order=True).agg(
        pl.col("company").first(), nodes=pl.col("node").n_unique(),
        firsts=pl.col("first").filter(pl.col("first") != 0).head(2),
    ).filter((pl.col("nodes") > 1) & (pl.col("firsts").list.len() > 1))  # fmt: skip
    return shared.group_by("company", "firsts").len().collect()


def _wrong(votes: Counter[bool]) -> bool:
    """Tell whether so few of a company's numbers agree that they are not believed."""
    return votes.total() >= VOTES and votes[True] < AGREE * votes.total()


def _near(one: str, other: str) -> bool:
    """Tell whether two first names may be one person's."""
    return JaroWinkler.similarity(one, other) >= 0.8 or one[0] == other[0]
