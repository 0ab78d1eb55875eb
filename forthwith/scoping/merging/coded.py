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

from forthwith.scoping.merging.columns import AT_ONCE, Columns, packed
from forthwith.scoping.normalising.names import canonical_first
from forthwith.scoping.spool import Spool

HASHED = ("email", "phone", "address", "customer", "national")
NUMBERED = ("given", "family", "suffix", "born", "country")
NUMBERS = ("node", *NUMBERED, "first", "company")
SCHEMA = pl.Schema(dict.fromkeys(NUMBERS, pl.UInt32()) | dict.fromkeys(HASHED, pl.UInt64()))


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
        self._dictionary = pl.Categorical(pl.Categories.random())  # lives as long as a column of it does: `_blank`
        self._blank = pl.Series([""]).cast(self._dictionary)
        self.words = [""]
        self._first = {0: 0}  # by given name

    def coded(self, traits: pl.DataFrame) -> pl.DataFrame:
        """Return traits (`traits.SCHEMA`) as numbers."""
        company = traits.select(pl.col("customer").str.extract(r"^([^:]*)", 1)).to_series()
        numbered = {name: self.numbers(traits[name]) for name in NUMBERED}
        numbered |= {"company": self.numbers(company), "first": self._firsts(numbered["given"])}
        hashed = traits.select("node", *(self._hashed(name) for name in HASHED))
        return hashed.with_columns(**numbered).select(SCHEMA.names())

    def views(self, rows: pl.DataFrame) -> list[Coded]:
        """Return coded traits one by one, for the rules that look at two."""
        held = rows.to_dict()
        columns = [held[name].to_list() if name in held else [0] * len(rows) for name in Coded._fields]
        for at in NAMES:
            columns[at] = list(map(self.words.__getitem__, columns[at]))
        return list(map(partial(tuple.__new__, Coded), zip(*columns, strict=True)))

    def numbers(self, texts: pl.Series) -> pl.Series:
        """Return the numbers of a column of texts; new ones are given to new texts."""
        codes = texts.cast(self._dictionary).to_physical().cast(pl.UInt32())
        new = pl.DataFrame({"code": codes, "text": texts}).filter(codes >= len(self.words)).unique("code").sort("code")
        if new["code"].to_list() != list(range(len(self.words), len(self.words) + len(new))):
            raise AssertionError("numbers of texts don't follow each other")
        self.words += new["text"].to_list()
        return codes

    def _firsts(self, given: pl.Series) -> pl.Series:
        """Return the numbers of the canonical first names of these given names."""
        distinct = given.unique()
        new = [number for number in distinct.to_list() if number not in self._first]
        texts = [canonical_first(self.words[number]) for number in new]
        self._first.update(zip(new, self.numbers(pl.Series(texts, dtype=pl.String())).to_list(), strict=True))
        firsts = pl.Series([self._first[number] for number in distinct.to_list()], dtype=pl.UInt32())
        return given.replace_strict(distinct, firsts, return_dtype=pl.UInt32()) if len(distinct) else given

    def _hashed(self, name: str) -> pl.Expr:
        """Return an expression that hashes an identifier; blank is zero, and nothing else is."""
        hashed = pl.col(name).hash(self._seed).clip(1)
        return pl.when(pl.col(name) == "").then(pl.lit(0, dtype=pl.UInt64())).otherwise(hashed).alias(name)


def _whole() -> pl.Expr:
    """Return both names as one number (`whole`), whichever stands first; zero where either is unknown."""
    both = packed(pl.min_horizontal("first", "family"), pl.max_horizontal("first", "family"))
    return _of_both(both).alias("whole")


def _of_both(names: pl.Expr) -> pl.Expr:
    """Return what is made of both names, zero where either is unknown."""
    known = (pl.col("given") != 0) & (pl.col("family") != 0)
    return pl.when(known).then(names).otherwise(pl.lit(0, dtype=pl.UInt64()))


WHOLE = _whole()
NAME = _of_both(packed(pl.col("first"), pl.col("family"))).alias("name")


def shelved(traits: pl.DataFrame) -> list[pl.DataFrame]:
    """Return coded traits by shelf: a column on each."""
    return [traits.select(name) for name in SCHEMA]


def together(shelves: Iterable[Iterable[pl.DataFrame]], spool: Spool) -> Columns:
    """Return one load's traits from the parts on each shelf.

    Hashes become numbers of 32 bits there, a shelf at a time: a load of millions never holds all of them.
    """
    columns = Columns(spool)
    for name, parts in zip(SCHEMA, shelves, strict=True):
        whole = pl.concat([pl.DataFrame(schema={name: SCHEMA[name]}), *parts], rechunk=True).to_series()
        columns.put(ranked(whole) if name in HASHED else whole)
    return columns


def ranked(numbers: pl.Series) -> pl.Series:
    """Return numbers of 64 bits as ones of 32 that are as unlike, from 1; zero stays zero."""
    ranks = pl.repeat(0, len(numbers), dtype=pl.UInt32(), eager=True).alias(numbers.name)
    told = 0
    for share, count in ((share, len(numbers) // AT_ONCE + 1) for share in range(len(numbers) // AT_ONCE + 1)):
        mine = (numbers != 0) & (numbers % count == share)
        own = numbers.filter(mine).rank("dense").cast(pl.UInt32()) + told
        ranks = ranks.scatter(mine.arg_true(), own)
        told = int(own.max() or told)  # type: ignore[arg-type]
    return ranks
