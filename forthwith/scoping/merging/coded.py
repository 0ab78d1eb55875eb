"""Traits as numbers, so that a million of them can be grouped in columns. Zero means unknown and never matches.

Names, dates and places are numbered, which is exact. Addresses and numbers are one or few a person: they become keyed
hashes of 64 bits, with a fresh key a load, since a dictionary of them would outgrow the rows (among ten million, the
chance that any two are confused is one in 300,000, and then the names would still have to agree).
"""

import os
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

import polars as pl

from forthwith.scoping.normalising.names import canonical_first

HASHED = ("email", "phone", "address", "customer", "national")
NUMBERED = ("given", "family", "suffix", "born", "country")
SCHEMA = pl.Schema(
    {"node": pl.UInt32(), **dict.fromkeys(NUMBERED, pl.UInt32()), "first": pl.UInt32(), "company": pl.UInt32()}
    | {"whole": pl.UInt64(), **dict.fromkeys(HASHED, pl.UInt64())}
)


class Coded(NamedTuple):
    """One trait for the rules: names as text, the rest as numbers that are only compared."""

    node: int
    given: str
    family: str
    first: str  # the first given name; a nickname by its one full name
    whole: int  # both names without regard to order, so that swapped columns are the same
    email: int
    phone: int
    address: int
    born: int
    customer: int
    company: int  # whose customer number it is
    national: int
    country: int


NAMES = [Coded._fields.index(name) for name in ("given", "family", "first")]


class Coder:
    """Turns traits into numbers; one for a load, so that its parts compare."""

    def __init__(self) -> None:
        self._seed = int.from_bytes(os.urandom(8), "big")
        self._numbers: dict[str, int] = {"": 0}
        self.words: list[str] = [""]

    def coded(self, traits: pl.DataFrame) -> pl.DataFrame:
        """Return traits (`traits.SCHEMA`) as numbers."""
        company = pl.col("customer").str.extract(r"^([^:]*)", 1)
        numbered = traits.select(
            "node", *(self._numbered(pl.col(name)) for name in NUMBERED), self._numbered(company).alias("company"),
            *(self._hashed(name) for name in HASHED),
        )  # fmt: skip
        firsts = self._firsts(numbered["given"])
        return numbered.with_columns(first=firsts).with_columns(whole=_whole()).select(SCHEMA.names())

    def views(self, rows: pl.DataFrame) -> list[Coded]:
        """Return coded traits one by one, for the rules that look at two."""
        columns = [rows[name].to_list() for name in Coded._fields]
        for at in NAMES:
            columns[at] = list(map(self.words.__getitem__, columns[at]))
        return list(map(partial(tuple.__new__, Coded), zip(*columns, strict=True)))

    def _numbered(self, texts: pl.Expr) -> pl.Expr:
        """Return an expression that numbers texts."""
        return texts.map_batches(self._numbers_of, return_dtype=pl.UInt32())

    def _numbers_of(self, texts: pl.Series) -> pl.Series:
        """Return the numbers of a column of texts; new ones are given to new texts."""
        distinct = texts.unique()
        if not len(distinct):
            return texts.cast(pl.UInt32())
        numbers = pl.Series([self.number(text) for text in distinct.to_list()], dtype=pl.UInt32())
        return texts.replace_strict(distinct, numbers, return_dtype=pl.UInt32())

    def number(self, text: str) -> int:
        """Return the number of a text."""
        number = self._numbers.setdefault(text, len(self.words))
        if number == len(self.words):
            self.words.append(text)
        return number

    def _firsts(self, given: pl.Series) -> pl.Series:
        """Return the numbers of the canonical first names of these given names."""
        distinct = given.unique()
        firsts = [self.number(canonical_first(self.words[number])) if number else 0 for number in distinct.to_list()]
        if not firsts:
            return given
        return given.replace_strict(distinct, pl.Series(firsts, dtype=pl.UInt32()), return_dtype=pl.UInt32())

    def _hashed(self, name: str) -> pl.Expr:
        """Return an expression that hashes an identifier; blank is zero, and nothing else is."""
        hashed = pl.col(name).hash(self._seed).clip(1)
        return pl.when(pl.col(name) == "").then(pl.lit(0, dtype=pl.UInt64())).otherwise(hashed).alias(name)


def _whole() -> pl.Expr:
    """Return both names as one number, whichever stands first; zero where either is unknown."""
    names = pl.col("first").cast(pl.UInt64()), pl.col("family").cast(pl.UInt64())
    both = pl.min_horizontal(*names) * 2**32 + pl.max_horizontal(*names)
    known = (pl.col("given") != 0) & (pl.col("family") != 0)
    return pl.when(known).then(both).otherwise(pl.lit(0, dtype=pl.UInt64()))


def empty() -> pl.DataFrame:
    """Return no traits."""
    return pl.DataFrame(schema=SCHEMA)


def together(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return parts of one load's traits as one frame, with each trait's position (`at`)."""
    return pl.concat([empty(), *parts]).with_row_index("at")
