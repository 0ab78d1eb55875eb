"""Names in whole columns: what `names.part` and `names.split` make of a row's cells, made of all rows at once.

Parts of names are few, so each is read once. A whole name is only cut into its parts here, where it has a plain shape.
"""

from collections.abc import Callable, Mapping

import polars as pl

from forthwith.scoping.normalising import names
from forthwith.scoping.normalising.columns import KEY, by_value, by_values, fold, plain_or, tidied, told
from forthwith.scoping.normalising.names import EASTERN, PARTICLES, SUFFIXES, TITLES
from forthwith.scoping.normalising.text import tidy

SIGNS = r'[("“@]'  # a bracket, a quotation or an address: read by `names.split` alone
PLAIN = r"^[^\s\x1c-\x1f,@]+$"
MIXED = KEY.str.contains("[A-Z]") & KEY.str.contains("[a-z]")
NAME = {name: pl.String() for name in ("given", "family", "salutation", "suffix")}
GIVEN = {"given": pl.String(), "title": pl.String(), "younger": pl.String()}
FAMILY = {"family": pl.String(), "generation": pl.String()}


def parts(cells: pl.DataFrame) -> pl.DataFrame:
    """Return names whose parts stand in columns of their own: given, family, salutation, suffix. Nothing is null."""
    given = _read(cells["given"], names.given_part, GIVEN)
    family = _read(cells["family"], names.family_part, FAMILY)
    suffix = by_value(cells["suffix"], names.stated_suffix, pl.String()).alias("stated")
    salutation = _tidied_few(cells["salutation"]).alias("said")
    found = pl.concat([given, family, suffix.to_frame(), salutation.to_frame()], how="horizontal")
    return found.select("given", "family", salutation=_filled("said", "title"),
                        suffix=_filled("stated", "generation", "younger"))  # fmt: skip


def _read(cells: pl.Series, one: Callable[[str], tuple[str, ...]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return what cells tell: those of one word in mixed case stand as they are, `one` is asked of any other."""
    text = tidied(cells)
    odd = told(text, ~(KEY.str.contains(PLAIN) & MIXED) & (KEY != "")).arg_true()
    blank = pl.repeat("", len(cells), dtype=pl.String, eager=True)
    as_is = pl.DataFrame(dict(zip(schema, [text, *(blank for _ in list(schema)[1:])], strict=True)))
    if odd.is_empty():
        return as_is
    read = by_values(cells.gather(odd).to_frame("cell"), one, schema)
    return as_is.select(column.clone().scatter(odd, read[column.name]) for column in as_is)


def _mixed(values: pl.Series) -> pl.Series:
    """Tell of each name whether it is neither shouted nor whispered."""
    return told(values, MIXED)


def _filled(*columns: str) -> pl.Expr:
    """Return the first of some columns that is filled; blank where none is."""
    return pl.coalesce(*(pl.when(pl.col(name) != "").then(pl.col(name)) for name in columns), pl.lit(""))


def _tidied_few(values: pl.Series) -> pl.Series:
    """Return a column with few different values tidied."""
    return by_value(values, tidy, pl.String())


def wholes(cells: pl.Series) -> pl.DataFrame:
    """Return the parts of whole names, none of them null: given, family, salutation, suffix."""
    text = tidied(cells)
    latin = ~cells.str.contains(SIGNS) & text.str.contains("[A-Za-z]") & ~text.str.contains(EASTERN.pattern)
    table = pl.DataFrame({"cell": cells, "text": text, "plain": latin}).with_row_index("at")
    comma = table.filter(pl.col("plain") & pl.col("text").str.contains(",", literal=True))
    words = table.filter(pl.col("plain") & pl.col("text").str.contains("^[^ ,]+ [^,]+$"))
    done = [_turned(comma), _cut(words)]
    read = pl.concat(done)
    rest = table.join(read.select("at"), on="at", how="anti").select("at", "cell")
    others = by_values(rest.select("cell"), _split, NAME)
    return pl.concat([read, pl.concat([rest.select("at"), others], how="horizontal")]).sort("at").drop("at")


def _split(cell: str) -> tuple[str, str, str, str]:
    """Return the parts of one whole name."""
    name = names.split(cell)
    return name.given, name.family, name.salutation, name.suffix


def _turned(table: pl.DataFrame) -> pl.DataFrame:
    """Return the parts of names that are written `Last, First`."""
    cut = table.select("at", family=pl.col("text").str.extract("^([^,]*)"), given=pl.col("text").str.extract(",(.*)$"))
    suffix = _folded_in(cut["given"], SUFFIXES)
    cut = cut.filter(~suffix).with_columns(salutation=pl.lit(""), suffix=pl.lit(""))
    return pl.concat([cut.select("at"), parts(cut)], how="horizontal")


def _cut(table: pl.DataFrame) -> pl.DataFrame:
    """Return the parts of names that are written `First Last`, without a title, a generation or a particle."""
    text = pl.col("text")
    cut = table.select(
        "at", first=text.str.extract("^([^ ]+)"), given=text.str.extract("^(.*) "), family=text.str.extract("([^ ]+)$"),
        before=text.str.extract("^.* ([^ ]+) [^ ]+$").fill_null(""),
    )  # fmt: skip
    title = _folded_in(cut["first"], TITLES) | (_folded_in(cut["first"], {"m"}) & (cut["before"] != ""))
    odd = title | _folded_in(cut["family"], SUFFIXES) | _folded_in(cut["before"], PARTICLES)
    cut = cut.filter(~odd)
    return cut.select("at", given=_cased(cut["given"]), family=_cased(cut["family"]), salutation=pl.lit(""),
                      suffix=pl.lit(""))  # fmt: skip


def _folded_in(values: pl.Series, known: object) -> pl.Series:
    """Tell of each word whether it is one of those known."""
    return fold(values).is_in(list(known))  # type: ignore[call-overload]


def _cased(values: pl.Series) -> pl.Series:
    """Return names in mixed case."""
    return plain_or(values, _mixed(values), values, names.cased, pl.String())
