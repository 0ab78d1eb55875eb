"""Text in whole columns: each function gives what its namesake in `text` gives for every cell.

What has a plain shape is worked on as a column; any other value goes once to the function for one value.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from forthwith.scoping.normalising.text import DROPPED, PLACEHOLDERS, folded, has_letter

SPACE = r"[\s\x1c-\x1f\x{200b}]"  # what Python holds to be space, and the zero-width one
UNEVEN = rf"{SPACE}{{2}}|[^\S ]|[\x1c-\x1f\x{{200b}}]"
# Letters whose decomposition and case are the same in every release of Unicode.
LATIN = r"^[\x00-\x{24f}\x{2013}\x{2019}]*$"
ACCENTS = r"[\x{300}-\x{34e}\x{350}-\x{36f}]"
BETWEEN = "\U0010ffff"  # no character: cells of text are joined by it and cut again, far faster than lists are made
NOTHING = pl.lit([], dtype=pl.List(pl.String))
SIGNS = {chr(code): kept or "" for code, kept in DROPPED.items()}


def in_ascii(values: pl.Series) -> pl.Series:
    """Tell of each cell whether all of it is ASCII."""
    return values.str.len_bytes() == values.str.len_chars()


def in_latin(values: pl.Series) -> pl.Series:
    """Tell of each cell whether its letters are ones that columns fold as `text.folded` does."""
    plain = in_ascii(values)
    return plain | values.set(plain, "").str.contains(LATIN)


def by_value(values: pl.Series, of: Callable[[Any], Any], kind: pl.DataType) -> pl.Series:
    """Return what `of` gives for each value, asked once a value; null stays null."""
    distinct = values.drop_nulls().unique()
    made = pl.Series("made", [of(value) for value in distinct.to_list()], kind, strict=False)
    table = pl.DataFrame([distinct.alias("key"), made])
    return values.alias("key").to_frame().join(table, on="key", how="left", maintain_order="left")["made"]


def by_values(
    keys: pl.DataFrame, of: Callable[..., tuple[Any, ...]], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """Return what `of` gives for each row of keys, none of them null, asked once for each that differs."""
    keys = keys.rename({name: f"\0{name}" for name in keys.columns})
    distinct = keys.unique()
    made = pl.DataFrame([of(*row) for row in distinct.iter_rows()], schema=schema, orient="row")
    table = pl.concat([distinct, made], how="horizontal")
    return keys.join(table, on=keys.columns, how="left", maintain_order="left").select(schema.keys())


def plain_or(
    values: pl.Series, plain: pl.Series, made: pl.Series, of: Callable[[Any], Any], kind: pl.DataType
) -> pl.Series:
    """Return `made` where a value is plain, else what `of` gives for it."""
    if plain.all():
        return made
    odd = by_value(values.set(plain, None), of, kind)
    return pl.select(pl.when(plain).then(made).otherwise(odd)).to_series()


def stripped(values: pl.Series) -> pl.Series:
    """Return cells without the space around them, as Python understands space."""
    return values.str.replace_all(r"^[\s\x1c-\x1f]+|[\s\x1c-\x1f]+$", "")


def first_of(columns: Sequence[pl.Series], height: int) -> pl.Series:
    """Return the first filled cell of each row; blank where there is none."""
    if not columns:
        return pl.repeat("", height, dtype=pl.String, eager=True)
    return pl.select(pl.coalesce(*columns, pl.lit(""))).to_series()


def tidied(values: pl.Series) -> pl.Series:
    """Return cells with their spaces put right; blank where one only holds a place."""
    if values.str.contains(UNEVEN).any():
        values = values.str.replace_all(f"{SPACE}+", " ")
    values = values.str.strip_chars(" ,;")
    held = values.str.to_lowercase().is_in(list(PLACEHOLDERS))
    return values.set(held, "") if held.any() else values


def tidied_expression(column: pl.Expr) -> pl.Expr:
    """Return the same for use within lists."""
    text = column.str.replace_all(f"{SPACE}+", " ").str.strip_chars(" ,;")
    return pl.when(text.str.to_lowercase().is_in(list(PLACEHOLDERS))).then(pl.lit("")).otherwise(text)


def fold(values: pl.Series) -> pl.Series:
    """Return cells in the form in which text is compared."""
    plain = in_latin(values)
    text = values.str.to_lowercase().str.replace_many(SIGNS)
    if not in_ascii(text).all():
        text = text.str.normalize("NFKD").str.replace_all(ACCENTS, "")
    if text.str.contains(UNEVEN).any():
        text = text.str.replace_all(f"{SPACE}+", " ")
    return plain_or(values, plain, text.str.strip_chars(" "), folded, pl.String())


def with_letter(values: pl.Series) -> pl.Series:
    """Tell of each cell whether there is a letter in it."""
    latin = values.str.contains("[A-Za-z]")
    plain = latin | in_ascii(values)
    return plain_or(values, plain, latin, has_letter, pl.Boolean())


def listed(parts: Sequence[pl.Series]) -> pl.Series:
    """Return the filled parts of each row as a list."""
    filled = [pl.when(part != "").then(part) for part in parts]
    if any(part.str.contains(BETWEEN, literal=True).any() for part in parts):
        return pl.select(pl.concat_list(filled).list.drop_nulls()).to_series()
    text = pl.select(pl.concat_str(filled, separator=BETWEEN, ignore_nulls=True)).to_series()
    return pl.select(pl.when(text == "").then(NOTHING).otherwise(text.str.split(BETWEEN))).to_series()


def joined(parts: Sequence[pl.Series]) -> pl.Series:
    """Return the filled parts of each row with a space between them."""
    blank_is_null = [pl.when(part != "").then(part) for part in parts]
    return pl.select(pl.concat_str(blank_is_null, separator=" ", ignore_nulls=True)).to_series()


def lists_of(rows: pl.Series, values: pl.Series, height: int) -> pl.Series:
    """Return for each of `height` rows its values, in their order; an empty list where it has none."""
    pairs = pl.DataFrame({"at": rows, "value": values}, schema_overrides={"at": pl.UInt32, "value": pl.String})
    grouped = pairs.group_by("at", maintain_order=True).agg("value")
    every = pl.DataFrame({"at": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    found = every.join(grouped, on="at", how="left", maintain_order="left")["value"]
    return pl.select(pl.coalesce(found, NOTHING)).to_series()
