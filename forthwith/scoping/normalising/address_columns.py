"""Postal addresses in whole columns: what `address.address_of` makes of a row's cells, made of all rows at once."""

import polars as pl

from forthwith.scoping.normalising import address
from forthwith.scoping.normalising.address import FIRST_LINE, STREET_WORDS
from forthwith.scoping.normalising.columns import (
    KEY,
    apart,
    by_value,
    by_values,
    fold,
    in_latin,
    joined,
    listed,
    plain_or,
    tidied,
    tidied_expression,
    told,
    with_letter,
)
from forthwith.scoping.normalising.place_columns import postcodes
from forthwith.scoping.normalising.places import SHAPES
from forthwith.scoping.normalising.text import folded

DROPPED = rf"\b(?:{'|'.join(sorted(STREET_WORDS, key=len, reverse=True))})\b|(?:strasse|str|straat)\b|\s+"
CUT = r"[\n;]+|,[\s\x1c-\x1f]+"
ADDRESS = {"lines": pl.List(pl.String()), "postcode": pl.String(), "city": pl.String(), "address_key": pl.String()}
TWO_LINES = ("GB", "IE")


def street_keys(streets: pl.Series) -> pl.Series:
    """Return streets with their numbers for comparing."""
    latin = in_latin(streets)
    folded_ = fold(streets if latin.all() else streets.set(~latin, "")).alias("words").to_frame()
    made = folded_.select_seq(pl.col("words").str.replace_all(r"[^\w\s]", " ")).with_columns(
        bare=pl.col("words").str.replace_all(DROPPED, "")
    )
    bare, words = made["bare"], made["words"]
    enough = told(bare, (KEY.str.len_chars() >= 4) & KEY.str.contains(r"\p{L}"))
    keys = apart(words, enough, lambda _: bare, lambda short: short.str.replace_all(r"\s+", ""))
    return plain_or(streets, latin, keys, address.street_key, pl.String())


def addresses(cells: pl.DataFrame) -> pl.DataFrame:
    """Return lines, postcode, city and key of each row's address. Nothing is null in what comes in and goes out.

    `cells`: country, street, number, second, city, state, postcode, whole.
    """
    table = cells.with_row_index("at")
    one_cell = (pl.col("whole") != "") & (pl.col("street") == "")
    made = [_parted(table.filter(~one_cell)), _taken_apart(table.filter(one_cell))]
    return pl.concat([part for part in made if part.height] or made[:1]).sort("at").drop("at")


def _parted(table: pl.DataFrame) -> pl.DataFrame:
    """Return addresses whose parts stand in columns of their own."""
    first = joined([tidied(table["street"]), tidied(table["number"])])
    named = first.set(~with_letter(first), "")
    second, city = tidied(table["second"]).set(named == "", ""), tidied(table["city"])
    town = _towns(table["country"], city, table["state"], table["postcode"])
    return table.select(
        "at", "postcode", lines=listed([named, second, *town]), city=city,
        address_key=_keys(named, table["postcode"], table["city"]),
    ).select("at", *ADDRESS)  # fmt: skip


def _towns(country: pl.Series, city: pl.Series, state: pl.Series, postcode: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return the town's line, or two, as each row's country writes it; a blank one is none."""
    two, first = country.is_in(TWO_LINES), country.is_in(FIRST_LINE)
    american, other = joined([city, state, postcode]), joined([postcode, city])
    line = pl.select(pl.when(two).then(city).when(first).then(american).otherwise(other)).to_series()
    return line, postcode.set(~two, "")


def _keys(streets: pl.Series, postcodes: pl.Series, cities: pl.Series) -> pl.Series:
    """Return what two spellings of an address share; blank where the street or the town is missing."""
    plain = street_keys(streets)
    code = postcodes.str.replace_all(" ", "", literal=True).str.extract("^([^-]*)")
    town = by_value(cities.set(code != "", ""), folded, pl.String())
    place = pl.select(pl.when(code != "").then(code).otherwise(town)).to_series()
    whole = (plain.str.len_chars() >= 4) & (place != "")
    return pl.select(pl.when(whole).then(pl.concat_str(plain, place, separator="|")).otherwise(pl.lit(""))).to_series()


def _taken_apart(table: pl.DataFrame) -> pl.DataFrame:
    """Return addresses that stand in one cell, with what other cells tell of the town."""
    pieces = table["whole"].str.replace_all(CUT, "\n").str.split("\n")
    lines = pieces.list.eval(tidied_expression(pl.element())).list.eval(pl.element().filter(pl.element() != ""))
    postcode = _postcodes(table)
    town = _towns(table["country"], table["city"], table["state"], table["postcode"])
    alone = (lines.list.len() > 1) & (table["city"] == "")
    below = listed([line.set(alone, "") for line in town])
    first = lines.list.first().fill_null("")
    return table.select(
        "at", lines=pl.concat_list(lines, below), postcode=postcode, city="city",
        address_key=_keys(first, postcode, table["city"]),
    )  # fmt: skip


def _postcodes(table: pl.DataFrame) -> pl.Series:
    """Return each row's postcode, stated or the last thing in the address that looks like one of its country."""
    found = table.filter((table["postcode"] == "") & table["country"].is_in(list(SHAPES)))
    if found.is_empty():
        return table["postcode"]
    seen = pl.concat([_inside(str(key[0]), part) for key, part in found.partition_by("country", as_dict=True).items()])
    made = postcodes(seen["country"], seen["last"].fill_null(""))
    made = _with_odd(seen, made)
    inside = seen.select("at", inside=made)
    joined_ = table.select("at", "postcode").join(inside, on="at", how="left", maintain_order="left")
    return joined_.select(pl.coalesce("inside", "postcode")).to_series()


def _inside(country: str, part: pl.DataFrame) -> pl.DataFrame:
    """Return the last things in addresses of one country that look like its postcodes (`last`)."""
    shape = rf"\b(?:{SHAPES[country].pattern})\b"
    last = pl.col("whole").str.to_uppercase().str.extract_all(shape).list.last()
    return part.select("at", "country", "whole", last=last)


def _with_odd(seen: pl.DataFrame, made: pl.Series) -> pl.Series:
    """Return postcodes of which those in cells with letters that are not Latin are read one by one."""
    odd = (~in_latin(seen["whole"])).arg_true()
    if odd.is_empty():
        return made
    read = by_values(seen.select("country", "whole")[odd], _postcode_in, {"made": pl.String()})
    return made.clone().scatter(odd, read["made"])


def _postcode_in(country: str, whole: str) -> tuple[str]:
    """Return the postcode that stands in one address."""
    return (address.postcode_in(country, whole),)
