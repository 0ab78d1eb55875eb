"""Where each row's person lives: what the address columns say, else the phone, else the e-mail's domain."""

from collections.abc import Mapping

import polars as pl

from forthwith.scoping.normalising import places
from forthwith.scoping.normalising.columns import by_value, by_values, stripped
from forthwith.scoping.normalising.phone_columns import regions_of
from forthwith.scoping.normalising.place_columns import HOME, homes_of, postcodes, states_of
from forthwith.scoping.rows import UNKNOWN
from forthwith.scoping.words import words

STATED, ADDRESS, PHONE, TLD = "stated", "address", "phone", "tld"
NOT_HOME = words("not_home")
TEXT = pl.String()


def homes(cells: pl.DataFrame, usual: str) -> pl.DataFrame:
    """Return country, jurisdiction, which evidence told it, postcode and state. Nothing is null.

    `cells`: country, state, postcode, as they stand; `usual`: the country of rows that state none.
    """
    country, source = _countries(cells, usual)
    known = country != ""
    raw = stripped(cells["postcode"])
    postcode = postcodes(country, cells["postcode"])
    home = homes_of(country, cells["state"], postcode)
    state = states_of(home["country"], cells["state"])
    told = pl.when(home["inferred"]).then(pl.lit(ADDRESS)).otherwise(source)
    return pl.select(
        country=home["country"], jurisdiction=home["jurisdiction"],
        source=pl.when(known).then(told).otherwise(pl.lit(UNKNOWN)),
        postcode=pl.when(known).then(postcode).otherwise(raw), state=state,
    )  # fmt: skip


def _countries(cells: pl.DataFrame, usual: str) -> tuple[pl.Series, pl.Series]:
    """Return each row's country, blank where none is known, and which evidence told it."""
    said = by_value(cells["country"], _country, TEXT)
    silent = (said == "") & ((cells["state"] != "") | (cells["postcode"] != ""))
    proved = by_values(cells.select("state", "postcode").filter(silent), _country_of_parts, {"made": TEXT})["made"]
    country = said.scatter(silent.arg_true(), proved)
    source = pl.select(pl.when(silent & (country != "")).then(pl.lit(ADDRESS)).otherwise(pl.lit(STATED)))
    return country.set(country == "", usual), source.to_series()


def _country(said: str) -> str:
    """Return the code of a stated country; blank where it is none."""
    return (places.country_code(said) or "") if said else ""


def _country_of_parts(state: str, postcode: str) -> tuple[str]:
    """Return the country that a state and a postcode prove together."""
    return (places.country_of_parts(state, postcode),)


def usual_country(rows: Mapping[str, int]) -> str:
    """Return the country of nearly all rows that have one: the region of numbers in rows that have none.

    `rows`: how many there are, by country; blank where none is known.
    """
    known = {country: times for country, times in rows.items() if country}
    country = max(known, key=known.__getitem__, default="")
    return country if country and known[country] >= max(3, 0.9 * sum(known.values())) else ""


def placed(homeless: pl.DataFrame, phones: pl.DataFrame) -> pl.DataFrame:
    """Return (at, country, jurisdiction, source) of rows without a country whose phone or e-mail domain tells one.

    `homeless`: at, emails; `phones`: at, number, in the rows' order.
    """
    by_phone = _by_phone(phones)
    rest = homeless.join(by_phone, on="at", how="anti")
    return pl.concat([by_phone, _by_domain(rest)])


def _by_phone(phones: pl.DataFrame) -> pl.DataFrame:
    """Return the homes that phones tell: of each row, the first number that belongs to a country."""
    told = phones.select("at", region=regions_of(phones["number"])).filter(pl.col("region") != "")
    first = told.unique("at", keep="first", maintain_order=True)
    home = by_values(first.select("region"), lambda region: places.home_of(region, "", ""), HOME)
    found = pl.concat([first.select("at"), home], how="horizontal")
    return found.select("at", "country", "jurisdiction", source=pl.lit(PHONE))


def _by_domain(homeless: pl.DataFrame) -> pl.DataFrame:
    """Return the homes that the domains of e-mail addresses tell: of each row, the first that is a country's."""
    endings = homeless.select("at", ending="emails").explode("ending").drop_nulls()
    endings = endings.with_columns(pl.col("ending").str.extract(r"\.([^.]*)$"))
    short = endings.filter((pl.col("ending").str.len_chars() == 2) & ~pl.col("ending").is_in(list(NOT_HOME)))
    told = short.select("at", country=by_value(short["ending"], _country, TEXT)).filter(pl.col("country") != "")
    first = told.unique("at", keep="first", maintain_order=True)
    return first.select("at", "country", jurisdiction="country", source=pl.lit(TLD))
