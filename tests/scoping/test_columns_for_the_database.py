"""What is put into PostgreSQL's binary form is what its own client reads out of it."""

import hashlib
import struct
import uuid
from datetime import UTC, datetime
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.adapt import Transformer
from psycopg.postgres import types
from psycopg.pq import Format

from forthwith.scoping import wire
from forthwith.scoping.cohorts import TRAITS, fingerprint
from forthwith.timeline.record import canonical

TEXTS = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=4)
INT4 = st.integers(-(2**31), 2**31 - 1)


def read(field: bytes, kind: str, *, array: bool = False) -> Any:
    """Return a field's value, or None where it is null."""
    (size,) = struct.unpack(">i", field[:4])
    if size < 0:
        return None
    assert size == len(field) - 4
    oid = types[kind].array_oid if array else types[kind].oid
    return Transformer().get_loader(oid, Format.BINARY).load(field[4:])


@settings(max_examples=30, deadline=None)
@given(TEXTS, st.lists(INT4, max_size=4), st.datetimes(timezones=st.just(UTC)), st.booleans())
def test_fields_are_read_as_they_were_meant(texts: list[str], whole: list[int], at: datetime, flag: bool) -> None:
    assert [read(field, "varchar") for field in map(wire.word, texts)] == texts
    assert read(wire.codes(texts), "varchar", array=True) == texts
    assert read(wire.versions(whole), "int4", array=True) == whole
    assert [read(field, "int4") for field in wire.numbers(whole)] == whole
    assert read(wire.instant(at), "timestamptz") == at
    assert read(wire.truth(flag), "bool") is flag
    assert [read(field, "bytea") for field in wire.fields([text.encode() for text in texts])] == [
        text.encode() for text in texts
    ]


def test_ids_and_hashes_have_one_size_and_null_is_null() -> None:
    one = uuid.UUID(int=2**127 + 5)
    assert read(wire.even([one.bytes], 16)[0], "uuid") == read(wire.identity(one), "uuid") == one
    hashes = [hashlib.sha256(text).digest() for text in (b"a", b"b")]
    assert [read(field, "varchar") for field in wire.hexes(hashes, 32)] == [one.hex()[:32] for one in hashes]
    assert read(wire.NULL, "varchar") is read(wire.identity(None), "uuid") is None


def test_a_column_of_few_values_keeps_its_order() -> None:
    assert wire.few(pl.Series(["b", "a", "b"]), wire.word) == [wire.word("b"), wire.word("a"), wire.word("b")]


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), TEXTS, st.none() | st.uuids(), st.booleans())
def test_the_mark_of_a_cohort_stays_the_hash_of_its_canonical_form(
    text: str, codes: list[str], party: uuid.UUID | None, flag: bool
) -> None:
    traits = dict.fromkeys(TRAITS, text) | {"elements": codes, "channels": codes, "deceased": flag, "party_id": party}
    plain = traits | {"party_id": str(party) if party else None}
    assert fingerprint({**traits, "count": 3}) == hashlib.sha256(canonical(plain)).hexdigest()
