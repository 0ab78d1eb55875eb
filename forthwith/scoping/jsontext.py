"""JSON made of whole columns of text. Only what holds a quote, a backslash or a control character is looked at."""

from collections.abc import Iterable

import orjson
import polars as pl

ODD = r'["\\\x00-\x1f\x7f]'
BETWEEN = '","'


def replaced(plain: pl.Series, where: pl.Series, answers: Iterable[str]) -> pl.Series:
    """Return a column in which the marked places have these answers instead, in order."""
    given = pl.Series(answers, dtype=pl.String())
    if not len(given):
        return plain
    return given.gather(pl.select(pl.when(where).then(where.cum_sum() - 1)).to_series()).fill_null(plain)


def member(key: str, name: str) -> pl.Expr:
    """Return a text as a member of a JSON object; null where it is blank."""
    text = pl.col(name).map_batches(_escaped, return_dtype=pl.String())
    return pl.when(pl.col(name) != "").then(pl.concat_str(pl.lit(f'"{key}":"'), text, pl.lit('"')))


def _escaped(texts: pl.Series) -> pl.Series:
    """Return texts as they stand inside the quotes of JSON."""
    odd = texts.str.contains(ODD)
    return replaced(texts, odd, [orjson.dumps(text)[1:-1].decode() for text in texts.filter(odd).to_list()])


def members(name: str) -> pl.Expr:
    """Return a list of texts as a member of a JSON object; null where it is empty."""
    return pl.when(pl.col(name).list.len() > 0).then(pl.concat_str(pl.lit(f'"{name}":'), pl.col(name).map_batches(
        listed, return_dtype=pl.String())))  # fmt: skip


def listed(lists: pl.Series) -> pl.Series:
    """Return lists of texts as JSON."""
    plain = _bracketed(lists.list.join(BETWEEN))
    if not lists.explode().str.contains(ODD).any():  # nearly always: nobody asks then which list it is
        return plain
    odd = lists.list.eval(pl.element().str.contains(ODD)).list.any().fill_null(False)
    return replaced(plain, odd, map(_dumped, lists.filter(odd).to_list()))


def rows_listed(rows: pl.DataFrame) -> pl.Series:
    """Return each row, all of text, as a JSON list."""
    plain = _bracketed(rows.select(pl.concat_str(pl.all(), separator=BETWEEN)).to_series())
    odd = rows.select(pl.any_horizontal(pl.all().str.contains(ODD))).to_series()
    return replaced(plain, odd, map(_dumped, rows.filter(odd).iter_rows()))


def _bracketed(inside: pl.Series) -> pl.Series:
    """Return what stands between the first quote and the last as a list."""
    return pl.select(pl.concat_str(pl.lit('["'), inside, pl.lit('"]'))).to_series()


def _dumped(values: Iterable[str]) -> str:
    """Return a list as JSON."""
    return orjson.dumps(list(values)).decode()


def joined(*parts: pl.Expr) -> pl.Expr:
    """Return a JSON object of those members that are there."""
    inside = pl.concat_str(*parts, separator=",", ignore_nulls=True)
    return pl.concat_str(pl.lit("{"), inside, pl.lit("}"))
