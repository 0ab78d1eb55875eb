"""Postcodes and homes in whole columns: what `places` tells of one, told of all at once."""

import polars as pl

from forthwith.scoping.normalising import places
from forthwith.scoping.normalising.columns import KEY, by_values, told
from forthwith.scoping.normalising.places import PADDED, TERRITORIES

TEXT = pl.String()
HOME = {"country": TEXT, "jurisdiction": TEXT, "inferred": pl.Boolean()}
AMERICAN = r"^[0-9]{5}(?:-[0-9]{4})?$"
FEDERAL = ["US", "CA"]  # whose states and provinces have laws of their own
SPLIT = ("GB", "CA", "NL")  # whose postcodes have a space inside
OUTER = r"^[A-Z0-9]{2,4} ?[0-9][A-Z0-9]{2}$"
DUTCH = r"^[0-9]{4} ?[A-Z]{2}$"


def postcodes(country: pl.Series, raw: pl.Series) -> pl.Series:
    """Return postcodes in their country's form; blank where a cell can't be one."""
    code, text = pl.col("country"), pl.col("raw")
    bare = text.str.replace(" ", "", literal=True)
    table = pl.DataFrame({"country": country, "raw": raw})
    padded = code.replace_strict(PADDED, default=0, return_dtype=pl.UInt32) == text.str.len_bytes()
    as_is = pl.any_horizontal(
        text == "", (code == "US") & text.str.contains(AMERICAN), padded & text.str.contains(r"^[0-9]+$"),
        ~code.is_in([*PADDED, *SPLIT]) & text.str.contains(r"^[0-9]{1,10}$"),
    )  # fmt: skip
    outer = text.str.contains(OUTER) & bare.str.len_bytes().is_between(5, 7)
    british, dutch = code.is_in(["GB", "CA"]) & outer, (code == "NL") & text.str.contains(DUTCH)
    made = pl.when(as_is).then(text).when(british).then(_cut(bare, 3)).when(dutch).then(_cut(bare, 2))
    found = table.select(made.otherwise(None).alias("made")).to_series()
    return found.fill_null("") if not found.has_nulls() else _with_odd(table, found)


def _cut(text: pl.Expr, behind: int) -> pl.Expr:
    """Return a text with a space before its last characters."""
    return text.str.head(-behind) + pl.lit(" ") + text.str.tail(behind)


def _with_odd(table: pl.DataFrame, found: pl.Series) -> pl.Series:
    """Return postcodes of which those that are null are read one by one."""
    odd = by_values(table.filter(found.is_null()), _postcode, {"made": TEXT})["made"]
    return found.scatter(found.is_null().arg_true(), odd)


def _postcode(country: str, raw: str) -> tuple[str]:
    """Return one postcode in its country's form."""
    return (places.postcode_of(country, raw) if raw else "",)


def homes_of(country: pl.Series, state: pl.Series, postcode: pl.Series) -> pl.DataFrame:
    """Return country, jurisdiction and whether the postcode had to tell the state. Only two countries have states."""
    code = pl.col("country")
    table = pl.DataFrame({"country": country, "state": state, "place": postcode})
    federal = told(country, KEY.is_in(FEDERAL)).arg_true()
    ours = code.is_in(list(TERRITORIES))
    where = pl.when(ours).then(pl.lit("US-") + code).when(code == "").then(pl.lit("unknown")).otherwise(code)
    home = table.select(
        country=pl.when(ours).then(pl.lit("US")).otherwise(code), jurisdiction=where, inferred=pl.lit(False),
    )  # fmt: skip
    if federal.is_empty():
        return home
    place = pl.when(code == "US").then(pl.col("place").str.head(5)).otherwise(pl.col("place").str.head(1))
    told_ = by_values(table[federal].with_columns(place=place), places.home_of, HOME)
    return home.select(home[name].scatter(federal, told_[name]) for name in HOME)


def states_of(country: pl.Series, raw: pl.Series) -> pl.Series:
    """Return states' codes; a state as it stands where it has none."""
    keys = pl.DataFrame({"country": country, "state": raw})
    stated = keys.select(pl.col("country").is_in(FEDERAL) & (pl.col("state") != "")).to_series().arg_true()
    codes = by_values(
        keys[stated], lambda country, state: (places.state_code(country, state) or state,), {"made": TEXT}
    )
    return raw.clone().scatter(stated, codes["made"]) if len(stated) else raw
