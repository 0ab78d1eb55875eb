"""New people join the cohort of their like as they are written: who is put there later is written twice."""

import uuid
from typing import Any

import polars as pl
from sqlmodel import Session, select

from forthwith.scoping import appending, wire
from forthwith.scoping.cohorts import COHORT, TRAITS, fingerprint
from forthwith.scoping.wire import BESIDE
from models import Cohort, new_id, utc_now

TOLD = ("jurisdiction", "country", "elements", "age_class", "language", "channels", "deceased")  # of each by itself
LISTS = ("elements", "channels")
BETWEEN = "\x1e"  # traits


class Joining:
    """The cohorts of an incident, while people of one kind and party are written."""

    def __init__(self, session: Session, incident_id: uuid.UUID, kind: str, party_id: uuid.UUID | None) -> None:
        self._session, self._incident_id = session, incident_id
        self._same: dict[str, Any] = {"kind": kind, "party_id": party_id}
        held = select(Cohort.fingerprint, Cohort.id).where(Cohort.incident_id == incident_id)
        self._ids = dict(session.exec(held).all())

    def of(self, people: pl.DataFrame) -> list[bytes]:
        """Return the cohort of each of new people, as fields. A cohort that is new has a row then, of nobody yet."""
        texts = (pl.col(name).list.join(BESIDE) if name in LISTS else pl.col(name).cast(pl.String()) for name in TOLD)
        told = people.select(pl.concat_str(*texts, separator=BETWEEN)).to_series()
        added = list[tuple[Any, ...]]()
        found = wire.few(told, lambda one: wire.identity(self._id(one.split(BETWEEN), added)))
        appending.copy(self._session, "cohort", COHORT, added)
        return found

    def _id(self, told: list[str], added: list[tuple[Any, ...]]) -> uuid.UUID:
        """Return the cohort of people of whom this is `TOLD`; its row is added where there is none."""
        traits = {**self._same, **dict(zip(TOLD, told, strict=True))}
        traits |= {name: list(filter(None, traits[name].split(BESIDE))) for name in LISTS}
        traits["deceased"] = traits["deceased"] == "true"
        mark = fingerprint(traits)
        if mark not in self._ids:
            self._ids[mark] = new_id()
            values = (traits[name] for name in TRAITS)
            added.append((self._ids[mark], utc_now(), self._incident_id, mark, *values, 0))
        return self._ids[mark]
