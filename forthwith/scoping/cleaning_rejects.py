"""Rows that are no records: empty ones, ones that an encoding destroyed, repeated headers, totals."""

import re

import polars as pl

from forthwith.scoping.heads import known_heads, squeezed_heads
from forthwith.scoping.normalising.columns import KEY, by_value, in_ascii, in_latin, told

TOTALS = re.compile(
    r"\s*(?:grand\s+)?(?:total|sum|summe|gesamt|somme|totale|totaal|count|anzahl)\b.{0,20}", re.IGNORECASE
)
MAYBE_TOTAL = r"(?i)total|sum|gesamt|somme|totaal|count|anzahl"
SAMPLE = 1_000
EMPTY, DAMAGED = "the row is empty", "characters of the row can't be decoded"
HEADER, TOTAL = "the row repeats the header", "the row is a total"


def rejected(cells: pl.DataFrame) -> pl.Series:
    """Return of each row why it is no record at all; null where it may be one. A blank cell is null."""
    if not cells.width:
        return pl.Series([], dtype=pl.String)
    filled = cells.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    damaged = cells.select(
        pl.any_horizontal(pl.all().str.contains("\ufffd", literal=True).fill_null(False))
    ).to_series()
    heads, total = (filled > 1) & _all_heads(cells), (filled <= 3) & _total(cells)
    why = pl.when(filled == 0).then(pl.lit(EMPTY)).when(damaged).then(pl.lit(DAMAGED))
    return pl.select(why.when(heads).then(pl.lit(HEADER)).when(total).then(pl.lit(TOTAL))).to_series()


def _all_heads(cells: pl.DataFrame) -> pl.Series:
    """Tell of each row whether all its filled cells are known column heads."""
    rows = cells.with_row_index("\0at")
    few = {name: cells[name].null_count() + cells[name].head(SAMPLE).n_unique() for name in cells.columns}
    for name in sorted(few, key=few.__getitem__):  # most rows end at the first columns
        if not rows.height:
            break
        rows = rows.filter(rows[name].is_null() | rows[name].is_in(_heads(rows[name]).implode()))
    return pl.int_range(cells.height, eager=True, dtype=pl.UInt32).is_in(rows["\0at"].to_list())


def _heads(values: pl.Series) -> pl.Series:
    """Return the values of a column that are known heads."""
    values = values.drop_nulls().unique()
    letters = KEY.str.to_lowercase().str.replace_all("ß", "ss", literal=True)
    letters = letters if in_ascii(values).all() else letters.str.normalize("NFKD")
    squeezed = told(values, letters.str.replace_all("[^a-z0-9]+", "").str.contains(squeezed_heads()))
    maybe = values.filter(squeezed | ~in_latin(values))
    return maybe.filter(pl.Series([known_heads(value) is not None for value in maybe.to_list()], dtype=pl.Boolean()))


def _total(cells: pl.DataFrame) -> pl.Series:
    """Tell of each row whether its first filled cell begins a total."""
    first = cells.select(pl.coalesce(pl.all())).to_series()
    maybe = first.str.contains(MAYBE_TOTAL).fill_null(False)
    found = by_value(first.set(~maybe, None), lambda value: TOTALS.fullmatch(value) is not None, pl.Boolean())
    return found.fill_null(False)
