"""Text in whole columns: each function gives what its namesake in `text` gives for every cell.

What has a plain shape is worked on as a column; any other value goes once to the function for one value.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from forthwith.scoping.normalising.text import DROPPED, NO_DATA, PLACEHOLDERS, folded, has_letter

SPACE = r"[\s\x1c-\x1f\x{200b}]"  # what Python holds to be space, and the zero-width one
UNEVEN = rf"{SPACE}{{2}}|[^\S ]|[\x1c-\x1f\x{{200b}}]"
# Letters whose decomposition and case are the same in every release of Unicode.
LATIN = r"^[\x00-\x{24f}\x{2013}\x{2019}]*$"
ACCENTS = r"[\x{300}-\x{34e}\x{350}-\x{36f}]"
BETWEEN = "\U0010ffff"  # no character: cells of text are joined by it and cut again, far faster than lists are made
NOTHING = pl.lit([], dtype=pl.List(pl.String))
SIGNS = {chr(code): kept or "" for code, kept in DROPPED.items()}
KEY = pl.col("key")
UPPER = [chr(code) for code in range(0x2130)]  # up to the signs of Kelvin and Angstrom, letters in lower case


def _any_case(word: str) -> str:
    """Return a pattern of the texts that are this word in lower case."""
    letters = {letter: {char for char in UPPER if char.lower() == letter} for letter in set(word)}
    return "".join(f"[{''.join(map(re.escape, sorted({char, *letters[char]})))}]" for char in word)


HELD = f"(?:{'|'.join(map(_any_case, sorted(PLACEHOLDERS)))})"
UNTIDY = rf"{UNEVEN}|^[ ,;]|[ ,;]$|^{HELD}$"
BLANK = rf"^[ ,;]*(?:{'|'.join(map(_any_case, sorted(NO_DATA)))})[ ,;]*$"


def told(values: pl.Series, what: pl.Expr) -> pl.Series:
    """Return what an expression tells of a column, which it knows as `key`."""
    return values.alias("key").to_frame().select_seq(what).to_series()


def apart(
    values: pl.Series, plain: pl.Series, one: Callable[[pl.Series], pl.Series], other: Callable[[pl.Series], pl.Series]
) -> pl.Series:  # fmt: skip
    """Return what `one` makes of the whole column, and in place of it what `other` makes of cells that aren't plain."""
    odd = (~plain).arg_true()
    if len(odd) and len(odd) == len(values):
        return other(values)
    made = one(values)
    return made.clone().scatter(odd, other(values.gather(odd))) if len(odd) else made


def in_ascii(values: pl.Series) -> pl.Series:
    """Tell of each cell whether all of it is ASCII."""
    return told(values, KEY.str.len_bytes() == KEY.str.len_chars())


def in_latin(values: pl.Series) -> pl.Series:
    """Tell of each cell whether its letters are ones that columns fold as `text.folded` does."""
    return apart(values, in_ascii(values), lambda cells: told(cells, _yes()), lambda cells: cells.str.contains(LATIN))


def _yes() -> pl.Expr:
    """Return an expression that is true of every cell that is filled."""
    return pl.when(KEY.is_not_null()).then(pl.lit(True))


def by_value(values: pl.Series, of: Callable[[Any], Any], kind: pl.DataType) -> pl.Series:
    """Return what `of` gives for each value, asked once a value; null stays null."""
    distinct = values.drop_nulls().unique()
    if len(distinct) == 1 and not values.has_nulls():
        return pl.repeat(of(distinct.item()), len(values), dtype=kind, eager=True)
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
    return apart(values, plain, lambda _: made, lambda odd: by_value(odd, of, kind))


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
    return apart(values, ~values.str.contains(UNTIDY), lambda cells: cells, lambda cells: told(cells, TIDIED))


def tidied_expression(column: pl.Expr) -> pl.Expr:
    """Return the same for use within lists."""
    text = column.str.replace_all(f"{SPACE}+", " ").str.strip_chars(" ,;")
    return pl.when(text.str.to_lowercase().is_in(list(PLACEHOLDERS))).then(pl.lit("")).otherwise(text)


TIDIED = tidied_expression(KEY)


def fold(values: pl.Series) -> pl.Series:
    """Return cells in the form in which text is compared."""
    return apart(values, in_ascii(values), _folded_ascii, _folded_any)


def _folded_ascii(values: pl.Series) -> pl.Series:
    """Fold cells of ASCII."""
    signs = {sign: kept for sign, kept in SIGNS.items() if sign.isascii()}
    text = told(values, KEY.str.to_lowercase().str.replace_many(signs).str.strip_chars(" "))
    return apart(text, ~text.str.contains(UNEVEN), lambda cells: cells, lambda cells: told(cells, SPACED))


def _folded_any(values: pl.Series) -> pl.Series:
    """Fold cells with other letters; what is not Latin goes through `folded` itself."""
    text = KEY.str.to_lowercase().str.replace_many(SIGNS).str.normalize("NFKD").str.replace_all(ACCENTS, "")
    made = told(values, text.str.replace_all(f"{SPACE}+", " ").str.strip_chars(" "))
    return plain_or(values, values.str.contains(LATIN), made, folded, pl.String())


SPACED = KEY.str.replace_all(f"{SPACE}+", " ").str.strip_chars(" ")


def with_letter(values: pl.Series) -> pl.Series:
    """Tell of each cell whether there is a letter in it."""
    latin = told(values, KEY.str.contains("[A-Za-z]"))
    plain = told(values, KEY.str.contains(r"[A-Za-z]|^[\x00-\x7f]*$"))
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
