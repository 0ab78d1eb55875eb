"""People as fields of their table, new ones and known ones: what is clear, and what is sealed or blinded."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from forthwith.keys import INDEX, DataKey
from forthwith.scoping import wire
from forthwith.scoping.normalising.email_columns import keys_of
from forthwith.scoping.wire import BESIDE

# what of people may be seen, first what makes them alike to law and words; as it is called here, and in the tables
TRAITS = ("jurisdiction", "country", "elements", "age_class", "language", "channels", "deceased")
CLEAR = (*TRAITS, "jurisdiction_source")
BETWEEN = "\x1e"  # traits


def told_of(people: pl.DataFrame) -> pl.Series:
    """Return what is counted of each of some people (`records.gathered`, `knowing.PEOPLE`) as one text."""
    home = pl.col("country").replace("", "unknown")
    texts = people.select(*TRAITS, "source").with_columns(
        home, pl.col("deceased").cast(pl.String()), pl.col("elements", "channels").list.join(BESIDE)
    )
    return texts.select(pl.concat_str(pl.all(), separator=BETWEEN)).to_series()


def clear(people: pl.DataFrame) -> wire.Columns:
    """Return what is counted of people, as fields."""
    return {CLEAR: wire.few(told_of(people), lambda told: b"".join(clear_fields(told)))}


def clear_fields(told: str) -> list[bytes]:
    """Return the fields of `CLEAR` from what `told_of` tells of somebody."""
    place, country, elements, age, language, channels, deceased, source = told.split(BETWEEN)
    return [
        wire.word(place), wire.word(country), _codes(elements), wire.word(age), wire.word(language), _codes(channels),
        wire.truth(deceased == "true"), wire.word(source),
    ]  # fmt: skip


@lru_cache(4096)
def _codes(joined: str) -> bytes:
    """Return joined codes as a field."""
    return wire.codes(wire.listed(joined))


def protected(key: DataKey, ids: Sequence[bytes], records: pl.Series, emails: pl.Series) -> wire.Columns:
    """Return the sealed records (JSON) with their hashes, and the blind indexes of e-mail addresses, as fields."""
    sealed = key.seal_all(ids, records.cast(pl.Binary()).to_list())
    hashes = [hashlib.sha256(blob).digest() for blob in sealed]
    return {
        "sealed": wire.fields(sealed), "sealed_sha256": wire.hexes(hashes, wire.HASH),
        "email_index": _blinded(key, emails),
    }  # fmt: skip


def _blinded(key: DataKey, emails: pl.Series) -> list[bytes]:
    """Return the blind indexes of e-mail addresses, as fields; null where there is none."""
    keys = keys_of(emails).cast(pl.Binary()).to_list()
    indexes = iter(wire.hexes(key.hashes("email", (value for value in keys if value is not None)), INDEX))
    return [wire.NULL if value is None else next(indexes) for value in keys]
