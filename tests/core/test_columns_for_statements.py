"""Ids and texts of a batch go to PostgreSQL as whole arrays, and are the ones that were meant."""

import uuid

import pytest
from sqlalchemy import text
from sqlmodel import Session

from forthwith import db
from models import new_ids

SAME = text("select cast(:given as uuid[]) as there")
WORDS = text("select cast(:given as text[]) as there")
LENGTH = text("select cardinality(cast(:given as uuid[])) as there")


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_ids_are_the_same_in_the_database(session: Session, count: int) -> None:
    ids = new_ids(count)
    there = session.execute(SAME, {"given": db.Ids(ids)}).scalar_one()
    assert there == [uuid.UUID(bytes=one) for one in ids]


def test_no_ids_are_an_empty_array(session: Session) -> None:
    assert session.execute(LENGTH, {"given": db.Ids()}).scalar_one() == 0


@pytest.mark.parametrize("given", [["a" * 64, "b" * 64], ["ü", "é"], [], ['"}', "{,"], ["", ""]])
def test_texts_are_the_same_in_the_database(session: Session, given: list[str]) -> None:
    assert session.execute(WORDS, {"given": db.Texts(given)}).scalar_one() == given


@pytest.mark.parametrize("given", [["a", "bb"], ["ü", "u"]])
def test_texts_of_different_lengths_are_never_sent(session: Session, given: list[str]) -> None:
    with pytest.raises(AssertionError, match="one length"):
        session.execute(WORDS, {"given": db.Texts(given)})


def test_a_statement_finds_rows_by_ids_that_were_given_so(session: Session) -> None:
    ids = new_ids(3)
    found = text("select k from unnest(cast(:given as uuid[])) k where k = any(cast(:wanted as uuid[]))")
    rows = session.execute(found, {"given": db.Ids(ids), "wanted": db.Ids(ids[1:2])})
    assert [row.k for row in rows] == [uuid.UUID(bytes=ids[1])]
