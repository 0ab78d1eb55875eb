"""New people join the cohort of their like as they are written: who is put there later is written twice."""

import uuid
from collections.abc import Sequence

import polars as pl
from sqlmodel import Session, select

from forthwith.scoping import wire
from forthwith.scoping.cohorts import fingerprint
from forthwith.scoping.person_fields import BETWEEN, CLEAR, TRAITS, clear_fields, told_of
from models import Cohort, new_ids, utc_now

JOINED = ("cohort_id", *CLEAR)


class Joining:
    """The cohorts of an incident, while people of one kind and party are written."""

    def __init__(self, session: Session, incident_id: uuid.UUID, kind: str, party_id: uuid.UUID | None) -> None:
        self._session, self._incident_id, self._kind, self._party_id = session, incident_id, kind, party_id
        held = select(Cohort.fingerprint, Cohort.id).where(Cohort.incident_id == incident_id)
        self._ids = {mark: wire.identity(one) for mark, one in session.exec(held).all()}
        self._fields = dict[str, bytes]()  # of `JOINED`, by what is told of somebody

    def of(self, people: pl.DataFrame) -> wire.Columns:
        """Return `JOINED` of each of new people. A cohort that is new has a row then, of nobody yet."""
        told = told_of(people)
        self._join([one for one in told.unique().to_list() if one not in self._fields])
        return {JOINED: list(map(self._fields.__getitem__, told.to_list()))}

    def _join(self, told: Sequence[str]) -> None:
        """Find the cohorts of people of whom this is told, and add those that are new."""
        marks, fields = [self._mark(one) for one in told], [clear_fields(one) for one in told]
        alike = {mark: b"".join(traits) for mark, (*traits, _) in zip(marks, fields, strict=True)}
        new = [mark for mark in alike if mark not in self._ids]
        self._ids.update(zip(new, wire.even(new_ids(len(new)), wire.ID), strict=True))
        self._append(new, [alike[mark] for mark in new])
        for one, mark, (*_, source) in zip(told, marks, fields, strict=True):
            self._fields[one] = self._ids[mark] + alike[mark] + source

    def _mark(self, told: str) -> str:
        """Return the fingerprint of the cohort of people of whom this is told."""
        traits: dict[str, object] = dict(zip(TRAITS, told.split(BETWEEN), strict=False))
        elements, channels = wire.listed(str(traits["elements"])), wire.listed(str(traits["channels"]))
        traits |= {"elements": elements, "channels": channels, "deceased": traits["deceased"] == "true"}
        return fingerprint({**traits, "kind": self._kind, "party_id": self._party_id})

    def _append(self, marks: Sequence[str], traits: Sequence[bytes]) -> None:
        """Write cohorts, of nobody yet."""
        wire.append(self._session, "cohort", {
            "id": [self._ids[mark] for mark in marks], "created_at": wire.instant(utc_now()),
            "incident_id": wire.identity(self._incident_id), "fingerprint": list(map(wire.word, marks)),
            "kind": wire.word(self._kind), "party_id": wire.identity(self._party_id), TRAITS: traits,
            "count": wire.number(0),
        }, len(marks))  # fmt: skip
