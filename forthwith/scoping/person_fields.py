"""People as fields of their table, new ones and known ones: what is clear, and what is sealed or blinded."""

import hashlib
from collections.abc import Sequence

import polars as pl

from forthwith.keys import DataKey
from forthwith.scoping import wire
from forthwith.scoping.normalising.email_columns import keys_of

INDEX, HASH = 32, 64  # characters of a blind index and of a sha256


def clear(people: pl.DataFrame) -> dict[str, wire.Column]:
    """Return what is counted of people (`records.gathered`, `knowing.PEOPLE`), as fields."""
    return {
        "jurisdiction": wire.few(people["jurisdiction"], wire.word),
        "country": wire.few(people["country"].replace("", "unknown"), wire.word),
        "jurisdiction_source": wire.few(people["source"], wire.word),
        "age_class": wire.few(people["age_class"], wire.word), "deceased": wire.few(people["deceased"], wire.truth),
        "language": wire.few(people["language"], wire.word), "elements": wire.code_lists(people["elements"]),
        "channels": wire.code_lists(people["channels"]),
    }  # fmt: skip


def protected(key: DataKey, ids: Sequence[bytes], records: Sequence[str], emails: pl.Series) -> dict[str, wire.Column]:
    """Return the sealed records (JSON) with their hashes, and the blind indexes of e-mail addresses, as fields."""
    sealed = key.seal_all(ids, records)
    return {
        "sealed": wire.fields(sealed),
        "sealed_sha256": wire.marks([hashlib.sha256(blob).hexdigest() for blob in sealed], HASH),
        "email_index": wire.marks(_blinded(key, emails), INDEX),
    }


def _blinded(key: DataKey, emails: pl.Series) -> list[str | None]:
    """Return the blind indexes of e-mail addresses; None where there is none."""
    keys = keys_of(emails).to_list()
    indexes = iter(key.blind_all("email", (value for value in keys if value is not None)))
    return [None if value is None else next(indexes) for value in keys]
