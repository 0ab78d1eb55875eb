"""Birth dates that a system fills in where it knows none: so many people of a file have one that nobody's is known."""

import polars as pl

LEAST = 500  # people with a birth date from which one that too many have stands out
SHARE = 0.02  # of them that have it
TIMES = 10  # as many as chance would give it, if each date of the file were as frequent


def default_dates(rows: pl.DataFrame) -> list[str]:
    """Return the birth dates that a system seems to fill in, most frequent first.

    `rows`: given, family, customer_id, emails, born. Each name (without one: customer number or e-mail address) counts
    once a date: a customer of many orders makes no date a default. A file that knows years alone has few dates, each of
    many people: there none stands out.
    """
    known = rows.lazy().filter(pl.col("born") != "")
    people = known.select("born", who=_who()).filter(pl.col("who") != "").unique()
    counted = people.group_by("born").len().sort("len", "born", descending=[True, False]).collect()
    total = int(counted["len"].sum())
    if total < LEAST:
        return []
    least = total * max(SHARE, TIMES / counted.height)
    return counted.filter(pl.col("len") > least)["born"].to_list()


def _who() -> pl.Expr:
    """Return what tells the people of a file apart, as far as their number goes."""
    name = pl.concat_str("given", "family", separator=" ").str.strip_chars()
    other = pl.coalesce(pl.col("emails").list.first(), pl.lit(""))
    return pl.when(name != "").then(name).when(pl.col("customer_id") != "").then("customer_id").otherwise(other)
