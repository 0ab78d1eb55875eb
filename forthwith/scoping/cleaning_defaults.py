"""Birth dates that a system fills in where it knows none: so many people of a sheet have one that nobody's is known."""

import polars as pl

LEAST = 500  # people with a birth date from which one that too many have stands out
SHARE = 0.02  # of them that have it
TIMES = 10  # as many as chance would give it, if each date of the sheet were as frequent
MOST = 1_000_000  # people and dates that are held at once; of more, every second, fourth ... person is counted
COLUMNS = ("given", "family", "customer_id", "emails", "born")


class Defaults:
    """Counts a sheet's people by birth date, part by part.

    Each name (without one: customer number or e-mail address) counts once a date: a customer of many orders makes no
    date a default. A sheet that knows years alone has few dates, each of many people: there none stands out.
    """

    def __init__(self) -> None:
        self._seen = pl.DataFrame(schema={"born": pl.String, "who": pl.UInt64})
        self._every = 1

    def put(self, rows: pl.DataFrame) -> None:
        """Count the people of some rows."""
        known = rows.lazy().filter(pl.col("born") != "").select("born", who=_who()).filter(pl.col("who") != "")
        hashed = known.select("born", pl.col("who").hash(seed=0)).filter(pl.col("who") % self._every == 0)
        self._seen = pl.concat([self._seen, hashed.unique().collect()]).unique()
        while len(self._seen) > MOST:
            self._every *= 2
            self._seen = self._seen.filter(pl.col("who") % self._every == 0)

    def dates(self) -> list[str]:
        """Return the birth dates that a system seems to fill in, the most frequent first."""
        counted = self._seen.group_by("born").len().sort("len", "born", descending=[True, False])
        total = len(self._seen)
        if total < LEAST:
            return []
        least = total * max(SHARE, TIMES / counted.height)
        return counted.filter(pl.col("len") > least)["born"].to_list()


def _who() -> pl.Expr:
    """Return what tells the people of a sheet apart, as far as their number goes."""
    name = pl.concat_str("given", "family", separator=" ").str.strip_chars()
    other = pl.coalesce(pl.col("emails").list.first(), pl.lit(""))
    return pl.when(name != "").then(name).when(pl.col("customer_id") != "").then("customer_id").otherwise(other)
