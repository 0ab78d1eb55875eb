"""Birth dates in whole columns: what `dates.birth_date` reads in one cell, read in all at once."""

import polars as pl

from forthwith import clock
from forthwith.scoping.normalising import dates
from forthwith.scoping.normalising.columns import plain_or
from forthwith.scoping.normalising.dates import PLACEHOLDERS

ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?$"  # with a time of day or without
DAY = 10  # characters of an ISO date
PARTS = r"^[0-9]{2}[-/. ][0-9]{2}[-/. ][0-9]{4}$"
DOTTED = r"^[0-9]{2}\."


def birth_dates(cells: pl.Series, order: str) -> pl.Series:
    """Return birth dates as ISO text; blank where there is none, or none that can be."""
    iso, parts = cells.str.contains(ISO), cells.str.contains(PARTS)
    dotted = cells.str.contains(DOTTED)
    parts = parts & (dotted | (order in ("dmy", "mdy")))
    text = pl.select(pl.when(parts).then(_turned(cells, dotted, order)).otherwise(cells.str.slice(0, DAY))).to_series()
    usable = _usable(text.set(~(iso | parts), None))
    made = text.set(~usable, "")
    return plain_or(cells, iso | parts | (cells == ""), made, lambda cell: dates.birth_date(cell, order), pl.String())


def _turned(cells: pl.Series, dotted: pl.Series, order: str) -> pl.Expr:
    """Return dates of two short numbers and a year as ISO text: in their column's order, or the only one possible."""
    first, second, year = cells.str.slice(0, 2), cells.str.slice(3, 2), cells.str.slice(6)
    day_first = (first > "12") | ((dotted | (order == "dmy")) & (second <= "12"))
    by_day, by_month = ([year, second, first], [year, first, second])
    turned = (pl.concat_str(parts, separator="-") for parts in (by_day, by_month))
    return pl.when(day_first).then(next(turned)).otherwise(next(turned))


def _usable(texts: pl.Series) -> pl.Series:
    """Tell of each ISO text whether somebody alive can be born then: no placeholder, not to come, not too old."""
    found, today = texts.str.to_date("%Y-%m-%d", strict=False), clock.today()
    alive = (found.dt.year() >= today.year - 120) & (found <= today)
    return (alive & ~found.is_in(list(PLACEHOLDERS))).fill_null(False)
