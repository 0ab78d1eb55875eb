"""Identifiers that identify nobody: what too many people share, and the customer numbers of unlike systems."""

from collections import Counter, defaultdict

import polars as pl
from rapidfuzz.distance import JaroWinkler

from forthwith.scoping.merging.columns import Columns, several, shares

IDENTIFIERS = {"email": "e-mail", "phone": "phone", "customer": "customer number"}
MOST_NAMES = 8  # an address or number that more first names share identifies nobody
AGREE = 0.5  # share of a company's customer numbers whose rows must agree on the first name
VOTES = 5  # numbers that must have been compared before a company's are not believed


def without_crowds(traits: Columns, words: list[str]) -> None:
    """Blank those identifiers that too many people share, or that agree on nobody."""
    wrong = pl.Series(_disagreeing(traits, words), dtype=pl.UInt32())
    for name in IDENTIFIERS:
        gone = pl.col(name).is_in(_crowds(traits, name).implode())
        if name == "customer":
            gone |= pl.col("company").is_in(wrong.implode()) & (pl.col(name) != 0)
        names = ("company", name) if name == "customer" else (name,)
        for column in [traits.computed(_blanked(each, gone)) for each in names]:
            traits.put(column)


def _blanked(name: str, gone: pl.Expr) -> pl.Expr:
    """Return a column with zero where it is gone."""
    return pl.when(gone).then(pl.lit(0, pl.UInt32())).otherwise(pl.col(name)).alias(name)


def _crowds(traits: Columns, name: str) -> pl.Series:
    """Return the values of an identifier that too many first names share."""
    named = traits.filtered((pl.col(name) != 0) & (pl.col("given") != 0), name, "first")
    return pl.concat([_crowds_of(share, name) for share in shares(named, name)])


def _crowds_of(named: pl.DataFrame, name: str) -> pl.Series:
    """Return the values that too many first names share, of rows that have both."""
    runs = named[name].sort().rle().struct
    many = runs.field("value").filter(runs.field("len") > MOST_NAMES)
    firsts = named.filter(pl.col(name).is_in(many.implode())).group_by(name).agg(pl.col("first").n_unique())
    return firsts.filter(pl.col("first") > MOST_NAMES)[name]


def _disagreeing(traits: Columns, words: list[str]) -> list[int]:
    """Return the companies whose customer numbers mostly join different first names: numbers of unlike systems."""
    numbers = traits.filtered(pl.col("customer") != 0, "customer", "company", "node", "first")
    votes = defaultdict[int, Counter[bool]](Counter)
    shared = numbers.filter(several(numbers["customer"], numbers["node"]))
    for share in shares(shared, "customer"):
        for company, (one, other), times in _compared(share.lazy()).iter_rows():
            votes[company][_near(words[one], words[other])] += times
    return [company for company, count in votes.items() if _wrong(count)]


def _compared(numbers: pl.LazyFrame) -> pl.DataFrame:
    """Return how often (`len`) two first names (`firsts`) share a customer number of a company."""
    named = numbers.group_by("customer", maintain_order=True).agg(
        pl.col("company").first(), firsts=pl.col("first").filter(pl.col("first") != 0).head(2)
    )
    shared = named.filter(pl.col("firsts").list.len() > 1)
    return shared.group_by("company", "firsts").len().collect()


def _wrong(votes: Counter[bool]) -> bool:
    """Tell whether so few of a company's numbers agree that they are not believed."""
    return votes.total() >= VOTES and votes[True] < AGREE * votes.total()


def _near(one: str, other: str) -> bool:
    """Tell whether two first names may be one person's."""
    return JaroWinkler.similarity(one, other) >= 0.8 or one[0] == other[0]
