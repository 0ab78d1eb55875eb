"""What rows tell is added to known people, in columns: what `gathering.add_rows` adds to one person."""

from datetime import date

import polars as pl

from forthwith.scoping.jsontext import listed
from forthwith.scoping.records import (
    ANY,
    FIRSTS,
    HOME,
    LISTS,
    WHO,
    addresses,
    beside,
    counted,
    elements_of,
    fullness,
    homes,
    names,
    simple,
    united,
)  # fmt: skip
from forthwith.scoping.wire import BESIDE

TEXTS = pl.List(pl.String())
# PersonRecord as it stands in JSON; its field's name, and the column's where that is another
RECORD = pl.Struct(
    dict.fromkeys(("name", "given", "family", "salutation"), pl.String())
    | dict.fromkeys((*LISTS, "address"), TEXTS)
    | dict.fromkeys(("postcode", "country", "birth_date", "guardian"), pl.String())
    | {
        "identifiers": pl.Struct({"customer": pl.String(), "national": pl.String()}),
        "marketing_opt_out": pl.Boolean(), "seen": pl.List(TEXTS),
    }
)  # fmt: skip
NAMED = ("name", "given", "family", "salutation")
SENT = ("address", "postcode", "home")


def grown(held: pl.DataFrame, rows: pl.DataFrame, today: date) -> pl.DataFrame:
    """Return known people (`knowing.PEOPLE` and `person`) with what rows (`records.gathered`) tell of them.

    Both stand in order of `person`, and the columns are those of `records.gathered`. What is known stays, what is
    missing is filled.
    """
    known = _opened(held)
    columns = (WHO, *FIRSTS, *ANY, *LISTS, "elements")
    every = pl.concat([known.select(columns).with_columns(language=pl.lit("")), rows.select(columns)])
    lists = (united(every, name) for name in LISTS)
    seen = united(pl.concat([_seen(known), rows.select(WHO, "seen")]), "seen")
    people = beside(every.group_by(WHO).agg(*simple()).sort(WHO), *lists, elements_of(every), seen).with_columns(
        pl.col(*LISTS, "elements", "seen").fill_null([])
    )
    people = people.with_columns(_or_held("language", people, known), *_named(known, rows), *_homes(known, rows))
    return counted(people.with_columns(*_sent(known, rows, people)), today)


def _opened(held: pl.DataFrame) -> pl.DataFrame:
    """Return known people with their records in columns, as those of rows are named; what is blank is filled."""
    record = held["record"].str.json_decode(RECORD).struct.unnest()
    texts = (name for name, kind in record.schema.items() if kind == pl.String())
    plain = record.with_columns(
        pl.col(*texts).fill_null(""), pl.col(*LISTS, "address", "seen").fill_null([]),
        customer_id=pl.col("identifiers").struct.field("customer").fill_null(""),
        national_id=pl.col("identifiers").struct.field("national").fill_null(""),
        opt_out=pl.col("marketing_opt_out").fill_null(False),
    ).rename({"country": "home", "birth_date": "born"})  # fmt: skip
    consent = pl.col("channels").list.contains("email_consent").alias("email_consent")
    elements = pl.col("elements").list.join(BESIDE)
    clear = held.select(WHO, *HOME, "deceased", "language", elements, consent)
    return pl.concat([clear, plain.drop("identifiers", "marketing_opt_out")], how="horizontal")


def _seen(known: pl.DataFrame) -> pl.DataFrame:
    """Return the traits that people's records keep (`person`, `seen`), each as JSON."""
    each = known.select(WHO, "seen").filter(pl.col("seen").list.len() > 0).explode("seen")
    texts = pl.col("seen").map_batches(listed, return_dtype=pl.String())
    return each.with_columns(texts).group_by(WHO, maintain_order=True).agg("seen")


def _or_held(name: str, people: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Return what rows tell, and where they tell nothing what was known."""
    return people[name].set(people[name] == "", None).fill_null(known[name])


def _named(known: pl.DataFrame, rows: pl.DataFrame) -> list[pl.Series]:
    """Return the fullest name; among equals the known one."""
    told = beside(known.select(WHO), names(rows)).select(pl.col(NAMED).fill_null(""))
    fuller = told.select(fullness()).to_series() > known.select(fullness()).to_series()
    stays = [known[name].zip_with(~fuller, told[name]) for name in ("name", "given", "family")]
    return [*stays, known["salutation"].zip_with(known["salutation"] != "", told["salutation"])]


def _homes(known: pl.DataFrame, rows: pl.DataFrame) -> list[pl.Series]:
    """Return the surest home; among equals one that rows tell."""
    told = beside(known.select(WHO), homes(pl.concat([rows.select(WHO, *HOME), known.select(WHO, *HOME)])))
    return [told[name].fill_null(known[name]) for name in HOME]


def _sent(known: pl.DataFrame, rows: pl.DataFrame, people: pl.DataFrame) -> list[pl.Series]:
    """Return the known postal address, or where a letter can't be sent to that, the fullest that rows tell."""
    told = beside(known.select(WHO), addresses(rows, people))
    better = (known["address"].list.len() < 2) & told["address"].is_not_null()
    return [told[name].zip_with(better, known[name]) for name in SENT]
